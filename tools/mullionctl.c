/* SPDX-License-Identifier: MIT */
/* mullionctl: asks a running mulliond, or mullion-compositor, see mullionctl(1). */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/control_socket.h"
#include "tools/ctl.h"

static void usage(FILE *out)
{
	fputs("usage: mullionctl [--socket PATH] [--json] COMMAND\n"
	      "\n"
	      "  list                                guests, in a line each\n"
	      "  show GUEST                          all about one guest\n"
	      "  screenshot GUEST HEAD FILE.png      what a head shows; '-': standard output\n"
	      "  restart GUEST                       new processes for its VM, also after they were given up\n"
	      "  set GUEST KEY=VALUE...              other terms, such as weight=200 cap=50%\n"
	      "  set in-flight=NUMBER                of mulliond itself\n"
	      "  release GUEST                       renderers again for one whose renderers hung too often\n"
	      "  events                              what happens to guests, until interrupted\n"
	      "  view GUEST HEAD                     opens a window that was closed\n"
	      "  head add GUEST [MODE]               a head more, such as 1920x1080@60\n"
	      "  head remove GUEST HEAD              one less\n"
	      "  head set GUEST HEAD MODE|on|off     another mode\n"
	      "  input GUEST tap HEAD X Y            a finger, at px or such as 50%\n"
	      "  input GUEST key CODE...             keys together, such as KEY_LEFTCTRL KEY_C\n"
	      "  input GUEST play FILE               a recording of 'libinput record' or evemu-record\n"
	      "          [--head N] [--fast]         on this head; without its pauses\n"
	      "  trace GUEST                         what it sends to its GPU, as it goes on\n"
	      "  record GUEST FILE                   the same to a file, for mullion-replay\n"
	      "  stats                               what each guest got of the GPU\n"
	      "  metrics                             such numbers as OpenMetrics text\n"
	      "  top                                 stats, live\n"
	      "  timeline [--seconds N] --out FILE   who had the GPU when: .json (a trace) or .svg\n"
	      "  vm-args GUEST [qemu|libvirt]        what to give the guest's VMM\n"
	      "          [--memory SIZE]             with the VM's memory, such as 4G\n"
	      "  screen list                         mullion-compositor's screens, outputs and windows\n"
	      "  screen screenshot OUTPUT FILE.png   what an output shows\n"
	      "  screen power SCREEN on|off          a panel dark, or not\n"
	      "  screen brightness SCREEN PERCENT    of its own light\n"
	      "  screen reload                       reads mullion-compositor's configuration again\n"
	      "  version                             of mullionctl and mulliond\n"
	      "\n"
	      "  --socket PATH   mulliond's control socket (or MULLION_SOCKET); for screen that of\n"
	      "                  mullion-compositor (or MULLION_COMPOSITOR_SOCKET)\n"
	      "  --json          print the answer as it is\n",
		out);
}

static int ctl_version(const struct ctl *ctl)
{
	struct varlink_client client;
	struct varlink_reply reply;

	if (!ctl->json)
		printf("mullionctl %s\n", MULLION_VERSION);
	int ret = varlink_connect(&client, ctl->socket);
	varlink_disconnect(&client);
	if (!ctl->json && (ret == -ENOENT || ret == -ECONNREFUSED)) {
		puts("mulliond is not running");
		return EXIT_OK;
	}
	int status = ctl_call(ctl, CONTROL("Version"), NULL, &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	else
		printf("mulliond %s\n", get_string(reply.parameters, "version"));
	varlink_reply_finish(&reply);
	return EXIT_OK;
}

struct command {
	const char *name;
	int n_min, n_max; /* arguments */
	const char *arguments;
	int (*run)(const struct ctl *ctl);
};

static const struct command commands[] = {
	{ "list", 0, 0, "", ctl_list },
	{ "show", 1, 1, " GUEST", ctl_show },
	{ "screen", 1, 3, " list|screenshot|power|brightness|reload ...", ctl_screen },
	{ "screenshot", 3, 3, " GUEST HEAD FILE.png", ctl_screenshot },
	{ "restart", 1, 1, " GUEST", ctl_restart },
	{ "set", 1, 32, " [GUEST] KEY=VALUE...", ctl_set },
	{ "release", 1, 1, " GUEST", ctl_release },
	{ "events", 0, 0, "", ctl_events },
	{ "view", 2, 2, " GUEST HEAD", ctl_view },
	{ "head", 2, 4, " add|remove|set GUEST ...", ctl_head },
	{ "input", 3, 18, " GUEST tap|key|play ...", ctl_input },
	{ "trace", 1, 1, " GUEST", ctl_trace },
	{ "record", 2, 2, " GUEST FILE", ctl_record },
	{ "metrics", 0, 0, "", ctl_metrics },
	{ "stats", 0, 0, "", ctl_stats },
	{ "timeline", 0, 0, " [--seconds N] --out FILE.json|FILE.svg", ctl_timeline },
	{ "top", 0, 0, "", ctl_top },
	{ "vm-args", 1, 2, " GUEST [qemu|libvirt]", ctl_vm_args },
	{ "version", 0, 0, "", ctl_version },
};

/* --socket says where, if it is there. */
static void ctl_find_service(struct ctl *ctl, bool of_compositor)
{
	ctl->service = of_compositor ? "mullion-compositor" : "mulliond";
	if (ctl->socket[0])
		return;
	if (of_compositor)
		compositor_socket_find(ctl->socket);
	else
		control_socket_find(ctl->socket);
}

static int ctl_run(struct ctl *ctl, int n_args, char **args)
{
	if (!n_args)
		return fail_usage("a command is missing");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *command = &commands[i];
		if (strcmp(command->name, args[0]) != 0)
			continue;
		if (n_args - 1 < command->n_min || n_args - 1 > command->n_max)
			return fail_usage(
				"expected: mullionctl %s%s", command->name, command->arguments);
		ctl->args = args + 1;
		ctl_find_service(ctl, command->run == ctl_screen);
		return command->run(ctl);
	}
	return fail_usage("there is no command \"%s\"", args[0]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "seconds", required_argument, NULL, 't' },
		{ "out", required_argument, NULL, 'o' },
		{ "memory", required_argument, NULL, 'm' },
		{ "head", required_argument, NULL, 'n' },
		{ "fast", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	struct ctl ctl = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		switch (option) {
		case 's':
			snprintf(ctl.socket, sizeof(ctl.socket), "%s", optarg);
			break;
		case 'j':
			ctl.json = true;
			break;
		case 'm':
			ctl.memory = optarg;
			break;
		case 'n':
			ctl.head = optarg;
			break;
		case 'f':
			ctl.fast = true;
			break;
		case 't':
			ctl.seconds = optarg;
			break;
		case 'o':
			ctl.out = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_OK;
		case 'V':
			printf("mullionctl %s\n", MULLION_VERSION);
			return EXIT_OK;
		default:
			return EXIT_USAGE;
		}
	}
	int status = ctl_run(&ctl, argc - optind, argv + optind);
	if (fflush(stdout) != 0 && status == EXIT_OK)
		return fail("standard output: %s", strerror(errno));
	return status;
}

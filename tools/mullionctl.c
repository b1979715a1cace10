/* SPDX-License-Identifier: MIT */
/* mullionctl: asks a running mulliond over its control socket, see mullionctl(1). */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "protocol/bounds.h"
#include "protocol/limits.h"
#include "tools/guest_print.h"
#include "tools/png_write.h"
#include "tools/varlink_client.h"

#define CONTROL(name) "org.mullion.Control." name
#define SYSTEM_SOCKET "/run/mullion/control.sock"

enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

struct ctl {
	char socket[PATH_MAX];
	bool json;
	const char *memory; /* --memory, or NULL */
	char **args;        /* of the command, NULL ends them */
};

static void usage(FILE *out)
{
	fputs("usage: mullionctl [--socket PATH] [--json] COMMAND\n"
	      "\n"
	      "  list                                guests, in a line each\n"
	      "  show GUEST                          all about one guest\n"
	      "  screenshot GUEST HEAD FILE.png      what a head shows; '-': standard output\n"
	      "  vm-args GUEST [qemu|libvirt]        what to give the guest's VMM\n"
	      "          [--memory SIZE]             with the VM's memory, such as 4G\n"
	      "  version                             of mullionctl and mulliond\n"
	      "\n"
	      "  --socket PATH   mulliond's control socket (or MULLION_SOCKET)\n"
	      "  --json          print mulliond's answer as it is\n",
		out);
}

__attribute__((format(printf, 1, 2))) static int fail(const char *fmt, ...)
{
	va_list args;

	fputs("mullionctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	putc('\n', stderr);
	return EXIT_FAILED;
}

__attribute__((format(printf, 1, 2))) static int fail_usage(const char *fmt, ...)
{
	va_list args;

	fputs("mullionctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs(" (mullionctl --help says more)\n", stderr);
	return EXIT_USAGE;
}

static int fail_connect(const char *path, int error)
{
	switch (error) {
	case -ENOENT:
		return fail("mulliond is not running (no socket at %s): start it with "
			    "'mulliond --config FILE'",
			path);
	case -ECONNREFUSED:
		return fail("mulliond is not running (nobody listens at %s): start it with "
			    "'mulliond --config FILE'",
			path);
	case -EACCES:
		return fail(
			"no permission to connect to %s: be root or of the socket's group", path);
	}
	return fail("cannot connect to %s: %s", path, strerror(-error));
}

static int fail_call(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return fail("mulliond does not answer");
	case -ENOTCONN:
	case -EPIPE:
	case -ECONNRESET:
		return fail("mulliond closed the connection; its log says why");
	case -EPROTO:
		return fail("what mulliond answered is no Varlink reply");
	}
	return fail("cannot talk to mulliond: %s", strerror(-error));
}

static const char *get_string(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static int64_t get_int(struct json_object *object, const char *key)
{
	return json_object_get_int64(json_object_object_get(object, key));
}

static int fail_reply(const struct varlink_reply *reply)
{
	const char *guest = get_string(reply->parameters, "guest");
	int head = get_int(reply->parameters, "head");

	if (strcmp(reply->error, CONTROL("NoSuchGuest")) == 0)
		return fail("there is no guest \"%s\": 'mullionctl list' shows them", guest);
	if (strcmp(reply->error, CONTROL("NoSuchHead")) == 0)
		return fail("guest \"%s\" has no head %d: 'mullionctl show %s' lists them", guest,
			head, guest);
	if (strcmp(reply->error, CONTROL("NoPicture")) == 0)
		return fail("no picture of head %d of \"%s\": %s", head, guest,
			get_string(reply->parameters, "reason"));
	return fail("mulliond refused: %s %s", reply->error,
		json_object_to_json_string(reply->parameters));
}

/* Connects, calls, and says what went wrong. */
static enum exit_status ctl_call(const struct ctl *ctl, const char *method,
	struct json_object *take_parameters, struct varlink_reply *reply)
{
	struct varlink_client client;

	int ret = varlink_connect(&client, ctl->socket);
	if (ret < 0) {
		json_object_put(take_parameters);
		return fail_connect(ctl->socket, ret);
	}
	ret = varlink_call(&client, method, take_parameters, reply);
	varlink_disconnect(&client);
	if (ret < 0)
		return fail_call(ret);
	if (reply->error) {
		int status = fail_reply(reply);
		varlink_reply_finish(reply);
		return status;
	}
	return EXIT_OK;
}

static void print_json(const struct varlink_reply *reply)
{
	puts(json_object_to_json_string_ext(
		reply->parameters, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static struct json_object *guest_parameters(const char *guest)
{
	struct json_object *parameters = json_object_new_object();

	json_object_object_add(parameters, "guest", json_object_new_string(guest));
	return parameters;
}

static int ctl_list(const struct ctl *ctl)
{
	struct varlink_reply reply;

	int status = ctl_call(ctl, CONTROL("ListGuests"), NULL, &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	else
		guest_print_list(stdout, json_object_object_get(reply.parameters, "guests"));
	varlink_reply_finish(&reply);
	return EXIT_OK;
}

static int ctl_show(const struct ctl *ctl)
{
	struct varlink_reply reply;

	int status = ctl_call(ctl, CONTROL("ShowGuest"), guest_parameters(ctl->args[0]), &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	else
		guest_print(stdout, json_object_object_get(reply.parameters, "guest"));
	varlink_reply_finish(&reply);
	return EXIT_OK;
}

/* Digits, and nothing else. */
static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !*end && !errno && *number <= max;
}

/* The pixels of a reply to Screenshot, mapped; NULL where they are not as they should be. */
static void *reply_map_pixels(
	const struct varlink_reply *reply, struct image *picture, size_t *bytes)
{
	int64_t width = get_int(reply->parameters, "width");
	int64_t height = get_int(reply->parameters, "height");
	int64_t stride = get_int(reply->parameters, "stride");

	if (width < 1 || width > LIMIT_PICTURE_PX || height < 1 || height > LIMIT_PICTURE_PX)
		return NULL;
	if (stride < width * 4 || stride > LIMIT_PICTURE_PX * 8 || reply->fd < 0)
		return NULL;
	*bytes = stride * height;
	if (memfd_check_sealed(reply->fd, *bytes) < 0)
		return NULL;
	void *pixels = memfd_map(reply->fd, *bytes, PROT_READ);
	*picture = (struct image){
		.pixels = pixels,
		.width_px = width,
		.height_px = height,
		.stride_bytes = stride,
		.format = get_string(reply->parameters, "format"),
	};
	return pixels;
}

static int write_png_file(const char *path, const struct image *picture)
{
	bool is_stdout = strcmp(path, "-") == 0;
	FILE *out = is_stdout ? stdout : fopen(path, "wb");
	struct stat st;

	if (!out || fstat(fileno(out), &st) < 0)
		return fail("%s: %s", path, strerror(errno));
	int ret = image_write_png(out, picture);
	int error = errno;
	if (!is_stdout && fclose(out) != 0 && ret == 0) {
		error = errno;
		ret = -EIO;
	}
	if (ret == 0)
		return EXIT_OK;
	/* Half a picture is none; a device or a pipe is not ours to remove. */
	if (!is_stdout && S_ISREG(st.st_mode))
		unlink(path);
	if (ret == -ENOTSUP)
		return fail("pixels of the format %s are unknown to mullionctl", picture->format);
	return fail("%s: %s", path, strerror(ret == -EIO && error ? error : -ret));
}

static int ctl_screenshot(const struct ctl *ctl)
{
	struct json_object *parameters;
	struct varlink_reply reply;
	struct image picture;
	uint64_t head;
	size_t bytes;

	if (!parse_number(ctl->args[1], LIMIT_HEADS - 1, &head))
		return fail_usage("expected a head's number such as 0, got \"%s\"", ctl->args[1]);
	if (ctl->json && strcmp(ctl->args[2], "-") == 0)
		return fail_usage("standard output takes the picture or --json, not both");
	parameters = guest_parameters(ctl->args[0]);
	json_object_object_add(parameters, "head", json_object_new_int(head));
	int status = ctl_call(ctl, CONTROL("Screenshot"), parameters, &reply);
	if (status != EXIT_OK)
		return status;

	void *pixels = reply_map_pixels(&reply, &picture, &bytes);
	if (pixels) {
		status = write_png_file(ctl->args[2], &picture);
		munmap(pixels, bytes);
	} else {
		status = fail("mulliond sent no picture that can be read");
	}
	if (status == EXIT_OK && ctl->json)
		print_json(&reply);
	varlink_reply_finish(&reply);
	return status;
}

/* "4G", "2048M" */
static bool parse_memory(const char *text, int64_t *bytes)
{
	size_t len = strlen(text);
	uint64_t value;
	char digits[16];

	if (len < 2 || len > sizeof(digits) || (text[len - 1] != 'G' && text[len - 1] != 'M'))
		return false;
	memcpy(digits, text, len - 1);
	digits[len - 1] = '\0';
	if (!parse_number(digits, 1 << 24, &value) || !value)
		return false;
	*bytes = value << (text[len - 1] == 'G' ? 30 : 20);
	return true;
}

/* The arguments to standard output, so that a shell can take them; notes beside them. */
static int ctl_vm_args(const struct ctl *ctl)
{
	struct json_object *parameters;
	struct varlink_reply reply;
	const char *vmm = ctl->args[1] ? ctl->args[1] : "qemu";
	int64_t bytes;

	if (strcmp(vmm, "qemu") != 0 && strcmp(vmm, "libvirt") != 0)
		return fail_usage("expected qemu or libvirt, got \"%s\"", vmm);
	parameters = guest_parameters(ctl->args[0]);
	json_object_object_add(parameters, "vmm", json_object_new_string(vmm));
	if (ctl->memory) {
		if (!parse_memory(ctl->memory, &bytes)) {
			json_object_put(parameters);
			return fail_usage(
				"--memory: expected a size such as 4G or 2048M, got \"%s\"",
				ctl->memory);
		}
		json_object_object_add(parameters, "memory", json_object_new_int64(bytes));
	}
	int status = ctl_call(ctl, CONTROL("VmArgs"), parameters, &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json) {
		print_json(&reply);
	} else {
		struct json_object *notes = json_object_object_get(reply.parameters, "notes");
		size_t n = json_object_is_type(notes, json_type_array)
				   ? json_object_array_length(notes)
				   : 0;
		fputs(get_string(reply.parameters, "text"), stdout);
		fflush(stdout);
		for (size_t i = 0; i < n; i++)
			fprintf(stderr, "note: %s\n",
				json_object_get_string(json_object_array_get_idx(notes, i)));
	}
	varlink_reply_finish(&reply);
	return EXIT_OK;
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
	{ "screenshot", 3, 3, " GUEST HEAD FILE.png", ctl_screenshot },
	{ "vm-args", 1, 2, " GUEST [qemu|libvirt]", ctl_vm_args },
	{ "version", 0, 0, "", ctl_version },
};

/* The user's daemon if there is one, else the system's. */
static void ctl_default_socket(struct ctl *ctl)
{
	const char *env = getenv("MULLION_SOCKET");
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");

	if (env && *env) {
		snprintf(ctl->socket, sizeof(ctl->socket), "%s", env);
		return;
	}
	if (runtime_dir && *runtime_dir) {
		snprintf(ctl->socket, sizeof(ctl->socket), "%s/mullion/control.sock", runtime_dir);
		if (access(ctl->socket, F_OK) == 0 || access(SYSTEM_SOCKET, F_OK) != 0)
			return;
	}
	strcpy(ctl->socket, SYSTEM_SOCKET);
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
		return command->run(ctl);
	}
	return fail_usage("there is no command \"%s\"", args[0]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "memory", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	struct ctl ctl = { 0 };
	int option;

	ctl_default_socket(&ctl);
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

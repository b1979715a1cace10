/* SPDX-License-Identifier: MIT */
/* mullion-run: runs a program on a container's share of the GPU, see mullion-run(1). */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/control_socket.h"
#include "tools/private_tmp.h"
#include "tools/varlink_client.h"

/* As env(1) has them, for who calls it from scripts. */
#define EXIT_CANNOT 125
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/* Mesa looks there; since 23.1 where VTEST_SOCKET_NAME says. */
#define VTEST_NAME ".virgl_test"
#define VTEST_PATH "/tmp/" VTEST_NAME

#define MESA_EGL_VENDOR "/usr/share/glvnd/egl_vendor.d/50_mesa.json"

static const char usage[] =
	"usage: mullion-run [--socket PATH] [--guest NAME] [--] PROGRAM [ARGUMENT...]\n"
	"  --guest NAME   which container's; not needed where there is one only\n"
	"  --socket PATH  mulliond's control socket (or MULLION_SOCKET)\n"
	"  --version\n"
	"See mullion-run(1).\n";

__attribute__((format(printf, 1, 2))) static int fail(const char *fmt, ...)
{
	va_list args;

	fputs("mullion-run: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	putc('\n', stderr);
	return EXIT_CANNOT;
}

static const char *member(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

/* The guest that is meant. NULL: said why there is none. */
static struct json_object *choose(struct json_object *guests, const char *name)
{
	size_t n =
		json_object_is_type(guests, json_type_array) ? json_object_array_length(guests) : 0;
	struct json_object *found = NULL;
	size_t n_found = 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);
		bool is_container = strcmp(member(guest, "type"), "container") == 0;
		if (name && strcmp(member(guest, "name"), name) == 0 && !is_container) {
			fail("guest %s is a virtual machine; programs run on one of type = "
			     "container",
				name);
			return NULL;
		}
		if (is_container && (!name || strcmp(member(guest, "name"), name) == 0)) {
			found = guest;
			n_found++;
		}
	}
	if (n_found == 1)
		return found;
	if (name)
		fail("there is no guest %s: 'mullionctl list' shows them", name);
	else if (n_found)
		fail("there are %zu containers: say which with --guest NAME", n_found);
	else
		fail("no guest is a container: mullion.conf(5) needs a [guest NAME] with "
		     "type = container");
	return NULL;
}

static int fail_connect(const char *path, int error)
{
	if (error == -ENOENT || error == -ECONNREFUSED)
		return fail("mulliond is not running (nobody listens at %s)", path);
	if (error == -EACCES)
		return fail(
			"no permission to connect to %s: be root or of the socket's group", path);
	return fail("cannot connect to %s: %s", path, strerror(-error));
}

/* The path of the guest's socket. 0, or said why not. */
static int find_socket(const char *control, const char *name, char socket[static PATH_MAX])
{
	struct varlink_client client;
	struct varlink_reply reply;

	int ret = varlink_connect(&client, control);
	if (ret < 0)
		return fail_connect(control, ret);
	ret = varlink_call(&client, "org.mullion.Control.ListGuests", NULL, &reply);
	varlink_disconnect(&client);
	if (ret < 0)
		return fail("cannot talk to mulliond: %s", strerror(-ret));
	struct json_object *guest =
		choose(json_object_object_get(reply.parameters, "guests"), name);
	int status = guest ? 0 : EXIT_CANNOT;
	if (guest)
		snprintf(socket, PATH_MAX, "%s", member(guest, "socket"));
	if (guest && access(socket, R_OK | W_OK) < 0)
		status = fail("guest %s: %s: %s", member(guest, "name"), socket, strerror(errno));
	varlink_reply_finish(&reply);
	return status;
}

/* What makes Mesa draw through the socket: by EGL on any platform, and by GLX. */
static void set_environment(void)
{
	setenv("GALLIUM_DRIVER", "virpipe", 1);
	setenv("LIBGL_ALWAYS_SOFTWARE", "true", 1);
	setenv("VTEST_SOCKET_NAME", VTEST_PATH, 1);
	/* These would choose another driver, or another vendor's library. */
	unsetenv("MESA_LOADER_DRIVER_OVERRIDE");
	unsetenv("LIBGL_ALWAYS_INDIRECT");
	setenv("__GLX_VENDOR_LIBRARY_NAME", "mesa", 1);
	if (access(MESA_EGL_VENDOR, R_OK) == 0)
		setenv("__EGL_VENDOR_LIBRARY_FILENAMES", MESA_EGL_VENDOR, 1);
}

static int run(const char *socket, char **program)
{
	const char *what;

	int ret = private_tmp_enter(socket, VTEST_NAME, &what);
	if (ret < 0 && strcmp(what, "namespace") == 0)
		return fail("cannot have a /tmp of its own: %s (are user namespaces allowed? root "
			    "needs none)",
			strerror(-ret));
	if (ret < 0)
		return fail("cannot put the socket where Mesa looks: %s: %s", what, strerror(-ret));
	set_environment();
	execvp(program[0], program);
	int error = errno;
	fail("%s: %s", program[0], strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "guest", required_argument, NULL, 'g' },
		{ "socket", required_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	char control[PATH_MAX], socket[PATH_MAX];
	const char *guest = NULL;
	int option;

	control_socket_find(control);
	/* Options end where the program begins. */
	while ((option = getopt_long(argc, argv, "+g:s:Vh", options, NULL)) != -1) {
		switch (option) {
		case 'g':
			guest = optarg;
			break;
		case 's':
			snprintf(control, sizeof(control), "%s", optarg);
			break;
		case 'V':
			printf("mullion-run %s\n", MULLION_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return EXIT_CANNOT;
		}
	}
	if (optind == argc) {
		fputs(usage, stderr);
		return EXIT_CANNOT;
	}
	int status = find_socket(control, guest, socket);
	return status ? status : run(socket, argv + optind);
}

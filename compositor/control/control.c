/* SPDX-License-Identifier: MIT */
/* org.mullion.Compositor: its methods and its server. */
#include "compositor/control/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/socket.h"
#include "compositor/config.h"
#include "compositor/control/call.h"
#include "compositor/server.h"

static const char control_description[] =
#include "org.mullion.Compositor.varlink.h"
	;

static void control_version(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct json_object *reply = json_object_new_object();

	json_add_string(reply, "version", MULLION_VERSION);
	varlink_reply(call, reply);
}

static const struct varlink_parameter output_parameters[] = {
	{ "output", VARLINK_TYPE_STRING, false },
};

static const struct varlink_parameter power_parameters[] = {
	{ "screen", VARLINK_TYPE_STRING, false },
	{ "on", VARLINK_TYPE_BOOL, false },
};

static const struct varlink_parameter brightness_parameters[] = {
	{ "screen", VARLINK_TYPE_STRING, false },
	{ "percent", VARLINK_TYPE_INT, false },
};

static const struct varlink_method control_methods[] = {
	{ "List", NULL, 0, control_list },
	{ "Screenshot", output_parameters, 1, control_screenshot },
	{ "SetPower", power_parameters, 2, control_set_power },
	{ "SetBrightness", brightness_parameters, 2, control_set_brightness },
	{ "Reload", NULL, 0, control_reload },
	{ "Version", NULL, 0, control_version },
};

static const struct varlink_info control_info = {
	.vendor = "Mullion",
	.product = "mullion-compositor",
	.version = MULLION_VERSION,
	.url = "",
};

static int control_find_path(struct control *control)
{
	const char *configured = control->server->config->control;
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
	size_t size = sizeof(control->path);
	int len = 0;

	if (configured[0])
		len = snprintf(control->path, size, "%s", configured);
	else if (runtime_dir && runtime_dir[0] == '/')
		len = snprintf(control->path, size, "%s/" CONTROL_SOCKET_NAME, runtime_dir);
	return len > 0 && (size_t)len < size ? 0 : -ENOENT;
}

static int control_listen(struct control *control)
{
	int fd = control_find_path(control);
	if (fd == 0)
		fd = socket_listen_at(control->path, NULL);
	if (fd < 0) {
		log_warn("no control socket %s: %s", control->path[0] ? control->path : "in XDG_RUNTIME_DIR",
			fd == -EADDRINUSE ? "another mullion-compositor has it" : strerror(-fd));
		control->path[0] = '\0';
		return fd;
	}
	return varlink_server_create(&control->varlink, &control->server->loop, fd, &control_info,
		&control->interface, 1);
}

struct control *control_create(struct server *server, const struct options *options)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->server = server;
	control->options = options;
	control->interface = (struct varlink_interface){
		.name = "org.mullion.Compositor",
		.description = control_description,
		.methods = control_methods,
		.n_methods = sizeof(control_methods) / sizeof(control_methods[0]),
		.data = control,
	};
	int ret = control_listen(control);
	if (ret == 0)
		return control;
	control_destroy(control);
	errno = -ret;
	return NULL;
}

void control_destroy(struct control *control)
{
	if (!control)
		return;
	varlink_server_destroy(control->varlink);
	if (control->path[0])
		unlink(control->path);
	free(control);
}

/* SPDX-License-Identifier: MIT */
/* org.mullion.Control: its methods and its server. */
#include "daemon/control.h"

#include <errno.h>
#include <stdlib.h>

#include "base/io.h"
#include "daemon/control_call.h"

static const char control_description[] =
#include "org.mullion.Control.varlink.h"
	;

static void control_version(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct json_object *reply = json_object_new_object();

	json_add_string(reply, "version", MULLION_VERSION);
	varlink_reply(call, reply);
}

static const struct varlink_parameter guest_parameters[] = {
	{ "guest", VARLINK_TYPE_STRING, false },
};

static const struct varlink_parameter head_parameters[] = {
	{ "guest", VARLINK_TYPE_STRING, false },
	{ "head", VARLINK_TYPE_INT, false },
};

static const struct varlink_parameter add_head_parameters[] = {
	{ "guest", VARLINK_TYPE_STRING, false },
	{ "mode", VARLINK_TYPE_STRING, true },
};

static const struct varlink_parameter set_head_parameters[] = {
	{ "guest", VARLINK_TYPE_STRING, false },
	{ "head", VARLINK_TYPE_INT, false },
	{ "mode", VARLINK_TYPE_STRING, false },
};

/* As keys of the configuration, with "_" for "-". */
static const struct varlink_parameter set_parameters[] = {
	{ "guest", VARLINK_TYPE_STRING, false },
	{ "weight", VARLINK_TYPE_STRING, true },
	{ "cap", VARLINK_TYPE_STRING, true },
	{ "reservation", VARLINK_TYPE_STRING, true },
	{ "slice", VARLINK_TYPE_STRING, true },
	{ "hang_limit", VARLINK_TYPE_STRING, true },
	{ "strikes", VARLINK_TYPE_STRING, true },
	{ "memory", VARLINK_TYPE_STRING, true },
	{ "max_clients", VARLINK_TYPE_STRING, true },
	{ "max_deaths", VARLINK_TYPE_STRING, true },
	{ "max_contexts", VARLINK_TYPE_STRING, true },
	{ "max_resources", VARLINK_TYPE_STRING, true },
	{ "max_backing_entries", VARLINK_TYPE_STRING, true },
	{ "max_fences", VARLINK_TYPE_STRING, true },
	{ "trace_limit", VARLINK_TYPE_STRING, true },
	{ "record_limit", VARLINK_TYPE_STRING, true },
};

static const struct varlink_parameter set_daemon_parameters[] = {
	{ "in_flight", VARLINK_TYPE_STRING, true },
	{ "log_level", VARLINK_TYPE_STRING, true },
};

static const struct varlink_parameter events_parameters[] = {
	{ "after", VARLINK_TYPE_INT, true },
};

static const struct varlink_parameter send_input_parameters[] = {
	{ "guest", VARLINK_TYPE_STRING, false },
	{ "device", VARLINK_TYPE_STRING, false },
	{ "frames", VARLINK_TYPE_ARRAY, false },
};

static const struct varlink_parameter timeline_parameters[] = {
	{ "after", VARLINK_TYPE_INT, true },
};

static const struct varlink_parameter vm_args_parameters[] = {
	{ "guest", VARLINK_TYPE_STRING, false },
	{ "vmm", VARLINK_TYPE_STRING, true },
	{ "memory", VARLINK_TYPE_INT, true },
};

static const struct varlink_method control_methods[] = {
	{ "ListGuests", NULL, 0, control_list_guests },
	{ "ShowGuest", guest_parameters, 1, control_show_guest },
	{ "Screenshot", head_parameters, 2, control_screenshot },
	{ "Restart", guest_parameters, 1, control_restart },
	{ "Set", set_parameters, sizeof(set_parameters) / sizeof(set_parameters[0]), control_set },
	{ "SendInput", send_input_parameters, 3, control_send_input },
	{ "SetDaemon", set_daemon_parameters, 2, control_set_daemon },
	{ "Release", guest_parameters, 1, control_release },
	{ "Events", events_parameters, 1, control_events },
	{ "View", head_parameters, 2, control_view },
	{ "AddHead", add_head_parameters, 2, control_add_head },
	{ "SetHead", set_head_parameters, 3, control_set_head },
	{ "Trace", guest_parameters, 1, control_trace },
	{ "Record", guest_parameters, 1, control_record },
	{ "Metrics", NULL, 0, control_metrics },
	{ "Stats", NULL, 0, control_stats },
	{ "Timeline", timeline_parameters, 1, control_timeline },
	{ "VmArgs", vm_args_parameters, 3, control_vm_args },
	{ "Version", NULL, 0, control_version },
};

static const struct varlink_info control_info = {
	.vendor = "Mullion",
	.product = "mulliond",
	.version = MULLION_VERSION,
	.url = "",
};

int control_create(struct control **control_out, struct loop *loop, int take_fd,
	const struct config *config, struct daemon *daemon)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control) {
		fd_close(&take_fd);
		return -ENOMEM;
	}
	control->loop = loop;
	control->config = config;
	control->daemon = daemon;
	control->interface = (struct varlink_interface){
		.name = "org.mullion.Control",
		.description = control_description,
		.methods = control_methods,
		.n_methods = sizeof(control_methods) / sizeof(control_methods[0]),
		.data = control,
	};
	int ret = varlink_server_create(
		&control->server, loop, take_fd, &control_info, &control->interface, 1);
	if (ret < 0) {
		free(control);
		return ret;
	}
	*control_out = control;
	return 0;
}

void control_destroy(struct control *control)
{
	if (!control)
		return;
	varlink_server_destroy(control->server);
	free(control);
}

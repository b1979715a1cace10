/* SPDX-License-Identifier: MIT */
/* org.mullion.Compositor.Screenshot. */
#include <string.h>

#include "base/io.h"
#include "compositor/control/call.h"
#include "compositor/output.h"
#include "compositor/screenshot.h"
#include "compositor/server.h"

static void refuse(struct varlink_call *call, const char *error, const char *name, int reason)
{
	struct json_object *reply = json_object_new_object();

	json_add_string(reply, "output", name);
	if (reason)
		json_add_string(reply, "reason", strerror(-reason));
	varlink_error(call, error, reply);
}

void control_screenshot(struct varlink_call *call, struct json_object *parameters, void *data)
{
	const struct control *control = data;
	const char *name = json_object_get_string(json_object_object_get(parameters, "output"));
	const struct output *output = output_find(control->server, name);
	struct screenshot shot;

	if (!output) {
		refuse(call, CONTROL_ERROR("NoSuchOutput"), name, 0);
		return;
	}
	int ret = screenshot_take(output, &shot);
	if (ret < 0) {
		refuse(call, CONTROL_ERROR("NoPicture"), name, ret);
		return;
	}
	struct json_object *reply = json_object_new_object();
	json_add_int(reply, "width", shot.width_px);
	json_add_int(reply, "height", shot.height_px);
	json_add_int(reply, "stride", shot.stride_bytes);
	json_add_string(reply, "format", "XR24");
	json_add_int(reply, "descriptor", 0);
	varlink_reply_fd(call, reply, shot.fd);
}

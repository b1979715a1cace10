/* SPDX-License-Identifier: MIT */
/* org.mullion.Compositor.Screenshot. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "compositor/control/call.h"
#include "compositor/output.h"
#include "compositor/screenshot.h"
#include "compositor/server.h"

struct control_shot {
	struct screenshot shot;
	struct varlink_call *call;
	struct json_object *parameters;
};

static void refuse(
	struct varlink_call *call, struct json_object *parameters, const char *error, int reason)
{
	struct json_object *reply = json_object_new_object();

	json_add_string(reply, "output",
		json_object_get_string(json_object_object_get(parameters, "output")));
	if (reason)
		json_add_string(reply, "reason", strerror(-reason));
	varlink_error(call, error, reply);
}

static void shot_destroy(struct control_shot *pending)
{
	screenshot_finish(&pending->shot);
	free(pending);
}

static void shot_handle_done(struct screenshot *shot, int ret)
{
	struct control_shot *pending = container_of(shot, struct control_shot, shot);
	int fd = shot->fd;

	if (ret < 0) {
		refuse(pending->call, pending->parameters, CONTROL_ERROR("NoPicture"), ret);
		shot_destroy(pending);
		return;
	}
	struct json_object *reply = json_object_new_object();
	json_add_int(reply, "width", shot->width_px);
	json_add_int(reply, "height", shot->height_px);
	json_add_int(reply, "stride", shot->stride_bytes);
	json_add_string(reply, "format", "XR24");
	json_add_int(reply, "descriptor", 0);
	shot->fd = -1;
	varlink_reply_fd(pending->call, reply, fd);
	shot_destroy(pending);
}

static void shot_handle_cancelled(void *data)
{
	shot_destroy(data);
}

void control_screenshot(struct varlink_call *call, struct json_object *parameters, void *data)
{
	const struct control *control = data;
	struct output *output = output_find(control->server,
		json_object_get_string(json_object_object_get(parameters, "output")));

	if (!output) {
		refuse(call, parameters, CONTROL_ERROR("NoSuchOutput"), 0);
		return;
	}
	struct control_shot *pending = calloc(1, sizeof(*pending));
	if (!pending) {
		refuse(call, parameters, CONTROL_ERROR("NoPicture"), -ENOMEM);
		return;
	}
	pending->call = call;
	pending->parameters = parameters;
	screenshot_start(&pending->shot, output, shot_handle_done);
	varlink_call_hold(call, shot_handle_cancelled, pending);
}

/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.Screenshot. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control_call.h"
#include "daemon/copy.h"
#include "daemon/screenshot.h"

/* A call of Screenshot that waits for its copy. */
struct control_shot {
	struct varlink_call *call;
	struct json_object *parameters; /* the call's */
	struct screenshot *shot;        /* one of these; the other is NULL */
	struct copy *copy;
};

static const char *picture_error(int error)
{
	switch (error) {
	case -ENODATA:
		return "it shows nothing";
	case -ENOTSUP:
		return "only its GPU can read it";
	case -ETIMEDOUT:
		return "the renderer does not answer";
	case -ENOTCONN:
	case -ECONNRESET:
		return "the renderer ended";
	default:
		return strerror(-error);
	}
}

static void control_refuse_picture(
	struct varlink_call *call, struct json_object *parameters, int error)
{
	control_refuse_head(call, CONTROL_ERROR("NoPicture"), parameters, picture_error(error));
}

static void shot_handle_done(void *data, const struct screenshot_result *result)
{
	struct control_shot *pending = data;
	struct json_object *reply;
	char format[] = { result->fourcc, result->fourcc >> 8, result->fourcc >> 16,
		result->fourcc >> 24, '\0' };

	if (result->fd < 0) {
		control_refuse_picture(pending->call, pending->parameters, result->fd);
		free(pending);
		return;
	}
	reply = json_object_new_object();
	json_add_int(reply, "width", result->width_px);
	json_add_int(reply, "height", result->height_px);
	json_add_int(reply, "stride", result->stride_bytes);
	json_add_foreign(reply, "format", format);
	json_add_int(reply, "descriptor", 0);
	varlink_reply_fd(pending->call, reply, result->fd);
	free(pending);
}

static void shot_handle_cancelled(void *data)
{
	struct control_shot *pending = data;

	screenshot_cancel(pending->shot);
	copy_cancel(pending->copy);
	free(pending);
}

/* Shared memory is read here; a dma-buf by the process that has its GPU, or the guest's memory. */
static int shot_start(struct control_shot *pending, struct control *control, struct guest *guest,
	uint32_t head, const struct picture *picture)
{
	if (picture->kind == PICTURE_KIND_DMABUF)
		return guest_copy(guest, head, &pending->copy, shot_handle_done, pending);
	return screenshot_start(&pending->shot, control->loop, picture, shot_handle_done, pending);
}

void control_screenshot(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct guest *guest = control_find_guest(control, call, parameters);
	int head = guest ? control_find_head(call, parameters, guest) : -1;

	if (head < 0)
		return;
	const struct picture *picture = guest_picture(guest, head);
	if (!picture) {
		control_refuse_picture(call, parameters, -ENODATA);
		return;
	}
	struct control_shot *pending = calloc(1, sizeof(*pending));
	int ret = pending ? shot_start(pending, control, guest, head, picture) : -ENOMEM;
	if (ret < 0) {
		control_refuse_picture(call, parameters, ret);
		free(pending);
		return;
	}
	pending->call = call;
	pending->parameters = parameters;
	varlink_call_hold(call, shot_handle_cancelled, pending);
}

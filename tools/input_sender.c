/* SPDX-License-Identifier: MIT */
/* Frames to a guest's devices. */
#include "tools/input_sender.h"

/* A call has 64 KiB; an event's three numbers have 18 characters at most. */
#define EVENTS_MAX 3000

enum exit_status input_sender_init(
	struct input_sender *sender, const struct ctl *ctl, const char *guest)
{
	*sender = (struct input_sender){ .ctl = ctl, .guest = guest };
	return ctl_connect(ctl, &sender->client);
}

void input_sender_finish(struct input_sender *sender)
{
	json_object_put(sender->frames);
	varlink_disconnect(&sender->client);
}

static struct json_object *frame_json(const struct input_frame *frame)
{
	struct json_object *numbers = json_object_new_array_ext(3 * frame->n);

	for (uint32_t i = 0; i < frame->n; i++) {
		const struct input_frame_event *event = &frame->events[i];
		json_object_array_add(numbers, json_object_new_int(event->type));
		json_object_array_add(numbers, json_object_new_int(event->code));
		json_object_array_add(numbers, json_object_new_int(event->value));
	}
	return numbers;
}

enum exit_status input_sender_add(
	struct input_sender *sender, uint32_t device, const struct input_frame *frame)
{
	enum exit_status status = EXIT_OK;

	if (!frame->n)
		return EXIT_OK;
	if (sender->frames &&
		(sender->device != device || sender->n_events + frame->n > EVENTS_MAX))
		status = input_sender_flush(sender);
	if (!sender->frames)
		sender->frames = json_object_new_array();
	sender->device = device;
	sender->n_events += frame->n;
	json_object_array_add(sender->frames, frame_json(frame));
	return status;
}

enum exit_status input_sender_flush(struct input_sender *sender)
{
	struct json_object *parameters;
	struct varlink_reply reply;
	char device[INPUT_NAME_BYTES];

	if (!sender->frames)
		return EXIT_OK;
	input_device_name(sender->device, device);
	parameters = guest_parameters(sender->guest);
	json_object_object_add(parameters, "device", json_object_new_string(device));
	json_object_object_add(parameters, "frames", sender->frames);
	sender->frames = NULL;
	sender->n_events = 0;
	enum exit_status status =
		ctl_call_on(&sender->client, CONTROL("SendInput"), parameters, &reply);
	if (status == EXIT_OK)
		varlink_reply_finish(&reply);
	return status;
}

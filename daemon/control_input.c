/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.SendInput: a caller's connection is a source of one guest's input. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/input_script.h"
#include "daemon/control_call.h"

#define EVENT_NUMBERS 3 /* type, code, value */

__attribute__((format(printf, 3, 4))) static void refuse_input(
	struct varlink_call *call, struct json_object *parameters, const char *fmt, ...)
{
	struct json_object *reply = json_object_new_object();
	char reason[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	for (const char *const *key = (const char *const[]){ "guest", "device", NULL }; *key; key++)
		json_object_object_add(
			reply, *key, json_object_get(json_object_object_get(parameters, *key)));
	json_add_string(reply, "reason", reason);
	varlink_error(call, CONTROL_ERROR("CannotSend"), reply);
}

/* -- frames -- */

static bool decode_number(
	struct json_object *numbers, size_t index, int64_t least, int64_t most, int64_t *number)
{
	struct json_object *value = json_object_array_get_idx(numbers, index);

	*number = json_object_get_int64(value);
	return json_object_is_type(value, json_type_int) && least <= *number && *number <= most;
}

static bool decode_event(struct json_object *numbers, size_t index, struct input_frame_event *event)
{
	int64_t type, code, value;

	if (!decode_number(numbers, EVENT_NUMBERS * index, 0, UINT16_MAX, &type) ||
		!decode_number(numbers, EVENT_NUMBERS * index + 1, 0, UINT16_MAX, &code) ||
		!decode_number(numbers, EVENT_NUMBERS * index + 2, INT32_MIN, INT32_MAX, &value))
		return false;
	*event = (struct input_frame_event){ .type = type, .code = code, .value = value };
	return true;
}

/* False: those are not frames. */
static bool decode_frame(struct json_object *numbers, struct input_frame *frame)
{
	if (!json_object_is_type(numbers, json_type_array))
		return false;
	size_t n = json_object_array_length(numbers);
	if (n % EVENT_NUMBERS || n > EVENT_NUMBERS * INPUT_FRAME_EVENTS)
		return false;
	frame->n = n / EVENT_NUMBERS;
	for (size_t i = 0; i < frame->n; i++) {
		if (!decode_event(numbers, i, &frame->events[i]))
			return false;
	}
	return true;
}

/* All of them are what the device takes; or the call is answered. */
static bool check_frames(struct varlink_call *call, struct json_object *parameters,
	struct json_object *frames, uint32_t device)
{
	struct input_frame frame;

	for (size_t i = 0; i < json_object_array_length(frames); i++) {
		if (!decode_frame(json_object_array_get_idx(frames, i), &frame)) {
			varlink_error_parameter(call, "frames");
			return false;
		}
		for (uint32_t j = 0; j < frame.n; j++) {
			const struct input_frame_event *event = &frame.events[j];
			if (input_script_takes(device, event))
				continue;
			refuse_input(call, parameters,
				"event %u of frame %zu, type %u, code %u, value %d, is none of "
				"its",
				j, i, event->type, event->code, event->value);
			return false;
		}
	}
	return true;
}

/* -- the source -- */

static void script_destroy(void *data)
{
	struct input_script *script = data;

	input_port_finish(&script->port);
	free(script);
}

/* The connection's, on this guest. NULL: no memory. */
static struct input_script *call_script(struct varlink_call *call, struct input_devices *devices)
{
	struct input_script *script = varlink_call_kept(call);

	if (!script) {
		script = calloc(1, sizeof(*script));
		if (!script)
			return NULL;
		input_script_init(script, devices);
		varlink_call_keep(call, script, script_destroy);
	} else if (script->port.devices != devices) {
		input_port_finish(&script->port);
		input_script_init(script, devices);
	}
	return script;
}

/* The guest has the device, whose number that is, and uses it; or the call is answered. */
static bool find_device(struct varlink_call *call, struct json_object *parameters,
	const struct guest *guest, uint32_t *device)
{
	const char *name = json_object_get_string(json_object_object_get(parameters, "device"));
	struct guest_info info = { 0 };

	guest_describe(guest, &info);
	if (!input_device_find(name, device) || !config_guest_has_input(info.config, *device)) {
		refuse_input(call, parameters, "the guest has no such device");
		return false;
	}
	if (!guest_input_connected(guest, *device)) {
		refuse_input(call, parameters, "no VMM has connected it");
		return false;
	}
	return true;
}

void control_send_input(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct guest *guest = control_find_guest(data, call, parameters);
	struct json_object *frames = json_object_object_get(parameters, "frames");
	struct input_script *script;
	struct input_frame frame;
	uint32_t device;

	if (!guest || !find_device(call, parameters, guest, &device) ||
		!check_frames(call, parameters, frames, device))
		return;
	script = call_script(call, guest_inputs(guest));
	if (!script) {
		refuse_input(call, parameters, "there is no memory for it");
		return;
	}
	for (size_t i = 0; i < json_object_array_length(frames); i++) {
		decode_frame(json_object_array_get_idx(frames, i), &frame);
		input_script_play(script, device, &frame);
	}
	varlink_reply(call, NULL);
}

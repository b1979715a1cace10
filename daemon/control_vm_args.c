/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.VmArgs. */
#include <stdlib.h>

#include "daemon/control_call.h"
#include "daemon/vm_args.h"
#include "protocol/input.h"

#define CONTROL_MEMORY_MAX_BYTES (INT64_C(1) << 46)

static char *print_with_inputs(const struct control *control, const struct config_guest *guest,
	const struct vm_args_format *format, struct vm_args *args)
{
	char names[INPUT_DEVICES][INPUT_NAME_BYTES], sockets[INPUT_DEVICES][CONFIG_PATH_MAX];
	struct vm_args_input inputs[INPUT_DEVICES];

	args->inputs = inputs;
	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		if (!config_guest_has_input(guest, i))
			continue;
		uint32_t n = args->n_inputs++;
		input_device_name(i, names[n]);
		config_guest_socket(control->config, guest, names[n], sockets[n]);
		inputs[n] = (struct vm_args_input){ names[n], sockets[n] };
	}
	return format->print(args);
}

void control_vm_args(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct guest_info info = { 0 };
	struct json_object *vmm = json_object_object_get(parameters, "vmm");
	struct json_object *memory = json_object_object_get(parameters, "memory");
	int64_t bytes = memory ? json_object_get_int64(memory) : (int64_t)VM_ARGS_MEMORY_DEFAULT;
	char socket[CONFIG_PATH_MAX], agent[CONFIG_PATH_MAX];

	const struct vm_args_format *format =
		vm_args_find(vmm ? json_object_get_string(vmm) : "qemu");
	if (!format) {
		varlink_error_parameter(call, "vmm");
		return;
	}
	if (bytes <= 0 || bytes > CONTROL_MEMORY_MAX_BYTES || bytes & ((1 << 20) - 1)) {
		varlink_error_parameter(call, "memory");
		return;
	}
	struct guest *guest = control_find_guest(control, call, parameters);
	if (!guest)
		return;
	guest_describe(guest, &info);
	if (info.config->type == CONFIG_TYPE_CONTAINER) {
		varlink_error_parameter(call, "guest");
		return;
	}
	config_guest_socket(control->config, info.config, "gpu", socket);
	config_guest_socket(control->config, info.config, "agent", agent);
	struct vm_args args = {
		.gpu_socket = socket,
		.agent_socket = agent,
		.n_heads = info.n_heads,
		.memory_bytes = bytes,
	};
	char *text = print_with_inputs(control, info.config, format, &args);

	struct json_object *reply = json_object_new_object();
	struct json_object *notes = json_object_new_array();
	for (size_t i = 0; format->notes[i]; i++)
		json_object_array_add(notes, json_object_new_string(format->notes[i]));
	json_add_string(reply, "text", text ? text : "");
	json_object_object_add(reply, "notes", notes);
	free(text);
	varlink_reply(call, reply);
}

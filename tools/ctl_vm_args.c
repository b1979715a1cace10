/* SPDX-License-Identifier: MIT */
/* mullionctl vm-args. */
#include <stdio.h>
#include <string.h>

#include "tools/ctl.h"

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
int ctl_vm_args(const struct ctl *ctl)
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

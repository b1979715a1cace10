/* SPDX-License-Identifier: MIT */
/* mullionctl view. */
#include "tools/ctl.h"

int ctl_view(const struct ctl *ctl)
{
	struct json_object *parameters;
	uint64_t head;

	if (!parse_head(ctl->args[1], &head))
		return EXIT_USAGE;
	parameters = guest_parameters(ctl->args[0]);
	json_object_object_add(parameters, "head", json_object_new_int(head));
	return ctl_do(ctl, CONTROL("View"), parameters);
}

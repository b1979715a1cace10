/* SPDX-License-Identifier: MIT */
/* The kinds in which a client can give something. */
#include "compositor/seat/mime_types.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int mime_types_add(struct mime_types *types, const char *name)
{
	if (types->n == MIME_TYPES_MAX || strlen(name) > MIME_TYPE_LENGTH_MAX)
		return 0;
	types->names[types->n] = strdup(name);
	if (!types->names[types->n])
		return -ENOMEM;
	types->n++;
	return 0;
}

void mime_types_finish(struct mime_types *types)
{
	for (uint32_t i = 0; i < types->n; i++)
		free(types->names[i]);
}

/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_CONFIG_INPUT_H
#define DAEMON_CONFIG_INPUT_H

/* [input NAME]: a device that is given to a guest, and what it is beside the others. */

#include <stdbool.h>
#include <stddef.h>

#include "daemon/config.h"

/* NULL: no memory. */
struct config_input *config_input_create(const char *name);
void config_free_inputs(struct config *config);
/* False: it contradicts its guest, or one before it; `why` says how. What it lacks is no matter. */
bool config_input_check(
	const struct config *config, const struct config_input *input, char *why, size_t size);

#endif

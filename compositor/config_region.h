/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_CONFIG_REGION_H
#define COMPOSITOR_CONFIG_REGION_H

/* "region NAME = X,Y,WxH": a part of an output, several of which may be there. */

#include <stdbool.h>

struct config;
struct config_output;
struct settings_errors;

bool config_region_is_key(const char *key);
/* What is wrong is said. */
void config_region_set(struct settings_errors *errors, struct config *config,
	struct config_output *output, unsigned line, const char *key, const char *value);
/* Once all is read: a name is one thing's. */
void config_regions_check(struct settings_errors *errors, const struct config *config);

#endif

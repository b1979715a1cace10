/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_CONFIG_KEYS_H
#define COMPOSITOR_CONFIG_KEYS_H

/* The keys of the configuration: each table ends with a key that has no name. */

#include "base/settings.h"

#define CONFIG_KEYS_MAX 16

enum config_trait {
	CONFIG_AT_START = 0, /* it holds until the next start */
	CONFIG_AT_ONCE = 1 << 0,
};

extern const struct settings_key config_compositor_keys[CONFIG_KEYS_MAX]; /* of struct config */
/* Of the structs of these names. */
extern const struct settings_key config_output_keys[CONFIG_KEYS_MAX];
extern const struct settings_key config_window_keys[CONFIG_KEYS_MAX];
extern const struct settings_key config_input_keys[CONFIG_KEYS_MAX];
extern const struct settings_key config_keyboard_keys[CONFIG_KEYS_MAX];
/* "region NAME", of which an output may have several. */
extern const struct settings_key config_region_key;

#endif

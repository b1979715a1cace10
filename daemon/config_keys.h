/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_CONFIG_KEYS_H
#define DAEMON_CONFIG_KEYS_H

/*
 * The keys of the configuration: where each one's value goes, whose it is, and whether it
 * may change while mulliond runs.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/settings.h"
#include "daemon/config.h"

enum config_trait {
	CONFIG_AT_START = 0,    /* of mulliond: it holds until the next one */
	CONFIG_AT_ONCE = 1 << 0,
	CONFIG_FOR_VMS = 1 << 1, /* alone; else for all guests, or: */
	CONFIG_FOR_CONTAINERS = 1 << 2,
};

#define CONFIG_KEYS_MAX 32
#define CONFIG_HEAD_KEYS 3

/* Those that have no name come last. */
extern const struct settings_key config_daemon_keys[CONFIG_KEYS_MAX]; /* of struct config */
extern const struct settings_key config_guest_keys[CONFIG_KEYS_MAX];  /* of struct config_guest */
extern const struct settings_key config_input_keys[CONFIG_KEYS_MAX]; /* of struct config_input */
/* By what follows a head's number: "head12", "head12-stale-after"; of struct config_head. */
extern const struct settings_key config_head_keys[CONFIG_HEAD_KEYS];

/* A guest of this type has it. */
bool config_key_is_for(const struct settings_key *key, enum config_type type);
/* All that may change at once, from one struct of `keys` to another. */
void config_keys_copy_changeable(
	const struct settings_key *keys, size_t n_keys, void *to, const void *from);

#endif

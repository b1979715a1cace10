/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_CONFIG_KEYS_H
#define DAEMON_CONFIG_KEYS_H

/*
 * The keys of the configuration: where each one's value goes, whose it is, and whether it
 * may change while mulliond runs.
 */

#include <stdbool.h>
#include <stddef.h>

#include "daemon/config.h"

enum config_only {
	CONFIG_FOR_ALL,
	CONFIG_FOR_VMS,
	CONFIG_FOR_CONTAINERS,
};

enum config_when {
	CONFIG_AT_START, /* of mulliond: it holds until the next one */
	CONFIG_AT_ONCE,
};

/* How a key's value gets to `offset` of its section's struct. */
struct config_key {
	const char *name;
	const char *expected;
	size_t offset, bytes;
	bool (*parse)(const char *value, void *to);
	enum config_only only; /* guests of which type have it */
	enum config_when when;
};

#define CONFIG_KEYS_MAX 32
#define CONFIG_HEAD_KEYS 3

/* Those that have no name come last. */
extern const struct config_key config_daemon_keys[CONFIG_KEYS_MAX]; /* of struct config */
extern const struct config_key config_guest_keys[CONFIG_KEYS_MAX];  /* of struct config_guest */
extern const struct config_key config_input_keys[CONFIG_KEYS_MAX]; /* of struct config_input */
/* By what follows a head's number: "head12", "head12-stale-after"; of struct config_head. */
extern const struct config_key config_head_keys[CONFIG_HEAD_KEYS];

/* NULL: there is none of this name. */
const struct config_key *config_key_find(
	const struct config_key *keys, size_t n_keys, const char *name);
/* A guest of this type has it. */
bool config_key_is_for(const struct config_key *key, enum config_type type);
/* Of two structs that have this key. */
bool config_key_differs(const struct config_key *key, const void *one, const void *other);
/* All that may change at once, from one struct of `keys` to another. */
void config_keys_copy_changeable(
	const struct config_key *keys, size_t n_keys, void *to, const void *from);

#endif

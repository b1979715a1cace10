/* SPDX-License-Identifier: MIT */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

/*
 * What a configuration's reader stands on: tables of keys, each with its place in a struct,
 * and a list of all that is wrong with a file, each line of it told by its number.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_ERRORS_MAX 20
#define SETTINGS_SHOWN 64 /* characters of what was wrong */

struct settings_errors {
	const char *path, *manual; /* borrowed: the file, and what says what may be in it */
	size_t n;
	bool more;                            /* reading stopped at the last one */
	char lines[SETTINGS_ERRORS_MAX][512]; /* "mullion.conf:12: head1: expected ..." */
};

/* How a key's value gets to `offset` of its section's struct. */
struct settings_key {
	const char *name;
	const char *expected;
	size_t offset, bytes;
	bool (*parse)(const char *value, void *to);
	uint32_t traits; /* the program's own */
};

/* A field of struct `type`, for a table. */
#define SETTINGS_FIELD(type, field)                                                                \
	offsetof(struct type, field), sizeof(((struct type *)NULL)->field)

/* None yet. */
void settings_errors_start(struct settings_errors *errors, const char *path, const char *manual);
/* Line 0: the file as a whole. */
__attribute__((format(printf, 3, 4))) void settings_error(
	struct settings_errors *errors, unsigned line, const char *format, ...);

/* A table ends where it does, or with a key that has no name. NULL: there is none. */
const struct settings_key *settings_key_find(
	const struct settings_key *keys, size_t n_keys, const char *name);
/* Of two structs that have this key. */
bool settings_key_differs(const struct settings_key *key, const void *one, const void *other);

/*
 * Of two structs: a line in the log for each key with none of the traits `at_once` that is
 * another in the file: it needs a restart. Names come after `prefix`.
 */
void settings_say_kept(const char *section, const char *prefix, const struct settings_key *keys,
	size_t n_keys, uint32_t at_once, const void *now, const void *wanted);

/* A section takes each thing once: `*claim` is the line where it did. false: said. */
bool settings_claim(
	struct settings_errors *errors, unsigned line, const char *key, unsigned *claim);
/* What the table says of `key`, as its file has it, into the struct `to`; what is wrong is said. */
void settings_set(struct settings_errors *errors, unsigned line, const char *key,
	const struct settings_key *found, unsigned *claim, void *to, const char *value);
/* There is no such key in this section. */
void settings_refuse_key(struct settings_errors *errors, unsigned line, const char *key);

#endif

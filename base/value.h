/* SPDX-License-Identifier: MIT */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

/*
 * Values as people write them in configurations. Each parser takes the whole text or
 * refuses it, and writes its result only then; what is named `take` moves `*text` past
 * what it took.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

#define VALUE_NAME_MAX 64  /* with the terminator */
#define VALUE_PATH_MAX 108 /* sun_path of Linux, with the terminator */

/* Decimal digits: at least one, no overflow. */
bool value_take_digits(const char **text, uint64_t *value);
/* Digits and up to three decimals, as thousandths. */
bool value_take_thousandths(const char **text, uint64_t *thousandths);
bool value_parse_uint(const char *text, uint64_t min, uint64_t max, uint64_t *value);
/* Digits and K, M, G or nothing; powers of 1024. */
bool value_parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *bytes);
/* Digits and "ms" or "s". */
bool value_parse_duration(const char *text, uint64_t min_ms, uint64_t max_ms, uint32_t *ms);
/* So many decimals with blanks between, none beyond `limit` on either side of 0. */
bool value_parse_decimals(const char *text, double limit, float *values, size_t n);
/* One of the names, as its index. */
bool value_parse_choice(
	const char *text, const char *const *names, size_t n_names, unsigned *choice);
/* "error", "warning", "info" or "debug". */
bool value_parse_log_level(const char *text, enum log_level *level);

/* Letters, digits, '.', '_', '-'. */
bool value_is_name_char(char c);
/* Those, shorter than VALUE_NAME_MAX; not first '.' or '-'. */
bool value_is_name(const char *text);
/* Absolute, shorter than VALUE_PATH_MAX, no "." or ".." in it. */
bool value_is_path(const char *text);

#endif

/* SPDX-License-Identifier: MIT */
/* Values as people write them. */
#include "base/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool value_take_digits(const char **text, uint64_t *value)
{
	const char *at = *text;
	uint64_t result = 0;

	if (!is_digit(*at))
		return false;
	for (; is_digit(*at); at++) {
		if (__builtin_mul_overflow(result, 10, &result) ||
			__builtin_add_overflow(result, *at - '0', &result))
			return false;
	}
	*text = at;
	*value = result;
	return true;
}

bool value_take_thousandths(const char **text, uint64_t *thousandths)
{
	const char *at = *text;
	uint64_t whole, fraction = 0;

	if (!value_take_digits(&at, &whole) || __builtin_mul_overflow(whole, 1000, &whole))
		return false;
	if (*at == '.') {
		at++;
		if (!is_digit(*at))
			return false;
		for (uint64_t unit = 100; is_digit(*at); at++, unit /= 10) {
			if (!unit)
				return false;
			fraction += (*at - '0') * unit;
		}
	}
	if (__builtin_add_overflow(whole, fraction, &whole))
		return false;
	*text = at;
	*thousandths = whole;
	return true;
}

bool value_parse_uint(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	uint64_t result;

	if (!value_take_digits(&text, &result) || *text || result < min || result > max)
		return false;
	*value = result;
	return true;
}

bool value_parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *bytes)
{
	uint64_t result;
	unsigned shift = 0;

	if (!value_take_digits(&text, &result))
		return false;
	switch (*text) {
	case 'K':
		shift = 10;
		break;
	case 'M':
		shift = 20;
		break;
	case 'G':
		shift = 30;
		break;
	}
	if (shift)
		text++;
	if (*text || result > UINT64_MAX >> shift)
		return false;
	result <<= shift;
	if (result < min || result > max)
		return false;
	*bytes = result;
	return true;
}

bool value_parse_duration(const char *text, uint64_t min_ms, uint64_t max_ms, uint32_t *ms)
{
	uint64_t result;

	if (!value_take_digits(&text, &result))
		return false;
	if (strcmp(text, "s") == 0) {
		if (__builtin_mul_overflow(result, 1000, &result))
			return false;
	} else if (strcmp(text, "ms") != 0) {
		return false;
	}
	if (result < min_ms || result > max_ms)
		return false;
	*ms = result;
	return true;
}

bool value_parse_decimals(const char *text, double limit, float *values, size_t n)
{
	const char *at = text;
	char *end;

	/* strtod takes other things besides. */
	if (text[strspn(text, "+-.0123456789 \t")])
		return false;
	for (size_t i = 0; i < n; i++, at = end) {
		double number = strtod(at, &end);
		if (end == at || !(fabs(number) <= limit) || (*end && *end != ' ' && *end != '\t'))
			return false;
	}
	if (*at)
		return false;
	for (size_t i = 0; i < n; i++, text = end)
		values[i] = strtod(text, &end);
	return true;
}

bool value_parse_choice(
	const char *text, const char *const *names, size_t n_names, unsigned *choice)
{
	for (size_t i = 0; i < n_names; i++) {
		if (strcmp(text, names[i]) == 0) {
			*choice = i;
			return true;
		}
	}
	return false;
}

bool value_parse_log_level(const char *text, enum log_level *level)
{
	static const char *const names[] = {
		[LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARN] = "warning",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug",
	};
	unsigned choice;

	if (!value_parse_choice(text, names, sizeof(names) / sizeof(names[0]), &choice))
		return false;
	*level = choice;
	return true;
}

bool value_is_name_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
	       c == '_' || c == '-';
}

bool value_is_name(const char *text)
{
	size_t len = strlen(text);

	if (!len || len >= VALUE_NAME_MAX || *text == '.' || *text == '-')
		return false;
	for (; *text; text++) {
		if (!value_is_name_char(*text))
			return false;
	}
	return true;
}

bool value_is_path(const char *text)
{
	if (*text != '/' || !text[1] || strlen(text) >= VALUE_PATH_MAX)
		return false;
	for (const char *at = text; at; at = strchr(at + 1, '/')) {
		size_t len = strcspn(at + 1, "/");
		if ((len == 1 && at[1] == '.') || (len == 2 && at[1] == '.' && at[2] == '.'))
			return false;
	}
	return true;
}

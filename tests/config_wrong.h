/* SPDX-License-Identifier: MIT */
#ifndef CONFIG_WRONG_H
#define CONFIG_WRONG_H

/* Configuration files that are wrong, each with the one error that is said of it. */

#include <stddef.h>

#define MODE_EXPECTED "expected WIDTHxHEIGHT[@HZ] such as 1920x1080@60, got "
#define TEXT_EXPECTED "the line is no text in UTF-8, or has control characters"
#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

struct config_wrong {
	const char *text, *error;
};

extern const struct config_wrong config_wrongs[];
extern const size_t config_wrongs_n;

#endif

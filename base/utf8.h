/* SPDX-License-Identifier: MIT */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/* UTF-8 as RFC 3629 has it: shortest forms, no surrogates, up to U+10FFFF. */

#include <stdbool.h>
#include <stddef.h>

/* NUL is a character like others. */
bool utf8_valid(const char *text, size_t len);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_KEY_CODE_H
#define TOOLS_KEY_CODE_H

/* Keys by the names that Linux has for them. */

#include <stdbool.h>
#include <stdint.h>

/* "KEY_A", or a number below KEY_CNT. */
bool key_code_parse(const char *text, uint32_t *code);

#endif

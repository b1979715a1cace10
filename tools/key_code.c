/* SPDX-License-Identifier: MIT */
/* Keys by the names that Linux has for them. */
#include "tools/key_code.h"

#include <stddef.h>
#include <string.h>

#include <linux/input-event-codes.h>

#include "tools/ctl.h"

static const struct {
	const char *name;
	uint16_t code;
} keys[] = {
#include "key_code.inc"
};

bool key_code_parse(const char *text, uint32_t *code)
{
	uint64_t number;

	if (parse_number(text, KEY_MAX, &number)) {
		*code = number;
		return true;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(text, keys[i].name) == 0) {
			*code = keys[i].code;
			return true;
		}
	}
	return false;
}

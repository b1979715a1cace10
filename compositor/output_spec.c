/* SPDX-License-Identifier: MIT */
/* How an output is asked for. */
#include "compositor/output_spec.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool parse_side(uint32_t *side_px, const char **text)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	unsigned long value = strtoul(*text, &end, 10);
	*text = end;
	*side_px = value;
	return value >= 1 && value <= SCREEN_SIDE_MAX;
}

/* A number with fractions, as `unit` of which make one. */
static bool parse_fraction(
	uint32_t *value, const char **text, uint32_t unit, double min, double max)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	double number = strtod(*text, &end);
	*text = end;
	if (!(number >= min && number <= max))
		return false;
	*value = lround(number * unit);
	return true;
}

bool output_spec_parse(struct output_spec *spec, const char *text)
{
	struct output_spec parsed = { .scale_120 = 120 };
	const char *equals = strchr(text, '=');

	if (equals) {
		size_t len = equals - text;
		if (len == 0 || len >= sizeof(parsed.name))
			return false;
		memcpy(parsed.name, text, len);
		text = equals + 1;
	}
	if (!parse_side(&parsed.mode.width_px, &text) || *text++ != 'x' ||
		!parse_side(&parsed.mode.height_px, &text))
		return false;
	if (*text == '@') {
		text++;
		if (!parse_fraction(&parsed.mode.refresh_mhz, &text, 1000, 1, 1000))
			return false;
	}
	if (*text == '*') {
		text++;
		if (!parse_fraction(&parsed.scale_120, &text, 120, 0.5, OUTPUT_SCALE_MAX))
			return false;
	}
	if (*text)
		return false;
	*spec = parsed;
	return true;
}

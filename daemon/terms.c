/* SPDX-License-Identifier: MIT */
/* A guest's terms as people write them. */
#include "daemon/terms.h"

#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "daemon/policy.h"

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
};

/* A number and a unit, of up to `len` characters in all. */
static bool parse_time(const char *text, size_t len, uint64_t *ns)
{
	size_t digits = strspn(text, "0123456789");
	char number[8];
	uint64_t value;

	if (digits >= len || digits >= sizeof(number))
		return false;
	memcpy(number, text, digits);
	number[digits] = '\0';
	if (!value_parse_uint(number, 0, 9999999, &value))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == len - digits &&
			memcmp(units[i].name, text + digits, len - digits) == 0) {
			*ns = value * units[i].ns;
			return true;
		}
	}
	return false;
}

bool terms_parse_weight(const char *text, void *to)
{
	struct policy_terms *terms = to;
	uint64_t weight;

	if (!value_parse_uint(text, 1, SHARE_WEIGHT_MAX, &weight))
		return false;
	terms->weight = weight;
	return true;
}

bool terms_parse_cap(const char *text, void *to)
{
	struct policy_terms *terms = to;
	size_t len = strlen(text);
	char number[4] = "";
	uint64_t percent = 0;

	if (strcmp(text, "none") != 0) {
		if (len < 2 || len > sizeof(number) || text[len - 1] != '%')
			return false;
		memcpy(number, text, len - 1);
		if (!value_parse_uint(number, 1, 100, &percent))
			return false;
	}
	terms->cap_percent = percent;
	return true;
}

bool terms_parse_reservation(const char *text, void *to)
{
	struct policy_terms *terms = to;
	uint64_t runtime_ns = 0, period_ns = 0;
	const char *slash = strchr(text, '/');

	if (strcmp(text, "none") != 0) {
		if (!slash || !parse_time(text, slash - text, &runtime_ns) ||
			!parse_time(slash + 1, strlen(slash + 1), &period_ns))
			return false;
		if (!runtime_ns || !reservation_valid(runtime_ns, period_ns) ||
			reservation_ppm(runtime_ns, period_ns) > RESERVATION_SUM_MAX_PPM)
			return false;
	}
	terms->runtime_ns = runtime_ns;
	terms->period_ns = period_ns;
	return true;
}

bool terms_parse_slice(const char *text, void *to)
{
	struct policy_terms *terms = to;
	uint64_t slice_ns;

	if (!parse_time(text, strlen(text), &slice_ns) || slice_ns < POLICY_SLICE_MIN_NS ||
		slice_ns > POLICY_SLICE_MAX_NS)
		return false;
	terms->slice_ns = slice_ns;
	return true;
}

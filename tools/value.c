/* SPDX-License-Identifier: MIT */
/* Values that mulliond sent. */
#include "tools/value.h"

#include <inttypes.h>
#include <stdio.h>

const char *get_string(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

int64_t get_int(struct json_object *object, const char *key)
{
	return json_object_get_int64(json_object_object_get(object, key));
}

bool get_bool(struct json_object *object, const char *key)
{
	return json_object_get_boolean(json_object_object_get(object, key));
}

struct json_object *get_array(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return json_object_is_type(value, json_type_array) ? value : NULL;
}

size_t array_length(struct json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

const char *format_bytes(char text[static VALUE_TEXT], int64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = bytes;
	size_t unit = 0;

	while (value >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		value /= 1024;
		unit++;
	}
	bool whole = value >= 100 || value == (int64_t)value;
	snprintf(text, VALUE_TEXT, "%.*f %s", whole ? 0 : 1, value, units[unit]);
	return text;
}

const char *format_us(char text[static VALUE_TEXT], int64_t us)
{
	if (us < 1000)
		snprintf(text, VALUE_TEXT, "%" PRId64 " us", us);
	else if (us < 1000000)
		snprintf(text, VALUE_TEXT, "%.*f ms", us < 100000, us / 1e3);
	else
		snprintf(text, VALUE_TEXT, "%.1f s", us / 1e6);
	return text;
}

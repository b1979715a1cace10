/* SPDX-License-Identifier: MIT */
/* Members of an answer. */
#include "base/json.h"

#include "base/clock.h"

void json_add_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

struct json_object *json_new_foreign(const char *value)
{
	char clean[512];
	size_t i = 0;

	for (; value[i] && i < sizeof(clean) - 1; i++)
		clean[i] = value[i] >= ' ' && value[i] <= '~' ? value[i] : '?';
	clean[i] = '\0';
	return json_object_new_string(clean);
}

void json_add_foreign(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_new_foreign(value));
}

void json_add_int(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(
		object, key, json_object_new_int64(value < INT64_MAX ? value : INT64_MAX));
}

void json_add_us(struct json_object *object, const char *key, uint64_t ns)
{
	json_add_int(object, key, ns / NSEC_PER_USEC);
}

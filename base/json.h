/* SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_H
#define BASE_JSON_H

/* Members of an answer. */

#include <stdint.h>

#include <json-c/json.h>

/* UTF-8 of our own. */
void json_add_string(struct json_object *object, const char *key, const char *value);
/* Text of which somebody outside may have had a hand in: printable ASCII remains. */
struct json_object *json_new_foreign(const char *value);
void json_add_foreign(struct json_object *object, const char *key, const char *value);
void json_add_int(struct json_object *object, const char *key, uint64_t value);
/* In microseconds. */
void json_add_us(struct json_object *object, const char *key, uint64_t ns);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_VALUE_H
#define TOOLS_VALUE_H

/*
 * Members of an object that mulliond sent, which are never trusted to be there: what is
 * missing, or of another type, is empty or 0. And how their values are written for people.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

const char *get_string(struct json_object *object, const char *key);
int64_t get_int(struct json_object *object, const char *key);
bool get_bool(struct json_object *object, const char *key);
/* NULL where there is none; then its length is 0. */
struct json_object *get_array(struct json_object *object, const char *key);
size_t array_length(struct json_object *array);

#define VALUE_TEXT 32

/* "1.5 MiB": one decimal below 100 of a unit. */
const char *format_bytes(char text[static VALUE_TEXT], int64_t bytes);
/* "850 us", "4.2 ms", "1.5 s" */
const char *format_us(char text[static VALUE_TEXT], int64_t us);

#endif

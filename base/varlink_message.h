/* SPDX-License-Identifier: MIT */
#ifndef BASE_VARLINK_MESSAGE_H
#define BASE_VARLINK_MESSAGE_H

/* The text of a Varlink call, and parameters against a method's table: pure. */

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "base/varlink.h"

struct varlink_message {
	struct json_object *object;     /* owned; NULL: there is none */
	const char *method;             /* within it */
	struct json_object *parameters; /* within it, an object */
	bool oneway;
	bool upgrade;
};

/* `len` bytes without the NUL. What is wrong with them, or NULL: then finish it once. */
const char *varlink_message_parse(struct varlink_message *message, const char *text, size_t len);
void varlink_message_finish(struct varlink_message *message);

/* The name of the first parameter that the method's table does not allow, or NULL. */
const char *varlink_method_check(
	const struct varlink_method *method, struct json_object *parameters);

#endif

/* SPDX-License-Identifier: MIT */
/* The text of a Varlink call. */
#include "base/varlink_message.h"

#include <string.h>

#include "base/utf8.h"

/* One object and nothing behind it, or NULL. */
static struct json_object *json_parse_strict(const char *text, size_t len)
{
	struct json_tokener *tokener;

	/* json-c's own check lets surrogates and long forms through. */
	if (!utf8_valid(text, len))
		return NULL;
	tokener = json_tokener_new_ex(VARLINK_DEPTH_MAX);
	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	struct json_object *object = json_tokener_parse_ex(tokener, text, len);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
		json_tokener_get_parse_end(tokener) != len ||
		!json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(tokener);
	return object;
}

/* A string of which C sees all: JSON's \u0000 would end it early. */
static bool json_is_text(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) &&
	       strlen(json_object_get_string(value)) == (size_t)json_object_get_string_len(value);
}

static bool json_is_flag(struct json_object *value, bool *flag)
{
	*flag = json_object_get_boolean(value);
	return json_object_is_type(value, json_type_boolean);
}

/* One member of a call. No method answers more than once, which callers of "more" must bear. */
static bool message_take(
	struct varlink_message *message, const char *key, struct json_object *value)
{
	bool more;

	if (strcmp(key, "method") == 0) {
		message->method = json_object_get_string(value);
		return json_is_text(value);
	}
	if (strcmp(key, "parameters") == 0) {
		message->parameters = value;
		return !value || json_object_is_type(value, json_type_object);
	}
	if (strcmp(key, "oneway") == 0)
		return json_is_flag(value, &message->oneway);
	if (strcmp(key, "upgrade") == 0)
		return json_is_flag(value, &message->upgrade);
	if (strcmp(key, "more") == 0)
		return json_is_flag(value, &more);
	return false;
}

const char *varlink_message_parse(struct varlink_message *message, const char *text, size_t len)
{
	const char *wrong = NULL;

	*message = (struct varlink_message){ .object = json_parse_strict(text, len) };
	if (!message->object)
		return "a message is not one JSON object";
	json_object_object_foreach(message->object, key, value) {
		if (!message_take(message, key, value))
			wrong = "a message has a member that no Varlink call has";
	}
	if (!message->method)
		wrong = "a message has no method";
	if (wrong) {
		varlink_message_finish(message);
		return wrong;
	}
	if (!message->parameters) {
		message->parameters = json_object_new_object();
		json_object_object_add(message->object, "parameters", message->parameters);
	}
	return NULL;
}

void varlink_message_finish(struct varlink_message *message)
{
	json_object_put(message->object);
	*message = (struct varlink_message){ 0 };
}

static bool parameter_fits(const struct varlink_parameter *parameter, struct json_object *value)
{
	if (!value)
		return parameter->optional;
	switch (parameter->type) {
	case VARLINK_TYPE_STRING:
		return json_is_text(value);
	case VARLINK_TYPE_INT:
		return json_object_is_type(value, json_type_int);
	case VARLINK_TYPE_BOOL:
		return json_object_is_type(value, json_type_boolean);
	case VARLINK_TYPE_ARRAY:
		return json_object_is_type(value, json_type_array);
	}
	return false;
}

static bool method_takes(const struct varlink_method *method, const char *name)
{
	for (size_t i = 0; i < method->n_parameters; i++) {
		if (strcmp(method->parameters[i].name, name) == 0)
			return true;
	}
	return false;
}

const char *varlink_method_check(
	const struct varlink_method *method, struct json_object *parameters)
{
	for (size_t i = 0; i < method->n_parameters; i++) {
		const struct varlink_parameter *parameter = &method->parameters[i];
		if (!parameter_fits(parameter, json_object_object_get(parameters, parameter->name)))
			return parameter->name;
	}
	json_object_object_foreach(parameters, name, value) {
		(void)value;
		if (!method_takes(method, name))
			return name;
	}
	return NULL;
}

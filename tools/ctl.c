/* SPDX-License-Identifier: MIT */
/* What mullionctl's commands share. */
#include "tools/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/limits.h"

int fail(const char *fmt, ...)
{
	va_list args;

	fputs("mullionctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	putc('\n', stderr);
	return EXIT_FAILED;
}

int fail_usage(const char *fmt, ...)
{
	va_list args;

	fputs("mullionctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs(" (mullionctl --help says more)\n", stderr);
	return EXIT_USAGE;
}

static int fail_connect(const char *service, const char *path, int error)
{
	switch (error) {
	case -ENOENT:
		return fail("%s is not running (no socket at %s): start it with "
			    "'%s --config FILE'",
			service, path, service);
	case -ECONNREFUSED:
		return fail("%s is not running (nobody listens at %s): start it with "
			    "'%s --config FILE'",
			service, path, service);
	case -EACCES:
		return fail(
			"no permission to connect to %s: be root or of the socket's group", path);
	}
	return fail("cannot connect to %s: %s", path, strerror(-error));
}

static int fail_call(const char *service, int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return fail("%s does not answer", service);
	case -ENOTCONN:
	case -EPIPE:
	case -ECONNRESET:
		return fail("%s closed the connection; its log says why", service);
	case -EPROTO:
		return fail("what %s answered is no Varlink reply", service);
	}
	return fail("cannot talk to %s: %s", service, strerror(-error));
}

bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !*end && !errno && *number <= max;
}

bool parse_head(const char *text, uint64_t *head)
{
	if (parse_number(text, LIMIT_HEADS - 1, head))
		return true;
	fail_usage("expected a head's number such as 0, got \"%s\"", text);
	return false;
}

static int fail_reply(const struct varlink_reply *reply)
{
	const char *guest = get_string(reply->parameters, "guest");
	int head = get_int(reply->parameters, "head");

	if (strncmp(reply->error, COMPOSITOR(""), strlen(COMPOSITOR(""))) == 0)
		return fail_screen_reply(reply);
	if (strcmp(reply->error, CONTROL("NoSuchGuest")) == 0)
		return fail("there is no guest \"%s\": 'mullionctl list' shows them", guest);
	if (strcmp(reply->error, CONTROL("NoSuchHead")) == 0)
		return fail("guest \"%s\" has no head %d: 'mullionctl show %s' lists them", guest,
			head, guest);
	if (strcmp(reply->error, CONTROL("NoFreeHead")) == 0)
		return fail("guest \"%s\" may have %d heads, and all are there: max-heads in the "
			    "configuration allows up to %d",
			guest, (int)get_int(reply->parameters, "max_heads"), LIMIT_HEADS);
	if (strcmp(reply->error, "org.varlink.service.InvalidParameter") == 0)
		return fail("mulliond does not take this %s",
			get_string(reply->parameters, "parameter"));
	if (strcmp(reply->error, CONTROL("CannotSet")) == 0)
		return fail("nothing was set: %s%s%s", get_string(reply->parameters, "key"),
			*get_string(reply->parameters, "key") ? ": " : "",
			get_string(reply->parameters, "reason"));
	if (strcmp(reply->error, CONTROL("CannotSend")) == 0)
		return fail("nothing is sent to %s of \"%s\": %s",
			get_string(reply->parameters, "device"), guest,
			get_string(reply->parameters, "reason"));
	if (strcmp(reply->error, CONTROL("NoTrace")) == 0)
		return fail("\"%s\" cannot be traced now: %s", guest,
			get_string(reply->parameters, "reason"));
	if (strcmp(reply->error, CONTROL("NoPicture")) == 0)
		return fail("no picture of head %d of \"%s\": %s", head, guest,
			get_string(reply->parameters, "reason"));
	return fail("mulliond refused: %s %s", reply->error,
		json_object_to_json_string(reply->parameters));
}

enum exit_status ctl_connect(const struct ctl *ctl, struct varlink_client *client)
{
	int ret = varlink_connect(client, ctl->socket);

	client->service = ctl->service;
	return ret < 0 ? fail_connect(ctl->service, ctl->socket, ret) : EXIT_OK;
}

enum exit_status ctl_call_on(struct varlink_client *client, const char *method,
	struct json_object *take_parameters, struct varlink_reply *reply)
{
	int ret = varlink_call(client, method, take_parameters, reply);

	if (ret < 0)
		return fail_call(client->service, ret);
	if (reply->error) {
		int status = fail_reply(reply);
		varlink_reply_finish(reply);
		return status;
	}
	return EXIT_OK;
}

enum exit_status ctl_call(const struct ctl *ctl, const char *method,
	struct json_object *take_parameters, struct varlink_reply *reply)
{
	struct varlink_client client;
	enum exit_status status = ctl_connect(ctl, &client);

	if (status == EXIT_OK)
		status = ctl_call_on(&client, method, take_parameters, reply);
	else
		json_object_put(take_parameters);
	varlink_disconnect(&client);
	return status;
}

void print_json(const struct varlink_reply *reply)
{
	puts(json_object_to_json_string_ext(
		reply->parameters, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
}

struct json_object *guest_parameters(const char *guest)
{
	struct json_object *parameters = json_object_new_object();

	json_object_object_add(parameters, "guest", json_object_new_string(guest));
	return parameters;
}

enum exit_status ctl_do(
	const struct ctl *ctl, const char *method, struct json_object *take_parameters)
{
	struct varlink_reply reply;
	enum exit_status status = ctl_call(ctl, method, take_parameters, &reply);

	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	varlink_reply_finish(&reply);
	return EXIT_OK;
}

/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_CTL_H
#define TOOLS_CTL_H

/*
 * What mullionctl's commands share: calling mulliond or mullion-compositor, saying what went wrong. A
 * command is in the file of its noun (ctl_NOUN.c); mullionctl.c lists them.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "tools/value.h"
#include "tools/varlink_client.h"

#define CONTROL(name) "org.mullion.Control." name
#define COMPOSITOR(name) "org.mullion.Compositor." name

enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

struct ctl {
	char socket[PATH_MAX];
	const char *service; /* whose socket that is */
	bool json;
	const char *memory; /* --memory, or NULL */
	const char *seconds, *out; /* --seconds, --out, or NULL */
	const char *head; /* --head, or NULL */
	bool fast;
	char **args;        /* of the command, NULL ends them */
};

/* A line on standard error; EXIT_FAILED or EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int fail(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) int fail_usage(const char *fmt, ...);

/* Digits, and nothing else. */
bool parse_number(const char *text, uint64_t max, uint64_t *number);
/* A head's number; false: said so. */
bool parse_head(const char *text, uint64_t *head);

/* Says what went wrong. Whatever it was, to be disconnected. */
enum exit_status ctl_connect(const struct ctl *ctl, struct varlink_client *client);
/* The same of a call. EXIT_OK: the reply is to be finished. */
enum exit_status ctl_call_on(struct varlink_client *client, const char *method,
	struct json_object *take_parameters, struct varlink_reply *reply);
/* Connects, calls, and says what went wrong. EXIT_OK: the reply is to be finished. */
enum exit_status ctl_call(const struct ctl *ctl, const char *method,
	struct json_object *take_parameters, struct varlink_reply *reply);
/* The same where there is nothing to print but, if asked for, the reply. */
enum exit_status ctl_do(
	const struct ctl *ctl, const char *method, struct json_object *take_parameters);
/* The same of a method that gives a picture, which becomes a PNG file; "-": standard output. */
int ctl_write_picture(const struct ctl *ctl, const char *method,
	struct json_object *take_parameters, const char *path);
/* Says what an error of mullion-compositor means. */
int fail_screen_reply(const struct varlink_reply *reply);
struct json_object *guest_parameters(const char *guest);
void print_json(const struct varlink_reply *reply);

/* -- the commands -- */

int ctl_list(const struct ctl *ctl);
int ctl_show(const struct ctl *ctl);
int ctl_screen(const struct ctl *ctl);
int ctl_screenshot(const struct ctl *ctl);
int ctl_restart(const struct ctl *ctl);
int ctl_set(const struct ctl *ctl);
int ctl_release(const struct ctl *ctl);
int ctl_input(const struct ctl *ctl);
int ctl_events(const struct ctl *ctl);
int ctl_view(const struct ctl *ctl);
int ctl_head(const struct ctl *ctl);
int ctl_trace(const struct ctl *ctl);
int ctl_record(const struct ctl *ctl);
int ctl_metrics(const struct ctl *ctl);
int ctl_stats(const struct ctl *ctl);
int ctl_timeline(const struct ctl *ctl);
int ctl_top(const struct ctl *ctl);
int ctl_vm_args(const struct ctl *ctl);

#endif

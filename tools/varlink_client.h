/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_VARLINK_CLIENT_H
#define TOOLS_VARLINK_CLIENT_H

/* The calling side of Varlink: one call after another, waiting for each reply. */

#include <json-c/json.h>

struct varlink_client {
	int fd; /* owned; -1: not connected */
	const char *service; /* whoever it is, for people */
};

struct varlink_reply {
	struct json_object *message;    /* owned: the whole reply */
	struct json_object *parameters; /* within it, never NULL */
	const char *error;              /* within it; NULL: the call succeeded */
	int fd;                         /* owned: the descriptor that came along, or -1 */
};

/* 0 or negative errno. */
int varlink_connect(struct varlink_client *client, const char *path);
void varlink_disconnect(struct varlink_client *client);

/*
 * 0 or negative errno: -ETIMEDOUT where nothing came for ten seconds, -EPROTO where what came is
 * no reply, -ENOTCONN where the service left. After a failure the connection is of no use.
 */
int varlink_call(struct varlink_client *client, const char *method,
	struct json_object *take_parameters, struct varlink_reply *reply);
void varlink_reply_finish(struct varlink_reply *reply);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef BASE_VARLINK_H
#define BASE_VARLINK_H

/*
 * A Varlink service (https://varlink.org) on a listening Unix socket: JSON
 * objects, each ended by a NUL. Framing, limits, the tables of methods and
 * org.varlink.service live here; what a method does lives with its interface.
 *
 * A client has one call at a time: the next is not read before the last is
 * answered and its answer sent, so what is queued for a client is one reply;
 * and not before the client has read it, if there was a descriptor with it.
 * A client that breaks the protocol, sends half a message or does not read is
 * dropped; a call that cannot be served is answered with an error.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <json-c/json.h>

#include "base/loop.h"

#define VARLINK_CLIENTS_MAX 32
#define VARLINK_CALL_MAX (64 * 1024)               /* bytes of a call, with its NUL */
#define VARLINK_REPLY_MAX (4 * 1024 * 1024)        /* bytes of a reply */
#define VARLINK_DEPTH_MAX 8                        /* of nested JSON */
#define VARLINK_STALL_NS (5 * INT64_C(1000000000)) /* for half a message, either way */

struct varlink_server;
struct varlink_call;

enum varlink_type {
	VARLINK_TYPE_STRING, /* without NUL inside */
	VARLINK_TYPE_INT,
	VARLINK_TYPE_BOOL,
	VARLINK_TYPE_ARRAY, /* of what, the handler looks */
};

struct varlink_parameter {
	const char *name;
	enum varlink_type type;
	bool optional; /* may be left out or null */
};

/*
 * `parameters` have passed the table: no others are there. They and `call` are
 * valid until the call is answered, which the handler does exactly once: at
 * once, or later after varlink_call_hold.
 */
struct varlink_method {
	const char *name;
	const struct varlink_parameter *parameters;
	size_t n_parameters;
	void (*handle)(struct varlink_call *call, struct json_object *parameters, void *data);
};

struct varlink_interface {
	const char *name;        /* "org.mullion.Control" */
	const char *description; /* its .varlink file */
	const struct varlink_method *methods;
	size_t n_methods;
	void *data; /* the handlers' */
};

struct varlink_info {
	const char *vendor, *product, *version, *url;
};

/*
 * Listens on `take_fd`. The info, the array of interfaces and all that it points to are
 * borrowed until varlink_server_destroy. 0 or negative errno; takes the descriptor always.
 */
int varlink_server_create(struct varlink_server **server, struct loop *loop, int take_fd,
	const struct varlink_info *info, const struct varlink_interface *interfaces,
	size_t n_interfaces);
void varlink_server_destroy(struct varlink_server *server);

/*
 * Answers and ends the call. `take_parameters` may be NULL: none. `take_fd`, unless
 * negative, travels with the reply's first byte.
 */
void varlink_reply(struct varlink_call *call, struct json_object *take_parameters);
void varlink_reply_fd(struct varlink_call *call, struct json_object *take_parameters, int take_fd);
/* `error` with its interface: "org.mullion.Control.NoSuchGuest". */
void varlink_error(
	struct varlink_call *call, const char *error, struct json_object *take_parameters);
void varlink_error_parameter(struct varlink_call *call, const char *parameter);

/*
 * The call is answered after the handler's return. `cancelled` is called instead if the
 * client goes away before; the call is gone then.
 */
void varlink_call_hold(struct varlink_call *call, void (*cancelled)(void *data), void *data);

/*
 * What a handler keeps for the caller's connection: once; `gone` gets it as that ends. NULL:
 * nothing is kept.
 */
void varlink_call_keep(struct varlink_call *call, void *data, void (*gone)(void *data));
void *varlink_call_kept(struct varlink_call *call);

#endif

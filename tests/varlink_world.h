/* SPDX-License-Identifier: MIT */
#ifndef VARLINK_WORLD_H
#define VARLINK_WORLD_H

/* A Varlink service in the test's own process, and clients of it. Asserts that all goes well. */

#include <sys/un.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/varlink.h"
#include "tests/unit.h"

#define PATIENCE_NS (30 * NSEC_PER_SEC)
#define BIG_BYTES (3 * 1024 * 1024)

struct varlink_world {
	struct loop loop;
	struct loop_timer alarm;
	struct varlink_server *server;
	struct sockaddr_un address;
	int fds_before;
	struct varlink_call *held;
	unsigned n_cancelled;
	unsigned n_kept, n_gone;
	unsigned n_noted, n_given; /* calls of Note and Descriptor */
};

extern struct varlink_world varlink;
extern const struct varlink_method varlink_methods[]; /* Echo is the first */

int varlink_setup(void **state);
/* Nothing is left open. */
int varlink_teardown(void **state);
/* Runs the loop for a while. */
void turn(int64_t ns);

int client_connect(void);
void client_send(int fd, const void *text, size_t len);
/* The next message, without its NUL; 0 with "" at the end of the stream. */
size_t client_receive(int fd, char *buf, size_t size);
void assert_answer(int fd, const char *expected);
void assert_call(int fd, const char *call, const char *expected);
/* The service is as it was: a client is served. */
void assert_alive(void);

#define NOTE "{\"method\":\"org.test.Note\"}"
#define DESCRIPTOR "{\"method\":\"org.test.Descriptor\"}"
#define EMPTY "{\"parameters\":{}}"
#define ECHO(parameters) "{\"method\":\"org.test.Echo\",\"parameters\":{" parameters "}}"
#define SERVICE_ERROR(error, key, value)                                                           \
	"{\"error\":\"org.varlink.service." error "\",\"parameters\":{\"" key "\":\"" value "\"}}"
#define INVALID(parameter) SERVICE_ERROR("InvalidParameter", "parameter", parameter)

#endif

/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_METRICS_SERVER_H
#define DAEMON_METRICS_SERVER_H

/*
 * The metrics over HTTP: GET /metrics, and nothing else. Few connections at a time, each
 * with little memory and ten seconds; who is one more waits.
 */

struct daemon;
struct loop;
struct metrics_server;

/* Serves on the listening socket `take_fd`. 0 or negative errno; takes it always. */
int metrics_server_create(
	struct metrics_server **server, struct loop *loop, int take_fd, struct daemon *daemon);
void metrics_server_destroy(struct metrics_server *server);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

/* The control socket: org.mullion.Control over Varlink, for mullionctl and others. */

struct config;
struct control;
struct daemon;
struct loop;

/*
 * Serves on the listening socket `take_fd`; the rest is borrowed and outlives it.
 * 0 or negative errno; takes the descriptor always.
 */
int control_create(struct control **control, struct loop *loop, int take_fd,
	const struct config *config, struct daemon *daemon);
void control_destroy(struct control *control);

#endif

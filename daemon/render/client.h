/* SPDX-License-Identifier: MIT */
#ifndef RENDER_CLIENT_H
#define RENDER_CLIENT_H

/*
 * A program of a container that this process serves: its vtest connection, and what its
 * commands do on the library. One context, number 1.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/vtest/connection.h"
#include "daemon/render/idle.h"

struct budget;
struct renderer;
struct submit;

struct client {
	struct vtest_connection connection;
	struct renderer *renderer; /* borrowed, as all of these */
	struct budget *budget;
	struct submit *submit;
	struct idle idle;
	uint32_t awaited; /* the submission whose end the client waits for */
	uint32_t shown;   /* what it had submitted when it showed a frame */
	/* The client left, or is let go for a reason (a constant). */
	void (*handle_closed)(struct client *client, const char *why);
};

void client_init(struct client *client, struct renderer *renderer, struct budget *budget,
	struct submit *submit);
/* Takes `take_fd` in every case. 0 or negative errno. */
int client_open(struct client *client, struct loop *loop, int take_fd);
void client_finish(struct client *client);
/* It may go on, after client_may_go_on or its stream had to wait. */
void client_go_on(struct client *client);
/* The library's fences went on. */
void client_handle_fence(struct client *client);

#endif

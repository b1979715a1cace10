/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_REMOTE_RENDERER_H
#define BACKENDS_REMOTE_RENDERER_H

/* A renderer in a process of its own (mullion-render), over shared memory. */

#include "backends/remote/ring.h"
#include "backends/renderer.h"
#include "base/channel.h"
#include "base/loop.h"

struct guest_memory;

struct remote_renderer {
	struct renderer base;
	struct loop *loop;                 /* borrowed */
	const struct guest_memory *memory; /* borrowed */
	const struct renderer_listener *listener;
	void *data;
	struct render_ring ring;
	struct loop_source complete;
	struct channel channel;
	bool up;
};

/* All is borrowed. `kept` says what a process that died knew of its renderer. */
void remote_renderer_init(struct remote_renderer *renderer, struct loop *loop,
	const struct guest_memory *memory, struct state_remote *kept,
	const struct renderer_listener *listener, void *data);
/* Connects it; takes all four in every case. Its tables are empty. 0 or negative errno. */
int remote_renderer_open(struct remote_renderer *renderer, int take_memfd, int take_submit_fd,
	int take_complete_fd, int take_socket);
/* The same with one that a process had which died: it knows what that one told it. */
int remote_renderer_adopt(struct remote_renderer *renderer, int take_memfd, int take_submit_fd,
	int take_complete_fd, int take_socket);
/* It died, or lied: nothing completes any more. */
void remote_renderer_close(struct remote_renderer *renderer);

#endif

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
	uint32_t generation; /* of the regions */
	bool up;
};

void remote_renderer_init(struct remote_renderer *renderer, struct loop *loop,
	const struct guest_memory *memory, const struct renderer_listener *listener, void *data);
/* Connects it; takes all four in every case. Its tables are empty. 0 or negative errno. */
int remote_renderer_open(struct remote_renderer *renderer, int take_memfd, int take_submit_fd,
	int take_complete_fd, int take_socket);
/* It died, or lied: nothing completes any more. */
void remote_renderer_close(struct remote_renderer *renderer);

#endif

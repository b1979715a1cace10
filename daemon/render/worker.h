/* SPDX-License-Identifier: MIT */
#ifndef RENDER_WORKER_H
#define RENDER_WORKER_H

/*
 * mullion-render at work: takes records from the ring, carries them out, and
 * completes them; or serves one program of a container. Before LINK_RENDER_START or
 * LINK_RENDER_CLIENT it is a warm spare that serves nobody.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/virgl/library.h"
#include "backends/virgl/renderer.h"
#include "base/channel.h"
#include "base/loop.h"
#include "daemon/render/budget.h"
#include "daemon/render/client.h"
#include "daemon/render/fences.h"
#include "daemon/render/heads.h"
#include "daemon/render/regions.h"
#include "daemon/render/ring.h"
#include "daemon/render/submit.h"
#include "protocol/link.h"

struct worker {
	struct loop loop;
	struct channel link; /* to mulliond */
	struct link_resync resync; /* serial not 0: to be answered when the link takes it */
	struct library library;
	struct renderer renderer;
	struct heads heads;
	bool started;
	struct ring ring;
	struct budget budget;
	struct submit stream;
	/* The record that the ring stands at: it is to be carried out, or its stream runs. */
	struct render_record record;
	const void *payload; /* in the ring's copy */
	size_t payload_bytes;
	bool popped;
	struct loop_source submit; /* the ring's eventfd */
	struct regions regions;
	uint32_t awaited_generation; /* of regions: the ring stands until it is reached */
	bool awaits_regions;
	struct fences fences;
	struct loop_timer hold; /* until the fences that wait for a screen do not any more */
	struct loop_hook turn_end;
	struct client client; /* in place of a ring: a program of a container */
	bool client_left;
	_Atomic uint64_t *memory; /* mapped: what all clients of its guest hold */
};

void worker_init(struct worker *worker);
/* Takes the link. The library is open. Sends LINK_RENDER_READY with `capsets_fd`, borrowed. */
int worker_open(struct worker *worker, int take_link_fd, int capsets_fd, uint32_t capsets_bytes);
/* Until the link or the guest's process goes. The exit status. */
int worker_run(struct worker *worker);
void worker_finish(struct worker *worker);

#endif

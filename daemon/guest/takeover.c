/* SPDX-License-Identifier: MIT */
/*
 * A mullion-guest goes on where one died. The state memfd and the descriptors that mulliond
 * kept are all there is; the state was written by a process that its guest may have taken
 * over, so every part of it is checked by who reads it:
 *
 *   connection   memory regions, rings, features    vhost_user_connection_adopt
 *   renderer     where the ring to it stands         remote_renderer_adopt
 *   device       tables, heads, what is in flight    gpu_restore
 *
 * Then the rings run, as if nothing had happened.
 */
#include <errno.h>

#include "base/log.h"
#include "daemon/guest/guest.h"
#include "protocol/link.h"

void kept_init(struct vhost_user_kept *kept)
{
	*kept = (struct vhost_user_kept){ .gpu = -1, .backend = -1 };
	for (uint32_t i = 0; i < STATE_REGIONS; i++)
		kept->regions[i] = -1;
	for (uint32_t i = 0; i < STATE_QUEUES; i++)
		kept->kicks[i] = kept->calls[i] = kept->errs[i] = -1;
}

void kept_finish(struct vhost_user_kept *kept)
{
	fd_close(&kept->gpu);
	fd_close(&kept->backend);
	fd_close_all(kept->regions, STATE_REGIONS);
	fd_close_all(kept->kicks, STATE_QUEUES);
	fd_close_all(kept->calls, STATE_QUEUES);
	fd_close_all(kept->errs, STATE_QUEUES);
	kept_init(kept);
}

void takeover_init(struct takeover *takeover)
{
	*takeover = (struct takeover){ 0 };
	kept_init(&takeover->kept);
	for (uint32_t i = 0; i < 4; i++)
		takeover->renderer[i] = -1;
}

void takeover_finish(struct takeover *takeover)
{
	kept_finish(&takeover->kept);
	fd_close_all(takeover->renderer, 4);
	takeover_init(takeover);
}

static int *kept_place(struct vhost_user_kept *kept, uint32_t kind, uint32_t index)
{
	switch (kind) {
	case LINK_KEEP_GPU_SOCKET:
		return index ? NULL : &kept->gpu;
	case LINK_KEEP_BACKEND_SOCKET:
		return index ? NULL : &kept->backend;
	case LINK_KEEP_REGION:
		return index < STATE_REGIONS ? &kept->regions[index] : NULL;
	case LINK_KEEP_KICK:
		return index < STATE_QUEUES ? &kept->kicks[index] : NULL;
	case LINK_KEEP_CALL:
		return index < STATE_QUEUES ? &kept->calls[index] : NULL;
	case LINK_KEEP_ERR:
		return index < STATE_QUEUES ? &kept->errs[index] : NULL;
	}
	return NULL;
}

void kept_put(struct vhost_user_kept *kept, uint32_t kind, uint32_t index, int *fd)
{
	int *place = kept_place(kept, kind, index);

	if (!place)
		return;
	fd_close(place);
	*place = *fd;
	*fd = -1;
}

/* True: the renderer of the one that died is ours, and knows what that one told it. */
static bool adopt_renderer(struct guest_process *guest)
{
	int *fds = guest->takeover.renderer;

	if (fds[0] < 0)
		return false;
	int ret = guest->state->remote.state == STATE_REMOTE_NONE ? -EPROTO :
		remote_renderer_adopt(&guest->remote, fds[0], fds[1], fds[2], fds[3]);
	if (guest->state->remote.state != STATE_REMOTE_NONE)
		fds[0] = fds[1] = fds[2] = fds[3] = -1;
	if (ret == 0)
		return true;
	log_warn("the renderer cannot be taken over: given up");
	link_ask_for_renderer(guest, LINK_RENDERER_BROKEN);
	return false;
}

int takeover_begin(struct guest_process *guest, int take_fd)
{
	const struct state_remote *remote = &guest->state->remote;

	int ret = vhost_user_connection_adopt(&guest->connection, &guest->loop, take_fd,
		&guest->journal, &guest->state->gpu, guest->state->regions, &guest->takeover.kept, &front_device,
		guest);
	if (ret < 0)
		return ret;
	guest->connected = true;
	guest->gpu.queues = guest->connection.queues;
	bool adopted = adopt_renderer(guest);
	/* Of one that is gone it is not known whether it got the last: it fails then. */
	uint64_t last_sent =
		adopted ? guest->remote.ring.sent.seq : remote->intents[remote->intent & 1].seq;
	ret = gpu_restore(&guest->gpu, adopted, last_sent);
	if (ret < 0)
		return ret;
	log_info("takes over: %u resources, %u contexts, %u commands in flight",
		(unsigned)guest->state->counters.resources,
		(unsigned)guest->state->counters.contexts, guest->gpu.pendings.n_used);
	takeover_finish(&guest->takeover);
	guest->scanouts_changed = guest->cursors_moved = (1u << guest->gpu.config.n_heads) - 1;
	link_tell_later(guest);
	vhost_user_connection_run(&guest->connection);
	if (guest->state->config_events)
		vhost_user_config_changed(&guest->connection); /* perhaps once more */
	return 0;
}

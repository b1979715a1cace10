/* SPDX-License-Identifier: MIT */
/* The connection of a process that died, from its state and what was kept. */
#include <errno.h>

#include "backends/vhost-user/connection.h"
#include "backends/vhost-user/ring.h"

static int take_kept(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static int adopt_region(struct vhost_user_connection *c, uint32_t slot, int take_fd)
{
	struct state_region *state = &c->region_states[slot];
	struct guest_region region = {
		.guest_addr = state->guest_addr,
		.size_bytes = state->size_bytes,
		.user_addr = state->user_addr,
		.fd_offset = state->fd_offset,
	};

	if (state->used)
		return guest_memory_put(&c->memory, slot, &region, take_fd);
	fd_close(&take_fd); /* the process died between the two */
	return 0;
}

int vhost_user_connection_adopt(struct vhost_user_connection *c, struct loop *loop, int take_fd,
	struct journal *take_journal, struct state_device *state, struct state_region *regions,
	struct vhost_user_kept *kept, const struct vhost_user_device *device, void *data)
{
	int ret = vhost_user_connection_open(
		c, loop, take_fd, take_journal, state, regions, device, data);

	c->repeats = true;
	if (journal_is_open(&c->journal))
		journal_recover(&c->journal, take_fd, &state->answered);
	c->gpu_fd = take_kept(&kept->gpu);
	int backend_fd = take_kept(&kept->backend);
	uint32_t asked = backend_fd >= 0 && state->asked;
	if (ret == 0 && backend_fd >= 0)
		backend_channel_set_fd(&c->backend, backend_fd);
	state->asked = asked;
	for (uint32_t i = 0; i < STATE_REGIONS && ret == 0; i++) {
		/* It died before that was kept: the VMM's request is still there. */
		if (kept->regions[i] < 0)
			regions[i].used = 0;
		else
			ret = adopt_region(c, i, take_kept(&kept->regions[i]));
	}
	if (ret < 0)
		return ret;
	state->features &= device->features(data) | VHOST_USER_RING_FEATURES;
	state->protocol_features &= VHOST_USER_PROTOCOL_FEATURES;
	device->set_features(data, state->features);
	for (uint32_t i = 0; i < device->n_queues; i++)
		vhost_user_ring_adopt(c, i, take_kept(&kept->kicks[i]),
			take_kept(&kept->calls[i]), take_kept(&kept->errs[i]));
	return 0;
}

void vhost_user_connection_run(struct vhost_user_connection *c)
{
	for (uint32_t i = 0; i < c->device->n_queues; i++) {
		if (!c->queues[i].running)
			continue;
		vhost_user_notify_later(c, i);
		c->device->kicked(c->data, i);
	}
}

/* SPDX-License-Identifier: MIT */
/* What a connection has kept for a successor: each of its descriptors has a place. */
#include "backends/vhost-user/keep.h"

static const struct {
	uint8_t first, n; /* places */
} kinds[] = {
	[VHOST_USER_KEEP_GPU_SOCKET] = { 0, 1 },
	[VHOST_USER_KEEP_BACKEND_SOCKET] = { 1, 1 },
	[VHOST_USER_KEEP_KICK] = { 2, STATE_QUEUES },
	[VHOST_USER_KEEP_CALL] = { 2 + STATE_QUEUES, STATE_QUEUES },
	[VHOST_USER_KEEP_ERR] = { 2 + 2 * STATE_QUEUES, STATE_QUEUES },
	[VHOST_USER_KEEP_REGION] = { 2 + 3 * STATE_QUEUES, STATE_REGIONS },
};

_Static_assert(2 + 3 * STATE_QUEUES + STATE_REGIONS <= 64, "places are bits of keeps_due");

static int kept_fd(const struct vhost_user_connection *c, enum vhost_user_keep kind, uint32_t index)
{
	switch (kind) {
	case VHOST_USER_KEEP_GPU_SOCKET:
		return c->gpu_fd;
	case VHOST_USER_KEEP_BACKEND_SOCKET:
		return c->backend.fd;
	case VHOST_USER_KEEP_KICK:
		return c->queues[index].kick_fd;
	case VHOST_USER_KEEP_CALL:
		return c->queues[index].call_fd;
	case VHOST_USER_KEEP_ERR:
		return c->queues[index].err_fd;
	case VHOST_USER_KEEP_REGION:
		return c->memory.regions[index].fd;
	}
	return -1;
}

void vhost_user_keep(struct vhost_user_connection *c, enum vhost_user_keep kind, uint32_t index)
{
	uint64_t place = UINT64_C(1) << (kinds[kind].first + index);

	if (c->device->keep(c->data, kind, index, kept_fd(c, kind, index)))
		c->keeps_due &= ~place;
	else
		c->keeps_due |= place;
}

void vhost_user_keep_due(struct vhost_user_connection *c)
{
	if (!c->device)
		return;
	for (uint32_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		for (uint32_t i = 0; i < kinds[kind].n; i++) {
			if (c->keeps_due & UINT64_C(1) << (kinds[kind].first + i))
				vhost_user_keep(c, kind, i);
		}
	}
	if (!c->keeps_due)
		vhost_user_connection_go_on(c);
}

void vhost_user_keep_all(struct vhost_user_connection *c)
{
	c->keeps_due = (UINT64_C(1) << (2 + 3 * STATE_QUEUES + STATE_REGIONS)) - 1;
	vhost_user_keep_due(c);
}

/* SPDX-License-Identifier: MIT */
/* One ring of a vhost-user connection. */
#include "backends/vhost-user/ring.h"

#include <errno.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/stat.h>

#include "backends/vhost-user/keep.h"
#include "base/log.h"

/*
 * Pause, and the reset of a guest, look the same: the rings are disabled and
 * asked for their base. What comes next tells: a base of 0 where it was not 0, or
 * other ring addresses, mean that the driver starts afresh. Only the first ring
 * that is set up while none runs is asked, so that the second one does not throw
 * away what the first has begun.
 */
static void ring_reset_device(struct vhost_user_connection *c)
{
	for (uint32_t i = 0; i < c->device->n_queues; i++) {
		if (c->queues[i].running)
			return;
	}
	for (uint32_t i = 0; i < c->device->n_queues; i++) {
		struct state_queue *state = c->queues[i].state;
		memset(state->inflight, 0, sizeof(state->inflight));
		state->pushing = 0;
		state->used_idx = 0;
		state_queue_set_last_avail(state, 0);
	}
	c->device->reset(c->data);
}

static void ring_notify(struct loop_hook *hook)
{
	struct vhost_user_ring *ring = container_of(hook, struct vhost_user_ring, notify);
	virtqueue_notify(&ring->connection->queues[ring - ring->connection->rings]);
}

void vhost_user_ring_init(struct vhost_user_connection *c, uint32_t index)
{
	virtqueue_init(&c->queues[index], c->device->queue_names[index], &c->state->queues[index]);
	c->rings[index] = (struct vhost_user_ring){ .connection = c };
	loop_hook_init(&c->rings[index].notify, ring_notify);
}

void vhost_user_ring_finish(struct vhost_user_connection *c, uint32_t index)
{
	loop_hook_disarm(&c->rings[index].notify);
	loop_remove(&c->rings[index].kick);
	virtqueue_finish(&c->queues[index]);
}

/*
 * A kick with nothing in the ring is no news by itself: QEMU kicks each ring once
 * when it starts it, before the driver wrote anything. But a guest that has come
 * this far has written to its memory. If what we see of it is blank, we look at
 * other memory than the guest does: a private mapping in the VMM.
 */
static void ring_check_shared(struct vhost_user_connection *c, uint32_t index)
{
	const struct virtqueue *queue = &c->queues[index];

	if (c->rings[index].kick_seen)
		return;
	c->rings[index].kick_seen = true;
	if (!queue->running || state_queue_last_avail(queue->state) || virtqueue_has_more(queue) ||
		!guest_memory_is_blank(&c->memory))
		return;
	c->memory_doubted = true;
	c->device->trouble(c->data,
		"the guest's memory is not shared with us (kicked, but all of it is blank): "
		"give the VMM's memory backend share=on");
}

/* Whatever was thought of the guest's memory: a chain came through it. */
static void ring_trust_memory(struct vhost_user_connection *c, uint32_t index)
{
	if (!c->memory_doubted || !state_queue_last_avail(c->queues[index].state))
		return;
	c->memory_doubted = false;
	c->device->trouble(c->data, "");
}

static void ring_kick_dispatch(struct loop_source *source, uint32_t events)
{
	struct vhost_user_ring *ring = container_of(source, struct vhost_user_ring, kick);
	struct vhost_user_connection *c = ring->connection;
	uint32_t index = ring - c->rings;

	/* A pipe whose writer closed it: nothing comes any more. */
	if (!(events & EPOLLIN)) {
		loop_remove(source);
		return;
	}
	if (ring->kick_is_read)
		eventfd_drain(source->fd);
	ring_check_shared(c, index);
	c->device->kicked(c->data, index);
	ring_trust_memory(c, index);
}

/*
 * An eventfd's every signal is an edge, whatever it has counted, and a count never
 * blocks a signal: QEMU's kicks need not be read, which saves a system call each. A
 * pipe or socket fills up.
 */
static bool kick_fills_up(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ||
		S_ISCHR(st.st_mode);
}

static void ring_watch_kick(struct vhost_user_connection *c, uint32_t index)
{
	struct vhost_user_ring *ring = &c->rings[index];
	int fd = c->queues[index].kick_fd;

	ring->kick_is_read = kick_fills_up(fd);
	loop_add(c->loop, &ring->kick, fd, ring->kick_is_read ? EPOLLIN : EPOLLIN | EPOLLET,
		ring_kick_dispatch);
}

/* True: it runs now, and did not before. */
static bool ring_start(struct vhost_user_connection *c, uint32_t index)
{
	struct virtqueue *queue = &c->queues[index];
	struct state_queue *state = queue->state;
	bool wait_enable = c->state->features & (1ull << VHOST_USER_F_PROTOCOL_FEATURES);

	if (queue->running || !state->kick_known || (wait_enable && !state->enabled))
		return false;
	bool event_idx = c->state->features & (1ull << VIRTIO_RING_F_EVENT_IDX);
	int ret = virtqueue_start(queue, &c->memory, event_idx);
	if (ret < 0) {
		log_limited(&queue->breaks, LOG_LEVEL_WARN, "%s queue: cannot run: %s", queue->name,
			ret == -EFAULT ? "the ring is outside guest memory" :
					 "its size or alignment is not a ring's");
		return false;
	}
	log_debug("%s queue: %u entries from %u, event_idx %d", queue->name, state->size,
		state_queue_last_avail(state), event_idx);
	c->rings[index].kick_seen = false;
	if (queue->kick_fd >= 0)
		ring_watch_kick(c, index);
	return true;
}

void vhost_user_ring_try_start(struct vhost_user_connection *c, uint32_t index)
{
	if (ring_start(c, index))
		c->device->kicked(c->data, index);
}

void vhost_user_ring_adopt(struct vhost_user_connection *c, uint32_t index, int take_kick_fd,
	int take_call_fd, int take_err_fd)
{
	struct virtqueue *queue = &c->queues[index];

	queue->kick_fd = take_kick_fd;
	queue->call_fd = take_call_fd;
	queue->err_fd = take_err_fd;
	ring_start(c, index);
}

void vhost_user_ring_stop(struct vhost_user_connection *c, uint32_t index)
{
	if (!c->queues[index].running)
		return;
	virtqueue_notify(&c->queues[index]);
	loop_remove(&c->rings[index].kick);
	virtqueue_stop(&c->queues[index]);
	c->device->stopped(c->data, index);
}

static void ring_set_addr(struct vhost_user_connection *c, const struct vhost_user_message *m)
{
	struct state_queue *state = c->queues[m->vring_addr.index].state;
	bool moved = state->desc_addr != m->vring_addr.desc ||
		state->avail_addr != m->vring_addr.avail || state->used_addr != m->vring_addr.used;

	if (moved && state->desc_addr)
		ring_reset_device(c);
	state->desc_addr = m->vring_addr.desc;
	state->avail_addr = m->vring_addr.avail;
	state->used_addr = m->vring_addr.used;
}

static void ring_set_base(struct vhost_user_connection *c, const struct vhost_user_message *m)
{
	struct state_queue *state = c->queues[m->vring_state.index].state;

	if (!m->vring_state.num && state_queue_last_avail(state))
		ring_reset_device(c);
	state_queue_set_last_avail(state, m->vring_state.num);
}

/* Moves `c->fds[0]` into `*slot`. */
static void ring_take_fd(struct vhost_user_connection *c, int *slot, enum vhost_user_keep kind,
	uint32_t index)
{
	fd_close(slot);
	if (c->n_fds) {
		*slot = c->fds[0];
		c->fds[0] = -1;
	}
	vhost_user_keep(c, kind, index);
}

static const char *ring_set_kick(struct vhost_user_connection *c, const struct vhost_user_message *m)
{
	uint32_t index = m->vring_fd.index;

	if (m->vring_fd.no_fd)
		return "it wants a ring polled without kicks, which we do not do";
	if (fd_set_nonblock(c->fds[0]) < 0)
		return "a kick descriptor that cannot be used";
	vhost_user_ring_stop(c, index);
	ring_take_fd(c, &c->queues[index].kick_fd, VHOST_USER_KEEP_KICK, index);
	c->queues[index].state->kick_known = 1;
	vhost_user_ring_try_start(c, index);
	return NULL;
}

static void ring_set_call(struct vhost_user_connection *c, const struct vhost_user_message *m)
{
	struct virtqueue *queue = &c->queues[m->vring_fd.index];

	if (c->n_fds)
		fd_set_nonblock(c->fds[0]);
	ring_take_fd(c, &queue->call_fd, VHOST_USER_KEEP_CALL, m->vring_fd.index);
	/* What was signalled on the old one may be lost. */
	if (queue->running && queue->call_fd >= 0)
		eventfd_signal(queue->call_fd);
}

const char *vhost_user_ring_handle(struct vhost_user_connection *c,
	const struct vhost_user_message *m)
{
	switch (m->request) {
	case VHOST_USER_SET_VRING_NUM:
		if (c->queues[m->vring_state.index].running)
			return "a running ring is resized";
		if (!m->vring_state.num || m->vring_state.num > STATE_QUEUE_SIZE ||
			(m->vring_state.num & (m->vring_state.num - 1)))
			return "a ring size that is not a power of two up to 1024";
		c->queues[m->vring_state.index].state->size = m->vring_state.num;
		return NULL;
	case VHOST_USER_SET_VRING_ADDR:
		/* A running one gets its addresses again with dirty logging: nothing to do. */
		if (!c->queues[m->vring_addr.index].running)
			ring_set_addr(c, m);
		return NULL;
	case VHOST_USER_SET_VRING_BASE:
		if (c->queues[m->vring_state.index].running)
			return "a running ring is given a base";
		if (m->vring_state.num > UINT16_MAX)
			return "a ring base that is out of range";
		ring_set_base(c, m);
		return NULL;
	case VHOST_USER_SET_VRING_KICK:
		return ring_set_kick(c, m);
	case VHOST_USER_SET_VRING_CALL:
		ring_set_call(c, m);
		return NULL;
	case VHOST_USER_SET_VRING_ERR:
		if (c->n_fds)
			fd_set_nonblock(c->fds[0]);
		ring_take_fd(c, &c->queues[m->vring_fd.index].err_fd, VHOST_USER_KEEP_ERR,
			m->vring_fd.index);
		return NULL;
	case VHOST_USER_SET_VRING_ENABLE:
		if (m->vring_state.num > 1)
			return "neither on nor off for a ring";
		c->queues[m->vring_state.index].state->enabled = m->vring_state.num;
		if (m->vring_state.num)
			vhost_user_ring_try_start(c, m->vring_state.index);
		else
			vhost_user_ring_stop(c, m->vring_state.index);
		return NULL;
	default:
		return "an unexpected request";
	}
}

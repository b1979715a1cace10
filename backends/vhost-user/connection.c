/* SPDX-License-Identifier: MIT */
/* A VMM's vhost-user connection: receiving, replying, and what each request does. */
#include "backends/vhost-user/connection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "backends/vhost-user/keep.h"
#include "backends/vhost-user/ring.h"
#include "base/log.h"
#include "protocol/bounds.h"

#define CHANGES_THE_RING (1ull << VIRTIO_F_RING_PACKED | 1ull << VIRTIO_F_ACCESS_PLATFORM)

static void connection_drop(struct vhost_user_connection *c, const char *why)
{
	const struct vhost_user_device *device = c->device;
	void *data = c->data;

	vhost_user_connection_finish(c);
	device->closed(data, why);
}

static const char *connection_reply(struct vhost_user_connection *c, const void *payload,
	uint32_t size)
{
	uint8_t reply[VHOST_USER_HEADER_BYTES + VHOST_USER_PAYLOAD_MAX];
	struct vhost_user_header header = {
		.request = c->header.request,
		.flags = VHOST_USER_VERSION | VHOST_USER_FLAG_REPLY,
		.size = size,
	};

	memcpy(reply, &header, sizeof(header));
	if (size)
		memcpy(reply + sizeof(header), payload, size);
	if (c->replies_later)
		return journal_put_reply(&c->journal, reply, sizeof(header) + size) ?
			NULL : "replies without end";
	ssize_t n = io_send(c->fd, reply, sizeof(header) + size, NULL, 0);
	return n == (ssize_t)(sizeof(header) + size) ? NULL : "it does not take its replies";
}

static const char *connection_reply_u64(struct vhost_user_connection *c, uint64_t value)
{
	return connection_reply(c, &value, sizeof(value));
}

/* -- memory -- */

static void stop_rings(struct vhost_user_connection *c)
{
	for (uint32_t i = 0; i < c->device->n_queues; i++)
		vhost_user_ring_stop(c, i);
}

/* All that may run: also those that had no memory, as it was taken when a process died. */
static void start_rings(struct vhost_user_connection *c)
{
	c->device->memory_changed(c->data);
	for (uint32_t i = 0; i < c->device->n_queues; i++)
		vhost_user_ring_try_start(c, i);
}

static const char *region_add(struct vhost_user_connection *c,
	const struct vhost_user_region *region, int *fd)
{
	struct guest_region wanted = {
		.guest_addr = region->guest_addr,
		.size_bytes = region->size_bytes,
		.user_addr = region->user_addr,
		.fd_offset = region->fd_offset,
	};
	int take_fd = *fd;

	*fd = -1;
	int slot = guest_memory_add(&c->memory, &wanted, take_fd);
	if (slot == -ERANGE)
		return "a memory region that is longer than its file";
	if (slot == -EEXIST)
		return "memory regions that overlap";
	if (slot == -ENOSPC)
		return "too many memory regions";
	if (slot < 0)
		return "a memory region that cannot be mapped";
	c->region_states[slot] = (struct state_region){
		.guest_addr = region->guest_addr,
		.size_bytes = region->size_bytes,
		.user_addr = region->user_addr,
		.fd_offset = region->fd_offset,
		.used = 1,
	};
	vhost_user_keep(c, VHOST_USER_KEEP_REGION, slot);
	return NULL;
}

static void region_forget(struct vhost_user_connection *c, uint32_t slot)
{
	c->region_states[slot] = (struct state_region){ 0 };
	vhost_user_keep(c, VHOST_USER_KEEP_REGION, slot);
}

static const char *handle_set_mem_table(struct vhost_user_connection *c,
	const struct vhost_user_message *m)
{
	const char *wrong = NULL;

	if (!m->table.n)
		return "a table without memory: the VM's memory backend needs share=on";
	stop_rings(c);
	guest_memory_clear(&c->memory);
	for (uint32_t i = 0; i < STATE_REGIONS; i++) {
		if (c->region_states[i].used)
			region_forget(c, i);
	}
	for (uint32_t i = 0; i < m->table.n && !wrong; i++)
		wrong = region_add(c, &m->table.regions[i], &c->fds[i]);
	if (!wrong)
		start_rings(c);
	return wrong;
}

static bool region_is_there(
	const struct vhost_user_connection *c, const struct vhost_user_region *region)
{
	for (uint32_t i = 0; i < STATE_REGIONS; i++) {
		const struct state_region *other = &c->region_states[i];
		if (other->used && other->guest_addr == region->guest_addr &&
			other->size_bytes == region->size_bytes &&
			other->user_addr == region->user_addr)
			return true;
	}
	return false;
}

static const char *handle_add_mem_reg(struct vhost_user_connection *c,
	const struct vhost_user_message *m)
{
	const char *wrong = NULL;

	/* Added by a process that died, perhaps before it had told the device. */
	if (!c->repeats || !region_is_there(c, &m->region))
		wrong = region_add(c, &m->region, &c->fds[0]);
	if (!wrong)
		start_rings(c);
	return wrong;
}

static const char *handle_rem_mem_reg(struct vhost_user_connection *c,
	const struct vhost_user_message *m)
{
	struct guest_region wanted = {
		.guest_addr = m->region.guest_addr,
		.size_bytes = m->region.size_bytes,
		.user_addr = m->region.user_addr,
	};

	stop_rings(c);
	int slot = guest_memory_remove(&c->memory, &wanted);
	if (slot < 0 && !c->repeats)
		return "it removes a memory region that it did not add";
	if (slot >= 0)
		region_forget(c, slot);
	start_rings(c);
	return NULL;
}

/* -- features and config -- */

static const char *handle_set_features(struct vhost_user_connection *c,
	const struct vhost_user_message *m)
{
	uint64_t offered = c->device->features(c->data) | VHOST_USER_RING_FEATURES;

	/* QEMU passes on legacy ring features unasked (ANY_LAYOUT and its like): they change nothing. */
	if (m->u64 & ~offered & CHANGES_THE_RING)
		return "it acknowledges a ring format that was not offered";
	c->state->features = m->u64 & offered;
	c->device->set_features(c->data, c->state->features);
	return NULL;
}

static const char *handle_get_config(struct vhost_user_connection *c,
	const struct vhost_user_message *m)
{
	uint8_t reply[VHOST_USER_PAYLOAD_MAX];

	memcpy(reply, c->payload, 12);
	if (!range_fits(m->config.offset, m->config.size, c->device->config_bytes)) {
		log_limited(&c->refusals, LOG_LEVEL_WARN,
			"the VMM reads %u bytes at %u of the config space, which has %u", m->config.size,
			m->config.offset, c->device->config_bytes);
		return connection_reply(c, NULL, 0); /* says: an error */
	}
	c->device->config_read(c->data, m->config.offset, reply + 12, m->config.size);
	return connection_reply(c, reply, 12 + m->config.size);
}

static const char *handle_set_config(struct vhost_user_connection *c,
	const struct vhost_user_message *m)
{
	if (!range_fits(m->config.offset, m->config.size, c->device->config_bytes))
		return "a write beyond the config space";
	c->device->config_write(c->data, m->config.offset, m->config.data, m->config.size);
	return NULL;
}

static void take_gpu_socket(struct vhost_user_connection *c)
{
	fd_close(&c->gpu_fd);
	c->gpu_fd = c->fds[0];
	c->fds[0] = -1;
	vhost_user_keep(c, VHOST_USER_KEEP_GPU_SOCKET, 0);
}

static void backend_told(void *data, enum backend_channel_result result)
{
	struct vhost_user_connection *c = data;

	if (result == BACKEND_CHANNEL_MISSING)
		vhost_user_keep(c, VHOST_USER_KEEP_BACKEND_SOCKET, 0);
	c->device->config_told(c->data, result);
}

static const char *take_backend_channel(struct vhost_user_connection *c)
{
	int fd = c->fds[0];

	c->fds[0] = -1;
	const char *wrong = backend_channel_set_fd(&c->backend, fd);
	if (!wrong)
		vhost_user_keep(c, VHOST_USER_KEEP_BACKEND_SOCKET, 0);
	return wrong;
}

static const char *handle_get_vring_base(struct vhost_user_connection *c,
	const struct vhost_user_message *m)
{
	struct {
		uint32_t index, num;
	} reply = { .index = m->vring_state.index };

	vhost_user_ring_stop(c, reply.index);
	c->queues[reply.index].state->kick_known = 0;
	reply.num = state_queue_last_avail(c->queues[reply.index].state);
	return connection_reply(c, &reply, sizeof(reply));
}

static bool ring_index_fits(const struct vhost_user_connection *c,
	const struct vhost_user_message *m)
{
	switch (m->request) {
	case VHOST_USER_SET_VRING_NUM:
	case VHOST_USER_SET_VRING_BASE:
	case VHOST_USER_GET_VRING_BASE:
	case VHOST_USER_SET_VRING_ENABLE:
		return m->vring_state.index < c->device->n_queues;
	case VHOST_USER_SET_VRING_ADDR:
		return m->vring_addr.index < c->device->n_queues;
	case VHOST_USER_SET_VRING_KICK:
	case VHOST_USER_SET_VRING_CALL:
	case VHOST_USER_SET_VRING_ERR:
		return m->vring_fd.index < c->device->n_queues;
	default:
		return true;
	}
}

static void reset_device(struct vhost_user_connection *c)
{
	for (uint32_t i = 0; i < c->device->n_queues; i++) {
		vhost_user_ring_stop(c, i);
		memset(c->queues[i].state, 0, sizeof(*c->queues[i].state));
	}
	c->device->reset(c->data);
}

/* NULL, or why the VMM is dropped. `*replied`: the request has a reply of its own. */
static const char *connection_act(struct vhost_user_connection *c,
	const struct vhost_user_message *m, bool *replied)
{
	if (!ring_index_fits(c, m))
		return "a ring index that is out of range";
	*replied = true;
	switch (m->request) {
	case VHOST_USER_GET_FEATURES:
		return connection_reply_u64(c, c->device->features(c->data) | VHOST_USER_RING_FEATURES);
	case VHOST_USER_GET_PROTOCOL_FEATURES:
		return connection_reply_u64(c, VHOST_USER_PROTOCOL_FEATURES);
	case VHOST_USER_GET_QUEUE_NUM:
		return connection_reply_u64(c, c->device->n_queues);
	case VHOST_USER_GET_MAX_MEM_SLOTS:
		return connection_reply_u64(c, GUEST_MEMORY_REGIONS);
	case VHOST_USER_GET_CONFIG:
		return handle_get_config(c, m);
	case VHOST_USER_GET_VRING_BASE:
		return handle_get_vring_base(c, m);
	default:
		break;
	}
	*replied = false;
	switch (m->request) {
	case VHOST_USER_SET_FEATURES:
		return handle_set_features(c, m);
	case VHOST_USER_SET_PROTOCOL_FEATURES:
		if (m->u64 & ~VHOST_USER_PROTOCOL_FEATURES)
			return "it acknowledges protocol features that were not offered";
		c->state->protocol_features = m->u64;
		return NULL;
	case VHOST_USER_SET_OWNER:
		return NULL;
	case VHOST_USER_RESET_OWNER:
	case VHOST_USER_RESET_DEVICE:
		reset_device(c);
		return NULL;
	case VHOST_USER_SET_MEM_TABLE:
		return handle_set_mem_table(c, m);
	case VHOST_USER_ADD_MEM_REG:
		return handle_add_mem_reg(c, m);
	case VHOST_USER_REM_MEM_REG:
		return handle_rem_mem_reg(c, m);
	case VHOST_USER_SET_CONFIG:
		return handle_set_config(c, m);
	case VHOST_USER_SET_BACKEND_REQ_FD:
		return take_backend_channel(c);
	case VHOST_USER_GPU_SET_SOCKET:
		take_gpu_socket(c);
		return NULL;
	default:
		return vhost_user_ring_handle(c, m);
	}
}

/* -- receiving -- */

static const char *connection_handle(struct vhost_user_connection *c)
{
	struct vhost_user_message message;
	bool replied = false;

	log_debug("VMM: %s, %u bytes, %zu fds", vhost_user_request_name(c->header.request),
		c->header.size, c->n_fds);
	const char *wrong = decode_vhost_user(&c->header, c->payload, c->n_fds, &message);
	if (!wrong)
		wrong = connection_act(c, &message, &replied);
	if (!wrong && !replied && (c->header.flags & VHOST_USER_FLAG_NEED_REPLY) &&
		(c->state->protocol_features & (1ull << VHOST_USER_PROTOCOL_F_REPLY_ACK)))
		wrong = connection_reply_u64(c, 0);
	fd_close_all(c->fds, c->n_fds);
	c->n_fds = 0;
	c->received = 0;
	return wrong;
}

enum peek {
	PEEK_NOTHING,
	PEEK_PART, /* or the end, or it cannot be told whose the descriptors are */
	PEEK_WHOLE,
};

static enum peek connection_peek(struct vhost_user_connection *c, size_t *whole)
{
	uint8_t bytes[VHOST_USER_HEADER_BYTES + VHOST_USER_PAYLOAD_MAX] = { 0 };
	struct vhost_user_message message;
	int queued;

	/* The header first: looking further would meet the next message's descriptors. */
	ssize_t n = recv(c->fd, &c->header, sizeof(c->header), MSG_PEEK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return PEEK_NOTHING;
	if (n != sizeof(c->header) || vhost_user_check_header(&c->header))
		return PEEK_PART;
	*whole = VHOST_USER_HEADER_BYTES + c->header.size;
	n = io_peek(c->fd, bytes, *whole, c->fds, &c->n_fds);
	memcpy(c->payload, bytes + VHOST_USER_HEADER_BYTES, c->header.size);
	if (n != (ssize_t)*whole)
		goto part;
	if (!c->n_fds || !decode_vhost_user(&c->header, c->payload, c->n_fds, &message))
		return PEEK_WHOLE;
	/* Linux shows the next one's descriptors if this one has none. */
	if (ioctl(c->fd, FIONREAD, &queued) < 0 || (size_t)queued == *whole ||
		decode_vhost_user(&c->header, c->payload, 0, &message))
		goto part;
	fd_close_all(c->fds, c->n_fds);
	c->n_fds = 0;
	return PEEK_WHOLE;
part:
	fd_close_all(c->fds, n < 0 ? 0 : c->n_fds);
	c->n_fds = 0;
	return PEEK_PART;
}

/* Takes what there is of the current message. 1: more may be there; 0: wait; negative: ended. */
static int connection_receive_part(struct vhost_user_connection *c, const char **wrong)
{
	bool in_header = c->received < VHOST_USER_HEADER_BYTES;
	size_t end = in_header ? VHOST_USER_HEADER_BYTES : VHOST_USER_HEADER_BYTES + c->header.size;
	uint8_t *to = in_header ? (uint8_t *)&c->header + c->received :
				  c->payload + (c->received - VHOST_USER_HEADER_BYTES);
	int fds[IO_FDS_MAX];
	size_t n_fds;

	ssize_t n = io_recv(c->fd, to, end - c->received, fds, &n_fds);
	if (n == -EAGAIN)
		return 0;
	for (size_t i = 0; i < n_fds; i++) {
		if (c->n_fds < IO_FDS_MAX) {
			c->fds[c->n_fds++] = fds[i];
			continue;
		}
		fd_close(&fds[i]);
		n = -EPROTO;
	}
	if (n == -EPROTO)
		*wrong = "too many file descriptors";
	if (n <= 0)
		return -1;
	c->received += n;
	if (c->received == VHOST_USER_HEADER_BYTES)
		*wrong = vhost_user_check_header(&c->header);
	if (!*wrong && c->received >= VHOST_USER_HEADER_BYTES &&
		c->received == VHOST_USER_HEADER_BYTES + c->header.size)
		*wrong = connection_handle(c);
	return *wrong ? -1 : 1;
}

/* Sends the reply to what was acted upon, and takes it off the socket. */
static const char *connection_settle(struct vhost_user_connection *c)
{
	uint32_t *answered = &c->state->answered;

	STATE_STEP();
	*answered = c->unsettled;
	c->unsettled = 0;
	STATE_STEP();
	c->repeats = false;
	return journal_settle(&c->journal, c->fd, answered) ? NULL : "it does not take its replies";
}

/*
 * A message that is there as a whole is acted upon before it is read off the socket: a
 * successor finds it there. 1: go on; 0: wait; negative: ended.
 */
static int connection_receive_whole(
	struct vhost_user_connection *c, size_t whole, const char **wrong)
{
	if (c->state->answered) {
		fd_close_all(c->fds, c->n_fds); /* by a predecessor */
		c->n_fds = 0;
	} else {
		c->replies_later = true;
		*wrong = connection_handle(c);
		c->replies_later = false;
	}
	if (*wrong)
		return -1;
	c->unsettled = whole;
	if (c->keeps_due) {
		loop_change(&c->source, 0); /* vhost_user_connection_go_on follows */
		return 0;
	}
	*wrong = connection_settle(c);
	return *wrong ? -1 : 1;
}

/* 1: more may be there; 0: wait; negative: ended. */
static int connection_receive(struct vhost_user_connection *c, const char **wrong)
{
	enum peek seen = PEEK_PART;
	size_t whole;

	if (!c->received && journal_is_open(&c->journal))
		seen = connection_peek(c, &whole);
	if (seen == PEEK_NOTHING)
		return 0;
	if (seen == PEEK_PART)
		return connection_receive_part(c, wrong);
	return connection_receive_whole(c, whole, wrong);
}

static void connection_drop_wrong(struct vhost_user_connection *c, const char *wrong)
{
	char why[200];

	snprintf(why, sizeof(why), "%s (%s)", wrong, vhost_user_request_name(c->header.request));
	connection_drop(c, why);
}

static void connection_dispatch(struct loop_source *source, uint32_t events)
{
	struct vhost_user_connection *c = container_of(source, struct vhost_user_connection, source);
	const char *wrong = NULL;
	int ret;

	/* Of one that waits nothing is heard but its end. */
	if (c->unsettled) {
		connection_drop(c, NULL);
		return;
	}
	do {
		ret = connection_receive(c, &wrong);
	} while (ret > 0);
	if (ret == 0)
		return;
	if (wrong)
		connection_drop_wrong(c, wrong);
	else
		connection_drop(c, NULL);
}

/* -- life -- */

void vhost_user_connection_init(struct vhost_user_connection *c)
{
	*c = (struct vhost_user_connection){ .fd = -1, .gpu_fd = -1, .backend.fd = -1 };
	guest_memory_init(&c->memory);
	journal_init(&c->journal);
}

int vhost_user_connection_open(struct vhost_user_connection *c, struct loop *loop, int take_fd,
	struct journal *take_journal, struct state_device *state, struct state_region *regions,
	const struct vhost_user_device *device, void *data)
{
	/* A VMM may come back as often as it likes: of what it does wrong enough was said. */
	struct log_limit refusals = c->refusals, breaks[STATE_QUEUES];

	for (uint32_t i = 0; i < STATE_QUEUES; i++)
		breaks[i] = c->queues[i].breaks;
	vhost_user_connection_init(c);
	c->refusals = refusals;
	c->fd = take_fd;
	c->journal = *take_journal;
	journal_init(take_journal);
	c->loop = loop;
	c->state = state;
	c->region_states = regions;
	c->device = device;
	c->data = data;
	backend_channel_init(&c->backend, loop, &state->asked, backend_told, c);
	for (uint32_t i = 0; i < device->n_queues; i++) {
		vhost_user_ring_init(c, i);
		c->queues[i].breaks = breaks[i];
	}
	int ret = fd_set_nonblock(take_fd);
	return ret < 0 ? ret : loop_add(loop, &c->source, take_fd, EPOLLIN, connection_dispatch);
}

void vhost_user_connection_finish(struct vhost_user_connection *c)
{
	if (!c->device)
		return;
	loop_remove(&c->source);
	for (uint32_t i = 0; i < c->device->n_queues; i++)
		vhost_user_ring_finish(c, i);
	guest_memory_finish(&c->memory);
	fd_close_all(c->fds, c->n_fds);
	c->n_fds = 0;
	journal_finish(&c->journal);
	fd_close(&c->gpu_fd);
	backend_channel_finish(&c->backend);
	fd_close(&c->fd);
	c->device = NULL;
}

void vhost_user_connection_go_on(struct vhost_user_connection *c)
{
	if (!c->unsettled)
		return;
	loop_change(&c->source, EPOLLIN);
	const char *wrong = connection_settle(c);
	if (wrong)
		connection_drop_wrong(c, wrong);
}

void vhost_user_config_changed(struct vhost_user_connection *c)
{
	backend_channel_tell(&c->backend,
		c->state->protocol_features & (1ull << VHOST_USER_PROTOCOL_F_REPLY_ACK));
}

void vhost_user_notify_later(struct vhost_user_connection *c, uint32_t queue)
{
	loop_hook_arm(c->loop, &c->rings[queue].notify);
}

/* SPDX-License-Identifier: MIT */
/* The driver's side of a split virtqueue. */
#include "ring.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PAGE_BYTES 4096u

static uint16_t *used_event(struct ring *ring)
{
	return &ring->avail->ring[ring->options.size];
}

static uint16_t *avail_event(struct ring *ring)
{
	return (uint16_t *)&ring->used->ring[ring->options.size];
}

void ring_reset(struct ring *ring)
{
	uint16_t size = ring->options.size;

	memset(ring->desc_span.data, 0, ring->desc_span.size);
	memset(ring->avail_span.data, 0, ring->avail_span.size);
	memset(ring->used_span.data, 0, ring->used_span.size);
	for (uint16_t i = 0; i < size; i++)
		ring->desc[i].next = (uint16_t)(i + 1);
	ring->free_head = 0;
	ring->free_count = size;
	ring->avail_idx = 0;
	ring->published_idx = 0;
	ring->last_used_idx = 0;
	ring->broken = false;
	memset(ring->tokens, 0, sizeof(ring->tokens));
	ring_clear_call(ring);
}

/* An eventfd at both ends, or a pipe between them. */
static int open_signal(bool is_pipe, int *read_fd, int *write_fd)
{
	int ends[2];

	if (is_pipe) {
		if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
			return -errno;
		*read_fd = ends[0];
		*write_fd = ends[1];
		return 0;
	}
	*read_fd = *write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return *read_fd < 0 ? -errno : 0;
}

static void close_signal(int read_fd, int write_fd)
{
	if (read_fd >= 0)
		close(read_fd);
	if (write_fd >= 0 && write_fd != read_fd)
		close(write_fd);
}

static int ring_open_fds(struct ring *ring)
{
	int err = open_signal(ring->options.kick_is_pipe, &ring->kick_remote_fd, &ring->kick_fd);

	if (err == 0)
		err = open_signal(
			ring->options.call_is_pipe, &ring->call_fd, &ring->call_remote_fd);
	return err;
}

int ring_init(struct ring *ring, struct memory *memory, const struct ring_options *options)
{
	size_t size = options->size;
	int err;

	memset(ring, 0, sizeof(*ring));
	ring->kick_fd = ring->kick_remote_fd = ring->call_fd = ring->call_remote_fd = -1;
	ring->memory = memory;
	ring->options = *options;
	assert(size != 0 && size <= RING_MAX_SIZE);

	ring->desc_span = memory_alloc(memory, size * sizeof(struct vring_desc), PAGE_BYTES);
	ring->avail_span = memory_alloc(memory, 6 + size * 2, 2);
	ring->used_span = memory_alloc(memory, 6 + size * sizeof(struct vring_used_elem), 4);
	ring->indirect_span =
		memory_alloc(memory, size * RING_INDIRECT_ENTRIES * sizeof(struct vring_desc), 16);
	err = -ENOMEM;
	if (ring->desc_span.data == NULL || ring->avail_span.data == NULL ||
		ring->used_span.data == NULL || ring->indirect_span.data == NULL)
		goto fail;
	ring->desc = (struct vring_desc *)ring->desc_span.data;
	ring->avail = (struct vring_avail *)ring->avail_span.data;
	ring->used = (struct vring_used *)ring->used_span.data;

	err = ring_open_fds(ring);
	if (err < 0)
		goto fail;
	ring_reset(ring);
	return 0;

fail:
	ring_finish(ring);
	return err;
}

void ring_finish(struct ring *ring)
{
	if (ring->memory == NULL)
		return;
	close_signal(ring->kick_remote_fd, ring->kick_fd);
	close_signal(ring->call_fd, ring->call_remote_fd);
	memory_free(ring->memory, ring->desc_span);
	memory_free(ring->memory, ring->avail_span);
	memory_free(ring->memory, ring->used_span);
	memory_free(ring->memory, ring->indirect_span);
	memset(ring, 0, sizeof(*ring));
	ring->kick_fd = ring->kick_remote_fd = ring->call_fd = ring->call_remote_fd = -1;
}

static void desc_fill(
	struct vring_desc *desc, const struct ring_buffer *buffer, bool last, uint16_t next)
{
	desc->addr = buffer->gpa;
	desc->len = buffer->size_bytes;
	desc->flags = (uint16_t)((buffer->device_writes ? VRING_DESC_F_WRITE : 0) |
				 (last ? 0 : VRING_DESC_F_NEXT));
	desc->next = last ? 0 : next;
}

static void add_indirect(
	struct ring *ring, uint16_t head, const struct ring_buffer *buffers, uint32_t count)
{
	size_t offset = (size_t)head * RING_INDIRECT_ENTRIES * sizeof(struct vring_desc);
	struct vring_desc *table = (struct vring_desc *)(ring->indirect_span.data + offset);

	for (uint32_t i = 0; i < count; i++)
		desc_fill(&table[i], &buffers[i], i + 1 == count, (uint16_t)(i + 1));
	ring->free_head = ring->desc[head].next;
	ring->desc[head].addr = ring->indirect_span.gpa + offset;
	ring->desc[head].len = count * (uint32_t)sizeof(struct vring_desc);
	ring->desc[head].flags = VRING_DESC_F_INDIRECT;
}

static void add_direct(
	struct ring *ring, uint16_t head, const struct ring_buffer *buffers, uint32_t count)
{
	uint16_t at = head;

	for (uint32_t i = 0; i < count; i++) {
		uint16_t next = ring->desc[at].next;

		desc_fill(&ring->desc[at], &buffers[i], i + 1 == count, next);
		at = next;
	}
	ring->free_head = at;
}

int ring_add(struct ring *ring, const struct ring_buffer *buffers, uint32_t count, void *token)
{
	bool indirect = ring->options.indirect && count > 1 && count <= RING_INDIRECT_ENTRIES;
	uint16_t needed = indirect ? 1 : (uint16_t)count;
	uint16_t head = ring->free_head;

	assert(count != 0 && token != NULL);
	if (count > ring->options.size || needed > ring->free_count)
		return -ENOSPC;
	if (indirect)
		add_indirect(ring, head, buffers, count);
	else
		add_direct(ring, head, buffers, count);
	ring->free_count = (uint16_t)(ring->free_count - needed);
	ring->chain_length[head] = needed;
	ring->tokens[head] = token;
	ring_expose(ring, head);
	return head;
}

void ring_expose(struct ring *ring, uint16_t head)
{
	ring->avail->ring[ring->avail_idx % ring->options.size] = head;
	ring->avail_idx++;
}

void ring_publish(struct ring *ring)
{
	__atomic_store_n(&ring->avail->idx, ring->avail_idx, __ATOMIC_RELEASE);
}

void ring_notify(struct ring *ring)
{
	uint64_t one = 1;

	ring->kicks++;
	while (write(ring->kick_fd, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
}

bool ring_kick(struct ring *ring)
{
	uint16_t old = ring->published_idx;
	bool wanted;

	ring_publish(ring);
	ring->published_idx = ring->avail_idx;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (ring->options.event_idx) {
		uint16_t event = __atomic_load_n(avail_event(ring), __ATOMIC_RELAXED);

		wanted = vring_need_event(event, ring->avail_idx, old);
	} else {
		uint16_t flags = __atomic_load_n(&ring->used->flags, __ATOMIC_RELAXED);

		wanted = !(flags & VRING_USED_F_NO_NOTIFY);
	}
	if (wanted)
		ring_notify(ring);
	return wanted;
}

static void chain_release(struct ring *ring, uint16_t head)
{
	uint16_t tail = head;

	for (uint16_t i = 1; i < ring->chain_length[head]; i++)
		tail = ring->desc[tail].next;
	ring->desc[tail].next = ring->free_head;
	ring->free_head = head;
	ring->free_count = (uint16_t)(ring->free_count + ring->chain_length[head]);
}

void *ring_pop(struct ring *ring, uint32_t *written)
{
	uint16_t used_idx = __atomic_load_n(&ring->used->idx, __ATOMIC_ACQUIRE);

	if (ring->broken || used_idx == ring->last_used_idx)
		return NULL;

	struct vring_used_elem elem = ring->used->ring[ring->last_used_idx % ring->options.size];

	if (elem.id >= ring->options.size || ring->tokens[elem.id] == NULL) {
		ring->broken = true;
		return NULL;
	}

	void *token = ring->tokens[elem.id];

	ring->tokens[elem.id] = NULL;
	ring->last_used_idx++;
	chain_release(ring, (uint16_t)elem.id);
	if (written != NULL)
		*written = elem.len;
	return token;
}

bool ring_want_call(struct ring *ring, uint16_t count)
{
	uint16_t wanted = (uint16_t)(ring->last_used_idx + count - 1);

	__atomic_store_n(used_event(ring), wanted, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	uint16_t used_idx = __atomic_load_n(&ring->used->idx, __ATOMIC_ACQUIRE);

	return (uint16_t)(used_idx - ring->last_used_idx) < count;
}

void ring_clear_call(struct ring *ring)
{
	uint64_t value;

	while (read(ring->call_fd, &value, sizeof(value)) > 0) {
	}
}

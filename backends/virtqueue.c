/* SPDX-License-Identifier: MIT */
/* The device's side of a split virtqueue. */
#include "backends/virtqueue.h"

#include <endian.h>
#include <errno.h>
#include <linux/virtio_ring.h>
#include <stdatomic.h>
#include <string.h>

#include "backends/guest_memory.h"
#include "base/io.h"
#include "base/log.h"

void virtqueue_init(struct virtqueue *queue, const char *name, struct state_queue *state)
{
	*queue = (struct virtqueue){
		.name = name,
		.state = state,
		.kick_fd = -1,
		.call_fd = -1,
		.err_fd = -1,
	};
}

void virtqueue_finish(struct virtqueue *queue)
{
	virtqueue_stop(queue);
	fd_close(&queue->kick_fd);
	fd_close(&queue->call_fd);
	fd_close(&queue->err_fd);
}

/*
 * The used ring's index is where the last process left it. If it died over a chain
 * (protocol/state.h), that one was returned if the driver can see it, and was not
 * taken if it was not counted.
 */
static void queue_recover(struct virtqueue *queue)
{
	struct state_queue *state = queue->state;
	uint16_t used_idx = le16toh(*(volatile const uint16_t *)&queue->used->idx);

	if (state->pushing && state->pushing <= state->size &&
		used_idx == (uint16_t)(state->used_idx + 1))
		state->inflight[state->pushing - 1].inflight = 0;
	state->pushing = 0;
	state->used_idx = used_idx;
	for (uint32_t i = 0; i < state->size; i++) {
		if (state->inflight[i].inflight && state->inflight[i].counter >= state->taken)
			state->inflight[i].inflight = 0;
	}
}

int virtqueue_start(struct virtqueue *queue, const struct guest_memory *memory, bool event_idx)
{
	struct state_queue *state = queue->state;
	uint32_t size = state->size;

	if (!size || size > STATE_QUEUE_SIZE || (size & (size - 1)))
		return -EINVAL;
	/* With the event words behind both rings, as every driver lays them out. */
	const void *desc = guest_memory_at_user(memory, state->desc_addr, size * 16);
	const void *avail = guest_memory_at_user(memory, state->avail_addr, 6 + size * 2);
	void *used = guest_memory_at_user(memory, state->used_addr, 6 + size * 8);
	if (!desc || !avail || !used)
		return -EFAULT;
	/* Where they lie for us: a VMM's region may start at any address. */
	if ((uintptr_t)desc % 16 || (uintptr_t)avail % 2 || (uintptr_t)used % 4)
		return -EINVAL;

	queue->desc = desc;
	queue->avail = avail;
	queue->used = used;
	queue->event_idx = event_idx;
	queue->broken = false;
	queue->signalled_valid = false;
	queue->running = true;
	queue_recover(queue);
	state->started = 1;
	return 0;
}

void virtqueue_stop(struct virtqueue *queue)
{
	queue->running = false;
	queue->state->started = 0;
	queue->desc = NULL;
	queue->avail = NULL;
	queue->used = NULL;
}

static int virtqueue_break(struct virtqueue *queue, const char *why)
{
	queue->broken = true;
	log_limited(&queue->breaks, LOG_LEVEL_WARN,
		"%s queue: %s; the queue stops until the driver sets it up again", queue->name, why);
	if (queue->err_fd >= 0)
		eventfd_signal(queue->err_fd);
	return -EPROTO;
}

static uint16_t avail_idx(const struct virtqueue *queue)
{
	uint16_t idx = le16toh(*(volatile const uint16_t *)&queue->avail->idx);
	atomic_thread_fence(memory_order_acquire);
	return idx;
}

/* As it lies in an indirect table, which nobody has to align. */
struct __attribute__((packed)) packed_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

/* Read once: the driver may change it while we look. */
static struct vring_desc desc_copy(const struct packed_desc *from)
{
	volatile const struct packed_desc *v = from;
	return (struct vring_desc){
		.addr = le64toh(v->addr),
		.len = le32toh(v->len),
		.flags = le16toh(v->flags),
		.next = le16toh(v->next),
	};
}

static const char *chain_add(struct virtqueue_chain *chain, const struct vring_desc *desc)
{
	uint32_t n = chain->n_readable + chain->n_writable;

	if (n == VIRTQUEUE_CHAIN_MAX)
		return "a chain is too long or loops";
	chain->segments[n] = (struct virtqueue_segment){ .addr = desc->addr, .len = desc->len };
	if (desc->flags & VRING_DESC_F_WRITE) {
		chain->n_writable++;
		chain->writable_bytes += desc->len;
		return NULL;
	}
	if (chain->n_writable)
		return "a readable descriptor follows a writable one";
	chain->n_readable++;
	chain->readable_bytes += desc->len;
	return NULL;
}

/* Follow a chain through `table`; NULL, or what is wrong with it. */
static const char *chain_walk(struct virtqueue_chain *chain, const struct guest_memory *memory,
	const struct packed_desc *table, uint32_t size, uint32_t index, bool indirect)
{
	for (uint32_t steps = 0; steps < size; steps++) {
		if (index >= size)
			return "a descriptor index is out of range";
		struct vring_desc desc = desc_copy(&table[index]);
		if (desc.flags & VRING_DESC_F_INDIRECT) {
			if (indirect)
				return "an indirect table within an indirect table";
			if (desc.flags & VRING_DESC_F_NEXT)
				return "an indirect descriptor with a successor";
			uint32_t n = desc.len / sizeof(desc);
			if (!n || desc.len % sizeof(desc) || n > VIRTQUEUE_CHAIN_MAX)
				return "an indirect table of a length that cannot be";
			const void *at = guest_memory_at(memory, desc.addr, desc.len);
			if (!at)
				return "an indirect table outside guest memory";
			return chain_walk(chain, memory, at, n, 0, true);
		}
		if (guest_memory_run(memory, desc.addr) < desc.len)
			return "a descriptor points outside guest memory";
		const char *wrong = chain_add(chain, &desc);
		if (wrong)
			return wrong;
		if (!(desc.flags & VRING_DESC_F_NEXT))
			return NULL;
		index = desc.next;
	}
	return "a chain is too long or loops";
}

static void set_avail_event(struct virtqueue *queue, uint16_t value)
{
	/* Behind the used ring: virtio 1.2, 2.7.8. */
	volatile uint16_t *event = (volatile uint16_t *)&queue->used->ring[queue->state->size];
	*event = htole16(value);
	atomic_thread_fence(memory_order_seq_cst);
}

bool virtqueue_has_more(const struct virtqueue *queue)
{
	return queue->running && !queue->broken &&
		avail_idx(queue) != state_queue_last_avail(queue->state);
}

/* The chain at `head`, as it is now. NULL, or what is wrong with it. */
static const char *chain_read(struct virtqueue *queue, const struct guest_memory *memory,
	uint16_t head, struct virtqueue_chain *chain)
{
	chain->head = head;
	chain->n_readable = chain->n_writable = 0;
	chain->readable_bytes = chain->writable_bytes = 0;
	return chain_walk(chain, memory, (const struct packed_desc *)queue->desc,
		queue->state->size, head, false);
}

int virtqueue_pop(struct virtqueue *queue, const struct guest_memory *memory,
	struct virtqueue_chain *chain)
{
	struct state_queue *state = queue->state;
	uint16_t last_avail = state_queue_last_avail(state);

	if (!queue->running || queue->broken)
		return 0;
	uint16_t idx = avail_idx(queue);
	if (idx == last_avail) {
		if (!queue->event_idx)
			return 0;
		set_avail_event(queue, idx);
		idx = avail_idx(queue);
		if (idx == last_avail)
			return 0;
	}
	if ((uint16_t)(idx - last_avail) > state->size)
		return virtqueue_break(queue, "more chains are available than the ring has entries");

	uint16_t slot = last_avail & (state->size - 1);
	uint16_t head = le16toh(*(volatile const uint16_t *)&queue->avail->ring[slot]);
	if (head >= state->size)
		return virtqueue_break(queue, "a head is out of range");
	if (state->inflight[head].inflight)
		return virtqueue_break(queue, "a chain is made available again before it was used");
	const char *wrong = chain_read(queue, memory, head, chain);
	if (wrong)
		return virtqueue_break(queue, wrong);

	state->inflight[head].counter = state->taken;
	STATE_STEP();
	state->inflight[head].inflight = 1;
	STATE_STEP();
	state->taken++;
	return 1;
}

int virtqueue_read_again(struct virtqueue *queue, const struct guest_memory *memory,
	uint16_t head, struct virtqueue_chain *chain)
{
	if (!queue->running || queue->broken)
		return 0;
	const char *wrong = chain_read(queue, memory, head, chain);
	return wrong ? virtqueue_break(queue, wrong) : 1;
}

void virtqueue_push(struct virtqueue *queue, uint16_t head, uint32_t written)
{
	struct state_queue *state = queue->state;

	if (!queue->running || queue->broken)
		return;
	volatile struct vring_used_elem *elem =
		&queue->used->ring[state->used_idx & (state->size - 1)];
	elem->id = htole32(head);
	elem->len = htole32(written);
	state->pushing = head + 1u;
	atomic_thread_fence(memory_order_release);
	*(volatile uint16_t *)&queue->used->idx = htole16((uint16_t)(state->used_idx + 1));
	STATE_STEP();
	state->inflight[head].inflight = 0;
	STATE_STEP();
	state->used_idx++;
	STATE_STEP();
	state->pushing = 0;
}

static bool driver_wants_interrupt(struct virtqueue *queue)
{
	uint16_t new = queue->state->used_idx, old = queue->signalled_used;
	bool valid = queue->signalled_valid;

	queue->signalled_used = new;
	queue->signalled_valid = true;
	atomic_thread_fence(memory_order_seq_cst);
	if (!queue->event_idx) {
		uint16_t flags = le16toh(*(volatile const uint16_t *)&queue->avail->flags);
		return (!valid || new != old) && !(flags & VRING_AVAIL_F_NO_INTERRUPT);
	}
	uint16_t event = le16toh(
		*(volatile const uint16_t *)&queue->avail->ring[queue->state->size]);
	return !valid || vring_need_event(event, new, old);
}

void virtqueue_notify(struct virtqueue *queue)
{
	if (queue->running && queue->call_fd >= 0 && driver_wants_interrupt(queue))
		eventfd_signal(queue->call_fd);
}

ssize_t virtqueue_chain_read(const struct virtqueue_chain *chain,
	const struct guest_memory *memory, void *to, size_t size)
{
	size_t done = 0;

	for (uint32_t i = 0; i < chain->n_readable && done < size; i++) {
		size_t len = chain->segments[i].len;
		if (len > size - done)
			len = size - done;
		const void *from = guest_memory_at(memory, chain->segments[i].addr, len);
		if (!from)
			return -EFAULT;
		memcpy((char *)to + done, from, len);
		done += len;
	}
	return done;
}

size_t virtqueue_chain_write(const struct virtqueue_chain *chain,
	const struct guest_memory *memory, const void *from, size_t size)
{
	size_t done = 0;

	for (uint32_t i = 0; i < chain->n_writable && done < size; i++) {
		const struct virtqueue_segment *segment = &chain->segments[chain->n_readable + i];
		done += guest_memory_write(memory, segment->addr, segment->len,
			(const char *)from + done, size - done);
	}
	return done;
}

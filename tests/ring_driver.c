/* SPDX-License-Identifier: MIT */
/* The driver's side of split rings, for tests. Little-endian hosts only. */
#include "tests/ring_driver.h"

#include <assert.h>
#include <string.h>

#include "base/io.h"

void ring_memory_init(struct ring_memory *m, struct guest_memory *memory, size_t size)
{
	struct guest_region region = {
		.guest_addr = RING_MEMORY_GUEST,
		.user_addr = RING_MEMORY_USER,
		.size_bytes = size,
	};
	int fd = memfd_create_sealed("ring-memory", size);

	assert(fd >= 0);
	int slot = guest_memory_add(memory, &region, fd);
	assert(slot >= 0);
	*m = (struct ring_memory){
		.memory = memory,
		.bytes = memory->regions[slot].map,
		.size = size,
	};
}

void *ring_memory_take(struct ring_memory *m, size_t size)
{
	uint8_t *at = m->bytes + m->taken;

	m->taken += (size + 15) & ~(size_t)15;
	assert(m->taken <= m->size);
	return at;
}

uint64_t ring_memory_guest(const struct ring_memory *m, const void *at)
{
	return RING_MEMORY_GUEST + ((const uint8_t *)at - m->bytes);
}

uint64_t ring_memory_user(const struct ring_memory *m, const void *at)
{
	return RING_MEMORY_USER + ((const uint8_t *)at - m->bytes);
}

void ring_driver_init(
	struct ring_driver *d, struct ring_memory *m, uint32_t size, struct state_queue *state)
{
	*d = (struct ring_driver){ .memory = m, .size = size };
	d->desc = ring_memory_take(m, size * sizeof(*d->desc));
	d->avail = ring_memory_take(m, sizeof(*d->avail) + (size + 1) * sizeof(uint16_t));
	d->used = ring_memory_take(
		m, sizeof(*d->used) + size * sizeof(struct vring_used_elem) + sizeof(uint16_t));
	state->size = size;
	state->desc_addr = ring_memory_user(m, d->desc);
	state->avail_addr = ring_memory_user(m, d->avail);
	state->used_addr = ring_memory_user(m, d->used);
	ring_driver_reset(d);
}

void ring_driver_reset(struct ring_driver *d)
{
	memset(d->desc, 0, d->size * sizeof(*d->desc));
	for (uint32_t i = 0; i < d->size; i++)
		d->desc[i].next = i + 1;
	d->avail->flags = d->avail->idx = 0;
	d->used->flags = d->used->idx = 0;
	*ring_driver_used_event(d) = *ring_driver_avail_event(d) = 0;
	d->free_head = d->used_seen = 0;
	d->n_free = d->size;
}

void ring_driver_offer(struct ring_driver *d, uint16_t head)
{
	d->avail->ring[d->avail->idx & (d->size - 1)] = head;
	d->avail->idx++;
}

int ring_driver_add(struct ring_driver *d, const struct ring_part *parts, uint32_t n)
{
	uint16_t head = d->free_head;

	if (n > d->n_free)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		struct vring_desc *desc = &d->desc[d->free_head];
		d->free_head = desc->next;
		desc->addr = ring_memory_guest(d->memory, parts[i].at);
		desc->len = parts[i].len;
		desc->flags = (parts[i].writable ? VRING_DESC_F_WRITE : 0) |
			      (i + 1 < n ? VRING_DESC_F_NEXT : 0);
	}
	d->n_free -= n;
	ring_driver_offer(d, head);
	return head;
}

bool ring_driver_take_used(struct ring_driver *d, uint32_t *head, uint32_t *len)
{
	if (d->used->idx == d->used_seen)
		return false;
	const struct vring_used_elem *elem = &d->used->ring[d->used_seen++ & (d->size - 1)];
	*head = elem->id;
	*len = elem->len;
	assert(*head < d->size);
	uint16_t last = *head;
	d->n_free++;
	while (d->desc[last].flags & VRING_DESC_F_NEXT) {
		last = d->desc[last].next;
		d->n_free++;
	}
	d->desc[last].next = d->free_head;
	d->free_head = *head;
	return true;
}

uint16_t *ring_driver_used_event(struct ring_driver *d)
{
	return &d->avail->ring[d->size];
}

uint16_t *ring_driver_avail_event(struct ring_driver *d)
{
	return (uint16_t *)&d->used->ring[d->size];
}

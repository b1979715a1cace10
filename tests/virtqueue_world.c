/* SPDX-License-Identifier: MIT */
/* A split ring, its device and its driver. */
#include "tests/virtqueue_world.h"

#include <sys/eventfd.h>
#include <unistd.h>

int setup_of(void **state, uint32_t size, bool event_idx)
{
	struct virtqueue_world *f = calloc(1, sizeof(*f));

	guest_memory_init(&f->memory);
	ring_memory_init(&f->ring_memory, &f->memory, MEMORY_BYTES);
	ring_driver_init(&f->driver, &f->ring_memory, size, &f->state);
	f->data = ring_memory_take(&f->ring_memory, 4096);
	virtqueue_init(&f->queue, "test", &f->state);
	f->queue.call_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	f->queue.err_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_int_equal(virtqueue_start(&f->queue, &f->memory, event_idx), 0);
	*state = f;
	return 0;
}

int setup(void **state)
{
	return setup_of(state, RING, false);
}

int teardown(void **state)
{
	struct virtqueue_world *f = *state;

	virtqueue_finish(&f->queue);
	guest_memory_finish(&f->memory);
	free(f);
	return 0;
}

bool signalled(int fd)
{
	uint64_t value;
	return read(fd, &value, sizeof(value)) == sizeof(value);
}

int pop(struct virtqueue_world *f)
{
	return virtqueue_pop(&f->queue, &f->memory, &f->chain);
}

uint64_t guest(struct virtqueue_world *f, const void *at)
{
	return ring_memory_guest(&f->ring_memory, at);
}

struct vring_desc desc_of(
	struct virtqueue_world *f, const void *at, uint32_t len, uint16_t flags, uint16_t next)
{
	return (struct vring_desc){
		.addr = guest(f, at), .len = len, .flags = flags, .next = next
	};
}

int add_one(struct virtqueue_world *f)
{
	struct ring_part part = { f->data, 16, false };
	return ring_driver_add(&f->driver, &part, 1);
}

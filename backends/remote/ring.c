/* SPDX-License-Identifier: MIT */
/* mullion-guest's side of the ring to a renderer process. */
#include "backends/remote/ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/io.h"

/* What one call of the device adds at most: a resource that moves here takes most. */
#define CALL_COMPLETIONS 64
#define CALL_BYTES (2 * RENDER_RECORD_MAX + RENDER_RECORD_MAX / 2)

void render_ring_init(struct render_ring *ring)
{
	*ring = (struct render_ring){ .submit_fd = -1, .complete_fd = -1 };
}

int render_ring_open(struct render_ring *ring, int take_memfd, int take_submit_fd,
	int take_complete_fd)
{
	render_ring_init(ring);
	ring->submit_fd = take_submit_fd;
	ring->complete_fd = take_complete_fd;
	int ret = memfd_check_sealed(take_memfd, RENDER_RING_BYTES);
	if (ret == 0) {
		ring->map = memfd_map(take_memfd, RENDER_RING_BYTES, PROT_READ | PROT_WRITE);
		ret = ring->map ? 0 : -errno;
	}
	fd_close(&take_memfd);
	ring->page = (struct render_page *)ring->map;
	if (ret == 0)
		atomic_store(&ring->page->complete_asleep.value, 1);
	else
		render_ring_finish(ring);
	return ret;
}

void render_ring_finish(struct render_ring *ring)
{
	if (ring->map)
		munmap(ring->map, RENDER_RING_BYTES);
	fd_close(&ring->submit_fd);
	fd_close(&ring->complete_fd);
	render_ring_init(ring);
}

/* Bytes that are free; 0 if the renderer's index lies. */
static uint32_t ring_free(const struct render_ring *ring)
{
	uint32_t used = ring->head - atomic_load(&ring->page->submit_tail.value);
	return used <= RENDER_RECORDS_BYTES ? RENDER_RECORDS_BYTES - used : 0;
}

bool render_ring_has_room(const struct render_ring *ring)
{
	return ring_free(ring) >= CALL_BYTES &&
		ring->in_flight + CALL_COMPLETIONS <= RENDER_COMPLETIONS;
}

static struct render_record *record_at(struct render_ring *ring, uint32_t index)
{
	return (struct render_record *)(ring->map + RENDER_RECORDS_OFFSET +
		(index & (RENDER_RECORDS_BYTES - 1)));
}

void *render_ring_begin(struct render_ring *ring, enum render_kind kind, enum render_want want,
	uint64_t seq, uint32_t bytes)
{
	uint32_t total = (sizeof(struct render_record) + bytes + 7) & ~7u;
	uint32_t to_end = RENDER_RECORDS_BYTES - (ring->head & (RENDER_RECORDS_BYTES - 1));

	if (total + (total > to_end ? to_end : 0) > ring_free(ring) ||
		ring->in_flight >= RENDER_COMPLETIONS)
		return NULL;
	if (total > to_end) {
		struct render_record pad = { .bytes = to_end, .kind = RENDER_PAD };
		if (to_end >= sizeof(pad))
			*record_at(ring, ring->head) = pad;
		ring->head += to_end;
	}
	struct render_record *record = record_at(ring, ring->head);
	*record = (struct render_record){ .kind = kind, .want = want, .seq = seq };
	return record + 1;
}

void render_ring_commit(struct render_ring *ring, uint32_t bytes)
{
	struct render_record *record = record_at(ring, ring->head);

	record->bytes = sizeof(*record) + bytes;
	ring->head += (record->bytes + 7) & ~7u;
	ring->in_flight++;
	atomic_store(&ring->page->submit_head.value, ring->head);
	if (atomic_exchange(&ring->page->submit_asleep.value, 0))
		eventfd_signal(ring->submit_fd);
}

int render_ring_take(struct render_ring *ring, struct render_completion *completion)
{
	uint32_t n = atomic_load(&ring->page->complete_head.value) - ring->complete_tail;

	if (!n) {
		atomic_store(&ring->page->complete_asleep.value, 1);
		n = atomic_load(&ring->page->complete_head.value) - ring->complete_tail;
		if (!n)
			return 0;
	}
	if (n > ring->in_flight)
		return -EPROTO;
	const struct render_completion *slots = (const void *)(ring->map + RENDER_COMPLETIONS_OFFSET);
	memcpy(completion, &slots[ring->complete_tail & (RENDER_COMPLETIONS - 1)],
		sizeof(*completion));
	ring->complete_tail++;
	ring->in_flight--;
	atomic_store(&ring->page->complete_tail.value, ring->complete_tail);
	return 1;
}

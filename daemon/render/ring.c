/* SPDX-License-Identifier: MIT */
/* The consumer of the command ring and producer of its completions. */
#include "daemon/render/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/io.h"

void ring_init(struct ring *ring)
{
	*ring = (struct ring){ .submit_fd = -1, .complete_fd = -1 };
}

int ring_open(struct ring *ring, int take_fd, int take_submit_fd, int take_complete_fd)
{
	ring->submit_fd = take_submit_fd;
	ring->complete_fd = take_complete_fd;
	int ret = memfd_check_sealed(take_fd, RENDER_RING_BYTES);
	if (ret < 0)
		goto out;
	ret = -ENOMEM;
	ring->copy = aligned_alloc(8, RENDER_RECORD_MAX);
	if (!ring->copy)
		goto out;
	uint8_t *map = memfd_map(take_fd, RENDER_RING_BYTES, PROT_READ | PROT_WRITE);
	if (!map)
		goto out;
	ring->page = (struct render_page *)map;
	ring->completions = (struct render_completion *)(map + RENDER_COMPLETIONS_OFFSET);
	ring->records = map + RENDER_RECORDS_OFFSET;
	ring->tail = atomic_load(&ring->page->submit_tail.value);
	ring->complete_head = atomic_load(&ring->page->complete_head.value);
	ret = 0;
out:
	fd_close(&take_fd);
	return ret;
}

void ring_finish(struct ring *ring)
{
	if (ring->page)
		munmap(ring->page, RENDER_RING_BYTES);
	free(ring->copy);
	fd_close(&ring->submit_fd);
	fd_close(&ring->complete_fd);
	ring_init(ring);
}

static void ring_advance(struct ring *ring, uint32_t bytes)
{
	ring->tail += bytes;
	atomic_store(&ring->page->submit_tail.value, ring->tail);
}

/* The record at `tail`, of which `available` bytes are there. */
static int ring_copy_out(struct ring *ring, uint32_t available, struct render_record *record)
{
	const uint8_t *at = ring->records + ring->tail % RENDER_RECORDS_BYTES;

	memcpy(record, at, sizeof(*record));
	if (record->bytes < sizeof(*record) || record->bytes > RENDER_RECORD_MAX)
		return -EPROTO;
	uint32_t padded = (record->bytes + 7) & ~7u;
	if (padded > available)
		return -EPROTO;
	memcpy(ring->copy, at + sizeof(*record), record->bytes - sizeof(*record));
	ring_advance(ring, padded);
	return 0;
}

int ring_pop(struct ring *ring, struct render_record *record, const void **payload, size_t *len)
{
	uint32_t available = atomic_load(&ring->page->submit_head.value) - ring->tail;
	uint32_t to_end = RENDER_RECORDS_BYTES - ring->tail % RENDER_RECORDS_BYTES;

	if (available > RENDER_RECORDS_BYTES || available % 8 || ring->tail % 8)
		return -EPROTO;
	if (available > RENDER_RECORDS_BYTES / 2)
		ring->notify = true; /* it may be waiting for room */
	/* Eight bytes before the end hold no header: they are padding by themselves. */
	if (available && to_end < sizeof(*record)) {
		ring_advance(ring, to_end);
		available -= to_end;
		to_end = RENDER_RECORDS_BYTES;
	}
	if (!available)
		return 0;
	if (available > to_end)
		available = to_end;
	if (available < sizeof(*record))
		return -EPROTO;
	int ret = ring_copy_out(ring, available, record);
	if (ret < 0)
		return ret;
	*payload = ring->copy;
	*len = record->bytes - sizeof(*record);
	return 1;
}

int ring_complete(struct ring *ring, uint64_t seq, uint32_t response)
{
	uint32_t tail = atomic_load(&ring->page->complete_tail.value);
	if (ring->complete_head - tail >= RENDER_COMPLETIONS)
		return -EPROTO;
	ring->completions[ring->complete_head % RENDER_COMPLETIONS] =
		(struct render_completion){ .seq = seq, .response = response };
	ring->complete_head++;
	atomic_store(&ring->page->complete_head.value, ring->complete_head);
	ring->notify = true;
	return 0;
}

void ring_notify(struct ring *ring)
{
	if (!ring->notify)
		return;
	ring->notify = false;
	if (atomic_exchange(&ring->page->complete_asleep.value, 0))
		eventfd_signal(ring->complete_fd);
}

bool ring_sleep(struct ring *ring)
{
	atomic_store(&ring->page->submit_asleep.value, 1);
	return atomic_load(&ring->page->submit_head.value) == ring->tail;
}

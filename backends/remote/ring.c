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

void render_ring_init(struct render_ring *ring, struct state_remote *kept)
{
	*ring = (struct render_ring){ .kept = kept, .submit_fd = -1, .complete_fd = -1 };
}

static int ring_map(struct render_ring *ring, int take_memfd, int take_submit_fd,
	int take_complete_fd)
{
	render_ring_init(ring, ring->kept);
	ring->submit_fd = take_submit_fd;
	ring->complete_fd = take_complete_fd;
	int ret = memfd_check_sealed(take_memfd, RENDER_RING_BYTES);
	if (ret == 0) {
		ring->map = memfd_map(take_memfd, RENDER_RING_BYTES, PROT_READ | PROT_WRITE);
		ret = ring->map ? 0 : -errno;
	}
	fd_close(&take_memfd);
	ring->page = (struct render_page *)ring->map;
	if (ret < 0)
		render_ring_finish(ring);
	return ret;
}

int render_ring_open(struct render_ring *ring, int take_memfd, int take_submit_fd,
	int take_complete_fd)
{
	int ret = ring_map(ring, take_memfd, take_submit_fd, take_complete_fd);
	if (ret < 0)
		return ret;
	memset(ring->kept->intents, 0, sizeof(ring->kept->intents));
	ring->kept->complete_tail = 0;
	atomic_store(&ring->page->complete_asleep.value, 1);
	return 0;
}

int render_ring_adopt(struct render_ring *ring, int take_memfd, int take_submit_fd,
	int take_complete_fd)
{
	int ret = ring_map(ring, take_memfd, take_submit_fd, take_complete_fd);
	if (ret < 0)
		return ret;
	const struct state_intent *intent = &ring->kept->intents[ring->kept->intent & 1];
	ring->head = atomic_load(&ring->page->submit_head.value);
	bool went = ring->head == intent->head_after;
	ring->sent = (struct render_ring_sent){
		.seq = went ? intent->seq : intent->seq_before,
		.head = ring->head,
		.count = went ? intent->count_after : intent->count_before,
	};
	ring->complete_tail = ring->kept->complete_tail;
	ring->in_flight = ring->sent.count - ring->complete_tail;
	if ((!went && ring->head != intent->head_before) || ring->head % 8 ||
		ring->in_flight > RENDER_COMPLETIONS) {
		render_ring_finish(ring);
		return -EPROTO;
	}
	/* What was not told may not have been signalled either. */
	atomic_store(&ring->page->complete_tail.value, ring->complete_tail);
	atomic_store(&ring->page->complete_asleep.value, 1);
	eventfd_signal(ring->submit_fd);
	eventfd_signal(ring->complete_fd);
	return 0;
}

void render_ring_finish(struct render_ring *ring)
{
	if (ring->map)
		munmap(ring->map, RENDER_RING_BYTES);
	fd_close(&ring->submit_fd);
	fd_close(&ring->complete_fd);
	render_ring_init(ring, ring->kept);
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
	ring->seq = seq;
	return record + 1;
}

/* A successor can tell from it whether the record went. */
static void ring_intend(struct render_ring *ring, const struct render_ring_sent *next)
{
	struct state_remote *kept = ring->kept;
	uint32_t i = !(kept->intent & 1);

	kept->intents[i] = (struct state_intent){
		.seq = next->seq,
		.seq_before = ring->sent.seq,
		.head_before = ring->sent.head,
		.head_after = next->head,
		.count_before = ring->sent.count,
		.count_after = next->count,
	};
	STATE_STEP();
	kept->intent = i;
	STATE_STEP();
}

void render_ring_commit(struct render_ring *ring, uint32_t bytes)
{
	uint32_t total = sizeof(struct render_record) + bytes;

	record_at(ring, ring->head)->bytes = total;
	ring->head += (total + 7) & ~7u;
	ring->in_flight++;
	struct render_ring_sent next = {
		.seq = ring->seq ? ring->seq : ring->sent.seq,
		.head = ring->head,
		.count = ring->sent.count + 1,
	};
	ring_intend(ring, &next);
	ring->sent = next;
	atomic_store(&ring->page->submit_head.value, ring->head);
	if (atomic_exchange(&ring->page->submit_asleep.value, 0))
		eventfd_signal(ring->submit_fd);
}

int render_ring_peek(struct render_ring *ring, struct render_completion *completion)
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
	return 1;
}

void render_ring_drop(struct render_ring *ring)
{
	ring->complete_tail++;
	ring->in_flight--;
	STATE_STEP();
	ring->kept->complete_tail = ring->complete_tail;
	atomic_store(&ring->page->complete_tail.value, ring->complete_tail);
}

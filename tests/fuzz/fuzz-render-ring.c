/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: both ends of the ring between mullion-guest and mullion-render, each
 * reading what a hostile other side wrote: indices, then bytes where it reads next.
 */
#include <assert.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "backends/remote/ring.h"
#include "base/io.h"
#include "daemon/render/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ring taker;
static struct render_ring maker;
static struct state_remote kept;
static uint8_t *map;

static void rings_open(void)
{
	int fd = memfd_create_sealed("fuzz", RENDER_RING_BYTES);

	map = memfd_map(fd, RENDER_RING_BYTES, PROT_READ | PROT_WRITE);
	ring_init(&taker);
	assert(map);
	int ret = ring_open(&taker, fd_dup(fd), eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK));
	assert(ret == 0);
	render_ring_init(&maker, &kept);
	ret = render_ring_open(&maker, fd, eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK));
	assert(ret == 0);
}

static void take_records(uint32_t tail, uint32_t head, const uint8_t *bytes, size_t len)
{
	uint8_t *records = map + RENDER_RECORDS_OFFSET;
	struct render_record record;
	const void *payload;
	size_t payload_len;
	uint64_t sum = 0;

	taker.tail = tail & ~7u; /* our own: always right */
	for (size_t i = 0; i < len; i++)
		records[(taker.tail + i) % RENDER_RECORDS_BYTES] = bytes[i];
	atomic_store(&taker.page->submit_head.value, head);
	/* Zeroed memory between records is refused, so this ends. */
	while (ring_pop(&taker, &record, &payload, &payload_len) == 1) {
		assert(payload_len + sizeof(record) == record.bytes);
		assert(record.bytes <= RENDER_RECORD_MAX);
		for (size_t i = 0; i < payload_len; i += 64)
			sum += ((const uint8_t *)payload)[i];
	}
	assert(sum != 1 || taker.tail % 8 == 0);
	for (size_t i = 0; i < len; i++)
		records[((tail & ~7u) + i) % RENDER_RECORDS_BYTES] = 0;
}

static void take_completions(uint32_t tail, uint32_t head, uint32_t in_flight)
{
	struct render_completion completion;
	uint32_t n = 0;

	maker.complete_tail = tail;
	maker.in_flight = in_flight % (RENDER_COMPLETIONS + 1);
	in_flight = maker.in_flight;
	atomic_store(&maker.page->complete_head.value, head);
	while (render_ring_peek(&maker, &completion) == 1) {
		render_ring_drop(&maker);
		n++;
	}
	assert(n <= in_flight);
}

static void submit(uint32_t head, uint32_t tail, uint32_t bytes)
{
	bytes %= RENDER_RECORD_MAX - sizeof(struct render_record) + 1;
	maker.head = head & ~7u;
	maker.in_flight = 0;
	atomic_store(&maker.page->submit_tail.value, tail);
	void *payload = render_ring_begin(&maker, RENDER_COMMAND, RENDER_WANT_FENCED, 1, bytes);
	if (!payload)
		return;
	assert((uint8_t *)payload + bytes <= maker.map + RENDER_RING_BYTES);
	render_ring_commit(&maker, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint32_t words[8];

	if (!map)
		rings_open();
	if (len < sizeof(words) || len > 65536)
		return 0;
	memcpy(words, data, sizeof(words));
	/* Mostly near each other, or nothing would ever be taken. */
	uint32_t ahead = words[1] % 2 ? words[1] : words[1] / 2 % 65536 * 4;
	take_records(words[0], words[0] + ahead, data + sizeof(words), len - sizeof(words));
	take_completions(words[2], words[2] + words[3] % 4096, words[4]);
	submit(words[5], words[5] - words[6] % (2 * RENDER_RECORDS_BYTES), words[7]);
	return 0;
}

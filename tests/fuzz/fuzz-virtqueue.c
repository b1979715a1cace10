/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: guest memory with a ring of eight entries in it. Four bytes choose
 * the size of the ring, event_idx and where it goes on; the rest is memory.
 */
#include <assert.h>
#include <string.h>
#include <sys/mman.h>

#include "backends/guest_memory.h"
#include "backends/virtqueue.h"
#include "base/io.h"

#define GUEST 0x1000u /* small addresses, so that the fuzzer finds them */
#define BYTES 4096u
#define AVAIL 512u
#define USED 1024u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct guest_memory memory;
static uint8_t *bytes;

static void memory_open(void)
{
	struct guest_region region = { .guest_addr = GUEST, .user_addr = 0, .size_bytes = BYTES };

	guest_memory_init(&memory);
	int slot = guest_memory_add(&memory, &region, memfd_create_sealed("fuzz", BYTES));
	assert(slot == 0);
	bytes = memory.regions[0].map;
	/* A byte beyond is a fault. */
	mmap(bytes + BYTES, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		0);
}

static void check_chain(const struct virtqueue_chain *chain)
{
	uint32_t n = chain->n_readable + chain->n_writable;
	uint8_t copy[600];

	assert(n > 0 && n <= VIRTQUEUE_CHAIN_MAX);
	for (uint32_t i = 0; i < n; i++) {
		const struct virtqueue_segment *segment = &chain->segments[i];
		assert(!segment->len || guest_memory_at(&memory, segment->addr, segment->len));
	}
	ssize_t got = virtqueue_chain_read(chain, &memory, copy, sizeof(copy));
	assert(got <= (ssize_t)sizeof(copy) && got <= (ssize_t)chain->readable_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct state_queue state;
	static struct virtqueue_chain chain;
	static struct virtqueue queue;

	if (!bytes)
		memory_open();
	if (len < 4 || len > 4 + BYTES)
		return 0;
	memset(&state, 0, sizeof(state));
	state.size = 1u << (data[0] % 6);
	state.avail_addr = AVAIL;
	state.used_addr = USED;
	memcpy(&state.taken, data + 2, 2);
	memcpy(bytes, data + 4, len - 4);
	memset(bytes + len - 4, 0, BYTES - (len - 4));
	virtqueue_init(&queue, "fuzz", &state);
	if (virtqueue_start(&queue, &memory, data[1] & 1) == 0) {
		while (virtqueue_pop(&queue, &memory, &chain) == 1) {
			check_chain(&chain);
			if (data[1] & 2)
				virtqueue_push(&queue, chain.head, 1);
		}
		virtqueue_notify(&queue);
	}
	virtqueue_finish(&queue);
	return 0;
}

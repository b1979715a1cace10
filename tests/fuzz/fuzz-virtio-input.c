/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: a driver and sources against a virtio-input device. The first byte says which
 * device; then steps of a byte that says what and how many bytes of it follow: config space
 * written and read, buffers of any length, a status, a frame, a death, a reset.
 */
#include <assert.h>
#include <linux/virtio_input.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "backends/guest_memory.h"
#include "backends/virtio/input.h"
#include "backends/virtqueue.h"
#include "base/io.h"

#define GUEST 0x10000u
#define MEMORY_BYTES 0x4000u
#define RING_SIZE 16u
#define RING_BYTES 0x400u
#define STATUS_OFFSET 0x1000u
#define BUFFER_OFFSET 0x2000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct guest_memory memory;
static uint8_t *bytes;
static struct state_input state;
static struct virtqueue queues[VIRTIO_INPUT_QUEUES];
static struct virtio_input input;

static void on_queue(void *data, uint32_t queue)
{
	assert(queue < VIRTIO_INPUT_QUEUES);
}

static void on_leds(void *data, uint32_t leds)
{
	assert(leds < 1u << LED_CNT);
}

static const struct virtio_input_listener listener = { on_queue, on_queue, on_leds };

static void begin(uint32_t device, bool dies)
{
	struct input_identity identity = { .device = device, .width_mm = device, .height_mm = 1 };

	for (uint32_t i = 0; i < VIRTIO_INPUT_QUEUES; i++) {
		struct state_queue *queue = &state.device.queues[i];
		queue->size = RING_SIZE;
		queue->desc_addr = GUEST + i * RING_BYTES;
		queue->avail_addr = queue->desc_addr + 16 * RING_SIZE;
		queue->used_addr = queue->avail_addr + 0x80;
		virtqueue_init(&queues[i], "fuzz", queue);
		int ret = virtqueue_start(&queues[i], &memory, false);
		assert(ret == 0);
	}
	virtio_input_init(&input, &identity, &state, &memory, &listener, NULL);
	input.queues = queues;
	if (dies)
		virtio_input_restore(&input);
}

static void offer(uint32_t queue, uint32_t offset, uint32_t len, bool writable)
{
	struct vring_desc *desc = (void *)(bytes + queue * RING_BYTES);
	struct vring_avail *avail = (void *)(bytes + queue * RING_BYTES + 16 * RING_SIZE);
	uint16_t head = avail->idx % RING_SIZE;

	desc[head] = (struct vring_desc){
		.addr = GUEST + offset, .len = len, .flags = writable ? VRING_DESC_F_WRITE : 0,
	};
	avail->ring[head] = head;
	avail->idx++;
	virtio_input_kicked(&input, queue);
}

static void step(uint8_t what, const uint8_t *data, uint32_t n)
{
	uint8_t config[sizeof(struct virtio_input_config)];
	struct input_frame frame = { .n = n / 4 };

	switch (what % 8) {
	case 0:
		virtio_input_config_write(&input, what >> 3, data, n);
		break;
	case 1:
		virtio_input_config_read(&input, 0, config, sizeof(config));
		break;
	case 2:
	case 3: /* most of them as they are to be */
		offer(VIRTIO_INPUT_EVENTS, BUFFER_OFFSET, what % 8 == 2 ? 8 : n, true);
		break;
	case 4:
		memcpy(bytes + STATUS_OFFSET, data, n);
		offer(VIRTIO_INPUT_STATUS, STATUS_OFFSET, n, what & 0x80);
		break;
	case 5:
		for (uint32_t i = 0; i < frame.n; i++)
			frame.events[i] = (struct input_frame_event){
				data[4 * i] % 6, data[4 * i + 1] | (data[4 * i] & 0x40) << 2,
				(int8_t)data[4 * i + 2] * 256 + data[4 * i + 3],
			};
		virtio_input_send(&input, &frame);
		break;
	case 6:
		for (uint32_t i = 0; i < VIRTIO_INPUT_QUEUES; i++)
			virtqueue_finish(&queues[i]);
		begin(input.identity.device, true);
		break;
	case 7:
		if (what & 0x80)
			virtio_input_reset(&input);
		else
			virtio_input_lift(&input);
	}
}

/* All that the driver may believe down at the end is what the device holds down, or a lift away. */
static void check(void)
{
	for (uint32_t i = 0; i < RING_SIZE * 1000 && (input.behind || input_queue_first(&input.waiting)); i++)
		offer(VIRTIO_INPUT_EVENTS, BUFFER_OFFSET, 8, true);
	if (!input.ready || !queues[VIRTIO_INPUT_EVENTS].running || queues[VIRTIO_INPUT_EVENTS].broken)
		return;
	assert(!input.behind && !input_queue_first(&input.waiting));
	assert(!memcmp(state.keys, input.held.keys, sizeof(state.keys)));
	for (uint32_t i = 0; i < INPUT_SLOTS; i++)
		assert(!state.contacts[i] == !input.held.contacts[i].id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct guest_region region = { .guest_addr = GUEST, .user_addr = GUEST, .size_bytes = MEMORY_BYTES };

	if (!bytes) {
		guest_memory_init(&memory);
		int slot = guest_memory_add(
			&memory, &region, memfd_create_sealed("fuzz", MEMORY_BYTES));
		assert(slot == 0);
		bytes = memory.regions[0].map;
	}
	if (len < 1)
		return 0;
	memset(&state, 0, sizeof(state));
	memset(bytes, 0, MEMORY_BYTES);
	begin(data[0] % INPUT_DEVICES, false);
	for (size_t at = 1; at + 2 <= len;) {
		uint32_t n = data[at + 1];
		if (n > len - at - 2)
			n = len - at - 2;
		step(data[at], data + at + 2, n);
		at += 2 + n;
	}
	check();
	for (uint32_t i = 0; i < VIRTIO_INPUT_QUEUES; i++)
		virtqueue_finish(&queues[i]);
	return 0;
}

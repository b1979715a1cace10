/* SPDX-License-Identifier: MIT */
/* The virtio-input device against a driver in the test's own process. */
#include "tests/unit.h"

#include <endian.h>
#include <linux/input.h>
#include <linux/virtio_input.h>
#include <stdio.h>

#include "backends/guest_memory.h"
#include "backends/virtio/input.h"
#include "tests/ring_driver.h"

#define RING_SIZE 64

static struct {
	struct guest_memory memory;
	struct ring_memory ring_memory;
	struct ring_driver events, status;
	struct state_input state;
	struct virtqueue queues[VIRTIO_INPUT_QUEUES];
	struct virtio_input input;
	struct virtio_input_event *buffers[RING_SIZE]; /* by head */
	uint32_t leds, notified, again;
	char heard[65536];
} t;

static void on_notify(void *data, uint32_t queue)
{
	t.notified |= 1u << queue;
}

static void on_again(void *data, uint32_t queue)
{
	t.again |= 1u << queue;
}

static void on_leds(void *data, uint32_t leds)
{
	t.leds = leds;
}

static const struct virtio_input_listener listener = { on_notify, on_again, on_leds };

static void begin_rings(uint32_t device, uint32_t ring_size)
{
	struct input_identity identity = { .device = device, .width_mm = 271, .height_mm = 203 };

	memset(&t, 0, sizeof(t));
	guest_memory_init(&t.memory);
	ring_memory_init(&t.ring_memory, &t.memory, 1 << 20);
	ring_driver_init(&t.events, &t.ring_memory, ring_size, &t.state.device.queues[0]);
	ring_driver_init(&t.status, &t.ring_memory, ring_size, &t.state.device.queues[1]);
	for (uint32_t i = 0; i < VIRTIO_INPUT_QUEUES; i++) {
		virtqueue_init(&t.queues[i], "test", &t.state.device.queues[i]);
		assert_int_equal(virtqueue_start(&t.queues[i], &t.memory, false), 0);
	}
	virtio_input_init(&t.input, &identity, &t.state, &t.memory, &listener, NULL);
	t.input.queues = t.queues;
}

static void begin(uint32_t device)
{
	begin_rings(device, RING_SIZE);
}

/* Another process goes on with the state. */
static void take_over(void)
{
	struct input_identity identity = t.input.identity;

	for (uint32_t i = 0; i < VIRTIO_INPUT_QUEUES; i++) {
		virtqueue_stop(&t.queues[i]);
		assert_int_equal(virtqueue_start(&t.queues[i], &t.memory, false), 0);
	}
	virtio_input_init(&t.input, &identity, &t.state, &t.memory, &listener, NULL);
	t.input.queues = t.queues;
	virtio_input_restore(&t.input);
}

static int teardown(void **state)
{
	for (uint32_t i = 0; i < VIRTIO_INPUT_QUEUES; i++)
		virtqueue_finish(&t.queues[i]);
	guest_memory_finish(&t.memory);
	return 0;
}

/* The driver gives so many buffers of `bytes` each. */
static void give(uint32_t n, uint32_t bytes)
{
	for (uint32_t i = 0; i < n; i++) {
		void *buffer = ring_memory_take(&t.ring_memory, sizeof(struct virtio_input_event));
		struct ring_part part = { buffer, bytes, true };
		int head = ring_driver_add(&t.events, &part, 1);
		assert_true(head >= 0);
		t.buffers[head] = buffer;
	}
	virtio_input_kicked(&t.input, VIRTIO_INPUT_EVENTS);
}

/* What the driver finds used, as text: "3:48:123 |" are type, code, value and the end of a frame. */
static uint32_t hear(void)
{
	uint32_t head, len, n = 0;
	size_t at = strlen(t.heard);

	while (ring_driver_take_used(&t.events, &head, &len)) {
		const struct virtio_input_event *event = t.buffers[head];
		n++;
		if (len != sizeof(*event)) {
			assert_int_equal(len, 0);
			continue;
		}
		if (le16toh(event->type) == EV_SYN)
			at += snprintf(t.heard + at, sizeof(t.heard) - at, "| ");
		else
			at += snprintf(t.heard + at, sizeof(t.heard) - at, "%u:%u:%d ",
				le16toh(event->type), le16toh(event->code),
				(int32_t)le32toh(event->value));
	}
	return n;
}

/* The driver takes what there is and gives new buffers, until there is nothing more. */
static void drain(uint32_t at_once)
{
	give(at_once, 8);
	for (uint32_t n = hear(); n; n = hear())
		give(n, 8);
}

static void assert_heard_at(const char *expected, int line)
{
	if (strcmp(t.heard, expected))
		fail_msg("line %d: heard\n%s", line, t.heard);
	t.heard[0] = '\0';
}
#define assert_heard(expected) assert_heard_at(expected, __LINE__)

static void send(const struct input_frame_event *events, uint32_t n)
{
	struct input_frame frame = { .n = n };

	memcpy(frame.events, events, n * sizeof(*events));
	virtio_input_send(&t.input, &frame);
}
#define SEND(...)                                                                                  \
	send((const struct input_frame_event[]){ __VA_ARGS__ },                                    \
		N(((const struct input_frame_event[]){ __VA_ARGS__ })))

#define SLOT(n) { EV_ABS, ABS_MT_SLOT, n }
#define ID(n) { EV_ABS, ABS_MT_TRACKING_ID, n }
#define TOOL(n) { EV_ABS, ABS_MT_TOOL_TYPE, n }
#define MX(n) { EV_ABS, ABS_MT_POSITION_X, n }
#define MY(n) { EV_ABS, ABS_MT_POSITION_Y, n }

/* -- events -- */

static void check_few_buffers(uint32_t ring_size, uint32_t buffers)
{
	struct input_frame frame = { .n = 0 };
	char expected[1024] = "";

	begin_rings(input_device(INPUT_TOUCH, 0), ring_size);
	give(buffers, 8);
	/* Ten contacts begin: a frame of 40 and its end. */
	for (int32_t i = 0; i < 10; i++) {
		frame.events[frame.n++] = (struct input_frame_event)SLOT(i);
		frame.events[frame.n++] = (struct input_frame_event)ID(i + 100);
		frame.events[frame.n++] = (struct input_frame_event)MX(i * 10);
		frame.events[frame.n++] = (struct input_frame_event)MY(i * 20);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
			"3:47:%d 3:57:%d 3:53:%d 3:54:%d ", i, i + 100, i * 10, i * 20);
	}
	strcat(expected, "1:330:1 | ");
	virtio_input_send(&t.input, &frame);
	assert_int_equal(t.notified, 1);
	for (uint32_t n = hear(); n; n = hear()) {
		assert_true(n <= buffers);
		give(n, 8);
	}
	assert_heard(expected);
}

static void test_four_buffers(void **state)
{
	check_few_buffers(RING_SIZE, 4);
}

static void test_tiny_rings(void **state)
{
	check_few_buffers(2, 2);
	teardown(state);
	check_few_buffers(1, 1);
}

/* Motion that the driver does not take is one motion; what begins and ends stays in order. */
static void test_coalescing(void **state)
{
	begin(input_device(INPUT_TOUCH, 0));
	t.input.ready = true;
	SEND(SLOT(0), ID(1), MX(0), MY(0));
	for (int32_t i = 1; i <= 5000; i++) {
		SEND(SLOT(0), MX(i));
		SEND(SLOT(0), MY(i));
	}
	SEND(SLOT(1), ID(2), MX(7), MY(7));
	for (int32_t i = 1; i <= 5000; i++) {
		SEND(SLOT(1), MX(i));
		SEND(SLOT(0), MX(-i));
	}
	SEND(SLOT(0), ID(-1));
	assert_int_equal(t.state.dropped, 0);
	drain(4);
	assert_heard("3:47:0 3:57:1 3:53:0 3:54:0 1:330:1 | 3:47:0 3:53:5000 3:47:0 3:54:5000 | "
		     "3:47:1 3:57:2 3:53:7 3:54:7 | 3:47:1 3:53:5000 3:47:0 3:53:-5000 | "
		     "3:47:0 3:57:-1 | ");
}

/* All contacts that there can be, with all that they have. */
static void test_coalescing_many(void **state)
{
	char expected[4096] = "";
	struct input_frame frame;
	size_t n = 0;

	begin(input_device(INPUT_TOUCH, 0));
	t.input.ready = true;
	for (int32_t slot = 0; slot < INPUT_SLOTS; slot++) {
		SEND(SLOT(slot), ID(slot));
		n += sprintf(expected + n, slot ? "3:47:%d 3:57:%d | " : "3:47:%d 3:57:%d 1:330:1 | ",
			slot, slot);
	}
	for (int32_t i = 0; i < 1000; i++) {
		frame.n = 0;
		for (int32_t slot = 0; slot < INPUT_SLOTS; slot++) {
			const struct input_frame_event events[] = {
				SLOT(slot), MX(i + slot), MY(i - slot),
				{ EV_ABS, ABS_MT_TOUCH_MAJOR, i }, { EV_ABS, ABS_MT_TOUCH_MINOR, i },
				{ EV_ABS, ABS_MT_ORIENTATION, i % 90 },
			};
			memcpy(frame.events + frame.n, events, sizeof(events));
			frame.n += N(events);
		}
		virtio_input_send(&t.input, &frame);
	}
	assert_int_equal(t.state.dropped, 0);
	for (int32_t slot = 0; slot < INPUT_SLOTS; slot++)
		n += sprintf(expected + n, "3:47:%d 3:53:%d 3:54:%d 3:48:999 3:49:999 3:52:9 ",
			slot, 999 + slot, 999 - slot);
	strcpy(expected + n, "| ");
	drain(4);
	assert_heard(expected);
}

static void test_coalescing_relative(void **state)
{
	begin(input_device(INPUT_MOUSE, 0));
	t.input.ready = true;
	for (int32_t i = 0; i < 100; i++)
		SEND({ EV_REL, REL_X, 3 }, { EV_REL, REL_Y, -1 });
	SEND({ EV_KEY, BTN_LEFT, 1 });
	SEND({ EV_REL, REL_X, 1 });
	SEND({ EV_REL, REL_X, INT32_MAX });
	drain(64);
	assert_heard("2:0:300 2:1:-100 | 1:272:1 | 2:0:1 | 2:0:2147483647 | ");
}

/* A frame whose beginning was told is not changed any more. */
static void test_begun_frame(void **state)
{
	begin(input_device(INPUT_POINTER, 0));
	give(1, 8);
	SEND({ EV_ABS, ABS_X, 1 }, { EV_ABS, ABS_Y, 1 });
	SEND({ EV_ABS, ABS_X, 2 }, { EV_ABS, ABS_Y, 2 });
	SEND({ EV_ABS, ABS_X, 3 }, { EV_ABS, ABS_Y, 3 });
	drain(1);
	assert_heard("3:0:1 3:1:1 | 3:0:3 3:1:3 | ");
}

/* More presses than are kept for a driver that does not read: nothing sticks, nothing is reordered. */
static void test_overflow(void **state)
{
	begin(input_device(INPUT_KEYBOARD, 0));
	t.input.ready = true;
	SEND({ EV_KEY, KEY_LEFTSHIFT, 1 });
	for (uint32_t i = 0; i < INPUT_QUEUE_EVENTS; i++)
		SEND({ EV_KEY, KEY_A, i % 2 == 0 });
	SEND({ EV_KEY, KEY_LEFTSHIFT, 0 });
	SEND({ EV_KEY, KEY_B, 1 });
	assert_true(t.state.dropped > 0);
	drain(64);
	assert_memory_equal(t.heard, "1:42:1 | 1:30:1 | 1:30:0 | ", 27);
	/* At the end the difference, releases first. */
	const char *end = t.heard + strlen(t.heard) - strlen("1:30:0 | 1:42:0 | 1:48:1 | ");
	assert_true(!strcmp(end, "1:30:0 | 1:42:0 | 1:48:1 | ") ||
		!strcmp(t.heard + strlen(t.heard) - strlen("1:30:0 1:42:0 | 1:48:1 | "),
			"1:30:0 1:42:0 | 1:48:1 | "));
	t.heard[0] = '\0';
	SEND({ EV_KEY, KEY_B, 0 });
	hear();
	assert_heard("1:48:0 | ");
}

/* A slot whose contact ended and began anew while nobody read: another contact. */
static void test_overflow_contacts(void **state)
{
	begin(input_device(INPUT_TOUCH, 0));
	t.input.ready = true;
	SEND(SLOT(0), ID(1), MX(1), MY(1));
	SEND(SLOT(5), ID(2), MX(5), MY(5));
	for (int32_t i = 0; i < INPUT_QUEUE_EVENTS; i++) {
		SEND(SLOT(0), ID(-1));
		SEND(SLOT(0), ID(i + 10), MX(i), MY(i));
	}
	SEND(SLOT(5), MX(55), MY(56));
	drain(64);
	char end[200];
	snprintf(end, sizeof(end),
		"3:47:0 3:57:-1 | 3:47:0 3:57:%d 3:53:%d 3:54:%d 3:47:5 3:53:55 3:54:56 | ",
		INPUT_QUEUE_EVENTS + 9, INPUT_QUEUE_EVENTS - 1, INPUT_QUEUE_EVENTS - 1);
	assert_string_equal(t.heard + strlen(t.heard) - strlen(end), end);
	t.heard[0] = '\0';
}

/* That a contact is a palm is not motion. Told so, it is a finger again when it ends. */
static void test_cancelled(void **state)
{
	begin(input_device(INPUT_TOUCH, 0));
	t.input.ready = true;
	SEND(SLOT(0), ID(1), MX(1), MY(1));
	SEND(SLOT(0), MX(2));
	SEND(SLOT(0), TOOL(2));
	SEND(SLOT(0), TOOL(0), ID(-1));
	drain(64);
	assert_heard("3:47:0 3:57:1 3:53:1 3:54:1 1:330:1 | 3:47:0 3:53:2 | 3:47:0 3:55:2 | "
		     "3:47:0 3:55:0 3:57:-1 1:330:0 | ");
	assert_int_equal(t.state.palms, 0);
	/* Its end is not heard for what else happens. */
	teardown(NULL);
	begin(input_device(INPUT_TOUCH, 0));
	t.input.ready = true;
	SEND(SLOT(0), ID(2), MX(1), MY(1));
	SEND(SLOT(0), TOOL(2));
	for (int32_t i = 0; i < INPUT_QUEUE_EVENTS; i++)
		SEND(SLOT(5), ID(i % 2 ? -1 : 10), MX(1), MY(1));
	SEND(SLOT(0), TOOL(0), ID(-1));
	drain(64);
	const char *end = "3:47:0 3:55:0 3:57:-1 3:47:5 3:57:-1 1:330:0 | ";
	assert_string_equal(t.heard + strlen(t.heard) - strlen(end), end);
	assert_int_equal(t.state.palms, 0);
	t.heard[0] = '\0';
}

/* What changes nothing, what the device does not have, what a contact does that is not there. */
static void test_filter(void **state)
{
	begin(input_device(INPUT_TOUCH, 0));
	give(64, 8);
	SEND(SLOT(2), MX(1), MY(1));
	SEND(SLOT(2), ID(-1));
	SEND({ EV_KEY, BTN_LEFT, 1 });
	SEND({ EV_KEY, BTN_TOUCH, 0 });
	SEND({ EV_REL, REL_X, 1 });
	SEND({ EV_SYN, SYN_REPORT, 0 });
	SEND({ EV_ABS, ABS_CNT, 1 });
	SEND({ EV_KEY, KEY_CNT, 1 });
	SEND({ 0xffff, 0xffff, -1 });
	hear();
	assert_heard("");
	SEND(SLOT(-1), ID(7), SLOT(1 << 20), ID(8), ID(9), MX(3));
	hear();
	assert_heard("3:47:15 3:57:7 3:47:0 3:57:8 3:53:3 1:330:1 | ");
	/* It is the contacts that say whether it is touched. */
	SEND({ EV_KEY, BTN_TOUCH, 1 }, { EV_KEY, BTN_TOUCH, 2 });
	SEND({ EV_KEY, BTN_TOUCH, 0 }, SLOT(15), ID(-1));
	hear();
	assert_heard("1:330:0 3:47:15 3:57:-1 1:330:1 | ");
}

/* Nothing is kept for a driver that is not there. */
static void test_no_driver(void **state)
{
	begin(input_device(INPUT_KEYBOARD, 0));
	SEND({ EV_KEY, KEY_A, 1 });
	virtio_input_kicked(&t.input, VIRTIO_INPUT_EVENTS); /* by its VMM */
	SEND({ EV_KEY, KEY_B, 1 });
	give(8, 8);
	SEND({ EV_KEY, KEY_A, 0 });
	SEND({ EV_KEY, KEY_C, 1 });
	hear();
	assert_heard("1:46:1 | ");
	virtio_input_reset(&t.input);
	SEND({ EV_KEY, KEY_C, 0 });
	hear();
	assert_heard("");
}

/* Buffers too small for an event, or in pieces. */
static void test_small_buffers(void **state)
{
	begin(input_device(INPUT_KEYBOARD, 0));
	give(10, 1);
	SEND({ EV_KEY, KEY_A, 1 });
	assert_int_equal(hear(), 10);
	assert_heard("");
	char *bytes = ring_memory_take(&t.ring_memory, 8);
	struct ring_part parts[8];
	for (uint32_t i = 0; i < 8; i++)
		parts[i] = (struct ring_part){ bytes + i, 1, true };
	t.buffers[ring_driver_add(&t.events, parts, 8)] = (void *)bytes;
	virtio_input_kicked(&t.input, VIRTIO_INPUT_EVENTS);
	hear();
	assert_heard("1:30:1 ");
	/* None that is written at all. */
	struct ring_part readable = { bytes, 8, false };
	ring_driver_add(&t.events, &readable, 1);
	virtio_input_kicked(&t.input, VIRTIO_INPUT_EVENTS);
	drain(4);
	assert_heard("| ");
}

/* -- status -- */

static void send_status(const void *bytes, uint32_t len, bool writable)
{
	void *at = ring_memory_take(&t.ring_memory, len);
	struct ring_part part = { at, len, writable };
	uint32_t head, written;

	memcpy(at, bytes, len);
	ring_driver_add(&t.status, &part, 1);
	virtio_input_kicked(&t.input, VIRTIO_INPUT_STATUS);
	assert_true(ring_driver_take_used(&t.status, &head, &written));
	assert_int_equal(written, 0);
}

static void send_led(uint16_t type, uint16_t code, uint32_t value)
{
	struct virtio_input_event event = { htole16(type), htole16(code), htole32(value) };
	send_status(&event, sizeof(event), false);
}

static void test_leds(void **state)
{
	begin(input_device(INPUT_KEYBOARD, 0));
	send_led(EV_LED, LED_CAPSL, 1);
	assert_int_equal(t.leds, 1u << LED_CAPSL);
	send_led(EV_LED, LED_NUML, 7);
	assert_int_equal(t.leds, 1u << LED_CAPSL | 1u << LED_NUML);
	send_led(EV_LED, LED_CAPSL, 0);
	assert_int_equal(t.leds, 1u << LED_NUML);
	/* Nonsense. */
	send_led(EV_LED, LED_MAIL, 1);
	send_led(EV_LED, 0xffff, 1);
	send_led(EV_KEY, KEY_A, 1);
	send_led(0xffff, 0, 1);
	send_status("x", 1, false);
	send_status("12345678", 8, true);
	assert_int_equal(t.leds, 1u << LED_NUML);
	/* Of a process that died the next one knows; a driver that starts afresh has none on. */
	take_over();
	send_led(EV_LED, LED_NUML, 0);
	assert_int_equal(t.leds, 0);
	send_led(EV_LED, LED_CAPSL, 1);
	virtio_input_reset(&t.input);
	assert_int_equal(t.leds, 0);
}

static void test_status_flood(void **state)
{
	struct virtio_input_event event = { htole16(EV_LED), htole16(LED_CAPSL), htole32(1) };

	begin(input_device(INPUT_KEYBOARD, 0));
	struct ring_part part = { ring_memory_take(&t.ring_memory, 8), 8, false };
	memcpy(part.at, &event, sizeof(event));
	for (uint32_t i = 0; i < RING_SIZE; i++)
		ring_driver_add(&t.status, &part, 1);
	virtio_input_kicked(&t.input, VIRTIO_INPUT_STATUS);
	assert_false(virtqueue_has_more(&t.queues[VIRTIO_INPUT_STATUS]));
	assert_int_equal(t.again, 0);
}

/* -- a death -- */

static void test_takeover(void **state)
{
	begin(input_device(INPUT_TOUCH, 0));
	give(10, 8);
	SEND(SLOT(3), ID(7), MX(1), MY(1), { EV_KEY, BTN_TOUCH, 1 });
	SEND(SLOT(4), ID(8), MX(2), MY(2)); /* of this, four came */
	hear();
	assert_heard("3:47:3 3:57:7 3:53:1 3:54:1 1:330:1 | 3:47:4 3:57:8 3:53:2 3:54:2 ");
	/* One buffer is taken when the process dies. */
	struct virtqueue_chain chain;
	give(1, 8);
	hear();
	t.heard[0] = '\0';
	void *buffer = ring_memory_take(&t.ring_memory, 8);
	struct ring_part part = { buffer, 8, true };
	t.buffers[ring_driver_add(&t.events, &part, 1)] = buffer;
	assert_int_equal(virtqueue_pop(&t.queues[0], &t.memory, &chain), 1);

	take_over();
	SEND(SLOT(0), ID(9), MX(5), MY(6));
	drain(16);
	assert_heard("| 3:47:3 3:57:-1 3:47:4 3:57:-1 | 3:47:0 3:57:9 3:53:5 3:54:6 | ");
}

/* A VMM has set up its ring, and no driver has come: what is pressed meanwhile is not for it. */
static void test_takeover_before_a_driver(void **state)
{
	begin(input_device(INPUT_KEYBOARD, 0));
	state_queue_set_last_avail(&t.state.device.queues[VIRTIO_INPUT_EVENTS], 0);
	take_over();
	SEND({ EV_KEY, KEY_A, 1 });
	SEND({ EV_KEY, KEY_A, 0 });
	give(8, 8);
	SEND({ EV_KEY, KEY_B, 1 });
	hear();
	assert_heard("1:48:1 | ");
}

static void test_lift(void **state)
{
	begin(input_device(INPUT_KEYBOARD, 0));
	give(64, 8);
	SEND({ EV_KEY, KEY_A, 1 }, { EV_KEY, KEY_FN, 1 });
	virtio_input_lift(&t.input);
	SEND({ EV_KEY, KEY_A, 0 });
	SEND({ EV_KEY, KEY_B, 1 });
	hear();
	assert_heard("1:30:1 1:464:1 | 1:30:0 1:464:0 | 1:48:1 | ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_four_buffers, teardown),
		cmocka_unit_test_teardown(test_tiny_rings, teardown),
		cmocka_unit_test_teardown(test_coalescing, teardown),
		cmocka_unit_test_teardown(test_coalescing_many, teardown),
		cmocka_unit_test_teardown(test_coalescing_relative, teardown),
		cmocka_unit_test_teardown(test_begun_frame, teardown),
		cmocka_unit_test_teardown(test_overflow, teardown),
		cmocka_unit_test_teardown(test_cancelled, teardown),
		cmocka_unit_test_teardown(test_overflow_contacts, teardown),
		cmocka_unit_test_teardown(test_filter, teardown),
		cmocka_unit_test_teardown(test_no_driver, teardown),
		cmocka_unit_test_teardown(test_small_buffers, teardown),
		cmocka_unit_test_teardown(test_leds, teardown),
		cmocka_unit_test_teardown(test_status_flood, teardown),
		cmocka_unit_test_teardown(test_takeover, teardown),
		cmocka_unit_test_teardown(test_takeover_before_a_driver, teardown),
		cmocka_unit_test_teardown(test_lift, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

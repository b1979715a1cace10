/* SPDX-License-Identifier: MIT */
/* Pictures that are the guest's own resources: slots, fences, damage. The driver is played. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "backends/virgl/export.h"
#include "backends/virgl/resource.h"
#include "base/channel.h"
#include "base/io.h"
#include "daemon/render/exports.h"
#include "protocol/link.h"

static const struct picture_box whole = { .width = 640, .height = 480 };
static bool can_export = true;

int resource_export(
	const struct resource *resource, struct picture_box box, struct picture *picture)
{
	if (!can_export)
		return -ENOTSUP;
	*picture = (struct picture){
		.kind = PICTURE_KIND_DMABUF,
		.fd = memfd_create_sealed("dma-buf", 4096),
		.width_px = box.width,
		.height_px = box.height,
		.stride_bytes = box.width * 4,
	};
	assert_true(picture->fd >= 0);
	return 0;
}

struct daemon {
	struct channel channel;
	struct exports exports;
	int fd;
};

static void setup(struct daemon *daemon)
{
	int fds[2];

	can_export = true;
	assert_int_equal(channel_pair(fds), 0);
	channel_init(&daemon->channel);
	daemon->channel.fd = fds[0];
	daemon->fd = fds[1];
	exports_init(&daemon->exports, &daemon->channel, 5);
}

static void teardown(struct daemon *daemon)
{
	channel_finish(&daemon->channel);
	fd_close(&daemon->fd);
}

/* The next message's type; 0: there is none. */
static uint32_t receive(struct daemon *daemon, void *message, size_t size)
{
	uint8_t bytes[CHANNEL_MESSAGE_MAX];
	int fds[IO_FDS_MAX];
	size_t n_fds;
	uint32_t type;

	ssize_t n = io_recv(daemon->fd, bytes, sizeof(bytes), fds, &n_fds);
	if (n < (ssize_t)sizeof(type))
		return 0;
	memcpy(&type, bytes, sizeof(type));
	assert_int_equal(n_fds, type == LINK_PICTURE_ADD);
	fd_close_all(fds, n_fds);
	assert_int_equal(n, size);
	memcpy(message, bytes, size);
	return type;
}

static bool add(struct daemon *daemon, const struct resource *resource)
{
	return exports_add(&daemon->exports, resource, whole);
}

static void push(struct daemon *daemon, const struct resource *resource, uint64_t serial,
	uint32_t fence, struct picture_box damage)
{
	struct exports_flush flush = {
		.resource = resource,
		.box = whole,
		.serial = serial,
		.fence = fence,
		.damage = damage,
	};
	exports_push(&daemon->exports, &flush);
}

static struct link_picture_add expect_added(struct daemon *daemon)
{
	struct link_picture_add message;

	assert_int_equal(receive(daemon, &message, sizeof(message)), LINK_PICTURE_ADD);
	assert_int_equal(message.head, 5);
	assert_int_equal(message.kind, LINK_PICTURE_DMABUF);
	assert_in_range(message.slot, EXPORTS_SLOT_FIRST, LIMIT_SLOTS - 1);
	return message;
}

static uint32_t expect_removed(struct daemon *daemon)
{
	struct link_picture_remove message;

	assert_int_equal(receive(daemon, &message, sizeof(message)), LINK_PICTURE_REMOVE);
	return message.slot;
}

static struct link_frame expect_frame(struct daemon *daemon, uint64_t serial)
{
	struct link_frame frame;

	assert_int_equal(receive(daemon, &frame, sizeof(frame)), LINK_FRAME);
	assert_int_equal(frame.head, 5);
	assert_int_equal(frame.serial, serial);
	return frame;
}

static void expect_nothing(struct daemon *daemon)
{
	uint8_t message[CHANNEL_MESSAGE_MAX];
	assert_int_equal(receive(daemon, message, 0), 0);
}

static void test_added_once(void **state)
{
	struct resource a = { .id = 1 }, b = { .id = 2 }, c = { .id = 3 };
	struct daemon daemon;

	setup(&daemon);
	for (int i = 0; i < 10; i++) {
		assert_true(add(&daemon, &a));
		assert_true(add(&daemon, &b));
	}
	assert_int_not_equal(expect_added(&daemon).slot, expect_added(&daemon).slot);
	expect_nothing(&daemon);
	can_export = false;
	assert_false(add(&daemon, &c));
	teardown(&daemon);
}

static void test_oldest_makes_room(void **state)
{
	struct resource resources[EXPORTS_SLOTS + 1] = { 0 };
	struct daemon daemon;

	setup(&daemon);
	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++)
		assert_true(add(&daemon, &resources[i]));
	uint32_t first = expect_added(&daemon).slot;
	for (uint32_t i = 1; i < EXPORTS_SLOTS; i++)
		expect_added(&daemon);
	assert_true(add(&daemon, &resources[EXPORTS_SLOTS]));
	assert_int_equal(expect_removed(&daemon), first);
	assert_int_equal(expect_added(&daemon).slot, first);
	exports_forget(&daemon.exports, &resources[EXPORTS_SLOTS]);
	assert_int_equal(expect_removed(&daemon), first);
	exports_reset(&daemon.exports);
	for (uint32_t i = 1; i < EXPORTS_SLOTS; i++)
		expect_removed(&daemon);
	expect_nothing(&daemon);
	teardown(&daemon);
}

/* A daemon that does not read is not told of a second picture before the first is gone. */
static void test_daemon_does_not_read(void **state)
{
	struct resource a = { .id = 1 }, b = { .id = 2 }, others[EXPORTS_SLOTS] = { 0 };
	struct link_picture_remove filler = { .type = LINK_PICTURE_REMOVE, .slot = LIMIT_SLOTS };
	struct daemon daemon;
	uint32_t fillers = 0;

	setup(&daemon);
	assert_true(add(&daemon, &a));
	uint32_t slot = expect_added(&daemon).slot;
	while (channel_send(&daemon.channel, &filler, sizeof(filler), NULL, 0) == 0)
		fillers++;
	exports_forget(&daemon.exports, &a);
	assert_false(add(&daemon, &b));
	for (; fillers; fillers--)
		assert_int_equal(expect_removed(&daemon), LIMIT_SLOTS);
	expect_nothing(&daemon);
	/* Of all slots, that one is told to be free before it is filled. */
	bool removed = false;
	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++) {
		struct link_picture_remove next;
		assert_true(add(&daemon, &others[i]));
		if (recv(daemon.fd, &next, sizeof(next), MSG_PEEK) > 0 &&
			next.type == LINK_PICTURE_REMOVE) {
			assert_int_equal(expect_removed(&daemon), slot);
			removed = true;
		}
		assert_true(expect_added(&daemon).slot != slot || removed);
	}
	assert_true(removed);
	teardown(&daemon);
}

static void test_waits_for_its_fence(void **state)
{
	struct resource resource = { .id = 1 };
	struct daemon daemon;

	setup(&daemon);
	assert_true(add(&daemon, &resource));
	uint32_t slot = expect_added(&daemon).slot;
	/* Numbers may wrap. */
	push(&daemon, &resource, 1, 3, whole);
	assert_false(exports_present(&daemon.exports, UINT32_MAX));
	assert_false(exports_present(&daemon.exports, 2));
	assert_true(exports_present(&daemon.exports, 3));
	assert_int_equal(expect_frame(&daemon, 1).slot, slot);
	assert_false(exports_present(&daemon.exports, 4));
	teardown(&daemon);
}

/* While one waits, the newest behind it stays and those between go. */
static void test_newest_wins(void **state)
{
	struct resource resources[2] = { 0 };
	struct daemon daemon;

	setup(&daemon);
	for (uint32_t i = 0; i < 2; i++) {
		assert_true(add(&daemon, &resources[i]));
		expect_added(&daemon);
	}
	for (uint32_t i = 0; i < 5; i++)
		push(&daemon, &resources[i % 2], 1 + i, 10 + i, whole);
	/* A guest that never stops drawing is seen all the same. */
	assert_true(exports_present(&daemon.exports, 10));
	struct link_frame frame = expect_frame(&daemon, 1);
	exports_released(&daemon.exports, frame.slot, 1);
	assert_false(exports_present(&daemon.exports, 13));
	assert_true(exports_present(&daemon.exports, 14));
	frame = expect_frame(&daemon, 5);
	exports_released(&daemon.exports, frame.slot, 1);

	/* Both are done before the daemon wants one: the newer. */
	push(&daemon, &resources[0], 6, 20, whole);
	push(&daemon, &resources[1], 7, 21, whole);
	assert_true(exports_present(&daemon.exports, 30));
	expect_frame(&daemon, 7);
	assert_false(exports_present(&daemon.exports, 30));
	teardown(&daemon);
}

/* The first was shown while the newest waited: what is flushed now is newer than both. */
static void test_newest_of_those_that_wait(void **state)
{
	struct resource resources[2] = { 0 };
	struct daemon daemon;

	setup(&daemon);
	for (uint32_t i = 0; i < 2; i++) {
		assert_true(add(&daemon, &resources[i]));
		expect_added(&daemon);
	}
	push(&daemon, &resources[0], 1, 10, whole);
	push(&daemon, &resources[1], 2, 11, whole);
	assert_true(exports_present(&daemon.exports, 10));
	struct link_frame frame = expect_frame(&daemon, 1);
	exports_released(&daemon.exports, frame.slot, 1);
	push(&daemon, &resources[0], 3, 12, whole);
	assert_true(exports_present(&daemon.exports, 12));
	expect_frame(&daemon, 3);
	assert_false(exports_present(&daemon.exports, 12));
	teardown(&daemon);
}

/* Drawn to and shown again while the daemon has it: never one slot twice. */
static void test_shown_while_shown(void **state)
{
	struct resource resource = { .id = 1 };
	struct daemon daemon;
	struct link_frame frame;

	setup(&daemon);
	assert_true(add(&daemon, &resource));
	struct link_picture_add first = expect_added(&daemon);
	push(&daemon, &resource, 1, 1, whole);
	assert_true(exports_present(&daemon.exports, 1));
	assert_int_equal(expect_frame(&daemon, 1).slot, first.slot);

	push(&daemon, &resource, 1, 2, whole);
	assert_true(exports_present(&daemon.exports, 2));
	struct link_picture_add second = expect_added(&daemon);
	assert_int_not_equal(second.slot, first.slot);
	assert_int_equal(expect_frame(&daemon, 1).slot, second.slot);

	/* An old release says nothing, the right one frees it. */
	exports_released(&daemon.exports, first.slot, first.generation + 7);
	exports_released(&daemon.exports, first.slot, first.generation);
	push(&daemon, &resource, 1, 3, whole);
	assert_true(exports_present(&daemon.exports, 3));
	frame = expect_frame(&daemon, 1);
	assert_int_equal(frame.slot, first.slot);

	/* All with the daemon: it waits. */
	for (uint32_t i = 2; i < EXPORTS_SLOTS; i++) {
		push(&daemon, &resource, 1, 4, whole);
		assert_true(exports_present(&daemon.exports, 4));
		expect_added(&daemon);
		expect_frame(&daemon, 1);
	}
	push(&daemon, &resource, 1, 5, whole);
	assert_false(exports_present(&daemon.exports, 5));
	exports_released(&daemon.exports, second.slot, second.generation);
	assert_true(exports_present(&daemon.exports, 5));
	assert_int_equal(expect_frame(&daemon, 1).slot, second.slot);
	teardown(&daemon);
}

static void test_dropped_damage_is_kept(void **state)
{
	struct picture_box left = { .width = 10, .height = 10 };
	struct picture_box right = { .x = 100, .y = 50, .width = 10, .height = 10 };
	struct resource resource = { .id = 1 };
	struct daemon daemon;

	setup(&daemon);
	assert_true(add(&daemon, &resource));
	expect_added(&daemon);
	push(&daemon, &resource, 1, 1, left);
	push(&daemon, &resource, 1, 2, right);
	assert_true(exports_present(&daemon.exports, 2));
	struct link_frame frame = expect_frame(&daemon, 1);
	assert_int_equal(frame.damage_x, 0);
	assert_int_equal(frame.damage_width, 110);
	assert_int_equal(frame.damage_height, 60);
	teardown(&daemon);
}

static void test_gone_is_not_shown(void **state)
{
	struct resource resource = { .id = 1 };
	struct daemon daemon;

	setup(&daemon);
	assert_true(add(&daemon, &resource));
	expect_added(&daemon);
	push(&daemon, &resource, 1, 1, whole);
	push(&daemon, &resource, 1, 2, whole);
	exports_forget(&daemon.exports, &resource);
	expect_removed(&daemon);
	assert_false(exports_present(&daemon.exports, 5));
	expect_nothing(&daemon);
	teardown(&daemon);
}

/* Only the picture that is in the slot now, and only slots of ours. */
static void test_found_by_slot(void **state)
{
	struct resource a = { .id = 1 };
	struct daemon daemon;

	setup(&daemon);
	assert_true(add(&daemon, &a));
	struct link_picture_add added = expect_added(&daemon);
	assert_ptr_equal(exports_find(&daemon.exports, added.slot, added.generation), &a);
	assert_null(exports_find(&daemon.exports, added.slot, added.generation + 1));
	assert_null(exports_find(&daemon.exports, EXPORTS_SLOT_FIRST - 1, added.generation));
	assert_null(exports_find(&daemon.exports, LIMIT_SLOTS, added.generation));
	exports_forget(&daemon.exports, &a);
	expect_removed(&daemon);
	assert_null(exports_find(&daemon.exports, added.slot, added.generation));
	assert_null(exports_find(&daemon.exports, added.slot, 0));
	teardown(&daemon);
}

/* Another daemon knows of no picture: each is added again when it is shown. */
static void test_resync(void **state)
{
	struct resource a = { .id = 1 };
	struct daemon daemon;

	setup(&daemon);
	assert_true(add(&daemon, &a));
	struct link_picture_add before = expect_added(&daemon);
	push(&daemon, &a, 1, 1, whole);
	assert_true(exports_present(&daemon.exports, 1));
	expect_frame(&daemon, 1);
	exports_resync(&daemon.exports);
	expect_nothing(&daemon);
	push(&daemon, &a, 1, 1, whole);
	assert_true(exports_present(&daemon.exports, 1));
	struct link_picture_add after = expect_added(&daemon);
	assert_int_equal(expect_frame(&daemon, 1).slot, after.slot);
	/* What the old one gives back late is not what the new one has. */
	exports_released(&daemon.exports, before.slot, before.generation);
	push(&daemon, &a, 1, 1, whole);
	assert_true(exports_present(&daemon.exports, 1));
	assert_int_not_equal(expect_added(&daemon).slot, after.slot);
	teardown(&daemon);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_added_once),
		cmocka_unit_test(test_oldest_makes_room),
		cmocka_unit_test(test_daemon_does_not_read),
		cmocka_unit_test(test_waits_for_its_fence),
		cmocka_unit_test(test_newest_wins),
		cmocka_unit_test(test_newest_of_those_that_wait),
		cmocka_unit_test(test_shown_while_shown),
		cmocka_unit_test(test_dropped_damage_is_kept),
		cmocka_unit_test(test_gone_is_not_shown),
		cmocka_unit_test(test_found_by_slot),
		cmocka_unit_test(test_resync),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

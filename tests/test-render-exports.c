/* SPDX-License-Identifier: MIT */
/* Pictures that are the guest's own resources: slots, fences, damage. The driver is played. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
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

int resource_export(const struct resource *resource, struct picture_box box,
	struct picture *picture)
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

static uint32_t show(struct daemon *daemon, uint32_t id)
{
	struct resource resource = { .id = id };
	return exports_slot(&daemon->exports, &resource, whole);
}

static void push(struct daemon *daemon, uint32_t slot, uint64_t serial, uint32_t fence,
	struct picture_box damage)
{
	struct exports_flush flush = {
		.slot = slot,
		.serial = serial,
		.fence = fence,
		.damage = damage,
	};
	exports_push(&daemon->exports, &flush);
}

static void expect_frame(struct daemon *daemon, uint64_t serial, uint32_t slot)
{
	struct link_frame frame;

	assert_int_equal(receive(daemon, &frame, sizeof(frame)), LINK_FRAME);
	assert_int_equal(frame.head, 5);
	assert_int_equal(frame.serial, serial);
	assert_int_equal(frame.slot, slot);
}

static void test_added_once(void **state)
{
	struct link_picture_add add;
	struct daemon daemon;

	setup(&daemon);
	uint32_t a = show(&daemon, 1);
	assert_in_range(a, EXPORTS_SLOT_FIRST, LIMIT_SLOTS - 1);
	assert_int_equal(receive(&daemon, &add, sizeof(add)), LINK_PICTURE_ADD);
	assert_int_equal(add.slot, a);
	assert_int_equal(add.kind, LINK_PICTURE_DMABUF);
	uint32_t b = show(&daemon, 2);
	assert_int_not_equal(a, b);
	assert_int_equal(receive(&daemon, &add, sizeof(add)), LINK_PICTURE_ADD);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(show(&daemon, 1), a);
		assert_int_equal(show(&daemon, 2), b);
	}
	assert_int_equal(receive(&daemon, &add, sizeof(add)), 0);
	can_export = false;
	assert_int_equal(show(&daemon, 3), EXPORTS_NONE);
	teardown(&daemon);
}

static void test_oldest_makes_room(void **state)
{
	struct link_picture_remove remove;
	struct link_picture_add add;
	struct daemon daemon;

	setup(&daemon);
	uint32_t first = show(&daemon, 1);
	for (uint32_t id = 2; id <= EXPORTS_SLOTS; id++)
		show(&daemon, id);
	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++)
		assert_int_equal(receive(&daemon, &add, sizeof(add)), LINK_PICTURE_ADD);
	assert_int_equal(show(&daemon, 100), first);
	assert_int_equal(receive(&daemon, &remove, sizeof(remove)), LINK_PICTURE_REMOVE);
	assert_int_equal(remove.slot, first);
	assert_int_equal(receive(&daemon, &add, sizeof(add)), LINK_PICTURE_ADD);
	exports_forget(&daemon.exports, 100);
	assert_int_equal(receive(&daemon, &remove, sizeof(remove)), LINK_PICTURE_REMOVE);
	exports_reset(&daemon.exports);
	for (uint32_t i = 1; i < EXPORTS_SLOTS; i++)
		assert_int_equal(receive(&daemon, &remove, sizeof(remove)), LINK_PICTURE_REMOVE);
	assert_int_equal(receive(&daemon, &remove, sizeof(remove)), 0);
	teardown(&daemon);
}

static void test_waits_for_its_fence(void **state)
{
	struct link_picture_add add;
	struct daemon daemon;

	setup(&daemon);
	uint32_t slot = show(&daemon, 1);
	receive(&daemon, &add, sizeof(add));
	/* Numbers may wrap. */
	push(&daemon, slot, 1, 3, whole);
	assert_false(exports_present(&daemon.exports, UINT32_MAX));
	assert_false(exports_present(&daemon.exports, 2));
	assert_true(exports_present(&daemon.exports, 3));
	expect_frame(&daemon, 1, slot);
	assert_false(exports_present(&daemon.exports, 4));
	teardown(&daemon);
}

/* While one waits, the newest behind it stays and those between go. */
static void test_newest_wins(void **state)
{
	struct link_picture_add add;
	struct daemon daemon;
	uint32_t slots[5];

	setup(&daemon);
	for (uint32_t i = 0; i < 5; i++) {
		slots[i] = show(&daemon, i + 1);
		receive(&daemon, &add, sizeof(add));
		push(&daemon, slots[i], i + 1, 10 + i, whole);
	}
	/* A guest that never stops drawing is seen all the same. */
	assert_true(exports_present(&daemon.exports, 10));
	expect_frame(&daemon, 1, slots[0]);
	assert_false(exports_present(&daemon.exports, 13));
	assert_true(exports_present(&daemon.exports, 14));
	expect_frame(&daemon, 5, slots[4]);

	/* Both are done before the daemon wants one: the newer. */
	push(&daemon, slots[0], 6, 20, whole);
	push(&daemon, slots[1], 7, 21, whole);
	assert_true(exports_present(&daemon.exports, 30));
	expect_frame(&daemon, 7, slots[1]);
	assert_false(exports_present(&daemon.exports, 30));
	teardown(&daemon);
}

static void test_dropped_damage_is_kept(void **state)
{
	struct picture_box left = { .width = 10, .height = 10 };
	struct picture_box right = { .x = 100, .y = 50, .width = 10, .height = 10 };
	struct link_picture_add add;
	struct link_frame frame;
	struct daemon daemon;

	setup(&daemon);
	uint32_t slot = show(&daemon, 1);
	receive(&daemon, &add, sizeof(add));
	push(&daemon, slot, 1, 1, left);
	push(&daemon, slot, 1, 2, right);
	assert_true(exports_present(&daemon.exports, 2));
	assert_int_equal(receive(&daemon, &frame, sizeof(frame)), LINK_FRAME);
	assert_int_equal(frame.damage_x, 0);
	assert_int_equal(frame.damage_width, 110);
	assert_int_equal(frame.damage_height, 60);
	teardown(&daemon);
}

static void test_gone_is_not_shown(void **state)
{
	struct link_picture_remove remove;
	struct link_picture_add add;
	struct daemon daemon;

	setup(&daemon);
	uint32_t slot = show(&daemon, 1);
	receive(&daemon, &add, sizeof(add));
	push(&daemon, slot, 1, 1, whole);
	push(&daemon, slot, 1, 2, whole);
	exports_forget(&daemon.exports, 1);
	assert_int_equal(receive(&daemon, &remove, sizeof(remove)), LINK_PICTURE_REMOVE);
	assert_false(exports_present(&daemon.exports, 5));
	teardown(&daemon);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_added_once),
		cmocka_unit_test(test_oldest_makes_room),
		cmocka_unit_test(test_waits_for_its_fence),
		cmocka_unit_test(test_newest_wins),
		cmocka_unit_test(test_dropped_damage_is_kept),
		cmocka_unit_test(test_gone_is_not_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

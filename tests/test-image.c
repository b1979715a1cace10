/* SPDX-License-Identifier: MIT */
/* A 2D resource's pixels: transfers from scattered backings, buffers that take turns, formats. */
#include "tests/failing_alloc.h"
#include "tests/unit.h"

#include <endian.h>
#include <errno.h>

#include "backends/guest_memory.h"
#include "backends/pixman/image.h"
#include "base/io.h"

#define GUEST 0x10000u
#define BYTES 65536u
#define SIDE 16u /* of most images here */

struct fixture {
	struct guest_memory memory;
	uint8_t *guest; /* BYTES of guest memory */
	struct image *image;
	int fds_before;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct guest_region region = {
		.guest_addr = GUEST, .user_addr = GUEST, .size_bytes = BYTES
	};

	f->fds_before = count_fds();
	guest_memory_init(&f->memory);
	assert_true(
		guest_memory_add(&f->memory, &region, memfd_create_sealed("guest", BYTES)) >= 0);
	f->guest = guest_memory_at(&f->memory, GUEST, BYTES);
	for (uint32_t i = 0; i < BYTES; i++)
		f->guest[i] = i * 7 + i / 256;
	f->image = image_create(VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, SIDE, SIDE);
	assert_non_null(f->image);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	image_destroy(f->image);
	guest_memory_finish(&f->memory);
	assert_int_equal(count_fds(), f->fds_before);
	free(f);
	return 0;
}

struct part {
	uint64_t offset; /* in guest memory */
	uint32_t len;
};

static bool copy(const struct fixture *f, const struct renderer_scanout *scanout,
	struct picture_box box, uint32_t *picture)
{
	struct image_target target = {
		PIXMAN_x8r8g8b8, (uint8_t *)picture, scanout->area.width * 4,
	};
	return image_copy(f->image, scanout, box, &target);
}

static bool attach(struct fixture *f, const struct part *parts, uint32_t n)
{
	uint8_t *tail = malloc(n ? n * 16 : 1);

	for (uint32_t i = 0; i < n; i++) {
		uint64_t addr = htole64(GUEST + parts[i].offset);
		uint32_t len = htole32(parts[i].len);
		memset(tail + i * 16, 0xff, 16);
		memcpy(tail + i * 16, &addr, 8);
		memcpy(tail + i * 16 + 8, &len, 4);
	}
	struct virtio_gpu_command command = {
		.attach_backing.n_entries = n,
		.tail = tail,
		.tail_len = n * 16,
	};
	bool attached = backing_attach(&f->image->backing, &command, &f->memory);
	free(tail);
	return attached;
}

static const uint8_t *pixels(const struct fixture *f)
{
	return f->image->buffers[f->image->current].pixels;
}

static struct virtio_gpu_area area_of(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	return (struct virtio_gpu_area){ x, y, width, height };
}

static const struct part all = { 0, SIDE *SIDE * 4 };

static void test_create_refused(void **state)
{
	assert_null(image_create(0, 4, 4));
	assert_null(image_create(5, 4, 4));
	assert_null(image_create(UINT32_MAX, 4, 4));
	alloc_countdown = 0;
	assert_null(image_create(VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 4, 4));
	alloc_countdown = -1;
	image_destroy(NULL);
}

static void test_whole(void **state)
{
	struct fixture *f = *state;

	assert_true(attach(f, &all, 1));
	assert_int_equal(image_transfer(f->image, area_of(0, 0, SIDE, SIDE), 0), 0);
	assert_memory_equal(pixels(f), f->guest, all.len);
}

/* Rows of a part are the image's stride apart in the backing, from `offset` on. */
static void test_part(void **state)
{
	struct fixture *f = *state;
	uint64_t offset = (5 * SIDE + 3) * 4;

	assert_true(attach(f, &all, 1));
	assert_int_equal(image_transfer(f->image, area_of(3, 5, 4, 2), offset), 0);
	for (uint32_t y = 0; y < SIDE; y++) {
		for (uint32_t i = 0; i < SIDE * 4; i++) {
			uint32_t at = y * SIDE * 4 + i;
			bool inside = y >= 5 && y < 7 && i >= 12 && i < 28;
			assert_int_equal(pixels(f)[at], inside ? f->guest[at] : 0);
		}
	}
}

static void test_limits_of_the_backing(void **state)
{
	struct fixture *f = *state;
	static const struct part parts[] = { { 0, 100 }, { 4096, 28 } }; /* two rows */

	assert_int_equal(image_transfer(f->image, area_of(0, 0, 1, 1), 0), -ERANGE);
	assert_true(attach(f, parts, 2));
	assert_int_equal(image_transfer(f->image, area_of(0, 0, SIDE, 2), 0), 0);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, SIDE, 2), 1), -ERANGE);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, SIDE, 3), 0), -ERANGE);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, 1, 1), 124), 0);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, 1, 1), 125), -ERANGE);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, 1, 1), UINT64_MAX), -ERANGE);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, 1, 1), UINT64_MAX - 3), -ERANGE);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, 0, 5), UINT64_MAX), 0);
	assert_int_equal(image_transfer(f->image, area_of(5, 5, 5, 0), UINT64_MAX), 0);
	/* The last row needs no more than its pixels. */
	assert_int_equal(image_transfer(f->image, area_of(0, 0, 1, 2), 60), 0);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, 1, 2), 61), -ERANGE);
	backing_detach(&f->image->backing);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, 1, 1), 0), -ERANGE);
}

static void test_attach_refused(void **state)
{
	struct fixture *f = *state;
	static const struct part bad[] = {
		{ BYTES, 1 },
		{ BYTES - 1, 2 },
		{ UINT64_MAX, 1 },
		{ 0, UINT32_MAX },
	};

	for (size_t i = 0; i < N(bad); i++) {
		struct part parts[] = { all, bad[i] };
		assert_false(attach(f, parts, 2));
		assert_null(f->image->backing.segments);
		assert_int_equal(f->image->backing.bytes, 0);
	}
	assert_true(attach(f, NULL, 0));
	assert_non_null(f->image->backing.segments);
	assert_true(attach(f, &all, 1));
	assert_true(attach(f, &all, 1)); /* again: the former goes */
	assert_int_equal(f->image->backing.bytes, all.len);
}

/* Backings cut to pieces at random, empty ones among them, against a flat copy. */
static void test_scattered(void **state)
{
	for (uint64_t seed = 0; seed < 500; seed++) {
		setup(state);
		struct fixture *f = *state;
		struct dice dice = dice_of(seed);
		struct part parts[64];
		uint8_t flat[SIDE * SIDE * 4], expected[SIDE * SIDE * 4] = { 0 };
		uint32_t n = 0, filled = 0;

		while (filled < sizeof(flat) && n < N(parts)) {
			uint32_t left = sizeof(flat) - filled;
			uint32_t len = n + 1 == N(parts) ? left : dice_roll(&dice, 100);
			len = len < left ? len : left;
			/* Now and then where the last one ended. */
			uint64_t next = n ? parts[n - 1].offset + parts[n - 1].len : 0;
			if (!n || dice_roll(&dice, 3) || next + len > BYTES)
				next = dice_roll(&dice, BYTES - sizeof(flat));
			parts[n++] = (struct part){ next, len };
			memcpy(flat + filled, f->guest + next, len);
			filled += len;
		}
		assert_true(attach(f, parts, n));
		for (int i = 0; i < 20; i++) {
			uint32_t x = dice_roll(&dice, SIDE), y = dice_roll(&dice, SIDE);
			struct virtio_gpu_area area = area_of(x, y, 1 + dice_roll(&dice, SIDE - x),
				1 + dice_roll(&dice, SIDE - y));
			uint64_t offset =
				dice_roll(&dice, 2) ? (y * SIDE + x) * 4 : dice_roll(&dice, 900);
			int ret = image_transfer(f->image, area, offset);
			if (ret < 0)
				continue;
			for (uint32_t row = 0; row < area.height; row++)
				memcpy(expected + ((y + row) * SIDE + x) * 4,
					flat + offset + row * SIDE * 4, area.width * 4);
			assert_memory_equal(pixels(f), expected, sizeof(expected));
		}
		teardown(state);
	}
}

static void test_no_memory(void **state)
{
	struct fixture *f = *state;

	alloc_countdown = 1; /* the tail is the first */
	assert_false(attach(f, &all, 1));
	alloc_countdown = -1;
	assert_true(attach(f, &all, 1));
	alloc_countdown = 0;
	int ret = image_transfer(f->image, area_of(0, 0, 1, 1), 0);
	alloc_countdown = -1;
	assert_int_equal(ret, -ENOMEM);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, 1, 1), 0), 0);
}

/* -- buffers -- */

/* What the daemon holds is not written; the next buffer has all of the content. */
static void test_held_buffer_is_not_written(void **state)
{
	struct fixture *f = *state;
	uint8_t before[SIDE * SIDE * 4];

	assert_true(attach(f, &all, 1));
	assert_int_equal(image_transfer(f->image, area_of(0, 0, SIDE, SIDE), 0), 0);
	assert_true(image_share(f->image));
	struct image_buffer *held = &f->image->buffers[f->image->current];
	assert_int_equal(memfd_check_sealed(held->fd, SIDE * SIDE * 4), 0);
	held->holders++;
	memcpy(before, held->pixels, sizeof(before));
	memset(f->guest, 0x55, all.len);
	assert_int_equal(image_transfer(f->image, area_of(1, 1, 2, 2), 0), 0);
	assert_memory_equal(held->pixels, before, sizeof(before));
	memset(before + (SIDE + 1) * 4, 0x55, 8);
	memset(before + (2 * SIDE + 1) * 4, 0x55, 8);
	assert_memory_equal(pixels(f), before, sizeof(before));
	held->holders--;
	image_trim(f->image);
	assert_null(held->pixels);
}

/* Many transfers, holders that come and go, trimming: the content is always right. */
static void test_buffers_take_turns(void **state)
{
	for (uint64_t seed = 0; seed < 300; seed++) {
		setup(state);
		struct fixture *f = *state;
		struct dice dice = dice_of(seed);
		uint8_t expected[SIDE * SIDE * 4] = { 0 };

		assert_true(attach(f, &all, 1));
		for (int step = 0; step < 300; step++) {
			uint32_t x = dice_roll(&dice, SIDE), y = dice_roll(&dice, SIDE);
			struct virtio_gpu_area area = area_of(x, y, 1 + dice_roll(&dice, SIDE - x),
				1 + dice_roll(&dice, SIDE - y));
			struct image_buffer *buffer =
				&f->image->buffers[dice_roll(&dice, IMAGE_BUFFERS)];
			memset(f->guest, step, all.len);
			switch (dice_roll(&dice, 6)) {
			case 0:
				if (image_share(f->image))
					f->image->buffers[f->image->current].holders = 1;
				break;
			case 1:
			case 2:
				buffer->holders = 0;
				break;
			case 3:
				image_trim(f->image);
				break;
			default:
				assert_int_equal(image_transfer(f->image, area, 0), 0);
				for (uint32_t row = 0; row < area.height; row++)
					memset(expected + ((y + row) * SIDE + x) * 4, step,
						area.width * 4);
			}
			if (pixels(f))
				assert_memory_equal(pixels(f), expected, sizeof(expected));
		}
		teardown(state);
	}
}

/* -- copies -- */

/* One pixel of each format as bytes in memory, and the same colour as XRGB8888. */
static void test_formats(void **state)
{
	static const struct {
		uint32_t format;
		uint8_t bytes[4];
	} formats[] = {
		{ VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM, { 0x33, 0x22, 0x11, 0xff } },
		{ VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, { 0x33, 0x22, 0x11, 0x00 } },
		{ VIRTIO_GPU_FORMAT_A8R8G8B8_UNORM, { 0xff, 0x11, 0x22, 0x33 } },
		{ VIRTIO_GPU_FORMAT_X8R8G8B8_UNORM, { 0x00, 0x11, 0x22, 0x33 } },
		{ VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM, { 0x11, 0x22, 0x33, 0xff } },
		{ VIRTIO_GPU_FORMAT_X8B8G8R8_UNORM, { 0x00, 0x33, 0x22, 0x11 } },
		{ VIRTIO_GPU_FORMAT_A8B8G8R8_UNORM, { 0xff, 0x33, 0x22, 0x11 } },
		{ VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM, { 0x11, 0x22, 0x33, 0x00 } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < N(formats); i++) {
		uint32_t picture[4] = { 0 };
		image_destroy(f->image);
		f->image = image_create(formats[i].format, 2, 2);
		assert_true(attach(f, &(struct part){ 0, 16 }, 1));
		memset(f->guest, 0, 16);
		memcpy(f->guest + 12, formats[i].bytes, 4);
		assert_int_equal(image_transfer(f->image, area_of(0, 0, 2, 2), 0), 0);
		assert_true(copy(f, &(struct renderer_scanout){ .area = area_of(0, 0, 2, 2) },
			(struct picture_box){ 0, 0, 2, 2 }, picture));
		assert_int_equal(picture[3] & 0xffffff, 0x112233);
		assert_int_equal(picture[0] & 0xffffff, 0);
	}
}

/* A blob's picture begins anywhere in memory that lies anywhere, a pixel cut in two if need be. */
static void test_copy_blob(void **state)
{
	static const struct part pieces[] = { { 4096, 1001 }, { 0, 2000 }, { 8192, 1096 } };
	static const struct {
		uint32_t format;
		bool bgr;
	} formats[] = {
		{ VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, true },
		{ VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM, false },
	};
	struct fixture *f = *state;
	uint8_t content[4097];

	image_destroy(f->image);
	f->image = image_create_blob();
	assert_false(image_share(f->image));
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (i * 7 + i / 256 * 13) & 0xff;
	memcpy(f->guest + 4096, content, 1001);
	memcpy(f->guest, content + 1001, 2000);
	memcpy(f->guest + 8192, content + 3001, 1096);
	assert_true(attach(f, pieces, 3));
	for (size_t i = 0; i < N(formats); i++) {
		/* 8x8 at (2, 3) of rows of 200 bytes from byte 5 on. */
		struct renderer_scanout scanout = {
			.area = area_of(2, 3, 8, 8),
			.format = formats[i].format,
			.stride_bytes = 200,
			.offset_bytes = 5,
		};
		uint32_t picture[8 * 8];
		memset(picture, 0xee, sizeof(picture));
		assert_true(copy(f, &scanout, (struct picture_box){ 1, 2, 6, 5 }, picture));
		for (uint32_t at = 0; at < N(picture); at++) {
			uint32_t x = at % 8, y = at / 8;
			const uint8_t *from = content + 5 + (3 + y) * 200 + (2 + x) * 4;
			uint32_t blue = from[formats[i].bgr ? 0 : 2];
			uint32_t red = from[formats[i].bgr ? 2 : 0];
			if (x < 1 || x >= 7 || y < 2 || y >= 7)
				assert_int_equal(picture[at], 0xeeeeeeee);
			else
				assert_int_equal(
					picture[at] & 0xffffff, red << 16 | from[1] << 8 | blue);
		}
		/* The last row ends with the memory; one byte further nothing is read. */
		scanout.offset_bytes = 4097 - (10 * 200 + 10 * 4);
		assert_true(copy(f, &scanout, (struct picture_box){ 0, 0, 8, 8 }, picture));
		assert_int_equal(picture[63] >> 8 & 0xff, content[4097 - 3]);
		scanout.offset_bytes++;
		assert_false(copy(f, &scanout, (struct picture_box){ 0, 0, 8, 8 }, picture));
		scanout.offset_bytes = UINT32_MAX;
		scanout.stride_bytes = UINT32_MAX;
		assert_false(copy(f, &scanout, (struct picture_box){ 0, 0, 8, 8 }, picture));
	}
	backing_detach(&f->image->backing);
	struct renderer_scanout first = {
		.area = area_of(0, 0, 1, 1), .format = 1, .stride_bytes = 4,
	};
	uint32_t pixel = 0x1234;
	assert_false(copy(f, &first, (struct picture_box){ 0, 0, 1, 1 }, &pixel));
	assert_int_equal(pixel, 0x1234);
}

/* Only the box of the picture is written, from (x, y) further in the image. */
static void test_copy_box(void **state)
{
	struct fixture *f = *state;
	const struct renderer_scanout part = { .area = area_of(4, 4, 8, 8) };
	uint32_t picture[8 * 8];

	memset(picture, 0xee, sizeof(picture));
	assert_true(attach(f, &all, 1));
	/* An image that was never written is black. */
	assert_true(copy(f, &part, (struct picture_box){ 0, 0, 1, 1 }, picture));
	assert_int_equal(picture[0], 0);
	assert_int_equal(picture[1], 0xeeeeeeee);
	assert_int_equal(image_transfer(f->image, area_of(0, 0, SIDE, SIDE), 0), 0);
	assert_true(copy(f, &part, (struct picture_box){ 2, 3, 2, 1 }, picture));
	for (uint32_t i = 1; i < N(picture); i++) {
		uint32_t x = i % 8, y = i / 8, colour;
		memcpy(&colour, f->guest + ((4 + y) * SIDE + 4 + x) * 4, 4);
		if (y == 3 && x >= 2 && x < 4)
			assert_int_equal(picture[i] & 0xffffff, colour & 0xffffff);
		else
			assert_int_equal(picture[i], 0xeeeeeeee);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_refused),
		TEST(test_whole),
		TEST(test_part),
		TEST(test_limits_of_the_backing),
		TEST(test_attach_refused),
		cmocka_unit_test(test_scattered),
		TEST(test_no_memory),
		TEST(test_held_buffer_is_not_written),
		cmocka_unit_test(test_buffers_take_turns),
		TEST(test_formats),
		TEST(test_copy_blob),
		TEST(test_copy_box),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

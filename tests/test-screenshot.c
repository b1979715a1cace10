/* SPDX-License-Identifier: MIT */
/* Copies of pictures: every pixel, while the picture goes away, and of none that lies. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/loop.h"
#include "daemon/screenshot.h"

#define FOURCC_XB24 0x34324258

static struct loop loop;
static struct screenshot_result result;
static unsigned n_done;

static int setup(void **state)
{
	n_done = 0;
	return loop_init(&loop);
}

static int teardown(void **state)
{
	loop_finish(&loop);
	return 0;
}

static void handle_done(void *data, const struct screenshot_result *done)
{
	assert_ptr_equal(data, &result);
	result = *done;
	n_done++;
	loop_stop(&loop, 0);
}

static uint32_t pixel_at(uint32_t x, uint32_t y)
{
	return x * 2654435761u + y * 40503u;
}

static struct picture picture_create(
	uint32_t width_px, uint32_t height_px, uint32_t gap_bytes, bool bottom_up)
{
	struct picture picture = { .kind = PICTURE_KIND_SHM,
		.width_px = width_px,
		.height_px = height_px,
		.stride_bytes = width_px * 4 + gap_bytes,
		.offset_bytes = gap_bytes,
		.fourcc = FOURCC_XB24,
		.bottom_up = bottom_up };
	/* No gap behind the last row: it must not be needed. */
	size_t bytes = (size_t)picture.stride_bytes * height_px;

	picture.fd = memfd_create_sealed("picture", bytes);
	uint8_t *pixels = memfd_map(picture.fd, bytes, PROT_WRITE);
	assert_non_null(pixels);
	for (uint32_t y = 0; y < height_px; y++) {
		uint32_t row = bottom_up ? height_px - 1 - y : y;
		uint32_t *to =
			(uint32_t *)(pixels + gap_bytes + (size_t)row * picture.stride_bytes);
		for (uint32_t x = 0; x < width_px; x++)
			to[x] = pixel_at(x, y);
	}
	munmap(pixels, bytes);
	return picture;
}

static void check_copy(uint32_t width_px, uint32_t height_px, uint32_t gap_bytes, bool bottom_up)
{
	struct picture picture = picture_create(width_px, height_px, gap_bytes, bottom_up);
	size_t bytes = (size_t)width_px * height_px * 4;
	struct screenshot *shot;

	assert_int_equal(screenshot_start(&shot, &loop, &picture, handle_done, &result), 0);
	assert_int_equal(n_done, 0);
	fd_close(&picture.fd);
	loop.stop = false;
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(n_done, 1);

	assert_int_equal(result.width_px, width_px);
	assert_int_equal(result.height_px, height_px);
	assert_int_equal(result.stride_bytes, width_px * 4);
	assert_int_equal(result.fourcc, FOURCC_XB24);
	assert_int_equal(lseek(result.fd, 0, SEEK_END), bytes);
	assert_int_equal(fcntl(result.fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW);
	const uint32_t *pixels = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, result.fd, 0);
	assert_ptr_not_equal(pixels, MAP_FAILED);
	for (uint32_t y = 0; y < height_px; y++) {
		for (uint32_t x = 0; x < width_px; x++) {
			if (pixels[(size_t)y * width_px + x] != pixel_at(x, y))
				fail_msg("pixel %u, %u", x, y);
		}
	}
	munmap((void *)pixels, bytes);
	fd_close(&result.fd);
	n_done = 0;
}

static void test_copy(void **state)
{
	check_copy(1, 1, 0, false);
	check_copy(5, 3, 12, false);
	check_copy(5, 3, 12, true);
	check_copy(1920, 1080, 256, false);
	check_copy(1920, 1080, 0, true);
	check_copy(16384, 33, 4, true);
	check_copy(3, 16384, 0, false);
}

/* The seals are checked by others; should a picture shrink, there is no SIGBUS. */
static void test_shrunk(void **state)
{
	struct picture picture = { .kind = PICTURE_KIND_SHM,
		.width_px = 64,
		.height_px = 64,
		.stride_bytes = 256,
		.fourcc = FOURCC_XB24,
		.fd = memfd_create("picture", MFD_CLOEXEC) };
	struct screenshot *shot;

	assert_int_equal(ftruncate(picture.fd, 64 * 256), 0);
	assert_int_equal(screenshot_start(&shot, &loop, &picture, handle_done, &result), 0);
	assert_int_equal(ftruncate(picture.fd, 0), 0);
	fd_close(&picture.fd);
	loop.stop = false;
	assert_int_equal(loop_run(&loop), 0);
	assert_int_equal(n_done, 1);
	assert_int_equal(result.fd, -EFAULT);
}

static void test_cancel(void **state)
{
	struct picture picture = picture_create(640, 480, 0, false);
	struct screenshot *shot;

	assert_int_equal(screenshot_start(&shot, &loop, &picture, handle_done, &result), 0);
	screenshot_cancel(shot);
	screenshot_cancel(NULL);
	assert_int_equal(n_done, 0);
	fd_close(&picture.fd);
}

static void refuse(struct picture picture, int error)
{
	struct screenshot *shot = NULL;

	assert_int_equal(screenshot_start(&shot, &loop, &picture, handle_done, &result), error);
	assert_null(shot);
}

static void test_refuse(void **state)
{
	struct picture good = picture_create(64, 64, 0, false);
	struct picture bad;

	bad = good;
	bad.height_px = 65;
	refuse(bad, -EINVAL);
	bad.height_px = 0;
	refuse(bad, -EINVAL);
	bad.height_px = UINT32_MAX;
	refuse(bad, -EINVAL);
	bad = good;
	bad.width_px = 65;
	refuse(bad, -EINVAL);
	bad.width_px = 0;
	refuse(bad, -EINVAL);
	bad.width_px = 1 << 30; /* times four is zero in 32 bits */
	refuse(bad, -EINVAL);
	bad = good;
	bad.stride_bytes = UINT32_MAX;
	refuse(bad, -EINVAL);
	bad = good;
	bad.offset_bytes = 1;
	refuse(bad, -EINVAL);
	bad.offset_bytes = UINT32_MAX;
	refuse(bad, -EINVAL);
	bad = good;
	bad.fd = -1;
	refuse(bad, -EINVAL);
	bad = good;
	bad.kind = PICTURE_KIND_DMABUF;
	refuse(bad, -ENOTSUP);
	fd_close(&good.fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_copy),
		TEST(test_shrunk),
		TEST(test_cancel),
		TEST(test_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

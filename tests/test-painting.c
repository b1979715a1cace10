/* SPDX-License-Identifier: MIT */
/* Words and PNG files as pixels: that there are some, and what is no text, no file. */
#include "tests/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/painting.h"
#include "base/io.h"

#define SCALE_ONE 120

static char path[] = "/tmp/test-painting-XXXXXX";

static int setup(void **state)
{
	int fd = mkstemp(path);

	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	return unlink(path);
}

static void put_file(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

/* Pixels that are brighter than the field, which has them all. */
static size_t count_bright(const struct painting *painting)
{
	size_t n = (size_t)painting->width_px * painting->height_px, bright = 0;
	uint32_t *pixels = memfd_map(painting->fd, n * 4, PROT_READ);

	assert_non_null(pixels);
	for (size_t i = 0; i < n; i++)
		bright += (pixels[i] & 0xff) > 0x80;
	munmap(pixels, n * 4);
	return bright;
}

static void test_words(void **state)
{
	struct painting painting;
	int before = count_fds();

	painting_init(&painting);
	assert_int_equal(painting_write(&painting, "g1 head 0\nsome words", SCALE_ONE), 0);
	int32_t width = painting.width_px, height = painting.height_px;
	size_t bright = count_bright(&painting);
	assert_true(bright > 50);
	/* Another line, and larger. */
	assert_int_equal(painting_write(&painting, "g1 head 0\nsome words\nmore", SCALE_ONE), 0);
	assert_true(painting.height_px > height);
	assert_int_equal(painting.width_px, width);
	assert_int_equal(painting_write(&painting, "g1 head 0\nsome words", 2 * SCALE_ONE), 0);
	assert_in_range(painting.width_px, 2 * width - 8, 2 * width + 8);
	assert_true(count_bright(&painting) > 2 * bright);
	painting_finish(&painting);
	assert_int_equal(count_fds(), before);
}

static void test_arrow(void **state)
{
	struct painting painting;

	painting_init(&painting);
	for (uint32_t scale = 60; scale < 600; scale += 37) {
		assert_int_equal(painting_draw_arrow(&painting, scale), 0);
		assert_true(count_bright(&painting) > 5);
	}
	painting_finish(&painting);
}

/* What is no text leaves what was there. */
static void test_no_words(void **state)
{
	struct painting painting;
	char longest[400], tall[400];

	memset(longest, 'W', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	memset(tall, '\n', sizeof(tall));
	tall[sizeof(tall) - 1] = '\0';
	painting_init(&painting);
	assert_int_equal(painting_write(&painting, longest, 16 * SCALE_ONE), 0);
	assert_int_equal(painting_write(&painting, tall, 16 * SCALE_ONE), 0);
	assert_int_equal(painting_write(&painting, "", SCALE_ONE), 0);
	int32_t width = painting.width_px;
	assert_true(painting_write(&painting, "\xff\xfe\x80", SCALE_ONE) < 0);
	assert_int_equal(painting.width_px, width);
	assert_true(painting.fd >= 0);
	painting_finish(&painting);
}

static void test_png(void **state)
{
	static uint8_t pixels[5 * 3 * 4], cut[4096];
	png_image image = {
		.version = PNG_IMAGE_VERSION, .width = 5, .height = 3, .format = PNG_FORMAT_RGBA,
	};
	struct painting painting;

	memset(pixels, 0xff, sizeof(pixels));
	pixels[3] = 0; /* one px of it is not there */
	painting_init(&painting);
	assert_true(png_image_write_to_file(&image, path, 0, pixels, 0, NULL));
	assert_int_equal(painting_load_png(&painting, path), 0);
	assert_int_equal(painting.width_px, 5);
	assert_int_equal(painting.height_px, 3);
	assert_int_equal(count_bright(&painting), 14);
	/* Cut anywhere, it is no picture, or less of one; the last good one stays. */
	int fd = open(path, O_RDONLY);
	ssize_t len = read(fd, cut, sizeof(cut));
	close(fd);
	assert_true(len > 8);
	for (ssize_t i = 0; i < len; i++) {
		put_file(cut, i);
		painting_load_png(&painting, path);
		assert_int_equal(painting.width_px, 5);
	}
	put_file("#!/bin/sh\n", 10);
	assert_int_equal(painting_load_png(&painting, path), -EINVAL);
	assert_int_equal(painting_load_png(&painting, "/nowhere/stale.png"), -ENOENT);
	assert_true(painting_load_png(&painting, "/tmp") < 0);
	assert_int_equal(painting.height_px, 3);
	painting_finish(&painting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_arrow),
		cmocka_unit_test(test_no_words),
		cmocka_unit_test(test_png),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

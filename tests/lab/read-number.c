/* SPDX-License-Identifier: MIT */
/*
 * Reads the number that the guest's program drew from a PNG of the screen.
 *
 * read-number FILE.png [HEAD] prints it and its head as "NUMBER HEAD": the
 * lowest in the picture, or the lowest of HEAD. Exit status 1 where no row of
 * blocks with a right checksum is found on enough lines.
 */
#include "number-code.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_LINES = 3 };

struct image {
	unsigned width, height;
	uint8_t *rgb; /* width * height * 3 bytes, no padding */
};

static bool
pixel_is_red(const uint8_t *p)
{
	return p[0] > 170 && p[1] < 90 && p[2] < 90;
}

static bool
pixel_is_blue(const uint8_t *p)
{
	return p[0] < 90 && p[1] < 90 && p[2] > 170;
}

static bool
pixel_is_light(const uint8_t *p)
{
	return p[0] + p[1] + p[2] > 3 * 128;
}

/* The first run of at least min pixels of one marker colour from x on: its first pixel, or -1. */
static int
line_find_marker(const uint8_t *line, int width, int x, int min, bool (*is_marker)(const uint8_t *))
{
	int run = 0;
	for (; x < width; x++) {
		run = is_marker(line + 3 * x) ? run + 1 : 0;
		if (run >= min) {
			return x - run + 1;
		}
	}
	return -1;
}

/* What one line says: the first code of the wanted head, any head where that is negative. */
static bool
line_decode(const uint8_t *line, int width, int wanted_head, uint32_t *number, uint8_t *head)
{
	int x = 0;
	while ((x = line_find_marker(line, width, x, 3, pixel_is_red)) >= 0) {
		while (x < width && pixel_is_red(line + 3 * x)) {
			x++;
		}
		int end = line_find_marker(line, width, x, 3, pixel_is_blue);
		if (end - x < NUMBER_CODE_BITS) {
			continue;
		}
		uint64_t code = 0;
		for (int bit = 0; bit < NUMBER_CODE_BITS; bit++) {
			int at = x + (2 * bit + 1) * (end - x) / (2 * NUMBER_CODE_BITS);
			code = code << 1 | pixel_is_light(line + 3 * at);
		}
		if (number_code_decode(code, number, head) &&
			(wanted_head < 0 || *head == wanted_head)) {
			return true;
		}
	}
	return false;
}

static bool
image_read_number(const struct image *image, int wanted_head, uint32_t *number, uint8_t *head)
{
	int lines = 0;
	uint32_t last_number = 0;
	uint8_t last_head = 0;
	for (unsigned y = image->height; y-- > 0;) {
		uint32_t line_number;
		uint8_t line_head;
		const uint8_t *line = image->rgb + (size_t)y * image->width * 3;
		if (!line_decode(line, (int)image->width, wanted_head, &line_number, &line_head)) {
			lines = 0;
			continue;
		}
		bool same = line_number == last_number && line_head == last_head;
		lines = same ? lines + 1 : 1;
		last_number = line_number;
		last_head = line_head;
		if (lines >= MIN_LINES) {
			*number = line_number;
			*head = line_head;
			return true;
		}
	}
	return false;
}

static int
image_load(struct image *image, const char *path)
{
	png_image png = {.version = PNG_IMAGE_VERSION};
	if (!png_image_begin_read_from_file(&png, path)) {
		fprintf(stderr, "read-number: %s: %s\n", path, png.message);
		return -EINVAL;
	}
	png.format = PNG_FORMAT_RGB;
	uint8_t *rgb = malloc(PNG_IMAGE_SIZE(png));
	png_color background = {0};
	if (rgb == NULL || !png_image_finish_read(&png, &background, rgb, 0, NULL)) {
		fprintf(stderr, "read-number: %s: %s\n", path, rgb ? png.message : "out of memory");
		png_image_free(&png);
		free(rgb);
		return -EINVAL;
	}
	*image = (struct image){.width = png.width, .height = png.height, .rgb = rgb};
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: read-number FILE.png [HEAD]\n");
		return 2;
	}
	int wanted_head = argc == 3 ? atoi(argv[2]) : -1;
	struct image image;
	if (image_load(&image, argv[1]) < 0) {
		return 2;
	}
	uint32_t number;
	uint8_t head;
	bool found = image_read_number(&image, wanted_head, &number, &head);
	free(image.rgb);
	if (!found) {
		fprintf(stderr, "read-number: %s: no number found\n", argv[1]);
		return 1;
	}
	printf("%u %u\n", number, head);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Compares an area of a picture, pixel by pixel, with what vmm-shell.c drew.
 *
 * check-area FILE.png X Y WIDTH HEIGHT colour RRGGBB
 * check-area FILE.png X Y WIDTH HEIGHT pattern SEED [FROM_X FROM_Y]
 * Status 0 where all is right, else 1 and what is wrong and where it begins.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

struct expected {
	bool is_pattern;
	uint32_t colour, seed, from_x, from_y;
};

static uint32_t expected_at(const struct expected *expected, uint32_t x, uint32_t y)
{
	if (!expected->is_pattern)
		return expected->colour;
	return picture_pattern_at(x + expected->from_x, y + expected->from_y, expected->seed);
}

/* GL rounds a colour as it likes. */
static bool is_near(uint32_t got, uint32_t wanted, int distance)
{
	for (int shift = 0; shift < 24; shift += 8) {
		if (abs((int)(got >> shift & 0xff) - (int)(wanted >> shift & 0xff)) > distance)
			return false;
	}
	return true;
}

static uint64_t count_wrong(const struct picture *picture, const uint32_t area[static 4],
	const struct expected *expected)
{
	uint64_t wrong = 0;

	for (uint32_t y = 0; y < area[3]; y++) {
		for (uint32_t x = 0; x < area[2]; x++) {
			size_t at = (size_t)(y + area[1]) * picture->width_px + x + area[0];
			uint32_t got = picture->pixels[at] & 0xffffff;
			uint32_t wanted = expected_at(expected, x, y);
			if (!is_near(got, wanted, expected->is_pattern ? 0 : 1) && !wrong++)
				printf("pixel %u,%u is %06x, not %06x\n", x, y, got, wanted);
		}
	}
	return wrong;
}

int main(int argc, char **argv)
{
	struct picture picture;
	uint32_t area[4];

	if (argc < 8) {
		fprintf(stderr, "usage: check-area FILE.png X Y WIDTH HEIGHT "
				"colour RRGGBB | pattern SEED [FROM_X FROM_Y]\n");
		return 2;
	}
	for (int i = 0; i < 4; i++)
		area[i] = strtoul(argv[2 + i], NULL, 10);
	struct expected expected = {
		.is_pattern = strcmp(argv[6], "pattern") == 0,
		.colour = strtoul(argv[7], NULL, 16),
		.seed = strtoul(argv[7], NULL, 10),
		.from_x = argc > 9 ? strtoul(argv[8], NULL, 10) : 0,
		.from_y = argc > 9 ? strtoul(argv[9], NULL, 10) : 0,
	};
	int ret = picture_read_png(&picture, argv[1]);
	if (ret < 0) {
		printf("%s: %s\n", argv[1], strerror(-ret));
		return 2;
	}
	if (area[0] + area[2] > picture.width_px || area[1] + area[3] > picture.height_px) {
		printf("%s is %ux%u only\n", argv[1], picture.width_px, picture.height_px);
		return 1;
	}
	uint64_t wrong = count_wrong(&picture, area, &expected);
	if (wrong)
		printf("%llu of %llu pixels are wrong\n", (unsigned long long)wrong,
			(unsigned long long)area[2] * area[3]);
	picture_finish(&picture);
	return wrong ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Compares a picture, pixel by pixel, with what dumb.c drew in the guest.
 *
 * check-pattern FILE.png NUMBER HEAD WIDTHxHEIGHT: status 0 where all is right,
 * else what is wrong and where it begins.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"

static uint64_t count_wrong(const struct picture *picture, uint32_t number, uint32_t head)
{
	struct pattern_rectangle damage = pattern_damage(picture->width_px, picture->height_px);
	uint64_t wrong = 0;

	for (uint32_t y = 0; y < picture->height_px; y++) {
		for (uint32_t x = 0; x < picture->width_px; x++) {
			uint32_t got = picture->pixels[(size_t)y * picture->width_px + x] & 0xffffff;
			uint32_t expected = pattern_final_at(x, y, number, head, &damage);
			if (got != expected && !wrong++)
				printf("pixel %u,%u is %06x, not %06x\n", x, y, got, expected);
		}
	}
	return wrong;
}

int main(int argc, char **argv)
{
	struct picture picture;
	uint32_t width_px, height_px;

	if (argc != 5 || sscanf(argv[4], "%ux%u", &width_px, &height_px) != 2) {
		fprintf(stderr, "usage: check-pattern FILE.png NUMBER HEAD WIDTHxHEIGHT\n");
		return 2;
	}
	int ret = picture_read_png(&picture, argv[1]);
	if (ret < 0) {
		printf("%s: %s\n", argv[1], strerror(-ret));
		return 2;
	}
	if (picture.width_px != width_px || picture.height_px != height_px) {
		printf("%s: %ux%u, not %s\n", argv[1], picture.width_px, picture.height_px, argv[4]);
		return 1;
	}
	uint64_t wrong = count_wrong(&picture, strtoul(argv[2], NULL, 10),
		strtoul(argv[3], NULL, 10));
	printf("%s: %llu pixels right, %llu wrong\n", argv[1],
		(unsigned long long)width_px * height_px - wrong, (unsigned long long)wrong);
	picture_finish(&picture);
	return wrong ? 1 : 0;
}

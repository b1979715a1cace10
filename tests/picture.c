/* SPDX-License-Identifier: MIT */
/* Pictures to compare, pixel by pixel. */
#include "picture.h"

#include <assert.h>
#include <errno.h>
#include <png.h>
#include <stdlib.h>

struct picture picture_make(uint32_t width_px, uint32_t height_px)
{
	struct picture picture = { width_px, height_px,
		calloc((size_t)width_px * height_px, sizeof(uint32_t)) };

	assert(picture.pixels != NULL);
	return picture;
}

uint32_t picture_pattern_at(uint32_t x, uint32_t y, uint32_t seed)
{
	uint32_t v = (x * 2654435761u) ^ (y * 2246822519u) ^ (seed * 3266489917u);

	return (v ^ v >> 15) & 0xffffff;
}

struct picture picture_pattern(uint32_t width_px, uint32_t height_px, uint32_t seed)
{
	struct picture picture = picture_make(width_px, height_px);

	for (uint32_t y = 0; y < height_px; y++)
		for (uint32_t x = 0; x < width_px; x++)
			picture.pixels[(size_t)y * width_px + x] = picture_pattern_at(x, y, seed);
	return picture;
}

void picture_finish(struct picture *picture)
{
	free(picture->pixels);
	*picture = (struct picture){ 0 };
}

int picture_read_png(struct picture *picture, const char *path)
{
	png_image image = { .version = PNG_IMAGE_VERSION };

	if (!png_image_begin_read_from_file(&image, path))
		return -EBADMSG;
	image.format = PNG_FORMAT_BGRA;

	uint32_t *pixels = malloc(PNG_IMAGE_SIZE(image));

	if (pixels == NULL || !png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
		free(pixels);
		png_image_free(&image);
		return -EBADMSG;
	}
	*picture = (struct picture){ image.width, image.height, pixels };
	return 0;
}

int64_t picture_compare(const struct picture *a, const struct picture *b)
{
	size_t count = (size_t)a->width_px * a->height_px;

	if (a->width_px != b->width_px || a->height_px != b->height_px)
		return 0;
	for (size_t i = 0; i < count; i++)
		if ((a->pixels[i] ^ b->pixels[i]) & 0xffffff)
			return (int64_t)i;
	return -1;
}

/* SPDX-License-Identifier: MIT */
/* An image in memory, and PNG files as one. */
#include "tests/image.h"

#include <assert.h>
#include <errno.h>
#include <png.h>
#include <stdlib.h>

struct image image_make(uint32_t width_px, uint32_t height_px, uint32_t colour)
{
	size_t count = (size_t)width_px * height_px;
	struct image image = { width_px, height_px, calloc(count, sizeof(uint32_t)) };

	assert(image.pixels);
	for (size_t i = 0; i < count; i++)
		image.pixels[i] = colour;
	return image;
}

void image_finish(struct image *image)
{
	free(image->pixels);
	*image = (struct image){ 0 };
}

void image_fill(const struct image *image, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	uint32_t colour)
{
	for (uint32_t row = y; row < y + height; row++) {
		for (uint32_t column = x; column < x + width; column++)
			*image_at(image, column, row) = colour;
	}
}

size_t image_difference(const struct image *image, const struct image *expected)
{
	size_t count = (size_t)expected->width_px * expected->height_px, wrong = 0;

	if (image->width_px != expected->width_px || image->height_px != expected->height_px)
		return count ? count : 1;
	for (size_t i = 0; i < count; i++)
		wrong +=
			expected->pixels[i] != IMAGE_ANY && image->pixels[i] != expected->pixels[i];
	return wrong;
}

uint32_t *image_at(const struct image *image, uint32_t x, uint32_t y)
{
	assert(x < image->width_px && y < image->height_px);
	return &image->pixels[(size_t)y * image->width_px + x];
}

int image_read_png(struct image *image, const char *path)
{
	png_image png = { .version = PNG_IMAGE_VERSION };

	if (!png_image_begin_read_from_file(&png, path))
		return -EBADMSG;
	png.format = PNG_FORMAT_BGRA; /* in memory a8r8g8b8 of a little-endian machine */
	struct image read = image_make(png.width, png.height, 0);
	if (!png_image_finish_read(&png, NULL, read.pixels, 0, NULL)) {
		png_image_free(&png);
		image_finish(&read);
		return -EBADMSG;
	}
	for (size_t i = 0; i < (size_t)read.width_px * read.height_px; i++)
		read.pixels[i] &= 0xffffff;
	*image = read;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Pixels of a screen to a PNG file. */
#include "base/png_write.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/* Screens have no transparency, whatever a program left in the fourth byte. */
static void row_to_rgb(uint8_t *rgb, const uint8_t *row, uint32_t width_px, bool blue_first)
{
	for (uint32_t x = 0; x < width_px; x++, rgb += 3, row += 4) {
		rgb[0] = row[blue_first ? 2 : 0];
		rgb[1] = row[1];
		rgb[2] = row[blue_first ? 0 : 2];
	}
}

static void image_handle_error(png_structp png, png_const_charp message)
{
	longjmp(png_jmpbuf(png), 1);
}

static void image_handle_warning(png_structp png, png_const_charp message)
{
}

/* In a function of its own: what longjmp may forget must not be kept in it. */
static int image_write_rows(png_structp png, png_infop info, FILE *out, const struct image *picture,
	uint8_t *rgb, bool blue_first)
{
	if (setjmp(png_jmpbuf(png)))
		return -EIO;
	png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
	png_init_io(png, out);
	png_set_IHDR(png, info, picture->width_px, picture->height_px, 8, PNG_COLOR_TYPE_RGB,
		PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (uint32_t y = 0; y < picture->height_px; y++) {
		row_to_rgb(rgb, picture->pixels + (size_t)y * picture->stride_bytes,
			picture->width_px, blue_first);
		png_write_row(png, rgb);
	}
	png_write_end(png, info);
	return fflush(out) == 0 ? 0 : -EIO;
}

int image_write_png(FILE *out, const struct image *picture)
{
	bool blue_first =
		strcmp(picture->format, "XR24") == 0 || strcmp(picture->format, "AR24") == 0;
	bool red_first =
		strcmp(picture->format, "XB24") == 0 || strcmp(picture->format, "AB24") == 0;
	int ret = -ENOMEM;

	if (!blue_first && !red_first)
		return -ENOTSUP;
	uint8_t *rgb = malloc((size_t)picture->width_px * 3);
	png_structp png = png_create_write_struct(
		PNG_LIBPNG_VER_STRING, NULL, image_handle_error, image_handle_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	if (rgb && info)
		ret = image_write_rows(png, info, out, picture, rgb, blue_first);
	png_destroy_write_struct(&png, &info);
	free(rgb);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/* What is behind windows. */
#include "compositor/backdrop.h"

#include <errno.h>
#include <pixman.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/io.h"
#include "base/log.h"
#include "base/painting.h"
#include "compositor/config.h"
#include "compositor/surface/buffer.h"

static void painting_unmap(pixman_image_t *image, void *data)
{
	munmap(pixman_image_get_data(image),
		(size_t)pixman_image_get_stride(image) * pixman_image_get_height(image));
}

/* NULL with errno. The painting is not needed afterwards. */
static struct buffer *painting_to_buffer(const struct painting *painting)
{
	size_t bytes = (size_t)painting->width_px * painting->height_px * 4;
	void *pixels = memfd_map(painting->fd, bytes, PROT_READ | PROT_WRITE);

	if (!pixels)
		return NULL;
	pixman_image_t *image = pixman_image_create_bits_no_clear(PIXMAN_a8r8g8b8,
		painting->width_px, painting->height_px, pixels, painting->width_px * 4);
	if (!image) {
		munmap(pixels, bytes);
		errno = ENOMEM;
		return NULL;
	}
	pixman_image_set_destroy_function(image, painting_unmap, NULL);
	struct buffer *buffer = buffer_create_picture(image);
	pixman_image_unref(image);
	return buffer;
}

static struct buffer *picture_load(const char *path)
{
	struct painting painting;

	painting_init(&painting);
	int ret = painting_load_png(&painting, path);
	struct buffer *buffer = ret == 0 ? painting_to_buffer(&painting) : NULL;
	if (!buffer)
		log_warn("no picture from %s: %s", path,
			ret == -EINVAL ? "it is no PNG, or a broken one"
				       : strerror(ret < 0 ? -ret : errno));
	painting_finish(&painting);
	return buffer;
}

static void backdrop_drop(struct buffer **buffer)
{
	buffer_unref(*buffer);
	*buffer = NULL;
}

void backdrop_renew(struct backdrop *backdrop, const struct config_background *background)
{
	uint32_t colour = background->colour;
	const pixman_color_t components = {
		.red = (colour >> 16 & 0xff) * 0x101,
		.green = (colour >> 8 & 0xff) * 0x101,
		.blue = (colour & 0xff) * 0x101,
		.alpha = 0xffff,
	};

	backdrop_drop(&backdrop->colour);
	backdrop_drop(&backdrop->picture);
	if (colour)
		backdrop->colour = buffer_create_colour(&components);
	if (background->picture[0])
		backdrop->picture = picture_load(background->picture);
}

void backdrop_finish(struct backdrop *backdrop)
{
	backdrop_drop(&backdrop->colour);
	backdrop_drop(&backdrop->picture);
	backdrop_drop(&backdrop->words);
}

bool backdrop_say(struct backdrop *backdrop, const char *text, uint32_t scale_120)
{
	struct painting painting;

	if (!text)
		text = "";
	if (strcmp(backdrop->text, text) == 0)
		return false;
	snprintf(backdrop->text, sizeof(backdrop->text), "%s", text);
	backdrop_drop(&backdrop->words);
	if (!text[0])
		return true;
	painting_init(&painting);
	if (painting_write(&painting, backdrop->text, scale_120) == 0)
		backdrop->words = painting_to_buffer(&painting);
	painting_finish(&painting);
	return true;
}

/* SPDX-License-Identifier: MIT */
/* Copies of what is in memory. */
#include "compositor/paint/gl_texture.h"

#include <stdlib.h>

#include "compositor/paint/item.h"
#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/surface.h"

/* What GL takes as it is in memory. */
static const struct gl_format {
	pixman_format_code_t pixman;
	GLenum format, type;
} formats[] = {
	{ PIXMAN_a8r8g8b8, GL_BGRA_EXT, GL_UNSIGNED_BYTE },
	{ PIXMAN_x8r8g8b8, GL_BGRA_EXT, GL_UNSIGNED_BYTE },
	{ PIXMAN_a8b8g8r8, GL_RGBA, GL_UNSIGNED_BYTE },
	{ PIXMAN_x8b8g8r8, GL_RGBA, GL_UNSIGNED_BYTE },
	{ PIXMAN_r5g6b5, GL_RGB, GL_UNSIGNED_SHORT_5_6_5 },
};

static const struct gl_format *format_find(pixman_format_code_t pixman)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i].pixman == pixman)
			return &formats[i];
	}
	return NULL;
}

/* Bound; without px where there are none. */
static GLuint texture_make(
	const struct gl_format *format, int32_t width_px, int32_t height_px, const void *pixels)
{
	GLuint name;

	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexImage2D(GL_TEXTURE_2D, 0, format->format, width_px, height_px, 0, format->format,
		format->type, pixels);
	return name;
}

/* Boxes of an image into the texture that is bound. */
static void upload_boxes(pixman_image_t *image, const pixman_region32_t *boxes)
{
	const struct gl_format *format = format_find(pixman_image_get_format(image));
	int n, bytes_px = PIXMAN_FORMAT_BPP(format->pixman) / 8;
	const pixman_box32_t *box = pixman_region32_rectangles((pixman_region32_t *)boxes, &n);

	glPixelStorei(GL_UNPACK_ROW_LENGTH_EXT, pixman_image_get_stride(image) / bytes_px);
	for (; n > 0; n--, box++) {
		glPixelStorei(GL_UNPACK_SKIP_PIXELS_EXT, box->x1);
		glPixelStorei(GL_UNPACK_SKIP_ROWS_EXT, box->y1);
		glTexSubImage2D(GL_TEXTURE_2D, 0, box->x1, box->y1, box->x2 - box->x1,
			box->y2 - box->y1, format->format, format->type,
			pixman_image_get_data(image));
	}
	glPixelStorei(GL_UNPACK_ROW_LENGTH_EXT, 0);
	glPixelStorei(GL_UNPACK_SKIP_PIXELS_EXT, 0);
	glPixelStorei(GL_UNPACK_SKIP_ROWS_EXT, 0);
}

static uint64_t texture_px(const struct gl_texture *texture)
{
	return (uint64_t)texture->width_px * texture->height_px;
}

static void texture_destroy(struct gl_texture *texture)
{
	texture->textures->px -= texture_px(texture);
	glDeleteTextures(1, &texture->name);
	wl_list_remove(&texture->owner_gone.link);
	list_remove(&texture->link);
	free(texture);
}

static void texture_handle_owner_gone(struct wl_listener *listener, void *data)
{
	texture_destroy(container_of(listener, struct gl_texture, owner_gone));
}

static struct gl_texture *texture_find(const struct scene_item *item)
{
	struct wl_listener *listener =
		item->buffer->kind == BUFFER_PICTURE
			? wl_signal_get(&item->buffer->gone, texture_handle_owner_gone)
			: wl_resource_get_destroy_listener(
				  item->surface->resource, texture_handle_owner_gone);

	return listener ? container_of(listener, struct gl_texture, owner_gone) : NULL;
}

/* Without px yet. NULL: there is no memory for it. */
static struct gl_texture *texture_create(
	struct gl_textures *textures, const struct scene_item *item, pixman_format_code_t format)
{
	struct gl_texture *texture = calloc(1, sizeof(*texture));

	if (!texture)
		return NULL;
	*texture = (struct gl_texture){
		.textures = textures,
		.owner_gone.notify = texture_handle_owner_gone,
		.format = format,
		.width_px = item->buffer->width_px,
		.height_px = item->buffer->height_px,
	};
	textures->px += texture_px(texture);
	if (item->buffer->kind == BUFFER_PICTURE)
		wl_signal_add(&item->buffer->gone, &texture->owner_gone);
	else
		wl_resource_add_destroy_listener(item->surface->resource, &texture->owner_gone);
	list_append(&textures->list, &texture->link);
	if (textures->px <= textures->max_px)
		texture->name = texture_make(
			format_find(format), texture->width_px, texture->height_px, NULL);
	if (texture->name && glGetError() == GL_NO_ERROR)
		return texture;
	texture_destroy(texture);
	return NULL;
}

static struct gl_texture *texture_update(
	struct gl_textures *textures, const struct scene_item *item, pixman_image_t *image)
{
	struct gl_texture *texture = texture_find(item);
	pixman_format_code_t format = pixman_image_get_format(image);
	int32_t width_px = item->buffer->width_px, height_px = item->buffer->height_px;
	pixman_region32_t fresh;

	if (!format_find(format))
		return NULL;
	pixman_region32_init(&fresh);
	if (texture && (texture->format != format || texture->width_px != width_px ||
			       texture->height_px != height_px)) {
		texture_destroy(texture);
		texture = NULL;
	}
	if (!texture) {
		texture = texture_create(textures, item, format);
		pixman_region32_union_rect(&fresh, &fresh, 0, 0, width_px, height_px);
	} else if (item->surface) {
		pixman_region32_intersect_rect(
			&fresh, &item->surface->fresh, 0, 0, width_px, height_px);
	}
	if (texture) {
		glBindTexture(GL_TEXTURE_2D, texture->name);
		upload_boxes(image, &fresh);
	}
	if (texture && item->surface)
		pixman_region32_clear(&item->surface->fresh);
	pixman_region32_fini(&fresh);
	return texture;
}

void gl_textures_init(struct gl_textures *textures, int32_t side_max_px, uint64_t max_px)
{
	*textures = (struct gl_textures){ .side_max_px = side_max_px, .max_px = max_px };
	list_init(&textures->list);
}

void gl_textures_clear(struct gl_textures *textures)
{
	while (!list_empty(&textures->list))
		texture_destroy(container_of(textures->list.next, struct gl_texture, link));
}

struct gl_texture *gl_texture_get(struct gl_textures *textures, const struct scene_item *item)
{
	struct buffer *buffer = item->buffer;

	if (buffer->width_px > textures->side_max_px || buffer->height_px > textures->side_max_px ||
		(buffer->kind != BUFFER_PICTURE && !item->surface))
		return NULL;
	pixman_image_t *image = buffer_begin(buffer);
	if (!image)
		return NULL;
	struct gl_texture *texture = texture_update(textures, item, image);
	buffer_end(buffer, image);
	return texture;
}

GLuint gl_texture_compose(const struct scene_item *item)
{
	const pixman_box32_t *clip = &item->clip;
	int32_t width_px = clip->x2 - clip->x1, height_px = clip->y2 - clip->y1;
	pixman_image_t *image =
		pixman_image_create_bits(PIXMAN_a8r8g8b8, width_px, height_px, NULL, 0);
	GLuint name = 0;

	if (image && item_compose(item, PIXMAN_OP_SRC, image, clip->x1, clip->y1))
		name = texture_make(format_find(PIXMAN_a8r8g8b8), width_px, height_px,
			pixman_image_get_data(image));
	if (image)
		pixman_image_unref(image);
	return name;
}

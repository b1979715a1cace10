/* SPDX-License-Identifier: MIT */
/* Scenes by GL. */
#include "compositor/paint/gl_painter.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "compositor/paint/cover.h"
#include "compositor/paint/gl_context.h"
#include "compositor/paint/gl_image.h"
#include "compositor/paint/gl_program.h"
#include "compositor/paint/gl_target.h"
#include "compositor/paint/gl_texture.h"
#include "compositor/paint/item.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/dmabuf.h"

#define TEXTURES_MAX_PX (UINT64_C(256) << 20) /* thirty screens of 3840x2160 */

struct gl_painter {
	struct painter painter;
	struct gl_context context;
	struct gl_program programs[GL_PROGRAMS];
	struct gl_textures textures;
	struct list images; /* of gl_image.link */
};

static struct gl_painter *painter_of(struct painter *painter)
{
	return container_of(painter, struct gl_painter, painter);
}

static struct gl_target *target_of(struct target *target)
{
	return container_of(target, struct gl_target, target);
}

static void forget_images(struct gl_painter *painter)
{
	while (!list_empty(&painter->images))
		gl_image_destroy(container_of(painter->images.next, struct gl_image, link));
}

/* Of a dma-buf. false: it is to be read as if it were memory. */
static bool paint_image(struct gl_painter *painter, const struct scene_item *item,
	const pixman_region32_t *boxes, const struct target *target)
{
	struct dmabuf *dmabuf = item->buffer->dmabuf;
	const struct gl_image *image = gl_image_get(&painter->context, &painter->images, dmabuf);

	if (!image)
		return false;
	bool is_opaque = item->is_opaque;
	const struct gl_paint paint = {
		.kind = image->is_external ? GL_PROGRAM_EXTERNAL : GL_PROGRAM_TEXTURE,
		.texture = image->texture,
		.blends = !is_opaque,
		.is_opaque = is_opaque,
		.to_texture = item->to_buffer,
		.width_px = dmabuf->width_px,
		.height_px = dmabuf->height_px,
		.is_moved_only = item_is_moved_only(item),
	};
	gl_program_paint(painter->programs, &paint, boxes, target->width_px, target->height_px);
	return true;
}

/* Of what is in memory. */
static void paint_texture(struct gl_painter *painter, const struct scene_item *item,
	const pixman_region32_t *boxes, const struct target *target)
{
	const struct gl_texture *texture = gl_texture_get(&painter->textures, item);
	bool is_opaque = item->is_opaque;
	struct gl_paint paint = {
		.kind = GL_PROGRAM_TEXTURE,
		.blends = !is_opaque,
		.is_opaque = is_opaque,
	};
	GLuint composed = 0;

	if (texture) {
		paint.texture = texture->name;
		paint.to_texture = item->to_buffer;
		paint.width_px = texture->width_px;
		paint.height_px = texture->height_px;
		paint.is_moved_only = item_is_moved_only(item);
	} else {
		paint.texture = composed = gl_texture_compose(item);
		pixman_f_transform_init_translate(
			&paint.to_texture, -item->clip.x1, -item->clip.y1);
		paint.width_px = item->clip.x2 - item->clip.x1;
		paint.height_px = item->clip.y2 - item->clip.y1;
		paint.is_moved_only = true;
	}
	if (!paint.texture)
		paint = (struct gl_paint){ .kind = GL_PROGRAM_COLOUR, .blends = !is_opaque };
	gl_program_paint(painter->programs, &paint, boxes, target->width_px, target->height_px);
	glDeleteTextures(1, &composed);
}

static void paint_item(struct gl_painter *painter, const struct scene_item *item,
	const pixman_region32_t *boxes, const struct target *target)
{
	const struct gl_paint colour = {
		.kind = GL_PROGRAM_COLOUR,
		.colour = item->buffer->colour,
		.blends = !item->is_opaque,
	};

	switch (item->buffer->kind) {
	case BUFFER_GONE:
		return;
	case BUFFER_COLOUR:
		gl_program_paint(
			painter->programs, &colour, boxes, target->width_px, target->height_px);
		return;
	case BUFFER_DMABUF:
		if (!paint_image(painter, item, boxes, target))
			paint_texture(painter, item, boxes, target);
		return;
	case BUFFER_SHM:
	case BUFFER_PICTURE:
		paint_texture(painter, item, boxes, target);
		return;
	}
}

static void paint_scene(struct gl_painter *painter, const struct scene *scene,
	const struct cover *cover, const struct target *target)
{
	const struct gl_paint black = {
		.kind = GL_PROGRAM_COLOUR,
		.colour = { 0, 0, 0, 0xffff },
	};

	if (pixman_region32_not_empty((pixman_region32_t *)&cover->bare))
		gl_program_paint(painter->programs, &black, &cover->bare, target->width_px,
			target->height_px);
	for (uint32_t i = 0; i < cover->n_items; i++) {
		if (pixman_region32_not_empty(&cover->items[i]))
			paint_item(painter, &scene->items[i], &cover->items[i], target);
	}
}

static int gl_paint(struct target *target, const struct scene *scene,
	const pixman_region32_t *damage, int *fence_fd)
{
	struct gl_painter *painter = painter_of(target->painter);
	struct cover cover;

	int ret = gl_context_enter(&painter->context);
	if (ret < 0)
		return ret;
	ret = cover_init(&cover, scene, damage);
	if (ret == 0) {
		gl_target_enter(target_of(target));
		paint_scene(painter, scene, &cover, target);
		ret = gl_context_check(&painter->context);
	}
	cover_finish(&cover);
	/* What was not uploaded is not known. */
	if (ret < 0)
		gl_textures_clear(&painter->textures);
	else
		*fence_fd = gl_context_flush(&painter->context, target->dmabuf);
	return ret;
}

static int gl_read(struct target *target, pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	struct gl_painter *painter = painter_of(target->painter);

	int ret = gl_context_enter(&painter->context);
	if (ret == 0)
		ret = gl_target_read(target_of(target), image, x_px, y_px);
	return ret < 0 ? ret : gl_context_check(&painter->context);
}

/* What GL does not know may still be read. */
static int gl_take(struct painter *base, struct dmabuf *dmabuf)
{
	struct gl_painter *painter = painter_of(base);

	int ret = gl_context_enter(&painter->context);
	if (ret < 0)
		return ret;
	return gl_image_get(&painter->context, &painter->images, dmabuf) ? 0 : dmabuf_map(dmabuf);
}

static struct target *gl_create_target(struct painter *painter, uint32_t width_px,
	uint32_t height_px, const struct formats *formats)
{
	struct gl_context *context = &painter_of(painter)->context;
	struct gl_target *target = NULL;

	int ret = gl_context_enter(context);
	if (ret < 0)
		errno = -ret;
	else
		target = gl_target_create(context, width_px, height_px, formats);
	return target ? &target->target : NULL;
}

static void gl_finish_target(struct target *target)
{
	gl_target_finish(target_of(target));
}

static void gl_destroy(struct painter *base)
{
	struct gl_painter *painter = painter_of(base);

	if (painter->context.context != EGL_NO_CONTEXT) {
		gl_context_enter(&painter->context);
		gl_textures_clear(&painter->textures);
		forget_images(painter);
		gl_programs_finish(painter->programs);
	}
	gl_context_finish(&painter->context);
	free(painter);
}

static const struct painter_interface gl_interface = {
	.create_target = gl_create_target,
	.finish_target = gl_finish_target,
	.paint = gl_paint,
	.read = gl_read,
	.take = gl_take,
	.destroy = gl_destroy,
};

struct painter *gl_painter_create(const char *device, bool takes_software)
{
	struct gl_painter *painter = calloc(1, sizeof(*painter));

	if (!painter)
		return NULL;
	list_init(&painter->images);
	int ret = gl_context_init(&painter->context, device);
	gl_textures_init(&painter->textures, painter->context.side_max_px, TEXTURES_MAX_PX);
	painter_init(&painter->painter, &gl_interface, painter->context.name);
	if (ret == 0 && painter->context.is_software && !takes_software) {
		log_info("no GL: %s is software", painter->context.name);
		ret = -ENOTSUP;
	}
	if (ret == 0)
		ret = gl_programs_init(painter->programs, painter->context.has_external);
	if (ret == 0)
		ret = gl_image_formats(&painter->context, &painter->painter.formats);
	if (ret == 0)
		ret = dmabuf_add_mapped_formats(&painter->painter.formats);
	if (ret < 0) {
		painter_destroy(&painter->painter);
		errno = -ret;
		return NULL;
	}
	painter->painter.device = gl_context_device(&painter->context);
	painter->painter.is_implicit =
		!painter->context.has_fences && !painter->context.is_software;
	log_debug("GL: %s priority, %s fences, %s dma-bufs%s, textures of %d px",
		painter->context.is_urgent ? "high" : "ordinary",
		painter->context.has_fences ? "with" : "no",
		painter->context.has_dmabufs ? "with" : "no",
		painter->context.has_modifiers ? " and modifiers" : "",
		painter->context.side_max_px);
	glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
	glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
	glDisable(GL_DITHER);
	return &painter->painter;
}

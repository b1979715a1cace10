/* SPDX-License-Identifier: MIT */
/* A GL that is none. */
#include "tests/fake_gl.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "base/io.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/painters.h"
#include "compositor/surface/dmabuf.h"

struct fake_gl fake_gl;

static struct target *gl_create_target(struct painter *painter, uint32_t width_px,
	uint32_t height_px, const struct formats *formats)
{
	struct dmabuf_plane plane = { .stride_bytes = width_px * 4 };
	struct target *target;

	if (fake_gl.makes_none || !formats) {
		errno = ENOTSUP;
		return NULL;
	}
	target = calloc(1, sizeof(*target));
	plane.fd = memfd_create_sealed("target", 4096);
	target->dmabuf = dmabuf_create(width_px, height_px,
		(struct format){ DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_INVALID }, &plane, 1);
	return target;
}

static void gl_finish_target(struct target *target)
{
	dmabuf_unref(target->dmabuf);
}

static int gl_paint(struct target *target, const struct scene *scene,
	const pixman_region32_t *damage, int *fence_fd)
{
	if (fake_gl.paint_error)
		return fake_gl.paint_error;
	fake_gl.damage = *pixman_region32_extents((pixman_region32_t *)damage);
	fake_gl.n_frames++;
	*fence_fd = fake_gl.has_fences ? eventfd(0, EFD_CLOEXEC) : -1;
	return 0;
}

static int gl_read(struct target *target, pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	pixman_image_get_data(image)[0] = FAKE_GL_PX;
	return 0;
}

static void gl_destroy(struct painter *painter)
{
	free(painter);
}

static const struct painter_interface gl_interface = {
	.create_target = gl_create_target,
	.finish_target = gl_finish_target,
	.paint = gl_paint,
	.read = gl_read,
	.destroy = gl_destroy,
};

void fake_gl_come(struct painters *painters)
{
	painters->gl = calloc(1, sizeof(*painters->gl));
	painter_init(painters->gl, &gl_interface, "the test");
	painters->gl->is_implicit = fake_gl.is_implicit;
	painters->current = painters->gl;
}

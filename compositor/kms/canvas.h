/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_CANVAS_H
#define COMPOSITOR_KMS_CANVAS_H

/*
 * What is painted for a plane: two framebuffers, one shown, one to be painted.
 *
 * By pixman into dumb buffers; so the first frames are, before there is GL, and those after
 * GL failed. Reading those back may be slow: while something shines through, it is painted
 * into a picture in memory, of which what is new is copied. By GL into two buffers of its own,
 * which the plane shows as they are.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "compositor/kms/buffer.h"

struct formats;
struct painter;
struct painters;
struct scene;
struct target;

/* Of GL. */
struct kms_canvas_buffer {
	struct target *target; /* NULL: not made yet */
	uint32_t framebuffer;
	pixman_region32_t stale; /* where another picture is newer */
};

struct kms_canvas {
	int fd; /* of the card; borrowed */
	uint32_t width_px, height_px;
	struct painters *painters;
	const struct formats *formats; /* that the plane shows; borrowed */
	struct target *picture;        /* NULL: nothing shone through lately */
	pixman_region32_t stale;       /* of the picture */
	uint32_t n_without;            /* frames that did without it */
	struct kms_buffer dumb[2];
	struct target *dumb_targets[2]; /* pixman's */
	struct kms_canvas_buffer gl[2];
	const struct painter *refused; /* its buffers are not for this plane; never looked into */
	bool front_is_gl, back_is_gl;
	uint32_t front, back; /* of the two: shown, and painted last */
};

/* Black. 0 or negative errno; finish is safe after it, and on one that is zero. */
int kms_canvas_init(struct kms_canvas *canvas, struct painters *painters,
	const struct formats *formats, int fd, uint32_t width_px, uint32_t height_px);
/* All of the framebuffer that is shown, in this colour (0xrrggbb). */
void kms_canvas_fill(struct kms_canvas *canvas, uint32_t colour);
/* Nothing of it is shown any more. */
void kms_canvas_finish(struct kms_canvas *canvas);

/* The framebuffer that is shown, or about to be. */
uint32_t kms_canvas_framebuffer(const struct kms_canvas *canvas);
/*
 * The scene, which differs from the last one painted within the damage, into the other
 * framebuffer, which this is: 0 or negative errno. It takes the place of the one that is shown
 * with kms_canvas_swap. The fence is as painters have it.
 */
int kms_canvas_paint(struct kms_canvas *canvas, const struct scene *scene,
	const pixman_region32_t *damage, uint32_t *framebuffer, int *fence_fd);
void kms_canvas_swap(struct kms_canvas *canvas);
/* The driver does not show what was painted: pixman paints from now on, if it did not. */
void kms_canvas_refuse(struct kms_canvas *canvas, int error);
/* What was painted last, as targets are read. 0 or negative errno. */
int kms_canvas_read(struct kms_canvas *canvas, pixman_image_t *image, int32_t x_px, int32_t y_px);

#endif

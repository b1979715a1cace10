/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_CANVAS_H
#define COMPOSITOR_KMS_CANVAS_H

/*
 * What is painted for a plane: two framebuffers, one shown, one to be painted. By pixman
 * into a picture, of which what is new is copied into dumb buffers, since reading those
 * back may be slow.
 */

#include <pixman.h>
#include <stdint.h>

#include "compositor/kms/buffer.h"

struct painters;
struct scene;
struct target;

struct kms_canvas {
	uint32_t width_px, height_px;
	struct target *picture;
	struct kms_buffer dumb[2];
	uint32_t front; /* which one is shown, or about to be */
};

/* Black. 0 or negative errno; finish is safe after it, and on one that is zero. */
int kms_canvas_init(struct kms_canvas *canvas, const struct painters *painters, int fd,
	uint32_t width_px, uint32_t height_px);
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
/* What was painted last, into an image as large. 0 or negative errno. */
int kms_canvas_read(struct kms_canvas *canvas, pixman_image_t *image);

#endif

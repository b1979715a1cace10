/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_PAINTER_H
#define COMPOSITOR_PAINT_PAINTER_H

/*
 * What draws scenes: pixman, into memory, or GL. It draws into targets, which it makes.
 * A painter may lose all that it has at any time (a GPU that was reset): what is painted
 * next fails with -ENODEV, and it is of no use any more.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "compositor/formats.h"

struct dmabuf;
struct painter;
struct scene;
struct target;

struct painter_interface {
	/*
	 * NULL with errno; else a target that is the first of what was allocated. With
	 * formats it is a dma-buf of one of them, else nobody sees it but by `read`.
	 */
	struct target *(*create_target)(struct painter *painter, uint32_t width_px,
		uint32_t height_px, const struct formats *formats);
	/* All that it has, but not its memory. */
	void (*finish_target)(struct target *target);
	/*
	 * The scene within the damage (px), which lies within the target; black where there
	 * is nothing. The fence's fd is to be waited for before anybody reads the target, and
	 * is the caller's; -1: nothing is to be waited for. 0 or negative errno.
	 */
	int (*paint)(struct target *target, const struct scene *scene,
		const pixman_region32_t *damage, int *fence_fd);
	/*
	 * What was painted, from that place on, into an image of x8r8g8b8, which takes no more
	 * than there is. 0 or negative errno.
	 */
	int (*read)(struct target *target, pixman_image_t *image, int32_t x_px, int32_t y_px);
	/* Whether it can paint the picture, as long as that lives: 0 or negative errno. */
	int (*take)(struct painter *painter, struct dmabuf *dmabuf);
	/* It has no targets any more. */
	void (*destroy)(struct painter *painter);
};

struct painter {
	const struct painter_interface *interface;
	const char *name;       /* of what paints, for people */
	struct formats formats; /* of the dma-bufs that it may take */
	dev_t device;           /* whose memory it likes best; 0: none's */
	bool is_implicit;       /* the fences of what it paints are those of the dma-bufs alone */
	struct list targets;    /* of target.link */
};

struct target {
	struct list link;
	struct painter *painter; /* NULL: gone, and the picture with it */
	uint32_t width_px, height_px;
	struct dmabuf *dmabuf; /* a reference, the painter's; NULL: it is none */
};

void painter_init(
	struct painter *painter, const struct painter_interface *interface, const char *name);
/* Its targets stay, to be destroyed, without a painter. */
void painter_destroy(struct painter *painter);

/* By who made it in another way than the painter does. */
void target_init(
	struct target *target, struct painter *painter, uint32_t width_px, uint32_t height_px);
/* NULL with errno. */
struct target *target_create(struct painter *painter, uint32_t width_px, uint32_t height_px,
	const struct formats *formats);
void target_destroy(struct target *target);
/*
 * As the interface has it; -ENODEV where its painter is gone. Who waits for what the scene shows
 * has the fence too: to be called in the frame's turn.
 */
int target_paint(struct target *target, const struct scene *scene, const pixman_region32_t *damage,
	int *fence_fd);
int target_read(struct target *target, pixman_image_t *image, int32_t x_px, int32_t y_px);

#endif

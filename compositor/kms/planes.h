/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_PLANES_H
#define COMPOSITOR_KMS_PLANES_H

/*
 * How a screen's scene is spread over its planes: what goes to a plane as it is, and what
 * is painted beneath that. Where things are is looked at for each frame; an allocation is
 * kept as long as that is the same, and made when it has been the same for two frames, for
 * what moves is better painted than searched for. It takes a twentieth of the time at most.
 *
 * Buffers on planes are in use until another frame has taken their place.
 */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/kms/allocate.h"
#include "compositor/kms/cursor.h"
#include "compositor/kms/layers.h"
#include "compositor/kms/pictures.h"
#include "compositor/paint/scene.h"
#include "compositor/ways.h"

struct painter;
struct surface;

struct kms_planes {
	struct kms_device *device;        /* borrowed */
	struct kms_layers layers, before; /* of this frame and the last one */
	struct kms_layers allocated;      /* for which there is an allocation */
	struct kms_allocation kept;
	bool has_kept;
	int64_t not_before_ns;            /* of the next search */
	struct kms_allocation allocation; /* of this frame */
	struct kms_allocation given;      /* of the last one that the driver took */
	uint32_t n_given;                 /* layers of that */
	struct kms_cursor cursor;
	bool shows_cursor; /* the plane does, since the last one that the driver took */
	const struct surface *cursor_of; /* whose that is; never looked into */
	bool is_tried; /* another part was painted since, which the driver did not take */
	enum way_reason cursor_reason;
	uint32_t cursor_item;     /* of the scene, that goes on the plane; KMS_NONE: none */
	struct scene rest;        /* what is painted; its items are borrowed */
	pixman_region32_t damage; /* what of it, for this frame */
	pixman_region32_t stale, next_stale; /* where the canvas is behind, as planes hid it */
	struct kms_pictures pictures;
};

/* 0 or -ENOMEM; finish is safe after it. */
int kms_planes_init(struct kms_planes *planes, struct kms_device *device);
/* No plane shows anything of it any more. */
void kms_planes_finish(struct kms_planes *planes);

/*
 * Spreads the scene, which differs from the last one within the damage. The state shows all
 * but what is painted; `painted` is a framebuffer to try with. What is in `rest` is to be
 * painted within `damage`, if the allocation is composed.
 */
void kms_planes_spread(struct kms_planes *planes, const struct scene *scene,
	const pixman_region32_t *damage, struct kms_state_head *state, uint32_t painted);
/* The driver refused what was spread. true: try again, there is less of it now. */
bool kms_planes_give_up(struct kms_planes *planes);
/* The state is given to the kernel; `ways` says how. */
void kms_planes_given(struct kms_planes *planes, const struct kms_state_head *state,
	const struct scene *scene, struct ways *ways);
/* It is shown. */
void kms_planes_shown(struct kms_planes *planes, const struct kms_state_head *state);
/* Whether planes show anything but what was painted. */
bool kms_planes_are_used(const struct kms_planes *planes);
/* What planes show from there on, above what is in the image. 0 or negative errno. */
int kms_planes_capture(const struct kms_planes *planes, struct painter *painter,
	pixman_image_t *image, int32_t x_px, int32_t y_px);
/* The screen shows what was painted, and nothing else, whatever was spread. */
void kms_planes_forget(struct kms_planes *planes);

#endif

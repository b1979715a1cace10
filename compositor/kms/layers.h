/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_LAYERS_H
#define COMPOSITOR_KMS_LAYERS_H

/*
 * A scene as planes could show it: from the topmost item that hides all others up, and for
 * each item whether it is one for a plane, or why it is none.
 */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/formats.h"
#include "compositor/kms/state.h"
#include "compositor/ways.h"

#define KMS_LAYERS_MAX 32

struct buffer;
struct kms_device;
struct release;
struct scene;

struct kms_layer {
	/* What allocations depend on. */
	enum way_reason reason; /* NONE: it may go on a plane */
	bool is_opaque;
	pixman_box32_t box;           /* what is seen of it, px of the screen */
	uint32_t x, y, width, height; /* of the buffer, in 65536ths of its px */
	struct format format;
	uint32_t width_px, height_px, stride_bytes; /* of the buffer */
	/* What changes with each frame. */
	uint32_t framebuffer;
	struct buffer *buffer;   /* borrowed */
	struct release *release; /* the same; NULL: nobody waits for it */
};

struct kms_layers {
	struct kms_layer items[KMS_LAYERS_MAX];
	uint32_t n;
	uint32_t first;   /* which item of the scene that is; those beneath are hidden */
	bool is_full;     /* the lowest fills the screen, and nothing is seen through it */
	bool is_too_many; /* nothing else is known then */
};

/* For the planes of the state's CRTC. */
void kms_layers_read(struct kms_layers *layers, const struct scene *scene,
	const struct kms_device *device, const struct kms_state_head *state);
/* Whether one of them may go on a plane. */
bool kms_layers_have_any(const struct kms_layers *layers);
/* The same, but for what changes with each frame. */
bool kms_layers_equal(const struct kms_layers *a, const struct kms_layers *b);
struct kms_state_picture kms_layer_picture(const struct kms_layer *layer);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_ALLOCATE_H
#define COMPOSITOR_KMS_ALLOCATE_H

/*
 * Which layer goes on which plane, by libliftoff: it asks the driver (TEST_ONLY) about one
 * plane after another, and searches for as many layers as it can. What is searched among is
 * kept small, as clients choose it: three planes above the primary one, four layers.
 *
 * Done in two attempts, for libliftoff's own idea of composition would give any layer to the
 * primary plane: the lowest layer there and all others above it, so that nothing is painted;
 * else what is painted there, and as many layers above it as have nothing painted above them.
 */

#include "compositor/kms/layers.h"
#include "compositor/kms/state.h"

#define KMS_PRIMARY (UINT32_MAX - 1) /* in the place of an overlay's index */

struct kms_allocation {
	uint32_t planes[KMS_LAYERS_MAX]; /* by layer: indices of `others`, or KMS_PRIMARY, or
					    KMS_NONE: painted */
	enum way_reason reasons[KMS_LAYERS_MAX]; /* why it is no better one */
	bool is_composed;                        /* something is painted */
};

/* All painted, for this reason where a layer has none of its own. */
void kms_allocate_none(
	struct kms_allocation *allocation, const struct kms_layers *layers, enum way_reason reason);
/*
 * `painted` is as large as the screen, of what is painted. The planes are the CRTC's from
 * then on; what was its own and is not used any more stays so.
 */
void kms_allocate(struct kms_allocation *allocation, const struct kms_layers *layers,
	struct kms_device *device, const struct kms_state_head *state, uint32_t painted);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_PICTURES_H
#define COMPOSITOR_KMS_PICTURES_H

/*
 * Clients' pictures on a CRTC's planes: those that are shown, and those of the frame that was
 * given to the kernel. A buffer is in use until a frame without it was shown. Who waits for the
 * release of what a commit showed (surface/release.h) is told with the fence of that frame, as
 * soon as it is given; without a fence as well when it was shown.
 */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/kms/state.h"

#define KMS_PICTURES_MAX (KMS_STATE_OVERLAYS_MAX + 1)

struct buffer;
struct release;

struct kms_pictures {
	struct kms_picture {
		struct buffer *buffer;   /* a reference and a use, or NULL */
		struct release *release; /* a reference, or NULL */
	} next[KMS_PICTURES_MAX], shown[KMS_PICTURES_MAX];
	uint32_t n_next;
};

/* No plane shows anything of it any more. */
void kms_pictures_finish(struct kms_pictures *pictures);
/* A frame is given to the kernel: it has those that are added then; of each, both are borrowed. */
void kms_pictures_begin(struct kms_pictures *pictures);
void kms_pictures_add(
	struct kms_pictures *pictures, struct buffer *buffer, struct release *release);
/* Whether somebody waits for what the next frame takes from planes. */
bool kms_pictures_want_fence(const struct kms_pictures *pictures);
/* The frame that was given is shown once that fence, the caller's, is signalled (-1: no fence). */
void kms_pictures_fence(struct kms_pictures *pictures, int shown_fd);
/* It is shown. */
void kms_pictures_shown(struct kms_pictures *pictures);

#endif

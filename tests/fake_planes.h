/* SPDX-License-Identifier: MIT */
#ifndef FAKE_PLANES_H
#define FAKE_PLANES_H

/*
 * The planes of a card's two CRTCs, in the place of libdrm at link time: a primary one and a
 * cursor for each, and two overlays, of which one is for either. It takes what it is told to
 * take, counts, and remembers what framebuffers were made of.
 */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/kms/device.h"

#define FAKE_CRTCS 2
#define FAKE_WIDTH 640
#define FAKE_HEIGHT 480

enum fake_plane {
	FAKE_PRIMARY,       /* of the first CRTC */
	FAKE_PRIMARY_OTHER, /* of the second */
	FAKE_OVERLAY,       /* of the first */
	FAKE_OVERLAY_ANY,   /* of either */
	FAKE_CURSOR,
	FAKE_CURSOR_OTHER,
	FAKE_PLANES,
};

/* As kms_device has them: places in its `others`. */
#define FAKE_OTHER(plane) ((plane)-FAKE_OVERLAY)

struct fake_planes {
	bool refuses[FAKE_PLANES]; /* when asked */
	bool scales;
	bool makes_no_framebuffers;
	const void *in_formats; /* NULL: it has no such property */
	uint32_t in_formats_bytes;
	/* What happened. */
	unsigned n_tests, n_framebuffers;
	uint32_t fourcc; /* of the framebuffer made last */
};

extern struct fake_planes fake_planes;

/* All is taken, and nothing happened yet. The device is as kms_device_read makes it. */
void fake_planes_init(struct kms_device *device);
void fake_planes_finish(struct kms_device *device);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_FORMATS_H
#define COMPOSITOR_FORMATS_H

/*
 * Sets of pairs of a format (drm_fourcc.h) and a modifier, how its px are laid out: what a
 * plane shows, a painter reads, a client may send. DRM_FORMAT_MOD_INVALID is whatever the
 * driver does where nobody says.
 */

#include <stdbool.h>
#include <stdint.h>

#define FORMATS_MAX 4096 /* what is beyond is not known */

struct format {
	uint32_t fourcc;
	uint64_t modifier;
};

struct formats {
	struct format *items;
	uint32_t n, n_allocated;
};

void formats_finish(struct formats *formats);
/* What is in it already stays once. 0 or negative errno. */
int formats_add(struct formats *formats, uint32_t fourcc, uint64_t modifier);
bool formats_have(const struct formats *formats, uint32_t fourcc, uint64_t modifier);
bool formats_have_fourcc(const struct formats *formats, uint32_t fourcc);
/* The same px without their alpha; 0: there is no such format, or it has none. */
uint32_t format_without_alpha(uint32_t fourcc);
/* Of the first plane, where each px has bytes of its own there; 0: not known. */
uint32_t format_px_bytes(uint32_t fourcc);

#endif

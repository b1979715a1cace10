/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_DRM_USAGE_H
#define PROTOCOL_DRM_USAGE_H

/*
 * What the kernel accounts to one open file of a GPU, as it says in /proc/PID/fdinfo/FD
 * (Linux, Documentation/gpu/drm-usage-stats.rst). Drivers give all of this, some or none.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drm_usage {
	bool has_time; /* there were drm-engine- lines */
	/* Of all engines in sum; of a kind that there are several of, the time of one. */
	uint64_t engine_ns;
	bool has_memory; /* there were drm-resident- or drm-memory- lines */
	/* In all regions, but for what the kernel may take back at any time. */
	uint64_t memory_bytes;
};

/*
 * Any text is fine: what is no line of this kind, or a line without an end, is passed over;
 * numbers that are too large are the largest there is.
 */
void drm_usage_parse(struct drm_usage *usage, const char *text, size_t len);
/* What another file has comes to it. */
void drm_usage_add(struct drm_usage *usage, const struct drm_usage *other);

#endif

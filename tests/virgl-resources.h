/* SPDX-License-Identifier: MIT */
#ifndef TESTS_VIRGL_RESOURCES_H
#define TESTS_VIRGL_RESOURCES_H

/* Resources of every kind, and numbers of which few are likely to be right. */

#include <stdbool.h>
#include <stdint.h>

#include "protocol/virgl.h"
#include "protocol/virgl_format.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

enum {
	TEXTURE = 1,
	VERTICES,
	QUERY,
	VOLUME,
	CUBE,
	LAYERS,
	ROWS,
	BLOCKS,
	STAGING,
	SAMPLES,
	SMALL_QUERY,
	INDICES,
	OWN_MEMORY,
	CUBES,
	WIDE_BUFFER,
	SPLIT_INFO,
	INFO,
	BARE_STAGING,
	DEPTH,
	RESOURCES,
};

#define DXT1_RGB 105
#define RGBA VIRGL_FORMAT_R8G8B8A8_UNORM
#define BYTES VIRGL_FORMAT_R8_UNORM

static const struct virgl_resource resources[RESOURCES] = {
	[TEXTURE] = { VIRGL_TARGET_2D, RGBA, VIRGL_BIND_SAMPLER_VIEW | VIRGL_BIND_RENDER_TARGET, 64,
		32, 1, 1, 2, 0, 0, 16384, 4096 },
	[VERTICES] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_VERTEX_BUFFER, 4096, 1, 1, 1, 0, 0, 0,
		4096, 4096 },
	[QUERY] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_CUSTOM, 16, 1, 1, 1, 0, 0, 0, 4096,
		4096 },
	[VOLUME] = { VIRGL_TARGET_3D, RGBA, VIRGL_BIND_SAMPLER_VIEW, 16, 16, 16, 1, 2, 0, 0, 65536,
		4096 },
	[CUBE] = { VIRGL_TARGET_CUBE, RGBA, VIRGL_BIND_SAMPLER_VIEW, 32, 32, 1, 6, 0, 0, 0, 65536,
		4096 },
	[LAYERS] = { VIRGL_TARGET_2D_ARRAY, RGBA, VIRGL_BIND_SAMPLER_VIEW, 16, 16, 1, 5, 0, 0, 0,
		65536, 4096 },
	[ROWS] = { VIRGL_TARGET_1D_ARRAY, RGBA, VIRGL_BIND_SAMPLER_VIEW, 64, 1, 1, 4, 0, 0, 0, 4096,
		4096 },
	[BLOCKS] = { VIRGL_TARGET_2D, DXT1_RGB, VIRGL_BIND_SAMPLER_VIEW, 20, 12, 1, 1, 2, 0, 0,
		4096, 4096 },
	[STAGING] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_STAGING, 1 << 20, 1, 1, 1, 0, 0, 0,
		1 << 20, 4096 },
	[SAMPLES] = { VIRGL_TARGET_2D, RGBA, VIRGL_BIND_RENDER_TARGET, 64, 64, 1, 1, 0, 4, 0, 0,
		0 },
	[SMALL_QUERY] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_CUSTOM, 8, 1, 1, 1, 0, 0, 0, 4096,
		4096 },
	[INDICES] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_INDEX_BUFFER, 64, 1, 1, 1, 0, 0, 0,
		4096, 4096 },
	[OWN_MEMORY] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_CUSTOM, 32, 1, 1, 1, 0, 0, 0, 0,
		0 },
	[CUBES] = { VIRGL_TARGET_CUBE_ARRAY, RGBA, VIRGL_BIND_SAMPLER_VIEW, 8, 8, 1, 12, 0, 0, 0,
		65536, 4096 },
	[WIDE_BUFFER] = { VIRGL_TARGET_BUFFER, RGBA, VIRGL_BIND_VERTEX_BUFFER, 64, 1, 1, 1, 0, 0, 0,
		4096, 4096 },
	[SPLIT_INFO] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_CUSTOM, 24, 1, 1, 1, 0, 0, 0, 4096,
		16 },
	[INFO] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_CUSTOM, 24, 1, 1, 1, 0, 0, 0, 4096,
		4096 },
	[BARE_STAGING] = { VIRGL_TARGET_BUFFER, BYTES, VIRGL_BIND_STAGING, 4096, 1, 1, 1, 0, 0, 0,
		0, 0 },
	[DEPTH] = { VIRGL_TARGET_2D, 20, VIRGL_BIND_DEPTH_STENCIL, 64, 64, 1, 1, 0, 0, 0, 16384,
		4096 },
};

static inline uint32_t random_next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static inline uint32_t random_dword(uint32_t *seed)
{
	static const uint32_t edges[] = { 0, 1, 2, 31, 32, 33, 64, 0x7fffffff, 0x80000000,
		0xffffffff, 0xffff, 0x10000 };
	uint32_t random = random_next(seed);
	switch (random & 3) {
	case 0:
		return edges[(random >> 2) % N(edges)];
	case 1:
		return (random >> 2) % RESOURCES;
	}
	return random_next(seed);
}

#endif

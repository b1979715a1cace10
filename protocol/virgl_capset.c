/* SPDX-License-Identifier: MIT */
#include "protocol/virgl.h"

#include <string.h>

#include "protocol/virgl_format.h"

/*
 * A capset is what a guest's driver goes by when it chooses what to send. Each
 * field that leads to more than this decoder takes is bounded here.
 */

struct format_mask {
	uint32_t bits[16];
};

/* Capset 1. A capset is in the renderer's byte order; floats are not looked at. */
struct caps_v1 {
	uint32_t max_version;
	struct format_mask sampler, render, depth_stencil, vertex_buffer;
	uint32_t features;
	uint32_t glsl_level;
	uint32_t max_texture_array_layers;
	uint32_t max_streamout_buffers;
	uint32_t max_dual_source_render_targets;
	uint32_t max_render_targets;
	uint32_t max_samples;
	uint32_t primitives;
	uint32_t max_tbo_size;
	uint32_t max_uniform_blocks;
	uint32_t max_viewports;
	uint32_t max_texture_gather_components;
};

/* Capset 2: capset 1, and what came to it until virglrenderer 0.10.4. */
struct caps_v2 {
	struct caps_v1 v1;
	uint32_t ranges[9]; /* float: of points, lines, LOD bias */
	uint32_t max_geometry[2];
	uint32_t max_vertex_outputs;
	uint32_t max_vertex_attribs;
	uint32_t max_shader_patch_varyings;
	uint32_t texel_offsets[4];
	uint32_t offset_alignments[3];
	uint32_t capability_bits;
	uint32_t sample_locations[8];
	uint32_t max_vertex_attrib_stride;
	uint32_t max_shader_buffers[2]; /* fragment and compute, the other stages */
	uint32_t max_shader_images[2];
	uint32_t max_image_samples;
	uint32_t max_compute_work_group_invocations;
	uint32_t max_compute_shared_memory_size;
	uint32_t max_compute_grid_size[3];
	uint32_t max_compute_block_size[3];
	uint32_t max_texture_2d_size;
	uint32_t max_texture_3d_size;
	uint32_t max_texture_cube_size;
	uint32_t max_combined_shader_buffers;
	uint32_t max_atomic_counters[VIRGL_SHADER_STAGE_END];
	uint32_t max_atomic_counter_buffers[VIRGL_SHADER_STAGE_END];
	uint32_t max_combined_atomic_counters;
	uint32_t max_combined_atomic_counter_buffers;
	uint32_t host_feature_check_version;
	struct format_mask readback, scanout;
	uint32_t capability_bits_v2;
	uint32_t max_video_memory;
	char renderer[64];
	uint32_t max_anisotropy; /* float */
	uint32_t max_texture_image_units;
	struct format_mask multisample;
	uint32_t max_const_buffer_size[VIRGL_SHADER_STAGE_END];
	uint32_t num_video_caps;
	uint32_t video_caps[32][4];
	uint32_t max_uniform_block_size;
};

_Static_assert(sizeof(struct caps_v1) == 308, "capset 1 of virglrenderer");
_Static_assert(sizeof(struct caps_v2) == 1376, "capset 2 of virglrenderer 0.10.4");

/* All 32 are known, but this one needs blobs mapped into the guest. */
#define CAPABILITY_ARB_BUFFER_STORAGE (1u << 31)
/* Bits 0 to 10 are known; this one leads to PIPE_RESOURCE_SET_TYPE. */
#define CAPABILITIES_V2_KNOWN 0x7ffu
#define CAPABILITY_V2_UNTYPED_RESOURCE (1u << 1)
/* From 21 on, Mesa sends opcodes that 0.10.4 has not; it is at 15. */
#define FEATURE_CHECK_VERSION 15
#define PRIMITIVES_KNOWN 0x7fffu

static void bound(uint32_t *value, uint32_t max)
{
	if (*value > max)
		*value = max;
}

static void bound_all(uint32_t *values, size_t n, uint32_t max)
{
	for (size_t i = 0; i < n; i++)
		bound(&values[i], max);
}

static void filter_formats(struct format_mask *mask)
{
	for (uint32_t format = 0; format < 32 * 16; format++)
		if (!virgl_format_find(format))
			mask->bits[format / 32] &= ~(1u << (format % 32));
}

static void filter_v1(struct caps_v1 *caps)
{
	filter_formats(&caps->sampler);
	filter_formats(&caps->render);
	filter_formats(&caps->depth_stencil);
	filter_formats(&caps->vertex_buffer);
	bound(&caps->max_texture_array_layers, virgl_limits_default.max_layers);
	bound(&caps->max_streamout_buffers, VIRGL_MAX_STREAMOUT_TARGETS);
	bound(&caps->max_render_targets, VIRGL_MAX_COLOR_BUFS);
	bound(&caps->max_samples, VIRGL_MAX_SAMPLES);
	bound(&caps->max_uniform_blocks, VIRGL_MAX_UNIFORM_BUFFERS);
	bound(&caps->max_viewports, VIRGL_MAX_VIEWPORTS);
	caps->primitives &= PRIMITIVES_KNOWN;
}

static void filter_v2(struct caps_v2 *caps)
{
	filter_v1(&caps->v1);
	filter_formats(&caps->readback);
	filter_formats(&caps->scanout);
	filter_formats(&caps->multisample);
	caps->capability_bits &= ~CAPABILITY_ARB_BUFFER_STORAGE;
	caps->capability_bits_v2 &= CAPABILITIES_V2_KNOWN & ~CAPABILITY_V2_UNTYPED_RESOURCE;
	bound(&caps->host_feature_check_version, FEATURE_CHECK_VERSION);
	bound(&caps->max_vertex_attribs, VIRGL_MAX_ATTRIBS);
	bound_all(caps->max_shader_buffers, 2, VIRGL_MAX_SHADER_BUFFERS);
	bound_all(caps->max_shader_images, 2, VIRGL_MAX_SHADER_IMAGES);
	bound_all(
		caps->max_atomic_counter_buffers, VIRGL_SHADER_STAGE_END, VIRGL_MAX_ATOMIC_BUFFERS);
	bound(&caps->max_combined_atomic_counter_buffers, VIRGL_MAX_ATOMIC_BUFFERS);
	bound_all(caps->max_const_buffer_size, VIRGL_SHADER_STAGE_END, 16 * VIRGL_MAX_CONSTANTS);
	bound(&caps->max_texture_image_units, VIRGL_MAX_SAMPLER_VIEWS);
	bound(&caps->max_texture_2d_size, virgl_limits_default.max_texture_2d_px);
	bound(&caps->max_texture_3d_size, virgl_limits_default.max_texture_3d_px);
	bound(&caps->max_texture_cube_size, virgl_limits_default.max_texture_cube_px);
	caps->num_video_caps = 0;
	memset(caps->video_caps, 0, sizeof(caps->video_caps));
}

bool virgl_capset_filter(uint32_t id, void *caps, size_t len)
{
	struct caps_v2 known = { 0 };
	size_t known_len = id == VIRGL_CAPSET_VIRGL ? sizeof(struct caps_v1) : sizeof(known);
	if (id != VIRGL_CAPSET_VIRGL && id != VIRGL_CAPSET_VIRGL2)
		return false;
	if (len < sizeof(struct caps_v1))
		return false;
	if (known_len > len)
		known_len = len;

	memcpy(&known, caps, known_len);
	filter_v2(&known);
	memcpy(caps, &known, known_len);
	memset((char *)caps + known_len, 0, len - known_len);
	return true;
}

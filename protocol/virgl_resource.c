/* SPDX-License-Identifier: MIT */
#include "protocol/virgl.h"

#include "protocol/bounds.h"
#include "protocol/virgl_format.h"

/*
 * What a resource may be, how large it is, and which boxes lie in it. The
 * renderer computes sizes of one level in 32 bits, and asserts or overflows
 * where a box or an offset does not fit: hence all is done here in 64.
 */

#define BIND_KNOWN                                                                                 \
	(VIRGL_BIND_DEPTH_STENCIL | VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW |           \
		VIRGL_BIND_VERTEX_BUFFER | VIRGL_BIND_INDEX_BUFFER | VIRGL_BIND_CONSTANT_BUFFER |  \
		VIRGL_BIND_DISPLAY_TARGET | VIRGL_BIND_COMMAND_ARGS | VIRGL_BIND_STREAM_OUTPUT |   \
		VIRGL_BIND_SHADER_BUFFER | VIRGL_BIND_QUERY_BUFFER | VIRGL_BIND_CURSOR |           \
		VIRGL_BIND_CUSTOM | VIRGL_BIND_SCANOUT | VIRGL_BIND_STAGING | VIRGL_BIND_SHARED |  \
		VIRGL_BIND_PREFER_EMULATED_BGRA | VIRGL_BIND_LINEAR | VIRGL_BIND_SHARED_SUBFLAGS)
/* A texture has at least one of these. */
#define BIND_TEXTURE                                                                               \
	(VIRGL_BIND_SAMPLER_VIEW | VIRGL_BIND_DEPTH_STENCIL | VIRGL_BIND_RENDER_TARGET |           \
		VIRGL_BIND_CURSOR | VIRGL_BIND_SHARED | VIRGL_BIND_LINEAR)
#define FLAGS_KNOWN                                                                                \
	(VIRGL_RESOURCE_Y_0_TOP | VIRGL_RESOURCE_MAP_PERSISTENT | VIRGL_RESOURCE_MAP_COHERENT)

const struct virgl_limits virgl_limits_default = {
	.max_texture_2d_px = 32768,
	.max_texture_3d_px = 16384,
	.max_texture_cube_px = 32768,
	.max_layers = 16384,
	.max_bytes = UINT32_MAX,
	.blobs = false,
	.long_shaders = true,
};

static uint32_t minify(uint32_t size, uint32_t level)
{
	uint32_t minified = level < 32 ? size >> level : 0;
	return minified ? minified : 1;
}

static uint64_t blocks(uint64_t pixels, uint8_t block_px)
{
	return (pixels + block_px - 1) / block_px;
}

static uint32_t log2_floor(uint32_t value)
{
	return 31 - (uint32_t)__builtin_clz(value | 1);
}

static bool is_cube(uint32_t target)
{
	return target == VIRGL_TARGET_CUBE || target == VIRGL_TARGET_CUBE_ARRAY;
}

static bool is_array(uint32_t target)
{
	return target == VIRGL_TARGET_1D_ARRAY || target == VIRGL_TARGET_2D_ARRAY ||
	       target == VIRGL_TARGET_CUBE_ARRAY;
}

static bool is_1d(uint32_t target)
{
	return target == VIRGL_TARGET_1D || target == VIRGL_TARGET_1D_ARRAY;
}

bool virgl_resource_is_gl_buffer(const struct virgl_resource *resource)
{
	return resource->target == VIRGL_TARGET_BUFFER && resource->bind != VIRGL_BIND_CUSTOM &&
	       resource->bind != VIRGL_BIND_STAGING;
}

uint32_t virgl_resource_layers(const struct virgl_resource *resource, uint32_t level)
{
	if (resource->target == VIRGL_TARGET_3D)
		return minify(resource->depth, level);
	if (is_cube(resource->target) || is_array(resource->target))
		return resource->array_size;
	return 1;
}

/* Bytes of one level, all its layers, one sample. False if they do not fit. */
static bool level_bytes(const struct virgl_resource *resource, const struct virgl_format *format,
	uint32_t level, uint64_t *bytes)
{
	uint64_t columns = blocks(minify(resource->width, level), format->block_width_px);
	uint64_t rows = blocks(minify(resource->height, level), format->block_height_px);
	uint64_t layers = virgl_resource_layers(resource, level);
	return mul_fits(columns, rows, bytes) && mul_fits(*bytes, format->block_bytes, bytes) &&
	       mul_fits(*bytes, layers, bytes);
}

/* Of one sample. */
static uint64_t resource_bytes(const struct virgl_resource *resource)
{
	const struct virgl_format *format = virgl_format_find(resource->format);
	if (!format || resource->last_level >= VIRGL_MAX_LEVELS)
		return UINT64_MAX;
	if (resource->target == VIRGL_TARGET_BUFFER)
		return resource->width;
	uint64_t sum = 0;
	for (uint32_t level = 0; level <= resource->last_level; level++) {
		uint64_t bytes;
		if (!level_bytes(resource, format, level, &bytes) ||
			__builtin_add_overflow(sum, bytes, &sum))
			return UINT64_MAX;
	}
	return sum;
}

uint64_t virgl_resource_bytes(const struct virgl_resource *resource)
{
	uint64_t bytes;
	uint32_t samples = resource->nr_samples ? resource->nr_samples : 1;
	return mul_fits(resource_bytes(resource), samples, &bytes) ? bytes : UINT64_MAX;
}

static bool check_buffer(const struct virgl_resource *resource)
{
	return resource->width > 0 && resource->height == 1 && resource->depth == 1 &&
	       resource->array_size <= 1 && resource->last_level == 0 && resource->nr_samples == 0;
}

static bool check_layers(const struct virgl_resource *resource, const struct virgl_limits *limits)
{
	if (resource->array_size > limits->max_layers)
		return false;
	if (resource->target == VIRGL_TARGET_CUBE)
		return resource->array_size == 6;
	if (resource->target == VIRGL_TARGET_CUBE_ARRAY)
		return resource->array_size > 0 && resource->array_size % 6 == 0;
	if (is_array(resource->target))
		return resource->array_size > 0;
	return resource->array_size <= 1;
}

static bool check_size(const struct virgl_resource *resource, const struct virgl_limits *limits)
{
	uint32_t max = limits->max_texture_2d_px;
	if (resource->target == VIRGL_TARGET_3D)
		max = limits->max_texture_3d_px;
	else if (is_cube(resource->target))
		max = limits->max_texture_cube_px;
	if (!resource->width || !resource->height || !resource->depth)
		return false;
	if (resource->width > max || resource->height > max || resource->depth > max)
		return false;
	if (resource->depth != 1 && resource->target != VIRGL_TARGET_3D)
		return false;
	if (resource->height != 1 && is_1d(resource->target))
		return false;
	return resource->width == resource->height || !is_cube(resource->target);
}

static bool check_levels(const struct virgl_resource *resource)
{
	if (resource->last_level == 0)
		return true;
	if (resource->target == VIRGL_TARGET_RECT || resource->nr_samples > 0)
		return false;
	/* A zero bit more does not change the logarithm: the largest of the three. */
	uint32_t largest = resource->width | resource->height | resource->depth;
	return resource->last_level < VIRGL_MAX_LEVELS &&
	       resource->last_level <= log2_floor(largest);
}

static bool check_texture(const struct virgl_resource *resource, const struct virgl_limits *limits)
{
	bool multisampled = resource->nr_samples > 0;
	if (resource->format == VIRGL_FORMAT_NONE || !(resource->bind & BIND_TEXTURE))
		return false;
	if (resource->nr_samples > VIRGL_MAX_SAMPLES)
		return false;
	if (multisampled && resource->target != VIRGL_TARGET_2D &&
		resource->target != VIRGL_TARGET_2D_ARRAY)
		return false;
	if ((resource->flags & VIRGL_RESOURCE_Y_0_TOP) && resource->target != VIRGL_TARGET_2D &&
		resource->target != VIRGL_TARGET_RECT)
		return false;
	return check_size(resource, limits) && check_layers(resource, limits) &&
	       check_levels(resource);
}

bool virgl_resource_check(
	const struct virgl_resource *resource, const struct virgl_limits *limits, uint64_t *bytes)
{
	if (resource->target >= VIRGL_TARGET_END || !virgl_format_find(resource->format))
		return false;
	if ((resource->bind & ~BIND_KNOWN) || (resource->flags & ~FLAGS_KNOWN))
		return false;
	if (resource->target == VIRGL_TARGET_BUFFER) {
		if (!check_buffer(resource) || (resource->flags & VIRGL_RESOURCE_Y_0_TOP))
			return false;
	} else if (!check_texture(resource, limits)) {
		return false;
	}
	if (resource_bytes(resource) > limits->max_bytes)
		return false;
	*bytes = virgl_resource_bytes(resource);
	return true;
}

bool virgl_box_check(
	const struct virgl_resource *resource, uint32_t level, const struct virgl_box *box)
{
	const struct virgl_format *format = virgl_format_find(resource->format);
	if (!format || level > resource->last_level)
		return false;
	uint64_t width = resource->width, height = resource->height;
	if (resource->target != VIRGL_TARGET_BUFFER) {
		/* The last block of a level may be wider than what is left of the level. */
		width = blocks(minify(resource->width, level), format->block_width_px) *
			format->block_width_px;
		height = blocks(minify(resource->height, level), format->block_height_px) *
			 format->block_height_px;
	}
	return range_fits(box->x, box->width, width) && range_fits(box->y, box->height, height) &&
	       range_fits(box->z, box->depth, virgl_resource_layers(resource, level));
}

/* Buffers that are no OpenGL buffer: bytes are copied to or from the backing itself. */
static bool check_plain_memory(
	const struct virgl_resource *resource, const struct virgl_transfer *transfer)
{
	if (resource->target != VIRGL_TARGET_BUFFER || virgl_resource_is_gl_buffer(resource))
		return true;
	if (resource->bind == VIRGL_BIND_CUSTOM && resource->backing_bytes == 0)
		return true; /* has host memory of its own, `width` bytes */
	return range_fits(transfer->box.x, transfer->box.width, resource->backing_bytes);
}

void virgl_transfer_layout(const struct virgl_resource *resource,
	const struct virgl_transfer *transfer, struct virgl_layout *layout)
{
	const struct virgl_format *format = virgl_format_find(resource->format);
	uint64_t level_columns =
		blocks(minify(resource->width, transfer->level), format->block_width_px);
	uint64_t level_height = minify(resource->height, transfer->level);

	layout->row_bytes =
		blocks(transfer->box.width, format->block_width_px) * format->block_bytes;
	layout->rows = blocks(transfer->box.height, format->block_height_px);
	layout->layers = transfer->box.depth;
	layout->stride = transfer->stride ? transfer->stride : level_columns * format->block_bytes;
	/* 32 bits times 32 bits. */
	layout->layer_stride = transfer->layer_stride;
	if (!layout->layer_stride)
		layout->layer_stride =
			layout->stride * blocks(level_height, format->block_height_px);
}

bool virgl_transfer_check(const struct virgl_resource *resource,
	const struct virgl_transfer *transfer, uint64_t memory_bytes)
{
	const struct virgl_box *box = &transfer->box;
	struct virgl_layout layout;

	if (!virgl_format_find(resource->format) || !box->width || !box->height || !box->depth)
		return false;
	if (!virgl_box_check(resource, transfer->level, box) ||
		!check_plain_memory(resource, transfer))
		return false;

	virgl_transfer_layout(resource, transfer, &layout);
	/* A buffer counts in bytes whatever its format, but reads back whole pixels. */
	if (resource->target == VIRGL_TARGET_BUFFER &&
		!range_fits(box->x, layout.row_bytes, resource->width))
		return false;
	if (layout.stride < layout.row_bytes || layout.layer_stride < layout.stride * layout.rows)
		return false;

	uint64_t stride = layout.stride, rows = layout.rows, layers_bytes, size;
	if (!mul_fits(layout.layer_stride, box->depth - 1, &layers_bytes) ||
		__builtin_add_overflow(
			layers_bytes, stride * (rows - 1) + layout.row_bytes, &size))
		return false;
	if (!range_fits(transfer->offset, size, memory_bytes))
		return false;
	if (!transfer->from_host)
		return true;
	/* Reading back, the renderer steps by whole levels, whatever layer stride was asked for. */
	uint64_t last, level_height = minify(resource->height, transfer->level);
	return mul_fits(stride * level_height, box->depth - 1, &last) &&
	       range_fits(transfer->offset, stride * (rows - 1), memory_bytes) &&
	       range_fits(transfer->offset + stride * (rows - 1), last, memory_bytes);
}

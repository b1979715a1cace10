/* SPDX-License-Identifier: MIT */
#include "protocol/virgl_command.h"

#include "protocol/bounds.h"
#include "protocol/virgl_format.h"

/* Moving pixels: between memory and a resource, and between resources. */

#define NO_RESOURCE "no such resource in this context"
#define NO_BOX "box beyond the resource"

static struct virgl_box read_box(const uint32_t *d)
{
	return (struct virgl_box){ d[0], d[1], d[2], d[3], d[4], d[5] };
}

/* resource, level, usage (not used), stride, layer stride, box */
static struct virgl_transfer read_transfer(const uint32_t *d)
{
	return (struct virgl_transfer){
		.box = read_box(d + 6),
		.level = d[2],
		.stride = d[4],
		.layer_stride = d[5],
	};
}

/* a transfer of 11, then the data */
const char *virgl_check_inline_write(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const struct virgl_resource *resource = virgl_find(checker, d[1]);
	if (!resource)
		return NO_RESOURCE;
	struct virgl_transfer transfer = read_transfer(d);
	return virgl_transfer_check(resource, &transfer, 4u * (command->length - 11))
		       ? NULL
		       : "transfer beyond its resource or its data";
}

#define TRANSFER_TO_HOST 1
#define TRANSFER_FROM_HOST 2

/* a transfer of 11, offset in the backing, direction */
const char *virgl_check_transfer(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const struct virgl_resource *resource = virgl_find(checker, d[1]);
	if (!resource)
		return NO_RESOURCE;
	if (d[13] != TRANSFER_TO_HOST && d[13] != TRANSFER_FROM_HOST)
		return "unknown direction";
	struct virgl_transfer transfer = read_transfer(d);
	transfer.offset = d[12];
	transfer.from_host = d[13] == TRANSFER_FROM_HOST;
	return virgl_transfer_check(resource, &transfer, resource->backing_bytes)
		       ? NULL
		       : "transfer beyond its resource or its backing";
}

#define COPY_SYNCHRONIZED (1u << 0)
#define COPY_FROM_HOST (1u << 1)

/* a transfer of 11, resource whose backing is the memory, offset in it, flags */
const char *virgl_check_copy_transfer(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const struct virgl_resource *resource = virgl_find(checker, d[1]);
	const struct virgl_resource *memory = virgl_find(checker, d[12]);
	if (!resource || !memory)
		return NO_RESOURCE;
	if (d[14] & ~(COPY_SYNCHRONIZED | COPY_FROM_HOST))
		return "unknown flags";
	struct virgl_transfer transfer = read_transfer(d);
	transfer.offset = d[13];
	transfer.from_host = d[14] & COPY_FROM_HOST;
	return virgl_transfer_check(resource, &transfer, memory->backing_bytes)
		       ? NULL
		       : "transfer beyond its resource or the other's backing";
}

bool virgl_command_reads(const struct virgl_command *command, uint32_t *memory, uint32_t *resource,
	struct virgl_transfer *transfer)
{
	const uint32_t *d = command->dwords;

	if (command->opcode == VIRGL_OPCODE_TRANSFER3D && command->length == 13 &&
		d[13] == TRANSFER_TO_HOST) {
		*memory = d[1];
		*transfer = read_transfer(d);
		transfer->offset = d[12];
	} else if (command->opcode == VIRGL_OPCODE_COPY_TRANSFER3D && command->length == 14 &&
		   !(d[14] & COPY_FROM_HOST)) {
		*memory = d[12];
		*transfer = read_transfer(d);
		transfer->offset = d[13];
	} else {
		return false;
	}
	*resource = d[1];
	return true;
}

/* resource, level, box, value of 4 */
const char *virgl_check_clear_texture(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const struct virgl_resource *resource = virgl_find(checker, d[1]);
	if (!resource)
		return NO_RESOURCE;
	if (resource->target == VIRGL_TARGET_BUFFER)
		return "not a texture";
	struct virgl_box box = read_box(d + 3);
	return virgl_box_check(resource, d[2], &box) ? NULL : NO_BOX;
}

/* Between compressed and not, one block is one pixel. False if the box grows too large. */
static bool scale_box(
	struct virgl_box *box, const struct virgl_format *from, const struct virgl_format *to)
{
	if (from->block_width_px > 1 && to->block_width_px == 1) {
		box->width /= from->block_width_px;
		box->height /= from->block_height_px;
		return true;
	}
	if (from->block_width_px > 1 || to->block_width_px == 1)
		return true;
	return !__builtin_mul_overflow(box->width, to->block_width_px, &box->width) &&
	       !__builtin_mul_overflow(box->height, to->block_height_px, &box->height);
}

/* to: resource, level, x, y, z; from: resource, level, box */
const char *virgl_check_copy_region(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const struct virgl_resource *to = virgl_find(checker, d[1]);
	const struct virgl_resource *from = virgl_find(checker, d[6]);
	if (!to || !from)
		return NO_RESOURCE;
	bool buffer = to->target == VIRGL_TARGET_BUFFER;
	if (buffer != (from->target == VIRGL_TARGET_BUFFER))
		return "a buffer and a texture";
	if (buffer && !(virgl_resource_is_gl_buffer(to) && virgl_resource_is_gl_buffer(from)))
		return "resource is not an OpenGL buffer";
	struct virgl_box box = read_box(d + 8);
	if (!virgl_box_check(from, d[7], &box))
		return NO_BOX;
	box.x = d[3], box.y = d[4], box.z = d[5];
	/* Found: virgl_box_check refuses unknown formats. */
	const struct virgl_format *to_format = virgl_format_find(to->format);
	if (!to_format || !scale_box(&box, virgl_format_find(from->format), to_format))
		return NO_BOX;
	return virgl_box_check(to, d[2], &box) ? NULL : NO_BOX;
}

static bool sum_fits(uint32_t position, uint32_t size)
{
	int32_t sum;
	return !__builtin_add_overflow((int32_t)position, (int32_t)size, &sum);
}

/*
 * A blit may mirror and reach beyond its textures, in x and y: OpenGL clips it.
 * Its layers may not.
 */
static bool blit_fits(
	const struct virgl_resource *resource, uint32_t level, const struct virgl_box *box)
{
	return level <= resource->last_level && sum_fits(box->x, box->width) &&
	       sum_fits(box->y, box->height) && box->depth > 0 &&
	       range_fits(box->z, box->depth, virgl_resource_layers(resource, level));
}

/* bits, scissor of 2; to: resource, level, format, box; from: the same */
const char *virgl_check_blit(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	const struct virgl_resource *to = virgl_find(checker, d[4]);
	const struct virgl_resource *from = virgl_find(checker, d[13]);
	if (!to || !from)
		return NO_RESOURCE;
	if (to->target == VIRGL_TARGET_BUFFER || from->target == VIRGL_TARGET_BUFFER)
		return "not a texture";
	/* 8 bits of mask with 6 known, 2 of filter with 2 known, 3 flags */
	if ((d[1] & 0xc0) || ((d[1] >> 8) & 3) > 1 || d[1] >> 13)
		return "unknown bits";
	if (!d[6] || !virgl_format_find(d[6]) || !d[15] || !virgl_format_find(d[15]))
		return "unknown format";
	struct virgl_box to_box = read_box(d + 7), from_box = read_box(d + 16);
	bool fits = blit_fits(to, d[5], &to_box) && blit_fits(from, d[14], &from_box);
	return fits ? NULL : NO_BOX;
}

/* target, format, bind, width, height, depth, array size, last level, samples, flags, blob id */
const char *virgl_check_pipe_resource_create(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	struct virgl_resource resource = {
		.target = d[1],
		.format = d[2],
		.bind = d[3],
		.width = d[4],
		.height = d[5],
		.depth = d[6],
		.array_size = d[7],
		.last_level = d[8],
		.nr_samples = d[9],
		.flags = d[10],
	};
	uint64_t bytes;
	if (!checker->limits->blobs)
		return "not supported";
	return virgl_resource_check(&resource, checker->limits, &bytes) ? NULL : "bad resource";
}

/* resource, format, bind, width, height, usage, modifier of 2, then each: stride, offset */
const char *virgl_check_pipe_resource_set_type(
	const struct virgl_checker *checker, const struct virgl_command *command)
{
	const uint32_t *d = command->dwords;
	struct virgl_resource resource = {
		.target = VIRGL_TARGET_2D,
		.format = d[2],
		.bind = d[3],
		.width = d[4],
		.height = d[5],
		.depth = 1,
		.array_size = 1,
	};
	uint64_t bytes;
	if (!checker->limits->blobs)
		return "not supported";
	return virgl_resource_check(&resource, checker->limits, &bytes) ? NULL : "bad resource";
}

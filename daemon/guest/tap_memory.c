/* SPDX-License-Identifier: MIT */
/*
 * What a command reads of guest memory, as records of data before it. Whether the
 * command is right is checked as far as its memory goes; what is refused later on
 * has been recorded for nothing.
 */
#include <stdlib.h>

#include "daemon/guest/guest.h"
#include "daemon/guest/tap.h"
#include "protocol/bounds.h"
#include "protocol/virgl.h"

#define DATA_MAX_BYTES VIRTIO_GPU_COMMAND_MAX

/* A resource's backing. */
struct memory {
	struct tap *tap;
	uint32_t resource;
	uint8_t *entries; /* owned: as they stand on the wire */
	uint32_t n_entries;
	uint64_t bytes; /* all together */
	/* Where the last read ended: reads mostly go forward. */
	uint32_t entry;
	uint64_t entry_start;
};

static struct virtio_gpu_entry memory_entry(const struct memory *memory, uint32_t i)
{
	struct virtio_gpu_command attach = { .tail = memory->entries };
	return virtio_gpu_entry_at(&attach, i);
}

/* False: it has no backing, or there is no memory. */
static bool memory_init(
	struct memory *memory, struct tap *tap, const struct state_resource *resource)
{
	*memory = (struct memory){ .tap = tap };
	if (!resource || resource->backing == STATE_NONE || !resource->n_entries)
		return false;
	memory->entries = malloc((size_t)resource->n_entries * 16);
	if (!memory->entries)
		return false;
	gpu_backing_write(&tap->guest->gpu.table, resource, memory->entries);
	memory->resource = resource->id;
	memory->n_entries = resource->n_entries;
	for (uint32_t i = 0; i < memory->n_entries; i++)
		memory->bytes += memory_entry(memory, i).len;
	return true;
}

static void memory_finish(struct memory *memory)
{
	free(memory->entries);
}

/* Into the record that was begun; `len` bytes from `offset` on lie within the backing. */
static void memory_copy(struct memory *memory, uint64_t offset, uint64_t len)
{
	static const uint8_t nothing[4096];

	if (offset < memory->entry_start)
		memory->entry = memory->entry_start = 0;
	while (len) {
		struct virtio_gpu_entry entry = memory_entry(memory, memory->entry);
		uint64_t skip = offset - memory->entry_start;
		if (skip >= entry.len) {
			memory->entry_start += entry.len;
			memory->entry++;
			continue;
		}
		uint64_t part = entry.len - skip < len ? entry.len - skip : len;
		const void *at = guest_memory_at(
			&memory->tap->guest->connection.memory, entry.addr + skip, part);
		/* The VMM took this memory away: the renderer has none either. */
		if (!at && part > sizeof(nothing))
			part = sizeof(nothing);
		tap_write(memory->tap, at ? at : nothing, part);
		offset += part;
		len -= part;
	}
}

static bool memory_record(
	struct memory *memory, uint64_t offset, uint32_t row_bytes, uint32_t rows, uint32_t stride)
{
	struct record record = {
		.kind = RECORD_DATA,
		.data = {
			.resource = memory->resource,
			.rows = rows,
			.offset = offset,
			.row_bytes = row_bytes,
			.stride = stride,
		},
		.len = (size_t)row_bytes * rows,
	};

	if (!tap_begin(memory->tap, &record))
		return false;
	for (uint32_t row = 0; row < rows; row++)
		memory_copy(memory, offset + (uint64_t)row * stride, row_bytes);
	return true;
}

/* In records of bounded size. */
static void memory_rows(
	struct memory *memory, uint64_t offset, uint64_t row_bytes, uint64_t rows, uint64_t stride)
{
	if (row_bytes == stride || row_bytes > DATA_MAX_BYTES / 2) {
		uint64_t bytes =
			row_bytes == stride ? row_bytes * rows : stride * (rows - 1) + row_bytes;
		for (uint64_t part; bytes; bytes -= part, offset += part) {
			part = bytes < DATA_MAX_BYTES ? bytes : DATA_MAX_BYTES;
			if (!memory_record(memory, offset, part, 1, part))
				return;
		}
		return;
	}
	for (uint64_t part; rows; rows -= part, offset += part * stride) {
		part = rows < DATA_MAX_BYTES / row_bytes ? rows : DATA_MAX_BYTES / row_bytes;
		if (!memory_record(memory, offset, row_bytes, part, stride))
			return;
	}
}

static void memory_transfer_2d(struct memory *memory, const struct state_resource *resource,
	const struct virtio_gpu_command *command)
{
	const struct virtio_gpu_area *area = &command->transfer_2d.area;
	uint64_t row_bytes = (uint64_t)area->width * 4, stride = (uint64_t)resource->width * 4;

	if (!area->width || !area->height || !range_fits(area->x, area->width, resource->width) ||
		!range_fits(area->y, area->height, resource->height) ||
		!range_fits(command->transfer_2d.offset, stride * (area->height - 1) + row_bytes,
			memory->bytes))
		return;
	memory_rows(memory, command->transfer_2d.offset, row_bytes, area->height, stride);
}

/* What heads show of a flushed blob. */
static void memory_flush(struct memory *memory, const struct virtio_gpu_command *command)
{
	const struct gpu *gpu = &memory->tap->guest->gpu;
	const struct virtio_gpu_area *flush = &command->flush;

	for (uint32_t i = 0; i < gpu->n_heads; i++) {
		const struct state_head *head = &gpu->state->heads[i];
		uint64_t right = (uint64_t)flush->x + flush->width;
		uint64_t bottom = (uint64_t)flush->y + flush->height;
		uint32_t x = flush->x > head->x ? flush->x : head->x;
		uint32_t y = flush->y > head->y ? flush->y : head->y;
		if (right > (uint64_t)head->x + head->width_px)
			right = (uint64_t)head->x + head->width_px;
		if (bottom > (uint64_t)head->y + head->height_px)
			bottom = (uint64_t)head->y + head->height_px;
		uint64_t offset = head->offset_bytes + (uint64_t)y * head->stride_bytes + x * 4ull;
		if (head->resource != memory->resource || right <= x || bottom <= y ||
			!range_fits(offset, (bottom - y - 1) * head->stride_bytes + (right - x) * 4,
				memory->bytes))
			continue;
		memory_rows(memory, offset, (right - x) * 4, bottom - y, head->stride_bytes);
	}
}

static struct virgl_resource resource_info(const struct state_resource *resource)
{
	bool is_3d = resource->kind == STATE_RESOURCE_3D;

	return (struct virgl_resource){
		.target = is_3d ? resource->target : VIRGL_TARGET_2D,
		.format = resource->format,
		.bind = resource->bind,
		.width = resource->width,
		.height = resource->height,
		.depth = is_3d ? resource->depth : 1,
		.array_size = is_3d ? resource->array_size : 1,
		.last_level = resource->last_level,
		.nr_samples = resource->nr_samples,
		.flags = resource->flags,
		.backing_bytes =
			UINT64_MAX, /* of the resource itself; asked about another's here */
	};
}

static void memory_transfer_3d(struct memory *memory, const struct state_resource *resource,
	const struct virgl_transfer *transfer)
{
	struct virgl_resource info = resource_info(resource);
	struct virgl_layout layout;

	if (!virgl_transfer_check(&info, transfer, memory->bytes))
		return;
	virgl_transfer_layout(&info, transfer, &layout);
	for (uint64_t layer = 0; layer < layout.layers; layer++)
		memory_rows(memory, transfer->offset + layer * layout.layer_stride,
			layout.row_bytes, layout.rows, layout.stride);
}

static struct virgl_transfer command_transfer(const struct virtio_gpu_command *command)
{
	const struct virtio_gpu_volume *box = &command->transfer_3d.box;

	return (struct virgl_transfer){
		.box = { box->x, box->y, box->z, box->w, box->h, box->d },
		.level = command->transfer_3d.level,
		.stride = command->transfer_3d.stride,
		.layer_stride = command->transfer_3d.layer_stride,
		.offset = command->transfer_3d.offset,
	};
}

static void tap_stream_command(struct tap *tap, const struct virgl_command *command)
{
	const struct gpu_table *table = &tap->guest->gpu.table;
	struct virgl_transfer transfer;
	struct memory memory;
	uint32_t memory_id, resource_id;

	if (!virgl_command_reads(command, &memory_id, &resource_id, &transfer))
		return;
	const struct state_resource *resource = gpu_resource_find(table, resource_id);
	if (!resource || !memory_init(&memory, tap, gpu_resource_find(table, memory_id)))
		return;
	memory_transfer_3d(&memory, resource, &transfer);
	memory_finish(&memory);
}

static void tap_stream(struct tap *tap, const struct virtio_gpu_command *submit)
{
	size_t n_dwords = submit->submit.size / 4, offset = 0;
	struct virgl_command command;

	/* The device's buffer and the command's header are aligned to four. */
	while (virgl_stream_next((const uint32_t *)submit->tail, n_dwords, &offset, &command))
		tap_stream_command(tap, &command);
}

void tap_memory(struct tap *tap, const struct virtio_gpu_command *command)
{
	const struct state_resource *resource =
		gpu_resource_find(&tap->guest->gpu.table, command->resource_id);
	struct virgl_transfer transfer;
	struct memory memory;

	switch (command->header.type) {
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		tap_stream(tap, command);
		return;
	case VIRTIO_GPU_CMD_RESOURCE_FLUSH:
		if (!resource || resource->kind != STATE_RESOURCE_BLOB ||
			!memory_init(&memory, tap, resource))
			return;
		memory_flush(&memory, command);
		memory_finish(&memory);
		return;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		if (!memory_init(&memory, tap, resource))
			return;
		memory_transfer_2d(&memory, resource, command);
		memory_finish(&memory);
		return;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D:
		if (!memory_init(&memory, tap, resource))
			return;
		transfer = command_transfer(command);
		memory_transfer_3d(&memory, resource, &transfer);
		memory_finish(&memory);
		return;
	default:
		return;
	}
}

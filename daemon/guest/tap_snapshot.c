/* SPDX-License-Identifier: MIT */
/*
 * A recording that begins while the guest runs starts with commands that make what
 * the device's tables hold: resources with their backing, what 2D ones contain,
 * what heads show. What a renderer holds cannot be told: 3D resources are empty,
 * and contexts are only named.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/pixman/image.h"
#include "daemon/guest/guest.h"
#include "daemon/guest/tap.h"

struct snapshot {
	struct tap *tap;
	const struct gpu *gpu;
	uint8_t *bytes; /* owned: room for any command */
};

static void snapshot_command(struct snapshot *snapshot, const struct virtio_gpu_command *command)
{
	bool is_cursor = command->header.type == VIRTIO_GPU_CMD_UPDATE_CURSOR;
	struct record record = {
		.kind = RECORD_COMMAND,
		.command = {
			.queue = is_cursor ? VIRTIO_GPU_QUEUE_CURSOR : VIRTIO_GPU_QUEUE_CONTROL,
			.flags = RECORD_COMMAND_MADE,
		},
		.bytes = snapshot->bytes,
		.len = encode_virtio_gpu_command(command, snapshot->bytes, VIRTIO_GPU_COMMAND_MAX),
	};

	if (record.len)
		tap_record(snapshot->tap, &record);
}

static void snapshot_simple(struct snapshot *snapshot, uint32_t type, uint32_t resource)
{
	snapshot_command(snapshot,
		&(struct virtio_gpu_command){ .header.type = type, .resource_id = resource });
}

/* A resource's entries as they stand on the wire; the caller frees. NULL: no memory. */
static uint8_t *snapshot_entries(struct snapshot *snapshot, const struct state_resource *resource)
{
	uint8_t *entries = malloc((size_t)resource->n_entries * 16 + 1);

	if (entries)
		gpu_backing_write(&snapshot->gpu->table, resource, entries);
	return entries;
}

static void snapshot_blob(struct snapshot *snapshot, const struct state_resource *resource)
{
	uint8_t *entries = snapshot_entries(snapshot, resource);

	if (!entries)
		return;
	struct virtio_gpu_command command = gpu_resource_created(resource);
	command.create_blob.n_entries = resource->n_entries;
	command.tail = entries;
	command.tail_len = (size_t)resource->n_entries * 16;
	snapshot_command(snapshot, &command);
	free(entries);
}

static void snapshot_create(struct snapshot *snapshot, const struct state_resource *resource)
{
	struct virtio_gpu_command command = gpu_resource_created(resource);

	snapshot_command(snapshot, &command);
}

static void snapshot_pixels(
	struct snapshot *snapshot, uint32_t resource, const uint8_t *pixels, uint64_t bytes)
{
	struct record record = { .kind = RECORD_DATA };

	for (uint64_t at = 0; at < bytes; at += record.len) {
		record.len =
			bytes - at < VIRTIO_GPU_COMMAND_MAX ? bytes - at : VIRTIO_GPU_COMMAND_MAX;
		record.bytes = pixels + at;
		record.data = (struct record_data){
			.resource = resource,
			.rows = 1,
			.offset = at,
			.row_bytes = record.len,
			.stride = record.len,
		};
		tap_record(snapshot->tap, &record);
	}
}

/* The pixels come by a backing of their own: what the guest's holds may be newer or gone. */
static void snapshot_content(struct snapshot *snapshot, const struct state_resource *resource)
{
	const struct image *image = idmap_find(&snapshot->tap->guest->local.images, resource->id);
	const uint8_t *pixels = image ? image_pixels(image) : NULL;
	uint64_t bytes = (uint64_t)resource->width * 4 * resource->height;
	uint8_t entry[16] = { 0 };
	uint32_t len = htole32(bytes);
	struct virtio_gpu_command attach = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = resource->id,
		.attach_backing.n_entries = 1,
		.tail = entry,
		.tail_len = sizeof(entry),
	};
	struct virtio_gpu_command transfer = {
		.header.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		.resource_id = resource->id,
		.transfer_2d.area = { .width = resource->width, .height = resource->height },
	};

	if (!pixels)
		return;
	memcpy(entry + 8, &len, sizeof(len));
	snapshot_command(snapshot, &attach);
	snapshot_pixels(snapshot, resource->id, pixels, bytes);
	snapshot_command(snapshot, &transfer);
	snapshot_simple(snapshot, VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, resource->id);
}

static void snapshot_backing(struct snapshot *snapshot, const struct state_resource *resource)
{
	if (resource->backing == STATE_NONE)
		return;
	uint8_t *entries = snapshot_entries(snapshot, resource);
	if (!entries)
		return;
	snapshot_command(snapshot, &(struct virtio_gpu_command){
					   .header.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
					   .resource_id = resource->id,
					   .attach_backing.n_entries = resource->n_entries,
					   .tail = entries,
					   .tail_len = (size_t)resource->n_entries * 16,
				   });
	free(entries);
}

/* What a 2D resource on the remote renderer contains: its backing is the best there is of it. */
static void snapshot_transfer(struct snapshot *snapshot, const struct state_resource *resource)
{
	struct virtio_gpu_command transfer = {
		.header.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		.resource_id = resource->id,
		.transfer_2d.area = { .width = resource->width, .height = resource->height },
	};

	tap_memory(snapshot->tap, &transfer);
	snapshot_command(snapshot, &transfer);
}

static void snapshot_resource(struct snapshot *snapshot, const struct state_resource *resource)
{
	if (resource->kind == STATE_RESOURCE_BLOB) {
		snapshot_blob(snapshot, resource);
		return;
	}
	snapshot_create(snapshot, resource);
	snapshot_content(snapshot, resource);
	snapshot_backing(snapshot, resource);
	if (resource->kind == STATE_RESOURCE_2D_REMOTE && resource->n_entries)
		snapshot_transfer(snapshot, resource);
}

/* The head's resource, and all of it flushed. */
static void snapshot_scanout(struct snapshot *snapshot, uint32_t index)
{
	const struct state_head *head = &snapshot->gpu->state->heads[index];
	const struct state_resource *resource =
		gpu_resource_find(&snapshot->gpu->table, head->resource);
	struct virtio_gpu_area area = { head->x, head->y, head->width_px, head->height_px };
	struct virtio_gpu_command scanout = {
		.header.type = VIRTIO_GPU_CMD_SET_SCANOUT,
		.resource_id = head->resource,
		.set_scanout = { .scanout_id = index, .area = area },
	};
	struct virtio_gpu_command flush = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_FLUSH,
		.resource_id = head->resource,
		.flush = area,
	};

	if (!resource)
		return;
	if (resource->kind == STATE_RESOURCE_BLOB) {
		scanout.header.type = VIRTIO_GPU_CMD_SET_SCANOUT_BLOB;
		scanout.scanout_blob.scanout_id = index;
		scanout.scanout_blob.area = area;
		scanout.scanout_blob.width = head->x + head->width_px;
		scanout.scanout_blob.height = head->y + head->height_px;
		scanout.scanout_blob.format = head->format;
		scanout.scanout_blob.stride = head->stride_bytes;
		scanout.scanout_blob.offset = head->offset_bytes;
	}
	snapshot_command(snapshot, &scanout);
	tap_memory(snapshot->tap, &flush);
	snapshot_command(snapshot, &flush);
}

static void snapshot_cursor(struct snapshot *snapshot, uint32_t index)
{
	const struct state_head *head = &snapshot->gpu->state->heads[index];

	if (!head->cursor_resource)
		return;
	snapshot_command(snapshot, &(struct virtio_gpu_command){
		.header.type = VIRTIO_GPU_CMD_UPDATE_CURSOR,
		.resource_id = head->cursor_resource,
		.cursor = {
			.scanout_id = index,
			.x = head->cursor_x,
			.y = head->cursor_y,
			.hot_x = head->cursor_hot_x,
			.hot_y = head->cursor_hot_y,
		},
	});
}

void tap_snapshot(struct tap *tap)
{
	const struct gpu *gpu = &tap->guest->gpu;
	const struct state *state = gpu->state;
	struct snapshot snapshot = {
		.tap = tap,
		.gpu = gpu,
		.bytes = malloc(VIRTIO_GPU_COMMAND_MAX),
	};

	for (uint32_t i = 0; snapshot.bytes && i < gpu->state->ends.resources; i++) {
		if (state->resources[i].id)
			snapshot_resource(&snapshot, &state->resources[i]);
	}
	for (uint32_t i = 0; i < gpu->state->ends.contexts; i++) {
		struct record record = { .kind = RECORD_CONTEXT,
			.context.id = state->contexts[i].id };
		if (record.context.id)
			tap_record(tap, &record);
	}
	for (uint32_t i = 0; snapshot.bytes && i < gpu->n_heads; i++) {
		snapshot_scanout(&snapshot, i);
		snapshot_cursor(&snapshot, i);
	}
	free(snapshot.bytes);
}

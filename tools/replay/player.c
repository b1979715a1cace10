/* SPDX-License-Identifier: MIT */
/* Records to targets. */
#include "tools/replay/player.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "protocol/bounds.h"
#include "protocol/limits.h"
#include "protocol/reader.h"

#define RESOURCES_MAX MEMORY_RUNS_MAX
#define CONTEXTS_MAX 65536u
#define ENTRY_MAX_BYTES (UINT64_C(1) << 31)

struct player_resource {
	uint32_t id;
	struct target *target; /* borrowed: where it is; NULL: nowhere, it is 3D and skipped */
	uint64_t start, bytes; /* its backing's memory; 0 bytes: none */
	bool backed;
};

static struct log_limit refusals;

/* -- backing -- */

static uint64_t entries_bytes(const struct virtio_gpu_command *command, uint32_t n_entries)
{
	uint64_t bytes = 0; /* at most 2^16 times 2^32 */

	for (uint32_t i = 0; i < n_entries; i++)
		bytes += virtio_gpu_entry_at(command, i).len;
	return bytes;
}

static void resource_give_memory(struct player *player, struct player_resource *resource)
{
	if (resource->bytes)
		memory_give(&player->memory, resource->start);
	resource->bytes = 0;
	resource->backed = false;
}

/* As many bytes as the entries of `command`, in one run; attached where the resource is. */
static uint32_t resource_back(struct player *player, struct player_resource *resource,
	const struct virtio_gpu_command *command, uint32_t n_entries)
{
	uint64_t bytes = entries_bytes(command, n_entries), start = 0, done = 0;
	uint8_t entries[64 * 16]; /* twice what 2^36 bytes need */
	struct writer w = writer_over(entries, sizeof(entries));
	struct virtio_gpu_command attach = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = resource->id,
		.tail = entries,
	};

	if (resource->backed)
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	if (bytes && memory_take(&player->memory, bytes, &start) < 0)
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	for (uint64_t part; done < bytes; done += part) {
		part = bytes - done < ENTRY_MAX_BYTES ? bytes - done : ENTRY_MAX_BYTES;
		write_u64(&w, start + done);
		write_u32(&w, part);
		write_zero(&w, 4);
		attach.attach_backing.n_entries++;
	}
	attach.tail_len = w.pos;
	resource->start = start;
	resource->bytes = bytes;
	resource->backed = true;
	uint32_t response = resource->target->interface->execute(resource->target, &attach);
	if (response != VIRTIO_GPU_RESP_OK_NODATA)
		resource_give_memory(player, resource);
	return response;
}

static void play_data(struct player *player, const struct record *record)
{
	const struct record_data *data = &record->data;
	const struct player_resource *resource = idmap_find(&player->resources, data->resource);
	uint64_t extent = (uint64_t)(data->rows - 1) * data->stride + data->row_bytes;

	if (!resource || !range_fits(data->offset, extent, resource->bytes))
		return;
	uint8_t *to = player->memory.map + resource->start + data->offset;
	for (uint32_t row = 0; row < data->rows; row++)
		memcpy(to + (uint64_t)row * data->stride,
			record->bytes + (size_t)row * data->row_bytes, data->row_bytes);
}

/* -- resources -- */

static struct target *target_of(const struct player *player, uint32_t type)
{
	if (type == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB)
		return player->plain;
	if (type == VIRTIO_GPU_CMD_RESOURCE_CREATE_2D && !player->target)
		return player->plain;
	return player->target;
}

static void head_hide(struct player *player, uint32_t head)
{
	if (player->heads[head].resource && player->listener)
		player->listener->hiding(player, head);
	player->heads[head] = (struct target_scanout){ 0 };
}

static void resource_hide(struct player *player, uint32_t resource)
{
	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		if (player->heads[i].resource == resource)
			head_hide(player, i);
	}
}

static void resource_drop(struct player *player, struct player_resource *resource)
{
	resource_give_memory(player, resource);
	idmap_remove(&player->resources, resource->id);
	free(resource);
}

static uint32_t play_create(struct player *player, const struct virtio_gpu_command *command)
{
	struct target *target = target_of(player, command->header.type);

	if (!command->resource_id || idmap_find(&player->resources, command->resource_id))
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (player->resources.n_used >= RESOURCES_MAX)
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	struct player_resource *resource = calloc(1, sizeof(*resource));
	if (!resource || idmap_insert(&player->resources, command->resource_id, resource) < 0) {
		free(resource);
		return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
	}
	resource->id = command->resource_id;
	resource->target = target;
	uint32_t response =
		target ? target->interface->execute(target, command) : VIRTIO_GPU_RESP_OK_NODATA;
	if (response != VIRTIO_GPU_RESP_OK_NODATA)
		resource_drop(player, resource);
	return response;
}

static uint32_t play_create_blob(struct player *player, const struct virtio_gpu_command *command)
{
	if (command->create_blob.mem != VIRTIO_GPU_BLOB_MEM_GUEST)
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	uint32_t response = play_create(player, command);
	if (response != VIRTIO_GPU_RESP_OK_NODATA)
		return response;
	/* Without entries its memory comes later. */
	if (!command->create_blob.n_entries)
		return response;
	struct player_resource *resource = idmap_find(&player->resources, command->resource_id);
	return resource_back(player, resource, command, command->create_blob.n_entries);
}

/* A command on a resource that is there; its target says the rest. */
static uint32_t play_resource(struct player *player, const struct virtio_gpu_command *command)
{
	struct player_resource *resource = idmap_find(&player->resources, command->resource_id);

	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (!resource->target) {
		player->counts.skipped_3d++;
		if (command->header.type != VIRTIO_GPU_CMD_RESOURCE_UNREF)
			return 0;
		resource_hide(player, resource->id);
		resource_drop(player, resource);
		return 0;
	}
	if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING)
		return resource_back(player, resource, command, command->attach_backing.n_entries);
	if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_UNREF)
		resource_hide(player, resource->id);
	uint32_t response = resource->target->interface->execute(resource->target, command);
	if (response != VIRTIO_GPU_RESP_OK_NODATA)
		return response;
	if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING)
		resource_give_memory(player, resource);
	if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_UNREF)
		resource_drop(player, resource);
	return response;
}

static uint32_t play_3d(struct player *player, const struct virtio_gpu_command *command)
{
	if (!player->target) {
		player->counts.skipped_3d++;
		if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_3D)
			play_create(player, command);
		return 0;
	}
	if (idmap_find(&player->contexts, command->header.ctx_id)) {
		player->counts.skipped_contexts++;
		if (command->header.type == VIRTIO_GPU_CMD_CTX_DESTROY)
			idmap_remove(&player->contexts, command->header.ctx_id);
		return 0;
	}
	if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_3D)
		return play_create(player, command);
	return player->target->interface->execute(player->target, command);
}

/* -- heads -- */

static uint32_t play_scanout(
	struct player *player, uint32_t head, const struct target_scanout *scanout)
{
	if (head >= LIMIT_HEADS)
		return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
	if (scanout->resource && !idmap_find(&player->resources, scanout->resource))
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (scanout->resource &&
		(!scanout->area.width || scanout->area.width > LIMIT_PICTURE_PX ||
			!scanout->area.height || scanout->area.height > LIMIT_PICTURE_PX))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	if (!scanout->resource)
		head_hide(player, head);
	else
		player->heads[head] = *scanout;
	return VIRTIO_GPU_RESP_OK_NODATA;
}

static uint32_t play_set_scanout(struct player *player, const struct virtio_gpu_command *command)
{
	struct target_scanout scanout = {
		.resource = command->resource_id,
		.area = command->set_scanout.area,
	};
	return play_scanout(player, command->set_scanout.scanout_id, &scanout);
}

static uint32_t play_set_scanout_blob(
	struct player *player, const struct virtio_gpu_command *command)
{
	struct target_scanout scanout = {
		.resource = command->resource_id,
		.area = command->scanout_blob.area,
		.format = command->scanout_blob.format,
		.stride_bytes = command->scanout_blob.stride,
		.offset_bytes = command->scanout_blob.offset,
	};
	return play_scanout(player, command->scanout_blob.scanout_id, &scanout);
}

static uint32_t play_flush(struct player *player, const struct virtio_gpu_command *command)
{
	const struct player_resource *resource =
		idmap_find(&player->resources, command->resource_id);

	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (!resource->target)
		return 0;
	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		if (player->heads[i].resource != command->resource_id)
			continue;
		player->counts.frames++;
		if (player->listener)
			player->listener->flushed(player, i);
	}
	return VIRTIO_GPU_RESP_OK_NODATA;
}

uint32_t *player_picture(struct player *player, uint32_t head)
{
	const struct target_scanout *scanout = &player->heads[head];
	const struct player_resource *resource = idmap_find(&player->resources, scanout->resource);

	if (!scanout->resource || !resource || !resource->target)
		return NULL;
	uint32_t *pixels = malloc((size_t)scanout->area.width * scanout->area.height * 4);
	if (pixels && resource->target->interface->read(resource->target, scanout, pixels))
		return pixels;
	free(pixels);
	return NULL;
}

/* -- records -- */

/* The response; 0: nothing to do here, or skipped. */
static uint32_t play_command(struct player *player, const struct virtio_gpu_command *command)
{
	switch (command->header.type) {
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_2D:
		return play_create(player, command);
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		return play_create_blob(player, command);
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
	case VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING:
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		return play_resource(player, command);
	case VIRTIO_GPU_CMD_SET_SCANOUT:
		return play_set_scanout(player, command);
	case VIRTIO_GPU_CMD_SET_SCANOUT_BLOB:
		return play_set_scanout_blob(player, command);
	case VIRTIO_GPU_CMD_RESOURCE_FLUSH:
		return play_flush(player, command);
	default:
		return virtio_gpu_command_is_3d(command->header.type) ? play_3d(player, command)
								      : 0;
	}
}

static void play_command_record(struct player *player, const struct record *record)
{
	struct virtio_gpu_command command;
	size_t len = record->len;

	if (!(record->command.flags & RECORD_COMMAND_MADE))
		player->counts.commands++;
	if (len > VIRTIO_GPU_COMMAND_MAX)
		len = VIRTIO_GPU_COMMAND_MAX;
	memcpy(player->command, record->bytes, len);
	uint32_t response =
		decode_virtio_gpu_command(player->command, len, record->command.queue, &command);
	if (!response)
		response = play_command(player, &command);
	if (response < VIRTIO_GPU_RESP_ERR_UNSPEC)
		return;
	player->counts.refused++;
	log_limited(&refusals, LOG_LEVEL_DEBUG, "command %llu, %s: refused with 0x%x",
		(unsigned long long)player->counts.commands,
		virtio_gpu_command_name(command.header.type), response);
}

void player_play(struct player *player, const struct record *record)
{
	uint32_t context;

	switch (record->kind) {
	case RECORD_COMMAND:
		play_command_record(player, record);
		return;
	case RECORD_DATA:
		play_data(player, record);
		return;
	case RECORD_REFUSED:
		player->counts.refused_recorded++;
		return;
	case RECORD_RESET:
		player_reset(player);
		return;
	case RECORD_CONTEXT:
		context = record->context.id;
		if (context && player->contexts.n_used < CONTEXTS_MAX &&
			!idmap_find(&player->contexts, context))
			idmap_insert(&player->contexts, context, player);
		return;
	case RECORD_FEATURES:
	case RECORD_LOST:
	case RECORD_END:
	case RECORD_INVALID:
	case RECORD_KIND_COUNT:
		return;
	}
}

/* -- life -- */

int player_init(struct player *player, enum player_renderer renderer, const char *render_node,
	uint64_t limit_bytes)
{
	*player = (struct player){ 0 };
	idmap_init(&player->resources);
	idmap_init(&player->contexts);
	int ret = memory_init(&player->memory, limit_bytes);
	if (ret < 0)
		goto fail;
	ret = -ENOMEM;
	player->command = aligned_alloc(8, VIRTIO_GPU_COMMAND_MAX);
	player->plain =
		target_pixman_create(player->memory.fd, player->memory.size_bytes, limit_bytes);
	if (!player->command || !player->plain)
		goto fail;
	if (renderer == PLAYER_RENDERER_PIXMAN)
		return 0;
	ret = -ENODEV;
	player->target = target_virgl_create(
		player->memory.fd, player->memory.size_bytes, limit_bytes, render_node);
	if (player->target)
		return 0;
fail:
	player_finish(player);
	return ret;
}

bool player_cut(struct player *player, uint32_t chunk)
{
	if (!player->target)
		return false;
	target_virgl_cut(player->target, chunk);
	return true;
}

void player_reset(struct player *player)
{
	for (uint32_t i = 0; i < LIMIT_HEADS; i++)
		head_hide(player, i);
	if (player->plain)
		player->plain->interface->reset(player->plain);
	if (player->target)
		player->target->interface->reset(player->target);
	idmap_for_each(slot, &player->resources)
	{
		resource_give_memory(player, slot->value);
		free(slot->value);
	}
	idmap_finish(&player->resources);
	idmap_finish(&player->contexts);
}

void player_finish(struct player *player)
{
	player_reset(player);
	if (player->target)
		player->target->interface->destroy(player->target);
	if (player->plain)
		player->plain->interface->destroy(player->plain);
	memory_finish(&player->memory);
	free(player->command);
}

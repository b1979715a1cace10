/* SPDX-License-Identifier: MIT */
/* A guest's heads: what each shows, and its cursor (virtio 1.2, 5.7.6.8, 5.7.6.10). */
#include <string.h>

#include "backends/virtio/gpu.h"
#include "base/clock.h"
#include "protocol/bounds.h"

static bool area_fits(const struct virtio_gpu_area *area, uint32_t width, uint32_t height)
{
	return range_fits(area->x, area->width, width) && range_fits(area->y, area->height, height);
}

static struct virtio_gpu_area head_area(const struct state_head *head)
{
	return (struct virtio_gpu_area){
		.x = head->x, .y = head->y, .width = head->width_px, .height = head->height_px,
	};
}

static void head_tell_renderer(struct gpu *gpu, uint32_t index, struct renderer *renderer,
	uint32_t resource)
{
	const struct state_head *head = &gpu->state->heads[index];
	struct renderer_scanout scanout = {
		.resource = resource,
		.area = head_area(head),
		.format = head->format,
		.stride_bytes = head->stride_bytes,
		.offset_bytes = head->offset_bytes,
		.serial = head->serial,
	};

	if (renderer && (renderer != gpu->remote || gpu->remote_state >= GPU_REMOTE_REPLAYING))
		renderer->interface->scanout(renderer, index, &scanout);
}

/* The head shows the area of `resource`. */
static void head_set(struct gpu *gpu, uint32_t index, const struct state_resource *resource,
	const struct renderer_scanout *scanout)
{
	struct state_head *head = &gpu->state->heads[index];
	const struct state_resource *old = gpu_resource_find(&gpu->table, head->resource);
	struct renderer *home = gpu_home(gpu, resource);

	head->serial++;
	if (old && gpu_home(gpu, old) != home)
		head_tell_renderer(gpu, index, gpu_home(gpu, old), 0);
	head->resource = resource->id;
	head->x = scanout->area.x;
	head->y = scanout->area.y;
	head->width_px = scanout->area.width;
	head->height_px = scanout->area.height;
	head->format = scanout->format;
	head->stride_bytes = scanout->stride_bytes;
	head->offset_bytes = scanout->offset_bytes;
	head_tell_renderer(gpu, index, home, resource->id);
	gpu->listener->scanout_changed(gpu->data, index);
}

static void head_clear(struct gpu *gpu, uint32_t index)
{
	struct state_head *head = &gpu->state->heads[index];
	const struct state_resource *old = gpu_resource_find(&gpu->table, head->resource);

	if (!head->resource)
		return;
	head->serial++;
	if (old)
		head_tell_renderer(gpu, index, gpu_home(gpu, old), 0);
	head->resource = head->x = head->y = head->width_px = head->height_px = 0;
	gpu->listener->scanout_changed(gpu->data, index);
}

static bool picture_area_is_good(
	const struct virtio_gpu_area *area, uint32_t width, uint32_t height)
{
	return area->width && area->height && area->width <= LIMIT_PICTURE_PX &&
		area->height <= LIMIT_PICTURE_PX && area_fits(area, width, height);
}

uint32_t gpu_set_scanout(struct gpu *gpu, const struct virtio_gpu_command *command)
{
	uint32_t index = command->set_scanout.scanout_id;
	struct renderer_scanout scanout = { .area = command->set_scanout.area };

	if (index >= gpu->n_heads)
		return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
	if (!command->resource_id) {
		head_clear(gpu, index);
		return VIRTIO_GPU_RESP_OK_NODATA;
	}
	const struct state_resource *resource =
		gpu_resource_find(&gpu->table, command->resource_id);
	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (!picture_area_is_good(&scanout.area, resource->width, resource->height))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	head_set(gpu, index, resource, &scanout);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

/* All rows of the picture lie in the blob, the last one without what follows it. */
static bool blob_holds(const struct state_resource *blob, const struct virtio_gpu_command *command)
{
	uint64_t row = (uint64_t)command->scanout_blob.width * 4, rows;

	return command->scanout_blob.width && command->scanout_blob.height &&
		row <= command->scanout_blob.stride &&
		mul_fits(command->scanout_blob.stride, command->scanout_blob.height - 1, &rows) &&
		range_fits(command->scanout_blob.offset, rows, blob->bytes) &&
		range_fits(command->scanout_blob.offset + rows, row, blob->bytes);
}

uint32_t gpu_set_scanout_blob(struct gpu *gpu, const struct virtio_gpu_command *command)
{
	uint32_t index = command->scanout_blob.scanout_id;
	struct renderer_scanout scanout = {
		.area = command->scanout_blob.area,
		.format = command->scanout_blob.format,
		.stride_bytes = command->scanout_blob.stride,
		.offset_bytes = command->scanout_blob.offset,
	};

	if (index >= gpu->n_heads)
		return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
	if (!command->resource_id) {
		head_clear(gpu, index);
		return VIRTIO_GPU_RESP_OK_NODATA;
	}
	const struct state_resource *resource =
		gpu_resource_find(&gpu->table, command->resource_id);
	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	if (resource->kind != STATE_RESOURCE_BLOB || !virtio_gpu_format_bytes(scanout.format) ||
		!blob_holds(resource, command) ||
		!picture_area_is_good(&scanout.area, command->scanout_blob.width,
			command->scanout_blob.height))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	if (resource->backing == STATE_NONE)
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	head_set(gpu, index, resource, &scanout);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

/* What of the flushed area the head shows, in its own coordinates. Empty: nothing. */
static struct picture_box head_damage(const struct state_head *head,
	const struct virtio_gpu_area *flush)
{
	uint32_t x0 = flush->x > head->x ? flush->x : head->x;
	uint32_t y0 = flush->y > head->y ? flush->y : head->y;
	uint64_t x1 = (uint64_t)flush->x + flush->width;
	uint64_t y1 = (uint64_t)flush->y + flush->height;
	uint64_t head_x1 = (uint64_t)head->x + head->width_px;
	uint64_t head_y1 = (uint64_t)head->y + head->height_px;

	x1 = x1 < head_x1 ? x1 : head_x1;
	y1 = y1 < head_y1 ? y1 : head_y1;
	if (x0 >= x1 || y0 >= y1)
		return (struct picture_box){ 0 };
	return (struct picture_box){
		.x = x0 - head->x, .y = y0 - head->y, .width = x1 - x0, .height = y1 - y0,
	};
}

uint32_t gpu_flush(struct gpu *gpu, const struct virtio_gpu_command *command,
	const struct gpu_reply *reply)
{
	const struct state_resource *resource =
		gpu_resource_find(&gpu->table, command->resource_id);
	int64_t now = clock_now_ns();
	uint32_t last = STATE_NONE;
	struct picture_box boxes[LIMIT_HEADS];

	if (!resource)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	/* A blob has no size of its own: what no head shows of it is left out below. */
	if (resource->kind != STATE_RESOURCE_BLOB &&
		!area_fits(&command->flush, resource->width, resource->height))
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	for (uint32_t i = 0; i < gpu->n_heads; i++) {
		const struct state_head *head = &gpu->state->heads[i];
		boxes[i] = (struct picture_box){ 0 };
		if (head->resource == resource->id)
			boxes[i] = head_damage(head, &command->flush);
		if (boxes[i].width)
			last = i;
	}
	if (last == STATE_NONE)
		return VIRTIO_GPU_RESP_OK_NODATA;

	/* Linux waits for the fenced flush of a blob, for 50 ms at most. */
	bool is_paced = resource->kind == STATE_RESOURCE_BLOB &&
		(command->header.flags & VIRTIO_GPU_FLAG_FENCE);
	struct renderer *home = gpu_home(gpu, resource);
	if (home == gpu->remote && gpu->remote_state != GPU_REMOTE_RUNNING)
		return VIRTIO_GPU_RESP_OK_NODATA; /* the replay shows it */
	for (uint32_t i = 0; i <= last; i++) {
		struct renderer_ticket ticket = { .wait = RENDERER_WAIT_EXECUTED };
		if (!boxes[i].width)
			continue;
		gpu->state->counters.flushes[i]++;
		if (i < last || (home == gpu->local && !is_paced)) {
			home->interface->flush(home, i, boxes[i], now, ticket);
			continue;
		}
		struct state_pending *pending =
			gpu_pending_add(&gpu->pendings, &command->header, reply);
		ticket.seq = pending->seq;
		if (gpu_pending_is_fenced(pending))
			ticket.wait = RENDERER_WAIT_FENCED;
		uint32_t answer = home->interface->flush(home, i, boxes[i], now, ticket);
		if (answer)
			gpu_pending_take_back(&gpu->pendings, pending);
		else if (home == gpu->local)
			gpu_hold_flush(gpu, pending);
		return answer;
	}
	return VIRTIO_GPU_RESP_OK_NODATA;
}

/* -- cursor -- */

/* A blob begins with the cursor's pixels. */
static bool cursor_fits(const struct state_resource *resource, uint32_t hot_x, uint32_t hot_y)
{
	bool is_sized = resource->kind == STATE_RESOURCE_BLOB ?
		resource->bytes >= VIRTIO_GPU_CURSOR_PX * VIRTIO_GPU_CURSOR_PX * 4 :
		resource->width == VIRTIO_GPU_CURSOR_PX && resource->height == VIRTIO_GPU_CURSOR_PX;

	return is_sized && hot_x < VIRTIO_GPU_CURSOR_PX && hot_y < VIRTIO_GPU_CURSOR_PX;
}

static void head_show_cursor(struct gpu *gpu, uint32_t index)
{
	const struct state_head *head = &gpu->state->heads[index];
	const struct state_resource *resource =
		gpu_resource_find(&gpu->table, head->cursor_resource);
	struct renderer *home = resource ? gpu_home(gpu, resource) : NULL;
	struct renderer *both[] = { gpu->local, gpu->remote };

	for (int i = 0; i < 2; i++) {
		struct renderer *renderer = both[i];
		if (!renderer || (renderer == gpu->remote && gpu->remote_state < GPU_REMOTE_REPLAYING))
			continue;
		renderer->interface->cursor(renderer, index, renderer == home ? resource->id : 0,
			head->cursor_hot_x, head->cursor_hot_y, head->cursor_serial);
	}
}

uint32_t gpu_update_cursor(struct gpu *gpu, const struct virtio_gpu_command *command)
{
	uint32_t index = command->cursor.scanout_id;

	if (index >= gpu->n_heads)
		return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
	if (command->resource_id) {
		const struct state_resource *resource =
			gpu_resource_find(&gpu->table, command->resource_id);
		if (!resource)
			return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
		if (!cursor_fits(resource, command->cursor.hot_x, command->cursor.hot_y))
			return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	}
	struct state_head *head = &gpu->state->heads[index];
	head->cursor_resource = command->resource_id;
	head->cursor_hot_x = command->cursor.hot_x;
	head->cursor_hot_y = command->cursor.hot_y;
	head->cursor_x = (int32_t)command->cursor.x;
	head->cursor_y = (int32_t)command->cursor.y;
	head->cursor_serial++;
	head_show_cursor(gpu, index);
	gpu->listener->cursor_moved(gpu->data, index);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

uint32_t gpu_move_cursor(struct gpu *gpu, const struct virtio_gpu_command *command)
{
	uint32_t index = command->cursor.scanout_id;

	if (index >= gpu->n_heads)
		return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
	struct state_head *head = &gpu->state->heads[index];
	head->cursor_x = (int32_t)command->cursor.x;
	head->cursor_y = (int32_t)command->cursor.y;
	gpu->listener->cursor_moved(gpu->data, index);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

/* -- all heads -- */

void gpu_heads_drop_resource(struct gpu *gpu, uint32_t resource)
{
	for (uint32_t i = 0; i < gpu->config.n_heads; i++) {
		struct state_head *head = &gpu->state->heads[i];
		if (head->resource == resource)
			head_clear(gpu, i);
		if (head->cursor_resource != resource)
			continue;
		head->cursor_resource = 0;
		head_show_cursor(gpu, i);
		gpu->listener->cursor_moved(gpu->data, i);
	}
}

static bool head_shows(const struct state_head *head, const struct state_resource *resource)
{
	struct virtio_gpu_area area = head_area(head);
	uint64_t rows;

	if (resource->kind != STATE_RESOURCE_BLOB)
		return picture_area_is_good(&area, resource->width, resource->height);
	uint64_t end = ((uint64_t)area.x + area.width) * 4;
	return picture_area_is_good(&area, UINT32_MAX, UINT32_MAX) &&
		virtio_gpu_format_bytes(head->format) && end <= head->stride_bytes &&
		mul_fits(head->stride_bytes, (uint64_t)area.y + area.height - 1, &rows) &&
		range_fits(head->offset_bytes, rows, resource->bytes) &&
		range_fits(head->offset_bytes + rows, end, resource->bytes);
}

void gpu_heads_check(struct gpu *gpu)
{
	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		struct state_head *head = &gpu->state->heads[i];
		const struct state_resource *resource =
			gpu_resource_find(&gpu->table, head->resource);
		const struct state_resource *cursor =
			gpu_resource_find(&gpu->table, head->cursor_resource);
		if (!resource || i >= gpu->config.n_heads || !head_shows(head, resource))
			head->resource = head->width_px = head->height_px = 0;
		if (!cursor || i >= gpu->config.n_heads ||
			!cursor_fits(cursor, head->cursor_hot_x, head->cursor_hot_y))
			head->cursor_resource = 0;
	}
}

void gpu_head_restore(struct gpu *gpu, uint32_t index)
{
	const struct state_head *head = &gpu->state->heads[index];
	const struct state_resource *resource = gpu_resource_find(&gpu->table, head->resource);

	if (resource && (gpu_home(gpu, resource) == gpu->local ||
				gpu->remote_state >= GPU_REMOTE_REPLAYING)) {
		struct renderer *home = gpu_home(gpu, resource);
		struct renderer_ticket nobody = { .wait = RENDERER_WAIT_EXECUTED };
		struct picture_box whole = { .width = head->width_px, .height = head->height_px };
		head_tell_renderer(gpu, index, home, resource->id);
		home->interface->flush(home, index, whole, clock_now_ns(), nobody);
	}
	if (head->cursor_resource)
		head_show_cursor(gpu, index);
}

void gpu_heads_reset(struct gpu *gpu)
{
	for (uint32_t i = 0; i < gpu->config.n_heads; i++) {
		struct state_head *head = &gpu->state->heads[i];
		head_clear(gpu, i);
		head->cursor_resource = 0;
		gpu->listener->cursor_moved(gpu->data, i);
	}
}

/* SPDX-License-Identifier: MIT */
/* Commands of virtio-gpu as text. */
#include "protocol/virtio_gpu_print.h"

static void print_area(struct text *text, const struct virtio_gpu_area *area)
{
	text_add(text, " %ux%u+%u+%u", area->width, area->height, area->x, area->y);
}

static void print_transfer_3d(struct text *text, const struct virtio_gpu_command *c)
{
	const struct virtio_gpu_volume *box = &c->transfer_3d.box;

	text_add(text, " %ux%ux%u+%u+%u+%u offset=%llu level=%u stride=%u layer_stride=%u", box->w,
		box->h, box->d, box->x, box->y, box->z, (unsigned long long)c->transfer_3d.offset,
		c->transfer_3d.level, c->transfer_3d.stride, c->transfer_3d.layer_stride);
}

static void print_create_3d(struct text *text, const struct virtio_gpu_command *c)
{
	text_add(text,
		" target=%u format=%u bind=0x%x %ux%ux%u array_size=%u last_level=%u samples=%u "
		"flags=0x%x",
		c->create_3d.target, c->create_3d.format, c->create_3d.bind, c->create_3d.width,
		c->create_3d.height, c->create_3d.depth, c->create_3d.array_size,
		c->create_3d.last_level, c->create_3d.nr_samples, c->create_3d.flags);
}

static void print_backing(struct text *text, const struct virtio_gpu_command *c)
{
	unsigned long long bytes = 0;

	for (uint32_t i = 0; i < c->attach_backing.n_entries; i++)
		bytes += virtio_gpu_entry_at(c, i).len;
	text_add(text, " entries=%u bytes=%llu", c->attach_backing.n_entries, bytes);
}

static void print_context(struct text *text, const struct virtio_gpu_command *c)
{
	uint32_t len = c->ctx_create.name_len;

	if (len > sizeof(c->ctx_create.name))
		len = sizeof(c->ctx_create.name);
	text_add(text, " init=0x%x name=", c->ctx_create.context_init);
	text_add_foreign(text, c->ctx_create.name, len);
}

static void print_fields(struct text *text, const struct virtio_gpu_command *c)
{
	switch (c->header.type) {
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_2D:
		text_add(text, " format=%u %ux%u", c->create_2d.format, c->create_2d.width,
			c->create_2d.height);
		return;
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_3D:
		print_create_3d(text, c);
		return;
	case VIRTIO_GPU_CMD_SET_SCANOUT:
		text_add(text, " scanout=%u", c->set_scanout.scanout_id);
		print_area(text, &c->set_scanout.area);
		return;
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		text_add(text, " mem=%u flags=0x%x id=%llu entries=%u bytes=%llu",
			c->create_blob.mem, c->create_blob.flags,
			(unsigned long long)c->create_blob.id, c->create_blob.n_entries,
			(unsigned long long)c->create_blob.size);
		return;
	case VIRTIO_GPU_CMD_SET_SCANOUT_BLOB:
		text_add(text, " scanout=%u", c->scanout_blob.scanout_id);
		print_area(text, &c->scanout_blob.area);
		text_add(text, " of=%ux%u format=%u stride=%u offset=%u", c->scanout_blob.width,
			c->scanout_blob.height, c->scanout_blob.format, c->scanout_blob.stride,
			c->scanout_blob.offset);
		return;
	case VIRTIO_GPU_CMD_RESOURCE_FLUSH:
		print_area(text, &c->flush);
		return;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		print_area(text, &c->transfer_2d.area);
		text_add(text, " offset=%llu", (unsigned long long)c->transfer_2d.offset);
		return;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D:
	case VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D:
		print_transfer_3d(text, c);
		return;
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
		print_backing(text, c);
		return;
	case VIRTIO_GPU_CMD_GET_CAPSET_INFO:
		text_add(text, " index=%u", c->capset_info.index);
		return;
	case VIRTIO_GPU_CMD_GET_CAPSET:
		text_add(text, " capset=%u version=%u", c->capset.id, c->capset.version);
		return;
	case VIRTIO_GPU_CMD_GET_EDID:
		text_add(text, " scanout=%u", c->edid.scanout);
		return;
	case VIRTIO_GPU_CMD_CTX_CREATE:
		print_context(text, c);
		return;
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		text_add(text, " bytes=%u", c->submit.size);
		return;
	case VIRTIO_GPU_CMD_UPDATE_CURSOR:
		text_add(text, " scanout=%u at=%u,%u hot=%u,%u", c->cursor.scanout_id, c->cursor.x,
			c->cursor.y, c->cursor.hot_x, c->cursor.hot_y);
		return;
	case VIRTIO_GPU_CMD_MOVE_CURSOR:
		text_add(text, " scanout=%u at=%u,%u", c->cursor.scanout_id, c->cursor.x,
			c->cursor.y);
		return;
	}
}

static bool names_resource(uint32_t type)
{
	switch (type) {
	case VIRTIO_GPU_CMD_GET_DISPLAY_INFO:
	case VIRTIO_GPU_CMD_GET_CAPSET_INFO:
	case VIRTIO_GPU_CMD_GET_CAPSET:
	case VIRTIO_GPU_CMD_GET_EDID:
	case VIRTIO_GPU_CMD_CTX_CREATE:
	case VIRTIO_GPU_CMD_CTX_DESTROY:
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		return false;
	}
	return true;
}

void virtio_gpu_command_print(const struct virtio_gpu_command *command, struct text *text)
{
	const struct virtio_gpu_header *header = &command->header;

	text_add(text, "%s", virtio_gpu_command_name(header->type));
	if (header->ctx_id)
		text_add(text, " ctx=%u", header->ctx_id);
	if (names_resource(header->type))
		text_add(text, " resource=%u", command->resource_id);
	print_fields(text, command);
	if (!(header->flags & VIRTIO_GPU_FLAG_FENCE))
		return;
	text_add(text, " fence=%llu", (unsigned long long)header->fence_id);
	if (header->flags & VIRTIO_GPU_FLAG_INFO_RING_IDX)
		text_add(text, " ring=%u", header->ring_idx);
}

const char *virtio_gpu_response_name(uint32_t response)
{
	switch (response) {
	case VIRTIO_GPU_RESP_ERR_UNSPEC:
		return "ERR_UNSPEC";
	case VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY:
		return "ERR_OUT_OF_MEMORY";
	case VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID:
		return "ERR_INVALID_SCANOUT_ID";
	case VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID:
		return "ERR_INVALID_RESOURCE_ID";
	case VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID:
		return "ERR_INVALID_CONTEXT_ID";
	case VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER:
		return "ERR_INVALID_PARAMETER";
	default:
		return "unknown";
	}
}

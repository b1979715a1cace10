/* SPDX-License-Identifier: MIT */
/* virtio-gpu commands from bytes to a struct (virtio 1.2, 5.7.6). */
#include "protocol/virtio_gpu.h"

#include "protocol/reader.h"

static struct virtio_gpu_area read_area(struct reader *r)
{
	struct virtio_gpu_area area;
	area.x = read_u32(r);
	area.y = read_u32(r);
	area.width = read_u32(r);
	area.height = read_u32(r);
	return area;
}

static void read_resource(struct reader *r, struct virtio_gpu_command *c)
{
	c->resource_id = read_u32(r);
	read_u32(r);
}

static void read_nothing(struct reader *r, struct virtio_gpu_command *c)
{
}

static void read_create_2d(struct reader *r, struct virtio_gpu_command *c)
{
	c->resource_id = read_u32(r);
	c->create_2d.format = read_u32(r);
	c->create_2d.width = read_u32(r);
	c->create_2d.height = read_u32(r);
}

static void read_create_3d(struct reader *r, struct virtio_gpu_command *c)
{
	c->resource_id = read_u32(r);
	c->create_3d.target = read_u32(r);
	c->create_3d.format = read_u32(r);
	c->create_3d.bind = read_u32(r);
	c->create_3d.width = read_u32(r);
	c->create_3d.height = read_u32(r);
	c->create_3d.depth = read_u32(r);
	c->create_3d.array_size = read_u32(r);
	c->create_3d.last_level = read_u32(r);
	c->create_3d.nr_samples = read_u32(r);
	c->create_3d.flags = read_u32(r);
	read_u32(r);
}

static void read_set_scanout(struct reader *r, struct virtio_gpu_command *c)
{
	c->set_scanout.area = read_area(r);
	c->set_scanout.scanout_id = read_u32(r);
	c->resource_id = read_u32(r);
}

static void read_create_blob(struct reader *r, struct virtio_gpu_command *c)
{
	c->resource_id = read_u32(r);
	c->create_blob.mem = read_u32(r);
	c->create_blob.flags = read_u32(r);
	c->create_blob.n_entries = read_u32(r);
	c->create_blob.id = read_u64(r);
	c->create_blob.size = read_u64(r);
}

static void read_map_blob(struct reader *r, struct virtio_gpu_command *c)
{
	read_resource(r, c);
	read_u64(r); /* an offset in what there is not: a host-visible region */
}

static void read_scanout_blob(struct reader *r, struct virtio_gpu_command *c)
{
	uint8_t other_planes[12];

	c->scanout_blob.area = read_area(r);
	c->scanout_blob.scanout_id = read_u32(r);
	c->resource_id = read_u32(r);
	c->scanout_blob.width = read_u32(r);
	c->scanout_blob.height = read_u32(r);
	c->scanout_blob.format = read_u32(r);
	read_u32(r);
	c->scanout_blob.stride = read_u32(r);
	read_bytes(r, other_planes, sizeof(other_planes));
	c->scanout_blob.offset = read_u32(r);
	read_bytes(r, other_planes, sizeof(other_planes));
}

static void read_flush(struct reader *r, struct virtio_gpu_command *c)
{
	c->flush = read_area(r);
	read_resource(r, c);
}

static void read_transfer_2d(struct reader *r, struct virtio_gpu_command *c)
{
	c->transfer_2d.area = read_area(r);
	c->transfer_2d.offset = read_u64(r);
	read_resource(r, c);
}

static void read_transfer_3d(struct reader *r, struct virtio_gpu_command *c)
{
	c->transfer_3d.box.x = read_u32(r);
	c->transfer_3d.box.y = read_u32(r);
	c->transfer_3d.box.z = read_u32(r);
	c->transfer_3d.box.w = read_u32(r);
	c->transfer_3d.box.h = read_u32(r);
	c->transfer_3d.box.d = read_u32(r);
	c->transfer_3d.offset = read_u64(r);
	c->resource_id = read_u32(r);
	c->transfer_3d.level = read_u32(r);
	c->transfer_3d.stride = read_u32(r);
	c->transfer_3d.layer_stride = read_u32(r);
}

static void read_attach_backing(struct reader *r, struct virtio_gpu_command *c)
{
	c->resource_id = read_u32(r);
	c->attach_backing.n_entries = read_u32(r);
}

static void read_capset_info(struct reader *r, struct virtio_gpu_command *c)
{
	c->capset_info.index = read_u32(r);
	read_u32(r);
}

static void read_capset(struct reader *r, struct virtio_gpu_command *c)
{
	c->capset.id = read_u32(r);
	c->capset.version = read_u32(r);
}

static void read_edid(struct reader *r, struct virtio_gpu_command *c)
{
	c->edid.scanout = read_u32(r);
	read_u32(r);
}

static void read_ctx_create(struct reader *r, struct virtio_gpu_command *c)
{
	c->ctx_create.name_len = read_u32(r);
	c->ctx_create.context_init = read_u32(r);
	read_bytes(r, c->ctx_create.name, sizeof(c->ctx_create.name));
}

static void read_submit(struct reader *r, struct virtio_gpu_command *c)
{
	c->submit.size = read_u32(r);
	read_u32(r);
}

static void read_cursor(struct reader *r, struct virtio_gpu_command *c)
{
	c->cursor.scanout_id = read_u32(r);
	c->cursor.x = read_u32(r);
	c->cursor.y = read_u32(r);
	read_u32(r);
	c->resource_id = read_u32(r);
	c->cursor.hot_x = read_u32(r);
	c->cursor.hot_y = read_u32(r);
	read_u32(r);
}

enum command_flag {
	COMMAND_CURSOR = 1 << 0, /* on the cursor queue; all others on the control queue */
	COMMAND_3D = 1 << 1,
	COMMAND_TAIL = 1 << 2,
};

static const struct command_rule {
	uint32_t type;
	const char *name;
	uint32_t flags;
	void (*read)(struct reader *r, struct virtio_gpu_command *c);
} command_rules[] = {
#define COMMAND(name, flags, read) { VIRTIO_GPU_CMD_##name, #name, flags, read }
	COMMAND(GET_DISPLAY_INFO, 0, read_nothing),
	COMMAND(RESOURCE_CREATE_2D, 0, read_create_2d),
	COMMAND(RESOURCE_UNREF, 0, read_resource),
	COMMAND(SET_SCANOUT, 0, read_set_scanout),
	COMMAND(RESOURCE_FLUSH, 0, read_flush),
	COMMAND(TRANSFER_TO_HOST_2D, 0, read_transfer_2d),
	COMMAND(RESOURCE_ATTACH_BACKING, COMMAND_TAIL, read_attach_backing),
	COMMAND(RESOURCE_DETACH_BACKING, 0, read_resource),
	COMMAND(GET_CAPSET_INFO, 0, read_capset_info),
	COMMAND(GET_CAPSET, 0, read_capset),
	COMMAND(GET_EDID, 0, read_edid),
	COMMAND(RESOURCE_ASSIGN_UUID, 0, read_resource),
	COMMAND(RESOURCE_CREATE_BLOB, COMMAND_TAIL, read_create_blob),
	COMMAND(SET_SCANOUT_BLOB, 0, read_scanout_blob),
	COMMAND(RESOURCE_MAP_BLOB, 0, read_map_blob),
	COMMAND(RESOURCE_UNMAP_BLOB, 0, read_resource),
	COMMAND(CTX_CREATE, COMMAND_3D, read_ctx_create),
	COMMAND(CTX_DESTROY, COMMAND_3D, read_nothing),
	COMMAND(CTX_ATTACH_RESOURCE, COMMAND_3D, read_resource),
	COMMAND(CTX_DETACH_RESOURCE, COMMAND_3D, read_resource),
	COMMAND(RESOURCE_CREATE_3D, COMMAND_3D, read_create_3d),
	COMMAND(TRANSFER_TO_HOST_3D, COMMAND_3D, read_transfer_3d),
	COMMAND(TRANSFER_FROM_HOST_3D, COMMAND_3D, read_transfer_3d),
	COMMAND(SUBMIT_3D, COMMAND_3D | COMMAND_TAIL, read_submit),
	COMMAND(UPDATE_CURSOR, COMMAND_CURSOR, read_cursor),
	COMMAND(MOVE_CURSOR, COMMAND_CURSOR, read_cursor),
#undef COMMAND
};

static const struct command_rule *command_rule_find(uint32_t type)
{
	for (size_t i = 0; i < sizeof(command_rules) / sizeof(command_rules[0]); i++) {
		if (command_rules[i].type == type)
			return &command_rules[i];
	}
	return NULL;
}

const char *virtio_gpu_command_name(uint32_t type)
{
	const struct command_rule *rule = command_rule_find(type);
	return rule ? rule->name : "unknown";
}

bool virtio_gpu_command_is_3d(uint32_t type)
{
	const struct command_rule *rule = command_rule_find(type);
	return rule && (rule->flags & COMMAND_3D);
}

static bool entries_fit(uint32_t n_entries, size_t tail_len)
{
	return n_entries <= VIRTIO_GPU_BACKING_ENTRIES_MAX && (size_t)n_entries * 16 <= tail_len;
}

/* The tail must hold what the command says it holds. */
static bool command_tail_fits(const struct virtio_gpu_command *c)
{
	switch (c->header.type) {
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
		return entries_fit(c->attach_backing.n_entries, c->tail_len);
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		return entries_fit(c->create_blob.n_entries, c->tail_len);
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		return c->submit.size <= c->tail_len;
	default:
		return true;
	}
}

uint32_t decode_virtio_gpu_command(const void *bytes, size_t len, enum virtio_gpu_queue queue,
	struct virtio_gpu_command *command)
{
	struct reader r = reader_over(bytes, len);
	uint8_t padding[3];

	*command = (struct virtio_gpu_command){ 0 };
	command->header.type = read_u32(&r);
	command->header.flags = read_u32(&r);
	command->header.fence_id = read_u64(&r);
	command->header.ctx_id = read_u32(&r);
	command->header.ring_idx = read_u8(&r);
	read_bytes(&r, padding, sizeof(padding));
	if (r.failed) {
		command->header = (struct virtio_gpu_header){ 0 };
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	}

	const struct command_rule *rule = command_rule_find(command->header.type);
	if (!rule || !!(rule->flags & COMMAND_CURSOR) != (queue == VIRTIO_GPU_QUEUE_CURSOR))
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	rule->read(&r, command);
	if (r.failed)
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	if (rule->flags & COMMAND_TAIL) {
		command->tail_len = reader_left(&r);
		command->tail = read_view(&r, command->tail_len);
		if (!command_tail_fits(command))
			return VIRTIO_GPU_RESP_ERR_UNSPEC;
	}
	return 0;
}

static void write_header(struct writer *w, const struct virtio_gpu_header *header)
{
	write_u32(w, header->type);
	write_u32(w, header->flags);
	write_u64(w, header->fence_id);
	write_u32(w, header->ctx_id);
	write_u8(w, header->ring_idx);
	write_zero(w, 3);
}

static void write_create_2d(struct writer *w, const struct virtio_gpu_command *c)
{
	write_u32(w, c->resource_id);
	write_u32(w, c->create_2d.format);
	write_u32(w, c->create_2d.width);
	write_u32(w, c->create_2d.height);
}

static void write_create_3d(struct writer *w, const struct virtio_gpu_command *c)
{
	write_u32(w, c->resource_id);
	write_u32(w, c->create_3d.target);
	write_u32(w, c->create_3d.format);
	write_u32(w, c->create_3d.bind);
	write_u32(w, c->create_3d.width);
	write_u32(w, c->create_3d.height);
	write_u32(w, c->create_3d.depth);
	write_u32(w, c->create_3d.array_size);
	write_u32(w, c->create_3d.last_level);
	write_u32(w, c->create_3d.nr_samples);
	write_u32(w, c->create_3d.flags);
	write_zero(w, 4);
}

static void write_area(struct writer *w, const struct virtio_gpu_area *area)
{
	write_u32(w, area->x);
	write_u32(w, area->y);
	write_u32(w, area->width);
	write_u32(w, area->height);
}

static void write_create_blob(struct writer *w, const struct virtio_gpu_command *c)
{
	write_u32(w, c->resource_id);
	write_u32(w, c->create_blob.mem);
	write_u32(w, c->create_blob.flags);
	write_u32(w, c->create_blob.n_entries);
	write_u64(w, c->create_blob.id);
	write_u64(w, c->create_blob.size);
	write_bytes(w, c->tail, (size_t)c->create_blob.n_entries * 16);
}

static void write_scanout_blob(struct writer *w, const struct virtio_gpu_command *c)
{
	write_area(w, &c->scanout_blob.area);
	write_u32(w, c->scanout_blob.scanout_id);
	write_u32(w, c->resource_id);
	write_u32(w, c->scanout_blob.width);
	write_u32(w, c->scanout_blob.height);
	write_u32(w, c->scanout_blob.format);
	write_zero(w, 4);
	write_u32(w, c->scanout_blob.stride);
	write_zero(w, 12);
	write_u32(w, c->scanout_blob.offset);
	write_zero(w, 12);
}

static void write_cursor(struct writer *w, const struct virtio_gpu_command *c)
{
	write_u32(w, c->cursor.scanout_id);
	write_u32(w, c->cursor.x);
	write_u32(w, c->cursor.y);
	write_zero(w, 4);
	write_u32(w, c->resource_id);
	write_u32(w, c->cursor.hot_x);
	write_u32(w, c->cursor.hot_y);
	write_zero(w, 4);
}

static void write_transfer_2d(struct writer *w, const struct virtio_gpu_command *c)
{
	write_area(w, &c->transfer_2d.area);
	write_u64(w, c->transfer_2d.offset);
	write_u32(w, c->resource_id);
	write_zero(w, 4);
}

static void write_transfer_3d(struct writer *w, const struct virtio_gpu_command *c)
{
	write_u32(w, c->transfer_3d.box.x);
	write_u32(w, c->transfer_3d.box.y);
	write_u32(w, c->transfer_3d.box.z);
	write_u32(w, c->transfer_3d.box.w);
	write_u32(w, c->transfer_3d.box.h);
	write_u32(w, c->transfer_3d.box.d);
	write_u64(w, c->transfer_3d.offset);
	write_u32(w, c->resource_id);
	write_u32(w, c->transfer_3d.level);
	write_u32(w, c->transfer_3d.stride);
	write_u32(w, c->transfer_3d.layer_stride);
}

size_t encode_virtio_gpu_command(const struct virtio_gpu_command *c, void *bytes, size_t size)
{
	struct writer w = writer_over(bytes, size);

	write_header(&w, &c->header);
	switch (c->header.type) {
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
	case VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING:
	case VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE:
	case VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE:
		write_u32(&w, c->resource_id);
		write_zero(&w, 4);
		break;
	case VIRTIO_GPU_CMD_CTX_DESTROY:
		break;
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_2D:
		write_create_2d(&w, c);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_3D:
		write_create_3d(&w, c);
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		write_transfer_2d(&w, c);
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D:
	case VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D:
		write_transfer_3d(&w, c);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
		write_u32(&w, c->resource_id);
		write_u32(&w, c->attach_backing.n_entries);
		write_bytes(&w, c->tail, (size_t)c->attach_backing.n_entries * 16);
		break;
	case VIRTIO_GPU_CMD_SET_SCANOUT:
		write_area(&w, &c->set_scanout.area);
		write_u32(&w, c->set_scanout.scanout_id);
		write_u32(&w, c->resource_id);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB:
		write_create_blob(&w, c);
		break;
	case VIRTIO_GPU_CMD_SET_SCANOUT_BLOB:
		write_scanout_blob(&w, c);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_FLUSH:
		write_area(&w, &c->flush);
		write_u32(&w, c->resource_id);
		write_zero(&w, 4);
		break;
	case VIRTIO_GPU_CMD_UPDATE_CURSOR:
		write_cursor(&w, c);
		break;
	case VIRTIO_GPU_CMD_CTX_CREATE:
		write_u32(&w, c->ctx_create.name_len);
		write_u32(&w, c->ctx_create.context_init);
		write_bytes(&w, c->ctx_create.name, sizeof(c->ctx_create.name));
		break;
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		write_u32(&w, c->submit.size);
		write_zero(&w, 4);
		write_bytes(&w, c->tail, c->submit.size);
		break;
	default:
		return 0;
	}
	return w.failed ? 0 : w.pos;
}

/* Target and flag of a texture that stands for a 2D resource: gallium's numbers. */
#define TEXTURE_2D 2
#define BIND_RENDER_TARGET (1 << 1)

struct virtio_gpu_command virtio_gpu_command_in_3d(const struct virtio_gpu_command *command)
{
	struct virtio_gpu_command c = *command;

	if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_2D) {
		c.header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D;
		c.create_3d.target = TEXTURE_2D;
		c.create_3d.format = command->create_2d.format;
		c.create_3d.bind = BIND_RENDER_TARGET;
		c.create_3d.width = command->create_2d.width;
		c.create_3d.height = command->create_2d.height;
		c.create_3d.depth = 1;
		c.create_3d.array_size = 1;
		c.create_3d.last_level = 0;
		c.create_3d.nr_samples = 0;
		c.create_3d.flags = VIRTIO_GPU_RESOURCE_FLAG_Y_0_TOP;
	}
	if (command->header.type == VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D) {
		struct virtio_gpu_area area = command->transfer_2d.area;
		c.header.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D;
		c.header.ctx_id = 0;
		c.transfer_3d.box = (struct virtio_gpu_volume){
			.x = area.x, .y = area.y, .w = area.width, .h = area.height, .d = 1,
		};
		c.transfer_3d.offset = command->transfer_2d.offset;
		c.transfer_3d.level = c.transfer_3d.stride = c.transfer_3d.layer_stride = 0;
	}
	return c;
}

struct virtio_gpu_entry virtio_gpu_entry_at(const struct virtio_gpu_command *command, uint32_t i)
{
	struct reader r = reader_over(command->tail + (size_t)i * 16, 16);
	struct virtio_gpu_entry entry;

	entry.addr = read_u64(&r);
	entry.len = read_u32(&r);
	return entry;
}

uint32_t virtio_gpu_format_bytes(uint32_t format)
{
	switch (format) {
	case VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM:
	case VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM:
	case VIRTIO_GPU_FORMAT_A8R8G8B8_UNORM:
	case VIRTIO_GPU_FORMAT_X8R8G8B8_UNORM:
	case VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM:
	case VIRTIO_GPU_FORMAT_X8B8G8R8_UNORM:
	case VIRTIO_GPU_FORMAT_A8B8G8R8_UNORM:
	case VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM:
		return 4;
	default:
		return 0;
	}
}

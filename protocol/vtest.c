/* SPDX-License-Identifier: MIT */
/* vtest commands from bytes to a struct, by one table. */
#include "protocol/vtest.h"

#include "protocol/reader.h"

static void read_nothing(struct reader *r, struct vtest_command *c)
{
}

static void read_create(struct reader *r, struct vtest_command *c)
{
	c->resource_id = read_u32(r);
	c->create.target = read_u32(r);
	c->create.format = read_u32(r);
	c->create.bind = read_u32(r);
	c->create.width = read_u32(r);
	c->create.height = read_u32(r);
	c->create.depth = read_u32(r);
	c->create.array_size = read_u32(r);
	c->create.last_level = read_u32(r);
	c->create.nr_samples = read_u32(r);
	c->create.memory_bytes = 0;
}

static void read_create2(struct reader *r, struct vtest_command *c)
{
	read_create(r, c);
	c->create.memory_bytes = read_u32(r);
}

static void read_resource(struct reader *r, struct vtest_command *c)
{
	c->resource_id = read_u32(r);
}

static void read_box(struct reader *r, struct vtest_box *box)
{
	box->x = read_u32(r);
	box->y = read_u32(r);
	box->z = read_u32(r);
	box->width = read_u32(r);
	box->height = read_u32(r);
	box->depth = read_u32(r);
}

static void read_transfer(struct reader *r, struct vtest_command *c)
{
	c->resource_id = read_u32(r);
	c->transfer.level = read_u32(r);
	c->transfer.stride = read_u32(r);
	c->transfer.layer_stride = read_u32(r);
	read_box(r, &c->transfer.box);
	c->transfer.data_bytes = read_u32(r);
	c->transfer.offset = 0;
}

/* The bytes as the level has them: what Mesa says of their number is of no use. */
static void read_transfer2(struct reader *r, struct vtest_command *c)
{
	c->resource_id = read_u32(r);
	c->transfer.level = read_u32(r);
	c->transfer.stride = c->transfer.layer_stride = 0;
	read_box(r, &c->transfer.box);
	read_u32(r);
	c->transfer.data_bytes = 0;
	c->transfer.offset = read_u32(r);
}

static void read_tail(struct reader *r, struct vtest_command *c)
{
	c->tail_len = reader_left(r);
	c->tail = read_view(r, c->tail_len);
}

static void read_busy_wait(struct reader *r, struct vtest_command *c)
{
	c->resource_id = read_u32(r);
	c->busy_wait.flags = read_u32(r);
}

static void read_version(struct reader *r, struct vtest_command *c)
{
	c->version = read_u32(r);
}

static void read_param(struct reader *r, struct vtest_command *c)
{
	c->param = read_u32(r);
}

static void read_capset(struct reader *r, struct vtest_command *c)
{
	c->capset.id = read_u32(r);
	c->capset.version = read_u32(r);
}

static void read_capset_id(struct reader *r, struct vtest_command *c)
{
	c->capset.id = read_u32(r);
	c->capset.version = 0;
}

/* What the length in a header is. */
enum vtest_length {
	VTEST_LENGTH_EXACT,  /* of the body, in dwords */
	VTEST_LENGTH_BYTES,  /* the same, in bytes: any up to the table's */
	VTEST_LENGTH_DWORDS, /* any up to the table's */
	VTEST_LENGTH_DATA,   /* of the body and of data after it */
	VTEST_LENGTH_CLAIM,  /* the same, or of the body alone; no data follow */
};

static const struct vtest_rule {
	const char *name;
	uint32_t bytes; /* of the body */
	uint8_t length; /* enum vtest_length */
	uint8_t version;
	void (*read)(struct reader *r, struct vtest_command *c);
} rules[] = {
	[VTEST_GET_CAPS] = { "GET_CAPS", 0, VTEST_LENGTH_EXACT, 0, read_nothing },
	[VTEST_RESOURCE_CREATE] = { "RESOURCE_CREATE", 40, VTEST_LENGTH_EXACT, 0, read_create },
	[VTEST_RESOURCE_UNREF] = { "RESOURCE_UNREF", 4, VTEST_LENGTH_EXACT, 0, read_resource },
	[VTEST_TRANSFER_GET] = { "TRANSFER_GET", 44, VTEST_LENGTH_EXACT, 0, read_transfer },
	[VTEST_TRANSFER_PUT] = { "TRANSFER_PUT", 44, VTEST_LENGTH_DATA, 0, read_transfer },
	[VTEST_SUBMIT_CMD] = { "SUBMIT_CMD", VTEST_STREAM_MAX, VTEST_LENGTH_DWORDS, 0, read_tail },
	[VTEST_RESOURCE_BUSY_WAIT] = { "RESOURCE_BUSY_WAIT", 8, VTEST_LENGTH_EXACT, 0,
		read_busy_wait },
	[VTEST_CREATE_RENDERER] = { "CREATE_RENDERER", VTEST_NAME_MAX, VTEST_LENGTH_BYTES, 0,
		read_tail },
	[VTEST_GET_CAPS2] = { "GET_CAPS2", 0, VTEST_LENGTH_EXACT, 0, read_nothing },
	[VTEST_PING_PROTOCOL_VERSION] = { "PING_PROTOCOL_VERSION", 0, VTEST_LENGTH_EXACT, 0,
		read_nothing },
	[VTEST_PROTOCOL_VERSION] = { "PROTOCOL_VERSION", 4, VTEST_LENGTH_EXACT, 0, read_version },
	[VTEST_RESOURCE_CREATE2] = { "RESOURCE_CREATE2", 44, VTEST_LENGTH_EXACT, 2, read_create2 },
	[VTEST_TRANSFER_GET2] = { "TRANSFER_GET2", 40, VTEST_LENGTH_EXACT, 2, read_transfer2 },
	[VTEST_TRANSFER_PUT2] = { "TRANSFER_PUT2", 40, VTEST_LENGTH_CLAIM, 2, read_transfer2 },
	[VTEST_GET_PARAM] = { "GET_PARAM", 4, VTEST_LENGTH_EXACT, 3, read_param },
	[VTEST_GET_CAPSET] = { "GET_CAPSET", 8, VTEST_LENGTH_EXACT, 3, read_capset },
	[VTEST_CONTEXT_INIT] = { "CONTEXT_INIT", 4, VTEST_LENGTH_EXACT, 3, read_capset_id },
};

#define RULE_COUNT (sizeof(rules) / sizeof(rules[0]))
/* Where the number of bytes of data is in the bodies of transfers. */
#define TRANSFER_DATA_OFFSET 40
#define TRANSFER2_DATA_OFFSET 32

static const struct vtest_rule *rule_find(uint32_t id)
{
	return id < RULE_COUNT && rules[id].read ? &rules[id] : NULL;
}

const char *vtest_command_name(uint32_t id)
{
	const struct vtest_rule *rule = rule_find(id);
	return rule ? rule->name : "unknown";
}

static bool length_is_right(const struct vtest_rule *rule, uint32_t length)
{
	switch ((enum vtest_length)rule->length) {
	case VTEST_LENGTH_EXACT:
		return length == rule->bytes / 4;
	case VTEST_LENGTH_BYTES:
		return length <= rule->bytes;
	case VTEST_LENGTH_DWORDS:
		return length <= rule->bytes / 4;
	case VTEST_LENGTH_DATA:
	case VTEST_LENGTH_CLAIM:
		return length >= rule->bytes / 4;
	}
	return false;
}

const char *decode_vtest_header(const uint8_t bytes[static VTEST_HEADER_BYTES], uint32_t version,
	struct vtest_header *header)
{
	struct reader r = reader_over(bytes, VTEST_HEADER_BYTES);

	header->length = read_u32(&r);
	header->id = read_u32(&r);
	header->body_bytes = 0;
	const struct vtest_rule *rule = rule_find(header->id);
	if (!rule)
		return "a command that is not offered";
	if (rule->version > version)
		return "a command of a version that was not agreed upon";
	if (!length_is_right(rule, header->length))
		return "a length that cannot be";
	header->body_bytes = rule->bytes;
	if (rule->length == VTEST_LENGTH_BYTES)
		header->body_bytes = header->length;
	if (rule->length == VTEST_LENGTH_DWORDS)
		header->body_bytes = header->length * 4;
	return NULL;
}

/* The length beside what the body says of its data. */
static bool data_is_right(const struct vtest_header *header, const uint8_t *body)
{
	const struct vtest_rule *rule = &rules[header->id];
	bool claims = rule->length == VTEST_LENGTH_CLAIM;
	struct reader r = reader_over(body, header->body_bytes);

	if (!claims && rule->length != VTEST_LENGTH_DATA)
		return true;
	uint32_t left = header->length - rule->bytes / 4;
	read_view(&r, claims ? TRANSFER2_DATA_OFFSET : TRANSFER_DATA_OFFSET);
	/* Mesa adds 3 in 32 bits. */
	uint32_t dwords = (read_u32(&r) + 3) / 4;
	return left == dwords || (claims && left == 0);
}

const char *decode_vtest_command(
	const struct vtest_header *header, const uint8_t *body, struct vtest_command *command)
{
	struct reader r = reader_over(body, header->body_bytes);

	*command = (struct vtest_command){ .id = header->id };
	if (!data_is_right(header, body))
		return "a length that is not that of its data";
	rules[header->id].read(&r, command);
	return reader_done(&r) ? NULL : "a length that cannot be";
}

uint32_t vtest_version_agreed(uint32_t version)
{
	if (version > VTEST_VERSION)
		return VTEST_VERSION;
	/* 1 was never of use, and 0 is what virglrenderer makes of it. */
	return version == 1 ? 0 : version;
}

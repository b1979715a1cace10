/* SPDX-License-Identifier: MIT */
/* Records of what a guest sent, to bytes and back. */
#include "protocol/record.h"

#include "protocol/bounds.h"
#include "protocol/reader.h"

static const char magic[RECORD_MAGIC_BYTES] = { 'm', 'u', 'l', 'l', 'r', 'e', 'c', '\n' };

#define FLAGS_KNOWN (RECORD_FLAG_DATA | RECORD_FLAG_LATE)

size_t encode_record_header(const struct record_header *header, void *bytes, size_t size)
{
	struct writer w = writer_over(bytes, size);
	struct writer length;

	write_bytes(&w, magic, sizeof(magic));
	write_u32(&w, RECORD_VERSION);
	length = w;
	write_u32(&w, 0);
	write_u64(&w, header->features);
	write_u32(&w, header->flags);
	write_u32(&w, header->n_heads);
	write_u32(&w, header->n_capsets);
	write_u32(&w, 0);
	write_bytes(&w, header->name, sizeof(header->name));
	for (uint32_t i = 0; i < header->n_heads; i++) {
		write_u32(&w, header->heads[i].width_px);
		write_u32(&w, header->heads[i].height_px);
		write_u32(&w, header->heads[i].refresh_mhz);
		write_u32(&w, header->heads[i].enabled);
	}
	for (uint32_t i = 0; i < header->n_capsets; i++) {
		write_u32(&w, header->capsets[i].id);
		write_u32(&w, header->capsets[i].version);
		write_u32(&w, header->capsets[i].size);
	}
	write_u32(&length, w.pos);
	return w.failed ? 0 : w.pos;
}

/* All of it is there. */
static const char *read_header(struct reader *r, struct record_header *header)
{
	header->features = read_u64(r);
	header->flags = read_u32(r);
	header->n_heads = read_u32(r);
	header->n_capsets = read_u32(r);
	read_u32(r);
	read_bytes(r, header->name, sizeof(header->name));
	header->name[sizeof(header->name) - 1] = '\0';
	if (header->n_heads > LIMIT_HEADS || header->n_capsets > LIMIT_CAPSETS ||
		(header->flags & ~FLAGS_KNOWN))
		return "a header that makes no sense";
	for (uint32_t i = 0; i < header->n_heads; i++) {
		struct record_head *head = &header->heads[i];
		head->width_px = read_u32(r);
		head->height_px = read_u32(r);
		head->refresh_mhz = read_u32(r);
		head->enabled = read_u32(r);
	}
	for (uint32_t i = 0; i < header->n_capsets; i++) {
		header->capsets[i].id = read_u32(r);
		header->capsets[i].version = read_u32(r);
		header->capsets[i].size = read_u32(r);
	}
	return reader_done(r) ? NULL : "a header of another length";
}

int decode_record_header(
	const void *bytes, size_t len, struct record_header *header, const char **reason)
{
	struct reader r = reader_over(bytes, len);
	size_t known = len < sizeof(magic) ? len : sizeof(magic);

	*reason = "no recording of Mullion";
	if (memcmp(bytes, magic, known) != 0)
		return -1;
	read_view(&r, sizeof(magic));
	uint32_t version = read_u32(&r);
	uint32_t length = read_u32(&r);
	if (r.failed)
		return 0;
	*reason = "a version of the format that is not known here";
	if (version != RECORD_VERSION)
		return -1;
	*reason = "a header of another length";
	if (length > RECORD_HEADER_MAX || length < r.pos)
		return -1;
	if (length > len)
		return 0;
	*header = (struct record_header){ 0 };
	r.len = length;
	*reason = read_header(&r, header);
	return *reason ? -1 : (int)length;
}

static void write_payload(struct writer *w, const struct record *record)
{
	switch (record->kind) {
	case RECORD_COMMAND:
		write_u32(w, record->command.queue);
		write_u32(w, record->command.flags);
		return;
	case RECORD_DATA:
		write_u32(w, record->data.resource);
		write_u32(w, record->data.rows);
		write_u64(w, record->data.offset);
		write_u32(w, record->data.row_bytes);
		write_u32(w, record->data.stride);
		return;
	case RECORD_REFUSED:
		write_u32(w, record->refused.type);
		write_u32(w, record->refused.response);
		return;
	case RECORD_FEATURES:
		write_u64(w, record->features.bits);
		return;
	case RECORD_CONTEXT:
		write_u32(w, record->context.id);
		return;
	case RECORD_LOST:
		write_u64(w, record->lost.records);
		write_u64(w, record->lost.bytes);
		return;
	case RECORD_END:
		write_u32(w, record->end.why);
		return;
	case RECORD_INVALID:
	case RECORD_RESET:
	case RECORD_KIND_COUNT:
		return;
	}
}

size_t encode_record_start(const struct record *record, uint8_t bytes[static RECORD_START_MAX])
{
	struct writer w = writer_over(bytes, RECORD_START_MAX);

	write_zero(&w, RECORD_HEAD_BYTES);
	write_payload(&w, record);
	size_t len = w.pos;
	w = writer_over(bytes, RECORD_HEAD_BYTES);
	write_u32(&w, record->kind);
	write_u32(&w, len - RECORD_HEAD_BYTES + record->len);
	write_u64(&w, record->time_ns);
	return len;
}

/* The rows are all there, and lie somewhere. */
static bool data_fits(const struct record_data *data, size_t len)
{
	uint64_t bytes, extent;

	return data->rows && data->row_bytes && data->stride >= data->row_bytes &&
	       mul_fits(data->rows, data->row_bytes, &bytes) && bytes == len &&
	       mul_fits(data->rows - 1, data->stride, &extent) &&
	       range_fits(data->offset, extent + data->row_bytes, UINT64_MAX);
}

/* A command and data end with bytes of any length, others have one length. */
static const char *read_payload(struct reader *r, struct record *record)
{
	switch (record->kind) {
	case RECORD_COMMAND:
		record->command.queue = read_u32(r);
		record->command.flags = read_u32(r);
		record->len = reader_left(r);
		record->bytes = read_view(r, record->len);
		if (record->command.queue >= VIRTIO_GPU_QUEUE_COUNT)
			return "a command of no queue";
		if (record->command.flags & ~RECORD_COMMAND_MADE)
			return "unknown flags of a command";
		break;
	case RECORD_DATA:
		record->data.resource = read_u32(r);
		record->data.rows = read_u32(r);
		record->data.offset = read_u64(r);
		record->data.row_bytes = read_u32(r);
		record->data.stride = read_u32(r);
		record->len = reader_left(r);
		record->bytes = read_view(r, record->len);
		if (!r->failed && !data_fits(&record->data, record->len))
			return "data of another size than it says";
		break;
	case RECORD_REFUSED:
		record->refused.type = read_u32(r);
		record->refused.response = read_u32(r);
		break;
	case RECORD_FEATURES:
		record->features.bits = read_u64(r);
		break;
	case RECORD_CONTEXT:
		record->context.id = read_u32(r);
		break;
	case RECORD_LOST:
		record->lost.records = read_u64(r);
		record->lost.bytes = read_u64(r);
		break;
	case RECORD_END:
		record->end.why = read_u32(r);
		if ((uint32_t)record->end.why >= RECORD_END_COUNT)
			return "an end of an unknown kind";
		break;
	case RECORD_RESET:
		break;
	case RECORD_INVALID:
	case RECORD_KIND_COUNT:
		return "a record of an unknown kind";
	}
	return reader_done(r) ? NULL : "a record of another length";
}

int decode_record(const void *bytes, size_t len, struct record *record, const char **reason)
{
	struct reader r = reader_over(bytes, len);
	uint32_t kind = read_u32(&r);
	uint32_t length = read_u32(&r);
	uint64_t time_ns = read_u64(&r);

	if (r.failed)
		return 0;
	*reason = "a record of an unknown kind";
	if (kind == RECORD_INVALID || kind >= RECORD_KIND_COUNT)
		return -1;
	*reason = "a record that is too long";
	if (length > RECORD_PAYLOAD_MAX)
		return -1;
	if (length > len - RECORD_HEAD_BYTES)
		return 0;
	*record = (struct record){ .kind = kind, .time_ns = time_ns };
	struct reader payload = reader_over((const uint8_t *)bytes + RECORD_HEAD_BYTES, length);
	*reason = read_payload(&payload, record);
	return *reason ? -1 : (int)(RECORD_HEAD_BYTES + length);
}

/* SPDX-License-Identifier: MIT */
/* Records as text. */
#include "tools/record_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/virgl_print.h"
#include "protocol/virtio_gpu_print.h"

#define LINE_BYTES 512

/* Not a command that Virgl has: no more of the stream can be told. */
static void print_rest(FILE *out, const uint32_t *dwords, size_t n_dwords, size_t offset)
{
	if (offset < n_dwords)
		fprintf(out, "\t\t(%zu dwords that are no command: 0x%08x ...)\n",
			n_dwords - offset, dwords[offset]);
}

static void print_stream(FILE *out, const struct virtio_gpu_command *submit)
{
	size_t n_dwords = submit->submit.size / 4, offset = 0;
	uint32_t *dwords = malloc(n_dwords * 4 + 1); /* aligned, as the record is not */
	struct virgl_command command;
	char line[LINE_BYTES];

	if (!dwords)
		return;
	memcpy(dwords, submit->tail, n_dwords * 4);
	while (virgl_stream_next(dwords, n_dwords, &offset, &command)) {
		struct text text = text_over(line, sizeof(line));
		virgl_command_print(&command, &text);
		fprintf(out, "\t\t%s\n", line);
	}
	print_rest(out, dwords, n_dwords, offset);
	free(dwords);
}

static void print_command(FILE *out, const struct record *record)
{
	struct virtio_gpu_command command;
	char line[LINE_BYTES];
	struct text text = text_over(line, sizeof(line));

	if (decode_virtio_gpu_command(
		    record->bytes, record->len, record->command.queue, &command)) {
		fprintf(out, "(no command: %zu bytes, type 0x%x)\n", record->len,
			command.header.type);
		return;
	}
	virtio_gpu_command_print(&command, &text);
	fprintf(out, "%s%s\n", line,
		record->command.flags & RECORD_COMMAND_MADE ? " (made of what was there)" : "");
	if (command.header.type == VIRTIO_GPU_CMD_SUBMIT_3D)
		print_stream(out, &command);
}

static void print_features(FILE *out, uint64_t bits)
{
	fprintf(out, "(the driver takes features 0x%" PRIx64 ")\n", bits);
}

void record_print(FILE *out, const struct record *record)
{
	fprintf(out, "%6" PRIu64 ".%06" PRIu64 "  ", record->time_ns / 1000000000,
		record->time_ns / 1000 % 1000000);
	switch (record->kind) {
	case RECORD_COMMAND:
		print_command(out, record);
		return;
	case RECORD_DATA:
		fprintf(out, "(data of resource=%u offset=%" PRIu64 " rows=%u of %uB)\n",
			record->data.resource, record->data.offset, record->data.rows,
			record->data.row_bytes);
		return;
	case RECORD_REFUSED:
		fprintf(out, "(%s is answered with %s, 0x%x)\n",
			virtio_gpu_command_name(record->refused.type),
			virtio_gpu_response_name(record->refused.response),
			record->refused.response);
		return;
	case RECORD_FEATURES:
		print_features(out, record->features.bits);
		return;
	case RECORD_RESET:
		fputs("(the driver starts anew)\n", out);
		return;
	case RECORD_CONTEXT:
		fprintf(out, "(context %u was there before)\n", record->context.id);
		return;
	case RECORD_LOST:
		fprintf(out,
			"(%" PRIu64 " records left out, %" PRIu64 " bytes: too slow a reader)\n",
			record->lost.records, record->lost.bytes);
		return;
	case RECORD_END:
		fputs("(end)\n", out);
		return;
	case RECORD_INVALID:
	case RECORD_KIND_COUNT:
		return;
	}
}

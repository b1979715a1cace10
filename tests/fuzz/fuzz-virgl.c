/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: a stream of Virgl, resources of the fuzzer's making, a transfer, a
 * capset. Build it alone:
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/fuzz-virgl.c \
 *       protocol/virgl*.c backends/virgl/objects.c base/idmap.c
 */

#include <stdlib.h>
#include <string.h>

#include "backends/virgl/objects.h"
#include "base/list.h"
#include "protocol/bounds.h"
#include "protocol/virgl.h"

#define RESOURCES 8

struct input {
	const uint8_t *data;
	size_t len;
};

/* As much as there is; the rest stays zero. */
static void take(struct input *input, void *to, size_t len)
{
	size_t n = len < input->len ? len : input->len;
	memcpy(to, input->data, n);
	input->data += n;
	input->len -= n;
}

struct table {
	struct objects objects;
	struct virgl_resource resources[RESOURCES];
	bool right[RESOURCES];
};

static const struct virgl_resource *find(void *data, uint32_t id)
{
	struct objects *objects = data;
	const struct table *table = container_of(objects, struct table, objects);
	return id > 0 && id <= RESOURCES && table->right[id - 1] ? &table->resources[id - 1] : NULL;
}

/* Small numbers are what passes; the fuzzer finds the large ones. */
static void take_resource(struct input *input, struct virgl_resource *r)
{
	uint8_t small[8] = { 0 };
	take(input, small, sizeof(small));
	*r = (struct virgl_resource){
		.target = small[0] & 15,
		.format = small[1] | (small[0] & 16) << 4,
		.bind = 1u << (small[2] & 31),
		.width = small[3],
		.height = small[4],
		.depth = small[5],
		.array_size = small[6] & 31,
		.last_level = small[6] >> 5,
		.nr_samples = small[7] & 7,
		.flags = (small[7] >> 3) & 3,
		.backing_bytes = (small[7] & 32 ? 1u : 0) * 4096,
	};
	if (small[7] & 64)
		take(input, &r->width, 6 * sizeof(uint32_t));
	r->backing_first_bytes = r->backing_bytes;
}

/* Whatever passes lies where it should: counted once more, in another way. */
static void check_transfer(const struct virgl_resource *r, const struct virgl_transfer *t)
{
	uint64_t memory_bytes = t->offset ^ 0x10000;
	if (!virgl_transfer_check(r, t, memory_bytes))
		return;
	uint64_t levels_width = r->width >> t->level ? r->width >> t->level : 1;
	if (!range_fits(t->box.x, t->box.width, levels_width + 11))
		abort();
	if (!range_fits(t->box.z, t->box.depth, virgl_resource_layers(r, t->level)))
		abort();
	if (t->offset >= memory_bytes)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input input = { data, len };
	struct table table = { 0 };
	struct virgl_limits limits = virgl_limits_default;
	struct virgl_transfer transfer = { 0 };
	uint8_t mode = 0;
	uint64_t bytes;

	take(&input, &mode, 1);
	limits.blobs = mode & 1;
	for (int i = 0; i < RESOURCES; i++) {
		take_resource(&input, &table.resources[i]);
		table.right[i] = virgl_resource_check(&table.resources[i], &limits, &bytes);
		if (table.right[i] && bytes > limits.max_bytes * 32)
			abort();
	}
	if (mode & 2) {
		take(&input, &transfer, sizeof(transfer) - sizeof(uint64_t));
		transfer.from_host = mode & 4;
		if (table.right[0])
			check_transfer(&table.resources[0], &transfer);
	}

	size_t n = input.len / 4;
	uint32_t *dwords = malloc(n * 4 + 1);
	memcpy(dwords, input.data, n * 4);
	if (mode & 8) {
		virgl_capset_filter(mode >> 4 & 3, dwords, n * 4);
	} else {
		const struct virgl_lookup lookup = { find, objects_find, objects_set,
			objects_create_sub_context, objects_select_sub_context,
			objects_destroy_sub_context, objects_set_slot, &table.objects };
		struct virgl_decode_error error = { .reason = NULL };
		objects_init(&table.objects);
		objects_begin(&table.objects, 64u << 20);
		bool right = virgl_stream_check(dwords, n, &limits, &lookup, &error);
		if (!right && (!error.reason || error.dword >= n))
			abort();
		objects_finish(&table.objects);
	}
	free(dwords);
	return 0;
}

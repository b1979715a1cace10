/* SPDX-License-Identifier: MIT */
/* The guest memory behind a resource, as one run of bytes. */
#include "backends/pixman/backing.h"

#include <stdlib.h>
#include <string.h>

#include "backends/guest_memory.h"

/* Neighbours in our mapping become one segment: guests with large pages need few. */
static void backing_append(struct backing *backing, uint8_t *at, uint64_t len)
{
	struct backing_segment *last =
		backing->n_segments ? &backing->segments[backing->n_segments - 1] : NULL;

	if (last && last->at + last->len == at)
		last->len += len;
	else
		backing->segments[backing->n_segments++] = (struct backing_segment){
			.start = backing->bytes,
			.at = at,
			.len = len,
		};
	backing->bytes += len;
}

bool backing_attach(struct backing *backing, const struct virtio_gpu_command *attach,
	const struct guest_memory *memory)
{
	uint32_t n = attach->attach_backing.n_entries;

	backing_detach(backing);
	backing->segments = calloc(n ? n : 1, sizeof(*backing->segments));
	if (!backing->segments)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct virtio_gpu_entry entry = virtio_gpu_entry_at(attach, i);
		uint8_t *at = guest_memory_at(memory, entry.addr, entry.len);
		if (!at) {
			backing_detach(backing);
			return false;
		}
		if (entry.len)
			backing_append(backing, at, entry.len);
	}
	return true;
}

void backing_detach(struct backing *backing)
{
	free(backing->segments);
	*backing = (struct backing){ 0 };
}

/* The segment that holds `offset`, which lies within the backing. */
static const struct backing_segment *backing_segment_at(
	const struct backing *backing, uint64_t offset)
{
	uint32_t low = 0, high = backing->n_segments;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (backing->segments[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	return &backing->segments[low];
}

void backing_read(const struct backing *backing, uint8_t *to, uint64_t offset, uint64_t len)
{
	const struct backing_segment *segment = backing_segment_at(backing, offset);

	while (len) {
		uint64_t skip = offset - segment->start;
		uint64_t part = segment->len - skip;
		if (part > len)
			part = len;
		memcpy(to, segment->at + skip, part);
		to += part;
		offset += part;
		len -= part;
		segment++;
	}
}

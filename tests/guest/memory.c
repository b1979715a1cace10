/* SPDX-License-Identifier: MIT */
/* Guest memory: memfd regions and a first-fit allocator over them. */
#include "memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES 4096u

void memory_init(struct memory *memory)
{
	memset(memory, 0, sizeof(*memory));
	for (size_t i = 0; i < MEMORY_MAX_REGIONS; i++)
		memory->regions[i].fd = -1;
}

void memory_finish(struct memory *memory)
{
	for (size_t i = 0; i < memory->region_count; i++) {
		struct memory_region *region = &memory->regions[i];

		if (region->data != NULL)
			munmap(region->data, region->mapped_bytes);
		if (region->fd >= 0)
			close(region->fd);
	}
	free(memory->free_extents);
	memory_init(memory);
}

static void extent_insert(struct memory *memory, size_t at, struct memory_extent extent)
{
	if (memory->free_count == memory->free_capacity) {
		memory->free_capacity = memory->free_capacity ? memory->free_capacity * 2 : 16;
		memory->free_extents =
			realloc(memory->free_extents, memory->free_capacity * sizeof(extent));
		assert(memory->free_extents != NULL);
	}
	memmove(&memory->free_extents[at + 1], &memory->free_extents[at],
		(memory->free_count - at) * sizeof(extent));
	memory->free_extents[at] = extent;
	memory->free_count++;
}

static void extent_remove(struct memory *memory, size_t at)
{
	memory->free_count--;
	memmove(&memory->free_extents[at], &memory->free_extents[at + 1],
		(memory->free_count - at) * sizeof(memory->free_extents[0]));
}

static const struct memory_region *region_find(const struct memory *memory, uint64_t gpa)
{
	for (size_t i = 0; i < memory->region_count; i++) {
		const struct memory_region *region = &memory->regions[i];

		if (gpa >= region->gpa && gpa - region->gpa < region->size_bytes)
			return region;
	}
	return NULL;
}

/* Joins neighbours, but not across regions that happen to touch. */
static void extent_add(struct memory *memory, uint64_t gpa, uint64_t size_bytes)
{
	size_t at = 0;

	while (at < memory->free_count && memory->free_extents[at].gpa < gpa)
		at++;
	extent_insert(memory, at, (struct memory_extent){ gpa, size_bytes });

	struct memory_extent *all = memory->free_extents;

	if (at + 1 < memory->free_count && gpa + size_bytes == all[at + 1].gpa &&
		region_find(memory, gpa) == region_find(memory, all[at + 1].gpa)) {
		all[at].size_bytes += all[at + 1].size_bytes;
		extent_remove(memory, at + 1);
	}
	if (at > 0 && all[at - 1].gpa + all[at - 1].size_bytes == gpa &&
		region_find(memory, gpa) == region_find(memory, all[at - 1].gpa)) {
		all[at - 1].size_bytes += all[at].size_bytes;
		extent_remove(memory, at);
	}
}

static int region_map(struct memory_region *region, const struct memory_region_options *options)
{
	int seals = F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	int sharing = options->is_private ? MAP_PRIVATE : MAP_SHARED;

	region->mapped_bytes = options->file_bytes ? options->file_bytes : options->size_bytes;
	region->fd = memfd_create("guest-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (region->fd < 0)
		return -errno;
	if (ftruncate(region->fd, (off_t)(options->fd_offset_bytes + region->mapped_bytes)) < 0)
		return -errno;
	if (!options->unsealed && fcntl(region->fd, F_ADD_SEALS, seals) < 0)
		return -errno;

	void *data = mmap(NULL, region->mapped_bytes, PROT_READ | PROT_WRITE,
		sharing | MAP_NORESERVE, region->fd, (off_t)options->fd_offset_bytes);
	if (data == MAP_FAILED)
		return -errno;
	region->data = data;
	return 0;
}

int memory_add_region(struct memory *memory, const struct memory_region_options *options)
{
	if (memory->region_count == MEMORY_MAX_REGIONS)
		return -ENOSPC;

	struct memory_region *region = &memory->regions[memory->region_count];

	*region = (struct memory_region){
		.gpa = options->gpa,
		.size_bytes = options->size_bytes,
		.fd_offset_bytes = options->fd_offset_bytes,
		.fd = -1,
	};
	int err = region_map(region, options);

	if (err < 0) {
		if (region->fd >= 0)
			close(region->fd);
		region->fd = -1;
		return err;
	}
	memory->region_count++;
	if (region->mapped_bytes > PAGE_BYTES)
		extent_add(memory, region->gpa + PAGE_BYTES, region->mapped_bytes - PAGE_BYTES);
	return (int)memory->region_count - 1;
}

static struct span extent_carve(struct memory *memory, size_t at, uint64_t gpa, size_t size_bytes)
{
	struct memory_extent extent = memory->free_extents[at];
	uint64_t end = extent.gpa + extent.size_bytes;

	extent_remove(memory, at);
	if (end > gpa + size_bytes)
		extent_insert(memory, at,
			(struct memory_extent){ gpa + size_bytes, end - gpa - size_bytes });
	if (gpa > extent.gpa)
		extent_insert(memory, at, (struct memory_extent){ extent.gpa, gpa - extent.gpa });

	struct span span = { gpa, memory_find(memory, gpa, size_bytes), size_bytes };

	memset(span.data, 0, size_bytes);
	return span;
}

static struct span alloc_within(struct memory *memory, const struct memory_region *only,
	size_t size_bytes, size_t align_bytes)
{
	for (size_t i = 0; i < memory->free_count; i++) {
		struct memory_extent *extent = &memory->free_extents[i];
		uint64_t gpa = (extent->gpa + align_bytes - 1) & ~(uint64_t)(align_bytes - 1);
		uint64_t skip = gpa - extent->gpa;

		if (only != NULL && region_find(memory, extent->gpa) != only)
			continue;
		if (skip <= extent->size_bytes && extent->size_bytes - skip >= size_bytes)
			return extent_carve(memory, i, gpa, size_bytes);
	}
	return (struct span){ 0 };
}

struct span memory_alloc(struct memory *memory, size_t size_bytes, size_t align_bytes)
{
	return alloc_within(memory, NULL, size_bytes, align_bytes);
}

struct span memory_alloc_in(
	struct memory *memory, size_t region, size_t size_bytes, size_t align_bytes)
{
	assert(region < memory->region_count);
	return alloc_within(memory, &memory->regions[region], size_bytes, align_bytes);
}

void memory_free(struct memory *memory, struct span span)
{
	if (span.data != NULL && span.size != 0)
		extent_add(memory, span.gpa, span.size);
}

void *memory_find(struct memory *memory, uint64_t gpa, size_t size_bytes)
{
	const struct memory_region *region = region_find(memory, gpa);

	if (region == NULL)
		return NULL;

	uint64_t offset = gpa - region->gpa;

	if (offset > region->mapped_bytes || size_bytes > region->mapped_bytes - offset)
		return NULL;
	return region->data + offset;
}

uint64_t memory_region_user_addr(const struct memory_region *region)
{
	return (uint64_t)(uintptr_t)region->data;
}

uint64_t memory_gpa_to_user(const struct memory *memory, uint64_t gpa)
{
	const struct memory_region *region = region_find(memory, gpa);

	return region ? memory_region_user_addr(region) + (gpa - region->gpa) : 0;
}

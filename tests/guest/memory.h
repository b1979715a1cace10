/* SPDX-License-Identifier: MIT */
#ifndef GUEST_MEMORY_H
#define GUEST_MEMORY_H

/*
 * Guest memory as a VMM makes it: regions backed by memfds, and an allocator
 * for what the driver puts into them.
 *
 * A region can be made wrong on purpose: private (the back end's mapping never
 * sees what the guest writes, as with share=off), or with a file that ends
 * before the region does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMORY_MAX_REGIONS 8

/* A piece of guest memory. data is NULL when there was none left. */
struct span {
	uint64_t gpa;
	uint8_t *data;
	size_t size;
};

struct memory_region_options {
	uint64_t gpa;
	uint64_t size_bytes;
	uint64_t fd_offset_bytes; /* where the region starts in its file */
	uint64_t file_bytes;      /* bytes of the region that the file has; 0: all */
	bool is_private;          /* share=off */
	bool unsealed;            /* the file may be shrunk later */
};

struct memory_region {
	uint64_t gpa;
	uint64_t size_bytes;
	uint64_t fd_offset_bytes;
	uint64_t mapped_bytes; /* less than size_bytes when the file is short */
	uint8_t *data;
	int fd;
};

struct memory_extent {
	uint64_t gpa;
	uint64_t size_bytes;
};

struct memory {
	struct memory_region regions[MEMORY_MAX_REGIONS];
	size_t region_count;
	struct memory_extent *free_extents; /* sorted by gpa, never adjacent */
	size_t free_count;
	size_t free_capacity;
};

void memory_init(struct memory *memory);
void memory_finish(struct memory *memory);

/* Returns the index of the region or a negative errno. */
int memory_add_region(struct memory *memory, const struct memory_region_options *options);

/* align_bytes is a power of two. The first allocation of a region never lies at address 0. */
struct span memory_alloc(struct memory *memory, size_t size_bytes, size_t align_bytes);
struct span memory_alloc_in(
	struct memory *memory, size_t region, size_t size_bytes, size_t align_bytes);
void memory_free(struct memory *memory, struct span span);

/* NULL unless all of it lies in one region. */
void *memory_find(struct memory *memory, uint64_t gpa, size_t size_bytes);

/* The address that a region has in SET_MEM_TABLE as the front end's own. */
uint64_t memory_region_user_addr(const struct memory_region *region);

/* 0 when gpa lies in no region. */
uint64_t memory_gpa_to_user(const struct memory *memory, uint64_t gpa);

#endif

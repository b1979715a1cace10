/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_GUEST_MEMORY_H
#define BACKENDS_GUEST_MEMORY_H

/*
 * A guest's memory as its VMM shares it: regions of descriptors, mapped. Every
 * address from a guest or a VMM becomes a pointer here and nowhere else.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_MEMORY_REGIONS 32

struct guest_region {
	uint64_t guest_addr; /* guest-physical */
	uint64_t size_bytes;
	uint64_t user_addr;  /* in the VMM */
	uint64_t fd_offset;
	int fd;              /* owned */
	void *map;           /* NULL: the slot is free */
};

struct guest_memory {
	struct guest_region regions[GUEST_MEMORY_REGIONS];
};

void guest_memory_init(struct guest_memory *memory);
void guest_memory_finish(struct guest_memory *memory);

/*
 * Maps a region into the first free slot and returns the slot. -ERANGE: the file
 * is shorter than the region; -EEXIST: it overlaps another; -ENOSPC: no slot;
 * -EINVAL: unaligned or absurd. Takes `take_fd` in every case.
 */
int guest_memory_add(struct guest_memory *memory, const struct guest_region *region, int take_fd);
/* The same at slot `slot`, which must be free (-EEXIST) and within the table (-EINVAL). 0 if mapped. */
int guest_memory_put(struct guest_memory *memory, uint32_t slot, const struct guest_region *region,
	int take_fd);
/* The slot that was emptied, or -ENOENT. Guest address, user address and size must match. */
int guest_memory_remove(struct guest_memory *memory, const struct guest_region *region);
void guest_memory_clear(struct guest_memory *memory);

/* `len` bytes at a guest-physical address, all in one region; else NULL. */
void *guest_memory_at(const struct guest_memory *memory, uint64_t addr, uint64_t len);
/* Writes what fits into `room` bytes there; how much that was: 0 if they are not in one region. */
size_t guest_memory_write(const struct guest_memory *memory, uint64_t addr, uint32_t room,
	const void *bytes, size_t len);
/* How many bytes follow `addr` in its region; 0: not in guest memory. */
uint64_t guest_memory_run(const struct guest_memory *memory, uint64_t addr);
/* The same for the VMM's virtual addresses (rings). */
void *guest_memory_at_user(const struct guest_memory *memory, uint64_t addr, uint64_t len);
/* Where a piece of the mapping lies in its region's descriptor. False: not in one region. */
bool guest_memory_locate(const struct guest_memory *memory, const void *at, uint64_t len, int *fd,
	uint64_t *offset);
/* All zero where a running guest's is not: the first pages of every region. */
bool guest_memory_is_blank(const struct guest_memory *memory);

#endif

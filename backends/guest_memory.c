/* SPDX-License-Identifier: MIT */
/* A guest's memory: mapped regions, and addresses to pointers. */
#include "backends/guest_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "protocol/bounds.h"

/*
 * Firmware, boot loaders and kernels leave their tables at the start of memory.
 * Not more than this is looked at: what was never written would be allocated.
 */
#define BLANK_BYTES (64u << 10)

void guest_memory_init(struct guest_memory *memory)
{
	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++)
		memory->regions[i] = (struct guest_region){ .fd = -1 };
}

static void guest_region_unmap(struct guest_region *region)
{
	if (region->map)
		munmap(region->map, region->size_bytes);
	fd_close(&region->fd);
	*region = (struct guest_region){ .fd = -1 };
}

void guest_memory_clear(struct guest_memory *memory)
{
	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++)
		guest_region_unmap(&memory->regions[i]);
}

void guest_memory_finish(struct guest_memory *memory)
{
	guest_memory_clear(memory);
}

static bool ranges_overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a < b + b_len && b < a + a_len;
}

static int guest_region_check(const struct guest_region *region, int fd)
{
	struct stat st;
	long page = sysconf(_SC_PAGESIZE);

	if (!region->size_bytes || region->fd_offset % page ||
		!range_fits(region->guest_addr, region->size_bytes, UINT64_MAX) ||
		!range_fits(region->user_addr, region->size_bytes, UINT64_MAX))
		return -EINVAL;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < 0 || !range_fits(region->fd_offset, region->size_bytes, st.st_size))
		return -ERANGE;
	return 0;
}

/* It overlaps none of those that are there. */
static bool region_is_apart(const struct guest_memory *memory, const struct guest_region *region)
{
	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++) {
		const struct guest_region *other = &memory->regions[i];
		if (other->map && (ranges_overlap(region->guest_addr, region->size_bytes,
					   other->guest_addr, other->size_bytes) ||
					  ranges_overlap(region->user_addr, region->size_bytes,
						  other->user_addr, other->size_bytes)))
			return false;
	}
	return true;
}

int guest_memory_put(struct guest_memory *memory, uint32_t slot, const struct guest_region *region,
	int take_fd)
{
	int ret = slot < GUEST_MEMORY_REGIONS ? guest_region_check(region, take_fd) : -EINVAL;
	if (ret < 0)
		goto fail;
	ret = -EEXIST;
	if (memory->regions[slot].map || !region_is_apart(memory, region))
		goto fail;
	void *map = mmap(NULL, region->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, take_fd,
		region->fd_offset);
	ret = -errno;
	if (map == MAP_FAILED)
		goto fail;
	memory->regions[slot] = *region;
	memory->regions[slot].fd = take_fd;
	memory->regions[slot].map = map;
	return 0;
fail:
	fd_close(&take_fd);
	return ret;
}

int guest_memory_add(struct guest_memory *memory, const struct guest_region *region, int take_fd)
{
	uint32_t slot = 0;

	while (slot < GUEST_MEMORY_REGIONS && memory->regions[slot].map)
		slot++;
	if (slot == GUEST_MEMORY_REGIONS) {
		int ret = guest_region_check(region, take_fd);
		fd_close(&take_fd);
		return ret < 0 ? ret : -ENOSPC;
	}
	int ret = guest_memory_put(memory, slot, region, take_fd);
	return ret < 0 ? ret : (int)slot;
}

int guest_memory_remove(struct guest_memory *memory, const struct guest_region *region)
{
	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++) {
		struct guest_region *mine = &memory->regions[i];
		if (mine->map && mine->guest_addr == region->guest_addr &&
			mine->user_addr == region->user_addr &&
			mine->size_bytes == region->size_bytes) {
			guest_region_unmap(mine);
			return i;
		}
	}
	return -ENOENT;
}

size_t guest_memory_write(const struct guest_memory *memory, uint64_t addr, uint32_t room,
	const void *bytes, size_t len)
{
	size_t part = room < len ? room : len;
	void *to = guest_memory_at(memory, addr, part);

	if (!to)
		return 0;
	memcpy(to, bytes, part);
	return part;
}

uint64_t guest_memory_run(const struct guest_memory *memory, uint64_t addr)
{
	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++) {
		const struct guest_region *region = &memory->regions[i];
		if (region->map && addr >= region->guest_addr &&
			addr - region->guest_addr < region->size_bytes)
			return region->size_bytes - (addr - region->guest_addr);
	}
	return 0;
}

void *guest_memory_at(const struct guest_memory *memory, uint64_t addr, uint64_t len)
{
	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++) {
		const struct guest_region *region = &memory->regions[i];
		if (region->map && addr >= region->guest_addr &&
			range_fits(addr - region->guest_addr, len, region->size_bytes))
			return (char *)region->map + (addr - region->guest_addr);
	}
	return NULL;
}

void *guest_memory_at_user(const struct guest_memory *memory, uint64_t addr, uint64_t len)
{
	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++) {
		const struct guest_region *region = &memory->regions[i];
		if (region->map && addr >= region->user_addr &&
			range_fits(addr - region->user_addr, len, region->size_bytes))
			return (char *)region->map + (addr - region->user_addr);
	}
	return NULL;
}

bool guest_memory_locate(const struct guest_memory *memory, const void *at, uint64_t len, int *fd,
	uint64_t *offset)
{
	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++) {
		const struct guest_region *region = &memory->regions[i];
		uint64_t from = (uintptr_t)at - (uintptr_t)region->map;
		if (!region->map || !range_fits(from, len, region->size_bytes))
			continue;
		*fd = region->fd;
		*offset = region->fd_offset + from;
		return true;
	}
	return false;
}

static bool region_is_blank(const struct guest_region *region)
{
	const volatile uint64_t *words = region->map;
	uint64_t bytes = region->size_bytes < BLANK_BYTES ? region->size_bytes : BLANK_BYTES;

	for (uint64_t i = 0; i < bytes / sizeof(*words); i++) {
		if (words[i])
			return false;
	}
	return true;
}

bool guest_memory_is_blank(const struct guest_memory *memory)
{
	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++) {
		if (memory->regions[i].map && !region_is_blank(&memory->regions[i]))
			return false;
	}
	return true;
}

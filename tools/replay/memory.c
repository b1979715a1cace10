/* SPDX-License-Identifier: MIT */
/* Memory in the guest's place. */
#include "tools/replay/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "protocol/bounds.h"

/* Of addresses there are plenty: runs in use are found a place for soon. */
#define MEMORY_ADDRESSES (UINT64_C(1) << 36)
#define PAGE_BYTES UINT64_C(4096)

int memory_init(struct memory *memory, uint64_t limit_bytes)
{
	*memory = (struct memory){
		.fd = -1,
		.size_bytes = MEMORY_ADDRESSES,
		.limit_bytes =
			limit_bytes < MEMORY_ADDRESSES / 4 ? limit_bytes : MEMORY_ADDRESSES / 4,
	};
	memory->runs = calloc(MEMORY_RUNS_MAX, sizeof(*memory->runs));
	memory->fd = memfd_create("mullion-replay", MFD_CLOEXEC);
	if (!memory->runs || memory->fd < 0 || ftruncate(memory->fd, memory->size_bytes) < 0)
		goto fail;
	memory->map = memfd_map(memory->fd, memory->size_bytes, PROT_READ | PROT_WRITE);
	if (memory->map)
		return 0;
fail:;
	int ret = errno ? -errno : -ENOMEM;
	memory_finish(memory);
	return ret;
}

void memory_finish(struct memory *memory)
{
	if (memory->map)
		munmap(memory->map, memory->size_bytes);
	fd_close(&memory->fd);
	free(memory->runs);
	*memory = (struct memory){ .fd = -1 };
}

int memory_take(struct memory *memory, uint64_t bytes, uint64_t *start)
{
	uint64_t at = PAGE_BYTES;
	uint32_t i = 0;

	if (!range_fits(memory->used_bytes, bytes, memory->limit_bytes) ||
		memory->n_runs == MEMORY_RUNS_MAX)
		return -ENOMEM;
	bytes = (bytes / PAGE_BYTES + 1) * PAGE_BYTES;
	/* The first gap that is large enough. */
	for (; i < memory->n_runs && memory->runs[i].start - at < bytes; i++)
		at = memory->runs[i].start + memory->runs[i].bytes;
	if (!range_fits(at, bytes, memory->size_bytes))
		return -ENOMEM;
	memmove(&memory->runs[i + 1], &memory->runs[i],
		(memory->n_runs - i) * sizeof(*memory->runs));
	memory->runs[i] = (struct memory_run){ .start = at, .bytes = bytes };
	memory->n_runs++;
	memory->used_bytes += bytes;
	*start = at;
	return 0;
}

void memory_give(struct memory *memory, uint64_t start)
{
	uint32_t i = 0;

	while (i < memory->n_runs && memory->runs[i].start != start)
		i++;
	if (i == memory->n_runs)
		return;
	fallocate(memory->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, start,
		memory->runs[i].bytes);
	memory->used_bytes -= memory->runs[i].bytes;
	memory->n_runs--;
	memmove(&memory->runs[i], &memory->runs[i + 1],
		(memory->n_runs - i) * sizeof(*memory->runs));
}

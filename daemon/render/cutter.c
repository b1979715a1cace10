/* SPDX-License-Identifier: MIT */
/* The size of chunks, from what earlier ones cost. */
#include "daemon/render/cutter.h"

#include <assert.h>
#include <string.h>

/* Of commands that nobody has seen yet, and of those that cost next to nothing. */
#define FIRST_COMMANDS 8
#define MOST_COMMANDS 4096

uint32_t cutter_size(const struct cutter *cutter, int64_t chunk_ns)
{
	if (!cutter->command_ns)
		return FIRST_COMMANDS;
	uint64_t n = chunk_ns > 0 ? (chunk_ns + cutter->command_ns / 2) / cutter->command_ns : 0;
	if (n < 1)
		return 1;
	return n < MOST_COMMANDS ? n : MOST_COMMANDS;
}

bool cutter_is_full(const struct cutter *cutter)
{
	return cutter->n == CUTTER_CHUNKS;
}

void cutter_add(struct cutter *cutter, uint32_t fence, uint32_t n_commands, int64_t began_ns)
{
	assert(!cutter_is_full(cutter));
	cutter->chunks[cutter->n++] = (struct cutter_chunk){
		.fence = fence,
		.n_commands = n_commands,
		.began_ns = began_ns,
	};
}

/* Dearer at once, cheaper by and by: too short a chunk costs less than too long a one. */
static void cutter_learn(struct cutter *cutter, uint64_t command_ns)
{
	uint64_t mean = (3 * cutter->command_ns + command_ns) / 4;
	cutter->command_ns = command_ns > mean ? command_ns : mean;
	if (!cutter->command_ns)
		cutter->command_ns = 1;
}

void cutter_signalled(struct cutter *cutter, uint32_t fence, int64_t now_ns)
{
	while (cutter->n && (int32_t)(fence - cutter->chunks[0].fence) >= 0) {
		const struct cutter_chunk *chunk = &cutter->chunks[0];
		/* It began when it was given, or when the GPU was done with the one before. */
		int64_t began_ns = chunk->began_ns > cutter->done_ns ? chunk->began_ns :
								       cutter->done_ns;
		if (chunk->n_commands)
			cutter_learn(cutter, (uint64_t)(now_ns - began_ns) / chunk->n_commands);
		cutter->done_ns = now_ns;
		cutter->n--;
		memmove(cutter->chunks, cutter->chunks + 1, cutter->n * sizeof(cutter->chunks[0]));
	}
}

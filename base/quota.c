/* SPDX-License-Identifier: MIT */
/* Bytes against a limit, alone or together with other processes. */
#include "base/quota.h"

#include <stddef.h>

static void quota_publish(struct quota *quota, uint64_t bytes)
{
	if (quota->slots)
		atomic_store(&quota->slots[quota->slot], bytes);
}

/* What the others have; whatever they claim, no more than there is. */
static uint64_t quota_elsewhere(const struct quota *quota)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; quota->slots && i < quota->n_slots; i++) {
		uint64_t bytes = i == quota->slot ? 0 : atomic_load(&quota->slots[i]);
		if (bytes > quota->limit_bytes - sum)
			return quota->limit_bytes;
		sum += bytes;
	}
	return sum;
}

uint64_t quota_room(const struct quota *quota)
{
	uint64_t free_bytes = quota->limit_bytes - quota_elsewhere(quota);
	return free_bytes > quota->used_bytes ? free_bytes - quota->used_bytes : 0;
}

bool quota_has_room(struct quota *quota, uint64_t bytes)
{
	if (bytes > quota->limit_bytes)
		return false;
	quota_publish(quota, quota->used_bytes + bytes);
	if (bytes <= quota_room(quota))
		return true;
	quota_settle(quota);
	return false;
}

void quota_add(struct quota *quota, uint64_t bytes)
{
	quota->used_bytes += bytes;
	quota_settle(quota);
}

void quota_sub(struct quota *quota, uint64_t bytes)
{
	quota->used_bytes -= bytes;
	quota_settle(quota);
}

void quota_settle(struct quota *quota)
{
	quota_publish(quota, quota->used_bytes);
}

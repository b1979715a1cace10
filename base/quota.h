/* SPDX-License-Identifier: MIT */
#ifndef BASE_QUOTA_H
#define BASE_QUOTA_H

/*
 * Bytes against a limit, alone or together with other processes: each of those has a slot
 * in shared memory and looks at all of them. Who takes says so first and looks then, so
 * that all together never have more than the limit; two that want the last of it at the
 * same moment may both be refused.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct quota {
	uint64_t limit_bytes;
	uint64_t used_bytes;
	_Atomic uint64_t *slots; /* borrowed; NULL: alone */
	uint32_t n_slots, slot;
};

/* May there be so much more? If so it is kept free for quota_add, or until quota_settle. */
bool quota_has_room(struct quota *quota, uint64_t bytes);
/* What is left. */
uint64_t quota_room(const struct quota *quota);
void quota_add(struct quota *quota, uint64_t bytes);
void quota_sub(struct quota *quota, uint64_t bytes);
/* Nothing is kept free any longer. */
void quota_settle(struct quota *quota);

#endif

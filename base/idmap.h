/* SPDX-License-Identifier: MIT */
#ifndef BASE_IDMAP_H
#define BASE_IDMAP_H

/*
 * Ids that outsiders choose (32 bits, not 0) to pointers: open addressing with a
 * seed, so that nobody can aim at one bucket. Values are borrowed and not NULL.
 */

#include <stdint.h>

struct idmap {
	struct idmap_slot {
		uint32_t id; /* 0: free */
		void *value;
	} *slots;
	uint32_t n_slots; /* 0 or a power of two */
	uint32_t n_used;
	uint32_t seed;
};

void idmap_init(struct idmap *map);
void idmap_finish(struct idmap *map);
void *idmap_find(const struct idmap *map, uint32_t id);
/* The id must not be in the map. 0 or -ENOMEM. */
int idmap_insert(struct idmap *map, uint32_t id, void *value);
/* The value that was there, or NULL. */
void *idmap_remove(struct idmap *map, uint32_t id);

/* Visit all; the body must not insert or remove. */
#define idmap_for_each(slot, map)                                                                  \
	for (struct idmap_slot *slot = (map)->slots;                                                \
		slot && slot < (map)->slots + (map)->n_slots; slot++)                               \
		if (slot->id)

#endif

/* SPDX-License-Identifier: MIT */
/* Outsiders' ids to pointers: linear probing, removal by shifting back. */
#include "base/idmap.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>

#define IDMAP_SLOTS_MIN 16

void idmap_init(struct idmap *map)
{
	*map = (struct idmap){ 0 };
	if (getrandom(&map->seed, sizeof(map->seed), GRND_NONBLOCK) < 0)
		map->seed = (uint32_t)(uintptr_t)map;
}

void idmap_finish(struct idmap *map)
{
	free(map->slots);
	map->slots = NULL;
	map->n_slots = map->n_used = 0;
}

static uint32_t idmap_home(const struct idmap *map, uint32_t id)
{
	uint32_t h = id ^ map->seed;
	h = (h ^ (h >> 16)) * 0x7feb352du;
	h = (h ^ (h >> 15)) * 0x846ca68bu;
	return (h ^ (h >> 16)) & (map->n_slots - 1);
}

/* The slot that holds `id`, or the free one where it belongs. The map is never full. */
static struct idmap_slot *idmap_slot(const struct idmap *map, uint32_t id)
{
	uint32_t i = idmap_home(map, id);
	while (map->slots[i].id && map->slots[i].id != id)
		i = (i + 1) & (map->n_slots - 1);
	return &map->slots[i];
}

void *idmap_find(const struct idmap *map, uint32_t id)
{
	if (!id || !map->n_slots)
		return NULL;
	return idmap_slot(map, id)->value;
}

static int idmap_grow(struct idmap *map)
{
	struct idmap old = *map;

	map->n_slots = old.n_slots ? old.n_slots * 2 : IDMAP_SLOTS_MIN;
	map->slots = calloc(map->n_slots, sizeof(*map->slots));
	if (!map->slots) {
		*map = old;
		return -ENOMEM;
	}
	idmap_for_each(slot, &old)
		*idmap_slot(map, slot->id) = *slot;
	free(old.slots);
	return 0;
}

int idmap_insert(struct idmap *map, uint32_t id, void *value)
{
	if ((map->n_used + 1) * 4 > map->n_slots * 3) {
		int ret = idmap_grow(map);
		if (ret < 0)
			return ret;
	}
	*idmap_slot(map, id) = (struct idmap_slot){ .id = id, .value = value };
	map->n_used++;
	return 0;
}

void *idmap_remove(struct idmap *map, uint32_t id)
{
	if (!id || !map->n_slots)
		return NULL;
	struct idmap_slot *slot = idmap_slot(map, id);
	void *value = slot->value;
	if (!slot->id)
		return NULL;

	uint32_t mask = map->n_slots - 1;
	uint32_t hole = slot - map->slots;
	map->slots[hole] = (struct idmap_slot){ 0 };
	map->n_used--;
	/* Move back whoever could now be found no more: its home is not behind the hole. */
	for (uint32_t i = (hole + 1) & mask; map->slots[i].id; i = (i + 1) & mask) {
		uint32_t home = idmap_home(map, map->slots[i].id);
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		map->slots[hole] = map->slots[i];
		map->slots[i] = (struct idmap_slot){ 0 };
		hole = i;
	}
	return value;
}

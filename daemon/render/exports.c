/* SPDX-License-Identifier: MIT */
/* The primary plane of a head, shown without copies. */
#include "daemon/render/exports.h"

#include "backends/virgl/export.h"
#include "base/channel.h"
#include "base/io.h"
#include "protocol/link.h"

void exports_init(struct exports *exports, struct channel *link, uint32_t head)
{
	*exports = (struct exports){ .link = link, .head = head };
}

/* -- slots -- */

static uint32_t exports_slot_number(const struct exports *exports, const struct exports_slot *slot)
{
	return EXPORTS_SLOT_FIRST + (uint32_t)(slot - exports->slots);
}

static void exports_slot_free(struct exports *exports, struct exports_slot *slot)
{
	struct link_picture_remove message = {
		.type = LINK_PICTURE_REMOVE,
		.head = exports->head,
		.plane = LINK_PLANE_PRIMARY,
		.slot = exports_slot_number(exports, slot),
	};

	bool known = slot->known &&
		channel_send(exports->link, &message, sizeof(message), NULL, 0) < 0;
	*slot = (struct exports_slot){ .known = known };
}

static bool exports_slot_fill(struct exports *exports, struct exports_slot *slot,
	const struct resource *resource, struct picture_box box)
{
	struct picture picture;

	/* It does not read just now, and takes no second picture for a slot. */
	if (slot->known || resource_export(resource, box, &picture) < 0)
		return false;
	struct link_picture_add message = {
		.type = LINK_PICTURE_ADD,
		.head = exports->head,
		.plane = LINK_PLANE_PRIMARY,
		.slot = exports_slot_number(exports, slot),
		.kind = LINK_PICTURE_DMABUF,
		.width_px = picture.width_px,
		.height_px = picture.height_px,
		.stride_bytes = picture.stride_bytes,
		.offset_bytes = picture.offset_bytes,
		.fourcc = picture.fourcc,
		.modifier = picture.modifier,
		.bottom_up = picture.bottom_up,
		.generation = ++exports->generation,
	};
	int ret = channel_send(exports->link, &message, sizeof(message), &picture.fd, 1);
	fd_close(&picture.fd);
	if (ret < 0)
		return false;
	*slot = (struct exports_slot){
		.resource = resource,
		.box = box,
		.generation = message.generation,
		.known = true,
		.used = ++exports->clock,
	};
	return true;
}

static bool exports_slot_is(
	const struct exports_slot *slot, const struct resource *resource, struct picture_box box)
{
	return slot->resource == resource && slot->box.x == box.x && slot->box.y == box.y &&
	       slot->box.width == box.width && slot->box.height == box.height;
}

/*
 * A slot that shows this and is not with the daemon: there already, or made in
 * place of the one that was not shown for longest. NULL: all are with the daemon,
 * or it cannot be made.
 */
static struct exports_slot *exports_slot_for(
	struct exports *exports, const struct resource *resource, struct picture_box box)
{
	struct exports_slot *oldest = NULL;

	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++) {
		struct exports_slot *slot = &exports->slots[i];
		if (slot->busy)
			continue;
		if (exports_slot_is(slot, resource, box))
			return slot;
		if (!oldest || slot->used < oldest->used)
			oldest = slot;
	}
	if (!oldest)
		return NULL;
	exports_slot_free(exports, oldest);
	return exports_slot_fill(exports, oldest, resource, box) ? oldest : NULL;
}

void exports_resync(struct exports *exports)
{
	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++)
		exports->slots[i] = (struct exports_slot){ 0 };
}

bool exports_add(struct exports *exports, const struct resource *resource, struct picture_box box)
{
	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++) {
		if (exports_slot_is(&exports->slots[i], resource, box))
			return true;
	}
	return exports_slot_for(exports, resource, box) != NULL;
}

void exports_forget(struct exports *exports, const struct resource *resource)
{
	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++) {
		if (exports->slots[i].resource == resource)
			exports_slot_free(exports, &exports->slots[i]);
	}
	if (exports->first.resource == resource)
		exports->first.resource = NULL;
	if (exports->newest.resource == resource)
		exports->newest.resource = NULL;
}

void exports_reset(struct exports *exports)
{
	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++)
		exports_slot_free(exports, &exports->slots[i]);
	exports->first.resource = NULL;
	exports->newest.resource = NULL;
}

const struct resource *exports_find(
	const struct exports *exports, uint32_t slot, uint32_t generation)
{
	if (slot < EXPORTS_SLOT_FIRST || slot >= LIMIT_SLOTS)
		return NULL;
	const struct exports_slot *mine = &exports->slots[slot - EXPORTS_SLOT_FIRST];
	return mine->generation == generation ? mine->resource : NULL;
}

void exports_released(struct exports *exports, uint32_t slot, uint32_t generation)
{
	if (slot < EXPORTS_SLOT_FIRST || slot >= LIMIT_SLOTS)
		return;
	struct exports_slot *mine = &exports->slots[slot - EXPORTS_SLOT_FIRST];
	if (mine->generation == generation)
		mine->busy = false;
}

/* -- flushes -- */

/* What a dropped flush of the same picture would have shown is damage still. */
static void exports_flush_replace(struct exports_flush *to, const struct exports_flush *flush)
{
	struct picture_box before = { 0 };

	if (to->resource && to->serial == flush->serial)
		before = to->damage;
	*to = *flush;
	to->damage = picture_box_union(before, flush->damage);
}

void exports_push(struct exports *exports, const struct exports_flush *flush)
{
	/* The first may be gone while the newest still waits for the GPU: this one is newer. */
	bool waits = exports->first.resource || exports->newest.resource;

	exports_flush_replace(waits ? &exports->newest : &exports->first, flush);
}

static bool fence_reached(uint32_t fence, uint32_t done)
{
	return (int32_t)(done - fence) >= 0;
}

static bool exports_send(struct exports *exports, const struct exports_flush *flush, uint32_t slot)
{
	struct link_frame message = {
		.type = LINK_FRAME,
		.head = exports->head,
		.plane = LINK_PLANE_PRIMARY,
		.slot = slot,
		.serial = flush->serial,
		.flush_ns = flush->flush_ns,
		.damage_x = flush->damage.x,
		.damage_y = flush->damage.y,
		.damage_width = flush->damage.width,
		.damage_height = flush->damage.height,
	};
	if (channel_send(exports->link, &message, sizeof(message), NULL, 0) == 0)
		return true;
	channel_want_write(exports->link); /* the daemon does not read just now */
	return false;
}

bool exports_present(struct exports *exports, uint32_t fence_done)
{
	struct exports_flush *first = &exports->first, *newest = &exports->newest;

	if (newest->resource && (!first->resource || fence_reached(newest->fence, fence_done))) {
		exports_flush_replace(first, newest);
		newest->resource = NULL;
	}
	if (!first->resource || !fence_reached(first->fence, fence_done))
		return false;
	struct exports_slot *slot = exports_slot_for(exports, first->resource, first->box);
	if (!slot || !exports_send(exports, first, exports_slot_number(exports, slot)))
		return false;
	slot->busy = true;
	slot->used = ++exports->clock;
	first->resource = NULL;
	return true;
}

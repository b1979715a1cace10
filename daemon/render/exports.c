/* SPDX-License-Identifier: MIT */
/* The primary plane of a head, shown without copies. */
#include "daemon/render/exports.h"

#include "backends/virgl/export.h"
#include "backends/virgl/resource.h"
#include "base/channel.h"
#include "base/io.h"
#include "protocol/link.h"

void exports_init(struct exports *exports, struct channel *link, uint32_t head)
{
	*exports = (struct exports){ .link = link, .head = head };
}

static void exports_slot_free(struct exports *exports, struct exports_slot *slot)
{
	uint32_t number = EXPORTS_SLOT_FIRST + (uint32_t)(slot - exports->slots);
	struct link_picture_remove message = {
		.type = LINK_PICTURE_REMOVE,
		.head = exports->head,
		.plane = LINK_PLANE_PRIMARY,
		.slot = number,
	};

	if (!slot->resource)
		return;
	channel_send(exports->link, &message, sizeof(message), NULL, 0);
	*slot = (struct exports_slot){ 0 };
	if (exports->first.slot == number)
		exports->first.waits = false;
	if (exports->newest.slot == number)
		exports->newest.waits = false;
}

void exports_reset(struct exports *exports)
{
	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++)
		exports_slot_free(exports, &exports->slots[i]);
}

void exports_forget(struct exports *exports, uint32_t resource)
{
	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++) {
		if (exports->slots[i].resource == resource)
			exports_slot_free(exports, &exports->slots[i]);
	}
}

static bool exports_slot_add(struct exports *exports, struct exports_slot *slot,
	const struct resource *resource, struct picture_box box)
{
	struct picture picture;

	if (resource_export(resource, box, &picture) < 0)
		return false;
	struct link_picture_add message = {
		.type = LINK_PICTURE_ADD,
		.head = exports->head,
		.plane = LINK_PLANE_PRIMARY,
		.slot = EXPORTS_SLOT_FIRST + (uint32_t)(slot - exports->slots),
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
	*slot = (struct exports_slot){ .resource = resource->id, .box = box };
	return true;
}

static bool box_equal(struct picture_box a, struct picture_box b)
{
	return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
}

uint32_t exports_slot(struct exports *exports, const struct resource *resource,
	struct picture_box box)
{
	struct exports_slot *oldest = &exports->slots[0], *slot = NULL;

	for (uint32_t i = 0; i < EXPORTS_SLOTS; i++) {
		struct exports_slot *other = &exports->slots[i];
		if (other->resource == resource->id && box_equal(other->box, box))
			slot = other;
		if (other->used < oldest->used)
			oldest = other;
	}
	if (!slot) {
		slot = oldest;
		exports_slot_free(exports, slot);
		if (!exports_slot_add(exports, slot, resource, box))
			return EXPORTS_NONE;
	}
	slot->used = ++exports->clock;
	return EXPORTS_SLOT_FIRST + (uint32_t)(slot - exports->slots);
}

/* What a dropped flush of the same picture would have shown is damage still. */
static void exports_flush_replace(struct exports_flush *to, const struct exports_flush *flush)
{
	struct picture_box before = { 0 };

	if (to->waits && to->serial == flush->serial)
		before = to->damage;
	*to = *flush;
	to->waits = true;
	to->damage = picture_box_union(before, flush->damage);
}

void exports_push(struct exports *exports, const struct exports_flush *flush)
{
	exports_flush_replace(exports->first.waits ? &exports->newest : &exports->first, flush);
}

static bool fence_reached(uint32_t fence, uint32_t done)
{
	return (int32_t)(done - fence) >= 0;
}

bool exports_present(struct exports *exports, uint32_t fence_done)
{
	struct exports_flush *first = &exports->first, *newest = &exports->newest;

	if (newest->waits && (!first->waits || fence_reached(newest->fence, fence_done))) {
		exports_flush_replace(first, newest);
		newest->waits = false;
	}
	if (!first->waits || !fence_reached(first->fence, fence_done))
		return false;
	struct link_frame message = {
		.type = LINK_FRAME,
		.head = exports->head,
		.plane = LINK_PLANE_PRIMARY,
		.slot = first->slot,
		.serial = first->serial,
		.flush_ns = first->flush_ns,
		.damage_x = first->damage.x,
		.damage_y = first->damage.y,
		.damage_width = first->damage.width,
		.damage_height = first->damage.height,
	};
	if (channel_send(exports->link, &message, sizeof(message), NULL, 0) < 0) {
		channel_want_write(exports->link);
		return false;
	}
	first->waits = false;
	return true;
}

/* SPDX-License-Identifier: MIT */
/* Shared-memory pictures of one plane of one head, on the side that fills them. */
#include "backends/swapchain.h"

#include <string.h>
#include <sys/mman.h>

#include "base/channel.h"
#include "base/log.h"
#include "protocol/link.h"

struct picture_box picture_box_union(struct picture_box a, struct picture_box b)
{
	if (!a.width || !a.height)
		return b;
	if (!b.width || !b.height)
		return a;
	uint32_t x0 = a.x < b.x ? a.x : b.x, y0 = a.y < b.y ? a.y : b.y;
	uint32_t ax1 = a.x + a.width, bx1 = b.x + b.width;
	uint32_t ay1 = a.y + a.height, by1 = b.y + b.height;
	return (struct picture_box){
		.x = x0,
		.y = y0,
		.width = (ax1 > bx1 ? ax1 : bx1) - x0,
		.height = (ay1 > by1 ? ay1 : by1) - y0,
	};
}

static struct picture_box swapchain_whole(const struct swapchain *chain)
{
	return (struct picture_box){ .width = chain->width_px, .height = chain->height_px };
}

void swapchain_init(struct swapchain *chain, struct channel *channel, uint32_t head, uint32_t plane)
{
	*chain = (struct swapchain){
		.channel = channel,
		.head = head,
		.plane = plane,
		.wanted = true,
		.filling = -1,
	};
	for (int i = 0; i < SWAPCHAIN_SLOTS; i++)
		chain->slots[i].fd = -1;
}

/* False: the daemon does not read just now. */
static bool swapchain_slot_remove(struct swapchain *chain, const struct swapchain_slot *slot)
{
	struct link_picture_remove message = {
		.type = LINK_PICTURE_REMOVE,
		.head = chain->head,
		.plane = chain->plane,
		.slot = slot - chain->slots,
	};
	return channel_send(chain->channel, &message, sizeof(message), NULL, 0) == 0;
}

static void swapchain_slot_free(struct swapchain *chain, struct swapchain_slot *slot)
{
	bool lingers = (slot->added || slot->lingers) && !swapchain_slot_remove(chain, slot);

	if (slot->pixels)
		munmap(slot->pixels, slot->size_bytes);
	fd_close(&slot->fd);
	*slot = (struct swapchain_slot){ .fd = -1, .lingers = lingers };
}

void swapchain_finish(struct swapchain *chain)
{
	for (int i = 0; i < SWAPCHAIN_SLOTS; i++)
		swapchain_slot_free(chain, &chain->slots[i]);
}

void swapchain_reset(struct swapchain *chain, uint32_t width_px, uint32_t height_px,
	uint32_t fourcc)
{
	bool same = chain->width_px == width_px && chain->height_px == height_px &&
		chain->fourcc == fourcc;

	chain->width_px = width_px;
	chain->height_px = height_px;
	chain->fourcc = fourcc;
	chain->dirty = false;
	chain->shown = false;
	chain->fresh = swapchain_whole(chain);
	for (int i = 0; i < SWAPCHAIN_SLOTS; i++) {
		if (!same)
			swapchain_slot_free(chain, &chain->slots[i]);
		chain->slots[i].stale = chain->fresh;
	}
}

void swapchain_damage(struct swapchain *chain, struct picture_box box, int64_t flush_ns)
{
	if (!chain->dirty)
		chain->flush_ns = flush_ns;
	chain->dirty = true;
	chain->fresh = picture_box_union(chain->fresh, box);
	for (int i = 0; i < SWAPCHAIN_SLOTS; i++)
		chain->slots[i].stale = picture_box_union(chain->slots[i].stale, box);
}

/* The memory of a slot and its picture at the daemon, made at first use. */
static bool swapchain_slot_ready(struct swapchain *chain, struct swapchain_slot *slot)
{
	uint32_t stride = chain->width_px * 4;

	if (slot->added)
		return true;
	if (!slot->pixels) {
		slot->size_bytes = stride * chain->height_px;
		slot->fd = memfd_create_sealed("mullion-picture", slot->size_bytes);
		if (slot->fd < 0)
			return false;
		slot->pixels = memfd_map(slot->fd, slot->size_bytes, PROT_READ | PROT_WRITE);
		if (!slot->pixels) {
			fd_close(&slot->fd);
			return false;
		}
		slot->stale = swapchain_whole(chain);
	}
	if (slot->lingers && !swapchain_slot_remove(chain, slot)) {
		channel_want_write(chain->channel);
		return false;
	}
	slot->lingers = false;
	slot->generation = ++chain->generation;
	struct link_picture_add message = {
		.type = LINK_PICTURE_ADD,
		.head = chain->head,
		.plane = chain->plane,
		.slot = slot - chain->slots,
		.kind = LINK_PICTURE_SHM,
		.width_px = chain->width_px,
		.height_px = chain->height_px,
		.stride_bytes = stride,
		.fourcc = chain->fourcc,
		.generation = slot->generation,
	};
	slot->added = channel_send(chain->channel, &message, sizeof(message), &slot->fd, 1) == 0;
	if (!slot->added)
		channel_want_write(chain->channel);
	return slot->added;
}

bool swapchain_begin(struct swapchain *chain, struct swapchain_target *target)
{
	if (!chain->dirty || !chain->wanted || !chain->width_px || !chain->height_px)
		return false;
	for (int i = 0; i < SWAPCHAIN_SLOTS; i++) {
		struct swapchain_slot *slot = &chain->slots[i];
		if (slot->busy)
			continue;
		if (!swapchain_slot_ready(chain, slot))
			return false;
		chain->filling = i;
		*target = (struct swapchain_target){
			.pixels = slot->pixels,
			.stride_bytes = chain->width_px * 4,
			.box = slot->stale,
		};
		return true;
	}
	return false;
}

static bool swapchain_send_frame(struct swapchain *chain, uint32_t slot, uint64_t serial,
	uint32_t hot_x, uint32_t hot_y)
{
	struct link_frame message = {
		.type = LINK_FRAME,
		.head = chain->head,
		.plane = chain->plane,
		.slot = slot,
		.serial = serial,
		.flush_ns = chain->flush_ns,
		.damage_x = chain->fresh.x,
		.damage_y = chain->fresh.y,
		.damage_width = chain->fresh.width,
		.damage_height = chain->fresh.height,
		.hot_x = hot_x,
		.hot_y = hot_y,
	};

	if (channel_send(chain->channel, &message, sizeof(message), NULL, 0) < 0) {
		channel_want_write(chain->channel); /* still dirty: it goes when the daemon reads */
		return false;
	}
	chain->dirty = false;
	chain->wanted = false;
	chain->shown = true;
	chain->fresh = (struct picture_box){ 0 };
	return true;
}

void swapchain_commit(struct swapchain *chain, uint64_t serial, uint32_t hot_x, uint32_t hot_y)
{
	struct swapchain_slot *slot = &chain->slots[chain->filling];

	slot->stale = (struct picture_box){ 0 };
	slot->busy = swapchain_send_frame(chain, chain->filling, serial, hot_x, hot_y);
	chain->filling = -1;
}

bool swapchain_commit_other(struct swapchain *chain, uint32_t slot, uint64_t serial)
{
	return swapchain_send_frame(chain, slot, serial, 0, 0);
}

void swapchain_resync(struct swapchain *chain)
{
	for (int i = 0; i < SWAPCHAIN_SLOTS; i++) {
		struct swapchain_slot *slot = &chain->slots[i];
		slot->added = slot->lingers = false;
		slot->busy = false;
		slot->stale = swapchain_whole(chain);
	}
	chain->wanted = true;
	if (chain->shown)
		swapchain_damage(chain, swapchain_whole(chain), 0);
}

void swapchain_frame_done(struct swapchain *chain)
{
	chain->wanted = true;
}

void swapchain_released(struct swapchain *chain, const struct link_picture_released *message)
{
	if (message->slot >= SWAPCHAIN_SLOTS)
		return;
	struct swapchain_slot *slot = &chain->slots[message->slot];
	if (slot->generation == message->generation)
		slot->busy = false;
}

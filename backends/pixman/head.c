/* SPDX-License-Identifier: MIT */
/* A head that shows a 2D resource: without a copy where it can. */
#include "backends/pixman/head.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <sys/mman.h>

#include "backends/pixman/image.h"
#include "base/channel.h"
#include "base/clock.h"
#include "base/io.h"
#include "protocol/link.h"

void pixman_head_init(struct pixman_head *head, struct channel *channel,
	const struct udmabuf *udmabuf, uint32_t index)
{
	*head = (struct pixman_head){ .channel = channel, .udmabuf = udmabuf, .index = index };
	swapchain_init(&head->primary, channel, index, LINK_PLANE_PRIMARY);
	swapchain_init(&head->cursor, channel, index, LINK_PLANE_CURSOR);
}

/* -- slots: pictures that are buffers of images -- */

static uint32_t slot_number(const struct pixman_head *head, const struct pixman_head_slot *slot)
{
	return HEAD_SLOT_FIRST + (slot - head->slots);
}

static void slot_set_busy(struct pixman_head_slot *slot, bool busy)
{
	if (slot->busy == busy)
		return;
	slot->busy = busy;
	slot->image->buffers[slot->buffer].holders += busy ? 1 : -1;
}

static void slot_free(struct pixman_head *head, struct pixman_head_slot *slot)
{
	struct link_picture_remove message = {
		.type = LINK_PICTURE_REMOVE,
		.head = head->index,
		.plane = LINK_PLANE_PRIMARY,
		.slot = slot_number(head, slot),
	};

	if (!slot->image)
		return;
	channel_send(head->channel, &message, sizeof(message), NULL, 0);
	slot_set_busy(slot, false);
	*slot = (struct pixman_head_slot){ 0 };
}

/* As the bytes lie in memory; 0: compositors need not take such a format. */
static uint32_t blob_fourcc(uint32_t format)
{
	switch (format) {
	case VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM:
	case VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM:
		return DRM_FORMAT_XRGB8888;
	case VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM:
	case VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM:
		return DRM_FORMAT_XBGR8888;
	default:
		return 0;
	}
}

static struct link_picture_add slot_picture(const struct pixman_head *head)
{
	const struct renderer_scanout *scanout = &head->scanout;
	const struct image *image = head->image;
	uint32_t stride = image->blob ? scanout->stride_bytes : image->stride_bytes;
	uint32_t start = image->blob ? scanout->offset_bytes : 0;

	return (struct link_picture_add){
		.type = LINK_PICTURE_ADD,
		.head = head->index,
		.plane = LINK_PLANE_PRIMARY,
		.kind = image->blob ? LINK_PICTURE_DMABUF : LINK_PICTURE_SHM,
		.width_px = scanout->area.width,
		.height_px = scanout->area.height,
		.stride_bytes = stride,
		.offset_bytes = start + scanout->area.y * stride + scanout->area.x * 4,
		.fourcc = image->blob ? blob_fourcc(scanout->format) : DRM_FORMAT_XRGB8888,
		.modifier = DRM_FORMAT_MOD_LINEAR,
	};
}

static bool slot_add(struct pixman_head *head, struct pixman_head_slot *slot, uint32_t buffer)
{
	struct link_picture_add message = slot_picture(head);
	int fd = head->image->blob ? head->image->dmabuf_fd : head->image->buffers[buffer].fd;

	message.slot = slot_number(head, slot);
	message.generation = ++head->generation;
	if (channel_send(head->channel, &message, sizeof(message), &fd, 1) < 0)
		return false;
	*slot = (struct pixman_head_slot){
		.image = head->image,
		.buffer = buffer,
		.scanout = head->scanout,
		.generation = message.generation,
	};
	return true;
}

static bool slot_is_of_scanout(const struct pixman_head *head, const struct pixman_head_slot *slot)
{
	const struct renderer_scanout *a = &slot->scanout, *b = &head->scanout;

	return slot->image && slot->image == head->image && a->area.x == b->area.x &&
		a->area.y == b->area.y && a->area.width == b->area.width &&
		a->area.height == b->area.height && a->format == b->format &&
		a->stride_bytes == b->stride_bytes && a->offset_bytes == b->offset_bytes;
}

/*
 * The slot of the image's current buffer, busy or not; of a blob one that is not. NULL:
 * all are busy, or the daemon does not read.
 */
static struct pixman_head_slot *slot_for_current(struct pixman_head *head)
{
	struct pixman_head_slot *oldest = NULL;

	for (uint32_t i = 0; i < HEAD_SLOTS; i++) {
		struct pixman_head_slot *slot = &head->slots[i];
		if (slot_is_of_scanout(head, slot) && slot->buffer == head->image->current &&
			!(slot->busy && head->image->blob))
			return slot;
		if (!slot->busy && (!oldest || slot->used < oldest->used))
			oldest = slot;
	}
	if (!oldest)
		return NULL;
	slot_free(head, oldest);
	return slot_add(head, oldest, head->image->current) ? oldest : NULL;
}

/* -- showing -- */

static void slot_commit(struct pixman_head *head, struct pixman_head_slot *slot)
{
	slot->used = ++head->clock;
	if (swapchain_commit_other(&head->primary, slot_number(head, slot), head->scanout.serial))
		slot_set_busy(slot, true);
}

/* What the image has is what the daemon can show. */
static bool head_shares(struct pixman_head *head)
{
	const struct renderer_scanout *scanout = &head->scanout;
	uint64_t end = scanout->offset_bytes + (uint64_t)scanout->stride_bytes *
		((uint64_t)scanout->area.y + scanout->area.height);

	if (!head->image->blob)
		return image_share(head->image);
	/* A picture's numbers have limits that the guest's have not. */
	return blob_fourcc(scanout->format) && scanout->stride_bytes <= LIMIT_STRIDE_BYTES &&
		end <= INT32_MAX && image_export(head->image, head->udmabuf);
}

static bool head_present_shared(struct pixman_head *head)
{
	struct swapchain *chain = &head->primary;

	if (!head_shares(head))
		return false;
	if (!chain->dirty || !chain->wanted)
		return true;
	struct pixman_head_slot *slot = slot_for_current(head);
	if (!slot || slot->busy)
		return true; /* a release brings us back */
	slot_commit(head, slot);
	return true;
}

/* Copies what the plane's next picture lacks. False: nothing is shown now. */
static bool head_copy(struct swapchain *chain, const struct image *image,
	const struct renderer_scanout *scanout, pixman_format_code_t format)
{
	struct swapchain_target to;

	if (!swapchain_begin(chain, &to))
		return false;
	struct image_target target = { format, to.pixels, to.stride_bytes };
	return image_copy(image, scanout, to.box, &target);
}

static void head_present_primary(struct pixman_head *head)
{
	bool wanted = head->primary.wanted;

	if (!head->image)
		return;
	if (!head_present_shared(head) &&
		head_copy(&head->primary, head->image, &head->scanout, PIXMAN_x8r8g8b8))
		swapchain_commit(&head->primary, head->scanout.serial, 0, 0);
	if (wanted && !head->primary.wanted)
		pace_sent(&head->pace);
}

static void head_present_cursor(struct pixman_head *head)
{
	static const struct renderer_scanout cursor = {
		.area = { .width = VIRTIO_GPU_CURSOR_PX, .height = VIRTIO_GPU_CURSOR_PX },
		/* of a blob, which begins with it */
		.format = VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM,
		.stride_bytes = VIRTIO_GPU_CURSOR_PX * 4,
	};

	if (head->cursor_image &&
		head_copy(&head->cursor, head->cursor_image, &cursor, PIXMAN_a8r8g8b8))
		swapchain_commit(&head->cursor, head->cursor_serial, head->hot_x, head->hot_y);
}

void pixman_head_present(struct pixman_head *head)
{
	head_present_primary(head);
	head_present_cursor(head);
}

void pixman_head_resync(struct pixman_head *head)
{
	struct pixman_head_slot *shown = NULL;
	bool newer_waits = head->primary.dirty;

	for (uint32_t i = 0; i < HEAD_SLOTS; i++) {
		struct pixman_head_slot *slot = &head->slots[i];
		if (slot->busy && slot_is_of_scanout(head, slot) && (!shown || slot->used > shown->used))
			shown = slot;
	}
	uint32_t buffer = shown ? shown->buffer : 0;
	for (uint32_t i = 0; i < HEAD_SLOTS; i++) {
		if (head->slots[i].busy)
			slot_set_busy(&head->slots[i], false);
		head->slots[i] = (struct pixman_head_slot){ 0 };
	}
	swapchain_resync(&head->primary);
	swapchain_resync(&head->cursor);
	/* What was flushed, not what was transferred since. */
	if (shown && !newer_waits && slot_add(head, shown, buffer))
		slot_commit(head, shown);
	pixman_head_present(head);
}

void pixman_head_scanout(struct pixman_head *head, struct image *image,
	const struct renderer_scanout *scanout)
{
	head->scanout = *scanout;
	head->image = image;
	if (!image)
		pace_reset(&head->pace);
	if (image)
		swapchain_reset(&head->primary, scanout->area.width, scanout->area.height,
			DRM_FORMAT_XRGB8888);
}

void pixman_head_flush(struct pixman_head *head, struct picture_box box, int64_t flush_ns)
{
	swapchain_damage(&head->primary, box, flush_ns);
	head_present_primary(head);
}

bool pixman_head_hold(
	struct pixman_head *head, uint64_t seq, int64_t now_ns, uint64_t *overtaken)
{
	uint64_t number = ++head->n_flushes;

	*overtaken = head->waiting_seq;
	head->waiting_seq = 0;
	pace_flush(&head->pace, number, now_ns);
	if (!head->image || !pace_holds(&head->pace, number))
		return false;
	head->waiting = number;
	head->waiting_seq = seq;
	return true;
}

uint64_t pixman_head_let_go(struct pixman_head *head)
{
	uint64_t seq = head->waiting_seq;

	if (seq && pace_holds(&head->pace, head->waiting))
		return 0;
	head->waiting_seq = 0;
	return seq;
}

void pixman_head_cursor(struct pixman_head *head, struct image *image, uint32_t hot_x,
	uint32_t hot_y, uint64_t serial)
{
	struct picture_box whole = { .width = VIRTIO_GPU_CURSOR_PX, .height = VIRTIO_GPU_CURSOR_PX };

	head->cursor_image = image;
	head->hot_x = hot_x;
	head->hot_y = hot_y;
	head->cursor_serial = serial;
	if (!image)
		return;
	swapchain_reset(&head->cursor, whole.width, whole.height, DRM_FORMAT_ARGB8888);
	swapchain_damage(&head->cursor, whole, 0);
	head_present_cursor(head);
}

void pixman_head_forget(struct pixman_head *head, struct image *image)
{
	for (uint32_t i = 0; i < HEAD_SLOTS; i++) {
		if (head->slots[i].image == image)
			slot_free(head, &head->slots[i]);
	}
	if (head->image == image)
		head->image = NULL;
	if (head->cursor_image == image)
		head->cursor_image = NULL;
}

void pixman_head_trim(struct pixman_head *head)
{
	for (uint32_t i = 0; i < HEAD_SLOTS; i++) {
		struct pixman_head_slot *slot = &head->slots[i];
		if (slot->image && !slot->busy && slot->buffer != slot->image->current)
			slot_free(head, slot);
	}
}

void pixman_head_released(struct pixman_head *head, const struct link_picture_released *message)
{
	if (message->plane == LINK_PLANE_CURSOR) {
		swapchain_released(&head->cursor, message);
		return;
	}
	swapchain_released(&head->primary, message);
	if (message->slot < HEAD_SLOT_FIRST || message->slot >= LIMIT_SLOTS)
		return;
	struct pixman_head_slot *slot = &head->slots[message->slot - HEAD_SLOT_FIRST];
	if (slot->image && slot->generation == message->generation)
		slot_set_busy(slot, false);
}

struct image *pixman_head_find_export(
	const struct pixman_head *head, const struct link_picture_released *message)
{
	if (message->plane != LINK_PLANE_PRIMARY || message->slot < HEAD_SLOT_FIRST ||
		message->slot >= LIMIT_SLOTS)
		return NULL;
	const struct pixman_head_slot *slot = &head->slots[message->slot - HEAD_SLOT_FIRST];
	return slot->image && slot->image->blob && slot->generation == message->generation ?
		slot->image : NULL;
}

void pixman_head_drop_export(struct pixman_head *head, const struct image *image)
{
	const struct virtio_gpu_area *area = &head->scanout.area;
	struct picture_box whole = { .width = area->width, .height = area->height };
	bool shown = false;

	for (uint32_t i = 0; i < HEAD_SLOTS; i++) {
		if (head->slots[i].image != image)
			continue;
		slot_free(head, &head->slots[i]);
		shown = head->image == image;
	}
	if (shown)
		pixman_head_flush(head, whole, clock_now_ns());
}

int pixman_head_copy(const struct pixman_head *head)
{
	const struct virtio_gpu_area *area = &head->scanout.area;
	struct picture_box whole = { .width = area->width, .height = area->height };
	size_t bytes = (size_t)area->width * area->height * 4;

	if (!head->image)
		return -ENODATA;
	int fd = memfd_create_sealed("mullion-copy", bytes);
	if (fd < 0)
		return fd;
	struct image_target target = {
		.format = PIXMAN_x8r8g8b8,
		.pixels = memfd_map(fd, bytes, PROT_READ | PROT_WRITE),
		.stride_bytes = area->width * 4,
	};
	bool copied = target.pixels && image_copy(head->image, &head->scanout, whole, &target);
	if (target.pixels)
		munmap(target.pixels, bytes);
	if (!copied)
		fd_close(&fd);
	return copied ? fd : -EIO;
}

void pixman_head_finish(struct pixman_head *head)
{
	for (uint32_t i = 0; i < HEAD_SLOTS; i++)
		slot_free(head, &head->slots[i]);
	swapchain_finish(&head->primary);
	swapchain_finish(&head->cursor);
}

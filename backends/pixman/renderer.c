/* SPDX-License-Identifier: MIT */
/* The 2D renderer: resources are pixman images, heads are copies of them. */
#include "backends/pixman/renderer.h"

#include <drm_fourcc.h>
#include <errno.h>

#include "backends/guest_memory.h"
#include "backends/pixman/image.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/list.h"
#include "protocol/link.h"

#define TRIM_DELAY_NS (1 * NSEC_PER_SEC)

static struct pixman_renderer *from_base(struct renderer *base)
{
	return container_of(base, struct pixman_renderer, base);
}

static bool pixman_has_room(struct renderer *base)
{
	return true;
}

static uint32_t pixman_create(struct pixman_renderer *r, const struct virtio_gpu_command *command)
{
	struct image *image = command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB ?
		image_create_blob() :
		image_create(command->create_2d.format, command->create_2d.width,
			command->create_2d.height);

	if (image && idmap_insert(&r->images, command->resource_id, image) == 0)
		return VIRTIO_GPU_RESP_OK_NODATA;
	image_destroy(image);
	return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
}

static void image_drop(struct pixman_renderer *r, struct image *image)
{
	for (uint32_t i = 0; i < LIMIT_HEADS; i++)
		pixman_head_forget(&r->heads[i], image);
	image_destroy(image);
}

/* No head shows the blob by its dma-buf any more. */
static void exports_drop(struct pixman_renderer *r, const struct image *image)
{
	for (uint32_t i = 0; i < LIMIT_HEADS && image->blob; i++)
		pixman_head_drop_export(&r->heads[i], image);
}

static uint32_t transfer_answer(int ret)
{
	if (ret == 0)
		return VIRTIO_GPU_RESP_OK_NODATA;
	return ret == -ENOMEM ? VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY :
				VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
}

static uint32_t pixman_execute(struct renderer *base, const struct virtio_gpu_command *command,
	struct renderer_ticket ticket)
{
	struct pixman_renderer *r = from_base(base);
	struct image *image = idmap_find(&r->images, command->resource_id);

	if (command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_2D ||
		command->header.type == VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB)
		return pixman_create(r, command);
	if (!image)
		return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
	switch (command->header.type) {
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
		idmap_remove(&r->images, command->resource_id);
		image_drop(r, image);
		return VIRTIO_GPU_RESP_OK_NODATA;
	case VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING:
		if (!backing_attach(&image->backing, command, r->udmabuf.memory))
			return VIRTIO_GPU_RESP_ERR_UNSPEC;
		exports_drop(r, image); /* a blob's again: its memory moved */
		return VIRTIO_GPU_RESP_OK_NODATA;
	case VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING:
		backing_detach(&image->backing);
		image_unexport(image, false);
		exports_drop(r, image);
		return VIRTIO_GPU_RESP_OK_NODATA;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		if (!image->backing.segments)
			return VIRTIO_GPU_RESP_ERR_UNSPEC;
		return transfer_answer(image_transfer(image, command->transfer_2d.area,
			command->transfer_2d.offset));
	default:
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	}
}

static void pixman_scanout(struct renderer *base, uint32_t index,
	const struct renderer_scanout *scanout)
{
	struct pixman_renderer *r = from_base(base);
	pixman_head_scanout(&r->heads[index], idmap_find(&r->images, scanout->resource), scanout);
	if (r->heads[index].waiting_seq)
		loop_timer_set(&r->hold, 1); /* not from within this call */
}

/* Flushes that need not wait any more. */
static void pixman_let_go(struct pixman_renderer *r)
{
	int64_t now_ns = clock_now_ns(), soonest_ns = 0;

	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		pace_expire(&r->heads[i].pace, now_ns);
		uint64_t seq = pixman_head_let_go(&r->heads[i]);
		if (seq)
			r->listener->completed(r->data, seq, VIRTIO_GPU_RESP_OK_NODATA);
		int64_t ns = pace_deadline_ns(&r->heads[i].pace);
		if (r->heads[i].waiting_seq && (!soonest_ns || ns < soonest_ns))
			soonest_ns = ns;
	}
	if (soonest_ns)
		loop_timer_set(&r->hold, soonest_ns > now_ns ? soonest_ns - now_ns : 1);
}

static void pixman_handle_hold(struct loop_timer *timer)
{
	pixman_let_go(container_of(timer, struct pixman_renderer, hold));
}

/* True: its answer waits. One that waited before it is overtaken. */
static bool pixman_hold(struct pixman_renderer *r, struct pixman_head *head, uint64_t seq)
{
	uint64_t overtaken;
	int64_t now_ns = clock_now_ns();
	bool waits = pixman_head_hold(head, seq, now_ns, &overtaken);

	if (overtaken)
		r->listener->completed(r->data, overtaken, VIRTIO_GPU_RESP_OK_NODATA);
	if (waits)
		loop_timer_set(&r->hold, 1); /* which then sleeps until it must */
	return waits;
}

static uint32_t pixman_flush(struct renderer *base, uint32_t index, struct picture_box box,
	int64_t flush_ns, struct renderer_ticket ticket)
{
	struct pixman_renderer *r = from_base(base);
	struct pixman_head *head = &r->heads[index];
	bool waits = false;

	if (ticket.wait == RENDERER_WAIT_FENCED && r->listener)
		waits = pixman_hold(r, head, ticket.seq);
	pixman_head_flush(head, box, flush_ns);
	return waits ? 0 : VIRTIO_GPU_RESP_OK_NODATA;
}

static void pixman_cursor(struct renderer *base, uint32_t index, uint32_t resource, uint32_t hot_x,
	uint32_t hot_y, uint64_t serial)
{
	struct pixman_renderer *r = from_base(base);
	pixman_head_cursor(&r->heads[index], idmap_find(&r->images, resource), hot_x, hot_y, serial);
}

static void pixman_memory_changed(struct renderer *base)
{
	idmap_for_each(slot, &from_base(base)->images) {
		struct image *image = slot->value;
		backing_detach(&image->backing);
		image_unexport(image, false);
	}
}

static void pixman_reset(struct renderer *base)
{
	struct pixman_renderer *r = from_base(base);

	idmap_for_each(slot, &r->images)
		image_drop(r, slot->value);
	idmap_finish(&r->images);
	/* The device forgets its answers, too. */
	for (uint32_t i = 0; i < LIMIT_HEADS; i++)
		r->heads[i].waiting_seq = 0;
}

/* -- messages of the daemon -- */

void pixman_renderer_frame_done(struct pixman_renderer *r, const struct link_frame_done *message)
{
	struct pixman_head *head = &r->heads[message->head];

	swapchain_frame_done(message->plane == LINK_PLANE_CURSOR ? &head->cursor : &head->primary);
	if (message->plane == LINK_PLANE_PRIMARY)
		pace_done(&head->pace, clock_now_ns());
	pixman_head_present(head);
	if (head->waiting_seq)
		pixman_let_go(r);
}

void pixman_renderer_resync(struct pixman_renderer *r)
{
	for (uint32_t i = 0; i < LIMIT_HEADS; i++)
		pixman_head_resync(&r->heads[i]);
}

void pixman_renderer_present(struct pixman_renderer *r)
{
	for (uint32_t i = 0; i < LIMIT_HEADS; i++)
		pixman_head_present(&r->heads[i]);
}

static void pixman_trim(struct loop_timer *timer)
{
	struct pixman_renderer *r = container_of(timer, struct pixman_renderer, trim);

	/* In motion they would be made again at once, which the guest would notice. */
	if (r->moves) {
		r->moves = false;
		loop_timer_set(&r->trim, TRIM_DELAY_NS);
		return;
	}
	r->trim_set = false;
	for (uint32_t i = 0; i < LIMIT_HEADS; i++)
		pixman_head_trim(&r->heads[i]);
	idmap_for_each(slot, &r->images)
		image_trim(slot->value);
}

void pixman_renderer_released(struct pixman_renderer *r,
	const struct link_picture_released *message)
{
	struct pixman_head *head = &r->heads[message->head];

	pixman_head_released(head, message);
	pixman_head_present(head);
	r->moves = r->trim_set;
	if (!r->trim_set)
		loop_timer_set(&r->trim, TRIM_DELAY_NS);
	r->trim_set = true;
}

void pixman_renderer_refused(struct pixman_renderer *r, const struct link_picture_released *message)
{
	struct image *image = pixman_head_find_export(&r->heads[message->head], message);

	if (!image)
		return;
	image_unexport(image, true);
	exports_drop(r, image);
}

int pixman_renderer_copy(const struct pixman_renderer *r, struct link_copy *copy)
{
	const struct pixman_head *head = &r->heads[copy->head];
	int fd = pixman_head_copy(head);

	copy->status = fd == -ENODATA ? LINK_COPY_DARK : LINK_COPY_FAILED;
	if (fd < 0)
		return fd;
	copy->status = LINK_COPY_MADE;
	copy->width_px = head->scanout.area.width;
	copy->height_px = head->scanout.area.height;
	copy->fourcc = DRM_FORMAT_XRGB8888;
	return fd;
}

void pixman_renderer_set_udmabuf(struct pixman_renderer *r, int take_fd)
{
	fd_close(&r->udmabuf.fd);
	r->udmabuf.fd = take_fd;
}

/* -- life -- */

static const struct renderer_interface pixman_interface = {
	.name = "pixman",
	.has_room = pixman_has_room,
	.execute = pixman_execute,
	.scanout = pixman_scanout,
	.flush = pixman_flush,
	.cursor = pixman_cursor,
	.memory_changed = pixman_memory_changed,
	.reset = pixman_reset,
};

int pixman_renderer_init(struct pixman_renderer *r, struct loop *loop,
	const struct guest_memory *memory, struct channel *daemon)
{
	*r = (struct pixman_renderer){ .base.interface = &pixman_interface,
		.udmabuf = { .fd = -1, .memory = memory } };
	idmap_init(&r->images);
	for (uint32_t i = 0; i < LIMIT_HEADS; i++)
		pixman_head_init(&r->heads[i], daemon, &r->udmabuf, i);
	r->hold.source.fd = -1;
	int ret = loop_timer_init(&r->trim, loop, pixman_trim);
	return ret < 0 ? ret : loop_timer_init(&r->hold, loop, pixman_handle_hold);
}

void pixman_renderer_pace(
	struct pixman_renderer *r, const struct renderer_listener *listener, void *data)
{
	r->listener = listener;
	r->data = data;
}

void pixman_renderer_finish(struct pixman_renderer *r)
{
	pixman_reset(&r->base);
	for (uint32_t i = 0; i < LIMIT_HEADS; i++)
		pixman_head_finish(&r->heads[i]);
	loop_timer_finish(&r->trim);
	loop_timer_finish(&r->hold);
	fd_close(&r->udmabuf.fd);
}

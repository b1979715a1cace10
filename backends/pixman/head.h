/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_PIXMAN_HEAD_H
#define BACKENDS_PIXMAN_HEAD_H

/*
 * A head that shows a 2D resource or a blob. Where the resource's format is the
 * picture's, its buffers themselves are the daemon's pictures, each added once under
 * a slot; so is a blob's dma-buf, under several, as the guest may flush again what the
 * daemon still has. Else, and for the cursor, the content is copied into a swapchain.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/pace.h"
#include "backends/renderer.h"
#include "backends/swapchain.h"
#include "protocol/limits.h"

struct channel;
struct image;
struct udmabuf;

/* The swapchain has the first slots. */
#define HEAD_SLOT_FIRST SWAPCHAIN_SLOTS
#define HEAD_SLOTS (LIMIT_SLOTS - HEAD_SLOT_FIRST)

struct pixman_head {
	struct channel *channel; /* to the daemon; borrowed */
	const struct udmabuf *udmabuf; /* borrowed */
	uint32_t index;
	struct renderer_scanout scanout;
	struct image *image;     /* borrowed; NULL: nothing is shown from here */
	struct pixman_head_slot {
		struct image *image; /* NULL: free */
		uint32_t buffer;     /* of a blob 0 */
		struct renderer_scanout scanout;
		uint32_t generation;
		bool busy;       /* the daemon has it */
		uint64_t used;
	} slots[HEAD_SLOTS];
	uint32_t generation;
	uint64_t clock;
	struct swapchain primary; /* its damage and flow count for both ways */
	struct pace pace;        /* of fenced flushes, by their number */
	uint64_t n_flushes;
	uint64_t waiting, waiting_seq; /* the last one, while it is held; 0: none is */
	struct swapchain cursor;
	struct image *cursor_image;
	uint32_t hot_x, hot_y;
	uint64_t cursor_serial;
};

void pixman_head_init(struct pixman_head *head, struct channel *channel,
	const struct udmabuf *udmabuf, uint32_t index);
void pixman_head_finish(struct pixman_head *head);

/* What is shown from the next flush on; NULL: nothing from here. */
void pixman_head_scanout(struct pixman_head *head, struct image *image,
	const struct renderer_scanout *scanout);
void pixman_head_flush(struct pixman_head *head, struct picture_box box, int64_t flush_ns);
/*
 * A flush whose answer waits for the screen. False: it need not. `*overtaken` is the seq
 * of one that waited until now, or 0.
 */
bool pixman_head_hold(
	struct pixman_head *head, uint64_t seq, int64_t now_ns, uint64_t *overtaken);
/* The seq of the flush that waits no more, or 0. */
uint64_t pixman_head_let_go(struct pixman_head *head);
void pixman_head_cursor(struct pixman_head *head, struct image *image, uint32_t hot_x,
	uint32_t hot_y, uint64_t serial);
/* The image is about to go. */
void pixman_head_forget(struct pixman_head *head, struct image *image);
/* Takes back the pictures of buffers that image_trim is about to free. */
void pixman_head_trim(struct pixman_head *head);
/* The daemon knows of no picture: what it showed is added and shown again. */
void pixman_head_resync(struct pixman_head *head);
/* Shows what waits, if it may. */
void pixman_head_present(struct pixman_head *head);
/* The daemon gave a slot back. */
void pixman_head_released(struct pixman_head *head, const struct link_picture_released *message);
/* The blob whose dma-buf is in that slot; NULL: it is no longer there. */
struct image *pixman_head_find_export(
	const struct pixman_head *head, const struct link_picture_released *message);
/* The image cannot be shown as its dma-buf any more: what shows it is copied, all of it. */
void pixman_head_drop_export(struct pixman_head *head, const struct image *image);
/*
 * A memfd, sealed, of what the head shows: rows of the scanout's area without gaps.
 * -ENODATA: nothing from here; -EIO: it cannot be read.
 */
int pixman_head_copy(const struct pixman_head *head);

#endif

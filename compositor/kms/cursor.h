/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_CURSOR_H
#define COMPOSITOR_KMS_CURSOR_H

/*
 * The pointer's picture, or another small one, on a cursor plane: copied into a buffer of the size
 * that the driver asks for, as the screen has it, turned and scaled.
 */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/kms/buffer.h"
#include "compositor/kms/state.h"
#include "compositor/ways.h"

struct scene_item;

struct kms_cursor {
	struct kms_device *device;    /* borrowed */
	struct kms_buffer buffers[2]; /* one shown, one to be drawn */
	pixman_box32_t boxes[2];      /* where they are on the screen */
	uint32_t front;
	bool is_made;    /* the buffers are */
	bool is_refused; /* not asked for again */
};

void kms_cursor_init(struct kms_cursor *cursor, struct kms_device *device);
void kms_cursor_finish(struct kms_cursor *cursor);
/* Into the state, NONE, or why it is to be painted. */
enum way_reason kms_cursor_show(
	struct kms_cursor *cursor, const struct scene_item *item, struct kms_state_head *state);
/* What was put into the state is shown, or about to be. */
void kms_cursor_swap(struct kms_cursor *cursor);

#endif

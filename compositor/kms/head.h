/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_HEAD_H
#define COMPOSITOR_KMS_HEAD_H

/* A screen of a card, and what is painted for it. */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/kms/canvas.h"
#include "compositor/kms/planes.h"
#include "compositor/kms/state.h"
#include "compositor/screen.h"

struct kms_head {
	struct screen screen;
	bool has_screen;             /* it was initialized */
	void *event_data;            /* borrowed: what its flips' events come with */
	struct kms_device *device;   /* borrowed */
	struct kms_state_head state; /* as it is shown, or about to be */
	struct screen_mode mode;
	drmModeModeInfo timings; /* of that, as this panel wants them */
	struct kms_canvas canvas;
	struct kms_planes planes;
	struct loop_timer overdue; /* a flip that does not come */
	bool is_due;               /* the event of a flip is to come */
	bool is_paused;            /* the card is another's */
	bool refuses_vrr;          /* the driver has refused it */
};

/* In the colour of its backdrop, in this mode; not yet a screen. NULL with errno. */
struct kms_head *kms_head_create(struct kms_device *device, struct server *server,
	uint32_t connector, const struct kms_plan_head *plan);
/* From now on it is one. 0 or negative errno. */
int kms_head_start(struct kms_head *head, struct server *server, void *event_data);
/* The screen goes on as this one, which was not started and is gone then. */
void kms_head_replace(struct kms_head *head, struct kms_head *fresh);
/* As it was committed: with this CRTC and plane, and with what its planes showed or without. */
void kms_head_place(struct kms_head *head, uint32_t crtc, uint32_t plane, bool keeps_planes);
/* The mode or the configuration may be another one. 0 or negative errno. */
int kms_head_update(struct kms_head *head);
void kms_head_destroy(struct kms_head *head);

/* The event of a flip. */
void kms_head_flipped(
	struct kms_head *head, uint32_t sequence, uint32_t seconds, uint32_t microseconds);
/* The card is another's: nothing is waited for. It is ours again, with the state as it was. */
void kms_head_pause(struct kms_head *head);
void kms_head_resume(struct kms_head *head);

#endif

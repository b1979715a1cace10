/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_SETUP_H
#define COMPOSITOR_KMS_SETUP_H

/*
 * All screens of a card together: planned, tested, and changed in one commit or not at
 * all. What the driver refuses is asked for with less, in the order of the plan; screens
 * that were there are not given up for new ones.
 */

#include "compositor/kms/device.h"
#include "compositor/kms/head.h"
#include "compositor/kms/plan.h"

struct server;

struct kms_setup {
	struct server *server;
	void *event_data; /* borrowed: what flips' events come with */
	bool is_again;    /* what is refused was refused and said before */
	struct kms_device device;
	struct kms_plan plan;
	struct kms_head *heads[KMS_HEADS_MAX]; /* by connector; NULL: dark */
};

/*
 * As the device's connectors and the configuration have it now. 0: heads came, changed and
 * went. Flips that were under way are told of yet. Negative errno, said: all is as it was.
 */
int kms_setup_change(struct kms_setup *setup);
void kms_setup_finish(struct kms_setup *setup);
/* NULL: there is none on that CRTC. */
struct kms_head *kms_setup_find_head(const struct kms_setup *setup, uint32_t crtc_id);

#endif

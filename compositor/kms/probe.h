/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_PROBE_H
#define COMPOSITOR_KMS_PROBE_H

/*
 * Asking screens what they are, after the kernel has said that something happened.
 *
 * An event with HOTPLUG=1 does not say that the kernel knows what is there now: its helpers
 * have asked whether something is plugged in, but for drivers that only pass the interrupt
 * on, and none of them has read the modes, which is left to whoever asks the connector by
 * force. So wlroots, mutter and weston do, each in its loop; over a real cable that takes
 * some 100 ms a connector, for which frames are late. Here a process of its own asks, on the same
 * file of the card, which is master; what the kernel knows then is read without asking.
 *
 * One that asks for too long is killed. The kernel answers no question of ours before it is gone, as
 * it holds the lock that all of them take; what happens until then waits.
 */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/child.h"

struct kms_probe {
	struct child child;
	struct loop_timer limit;
	int64_t limit_ns;
	bool is_late; /* and killed */
	int fd;                         /* of the card; borrowed */
	uint32_t connector_id, next_id; /* asked, and to be asked then; 0: all */
	bool has_next;
	void (*handle)(struct kms_probe *probe, uint32_t connector_id);
};

/*
 * `handle`: the kernel knows of that connector (0: of all) what there is, or does not come to know
 * it; once for each start at most. 0 or negative errno; finish is safe after it.
 */
int kms_probe_init(struct kms_probe *probe, struct loop *loop, int fd, int64_t limit_ns,
	void (*handle)(struct kms_probe *probe, uint32_t connector_id));
/* Fine on one that is zero. */
void kms_probe_finish(struct kms_probe *probe);
void kms_probe_start(struct kms_probe *probe, uint32_t connector_id);

#endif

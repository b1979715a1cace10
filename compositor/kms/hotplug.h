/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_HOTPLUG_H
#define COMPOSITOR_KMS_HOTPLUG_H

/* What the kernel tells of a card's connectors, whether udev's daemon runs or not. */

#include <stdint.h>
#include <sys/types.h>

#include "base/loop.h"

struct udev;
struct udev_monitor;

struct kms_hotplug {
	struct udev *udev;
	struct udev_monitor *monitor;
	struct loop_source source;
	dev_t card; /* its number */
	/* Something was plugged in or out, there or (0) anywhere. */
	void (*handle)(struct kms_hotplug *hotplug, uint32_t connector_id);
};

/* Of the card of this number. 0 or negative errno; finish is safe after it, and on one that is
 * zero.
 */
int kms_hotplug_init(struct kms_hotplug *hotplug, struct loop *loop, dev_t card,
	void (*handle)(struct kms_hotplug *hotplug, uint32_t connector_id));
void kms_hotplug_finish(struct kms_hotplug *hotplug);

#endif

/* SPDX-License-Identifier: MIT */
/* What the kernel tells of a card's connectors. */
#include "compositor/kms/hotplug.h"

#include <errno.h>
#include <libudev.h>
#include <stdlib.h>
#include <string.h>

/* Of each burst of events only one is acted upon, as each asks the screen. */
static void hotplug_handle_events(struct loop_source *source, uint32_t events)
{
	struct kms_hotplug *hotplug = container_of(source, struct kms_hotplug, source);
	struct udev_device *device;
	uint32_t connector_id = 0;
	bool is_told = false;

	while ((device = udev_monitor_receive_device(hotplug->monitor))) {
		const char *is_hotplug = udev_device_get_property_value(device, "HOTPLUG");
		const char *connector = udev_device_get_property_value(device, "CONNECTOR");
		uint32_t id = connector ? strtoul(connector, NULL, 10) : 0;
		if (udev_device_get_devnum(device) == hotplug->card && is_hotplug &&
			strcmp(is_hotplug, "1") == 0) {
			connector_id = is_told && id != connector_id ? 0 : id;
			is_told = true;
		}
		udev_device_unref(device);
	}
	if (is_told)
		hotplug->handle(hotplug, connector_id);
}

int kms_hotplug_init(struct kms_hotplug *hotplug, struct loop *loop, dev_t card,
	void (*handle)(struct kms_hotplug *hotplug, uint32_t connector_id))
{
	*hotplug = (struct kms_hotplug){ .handle = handle, .card = card };
	hotplug->udev = udev_new();
	if (!hotplug->udev)
		return -ENOMEM;
	/*
	 * udev's daemon has nothing to add, and may not run, as in a car, or be gone and have left
	 * its socket. The card is open: its device node is nobody's to wait for.
	 */
	hotplug->monitor = udev_monitor_new_from_netlink(hotplug->udev, "kernel");
	if (!hotplug->monitor)
		return errno ? -errno : -ENOMEM;
	int ret = udev_monitor_filter_add_match_subsystem_devtype(hotplug->monitor, "drm", NULL);
	if (ret >= 0)
		ret = udev_monitor_enable_receiving(hotplug->monitor);
	if (ret < 0)
		return ret;
	return loop_add(loop, &hotplug->source, udev_monitor_get_fd(hotplug->monitor), EPOLLIN,
		hotplug_handle_events);
}

void kms_hotplug_finish(struct kms_hotplug *hotplug)
{
	loop_remove(&hotplug->source);
	udev_monitor_unref(hotplug->monitor);
	udev_unref(hotplug->udev);
	*hotplug = (struct kms_hotplug){ 0 };
}

/* SPDX-License-Identifier: MIT */
/* A udev that tells of what the test says that happened. */
#include "tests/fake_udev.h"

#include <assert.h>
#include <libudev.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_MAX 16

struct udev_device {
	bool is_hotplug;
	char connector[16];
	dev_t card;
};

static struct udev_device events[EVENTS_MAX];
static unsigned n_events, n_received;
static int monitor_fd;

static void event_add(const struct udev_device *event)
{
	uint64_t one = 1;

	assert(n_events < EVENTS_MAX);
	events[n_events++] = *event;
	assert(write(monitor_fd, &one, sizeof(one)) == sizeof(one));
}

void fake_udev_hotplug(uint32_t connector_id)
{
	struct udev_device event = { .is_hotplug = true };

	if (connector_id)
		snprintf(event.connector, sizeof(event.connector), "%u", connector_id);
	event_add(&event);
}

void fake_udev_other(void)
{
	event_add(&(struct udev_device){ .is_hotplug = true, .card = 1 });
	event_add(&(struct udev_device){ 0 });
}

bool fake_udev_is_read(void)
{
	return n_events == 0;
}

/* -- the library -- */

struct udev *udev_new(void)
{
	return (struct udev *)&events;
}

struct udev *udev_unref(struct udev *udev)
{
	return NULL;
}

struct udev_monitor *udev_monitor_new_from_netlink(struct udev *udev, const char *name)
{
	monitor_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	n_events = n_received = 0;
	return (struct udev_monitor *)&monitor_fd;
}

struct udev_monitor *udev_monitor_unref(struct udev_monitor *monitor)
{
	if (monitor)
		close(monitor_fd);
	return NULL;
}

int udev_monitor_filter_add_match_subsystem_devtype(
	struct udev_monitor *monitor, const char *subsystem, const char *type)
{
	return strcmp(subsystem, "drm") == 0 ? 0 : -1;
}

int udev_monitor_enable_receiving(struct udev_monitor *monitor)
{
	return 0;
}

int udev_monitor_get_fd(struct udev_monitor *monitor)
{
	return monitor_fd;
}

struct udev_device *udev_monitor_receive_device(struct udev_monitor *monitor)
{
	eventfd_t n;

	if (n_received < n_events)
		return &events[n_received++];
	n_events = n_received = 0;
	eventfd_read(monitor_fd, &n);
	return NULL;
}

const char *udev_device_get_property_value(struct udev_device *device, const char *key)
{
	if (strcmp(key, "HOTPLUG") == 0)
		return device->is_hotplug ? "1" : NULL;
	if (strcmp(key, "CONNECTOR") == 0)
		return device->connector[0] ? device->connector : NULL;
	return NULL;
}

dev_t udev_device_get_devnum(struct udev_device *device)
{
	return device->card;
}

struct udev_device *udev_device_unref(struct udev_device *device)
{
	return NULL;
}

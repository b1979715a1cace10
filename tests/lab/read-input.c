/* SPDX-License-Identifier: MIT */
/*
 * In a guest: what its input devices are, then what evdev has of them, a line a frame,
 * "touch0 3/47=0 3/57=5": the device's serial, and types, codes, values. Keys that
 * repeat are left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/input.h>

#define DEVICES_MAX 64

static struct device {
	int fd;
	char serial[32], line[4096];
	size_t len; /* of the line that is being made */
} devices[DEVICES_MAX];

static void print_axis(int fd, const char *name, unsigned axis)
{
	struct input_absinfo info;

	if (ioctl(fd, EVIOCGABS(axis), &info) == 0 && info.minimum < info.maximum)
		printf(" %s %d..%d/%d", name, info.minimum, info.maximum, info.resolution);
}

static void device_describe(const struct device *device)
{
	uint8_t properties[(INPUT_PROP_CNT + 7) / 8] = { 0 };
	char name[128] = "";
	struct input_id id = { 0 };

	ioctl(device->fd, EVIOCGNAME(sizeof(name) - 1), name);
	ioctl(device->fd, EVIOCGID, &id);
	ioctl(device->fd, EVIOCGPROP(sizeof(properties)), properties);
	printf("device %s: \"%s\" %04x:%04x:%04x", device->serial, name, id.bustype, id.vendor,
		id.product);
	print_axis(device->fd, "x", ABS_X);
	print_axis(device->fd, "y", ABS_Y);
	print_axis(device->fd, "slot", ABS_MT_SLOT);
	print_axis(device->fd, "mx", ABS_MT_POSITION_X);
	print_axis(device->fd, "turn", ABS_MT_ORIENTATION);
	puts(properties[0] & 1 << INPUT_PROP_DIRECT ? " direct" : "");
}

static void device_take(struct device *device, const struct input_event *event)
{
	if (event->type != EV_SYN) {
		bool repeats = event->type == EV_KEY && event->value == 2;
		if (!repeats && device->len < sizeof(device->line) - 64)
			device->len += sprintf(device->line + device->len, " %u/%u=%d", event->type,
				event->code, event->value);
		return;
	}
	if (event->code == SYN_DROPPED)
		device->len = sprintf(device->line, " DROPPED");
	if (device->len)
		printf("%s%.*s\n", device->serial, (int)device->len, device->line);
	device->len = 0;
}

static void device_read(struct device *device)
{
	struct input_event events[256];
	ssize_t n = read(device->fd, events, sizeof(events));

	for (ssize_t i = 0; i < n / (ssize_t)sizeof(events[0]); i++)
		device_take(device, &events[i]);
	if (n < 0 && errno != EAGAIN) {
		printf("%s is gone: %s\n", device->serial, strerror(errno));
		exit(1);
	}
}

int main(void)
{
	struct pollfd fds[DEVICES_MAX];
	char path[64];
	int n = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < DEVICES_MAX; i++) {
		struct device *device = &devices[n];
		snprintf(path, sizeof(path), "/dev/input/event%d", i);
		device->fd = open(path, O_RDONLY | O_NONBLOCK);
		if (device->fd < 0)
			continue;
		/* Others are not ours. */
		if (ioctl(device->fd, EVIOCGUNIQ(sizeof(device->serial) - 1), device->serial) < 1 ||
			!device->serial[0]) {
			close(device->fd);
			continue;
		}
		device_describe(device);
		fds[n++] = (struct pollfd){ .fd = device->fd, .events = POLLIN };
	}
	printf("%d devices\n", n);
	while (n) {
		int ready = poll(fds, n, -1);
		for (int i = 0; ready > 0 && i < n; i++) {
			if (fds[i].revents)
				device_read(&devices[i]);
		}
	}
	return 1;
}

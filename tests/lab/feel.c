/* SPDX-License-Identifier: MIT */
/*
 * A VMM and the drivers of input devices alone (tests/guest/input.h), which say what they
 * get. feel DIR GUEST DEVICE...: connects to DIR/GUEST/DEVICE.sock, says "GUEST is there" on
 * stderr, and then each frame on stdout: "GUEST DEVICE TYPE/CODE=VALUE...". A line "CODE 1"
 * on stdin sets an LED of the first device. It ends with its standard input.
 */
#include <endian.h>
#include <errno.h>
#include <linux/input-event-codes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/input.h"

#define DEVICES_MAX 8
#define LINE_BYTES 4096
#define TURN_MS 5

struct heard {
	struct input_driver driver;
	char line[LINE_BYTES];
	size_t start, len; /* of what each line begins with; of the line */
};

static struct heard heard[DEVICES_MAX];

static int hear(struct heard *device)
{
	struct virtio_input_event event;

	int ret = input_driver_next(&device->driver, &event, TURN_MS);
	if (ret < 0)
		return ret == -ETIMEDOUT ? 0 : ret;
	size_t left = LINE_BYTES - device->len;
	if (le16toh(event.type) == EV_SYN) {
		/* In one piece: others write to the same file. */
		device->line[device->len++] = '\n';
		if (write(STDOUT_FILENO, device->line, device->len) != (ssize_t)device->len)
			return -EIO;
		device->len = device->start;
		return 0;
	}
	size_t n = snprintf(device->line + device->len, left, " %u/%u=%d", le16toh(event.type),
		le16toh(event.code), (int32_t)le32toh(event.value));
	if (n + 1 >= left)
		return -ENOSPC;
	device->len += n;
	return 0;
}

/* False: that was all. */
static bool read_led(void)
{
	struct pollfd poll_fd = { .fd = STDIN_FILENO, .events = POLLIN };
	char text[32] = "";
	unsigned code, on;

	if (poll(&poll_fd, 1, 0) != 1)
		return true;
	if (read(STDIN_FILENO, text, sizeof(text) - 1) <= 0)
		return false;
	return sscanf(text, "%u %u", &code, &on) == 2 &&
	       input_driver_set_led(&heard[0].driver, code, on) == 0;
}

int main(int argc, char **argv)
{
	struct memory_region_options region = { .size_bytes = 1 << 20 };
	struct memory memory;
	int n = argc - 3, ret = 0;

	memory_init(&memory);
	if (n < 1 || n > DEVICES_MAX || memory_add_region(&memory, &region) < 0)
		return 2;
	for (int i = 0; i < n && ret == 0; i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s/%s/%s.sock", argv[1], argv[2], argv[3 + i]);
		heard[i].start = heard[i].len =
			snprintf(heard[i].line, LINE_BYTES, "%s %s", argv[2], argv[3 + i]);
		input_driver_init(&heard[i].driver, &memory,
			&(struct input_driver_options){ .kind = VMM_KIND_QEMU });
		ret = input_driver_boot(&heard[i].driver, path);
	}
	fprintf(stderr, ret < 0 ? "%s: %s\n" : "%s is there\n", argv[2], strerror(-ret));
	while (ret == 0 && read_led()) {
		for (int i = 0; i < n && ret == 0; i++)
			ret = hear(&heard[i]);
	}
	if (ret < 0)
		fprintf(stderr, "%s: ends: %s\n", argv[2], strerror(-ret));
	for (int i = 0; i < n; i++)
		input_driver_finish(&heard[i].driver);
	memory_finish(&memory);
	return ret < 0;
}

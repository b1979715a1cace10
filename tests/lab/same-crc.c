/* SPDX-License-Identifier: MIT */
/*
 * Does a CRTC of vkms show this picture, to the last pixel of what the kernel composes of all
 * its planes?
 *
 * same-crc DEBUGFS_CRTC FILE.png: compares with the sums of coming frames (drm_debugfs_crc.c)
 * that of the picture, as vkms computes it; for 10 s. Status 0, or 1 and the last sum.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "picture.h"

#define LIMIT_S 10

/* crc32_le() of the kernel's, which inverts nothing. */
static uint32_t crc_add(uint32_t crc, uint8_t byte)
{
	crc ^= byte;
	for (int bit = 0; bit < 8; bit++)
		crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	return crc;
}

/* A pixel is alpha, red, green and blue, 16 bits each. */
static uint32_t crc_of(const struct picture *picture)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < (size_t)picture->width_px * picture->height_px; i++) {
		uint32_t pixel = picture->pixels[i] | 0xff000000;
		for (int shift = 24; shift >= 0; shift -= 8) {
			crc = crc_add(crc, pixel >> shift);
			crc = crc_add(crc, pixel >> shift);
		}
	}
	return crc;
}

static int file_open(const char *directory, const char *name, int flags)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/crc/%s", directory, name);
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		perror(path);
	return fd;
}

int main(int argc, char **argv)
{
	struct picture picture;
	char line[64];
	uint32_t got = 0;

	if (argc != 3 || picture_read_png(&picture, argv[2]) < 0)
		return 2;
	uint32_t wanted = crc_of(&picture);
	picture_finish(&picture);
	int control = file_open(argv[1], "control", O_WRONLY);
	if (control < 0 || write(control, "auto", 4) != 4)
		return 2;
	int data = file_open(argv[1], "data", O_RDONLY);
	if (data < 0)
		return 2;
	for (time_t end = time(NULL) + LIMIT_S; time(NULL) < end;) {
		struct pollfd fd = { .fd = data, .events = POLLIN };
		ssize_t len = poll(&fd, 1, 1000) > 0 ? read(data, line, sizeof(line) - 1) : 0;
		char *space = len > 0 ? memchr(line, ' ', len) : NULL;
		if (!space)
			continue;
		line[len] = '\0';
		got = strtoul(space, NULL, 16);
		if (got == wanted)
			return 0;
	}
	printf("the sum is %08x, not %08x\n", got, wanted);
	return 1;
}

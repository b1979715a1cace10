/* SPDX-License-Identifier: MIT */
/*
 * Another client of the seat, with a picture of its own on the card's first screen.
 *
 * taker CARD RRGGBB: waits for the seat, shows the colour and says "taken"; "lost" when the
 * seat is taken away. Ends with its stdin, and gives the seat back.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <libseat.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

static const char *path;
static uint32_t colour;

static uint32_t framebuffer_make(int card, uint32_t width, uint32_t height)
{
	uint32_t handle, pitch, id;
	uint64_t size, offset;

	if (drmModeCreateDumbBuffer(card, width, height, 32, 0, &handle, &pitch, &size) < 0 ||
		drmModeMapDumbBuffer(card, handle, &offset) < 0)
		return 0;
	uint32_t *pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, card, offset);
	if (pixels == MAP_FAILED)
		return 0;
	for (uint64_t i = 0; i < size / 4; i++)
		pixels[i] = colour;
	munmap(pixels, size);
	return drmModeAddFB(card, width, height, 24, 32, pitch, handle, &id) < 0 ? 0 : id;
}

static bool show(int card)
{
	drmModeRes *resources = drmModeGetResources(card);

	for (int i = 0; resources && i < resources->count_connectors; i++) {
		drmModeConnector *connector = drmModeGetConnector(card, resources->connectors[i]);
		if (!connector || connector->connection != DRM_MODE_CONNECTED)
			continue;
		drmModeModeInfo *mode = &connector->modes[0];
		uint32_t framebuffer = framebuffer_make(card, mode->hdisplay, mode->vdisplay);
		return framebuffer && drmModeSetCrtc(card, resources->crtcs[0], framebuffer, 0, 0,
					      &connector->connector_id, 1, mode) == 0;
	}
	return false;
}

static void handle_enable(struct libseat *seat, void *data)
{
	int card;

	if (libseat_open_device(seat, path, &card) < 0 || !show(card)) {
		perror("taker");
		exit(1);
	}
	puts("taken");
}

static void handle_disable(struct libseat *seat, void *data)
{
	puts("lost");
	libseat_disable_seat(seat);
}

int main(int argc, char **argv)
{
	static const struct libseat_seat_listener listener = { handle_enable, handle_disable };

	if (argc != 3)
		return 2;
	path = argv[1];
	colour = strtoul(argv[2], NULL, 16);
	setvbuf(stdout, NULL, _IOLBF, 0);
	struct libseat *seat = libseat_open_seat(&listener, NULL);
	if (!seat) {
		perror("taker: no seat");
		return 1;
	}
	struct pollfd fds[] = { { .events = POLLIN }, { libseat_get_fd(seat), POLLIN, 0 } };
	do
		libseat_dispatch(seat, 0);
	while (poll(fds, 2, -1) > 0 && !fds[0].revents);
	libseat_close_seat(seat);
	return 0;
}

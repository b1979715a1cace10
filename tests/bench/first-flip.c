/* SPDX-License-Identifier: MIT */
/*
 * How long a compositor takes to its first pictures, seen from beside it (as root).
 *
 * first-flip CARD RRGGBB SOCKET COMMAND...: starts the command, and prints the ms until a
 * screen of the card has a picture, until that has this colour in its corner, and until a
 * client of that Wayland socket is answered. The command is told to end then.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wayland-client.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "base/clock.h"

#define LIMIT_NS (20 * NSEC_PER_SEC)
#define STEP_US 500

/* As far as rounding goes. */
static bool colour_is_near(uint32_t is, uint32_t wanted)
{
	for (int shift = 0; shift < 24; shift += 8) {
		if (abs((int)(is >> shift & 0xff) - (int)(wanted >> shift & 0xff)) > 1)
			return false;
	}
	return true;
}

static bool framebuffer_has(int card, uint32_t id, uint32_t colour)
{
	drmModeFB *framebuffer = drmModeGetFB(card, id);
	uint64_t offset;
	bool has = false;

	if (!framebuffer)
		return false;
	if (framebuffer->handle && framebuffer->bpp == 32 &&
		drmModeMapDumbBuffer(card, framebuffer->handle, &offset) == 0) {
		uint32_t *pixels = mmap(NULL, 4096, PROT_READ, MAP_SHARED, card, offset);
		if (pixels != MAP_FAILED) {
			has = colour_is_near(pixels[0], colour);
			munmap(pixels, 4096);
		}
	}
	if (framebuffer->handle)
		drmCloseBufferHandle(card, framebuffer->handle);
	drmModeFreeFB(framebuffer);
	return has;
}

/* 0: no picture; 1: one; 2: of the colour. */
static int card_shows(int card, uint32_t colour)
{
	drmModeRes *resources = drmModeGetResources(card);
	int shows = 0;

	for (int i = 0; resources && i < resources->count_crtcs; i++) {
		drmModeCrtc *crtc = drmModeGetCrtc(card, resources->crtcs[i]);
		if (crtc && crtc->mode_valid && crtc->buffer_id)
			shows = framebuffer_has(card, crtc->buffer_id, colour) ? 2 : 1;
		drmModeFreeCrtc(crtc);
	}
	drmModeFreeResources(resources);
	return shows;
}

/* A process that tells when it was answered. */
static int answer_watch(const char *socket)
{
	int fds[2];

	if (pipe(fds) < 0 || fork() != 0)
		return fds[0];
	struct wl_display *display = NULL;
	int64_t end_ns = clock_now_ns() + LIMIT_NS;
	while (!display && clock_now_ns() < end_ns) {
		display = wl_display_connect(socket);
		if (!display)
			usleep(STEP_US);
	}
	if (display && wl_display_roundtrip(display) >= 0) {
		int64_t now_ns = clock_now_ns();
		(void)!write(fds[1], &now_ns, sizeof(now_ns));
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	int card = open(argv[1], O_RDWR | O_CLOEXEC);
	uint32_t colour = strtoul(argv[2], NULL, 16);
	int64_t at_ns[3] = { clock_now_ns() }, answered_ns = at_ns[0];
	if (card < 0)
		return 1;
	drmDropMaster(card);
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[4], argv + 4);
		_exit(127);
	}
	int answer_fd = answer_watch(argv[3]);
	for (int wanted = 1; wanted <= 2; wanted++) {
		while (card_shows(card, colour) < wanted) {
			if (clock_now_ns() - at_ns[0] > LIMIT_NS) {
				fprintf(stderr, "first-flip: no picture %d\n", wanted);
				kill(pid, SIGTERM);
				return 1;
			}
			usleep(STEP_US);
		}
		at_ns[wanted] = clock_now_ns();
	}
	(void)!read(answer_fd, &answered_ns, sizeof(answered_ns));
	printf("first-flip: flip %ld composed %ld answers %ld\n",
		(at_ns[1] - at_ns[0]) / NSEC_PER_MSEC, (at_ns[2] - at_ns[0]) / NSEC_PER_MSEC,
		(answered_ns - at_ns[0]) / NSEC_PER_MSEC);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	return 0;
}

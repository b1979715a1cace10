/* SPDX-License-Identifier: MIT */
/*
 * What a card's screens are given, read from beside whoever gives it (as root).
 *
 * read-screen CARD X,Y... : a line for each active CRTC: its size, and the colours there.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

static uint32_t pixel_at(const void *pixels, uint32_t pitch, unsigned x, unsigned y)
{
	return *(const uint32_t *)((const char *)pixels + (size_t)y * pitch + x * 4) & 0xffffff;
}

static bool read_framebuffer(int card, uint32_t id, int n, char **places)
{
	drmModeFB *framebuffer = drmModeGetFB(card, id);
	uint64_t offset;

	if (!framebuffer || !framebuffer->handle || framebuffer->bpp != 32 ||
		drmModeMapDumbBuffer(card, framebuffer->handle, &offset) < 0)
		return false;
	size_t size = (size_t)framebuffer->pitch * framebuffer->height;
	void *pixels = mmap(NULL, size, PROT_READ, MAP_SHARED, card, offset);
	if (pixels == MAP_FAILED)
		return false;
	printf("%ux%u", framebuffer->width, framebuffer->height);
	for (int i = 0; i < n; i++) {
		unsigned x, y;
		if (sscanf(places[i], "%u,%u", &x, &y) != 2 || x >= framebuffer->width ||
			y >= framebuffer->height)
			return false;
		printf(" %06x", pixel_at(pixels, framebuffer->pitch, x, y));
	}
	puts("");
	munmap(pixels, size);
	drmModeFreeFB(framebuffer);
	return true;
}

int main(int argc, char **argv)
{
	int card = argc > 1 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	drmModeRes *resources = card < 0 ? NULL : drmModeGetResources(card);

	if (!resources)
		return 2;
	for (int i = 0; i < resources->count_crtcs; i++) {
		drmModeCrtc *crtc = drmModeGetCrtc(card, resources->crtcs[i]);
		if (crtc && crtc->mode_valid && crtc->buffer_id &&
			!read_framebuffer(card, crtc->buffer_id, argc - 2, argv + 2))
			return 1;
		drmModeFreeCrtc(crtc);
	}
	return 0;
}

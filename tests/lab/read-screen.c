/* SPDX-License-Identifier: MIT */
/*
 * What a card's screens are given, read from beside whoever gives it (as root).
 *
 * read-screen CARD X,Y... : a line for each active CRTC: its size, the colours there, as its
 * planes make them, and how many planes these are, if more than one.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#define PLACES_MAX 16

struct place {
	unsigned x, y;
	uint32_t colour;
};

static uint64_t property(int card, uint32_t plane, const char *name)
{
	drmModeObjectProperties *found =
		drmModeObjectGetProperties(card, plane, DRM_MODE_OBJECT_PLANE);
	uint64_t value = 0;

	for (uint32_t i = 0; found && i < found->count_props; i++) {
		drmModePropertyRes *one = drmModeGetProperty(card, found->props[i]);
		if (one && strcmp(one->name, name) == 0)
			value = found->prop_values[i];
		drmModeFreeProperty(one);
	}
	drmModeFreeObjectProperties(found);
	return value;
}

/* Premultiplied, above what is there. */
static uint32_t blend(uint32_t below, uint32_t above)
{
	uint32_t left = 255 - (above >> 24), colour = 0;

	for (int shift = 0; shift < 24; shift += 8)
		colour |= ((above >> shift & 255) + ((below >> shift & 255) * left + 127) / 255)
			  << shift;
	return colour;
}

/* Memory of another card is only to be had as the dma-buf that it is. */
static const char *map(int card, uint32_t handle, size_t size)
{
	uint64_t offset;
	int fd;

	if (drmModeMapDumbBuffer(card, handle, &offset) == 0)
		return mmap(NULL, size, PROT_READ, MAP_SHARED, card, offset);
	if (drmPrimeHandleToFD(card, handle, DRM_CLOEXEC, &fd) < 0)
		return MAP_FAILED;
	const char *pixels = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return pixels;
}

static bool read_plane(int card, const drmModePlane *plane, struct place *places, int n)
{
	int32_t x = property(card, plane->plane_id, "CRTC_X");
	int32_t y = property(card, plane->plane_id, "CRTC_Y");
	uint32_t source_x = property(card, plane->plane_id, "SRC_X") >> 16;
	uint32_t source_y = property(card, plane->plane_id, "SRC_Y") >> 16;
	uint32_t width = property(card, plane->plane_id, "CRTC_W");
	uint32_t height = property(card, plane->plane_id, "CRTC_H");
	drmModeFB2 *framebuffer = drmModeGetFB2(card, plane->fb_id);

	if (!framebuffer || !framebuffer->handles[0])
		return false;
	size_t size = (size_t)framebuffer->pitches[0] * framebuffer->height;
	const char *pixels = map(card, framebuffer->handles[0], size);
	if (pixels == MAP_FAILED)
		return false;
	bool has_alpha = framebuffer->pixel_format == DRM_FORMAT_ARGB8888;
	for (int i = 0; i < n; i++) {
		uint32_t in_x = places[i].x - x, in_y = places[i].y - y;
		if (in_x >= width || in_y >= height)
			continue;
		uint32_t colour =
			((const uint32_t *)(pixels +
					    (size_t)(source_y + in_y) *
						    framebuffer->pitches[0]))[source_x + in_x];
		places[i].colour = has_alpha ? blend(places[i].colour, colour) : colour & 0xffffff;
	}
	munmap((void *)pixels, size);
	drmModeFreeFB2(framebuffer);
	return true;
}

/* Planes by their ids, the lowest first: none of these cards has another order. */
static bool read_crtc(int card, const drmModeCrtc *crtc, struct place *places, int n)
{
	drmModePlaneRes *planes = drmModeGetPlaneResources(card);
	int n_planes = 0;

	for (int i = 0; i < n; i++)
		places[i].colour = 0;
	for (uint32_t i = 0; planes && i < planes->count_planes; i++) {
		drmModePlane *plane = drmModeGetPlane(card, planes->planes[i]);
		if (plane && plane->fb_id && plane->crtc_id == crtc->crtc_id) {
			if (!read_plane(card, plane, places, n))
				return false;
			n_planes++;
		}
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(planes);
	printf("%ux%u", crtc->mode.hdisplay, crtc->mode.vdisplay);
	for (int i = 0; i < n; i++)
		printf(" %06x", places[i].colour);
	if (n_planes != 1)
		printf(" %d planes", n_planes);
	puts("");
	return n_planes > 0;
}

int main(int argc, char **argv)
{
	int card = argc > 1 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1, n = argc - 2;
	struct place places[PLACES_MAX];

	if (card < 0 || n > PLACES_MAX)
		return 2;
	for (int i = 0; i < n; i++) {
		if (sscanf(argv[i + 2], "%u,%u", &places[i].x, &places[i].y) != 2)
			return 2;
	}
	drmSetClientCap(card, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1);
	drmSetClientCap(card, DRM_CLIENT_CAP_ATOMIC, 1);
	drmModeRes *resources = drmModeGetResources(card);
	if (!resources)
		return 2;
	for (int i = 0; i < resources->count_crtcs; i++) {
		drmModeCrtc *crtc = drmModeGetCrtc(card, resources->crtcs[i]);
		if (crtc && crtc->mode_valid && !read_crtc(card, crtc, places, n))
			return 1;
		drmModeFreeCrtc(crtc);
	}
	return 0;
}

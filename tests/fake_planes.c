/* SPDX-License-Identifier: MIT */
/* libdrm, with planes behind it that are none. */
#include "tests/fake_planes.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "compositor/kms/plane.h"
#include "tests/fake_request.h"

/* Ids of the kinds of objects; an object is one of these and its index. */
enum {
	CRTC = 100,
	PLANE = 200,
	HANDLE = 300,
	FRAMEBUFFER = 400,
	BLOB = 1
};

struct fake_planes fake_planes;

static const struct {
	uint32_t type, possible_crtcs;
} planes[FAKE_PLANES] = {
	[FAKE_PRIMARY] = { DRM_PLANE_TYPE_PRIMARY, 1 },
	[FAKE_PRIMARY_OTHER] = { DRM_PLANE_TYPE_PRIMARY, 2 },
	[FAKE_OVERLAY] = { DRM_PLANE_TYPE_OVERLAY, 1 },
	[FAKE_OVERLAY_ANY] = { DRM_PLANE_TYPE_OVERLAY, 3 },
	[FAKE_CURSOR] = { DRM_PLANE_TYPE_CURSOR, 1 },
	[FAKE_CURSOR_OTHER] = { DRM_PLANE_TYPE_CURSOR, 2 },
};

static uint32_t fourccs[] = { DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888 };
static uint32_t n_made;

/* Ids are places in this list, and 1: as enum kms_plane_property has them, and one more. */
static const char *const names[] = { "type", "FB_ID", "CRTC_ID", "SRC_X", "SRC_Y", "SRC_W", "SRC_H",
	"CRTC_X", "CRTC_Y", "CRTC_W", "CRTC_H", "IN_FORMATS" };

#define N_NAMES (sizeof(names) / sizeof(names[0]))

void fake_planes_init(struct kms_device *device)
{
	fake_planes = (struct fake_planes){ 0 };
	*device = (struct kms_device){
		.fd = eventfd(0, EFD_CLOEXEC),
		.n_crtcs = FAKE_CRTCS,
		.crtcs = { { .id = CRTC }, { .id = CRTC + 1 } },
		.cursor_width_px = 64,
		.cursor_height_px = 64,
	};
	for (uint32_t i = 0; i < FAKE_PLANES; i++) {
		struct kms_plane *plane = planes[i].type == DRM_PLANE_TYPE_PRIMARY
						  ? &device->planes[device->n_planes++]
						  : &device->others[device->n_others++];
		plane->id = PLANE + i;
		plane->type = planes[i].type;
		plane->possible_crtcs = planes[i].possible_crtcs;
		plane->crtc = KMS_NONE;
		for (uint32_t j = 0; j < KMS_PLANE_PROPERTIES; j++)
			plane->properties[j] = j + 1;
		drmModePlane *found = drmModeGetPlane(device->fd, plane->id);
		assert(kms_plane_read_more(plane, device->fd, found) == 0);
	}
}

void fake_planes_finish(struct kms_device *device)
{
	assert(fake_planes.n_framebuffers == 0);
	close(device->fd);
	kms_device_finish(device);
}

/* -- what the card has -- */

drmModeRes *drmModeGetResources(int fd)
{
	static uint32_t crtcs[] = { CRTC, CRTC + 1 };
	static drmModeRes resources = { .count_crtcs = 2, .crtcs = crtcs };

	return &resources;
}

void drmModeFreeResources(drmModeRes *resources)
{
}

drmModePlane *drmModeGetPlane(int fd, uint32_t id)
{
	static drmModePlane plane;

	plane = (drmModePlane){
		.plane_id = id,
		.possible_crtcs = planes[id - PLANE].possible_crtcs,
		.count_formats = 2,
		.formats = fourccs,
	};
	return &plane;
}

void drmModeFreePlane(drmModePlane *plane)
{
}

drmModeObjectProperties *drmModeObjectGetProperties(int fd, uint32_t id, uint32_t type)
{
	static uint32_t ids[N_NAMES];
	static uint64_t values[N_NAMES];
	static drmModeObjectProperties properties = { .props = ids, .prop_values = values };

	for (size_t i = 0; i < N_NAMES; i++)
		ids[i] = i + 1;
	values[0] = planes[id - PLANE].type;
	values[N_NAMES - 1] = BLOB;
	properties.count_props = fake_planes.in_formats ? N_NAMES : N_NAMES - 1;
	return &properties;
}

void drmModeFreeObjectProperties(drmModeObjectProperties *properties)
{
}

drmModePropertyRes *drmModeGetProperty(int fd, uint32_t id)
{
	static drmModePropertyRes property;

	property.prop_id = id;
	snprintf(property.name, sizeof(property.name), "%s", names[id - 1]);
	return &property;
}

void drmModeFreeProperty(drmModePropertyRes *property)
{
}

drmModePropertyBlobRes *drmModeGetPropertyBlob(int fd, uint32_t id)
{
	static drmModePropertyBlobRes blob;

	blob.length = fake_planes.in_formats_bytes;
	blob.data = (void *)fake_planes.in_formats;
	return &blob;
}

void drmModeFreePropertyBlob(drmModePropertyBlobRes *blob)
{
}

/* -- memory -- */

int drmPrimeFDToHandle(int fd, int prime_fd, uint32_t *handle)
{
	*handle = HANDLE;
	return 0;
}

int drmCloseBufferHandle(int fd, uint32_t handle)
{
	assert(handle == HANDLE);
	return 0;
}

static int framebuffer_add(uint32_t fourcc, uint32_t *id)
{
	if (fake_planes.makes_no_framebuffers)
		return -EINVAL;
	fake_planes.n_framebuffers++;
	fake_planes.fourcc = fourcc;
	*id = FRAMEBUFFER + n_made++;
	return 0;
}

int drmModeAddFB2WithModifiers(int fd, uint32_t width, uint32_t height, uint32_t format,
	const uint32_t handles[4], const uint32_t pitches[4], const uint32_t offsets[4],
	const uint64_t modifier[4], uint32_t *id, uint32_t flags)
{
	return framebuffer_add(format, id);
}

int drmModeAddFB2(int fd, uint32_t width, uint32_t height, uint32_t format,
	const uint32_t handles[4], const uint32_t pitches[4], const uint32_t offsets[4],
	uint32_t *id, uint32_t flags)
{
	return framebuffer_add(format, id);
}

int drmModeRmFB(int fd, uint32_t id)
{
	fake_planes.n_framebuffers--;
	return 0;
}

int drmModeCreateDumbBuffer(int fd, uint32_t width, uint32_t height, uint32_t bpp, uint32_t flags,
	uint32_t *handle, uint32_t *pitch, uint64_t *size)
{
	*handle = HANDLE;
	*pitch = width * bpp / 8;
	*size = (uint64_t)*pitch * height;
	return 0;
}

int drmModeDestroyDumbBuffer(int fd, uint32_t handle)
{
	return 0;
}

int drmModeMapDumbBuffer(int fd, uint32_t handle, uint64_t *offset)
{
	*offset = 0;
	return 0;
}

void *__real_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	return __real_mmap64(at, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* -- requests -- */

/* 0: it is not in the request. */
static uint64_t request_value(
	const drmModeAtomicReq *request, uint32_t object, enum kms_plane_property property)
{
	uint64_t value = 0;

	fake_request_find(request, object, property + 1, &value);
	return value;
}

static bool plane_is_taken(const drmModeAtomicReq *request, uint32_t plane)
{
	uint32_t id = PLANE + plane;
	uint64_t width = request_value(request, id, KMS_PLANE_CRTC_W);
	uint64_t height = request_value(request, id, KMS_PLANE_CRTC_H);

	if (!request_value(request, id, KMS_PLANE_FB_ID))
		return true;
	if (fake_planes.refuses[plane])
		return false;
	if (planes[plane].type == DRM_PLANE_TYPE_PRIMARY &&
		(width != FAKE_WIDTH || height != FAKE_HEIGHT))
		return false;
	return fake_planes.scales ||
	       (request_value(request, id, KMS_PLANE_SRC_W) == width << 16 &&
		       request_value(request, id, KMS_PLANE_SRC_H) == height << 16);
}

int drmModeAtomicCommit(int fd, drmModeAtomicReq *request, uint32_t flags, void *data)
{
	assert(flags & DRM_MODE_ATOMIC_TEST_ONLY);
	fake_planes.n_tests++;
	for (uint32_t i = 0; i < FAKE_PLANES; i++) {
		if (!plane_is_taken(request, i))
			return -EINVAL;
	}
	return 0;
}

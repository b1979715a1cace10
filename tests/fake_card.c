/* SPDX-License-Identifier: MIT */
/* libdrm, with a card behind it that is none. */
#include "tests/fake_card.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <drm_mode.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "tests/fake_request.h"
#include "tests/fake_seat.h"

#define BUFFERS_MAX 64
#define BLOBS_MAX 4096

/* Ids of the kinds of objects; an object is one of these and its index. */
enum {
	CONNECTOR = 100,
	ENCODER = 200,
	CRTC = 300,
	PLANE = 400,
	BUFFER = 500,
	BLOB = 600
};

struct fake_card fake_card;

static int card_fd;
static pid_t own_pid;
static bool *known_unplugged; /* all processes' */
static uint32_t pending_crtcs[FAKE_HEADS], ended_crtcs[FAKE_HEADS];
static void *pending_data[FAKE_HEADS];
static int pending_fences[FAKE_HEADS]; /* -1: none */
static drmModeModeInfo blobs[BLOBS_MAX];
static uint32_t n_blobs, n_buffers, n_imported;

void fake_card_init(void)
{
	fake_card = (struct fake_card){ .width_max_px = UINT32_MAX };
	fake_seat_init();
	n_blobs = 0;
	own_pid = getpid();
	if (!known_unplugged)
		known_unplugged = mmap(NULL, FAKE_HEADS, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(known_unplugged != MAP_FAILED);
	memset(pending_crtcs, 0, sizeof(pending_crtcs));
	memset(ended_crtcs, 0, sizeof(ended_crtcs));
	memset(pending_fences, -1, sizeof(pending_fences));
}

void fake_card_finish(void)
{
	assert(fake_card.n_framebuffers == 0);
	assert(fake_card.n_handles == 0);
	assert(fake_card.n_blobs == 0);
	for (uint32_t i = 0; i < FAKE_HEADS; i++) {
		if (pending_fences[i] >= 0)
			close(pending_fences[i]);
	}
}

int fake_card_open(void)
{
	card_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return card_fd;
}

/* -- what the card has -- */

int drmGetCap(int fd, uint64_t capability, uint64_t *value)
{
	*value = 1;
	return 0;
}

int drmSetClientCap(int fd, uint64_t capability, uint64_t value)
{
	return 0;
}

drmModeRes *drmModeGetResources(int fd)
{
	static uint32_t connectors[] = { CONNECTOR, CONNECTOR + 1 }, crtcs[] = { CRTC, CRTC + 1 };
	static drmModeRes resources = {
		.count_crtcs = 2, .crtcs = crtcs, .count_connectors = 2, .connectors = connectors
	};

	return &resources;
}

void drmModeFreeResources(drmModeRes *resources)
{
}

/* What was seen when it was asked last, by whatever process. */
static drmModeConnector *connector_as_known(uint32_t id)
{
#define MODE(width, height, flags)                                                                 \
	{                                                                                          \
		.clock = (width) * (height)*60 / 1000, .hdisplay = (width), .vdisplay = (height),  \
		.htotal = (width), .vtotal = (height), .type = (flags)                             \
	}
	static drmModeModeInfo modes[] = { MODE(3840, 2160, DRM_MODE_TYPE_PREFERRED),
		MODE(1920, 1080, 0), MODE(640, 480, 0) };
	static uint32_t encoders[] = { ENCODER, ENCODER + 1 };
	static drmModeConnector connectors[2];

	if (fake_card.connector_errors[id - CONNECTOR]) {
		errno = fake_card.connector_errors[id - CONNECTOR];
		return NULL;
	}
	connectors[id - CONNECTOR] = (drmModeConnector){
		.connector_id = id,
		.connector_type = DRM_MODE_CONNECTOR_DisplayPort,
		.connector_type_id = id - CONNECTOR + 1,
		.connection = known_unplugged[id - CONNECTOR] ? DRM_MODE_DISCONNECTED
							      : DRM_MODE_CONNECTED,
		.count_modes = known_unplugged[id - CONNECTOR] ? 0
			       : fake_card.modes               ? (int)fake_card.n_modes
							       : 3,
		.modes = fake_card.modes ? (drmModeModeInfo *)fake_card.modes : modes,
		.mmWidth = fake_card.width_mm,
		.mmHeight = fake_card.height_mm,
		.count_encoders = 1,
		.encoders = &encoders[id - CONNECTOR],
	};
	return &connectors[id - CONNECTOR];
}

drmModeConnector *drmModeGetConnector(int fd, uint32_t id)
{
	fake_card.n_asked++;
	if (fake_card.kills_others && getpid() != own_pid)
		raise(SIGKILL);
	while (fake_card.holds_others && getpid() != own_pid)
		pause();
	known_unplugged[id - CONNECTOR] = fake_card.is_unplugged[id - CONNECTOR];
	return connector_as_known(id);
}

drmModeConnector *drmModeGetConnectorCurrent(int fd, uint32_t id)
{
	fake_card.n_looks++;
	return connector_as_known(id);
}

void drmModeFreeConnector(drmModeConnector *connector)
{
}

const char *drmModeGetConnectorTypeName(uint32_t type)
{
	return "DP";
}

drmModeEncoder *drmModeGetEncoder(int fd, uint32_t id)
{
	static drmModeEncoder encoder;

	uint32_t possible = fake_card.possible_crtcs[id - ENCODER];

	encoder.possible_crtcs = possible ? possible : 3;
	return &encoder;
}

void drmModeFreeEncoder(drmModeEncoder *encoder)
{
}

drmModePlaneRes *drmModeGetPlaneResources(int fd)
{
	static uint32_t ids[] = { PLANE, PLANE + 1 };
	static drmModePlaneRes planes = { .count_planes = 2, .planes = ids };

	return &planes;
}

void drmModeFreePlaneResources(drmModePlaneRes *planes)
{
}

drmModePlane *drmModeGetPlane(int fd, uint32_t id)
{
	static uint32_t fourccs[] = { DRM_FORMAT_XRGB8888 };
	static drmModePlane plane = { .count_formats = 1, .formats = fourccs };

	plane.possible_crtcs = UINT32_C(1) << (id - PLANE);
	return &plane;
}

void drmModeFreePlane(drmModePlane *plane)
{
}

/* Every object has every property; ids are places in this list, and 1. */
static const char *const names[] = { "type", "CRTC_ID", "ACTIVE", "MODE_ID", "FB_ID", "SRC_X",
	"SRC_Y", "SRC_W", "SRC_H", "CRTC_X", "CRTC_Y", "CRTC_W", "CRTC_H", "VRR_ENABLED",
	"link-status", "IN_FENCE_FD", "OUT_FENCE_PTR", "rotation", "GAMMA_LUT", "non-desktop",
	"link-status", "vrr_capable", "panel orientation" };

#define N_NAMES (sizeof(names) / sizeof(names[0]))

drmModeObjectProperties *drmModeObjectGetProperties(int fd, uint32_t id, uint32_t type)
{
	static uint32_t ids[N_NAMES];
	static uint64_t values[N_NAMES] = { DRM_PLANE_TYPE_PRIMARY };
	static drmModeObjectProperties properties = { N_NAMES, ids, values };

	for (size_t i = 0; i < N_NAMES; i++)
		ids[i] = i + 1;
	values[N_NAMES - 4] = fake_card.is_headset && id == CONNECTOR + 1;
	values[N_NAMES - 1] = fake_card.orientation;
	values[N_NAMES - 2] = fake_card.has_vrr;
	values[N_NAMES - 3] = fake_card.is_link_bad;
	return &properties;
}

void drmModeFreeObjectProperties(drmModeObjectProperties *properties)
{
}

drmModePropertyRes *drmModeGetProperty(int fd, uint32_t id)
{
	static struct drm_mode_property_enum orientations[] = { { 0, "Normal" },
		{ 1, "Upside Down" }, { 2, "Left Side Up" }, { 3, "Right Side Up" } };
	static drmModePropertyRes property;

	property.prop_id = id;
	snprintf(property.name, sizeof(property.name), "%s", names[id - 1]);
	property.enums = orientations;
	if (fake_card.lacks_out_fences && strcmp(property.name, "OUT_FENCE_PTR") == 0)
		property.name[0] = '\0';
	property.count_enums = strcmp(names[id - 1], "panel orientation") == 0 ? 4 : 0;
	return &property;
}

void drmModeFreeProperty(drmModePropertyRes *property)
{
}

/* -- memory -- */

int drmModeCreatePropertyBlob(int fd, const void *data, size_t size, uint32_t *id)
{
	assert(size == sizeof(blobs[0]) && n_blobs < BLOBS_MAX);
	memcpy(&blobs[n_blobs], data, size);
	*id = BLOB + n_blobs++;
	fake_card.n_blobs++;
	return 0;
}

int drmModeDestroyPropertyBlob(int fd, uint32_t id)
{
	fake_card.n_blobs--;
	return 0;
}

/* Of those that were mapped. */
static const uint32_t *buffers[BUFFERS_MAX];

int drmModeCreateDumbBuffer(int fd, uint32_t width, uint32_t height, uint32_t bpp, uint32_t flags,
	uint32_t *handle, uint32_t *pitch, uint64_t *size)
{
	*handle = BUFFER + n_buffers++;
	fake_card.n_handles++;
	*pitch = width * bpp / 8;
	*size = (uint64_t)*pitch * height;
	return 0;
}

int drmModeDestroyDumbBuffer(int fd, uint32_t handle)
{
	fake_card.n_handles--;
	return 0;
}

int drmModeMapDumbBuffer(int fd, uint32_t handle, uint64_t *offset)
{
	*offset = (uint64_t)handle << 32;
	return 0;
}

void *__real_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset);

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (fd == card_fd) {
		void *pixels =
			__real_mmap64(at, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		uint32_t buffer = (offset >> 32) - BUFFER;
		if (buffer < BUFFERS_MAX)
			buffers[buffer] = pixels;
		return pixels;
	}
	return __real_mmap64(at, size, protection, flags, fd, offset);
}

int drmModeAddFB2(int fd, uint32_t width, uint32_t height, uint32_t format,
	const uint32_t handles[4], const uint32_t pitches[4], const uint32_t offsets[4],
	uint32_t *id, uint32_t flags)
{
	*id = handles[0];
	fake_card.n_framebuffers++;
	return 0;
}

int drmModeRmFB(int fd, uint32_t id)
{
	fake_card.n_framebuffers--;
	return 0;
}

int drmPrimeFDToHandle(int fd, int prime_fd, uint32_t *handle)
{
	*handle = FAKE_IMPORTED + n_imported++;
	return 0;
}

int drmCloseBufferHandle(int fd, uint32_t handle)
{
	return 0;
}

int drmModeAddFB2WithModifiers(int fd, uint32_t width, uint32_t height, uint32_t format,
	const uint32_t handles[4], const uint32_t pitches[4], const uint32_t offsets[4],
	const uint64_t modifiers[4], uint32_t *id, uint32_t flags)
{
	return drmModeAddFB2(fd, width, height, format, handles, pitches, offsets, id, flags);
}

/* -- states -- */

/* As all objects have the same ones. */
static bool request_find(
	const drmModeAtomicReq *request, uint32_t object, const char *name, uint64_t *value)
{
	for (size_t i = 0; i < N_NAMES; i++) {
		if (strcmp(names[i], name) == 0 && fake_request_find(request, object, i + 1, value))
			return true;
	}
	return false;
}

static uint32_t blob_width_px(uint64_t blob)
{
	return blob ? blobs[blob - BLOB].hdisplay : 0;
}

uint32_t fake_card_width_px(uint32_t head)
{
	return blob_width_px(fake_card.heads[head].blob);
}

const drmModeModeInfo *fake_card_mode(uint32_t head)
{
	return &blobs[fake_card.heads[head].blob - BLOB];
}

static uint32_t request_width_px(const drmModeAtomicReq *request)
{
	uint32_t width_px = 0;

	for (uint32_t i = 0; i < FAKE_HEADS; i++) {
		uint64_t blob;
		/* The state is described whole. */
		assert(request_find(request, CRTC + i, "MODE_ID", &blob));
		width_px += blob_width_px(blob);
	}
	return width_px;
}

/* As the kernel, which has one more of it. */
static void request_take_out_fence(const drmModeAtomicReq *request, uint32_t head)
{
	uint64_t at;

	if (!request_find(request, CRTC + head, "OUT_FENCE_PTR", &at))
		return;
	if (pending_fences[head] >= 0)
		close(pending_fences[head]);
	pending_fences[head] = eventfd(0, EFD_CLOEXEC);
	*(int32_t *)(uintptr_t)at = fcntl(pending_fences[head], F_DUPFD_CLOEXEC, 0);
	fake_card.heads[head].n_out_fences++;
}

void fake_card_tell(void)
{
	uint64_t one = 1;

	assert(write(card_fd, &one, sizeof(one)) == sizeof(one));
}

/* A commit that is waited for waits for flips before it, of which is told then. */
static void flips_end(void)
{
	for (uint32_t i = 0; i < FAKE_HEADS; i++) {
		if (!pending_crtcs[i])
			continue;
		ended_crtcs[i] = pending_crtcs[i];
		pending_crtcs[i] = 0;
		fake_card_tell();
	}
}

static void request_take(const drmModeAtomicReq *request, uint32_t flags, void *data)
{
	uint64_t link;

	for (uint32_t i = 0; i < FAKE_HEADS; i++) {
		bool named =
			request_find(request, PLANE + i, "FB_ID", &fake_card.heads[i].framebuffer);
		uint64_t fence;
		if (named)
			fake_card.heads[i].waits =
				request_find(request, PLANE + i, "IN_FENCE_FD", &fence);
		request_find(request, PLANE + i, "CRTC_ID", &fake_card.heads[i].crtc);
		request_find(request, PLANE + i, "rotation", &fake_card.heads[i].rotation);
		request_find(request, CRTC + i, "GAMMA_LUT", &fake_card.heads[i].gamma);
		request_find(request, CRTC + i, "VRR_ENABLED", &fake_card.heads[i].vrr);
		if (request_find(request, CONNECTOR + i, "link-status", &link))
			fake_card.is_link_bad = link;
		request_find(request, CRTC + i, "ACTIVE", &fake_card.heads[i].active);
		request_find(request, CRTC + i, "MODE_ID", &fake_card.heads[i].blob);
		request_take_out_fence(request, i);
		if (!named || !fake_card.heads[i].active || !(flags & DRM_MODE_PAGE_FLIP_EVENT) ||
			fake_card.keeps_events)
			continue;
		assert(!pending_crtcs[i]); /* one outstanding */
		pending_crtcs[i] = CRTC + i;
		pending_data[i] = data;
		if (!fake_card.delays_events)
			fake_card_tell();
	}
}

/* One screen's, on or off. */
static bool request_is_power(const drmModeAtomicReq *request)
{
	return request->n == 1 && strcmp(names[request->items[0].property - 1], "ACTIVE") == 0;
}

/* The kernel refuses flips of what is dark. */
static bool request_is_lit(const drmModeAtomicReq *request)
{
	uint64_t framebuffer;

	for (uint32_t i = 0; i < FAKE_HEADS; i++) {
		if (request_find(request, PLANE + i, "FB_ID", &framebuffer) &&
			!fake_card.heads[i].active)
			return false;
	}
	return true;
}

static void head_set(uint32_t head)
{
	uint32_t framebuffer = fake_card.heads[head].framebuffer;
	uint32_t buffer = framebuffer - BUFFER;

	fake_card.heads[head].set_framebuffer = framebuffer;
	if (buffer < BUFFERS_MAX && buffers[buffer])
		fake_card.heads[head].set_colour = *buffers[buffer];
}

static bool request_has_vrr(const drmModeAtomicReq *request)
{
	uint64_t first = 0, second = 0;

	request_find(request, CRTC, "VRR_ENABLED", &first);
	request_find(request, CRTC + 1, "VRR_ENABLED", &second);
	return first || second;
}

int drmModeAtomicCommit(int fd, drmModeAtomicReq *request, uint32_t flags, void *data)
{
	if (!fake_seat_is_ours()) {
		fake_card.flips_elsewhere = true;
		return -EACCES;
	}
	if (flags & DRM_MODE_ATOMIC_ALLOW_MODESET) {
		bool is_test = flags & DRM_MODE_ATOMIC_TEST_ONLY;
		if (request_is_power(request)) {
			if (fake_card.commit_error == 0)
				request_take(request, flags, data);
			return fake_card.commit_error;
		}
		*(is_test ? &fake_card.tests : &fake_card.modesets) += 1;
		if (request_width_px(request) > fake_card.width_max_px) {
			fake_card.refused++;
			return -EINVAL;
		}
		/* Of what stays dark nobody can be told. */
		assert(!(flags & DRM_MODE_PAGE_FLIP_EVENT));
		if (!is_test && fake_card.commit_error == 0) {
			flips_end();
			request_take(request, flags, data);
		}
		for (uint32_t i = 0; !is_test && i < FAKE_HEADS; i++)
			head_set(i);
		return is_test ? 0 : fake_card.commit_error;
	}
	if (flags & DRM_MODE_ATOMIC_TEST_ONLY)
		return 0;
	assert(flags & DRM_MODE_ATOMIC_NONBLOCK);
	if (fake_card.flip_error) {
		fake_card.refused++;
		return fake_card.flip_error;
	}
	if (fake_card.refuses_vrr && request_has_vrr(request)) {
		fake_card.refused++;
		return -EINVAL;
	}
	fake_card.flips++;
	assert(request_is_lit(request));
	request_take(request, flags, data);
	return 0;
}

int drmHandleEvent(int fd, drmEventContext *context)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	for (uint32_t i = 0; i < FAKE_HEADS; i++) {
		uint32_t crtc = ended_crtcs[i];
		ended_crtcs[i] = 0;
		if (crtc)
			context->page_flip_handler2(fd, 1, 1, 0, crtc, pending_data[i]);
	}
	for (uint32_t i = 0; i < FAKE_HEADS; i++) {
		uint32_t crtc = pending_crtcs[i];
		pending_crtcs[i] = 0;
		if (pending_fences[i] >= 0) {
			assert(eventfd_write(pending_fences[i], 1) == 0);
			close(pending_fences[i]);
			pending_fences[i] = -1;
		}
		if (crtc)
			context->page_flip_handler2(fd, 1, 1, 0, crtc, pending_data[i]);
	}
	return 0;
}

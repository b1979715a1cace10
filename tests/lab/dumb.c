/* SPDX-License-Identifier: MIT */
/*
 * The guest's 2D program: modesets each connected connector of a card and draws
 * on it with dumb buffers alone, in each way there is to show something: a mode
 * set with a buffer, a page flip to another, a damaged rectangle of that one. Or,
 * with "blob", with blobs of virtio-gpu, whose pictures begin anywhere in them.
 *
 * dumb CARD NUMBER [blob] says "dumb: head N: drawn WIDTHxHEIGHT" for each connector
 * and stays until it is killed, because the kernel takes its pictures with it. When
 * the kernel tells of a hotplug it looks again, as a compositor does, draws what has
 * another mode, and says "dumb: head N: gone" for what is not connected any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "pattern.h"
#include "virtgpu-abi.h"

#define FLIP_TIMEOUT_MS 10000
#define HEADS_MAX 16

struct buffer {
	uint32_t handle, fb, pitch_bytes;
	uint8_t *map;
};

static bool blobs; /* and no dumb buffers */

/* What each head shows; a width of 0: nothing. */
static struct {
	uint32_t width_px, height_px;
} drawn[HEADS_MAX];

static int fail(const char *what)
{
	int ret = errno ? -errno : -EIO;
	printf("dumb: %s: %s\n", what, strerror(-ret));
	return ret;
}

#define BLOB_OFFSET 4160u
#define BLOB_GAP_BYTES 192u /* behind each row */

static int blob_create(struct buffer *buffer, int card, uint32_t width_px, uint32_t height_px)
{
	buffer->pitch_bytes = width_px * 4 + BLOB_GAP_BYTES;
	struct virtgpu_abi_create_blob create = {
		.blob_mem = VIRTGPU_ABI_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_ABI_BLOB_MAPPABLE,
		.size = BLOB_OFFSET + (uint64_t)buffer->pitch_bytes * height_px,
	};
	uint32_t handles[4] = { 0 }, pitches[4] = { buffer->pitch_bytes }, offsets[4] = { BLOB_OFFSET };

	create.size = (create.size + 4095) / 4096 * 4096;
	if (drmIoctl(card, VIRTGPU_ABI_IOCTL_CREATE_BLOB, &create) < 0)
		return fail("no blob");
	handles[0] = create.bo_handle;
	if (drmModeAddFB2(card, width_px, height_px, DRM_FORMAT_XRGB8888, handles, pitches, offsets,
		    &buffer->fb, 0) < 0)
		return fail("no framebuffer of a blob");
	struct drm_virtgpu_map map = { .handle = create.bo_handle };
	if (drmIoctl(card, DRM_IOCTL_VIRTGPU_MAP, &map) < 0)
		return fail("the blob has no offset");
	uint8_t *whole =
		mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, map.offset);
	if (whole == MAP_FAILED)
		return fail("the blob cannot be mapped");
	buffer->map = whole + BLOB_OFFSET;
	return 0;
}

static int buffer_create(struct buffer *buffer, int card, uint32_t width_px, uint32_t height_px)
{
	uint64_t size_bytes, offset;

	if (blobs)
		return blob_create(buffer, card, width_px, height_px);
	if (drmModeCreateDumbBuffer(card, width_px, height_px, 32, 0, &buffer->handle,
		    &buffer->pitch_bytes, &size_bytes) < 0)
		return fail("no dumb buffer");
	if (drmModeAddFB(card, width_px, height_px, 24, 32, buffer->pitch_bytes, buffer->handle,
		    &buffer->fb) < 0)
		return fail("no framebuffer");
	if (drmModeMapDumbBuffer(card, buffer->handle, &offset) < 0)
		return fail("the buffer has no offset");
	buffer->map = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, card, offset);
	return buffer->map == MAP_FAILED ? fail("the buffer cannot be mapped") : 0;
}

static void buffer_draw(const struct buffer *buffer, const struct pattern_rectangle *area,
	uint32_t seed)
{
	for (uint32_t y = area->top; y < area->bottom; y++) {
		uint32_t *line = (uint32_t *)(buffer->map + (size_t)y * buffer->pitch_bytes);
		for (uint32_t x = area->left; x < area->right; x++)
			line[x] = picture_pattern_at(x, y, seed);
	}
}

static void handle_flip(int card, unsigned sequence, unsigned seconds, unsigned us, void *data)
{
	*(bool *)data = true;
}

static int flip_wait(int card, uint32_t crtc, uint32_t fb)
{
	drmEventContext context = { .version = 2, .page_flip_handler = handle_flip };
	struct pollfd events = { .fd = card, .events = POLLIN };
	bool flipped = false;

	if (drmModePageFlip(card, crtc, fb, DRM_MODE_PAGE_FLIP_EVENT, &flipped) < 0)
		return fail("no page flip");
	while (!flipped) {
		errno = ETIMEDOUT;
		if (poll(&events, 1, FLIP_TIMEOUT_MS) != 1)
			return fail("the page flip never ended");
		drmHandleEvent(card, &context);
	}
	return 0;
}

static int head_draw(int card, uint32_t crtc, drmModeConnector *connector, uint32_t number,
	uint32_t head)
{
	drmModeModeInfo *mode = &connector->modes[0]; /* the preferred one comes first */
	struct pattern_rectangle all = { 0, 0, mode->hdisplay, mode->vdisplay };
	struct pattern_rectangle damage = pattern_damage(mode->hdisplay, mode->vdisplay);
	struct buffer first = { 0 }, second = { 0 };

	int ret = buffer_create(&first, card, mode->hdisplay, mode->vdisplay);
	if (ret == 0)
		ret = buffer_create(&second, card, mode->hdisplay, mode->vdisplay);
	if (ret < 0)
		return ret;

	buffer_draw(&first, &all, pattern_seed(number, head, PATTERN_STEP_SET));
	if (drmModeSetCrtc(card, crtc, first.fb, 0, 0, &connector->connector_id, 1, mode) < 0)
		return fail("no mode");
	buffer_draw(&second, &all, pattern_seed(number, head, PATTERN_STEP_FLIP));
	ret = flip_wait(card, crtc, second.fb);
	if (ret < 0)
		return ret;

	buffer_draw(&second, &damage, pattern_seed(number, head, PATTERN_STEP_DAMAGE));
	drmModeClip clip = { damage.left, damage.top, damage.right, damage.bottom };
	if (drmModeDirtyFB(card, second.fb, &clip, 1) < 0)
		return fail("no damage");
	printf("dumb: head %u: drawn %ux%u\n", head, mode->hdisplay, mode->vdisplay);
	return 0;
}

static int head_update(int card, uint32_t crtc, drmModeConnector *connector, uint32_t number,
	uint32_t head)
{
	bool connected =
		connector->connection == DRM_MODE_CONNECTED && connector->count_modes > 0;
	uint32_t width_px = connected ? connector->modes[0].hdisplay : 0;
	uint32_t height_px = connected ? connector->modes[0].vdisplay : 0;

	if (width_px == drawn[head].width_px && height_px == drawn[head].height_px)
		return 0;
	drawn[head].width_px = width_px;
	drawn[head].height_px = height_px;
	if (connected)
		return head_draw(card, crtc, connector, number, head);
	if (drmModeSetCrtc(card, crtc, 0, 0, 0, NULL, 0, NULL) < 0)
		return fail("the head stays on");
	printf("dumb: head %u: gone\n", head);
	return 0;
}

static int card_update(int card, uint32_t number)
{
	drmModeRes *resources = drmModeGetResources(card);
	int ret = 0;

	if (!resources)
		return fail("no modes here");
	for (int i = 0; i < resources->count_connectors && ret == 0; i++) {
		drmModeConnector *connector = drmModeGetConnector(card, resources->connectors[i]);
		if (connector && i < resources->count_crtcs && i < HEADS_MAX)
			ret = head_update(card, resources->crtcs[i], connector, number, i);
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	return ret;
}

/* The kernel's own uevents. */
static int uevents_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return fail("no uevents");
	return fd;
}

/* Strings, each ended by 0. */
static bool uevent_has(const char *event, size_t len, const char *wanted)
{
	for (size_t at = 0; at < len; at += strlen(event + at) + 1) {
		if (strcmp(event + at, wanted) == 0)
			return true;
	}
	return false;
}

static int uevents_follow(int uevents, int card, uint32_t number)
{
	char event[8192];

	for (;;) {
		ssize_t len = recv(uevents, event, sizeof(event) - 1, 0);
		if (len < 0)
			return fail("no more uevents");
		event[len] = '\0';
		if (!uevent_has(event, len, "SUBSYSTEM=drm") || !uevent_has(event, len, "HOTPLUG=1"))
			continue;
		printf("dumb: hotplug\n");
		int ret = card_update(card, number);
		if (ret < 0)
			return ret;
	}
}

int main(int argc, char **argv)
{
	if (argc < 3 || argc > 4 || (argc == 4 && strcmp(argv[3], "blob") != 0)) {
		fprintf(stderr, "usage: dumb CARD NUMBER [blob]\n");
		return 2;
	}
	blobs = argc == 4;
	setvbuf(stdout, NULL, _IOLBF, 0);
	int card = open(argv[1], O_RDWR | O_CLOEXEC);
	if (card < 0) {
		fail(argv[1]);
		return 1;
	}
	uint32_t number = strtoul(argv[2], NULL, 10);
	int uevents = uevents_open();
	if (uevents < 0 || card_update(card, number) < 0)
		return 1;
	return uevents_follow(uevents, card, number) < 0;
}

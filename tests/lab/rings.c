/* SPDX-License-Identifier: MIT */
/*
 * The guest's program for what virtio-gpu has beside screens, by the driver's own
 * ioctls: a context of a capset with several rings, a fence of each and the event of
 * one; blobs, and resources exported to other drivers, which asks for their UUIDs.
 *
 * rings CARD says "rings: ..." of each step, and "rings: all is well" at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "virtgpu-abi.h"

#define RINGS 4
#define POLLED_RING 2
#define ROUNDS 20
#define TIMEOUT_MS 10000
#define BLOB_BYTES (3u * 4096)

static int fail(const char *what)
{
	printf("rings: FAILED: %s: %s\n", what, strerror(errno));
	return 1;
}

static int param_get(int card, uint64_t param)
{
	int value = 0;
	struct drm_virtgpu_getparam get = { .param = param, .value = (uintptr_t)&value };

	return drmIoctl(card, DRM_IOCTL_VIRTGPU_GETPARAM, &get) < 0 ? -1 : value;
}

static int context_init(int card, uint64_t capset)
{
	struct virtgpu_abi_context_param params[] = {
		{ VIRTGPU_ABI_CONTEXT_CAPSET, capset },
		{ VIRTGPU_ABI_CONTEXT_RINGS, RINGS },
		{ VIRTGPU_ABI_CONTEXT_POLL_MASK, 1 << POLLED_RING },
	};
	struct virtgpu_abi_context_init init = {
		.num_params = sizeof(params) / sizeof(params[0]), .params = (uintptr_t)params,
	};
	return drmIoctl(card, VIRTGPU_ABI_IOCTL_CONTEXT_INIT, &init);
}

/* An empty command, and its fence's descriptor. */
static int submit(int card, uint32_t ring)
{
	uint32_t nop = 0;
	struct virtgpu_abi_execbuffer exec = {
		.flags = VIRTGPU_ABI_EXECBUF_FENCE_FD_OUT | VIRTGPU_ABI_EXECBUF_RING_IDX,
		.size = sizeof(nop),
		.command = (uintptr_t)&nop,
		.ring_idx = ring,
	};
	return drmIoctl(card, VIRTGPU_ABI_IOCTL_EXECBUFFER, &exec) < 0 ? -1 : exec.fence_fd;
}

static int wait_readable(int fd)
{
	struct pollfd events = { .fd = fd, .events = POLLIN };
	errno = ETIMEDOUT;
	return poll(&events, 1, TIMEOUT_MS) == 1 ? 0 : -1;
}

static int rings_use(int card)
{
	int fences[ROUNDS * RINGS];
	struct drm_event event;

	for (int i = 0; i < ROUNDS * RINGS; i++) {
		fences[i] = submit(card, i % RINGS);
		if (fences[i] < 0)
			return fail("no fence of a ring");
	}
	for (int i = 0; i < ROUNDS * RINGS; i++) {
		if (wait_readable(fences[i]) < 0)
			return fail("a ring's fence is never signalled");
		close(fences[i]);
	}
	for (int i = 0; i < ROUNDS; i++) {
		if (wait_readable(card) < 0 || read(card, &event, sizeof(event)) != sizeof(event) ||
			event.type != VIRTGPU_ABI_EVENT_FENCE_SIGNALED)
			return fail("no event of the polled ring's fence");
	}
	if (submit(card, RINGS) >= 0 || errno != EINVAL)
		return fail("a ring too many was taken");
	printf("rings: %d fences on %d rings, %d events\n", ROUNDS * RINGS, RINGS, ROUNDS);
	return 0;
}

static int blob_create(int card, uint32_t mem, struct virtgpu_abi_create_blob *blob)
{
	*blob = (struct virtgpu_abi_create_blob){
		.blob_mem = mem,
		.blob_flags = VIRTGPU_ABI_BLOB_MAPPABLE | VIRTGPU_ABI_BLOB_SHAREABLE |
			VIRTGPU_ABI_BLOB_CROSS_DEVICE,
		.size = BLOB_BYTES,
	};
	return drmIoctl(card, VIRTGPU_ABI_IOCTL_CREATE_BLOB, blob);
}

/* Written through the driver's mapping, read through the exported descriptor's. */
static int blob_share(int card)
{
	struct virtgpu_abi_create_blob blob;
	int fd;

	if (blob_create(card, VIRTGPU_ABI_BLOB_MEM_GUEST, &blob) < 0)
		return fail("no blob");
	struct drm_virtgpu_map map = { .handle = blob.bo_handle };
	if (drmIoctl(card, DRM_IOCTL_VIRTGPU_MAP, &map) < 0)
		return fail("the blob has no offset");
	char *mine = mmap(NULL, BLOB_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, card, map.offset);
	if (mine == MAP_FAILED)
		return fail("the blob cannot be mapped");
	strcpy(mine + BLOB_BYTES - 16, "from the guest");
	if (drmPrimeHandleToFD(card, blob.bo_handle, DRM_CLOEXEC | DRM_RDWR, &fd) < 0)
		return fail("the blob cannot be exported");
	char *theirs = mmap(NULL, BLOB_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (theirs == MAP_FAILED || strcmp(theirs + BLOB_BYTES - 16, "from the guest") != 0)
		return fail("the exported blob has other content");
	printf("rings: blob %u exported\n", blob.res_handle);
	return 0;
}

static int texture_export(int card)
{
	struct drm_virtgpu_resource_create create = {
		.target = 2, .format = 1, .bind = 2, .width = 64, .height = 64,
		.depth = 1, .array_size = 1, .size = 64 * 64 * 4,
	};
	int fd;

	if (drmIoctl(card, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create) < 0)
		return fail("no texture");
	if (drmPrimeHandleToFD(card, create.bo_handle, DRM_CLOEXEC, &fd) < 0)
		return fail("the texture cannot be exported");
	printf("rings: texture %u exported\n", create.res_handle);
	return 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	int card = argc == 2 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	if (card < 0)
		return fail("no card");
	if (param_get(card, VIRTGPU_PARAM_3D_FEATURES) != 1 ||
		param_get(card, VIRTGPU_ABI_PARAM_RESOURCE_BLOB) != 1 ||
		param_get(card, VIRTGPU_ABI_PARAM_CROSS_DEVICE) != 1 ||
		param_get(card, VIRTGPU_ABI_PARAM_CONTEXT_INIT) != 1 ||
		param_get(card, VIRTGPU_ABI_PARAM_CAPSETS) != (1 << 1 | 1 << 2))
		return fail("a feature is missing");
	if (context_init(card, 5) == 0 || errno != EINVAL)
		return fail("the driver took a capset that is not offered");
	if (context_init(card, 2) < 0)
		return fail("no context of the capset");
	if (rings_use(card) || blob_share(card) || texture_export(card))
		return 1;
	printf("rings: all is well\n");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A card's memory, and vgem's fences. */
#include "card_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

/* The kernel's vgem_drm.h, which no package has. */
struct vgem_fence_attach {
	uint32_t handle, flags, out_fence, pad;
};
struct vgem_fence_signal {
	uint32_t fence, flags;
};
#define VGEM_FENCE_WRITE 1
#define VGEM_FENCE_ATTACH DRM_IOWR(DRM_COMMAND_BASE + 1, struct vgem_fence_attach)
#define VGEM_FENCE_SIGNAL DRM_IOW(DRM_COMMAND_BASE + 2, struct vgem_fence_signal)

void memory_fill(uint32_t *pixels, size_t bytes, uint32_t colour)
{
	for (size_t i = 0; i < bytes / 4; i++)
		pixels[i] = colour;
}

int card_memory_create(int card, uint32_t *handle, uint32_t *pitch, uint32_t width, uint32_t height,
	uint32_t upper, uint32_t lower)
{
	uint64_t size, offset;
	int fd;

	if (drmModeCreateDumbBuffer(card, width, height, 32, 0, handle, pitch, &size) < 0 ||
		drmModeMapDumbBuffer(card, *handle, &offset) < 0 ||
		drmPrimeHandleToFD(card, *handle, DRM_CLOEXEC | DRM_RDWR, &fd) < 0)
		fail("no memory of the card");
	uint32_t *pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, card, offset);
	if (pixels == MAP_FAILED)
		fail("the card's memory cannot be mapped");
	size_t half_bytes = (size_t)*pitch * (height / 2);
	memory_fill(pixels, half_bytes, upper);
	memory_fill(pixels + half_bytes / 4, size - half_bytes, lower);
	munmap(pixels, size);
	return fd;
}

uint32_t vgem_fence_create(int vgem, uint32_t handle)
{
	struct vgem_fence_attach attach = { .handle = handle, .flags = VGEM_FENCE_WRITE };

	if (drmIoctl(vgem, VGEM_FENCE_ATTACH, &attach) < 0)
		fail("no fence");
	return attach.out_fence;
}

void vgem_fence_signal(int vgem, uint32_t fence)
{
	struct vgem_fence_signal signal = { .fence = fence };

	if (drmIoctl(vgem, VGEM_FENCE_SIGNAL, &signal) < 0)
		fail("the fence is signalled already");
}

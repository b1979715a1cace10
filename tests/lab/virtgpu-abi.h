/* SPDX-License-Identifier: MIT */
#ifndef VIRTGPU_ABI_H
#define VIRTGPU_ABI_H

/* What Linux 5.16 and later ask of virtio-gpu's user, and Debian 12's libdrm does not know yet. */

#include <stdint.h>
#include <virtgpu_drm.h>

#define VIRTGPU_ABI_PARAM_RESOURCE_BLOB 3
#define VIRTGPU_ABI_PARAM_CROSS_DEVICE 5
#define VIRTGPU_ABI_PARAM_CONTEXT_INIT 6
#define VIRTGPU_ABI_PARAM_CAPSETS 7 /* bit per capset id */

#define VIRTGPU_ABI_EXECBUF_FENCE_FD_OUT 2
#define VIRTGPU_ABI_EXECBUF_RING_IDX 4

struct virtgpu_abi_execbuffer {
	uint32_t flags, size;
	uint64_t command, bo_handles;
	uint32_t num_bo_handles;
	int32_t fence_fd;
	uint32_t ring_idx, pad;
};
#define VIRTGPU_ABI_IOCTL_EXECBUFFER                                                               \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_EXECBUFFER, struct virtgpu_abi_execbuffer)

#define VIRTGPU_ABI_BLOB_MEM_GUEST 1
#define VIRTGPU_ABI_BLOB_MEM_HOST3D 2
#define VIRTGPU_ABI_BLOB_MAPPABLE 1
#define VIRTGPU_ABI_BLOB_SHAREABLE 2
#define VIRTGPU_ABI_BLOB_CROSS_DEVICE 4

struct virtgpu_abi_create_blob {
	uint32_t blob_mem, blob_flags;
	uint32_t bo_handle, res_handle; /* out */
	uint64_t size;
	uint32_t pad, cmd_size;
	uint64_t cmd, blob_id;
};
#define VIRTGPU_ABI_IOCTL_CREATE_BLOB                                                              \
	DRM_IOWR(DRM_COMMAND_BASE + 0x0a, struct virtgpu_abi_create_blob)

#define VIRTGPU_ABI_CONTEXT_CAPSET 1
#define VIRTGPU_ABI_CONTEXT_RINGS 2
#define VIRTGPU_ABI_CONTEXT_POLL_MASK 3 /* of these rings each fence is an event */

struct virtgpu_abi_context_param {
	uint64_t param, value;
};
struct virtgpu_abi_context_init {
	uint32_t num_params, pad;
	uint64_t params;
};
#define VIRTGPU_ABI_IOCTL_CONTEXT_INIT                                                             \
	DRM_IOWR(DRM_COMMAND_BASE + 0x0b, struct virtgpu_abi_context_init)

#define VIRTGPU_ABI_EVENT_FENCE_SIGNALED 0x90000000u

#endif

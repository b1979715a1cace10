/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_IMPORT_H
#define COMPOSITOR_KMS_IMPORT_H

/*
 * Framebuffers of clients' dma-bufs. What the driver says is kept as long as the dma-buf:
 * whoever has its framebuffer on a plane keeps a reference.
 */

#include <stdint.h>

struct dmabuf;
struct kms_device;

/*
 * As if its px were of this format: its own, or that without alpha. 0: the driver makes
 * none. The device outlives the dma-buf.
 */
uint32_t kms_import(const struct kms_device *device, struct dmabuf *dmabuf, uint32_t fourcc);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_FRAMEBUFFER_H
#define COMPOSITOR_KMS_FRAMEBUFFER_H

/* A dma-buf as a framebuffer of a card: what planes show. */

#include <stdint.h>

struct dmabuf;

/*
 * Its id, to be removed by drmModeRmFB, which takes it from the screen. The px are as the
 * dma-buf's are, or the same without alpha. 0 or negative errno.
 */
int kms_framebuffer_add(
	int fd, const struct dmabuf *dmabuf, uint32_t fourcc, uint32_t *framebuffer);

#endif

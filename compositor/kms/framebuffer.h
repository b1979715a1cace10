/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_FRAMEBUFFER_H
#define COMPOSITOR_KMS_FRAMEBUFFER_H

/* A dma-buf as a framebuffer of a card: what planes show. */

#include <stdint.h>

struct dmabuf;

/* Its id, to be removed by drmModeRmFB, which takes it from the screen. 0 or negative errno. */
int kms_framebuffer_add(int fd, const struct dmabuf *dmabuf, uint32_t *framebuffer);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef LAB_CARD_MEMORY_H
#define LAB_CARD_MEMORY_H

/* A card's own memory as dma-bufs, and vgem's fences. What fails ends the program, which says so.
 */

#include <stddef.h>
#include <stdint.h>

/* By the program. */
_Noreturn void fail(const char *what);

void memory_fill(uint32_t *pixels, size_t bytes, uint32_t colour);
/* A dma-buf of 32 bits a px: the upper half in one colour, the lower in another. */
int card_memory_create(int card, uint32_t *handle, uint32_t *pitch, uint32_t width, uint32_t height,
	uint32_t upper, uint32_t lower);
/* Somebody draws to that memory, until it is signalled. */
uint32_t vgem_fence_create(int vgem, uint32_t handle);
void vgem_fence_signal(int vgem, uint32_t fence);

#endif

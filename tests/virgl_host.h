/* SPDX-License-Identifier: MIT */
#ifndef TESTS_VIRGL_HOST_H
#define TESTS_VIRGL_HOST_H

/* What mullion-render calls, in this process: to be watched by a tool. Each gives a response. */

#include <stddef.h>
#include <stdint.h>

void host_start(void);
void host_finish(void);
uint32_t host_create_context(uint32_t id);
uint32_t host_destroy_context(uint32_t id);
/* Attached to the context. */
uint32_t host_create_buffer(uint32_t context, uint32_t id, uint32_t bind, uint32_t bytes);
uint32_t host_create_texture(uint32_t context, uint32_t id, uint32_t bind, uint32_t size_px);
uint32_t host_unref(uint32_t id);
uint32_t host_detach(uint32_t context, uint32_t id);
uint32_t host_submit(uint32_t context, const uint32_t *words, size_t count);

#endif

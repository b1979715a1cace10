/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_VIRGL_FORMAT_H
#define PROTOCOL_VIRGL_FORMAT_H

/* Virgl's pixel formats: how many bytes a block of how many pixels takes. */

#include <stdint.h>

/* Formats from here on are not known; bits of them are taken out of capsets. */
#define VIRGL_FORMAT_END 314

#define VIRGL_FORMAT_NONE 0
#define VIRGL_FORMAT_B8G8R8A8_UNORM 1
#define VIRGL_FORMAT_B8G8R8X8_UNORM 2
#define VIRGL_FORMAT_R8_UNORM 64
#define VIRGL_FORMAT_R8G8B8A8_UNORM 67

struct virgl_format {
	uint8_t block_width_px, block_height_px;
	uint8_t block_bytes;
};

/* NULL for a number that virglrenderer 0.10.4 has no layout of. NONE counts bytes, for buffers. */
const struct virgl_format *virgl_format_find(uint32_t format);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_EDID_H
#define PROTOCOL_EDID_H

/*
 * Makes the EDID of a head (VESA E-EDID 1.4; DisplayID 1.3 where a mode does not
 * fit a detailed timing: more than 4095 pixels either way, or 655.35 MHz).
 */

#include <stddef.h>
#include <stdint.h>

#define EDID_BLOCK_BYTES 128
#define EDID_MAX_BYTES (2 * EDID_BLOCK_BYTES)

/* The least and the most of what edid_make takes; beyond, it clamps. */
#define EDID_MIN_SIZE_PX 16
#define EDID_MAX_SIZE_PX 16384
#define EDID_MIN_REFRESH_MHZ 20000
#define EDID_MAX_REFRESH_MHZ 360000

struct edid_head {
	const char *guest; /* borrowed; name, serial and product code come of it and of `head` */
	uint32_t head;
	uint32_t width_px, height_px; /* the preferred mode */
	uint32_t refresh_mhz;         /* millihertz */
	uint32_t width_mm, height_mm; /* 0: as with 96 dots an inch */
};

/* Of a screen that has none of its own: 96 dots an inch. */
void edid_size_mm(uint32_t width_px, uint32_t height_px, uint32_t *width_mm, uint32_t *height_mm);
/* Returns how many bytes it wrote: one block, or two. */
size_t edid_make(const struct edid_head *head, uint8_t edid[static EDID_MAX_BYTES]);

#endif

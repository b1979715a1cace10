/* SPDX-License-Identifier: MIT */
#include "protocol/virgl_format.h"

#include <stddef.h>

/* Kinds of layout: B with bytes a pixel, S and A compressed. */
enum layout {
	NO,
	B1,
	B2,
	B3,
	B4,
	B6,
	B8,
	B12,
	B16,
	B24,
	B32,
	BIT, /* eight pixels a byte */
	YUV, /* two pixels share colour */
	S8,  /* S3TC, RGTC, ETC: 4x4 in 8 bytes */
	S16, /* S3TC, RGTC, BPTC, ETC2, ASTC 4x4: 4x4 in 16 bytes */
	A5_4,
	A5_5,
	A6_5,
	A6_6,
	A8_5,
	A8_6,
	A8_8,
	A10_5,
	A10_6,
	A10_8,
	A10_10,
	A12_10,
	A12_12,
};

static const struct virgl_format layouts[] = {
	[B1] = { 1, 1, 1 },
	[B2] = { 1, 1, 2 },
	[B3] = { 1, 1, 3 },
	[B4] = { 1, 1, 4 },
	[B6] = { 1, 1, 6 },
	[B8] = { 1, 1, 8 },
	[B12] = { 1, 1, 12 },
	[B16] = { 1, 1, 16 },
	[B24] = { 1, 1, 24 },
	[B32] = { 1, 1, 32 },
	[BIT] = { 8, 1, 1 },
	[YUV] = { 2, 1, 4 },
	[S8] = { 4, 4, 8 },
	[S16] = { 4, 4, 16 },
	[A5_4] = { 5, 4, 16 },
	[A5_5] = { 5, 5, 16 },
	[A6_5] = { 6, 5, 16 },
	[A6_6] = { 6, 6, 16 },
	[A8_5] = { 8, 5, 16 },
	[A8_6] = { 8, 6, 16 },
	[A8_8] = { 8, 8, 16 },
	[A10_5] = { 10, 5, 16 },
	[A10_6] = { 10, 6, 16 },
	[A10_8] = { 10, 8, 16 },
	[A10_10] = { 10, 10, 16 },
	[A12_10] = { 12, 10, 16 },
	[A12_12] = { 12, 12, 16 },
};

/* The numbers are Gallium's of 2012 with what Virgl added; the renderer counts with these sizes. */
/* clang-format off */
static const uint8_t formats[VIRGL_FORMAT_END] = {
	/*   0 */ B1, B4, B4, B4, B4, B2, B2, B2, B4, B1,
	/*  10 */ B1, B1, B2, B2, YUV, YUV, B2, B4, B4, B4,
	/*  20 */ B4, B4, B4, B1, B8, B16, B24, B32, B4, B8,
	/*  30 */ B12, B16, B4, B8, B12, B16, B4, B8, B12, B16,
	/*  40 */ B4, B8, B12, B16, B4, B8, B12, B16, B2, B4,
	/*  50 */ B6, B8, B2, B4, B6, B8, B2, B4, B6, B8,
	/*  60 */ B2, B4, B6, B8, B1, B2, B3, B4, B4, B1,
	/*  70 */ B2, B3, B4, NO, B1, B2, B3, B4, NO, NO,
	/*  80 */ NO, NO, B1, B2, B3, B4, NO, B4, B8, B12,
	/*  90 */ B16, B2, B4, B6, B8, B1, B2, B3, B4, B4,
	/* 100 */ B4, B4, B4, B4, B4, S8, S8, S16, S16, S8,
	/* 110 */ S8, S16, S16, S8, S8, S16, S16, YUV, YUV, B4,
	/* 120 */ B2, B4, B2, B4, B4, B4, B8, BIT, B4, B4,
	/* 130 */ B1, B4, B4, B2, B4, B2, B4, B4, B8, B1,
	/* 140 */ B4, B2, B2, S8, S8, S16, S16, B1, B1, B2,
	/* 150 */ B1, B2, B2, B4, B2, B2, B2, B4, B2, B4,
	/* 160 */ B4, B8, B4, B4, B4, B4, B4, B4, B1, B1,
	/* 170 */ B2, B2, B4, B4, B4, B4, B4, B1, B2, B3,
	/* 180 */ B4, B1, B2, B3, B4, B2, B4, B6, B8, B2,
	/* 190 */ B4, B6, B8, B4, B8, B12, B16, B4, B8, B12,
	/* 200 */ B16, B1, B1, B1, B2, B1, B1, B1, B2, B2,
	/* 210 */ B2, B2, B4, B2, B2, B2, B4, B4, B4, B4,
	/* 220 */ B8, B4, B4, B4, B8, B4, S8, YUV, YUV, B4,
	/* 230 */ B4, B4, B4, B4, B8, B8, B8, B8, B8, B16,
	/* 240 */ B16, B16, B2, B4, B4, B4, B8, B2, B2, B4,
	/* 250 */ B4, B8, B8, B4, B2, S16, S16, S16, S16, B2,
	/* 260 */ B2, B2, B4, B2, B2, B4, B4, B4, B4, S8,
	/* 270 */ S8, S8, S8, S16, S16, S8, S8, S16, S16, S16,
	/* 280 */ A5_4, A5_5, A6_5, A6_6, A8_5, A8_6, A8_8, A10_5, A10_6, A10_8,
	/* 290 */ A10_10, A12_10, A12_12, S16, A5_4, A5_5, A6_5, A6_6, A8_5, A8_6,
	/* 300 */ A8_8, A10_5, A10_6, A10_8, A10_10, A12_10, A12_12, NO, B4, NO,
	/* 310 */ NO, B2, B1, B2,
};
/* clang-format on */

const struct virgl_format *virgl_format_find(uint32_t format)
{
	if (format >= VIRGL_FORMAT_END || formats[format] == NO)
		return NULL;
	return &layouts[formats[format]];
}

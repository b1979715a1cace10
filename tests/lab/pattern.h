/* SPDX-License-Identifier: MIT */
#ifndef PATTERN_H
#define PATTERN_H

/*
 * What dumb.c leaves on a head and check-pattern.c expects there: the pattern of
 * the page it flipped to, and in the middle the pattern that it drew over it.
 */

#include <stdbool.h>

#include "picture.h"

enum pattern_step {
	PATTERN_STEP_SET,    /* the first buffer, with the mode */
	PATTERN_STEP_FLIP,   /* the second one, all of it */
	PATTERN_STEP_DAMAGE, /* the second one, a rectangle told by DIRTYFB */
	PATTERN_STEPS,
};

static inline uint32_t pattern_seed(uint32_t number, uint32_t head, enum pattern_step step)
{
	return number * 64 + head * PATTERN_STEPS + step;
}

struct pattern_rectangle {
	uint32_t left, top, right, bottom;
};

/* Odd, so that no alignment hides a mistake. */
static inline struct pattern_rectangle pattern_damage(uint32_t width_px, uint32_t height_px)
{
	return (struct pattern_rectangle){ width_px / 4 + 1, height_px / 4 + 1,
		width_px * 3 / 4 - 2, height_px * 3 / 4 - 2 };
}

/* What the head shows after all steps. */
static inline uint32_t pattern_final_at(uint32_t x, uint32_t y, uint32_t number, uint32_t head,
	const struct pattern_rectangle *damage)
{
	bool is_damaged = x >= damage->left && x < damage->right && y >= damage->top &&
		y < damage->bottom;
	return picture_pattern_at(x, y,
		pattern_seed(number, head, is_damaged ? PATTERN_STEP_DAMAGE : PATTERN_STEP_FLIP));
}

#endif

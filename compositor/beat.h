/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_BEAT_H
#define COMPOSITOR_BEAT_H

/*
 * When to begin a frame: as late as is safe, so that it shows what is newest when its
 * refresh comes. Pure; the clock is the caller's.
 *
 *       refresh                                   refresh
 *    ------|---------------------------[margin][cost]|------
 *        shown                         begin       target
 *
 * The cost is the most that frames took lately from when they were to begin, but for those
 * that no lead would have saved. The margin is for the driver: it grows when a frame that
 * was given in time was late all the same, and shrinks slowly.
 */

#include <stdbool.h>
#include <stdint.h>

struct beat {
	uint32_t refresh_ns;
	bool is_variable;  /* refreshes wait for frames (VRR) */
	int64_t last_ns;   /* when the last frame was shown; 0: not known */
	bool is_at_once;   /* that one waited for no refresh: there are none to be met */
	int64_t begin_ns;  /* when the one under way was to begin */
	int64_t given_ns;  /* when the last one was given to the screen */
	int64_t target_ns; /* when the one under way is due; 0: at any time */
	int64_t cost_ns, margin_ns;
};

void beat_init(struct beat *beat, uint32_t refresh_ns);
/* When to begin a frame that is wanted since then; what is past: at once. */
int64_t beat_begin(struct beat *beat, int64_t wanted_ns);
/* From a refresh until the frame for the next one is begun. */
int64_t beat_spare_ns(const struct beat *beat);
/* The frame was given to the screen. */
void beat_given(struct beat *beat, int64_t given_ns);
/* It was shown then. true: later than was meant. */
bool beat_shown(struct beat *beat, int64_t shown_ns, bool is_at_once);
/* When refreshes are is not known any more. */
void beat_lose(struct beat *beat);

#endif

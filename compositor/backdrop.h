/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_BACKDROP_H
#define COMPOSITOR_BACKDROP_H

/*
 * What an output shows where no window is: a colour, a picture in its middle, and words
 * when a window that was there is gone or shows nothing new.
 */

#include <stdbool.h>
#include <stdint.h>

#define BACKDROP_TEXT_MAX 400

struct buffer;
struct config_background;

struct backdrop {
	struct buffer *colour;  /* NULL: black */
	struct buffer *picture; /* NULL: none */
	struct buffer *words;   /* NULL: none are said */
	char text[BACKDROP_TEXT_MAX];
};

/* Of none (all zero) or another one. What cannot be loaded is said, and left out. */
void backdrop_renew(struct backdrop *backdrop, const struct config_background *background);
void backdrop_finish(struct backdrop *backdrop);
/* Lines, the first one a title; NULL: nothing. In px of this scale. False: it says that already. */
bool backdrop_say(struct backdrop *backdrop, const char *text, uint32_t scale_120);

#endif

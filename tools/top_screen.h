/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_TOP_SCREEN_H
#define TOOLS_TOP_SCREEN_H

/* What mullionctl top draws. In one colour it says the same; what is too wide is left out. */

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#define TOP_GUESTS_MAX 256
#define TOP_NAME_MAX 64

enum top_sort {
	TOP_SORT_FILE, /* as in the configuration */
	TOP_SORT_SHARE,
	TOP_SORT_WAIT,
	TOP_SORT_MEMORY,
	TOP_SORT_NAME,
	TOP_SORT_COUNT,
};

struct top_view {
	struct json_object *before, *after; /* two answers of Stats; owned; NULL: not yet */
	enum top_sort sort;
	bool programs;               /* of containers, below them */
	char chosen[TOP_NAME_MAX];   /* a guest; empty: none yet */
	char message[256];           /* what went wrong, or was done; empty: nothing */
	bool lost;                   /* mulliond: what is shown is old */
};

/* With the screen as large as it is now. */
void top_draw(struct top_view *view);
/* Of `after`, the chosen guest; NULL: there is none. */
struct json_object *top_chosen(const struct top_view *view);
/* The guest `by` lines below the chosen one is chosen, as far as there are some. */
void top_choose(struct top_view *view, int by);

#endif

/* SPDX-License-Identifier: MIT */
/* mullionctl top: the screen. */
#include "tools/top_screen.h"

#include <inttypes.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/stats_rate.h"
#include "tools/value.h"

#define GUESTS_Y 2 /* the title, the heads of columns */
#define BAR_MIN 10
#define BAR_MAX 50
#define CELL_MAX 80

/* In the order of the screen, each with its place in the order of importance. */
enum column {
	COLUMN_NAME,
	COLUMN_STANDING,
	COLUMN_WEIGHT,
	COLUMN_BAR,
	COLUMN_SHARE,
	COLUMN_DUE,
	COLUMN_GPU,
	COLUMN_WAIT,
	COLUMN_FPS,
	COLUMN_MEMORY,
	COLUMN_COUNT,
};

static const struct {
	const char *title;
	int width;
	int rank; /* a column goes before those of a lower one */
} columns[COLUMN_COUNT] = {
	[COLUMN_NAME] = { "GUEST", 12, 0 },
	[COLUMN_STANDING] = { "STANDING", 8, 9 },
	[COLUMN_WEIGHT] = { "WEIGHT", 6, 5 },
	[COLUMN_BAR] = { "SHARE, AND WHAT IS DUE |", BAR_MIN, 3 },
	[COLUMN_SHARE] = { "SHARE", 6, 1 },
	[COLUMN_DUE] = { "DUE", 6, 2 },
	[COLUMN_GPU] = { "GPU ms/s", 8, 8 },
	[COLUMN_WAIT] = { "WAIT 99%", 8, 6 },
	[COLUMN_FPS] = { "FPS", 11, 4 },
	[COLUMN_MEMORY] = { "MEMORY", 20, 7 },
};

struct layout {
	int widths[COLUMN_COUNT]; /* 0: there is no room */
};

static void layout_make(struct layout *layout, const struct stats_rate *rates, size_t n)
{
	int left = COLS, name = columns[COLUMN_NAME].width;

	*layout = (struct layout){ 0 };
	for (size_t i = 0; i < n; i++) {
		int len = strlen(rates[i].name);
		name = len > name ? len : name;
	}
	for (int rank = 0; rank < COLUMN_COUNT; rank++) {
		for (int i = 0; i < COLUMN_COUNT; i++) {
			int width = i == COLUMN_NAME ? name : columns[i].width;
			if (columns[i].rank != rank)
				continue;
			if (rank == 0 && width > left / 2)
				width = left / 2;
			if (width + 1 > left)
				return;
			layout->widths[i] = width;
			left -= width + 1;
		}
	}
	layout->widths[COLUMN_BAR] += left < BAR_MAX - BAR_MIN ? left : BAR_MAX - BAR_MIN;
}

static void draw_line(int y, attr_t attributes, const char *text)
{
	move(y, 0);
	attron(attributes);
	addnstr(text, COLS);
	for (int x = getcurx(stdscr); attributes & A_REVERSE && getcury(stdscr) == y && x < COLS; x++)
		addch(' ');
	attroff(attributes);
}

/* "=====|...." */
static void bar_print(char *text, int width, double share, double due)
{
	int end = share * width + 0.5, mark = due * width - 0.5;

	for (int i = 0; i < width; i++)
		text[i] = i < end ? '=' : '.';
	if (due > 0)
		text[mark < 0 ? 0 : mark >= width ? width - 1 : mark] = '|';
	text[width] = '\0';
}

/* Of each head; of a container, of all programs together. */
static void fps_print(char text[static CELL_MAX], const struct stats_rate *rate)
{
	size_t len = 0;

	text[0] = '\0';
	if (array_length(rate->clients))
		snprintf(text, CELL_MAX, "%.0f", rate->fps);
	for (size_t i = 0; i < array_length(rate->heads) && len < CELL_MAX - 12; i++) {
		double fps = get_int(json_object_array_get_idx(rate->heads, i), "rate_mhz") / 1e3;
		len += snprintf(text + len, CELL_MAX - len, "%s%.0f", i ? " " : "", fps);
	}
}

static void cell_print(
	char text[static CELL_MAX], enum column column, int width, const struct stats_rate *rate)
{
	char used[VALUE_TEXT], limit[VALUE_TEXT];

	switch (column) {
	case COLUMN_NAME:
		snprintf(text, CELL_MAX, "%s", rate->name);
		break;
	case COLUMN_STANDING:
		snprintf(text, CELL_MAX, "%s", rate->standing);
		break;
	case COLUMN_WEIGHT:
		snprintf(text, CELL_MAX, "%*" PRId64, width, rate->weight);
		break;
	case COLUMN_BAR:
		bar_print(text, width, rate->share, rate->due);
		break;
	case COLUMN_SHARE:
		snprintf(text, CELL_MAX, "%*.1f%%", width - 1, rate->share * 100);
		break;
	case COLUMN_DUE:
		snprintf(text, CELL_MAX, "%*.1f%%", width - 1, rate->due * 100);
		break;
	case COLUMN_GPU:
		snprintf(text, CELL_MAX, "%*.0f", width, rate->share * 1000);
		break;
	case COLUMN_WAIT:
		snprintf(text, CELL_MAX, "%*s", width,
			rate->wait_p99_us ? format_us(used, rate->wait_p99_us) : "-");
		break;
	case COLUMN_FPS:
		fps_print(text, rate);
		break;
	case COLUMN_MEMORY:
		snprintf(text, CELL_MAX, "%s of %s", format_bytes(used, rate->memory_bytes),
			format_bytes(limit, rate->memory_limit_bytes));
		break;
	case COLUMN_COUNT:
		break;
	}
}

static void draw_guest(
	int y, const struct layout *layout, const struct stats_rate *rate, bool chosen)
{
	char text[CELL_MAX];
	int x = 0;

	if (chosen)
		draw_line(y, A_REVERSE, "");
	for (enum column i = 0; i < COLUMN_COUNT; i++) {
		attr_t attributes = chosen ? A_REVERSE : i == COLUMN_BAR ? COLOR_PAIR(1) : A_NORMAL;
		if (!layout->widths[i])
			continue;
		cell_print(text, i, layout->widths[i], rate);
		attron(attributes);
		mvaddnstr(y, x, text, layout->widths[i]);
		attroff(attributes);
		x += layout->widths[i] + 1;
	}
}

static void draw_titles(const struct layout *layout)
{
	int x = 0;

	draw_line(1, A_REVERSE, "");
	attron(A_REVERSE);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		bool right = i == COLUMN_WEIGHT || (i >= COLUMN_SHARE && i <= COLUMN_WAIT);
		if (!layout->widths[i])
			continue;
		mvprintw(1, x, "%*.*s", right ? layout->widths[i] : -layout->widths[i],
			layout->widths[i], columns[i].title);
		x += layout->widths[i] + 1;
	}
	attroff(A_REVERSE);
}

/* -- the order -- */

static enum top_sort sort_by;

static int rate_compare(const void *a_void, const void *b_void)
{
	const struct stats_rate *a = a_void, *b = b_void;

	switch (sort_by) {
	case TOP_SORT_SHARE:
		return (a->share < b->share) - (a->share > b->share);
	case TOP_SORT_WAIT:
		return (a->wait_p99_us < b->wait_p99_us) - (a->wait_p99_us > b->wait_p99_us);
	case TOP_SORT_MEMORY:
		return (a->memory_bytes < b->memory_bytes) - (a->memory_bytes > b->memory_bytes);
	case TOP_SORT_NAME:
		return strcmp(a->name, b->name);
	case TOP_SORT_FILE:
	case TOP_SORT_COUNT:
		break;
	}
	return 0;
}

/* How many there are; `rates` has room for TOP_GUESTS_MAX. */
static size_t view_rates(const struct top_view *view, struct stats_rate *rates)
{
	int64_t elapsed_us = stats_elapsed_us(view->before, view->after);
	size_t n = array_length(get_array(view->after, "guests"));

	if (!elapsed_us)
		return 0;
	n = n < TOP_GUESTS_MAX ? n : TOP_GUESTS_MAX;
	for (size_t i = 0; i < n; i++)
		stats_rate(view->before, view->after, i, elapsed_us, &rates[i]);
	sort_by = view->sort;
	if (sort_by != TOP_SORT_FILE)
		qsort(rates, n, sizeof(*rates), rate_compare);
	return n;
}

/* The first one where the chosen one is gone. */
static size_t view_find_chosen(
	const struct top_view *view, const struct stats_rate *rates, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rates[i].name, view->chosen) == 0)
			return i;
	}
	return 0;
}

static void view_set_chosen(struct top_view *view, const char *name)
{
	snprintf(view->chosen, sizeof(view->chosen), "%s", name);
}

void top_choose(struct top_view *view, int by)
{
	static struct stats_rate rates[TOP_GUESTS_MAX];
	size_t n = view_rates(view, rates);
	int next = (int)view_find_chosen(view, rates, n) + by;

	if (n)
		view_set_chosen(view, rates[next < 0 ? 0 : next >= (int)n ? (int)n - 1 : next].name);
}

static struct json_object *view_find_guest(const struct top_view *view, const char *name)
{
	struct json_object *guests = get_array(view->after, "guests");

	for (size_t i = 0; i < array_length(guests); i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);
		if (strcmp(get_string(guest, "name"), name) == 0)
			return guest;
	}
	return NULL;
}

struct json_object *top_chosen(const struct top_view *view)
{
	return view_find_guest(view, view->chosen);
}

/* -- the whole -- */

static void draw_title(const struct top_view *view)
{
	int64_t elapsed_us = stats_elapsed_us(view->before, view->after);
	int64_t used_us = get_int(view->after, "gpu_us") - get_int(view->before, "gpu_us");
	char text[256];

	if (!elapsed_us)
		snprintf(text, sizeof(text), "mullion");
	else
		snprintf(text, sizeof(text), "mullion  GPU %.1f%%  guests %zu%s",
			100.0 * used_us / elapsed_us,
			array_length(get_array(view->after, "guests")),
			get_bool(view->after, "mediation") ? "" : "  mediation = off");
	draw_line(0, A_BOLD, text);
}

static int draw_programs(
	int y, int y_end, const struct top_view *view, const struct stats_rate *rate)
{
	struct json_object *guest = view_find_guest(view, rate->name);
	int64_t elapsed_us = stats_elapsed_us(view->before, view->after);
	char text[256];

	for (size_t i = 0; i < array_length(rate->clients) && y < y_end; i++) {
		struct json_object *client = json_object_array_get_idx(rate->clients, i);
		snprintf(text, sizeof(text), "  %5.1f%%  %s (%" PRId64 ")",
			100 * stats_client_share(view->before, guest, i, elapsed_us),
			get_string(client, "program"), get_int(client, "pid"));
		draw_line(y++, A_NORMAL, text);
	}
	return y;
}

static void draw_foot(const struct top_view *view)
{
	static const char *const sorts[] = { "file", "share", "wait", "memory", "name" };
	char text[128];

	snprintf(text, sizeof(text), "q quit  s sort: %s  p programs  up/down choose  +/- weight",
		sorts[view->sort]);
	if (LINES <= GUESTS_Y + 2)
		return;
	draw_line(LINES - 1, A_NORMAL, text);
	if (*view->message)
		draw_line(LINES - 2, view->lost ? A_BOLD : A_NORMAL, view->message);
}

/* The first one on the screen, so that the chosen one is on it too. */
static size_t view_first(
	const struct top_view *view, const struct stats_rate *rates, size_t chosen, int height)
{
	size_t first = chosen;
	int lines = 1;

	while (first > 0) {
		lines += 1 + (view->programs ? array_length(rates[first - 1].clients) : 0);
		if (lines > height)
			break;
		first--;
	}
	return first;
}

void top_draw(struct top_view *view)
{
	static struct stats_rate rates[TOP_GUESTS_MAX];
	size_t n = view_rates(view, rates), chosen = view_find_chosen(view, rates, n);
	int y = GUESTS_Y, y_end = LINES - 2;
	struct layout layout;

	layout_make(&layout, rates, n);
	erase();
	draw_title(view);
	draw_titles(&layout);
	if (n)
		view_set_chosen(view, rates[chosen].name);
	size_t first = view_first(view, rates, chosen, y_end - y);
	for (size_t i = first; i < n && y < y_end; i++) {
		draw_guest(y++, &layout, &rates[i], i == chosen);
		if (view->programs)
			y = draw_programs(y, y_end, view, &rates[i]);
	}
	draw_foot(view);
	refresh();
}

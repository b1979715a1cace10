/* SPDX-License-Identifier: MIT */
/* The part of a panel that lies over a head. */
#include "backends/libinput/area.h"

#include "protocol/input.h"

const struct input_area area_whole = { 0, 0, 1, 1, 1, 1 };
const float uncalibrated[INPUT_CALIBRATION] = { 1, 0, 0, 0, 1, 0 };

/* Along one axis: `n` units from `at`, of all. */
struct span {
	uint64_t at, n, of;
};

static struct span span_across(const struct input_area *area)
{
	return (struct span){ area->x, area->width, area->of_width };
}

static struct span span_down(const struct input_area *area)
{
	return (struct span){ area->y, area->height, area->of_height };
}

static bool span_fits(struct span span)
{
	return span.n && span.of <= AREA_UNITS_MAX && span.at <= span.of &&
	       span.n <= span.of - span.at;
}

static bool spans_overlap(struct span one, struct span other)
{
	return one.at * other.of < (other.at + other.n) * one.of &&
	       other.at * one.of < (one.at + one.n) * other.of;
}

/* The panel's far edge is of the last span. */
static bool span_holds(struct span span, double at)
{
	double unit = at * span.of;

	if (span.at == 0 && unit < 0)
		return true;
	if (span.at + span.n == span.of && unit >= span.of)
		return true;
	return unit >= span.at && unit < span.at + span.n;
}

/* Rounded up: a guest that counts px finds the one that was meant. */
static int32_t span_place(struct span span, double at)
{
	const double little = 1e-6; /* what the division may be off by */
	double place = (at * span.of - span.at) / span.n * (INPUT_ABS_MAX + 1) - little;

	if (!(place > 0))
		return 0;
	return place >= INPUT_ABS_MAX ? INPUT_ABS_MAX : (int32_t)place + 1;
}

bool area_fits(const struct input_area *area)
{
	return span_fits(span_across(area)) && span_fits(span_down(area));
}

bool areas_overlap(const struct input_area *one, const struct input_area *other)
{
	return spans_overlap(span_across(one), span_across(other)) &&
	       spans_overlap(span_down(one), span_down(other));
}

bool area_holds(const struct input_area *area, double x, double y)
{
	return span_holds(span_across(area), x) && span_holds(span_down(area), y);
}

void area_place(const struct input_area *area, double x, double y, int32_t *head_x, int32_t *head_y)
{
	*head_x = span_place(span_across(area), x);
	*head_y = span_place(span_down(area), y);
}

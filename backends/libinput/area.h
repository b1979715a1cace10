/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_LIBINPUT_AREA_H
#define BACKENDS_LIBINPUT_AREA_H

/*
 * The part of a panel that lies over a head. Places on the panel are parts of its width
 * and height, from 0 to 1; a calibration may give others, which count as its edge.
 */

#include <stdbool.h>
#include <stdint.h>

#define AREAS_MAX 16 /* of a panel */
#define AREA_UNITS_MAX 65536

/* A rectangle, in units of which the panel has so many. */
struct input_area {
	uint32_t x, y, width, height;
	uint32_t of_width, of_height;
};

extern const struct input_area area_whole;

/* libinput's calibration: two rows of three, on places from 0 to 1. */
#define INPUT_CALIBRATION 6
/* As it is: as udev's rules say. */
extern const float uncalibrated[INPUT_CALIBRATION];

/* It is not empty, and within a panel of at most AREA_UNITS_MAX. */
bool area_fits(const struct input_area *area);
bool areas_overlap(const struct input_area *one, const struct input_area *other);
bool area_holds(const struct input_area *area, double x, double y);
/* Where that is on the head below: 0 to INPUT_ABS_MAX, its edge for what lies beyond. */
void area_place(
	const struct input_area *area, double x, double y, int32_t *head_x, int32_t *head_y);

#endif

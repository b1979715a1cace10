/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_OUTPUT_SPEC_H
#define COMPOSITOR_OUTPUT_SPEC_H

/* How an output is asked for: [NAME=]WIDTHxHEIGHT[@HZ][*SCALE]. */

#include "compositor/screen.h"

#define OUTPUT_SPECS_MAX 16
#define OUTPUT_SCALE_MAX 8

struct output_spec {
	char name[SCREEN_NAME_MAX]; /* empty: none was given */
	struct screen_mode mode;    /* a refresh of 0: none was given */
	uint32_t scale_120;
};

/* false: `text` is none, and `*spec` is as it was. */
bool output_spec_parse(struct output_spec *spec, const char *text);

#endif

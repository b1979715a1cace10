/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SPANS_H
#define TOOLS_SPANS_H

/* Who had the GPU when, as org.mullion.Control.Timeline tells it, gathered over a while. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#define SPANS_MAX (16 * 1024 * 1024)
#define SPANS_TRACKS_MAX 4096

struct span {
	uint32_t track;
	uint32_t used_us; /* 0: it waited */
	int64_t start_us, end_us;
};

struct spans_guest {
	char name[64];
	int64_t weight;
	double share, due; /* of the GPU in the whole time, 1: all of it */
};

/* A program of a container, or a VM. */
struct spans_track {
	uint32_t guest;
	int32_t pid; /* 0: a VM */
	char program[32];
};

struct spans {
	int64_t start_us, end_us; /* CLOCK_MONOTONIC; what lies outside is cut off */
	struct span *all;         /* owned, as the next two */
	size_t n, size;
	struct spans_guest *guests; /* in the configuration's order, then as they came */
	size_t n_guests;
	struct spans_track *tracks; /* as they came */
	size_t n_tracks;
	int64_t missed;
};

/* All zero is empty. */
void spans_finish(struct spans *spans);
/* The guests that there are; an answer of Stats. */
void spans_add_guests(struct spans *spans, struct json_object *stats);
/* What they had between two of these. */
void spans_set_shares(struct spans *spans, struct json_object *before, struct json_object *after);
/* An answer of Timeline. False: there are too many. */
bool spans_add(struct spans *spans, struct json_object *timeline);

/* Chrome's trace event format, which Perfetto opens: a process a guest, a thread a track. */
void spans_write_trace(const struct spans *spans, FILE *out);
/* A picture: a row a guest. */
void spans_write_svg(const struct spans *spans, FILE *out);

#endif

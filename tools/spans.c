/* SPDX-License-Identifier: MIT */
/* Spans of GPU time, gathered. */
#include "tools/spans.h"

#include <stdlib.h>
#include <string.h>

#include "tools/stats_rate.h"
#include "tools/value.h"

void spans_finish(struct spans *spans)
{
	free(spans->all);
	free(spans->guests);
	free(spans->tracks);
	*spans = (struct spans){ 0 };
}

/* Room for one more of `n`, where the room doubles. */
static void *grow(void *array, size_t n, size_t item_bytes)
{
	if (n & (n - 1))
		return array;
	array = reallocarray(array, n ? 2 * n : 1, item_bytes);
	if (!array)
		abort();
	return array;
}

static uint32_t find_guest(struct spans *spans, const char *name)
{
	for (size_t i = 0; i < spans->n_guests; i++) {
		if (strcmp(spans->guests[i].name, name) == 0)
			return i;
	}
	spans->guests = grow(spans->guests, spans->n_guests, sizeof(*spans->guests));
	struct spans_guest *guest = &spans->guests[spans->n_guests];
	*guest = (struct spans_guest){ 0 };
	snprintf(guest->name, sizeof(guest->name), "%s", name);
	return spans->n_guests++;
}

static uint32_t find_track(struct spans *spans, struct json_object *span)
{
	uint32_t guest = find_guest(spans, get_string(span, "guest"));
	int32_t pid = get_int(span, "pid");

	for (size_t i = spans->n_tracks; i-- > 0;) {
		if (spans->tracks[i].guest == guest && spans->tracks[i].pid == pid)
			return i;
	}
	if (spans->n_tracks == SPANS_TRACKS_MAX)
		return SPANS_TRACKS_MAX;
	spans->tracks = grow(spans->tracks, spans->n_tracks, sizeof(*spans->tracks));
	struct spans_track *track = &spans->tracks[spans->n_tracks];
	*track = (struct spans_track){ .guest = guest, .pid = pid };
	snprintf(track->program, sizeof(track->program), "%s",
		pid ? get_string(span, "program") : "the VM");
	return spans->n_tracks++;
}

void spans_add_guests(struct spans *spans, struct json_object *stats)
{
	struct json_object *guests = get_array(stats, "guests");

	for (size_t i = 0; i < array_length(guests); i++)
		find_guest(spans, get_string(json_object_array_get_idx(guests, i), "name"));
}

void spans_set_shares(struct spans *spans, struct json_object *before, struct json_object *after)
{
	int64_t elapsed_us = stats_elapsed_us(before, after);
	size_t n = array_length(get_array(after, "guests"));
	struct stats_rate rate;

	for (size_t i = 0; i < n && elapsed_us; i++) {
		stats_rate(before, after, i, elapsed_us, &rate);
		struct spans_guest *guest = &spans->guests[find_guest(spans, rate.name)];
		guest->weight = rate.weight;
		guest->share = rate.share;
		guest->due = rate.due;
	}
}

static bool add_span(struct spans *spans, struct json_object *object)
{
	struct span span = {
		.used_us = get_int(object, "used_us"),
		.start_us = get_int(object, "start_us"),
		.end_us = get_int(object, "end_us"),
	};

	if (span.end_us <= span.start_us || span.end_us <= spans->start_us)
		return true;
	span.track = find_track(spans, object);
	if (spans->n == SPANS_MAX || span.track == SPANS_TRACKS_MAX)
		return false;
	if (span.start_us < spans->start_us) {
		double part = (double)(span.end_us - spans->start_us) / (span.end_us - span.start_us);
		span.used_us = span.used_us ? span.used_us * part + 1 : 0;
		span.start_us = spans->start_us;
	}
	spans->all = grow(spans->all, spans->n, sizeof(*spans->all));
	spans->all[spans->n++] = span;
	return true;
}

bool spans_add(struct spans *spans, struct json_object *timeline)
{
	struct json_object *array = get_array(timeline, "spans");

	spans->missed += get_int(timeline, "missed");
	spans->end_us = get_int(timeline, "now_us");
	for (size_t i = 0; i < array_length(array); i++) {
		if (!add_span(spans, json_object_array_get_idx(array, i)))
			return false;
	}
	return true;
}

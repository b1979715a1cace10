/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_STATS_RATE_H
#define TOOLS_STATS_RATE_H

/* What happened between two answers of org.mullion.Control.Stats. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

struct stats_rate {
	const char *name, *standing; /* of the later answer; borrowed */
	int64_t weight;
	double share, due;   /* of the GPU, 1: all of it */
	int64_t wait_p99_us; /* of the waits that ended in between; 0: there were none */
	int64_t memory_bytes, memory_limit_bytes;
	double fps; /* of its programs */
	struct json_object *heads, *clients; /* borrowed */
};

/* The time between them; 0: they are not of the same mulliond, or in the wrong order. */
int64_t stats_elapsed_us(struct json_object *before, struct json_object *after);
/* Of guest number `index` of the later one, which may be new. `elapsed_us` is not 0. */
void stats_rate(struct json_object *before, struct json_object *after, size_t index,
	int64_t elapsed_us, struct stats_rate *rate);
/* Of client number `index` of a guest, its part of the GPU. */
double stats_client_share(struct json_object *before, struct json_object *guest, size_t index,
	int64_t elapsed_us);

#endif

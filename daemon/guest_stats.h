/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_GUEST_STATS_H
#define DAEMON_GUEST_STATS_H

/* What guests got of the GPU, beside what daemon/guest_info.h says of them. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/histogram.h"
#include "daemon/policy.h"

struct daemon;
struct guest;
struct timeline;

struct daemon_stats {
	uint64_t elapsed_ns; /* since this mulliond started, and so are all numbers here */
	uint64_t used_ns;    /* of the GPU, by all guests */
	uint32_t in_flight;
	bool mediates;
};

struct guest_stats {
	struct policy_terms terms;
	enum policy_standing standing;
	const char *source;       /* of used_ns: "clock", "fdinfo" */
	uint64_t used_ns, due_ns; /* see daemon/mediator.h */
	uint64_t waited_ns;       /* for grants */
	struct histogram waits;   /* the same, each */
	uint64_t grants, chunks, submissions;
	uint64_t frames; /* of its heads, presented; of a container's programs, shown by them */
};

/* A program of a container. */
struct client_stats {
	uint32_t connection; /* no two have the same at a time */
	uint64_t used_ns, waited_ns;
	uint64_t grants, chunks, submissions;
	uint64_t frames; /* that it showed */
};

/* Programs that are told one by one where what is told is kept: those of the first connections. */
#define CLIENTS_NAMED 32

/* All are charged up to now: what follows is of this moment. */
void daemon_measure(struct daemon *daemon, struct daemon_stats *stats);
void guest_measure(const struct guest *guest, struct guest_stats *stats);
/* Of client number `index`, see guest_describe_client. False: there are not so many. */
bool guest_measure_client(const struct guest *guest, uint32_t index, struct client_stats *stats);
/* All of other connections together, also those that are gone. */
void guest_measure_others(const struct guest *guest, struct client_stats *stats);
/* Borrowed. */
const struct timeline *daemon_timeline(struct daemon *daemon);

#endif

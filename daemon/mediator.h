/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_MEDIATOR_H
#define DAEMON_MEDIATOR_H

/*
 * GPU time: carries out what the policy (policy.h) decides. Each renderer that serves
 * somebody is a client of its guest here; what passes between it and the mediator is in
 * their page (protocol/budget.h).
 *
 * What a client is charged, by the clock. While nobody else waits: the time that the renderer
 * says it was busy, in its calls or with the GPU at its work, and never more than has passed.
 * While others wait: the time from its grant to its return, by our own clock, whatever it
 * says; where several may be in flight, its part of that. So a guest cannot have more than
 * its share by lying, nor can its renderer at a time when that matters; a renderer that a
 * guest has taken over can use the GPU without a grant all the same, within what the sandbox
 * and the kernel leave it.
 *
 * Where the driver accounts the engines' time to the renderer's files (gpu_file.h), that is
 * what a client is charged, granted or not: what is used without a grant is a debt as well.
 * While others wait, it is charged that part at least: else one could keep the GPU idle for
 * nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"
#include "base/loop.h"
#include "daemon/policy.h"
#include "daemon/timeline.h"

struct budget_page;
struct channel;
struct gpu_file;

struct mediator {
	struct policy policy;
	struct list clients;     /* of struct mediator_client: all that run */
	struct loop_timer timer; /* when time alone changes something */
	bool off;                /* nothing is decided: everybody has a grant, or we leave */
	bool contended;          /* as was last decided */
	struct timeline *timeline; /* owned */
	int64_t started_ns;
	int64_t due_ns;   /* up to when guests were credited what they are due */
	uint64_t used_ns; /* by all */
};

/* What renderers did, as they say. */
struct mediator_work {
	uint64_t submissions, chunks, frames;
};

struct mediator_guest {
	struct policy_guest policy;
	struct mediator *mediator; /* NULL: not opened */
	char name[LIMIT_NAME];     /* for the timeline; to be set */
	struct histogram waits;    /* of its clients, from wanting to a grant */
	uint64_t waited_ns;        /* their sum */
	uint64_t used_ns;
	uint64_t grants;
	/*
	 * What its terms came to: of the time in which others wanted the GPU too, its part;
	 * of the rest, what it used.
	 */
	uint64_t due_ns;
	struct mediator_work work;
	bool by_fdinfo; /* what measures the newest of its clients; else the clock */
};

struct mediator_client {
	struct list link; /* of mediator.clients; empty: it does not run */
	struct policy_client policy;
	struct mediator_guest *guest;
	struct budget_page *page; /* borrowed */
	struct channel *channel;  /* to its renderer; borrowed */
	uint32_t grant;           /* its word in the page */
	int64_t charged_ns;       /* up to when it was charged */
	uint64_t busy_ns;         /* of the page, as charged */
	const struct gpu_file *file; /* that the kernel accounts to; borrowed; NULL: none */
	bool by_fdinfo;          /* it does */
	int64_t looked_ns;       /* when that was read: */
	uint64_t engine_ns;
	uint64_t ahead_ns;       /* charged by the clock, that the kernel may count yet */
	int64_t wants_ns;         /* since when it waits for a grant; 0: it does not */
	uint64_t used_ns, waited_ns;
	uint64_t grants;
	struct mediator_work work;
	struct {
		uint32_t submissions, chunks, frames;
	} counted; /* of the page, up to now */
	int64_t span_ns;           /* since when it goes, to be put on the timeline: */
	uint64_t span_used_ns;
	pid_t pid; /* of the program that it serves, and its name; to be set once it runs */
	char program[16];
};

/* 0 or negative errno. */
int mediator_init(struct mediator *mediator, struct loop *loop, uint32_t in_flight, bool off);
void mediator_finish(struct mediator *mediator);
void mediator_set_in_flight(struct mediator *mediator, uint32_t in_flight);
/* All are charged up to now, on the timeline too: before numbers are read. */
void mediator_charge(struct mediator *mediator);

/* So that finish is safe before open. */
void mediator_guest_init(struct mediator_guest *guest);
/* 0 or negative errno, see policy_guest_init and policy_guest_set. */
int mediator_guest_open(struct mediator_guest *guest, struct mediator *mediator,
	const struct policy_terms *terms);
int mediator_guest_set(struct mediator_guest *guest, const struct policy_terms *terms);
/* Its clients were stopped. */
void mediator_guest_finish(struct mediator_guest *guest);

/* So that stop is safe before start. */
void mediator_client_init(struct mediator_client *client);
/*
 * A renderer serves it, perhaps since an earlier mulliond. The page, the channel and the file
 * (NULL: none) stay until it is stopped.
 */
void mediator_client_start(struct mediator_client *client, struct mediator_guest *guest,
	struct budget_page *page, struct channel *channel, const struct gpu_file *file);
void mediator_client_stop(struct mediator_client *client);
/* A message came from its renderer. */
void mediator_client_look(struct mediator_client *client);
/* A message to its renderer, which means nothing new. */
void mediator_client_ask(struct mediator_client *client);
/* The grant that it was asked for and has not returned; 0: there is none. */
uint32_t mediator_client_revoked(const struct mediator_client *client);

#endif

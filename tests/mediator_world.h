/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MEDIATOR_WORLD_H
#define TESTS_MEDIATOR_WORLD_H

/*
 * A mediator with renderers that are nothing but their pages, on a clock of the test's own
 * (clock_gettime is wrapped).
 */

#include "tests/unit.h"

#include <stdatomic.h>

#include "base/channel.h"
#include "base/clock.h"
#include "daemon/budget.h"
#include "daemon/gpu_file.h"
#include "daemon/mediator.h"
#include "protocol/budget.h"

#define MS UINT64_C(1000000)
#define STEP (MS / 10)
#define SLICE POLICY_SLICE_DEFAULT_NS
#define MANY 8

struct renderer {
	struct mediator_guest guest;
	struct mediator_client client;
	struct budget_page page;
	struct budget budget; /* of the page */
	struct gpu_file file; /* none, unless the test has one */
	uint64_t had_ns;      /* that it had the GPU, by the test's own count */
};

struct mediator_world {
	int64_t now_ns;
	struct loop loop;
	struct mediator mediator;
	struct channel channel; /* not open: nobody is told, and looks at the page instead */
	struct renderer renderers[MANY];
};

extern struct mediator_world world;
extern struct renderer *const honest, *const other; /* the first two */

int world_setup(void **state);
int world_teardown(void **state);
#define CASE(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

void start(struct renderer *renderer);
void open_all(uint32_t n);
uint32_t grant_of(struct renderer *renderer);
bool holds(struct renderer *renderer);
void want(struct renderer *renderer, uint32_t value);
void give_back(struct renderer *renderer);
/* What an honest one does that always has work. */
void obey(struct renderer *renderer);
void pass(uint64_t ns);
/* The first `n` obey. */
void run(uint64_t ns, uint32_t n);
/* Who looks first sees nothing yet. */
bool overdue(struct renderer *renderer, uint64_t limit_ns);

#endif

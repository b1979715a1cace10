/* SPDX-License-Identifier: MIT */
#ifndef RENDER_SUBMIT_H
#define RENDER_SUBMIT_H

/*
 * The one way from a guest's stream to the library, of VMs and of containers' programs
 * alike: checked first, then executed. One stream at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/virgl/context.h"

struct budget;
struct renderer;

struct submit {
	struct renderer *renderer; /* borrowed, as the next */
	struct budget *budget;
	struct submission stream;
	bool runs; /* and is not done */
};

void submit_init(struct submit *submit, struct renderer *renderer, struct budget *budget);
/* 0: it runs, and submit_run follows; the dwords are good until that is done. Else a response. */
uint32_t submit_begin(
	struct submit *submit, uint32_t context_id, uint32_t *dwords, size_t n_dwords);
/* Goes on with it, after budget_take. True: it is done, with this response. */
bool submit_run(struct submit *submit, uint32_t *response);

#endif

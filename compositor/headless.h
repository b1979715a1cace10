/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_HEADLESS_H
#define COMPOSITOR_HEADLESS_H

/* Screens without a panel: pictures in memory; a timer is their beat, HEADLESS-n their names. */

#include <stdint.h>

#include "compositor/output_spec.h"

struct headless;
struct server;

#define HEADLESS_REFRESH_MHZ 60000

/* NULL with errno. The specs are borrowed for the call; none: one output of 1280x720. */
struct headless *headless_create(
	struct server *server, const struct output_spec *specs, uint32_t n_specs);
/* After the clients. */
void headless_destroy(struct headless *headless);

#endif

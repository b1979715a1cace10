/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_OPTIONS_H
#define COMPOSITOR_OPTIONS_H

/* The command line of mullion-compositor. */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/output_spec.h"
#include "compositor/server.h"

enum options_backend {
	OPTIONS_BACKEND_KMS,
	OPTIONS_BACKEND_HEADLESS,
};

struct options {
	enum options_backend backend;
	const char *device;      /* NULL: the first that has a screen */
	const char *socket;      /* NULL: the first free one */
	const char *screenshots; /* the directory; NULL: none are made */
	struct output_spec outputs[OUTPUT_SPECS_MAX];
	uint32_t n_outputs;
	struct server_place places[SERVER_PLACES_MAX];
	uint32_t n_places;
	bool verbose;
};

/* -1: go on; else the status to exit with. Strings are borrowed from argv, which is cut. */
int options_read(struct options *options, int argc, char **argv);

#endif

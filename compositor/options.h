/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_OPTIONS_H
#define COMPOSITOR_OPTIONS_H

/* The command line of mullion-compositor, which wins over its configuration. */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/config.h"

#define OPTIONS_SET_MAX (CONFIG_OUTPUTS_MAX + CONFIG_WINDOWS_MAX + 16)

struct options {
	const char *config; /* the file; NULL: the default one, if it is there */
	bool checks;        /* the configuration, and ends */
	bool verbose;
	struct {
		const char *name, *value;
	} set[OPTIONS_SET_MAX]; /* what goes into the configuration */
	uint32_t n_set;
};

/* -1: go on; else the status to exit with. Strings are borrowed from argv. */
int options_read(struct options *options, int argc, char **argv);
/* false: said. Outputs without a name get one if they are no screens'. */
bool options_apply(const struct options *options, struct config *config);

#endif

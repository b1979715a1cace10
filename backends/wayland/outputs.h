/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_OUTPUTS_H
#define WAYLAND_OUTPUTS_H

/* The compositor's outputs, by the names that people know: "DP-1". They come and go. */

#include <stdint.h>

#include "base/list.h"

#define OUTPUTS_MAX 64
#define OUTPUT_NAME 64

struct presenter;
struct wl_output;
struct wl_registry;

struct output {
	struct list link; /* of outputs.all */
	struct presenter *presenter;
	uint32_t global;
	struct wl_output *wl_output;
	char name[OUTPUT_NAME]; /* empty: not told yet */
};

struct outputs {
	struct presenter *presenter;
	struct list all;
	unsigned n;
};

void outputs_init(struct outputs *outputs, struct presenter *presenter);
/* The connection is going. */
void outputs_finish(struct outputs *outputs);

/* Of the registry. A version that tells no names is of no use, nor is one too many. */
void outputs_add(struct outputs *outputs, struct wl_registry *registry, uint32_t global,
	uint32_t version);
void outputs_remove(struct outputs *outputs, uint32_t global);

/* NULL: it is not there. */
const struct output *outputs_find(const struct outputs *outputs, const char *name);

#endif

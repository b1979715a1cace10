/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_CONTEXT_H
#define BACKENDS_VIRGL_CONTEXT_H

/* A guest's 3D context: its twin in the library, and the resources attached to it. */

#include <stdint.h>

#include "base/idmap.h"
#include "protocol/virgl.h"

struct resource;

struct context {
	uint32_t id;
	uint32_t capset;
	struct idmap resources; /* of struct resource, borrowed */
};

/* Makes it in the library too. NULL: the library refused or no memory. */
struct context *context_create(uint32_t id, uint32_t capset, const char *name, uint32_t name_len);
void context_destroy(struct context *context);

/* 0 or -ENOMEM. It is not attached yet. */
int context_attach(struct context *context, struct resource *resource);
/* Detaching what is not attached does nothing. */
void context_detach(struct context *context, struct resource *resource);

/* For the decoder. */
struct virgl_lookup context_lookup(struct context *context);

#endif

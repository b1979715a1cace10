/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_CONTEXT_H
#define BACKENDS_VIRGL_CONTEXT_H

/*
 * A guest's 3D context: its twin in the library, the resources attached to it,
 * and what its streams have made.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/virgl/objects.h"
#include "base/idmap.h"
#include "protocol/virgl.h"

struct resource;

struct context {
	uint32_t id;
	uint32_t capset;
	struct idmap resources; /* of struct resource, borrowed */
	struct objects objects;
	/* The library stopped within a stream: what it has is not known, no more go there. */
	bool broken;
};

/* Makes it in the library too. NULL: the library refused or no memory. */
struct context *context_create(uint32_t id, uint32_t capset, const char *name, uint32_t name_len);
void context_destroy(struct context *context);

/* 0 or -ENOMEM. It is not attached yet. */
int context_attach(struct context *context, struct resource *resource);
/* Detaching what is not attached does nothing. */
void context_detach(struct context *context, struct resource *resource);

/*
 * Is the stream right, and do its objects take no more than `bytes_more` than what
 * was? Then 0, and a submission follows before anything else. -EINVAL with the
 * error, -ENOMEM, or -EIO: no stream goes there any more.
 */
int context_check(struct context *context, const uint32_t *dwords, size_t n_dwords,
	uint64_t bytes_more, struct virgl_decode_error *error);

/*
 * A stream that context_check found right, on its way to the library in one step or more.
 * Until its last one nothing else is done with its context. The stream is borrowed.
 */
struct submission {
	struct context *context;
	uint32_t *dwords;
	size_t n_dwords;
	size_t done; /* of them */
	uint32_t n_inserted;
	uint32_t sub_context; /* selected there */
	int error; /* -EIO: the library would not */
};

void submission_begin(
	struct submission *submission, struct context *context, uint32_t *dwords, size_t n_dwords);
/*
 * Up to the command that is the `chunk`th to give the GPU work; 0: to its end. `*n_draws`: so
 * many such commands went. True: that was the last step.
 */
bool submission_step(struct submission *submission, uint32_t chunk, uint32_t *n_draws);

#endif

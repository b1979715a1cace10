/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_STORE_H
#define DAEMON_STORE_H

/*
 * The service manager's store of descriptors: what mulliond's own death must not close.
 * Descriptors go there as they come (so that a kill -9 is survived as well) and leave
 * it as they go; the next mulliond is handed all of them.
 *
 * A name says all that there is to know: "GUEST/KIND/INDEX", with an empty GUEST for
 * mulliond's own. Without a service manager all of this does nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/loop.h"
#include "base/service.h"

struct store {
	struct loop_source source; /* to the manager, owned; watched while it does not read */
	struct loop *loop;
	struct list queue; /* of store_change.link */
	uint32_t budget;   /* messages until a rest */
	struct loop_timer rest;
	bool rests;        /* and the timer runs */
	struct service_fd *found; /* handed over and not taken yet */
	size_t n_found;
};

/* So that finish is safe before open. */
void store_init(struct store *store);
/* Finds the manager and takes what it hands over. 0 or negative errno. */
int store_open(struct store *store, struct loop *loop);
/* Says what waits to be said, for a second at most; what is stored stays there. */
void store_finish(struct store *store);

/* Somebody keeps what is put here. */
bool store_is_managed(const struct store *store);
/* READY=1 and its like; `words` is static. */
void store_notify(struct store *store, const char *words);

/* `fd` is borrowed. It replaces what was there. */
void store_put(struct store *store, const char *guest, const char *kind, uint32_t index, int fd);
void store_remove(struct store *store, const char *guest, const char *kind, uint32_t index);

/* What an earlier mulliond put there, owned by the caller; -1: nothing. */
int store_take(struct store *store, const char *guest, const char *kind, uint32_t index);
/* What nobody took goes. How many that were; one of their names through `name`. */
size_t store_drop_found(struct store *store, char name[static SERVICE_NAME_MAX]);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SURFACE_TALLY_H
#define COMPOSITOR_SURFACE_TALLY_H

/*
 * How many descriptors one client has here, or has a right to: they are limited, so that it
 * cannot take all that there are. It lives as long as the client, and as what it counts.
 */

#include <stdbool.h>
#include <stdint.h>

struct wl_client;

#define TALLY_FDS_MAX 256

struct tally;

/* The client's, a reference; NULL: there is no memory. */
struct tally *tally_get(struct wl_client *client);
struct tally *tally_ref(struct tally *tally);
void tally_unref(struct tally *tally);
/* One more. false: it has as many as it may. */
bool tally_take(struct tally *tally);
void tally_give(struct tally *tally, uint32_t n);

/* One more of the client's, and a reference with it. NULL with errno; EMFILE: as above. */
struct tally *tally_take_one(struct wl_client *client);
void tally_give_one(struct tally *tally);

#endif

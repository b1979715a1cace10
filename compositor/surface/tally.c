/* SPDX-License-Identifier: MIT */
/* How many descriptors one client has. */
#include "compositor/surface/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <wayland-server-core.h>

#include "base/list.h"

struct tally {
	struct wl_listener client_gone;
	uint32_t n_refs, n_fds;
};

static void tally_handle_client_gone(struct wl_listener *listener, void *data)
{
	tally_unref(container_of(listener, struct tally, client_gone));
}

struct tally *tally_get(struct wl_client *client)
{
	struct wl_listener *listener =
		wl_client_get_destroy_listener(client, tally_handle_client_gone);

	if (listener)
		return tally_ref(container_of(listener, struct tally, client_gone));
	struct tally *tally = calloc(1, sizeof(*tally));
	if (!tally)
		return NULL;
	tally->n_refs = 1; /* the client's */
	tally->client_gone.notify = tally_handle_client_gone;
	wl_client_add_destroy_listener(client, &tally->client_gone);
	return tally_ref(tally);
}

struct tally *tally_ref(struct tally *tally)
{
	tally->n_refs++;
	return tally;
}

void tally_unref(struct tally *tally)
{
	if (--tally->n_refs == 0)
		free(tally);
}

bool tally_take(struct tally *tally)
{
	if (tally->n_fds >= TALLY_FDS_MAX)
		return false;
	tally->n_fds++;
	return true;
}

void tally_give(struct tally *tally, uint32_t n)
{
	tally->n_fds -= n;
}

struct tally *tally_take_one(struct wl_client *client)
{
	struct tally *tally = tally_get(client);

	if (!tally) {
		errno = ENOMEM;
		return NULL;
	}
	if (tally_take(tally))
		return tally;
	tally_unref(tally);
	errno = EMFILE;
	return NULL;
}

void tally_give_one(struct tally *tally)
{
	tally_give(tally, 1);
	tally_unref(tally);
}

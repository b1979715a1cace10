/* SPDX-License-Identifier: MIT */
/* What ties a guest's two processes together. */
#include "daemon/tie.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "base/channel.h"
#include "daemon/store.h"
#include "protocol/link.h"
#include "protocol/render.h"

#define TIE_FDS 4
#define TIE_KIND "tie" /* in the store, with the index of the descriptor */

void tie_init(struct tie *tie)
{
	*tie = (struct tie){ .fds = { -1, -1, -1, -1 } };
}

void tie_finish(struct tie *tie)
{
	fd_close_all(tie->fds, TIE_FDS);
	tie_init(tie);
}

int tie_make(struct tie *tie, struct channel *render, const struct link_render_start *start,
	int budget_fd)
{
	int sockets[2] = { -1, -1 };

	tie_finish(tie);
	int ret = channel_pair(sockets);
	tie->fds[0] = memfd_create_sealed("mullion-ring", RENDER_RING_BYTES);
	tie->fds[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	tie->fds[2] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	tie->fds[3] = sockets[0];
	if (ret == 0 && (tie->fds[0] < 0 || tie->fds[1] < 0 || tie->fds[2] < 0))
		ret = -EMFILE;
	if (ret == 0) {
		int fds[] = { tie->fds[0], tie->fds[1], tie->fds[2], sockets[1], budget_fd };
		ret = channel_send(render, start, sizeof(*start), fds, TIE_FDS + 1);
	}
	fd_close(&sockets[1]);
	if (ret < 0)
		tie_finish(tie);
	return ret;
}

void tie_restore(struct tie *tie, struct store *store, const char *guest)
{
	bool whole = true;

	for (uint32_t i = 0; i < TIE_FDS; i++) {
		tie->fds[i] = store_take(store, guest, TIE_KIND, i);
		whole = whole && tie->fds[i] >= 0;
	}
	if (!whole || memfd_check_sealed(tie->fds[0], RENDER_RING_BYTES) < 0)
		tie_finish(tie);
}

void tie_store(const struct tie *tie, struct store *store, const char *guest)
{
	for (uint32_t i = 0; i < TIE_FDS && tie->fds[0] >= 0; i++)
		store_put(store, guest, TIE_KIND, i, tie->fds[i]);
}

void tie_unstore(const struct tie *tie, struct store *store, const char *guest)
{
	for (uint32_t i = 0; i < TIE_FDS && tie->fds[0] >= 0; i++)
		store_remove(store, guest, TIE_KIND, i);
}

int tie_send(const struct tie *tie, struct channel *guest, bool adopted)
{
	struct link_guest_renderer message = {
		.type = LINK_GUEST_RENDERER,
		.ring_bytes = RENDER_RING_BYTES,
		.adopted = adopted,
	};

	return channel_send(guest, &message, sizeof(message), tie->fds, TIE_FDS);
}

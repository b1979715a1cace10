/* SPDX-License-Identifier: MIT */
/* Who is told when a picture is not looked at any more. */
#include "compositor/surface/release.h"

#include <stdlib.h>

#include "base/io.h"
#include "compositor/resource.h"
#include "compositor/surface/fence.h"
#include "compositor/surface/tally.h"

#include "linux-explicit-synchronization-unstable-v1-server-protocol.h"

struct release {
	struct wl_resource *resource; /* NULL: the client is gone */
	uint32_t n_refs;
	int fence_fd;        /* of all that look at it yet; -1: nobody does */
	struct tally *tally; /* a reference; the fence is counted there, in advance */
};

static void release_handle_gone(struct wl_resource *resource)
{
	struct release *release = wl_resource_get_user_data(resource);

	if (release)
		release->resource = NULL;
}

struct release *release_create(struct wl_client *client, uint32_t id)
{
	struct release *release = calloc(1, sizeof(*release));

	if (release)
		*release = (struct release){
			.n_refs = 1,
			.fence_fd = -1,
			.tally = tally_take_one(client),
		};
	if (!release || !release->tally) {
		free(release);
		wl_client_post_no_memory(client);
		return NULL;
	}
	release->resource = resource_create(client, &zwp_linux_buffer_release_v1_interface, 1, id,
		NULL, release, release_handle_gone);
	if (release->resource)
		return release;
	release_unref(release);
	return NULL;
}

struct release *release_ref(struct release *release)
{
	if (release)
		release->n_refs++;
	return release;
}

/* Its events end the object. */
static void release_tell(struct release *release)
{
	struct wl_resource *resource = release->resource;

	if (release->fence_fd >= 0 && !fence_is_signalled(release->fence_fd))
		zwp_linux_buffer_release_v1_send_fenced_release(resource, release->fence_fd);
	else
		zwp_linux_buffer_release_v1_send_immediate_release(resource);
	wl_resource_set_user_data(resource, NULL);
	wl_resource_destroy(resource);
}

void release_unref(struct release *release)
{
	if (!release || --release->n_refs > 0)
		return;
	if (release->resource)
		release_tell(release);
	fd_close(&release->fence_fd);
	tally_give_one(release->tally);
	free(release);
}

void release_wait(struct release *release, int fence_fd)
{
	if (release)
		fence_join(&release->fence_fd, fence_fd);
}

/* SPDX-License-Identifier: MIT */
/* How many objects each client has. */
#include "compositor/census.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/list.h"

struct census {
	struct wl_client *client;
	struct wl_listener object_made, client_gone;
	uint32_t n; /* that there were at the last count, and made since */
};

static enum wl_iterator_result count(struct wl_resource *resource, void *data)
{
	++*(uint32_t *)data;
	return WL_ITERATOR_CONTINUE;
}

static void census_handle_object(struct wl_listener *listener, void *data)
{
	struct census *census = container_of(listener, struct census, object_made);

	if (++census->n < 2 * CENSUS_OBJECTS_MAX)
		return;
	census->n = 0;
	wl_client_for_each_resource(census->client, count, &census->n);
	if (census->n > CENSUS_OBJECTS_MAX)
		wl_client_post_implementation_error(
			census->client, "more than %d objects", CENSUS_OBJECTS_MAX);
}

static void census_handle_gone(struct wl_listener *listener, void *data)
{
	struct census *census = container_of(listener, struct census, client_gone);

	wl_list_remove(&census->object_made.link);
	free(census);
}

static void census_handle_client(struct wl_listener *listener, void *data)
{
	struct wl_client *client = data;
	struct census *census = calloc(1, sizeof(*census));

	if (!census) {
		wl_client_post_no_memory(client);
		return;
	}
	census->client = client;
	census->object_made.notify = census_handle_object;
	wl_client_add_resource_created_listener(client, &census->object_made);
	census->client_gone.notify = census_handle_gone;
	wl_client_add_destroy_listener(client, &census->client_gone);
}

void census_init(struct wl_listener *client_created, struct wl_display *display)
{
	client_created->notify = census_handle_client;
	wl_display_add_client_created_listener(display, client_created);
}

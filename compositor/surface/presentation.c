/* SPDX-License-Identifier: MIT */
/* wp_presentation. */
#include "compositor/surface/presentation.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "compositor/global.h"
#include "compositor/output.h"
#include "compositor/output_global.h"
#include "compositor/resource.h"
#include "compositor/surface/surface.h"

#include "presentation-time-server-protocol.h"

static struct presentation_feedback *feedback_first(struct list *feedbacks)
{
	return container_of(feedbacks->next, struct presentation_feedback, link);
}

static void feedback_sync_output(struct wl_resource *feedback, const struct output *output)
{
	struct wl_resource *resource;

	wl_resource_for_each(resource, &output->global->resources)
	{
		if (wl_resource_get_client(resource) == wl_resource_get_client(feedback))
			wp_presentation_feedback_send_sync_output(feedback, resource);
	}
}

void presentation_send(
	struct list *feedbacks, const struct output *output, const struct presentation_time *time)
{
	uint64_t s = time->ns / NSEC_PER_SEC;

	while (!list_empty(feedbacks)) {
		struct wl_resource *resource = feedback_first(feedbacks)->resource;
		feedback_sync_output(resource, output);
		wp_presentation_feedback_send_presented(resource, s >> 32, s,
			time->ns % NSEC_PER_SEC, time->refresh_ns, time->sequence >> 32,
			time->sequence, time->flags);
		wl_resource_destroy(resource);
	}
}

void presentation_discard(struct list *feedbacks)
{
	while (!list_empty(feedbacks)) {
		struct wl_resource *resource = feedback_first(feedbacks)->resource;
		wp_presentation_feedback_send_discarded(resource);
		wl_resource_destroy(resource);
	}
}

static void feedback_free(struct wl_resource *resource)
{
	struct presentation_feedback *feedback = wl_resource_get_user_data(resource);

	list_remove(&feedback->link);
	free(feedback);
}

static void presentation_feedback_create(struct wl_client *client, struct wl_resource *presentation,
	struct wl_resource *surface, uint32_t id)
{
	struct presentation_feedback *feedback = calloc(1, sizeof(*feedback));

	if (!feedback) {
		wl_client_post_no_memory(client);
		return;
	}
	list_append(&surface_of(surface)->pending.feedbacks, &feedback->link);
	feedback->resource = resource_create(
		client, &wp_presentation_feedback_interface, 1, id, NULL, feedback, feedback_free);
	if (!feedback->resource) {
		list_remove(&feedback->link);
		free(feedback);
	}
}

static const struct wp_presentation_interface presentation_requests = {
	.destroy = resource_handle_destroy,
	.feedback = presentation_feedback_create,
};

static void presentation_bound(struct wl_resource *resource)
{
	wp_presentation_send_clock_id(resource, CLOCK_MONOTONIC);
}

const struct global presentation_global = {
	.interface = &wp_presentation_interface,
	.version = 1,
	.requests = &presentation_requests,
	.bound = presentation_bound,
};

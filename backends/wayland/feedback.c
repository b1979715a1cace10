/* SPDX-License-Identifier: MIT */
/* What became of a window's frames. */
#include "backends/wayland/feedback.h"

#include <stdlib.h>
#include <time.h>

#include "backends/wayland/globals.h"
#include "backends/wayland/presenter.h"
#include "base/clock.h"

#include "presentation-time-client-protocol.h"

void feedbacks_init(struct feedbacks *feedbacks, struct presenter *presenter)
{
	*feedbacks = (struct feedbacks){ .presenter = presenter };
	list_init(&feedbacks->all);
}

static void feedback_settle(
	struct feedback *feedback, enum feedback_state state, int64_t presented_ns)
{
	if (feedback->object)
		wp_presentation_feedback_destroy(feedback->object);
	feedback->object = NULL;
	feedback->state = state;
	feedback->presented_ns = presented_ns;
	presenter_arm_deliver(feedback->feedbacks->presenter);
}

void feedbacks_drop(struct feedbacks *feedbacks)
{
	struct feedback *feedback;

	list_for_each(feedback, &feedbacks->all, link) {
		if (feedback->state == FEEDBACK_STATE_PENDING)
			feedback_settle(feedback, FEEDBACK_STATE_DISCARDED, 0);
	}
}

static void feedback_destroy(struct feedback *feedback)
{
	if (feedback->object)
		wp_presentation_feedback_destroy(feedback->object);
	feedback->feedbacks->n--;
	list_remove(&feedback->link);
	free(feedback);
}

void feedbacks_finish(struct feedbacks *feedbacks)
{
	struct feedback *feedback, *tmp;

	list_for_each_safe(feedback, tmp, &feedbacks->all, link)
		feedback_destroy(feedback);
}

static void feedback_handle_sync_output(
	void *data, struct wp_presentation_feedback *object, struct wl_output *output)
{
}

/* How far the compositor's clock is before CLOCK_MONOTONIC. False: there is no such clock. */
static bool clock_ahead(uint32_t clock, int64_t *ahead_ns)
{
	struct timespec now;

	*ahead_ns = 0;
	if (clock == CLOCK_MONOTONIC)
		return true;
	if (clock > CLOCK_TAI || clock_gettime(clock, &now) < 0)
		return false;
	*ahead_ns = now.tv_sec * NSEC_PER_SEC + now.tv_nsec - clock_now_ns();
	return true;
}

/* A time before the frame's flush, or in the future, is not a time. */
static void feedback_handle_presented(void *data, struct wp_presentation_feedback *object,
	uint32_t sec_hi, uint32_t sec_lo, uint32_t nsec, uint32_t refresh_ns, uint32_t seq_hi,
	uint32_t seq_lo, uint32_t flags)
{
	struct feedback *feedback = data;
	uint64_t sec = (uint64_t)sec_hi << 32 | sec_lo;
	const struct globals *globals = &feedback->feedbacks->presenter->connection.globals;
	int64_t now_ns = clock_now_ns(), ns = 0;
	int64_t ahead_ns;

	if (clock_ahead(globals->presentation_clock, &ahead_ns) && nsec < NSEC_PER_SEC &&
		sec <= (uint64_t)((now_ns + ahead_ns) / NSEC_PER_SEC) + 1)
		ns = sec * NSEC_PER_SEC + nsec - ahead_ns;
	if (ns < feedback->flush_ns || ns > now_ns + NSEC_PER_SEC)
		ns = 0;
	feedback_settle(feedback, FEEDBACK_STATE_PRESENTED, ns);
}

static void feedback_handle_discarded(void *data, struct wp_presentation_feedback *object)
{
	feedback_settle(data, FEEDBACK_STATE_DISCARDED, 0);
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = feedback_handle_sync_output,
	.presented = feedback_handle_presented,
	.discarded = feedback_handle_discarded,
};

void feedbacks_add(struct feedbacks *feedbacks, const struct globals *globals,
	struct wl_surface *surface, int64_t flush_ns)
{
	struct feedback *feedback;

	if (feedbacks->n == FEEDBACKS_MAX) {
		/* The oldest is not waited for. */
		feedback = container_of(feedbacks->all.next, struct feedback, link);
		if (feedback->state == FEEDBACK_STATE_PENDING)
			feedback_settle(feedback, FEEDBACK_STATE_PRESENTED, 0);
	}
	feedback = calloc(1, sizeof(*feedback));
	if (!feedback)
		return;
	feedback->feedbacks = feedbacks;
	feedback->flush_ns = flush_ns;
	feedbacks->n++;
	list_append(&feedbacks->all, &feedback->link);
	if (globals->presentation)
		feedback->object = wp_presentation_feedback(globals->presentation, surface);
	if (feedback->object)
		wp_presentation_feedback_add_listener(
			feedback->object, &feedback_listener, feedback);
	else
		feedback_settle(feedback, FEEDBACK_STATE_PRESENTED, 0);
}

bool feedbacks_take(struct feedbacks *feedbacks, struct feedback *taken)
{
	struct feedback *feedback;

	list_for_each(feedback, &feedbacks->all, link) {
		if (feedback->state == FEEDBACK_STATE_PENDING)
			continue;
		*taken = *feedback;
		feedback_destroy(feedback);
		return true;
	}
	return false;
}

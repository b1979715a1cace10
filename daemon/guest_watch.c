/* SPDX-License-Identifier: MIT */
/* What is said of a guest's heads in their windows, and of those that freeze. */
#include "daemon/guest.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/daemon.h"

#define WATCH_NS (500 * NSEC_PER_MSEC)

static const char *const words[] = {
	[HEAD_WORD_NONE] = NULL,
	[HEAD_WORD_FAILED] = "What serves this guest died again and again.\n"
			     "'mullionctl show' says why, 'mullionctl restart' tries anew.",
	[HEAD_WORD_WAITING] = "Waiting for a virtual machine.",
	[HEAD_WORD_STARTING] = "The guest has not turned this display on yet.",
	[HEAD_WORD_OFF] = "The guest has turned this display off.",
	[HEAD_WORD_STALE] = "The guest has stopped drawing.",
	[HEAD_WORD_QUARANTINED] = "What this guest draws in 3D hung again and again.\n"
				  "It has 2D only until 'mullionctl release'.",
	[HEAD_WORD_LOST] = "Its renderer died: restart the guest's compositor\n"
			   "and its other programs that draw in 3D.",
};

bool guest_has_lost_contexts(const struct guest *guest)
{
	return guest->running && guest->keep.state->counters.contexts_lost;
}

static enum head_word guest_choose_word(const struct guest *guest, const struct head *head)
{
	if (head->stale.is_stale)
		return HEAD_WORD_STALE;
	if (guest->deaths.given_up)
		return HEAD_WORD_FAILED;
	if (!guest->running)
		return HEAD_WORD_WAITING;
	/* Its processes are about to tell what there is. */
	if (guest->resync[HEAD_SOURCE_GUEST])
		return head->word;
	if (!head->width_px)
		return head->was_on ? HEAD_WORD_OFF : HEAD_WORD_STARTING;
	if (head->owner == HEAD_SOURCE_RENDER && guest->strikes.given_up)
		return HEAD_WORD_QUARANTINED;
	if (head->owner == HEAD_SOURCE_RENDER && guest_has_lost_contexts(guest))
		return HEAD_WORD_LOST;
	/* It is on, and its first frame on the way: until then it stays as it is. */
	bool passes = head->source >= 0 || head->word == HEAD_WORD_STALE ||
		      head->word == HEAD_WORD_LOST || head->word == HEAD_WORD_QUARANTINED;
	return passes ? HEAD_WORD_NONE : head->word;
}

static void guest_say(struct guest *guest, struct head *head, enum head_word word)
{
	char text[400];

	if (head->word == word)
		return;
	if (head->word == HEAD_WORD_STALE)
		events_raise(&guest->daemon->events, EVENT_DRAWS, guest->config->name, head->index);
	head->word = word;
	snprintf(text, sizeof(text), "%s head %u\n%s", guest->config->name, head->index,
		words[word] ? words[word] : "");
	guest->interface->notice(guest->presenter, head->index, words[word] ? text : NULL,
		word == HEAD_WORD_STALE);
}

static void guest_check_head(struct guest *guest, struct head *head)
{
	uint64_t flushes = guest->running ? guest->keep.state->counters.flushes[head->index] : 0;
	bool waits = head->planes[LINK_PLANE_PRIMARY].busy;

	if (!stale_check(&head->stale, clock_now_ns(), flushes, waits) || !head->stale.is_stale)
		return;
	events_raise(&guest->daemon->events, EVENT_STALE, guest->config->name, head->index);
	log_limited(&guest->events, LOG_LEVEL_WARN,
		"guest %s head %u: nothing was drawn for %u ms, its window says so",
		guest->config->name, head->index,
		guest->config->heads[head->index].stale_after_ms);
}

/* How soon to look again; 0: there is nothing to look at. */
static int64_t guest_watch_ns(const struct guest *guest)
{
	int64_t soonest_ns = guest_has_lost_contexts(guest) ? WATCH_NS : 0;

	for (uint32_t i = 0; i < guest->modes.n; i++) {
		const struct stale *stale = &guest->heads[i].stale;
		int64_t step_ns = stale->drawing ? stale->after_ns / 4 : 0;
		if (step_ns && (!soonest_ns || step_ns < soonest_ns))
			soonest_ns = step_ns;
	}
	return soonest_ns < WATCH_NS ? soonest_ns : WATCH_NS;
}

static void guest_handle_watch(struct loop_timer *timer)
{
	struct guest *guest = container_of(timer, struct guest, watch);

	guest->watches = false;
	for (uint32_t i = 0; i < guest->modes.n; i++)
		guest_check_head(guest, &guest->heads[i]);
	guest_tell_heads(guest);
}

int guest_watch_init(struct guest *guest)
{
	return loop_timer_init(&guest->watch, &guest->daemon->loop, guest_handle_watch);
}

void guest_tell_heads(struct guest *guest)
{
	for (uint32_t i = 0; i < guest->modes.n; i++)
		guest_say(guest, &guest->heads[i], guest_choose_word(guest, &guest->heads[i]));
	int64_t delay_ns = guest->watches ? 0 : guest_watch_ns(guest);
	if (!delay_ns)
		return;
	guest->watches = true;
	loop_timer_set(&guest->watch, delay_ns);
}

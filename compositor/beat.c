/* SPDX-License-Identifier: MIT */
/* When to begin a frame. */
#include "compositor/beat.h"

#include "base/clock.h"

#define MARGIN_PART 4 /* of a refresh: the least margin, and by what it grows */
#define MARGIN_FRAMES 1024
#define COST_FRAMES 64
/* Beyond this the beat as computed has drifted, and the driver may have stopped it. */
#define STALE_NS NSEC_PER_SEC

void beat_init(struct beat *beat, uint32_t refresh_ns)
{
	*beat = (struct beat){
		.refresh_ns = refresh_ns,
		.margin_ns = refresh_ns / MARGIN_PART,
	};
}

static int64_t beat_lead_ns(const struct beat *beat)
{
	int64_t lead_ns = beat->cost_ns + beat->margin_ns;

	if (beat->is_at_once)
		return 0;
	return lead_ns < beat->refresh_ns ? lead_ns : beat->refresh_ns;
}

int64_t beat_spare_ns(const struct beat *beat)
{
	return beat->refresh_ns - beat_lead_ns(beat);
}

static int64_t beat_choose(struct beat *beat, int64_t wanted_ns)
{
	int64_t lead_ns = beat_lead_ns(beat);
	int64_t begin_ns = beat->last_ns + beat->refresh_ns - lead_ns;

	beat->target_ns = 0;
	if (beat->last_ns == 0 || wanted_ns - beat->last_ns > STALE_NS)
		return wanted_ns;
	if (begin_ns < wanted_ns) {
		if (beat->is_variable || beat->is_at_once)
			return wanted_ns;
		int64_t n = (wanted_ns - begin_ns - 1) / beat->refresh_ns + 1;
		begin_ns += n * beat->refresh_ns;
		beat->target_ns = begin_ns + lead_ns;
		/* The refresh before that may be met yet, with luck. */
		int64_t left_ns = beat->target_ns - beat->refresh_ns - wanted_ns;
		return left_ns > beat->cost_ns ? wanted_ns : begin_ns;
	}
	beat->target_ns = begin_ns + lead_ns;
	return begin_ns;
}

int64_t beat_begin(struct beat *beat, int64_t wanted_ns)
{
	beat->begin_ns = beat_choose(beat, wanted_ns);
	return beat->begin_ns;
}

void beat_given(struct beat *beat, int64_t given_ns)
{
	int64_t cost_ns = given_ns - beat->begin_ns;

	beat->given_ns = given_ns;
	if (cost_ns > beat->refresh_ns)
		return;
	beat->cost_ns -= (beat->cost_ns - cost_ns) / COST_FRAMES;
	if (beat->cost_ns < cost_ns)
		beat->cost_ns = cost_ns;
}

bool beat_shown(struct beat *beat, int64_t shown_ns, bool is_at_once)
{
	int64_t least_ns = beat->refresh_ns / MARGIN_PART;
	bool is_late = beat->target_ns && shown_ns > beat->target_ns + beat->refresh_ns / 2;

	if (is_late && beat->given_ns < beat->target_ns && beat->margin_ns < beat->refresh_ns)
		beat->margin_ns += least_ns;
	if (!is_late)
		beat->margin_ns -= (beat->margin_ns - least_ns) / MARGIN_FRAMES;
	beat->last_ns = shown_ns;
	beat->is_at_once = is_at_once;
	beat->target_ns = 0;
	return is_late;
}

void beat_lose(struct beat *beat)
{
	beat->last_ns = beat->target_ns = 0;
}

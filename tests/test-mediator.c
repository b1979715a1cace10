/* SPDX-License-Identifier: MIT */
/*
 * The mediator with renderers that are nothing but their pages: honest ones, and those that
 * write into theirs whatever they like. The clock is the test's own.
 */
#include "tests/mediator_world.h"

/* -- honest ones -- */

static void test_alone(void **state)
{
	open_all(1);
	assert_false(holds(honest));
	want(honest, 1);
	assert_true(holds(honest));
	uint32_t grant = grant_of(honest);
	run(1000 * MS, 1);
	want(honest, 0);
	run(10 * MS, 1);
	want(honest, 1);
	/* The very word, which is all that it looks at. */
	assert_int_equal(grant_of(honest), grant);
	assert_int_equal(grant & (BUDGET_SHARED | BUDGET_REVOKED), 0);
	assert_false(overdue(honest, 0));
}

static void test_two_in_turn(void **state)
{
	open_all(2);
	want(honest, 1);
	run(20 * MS, 2);
	want(other, 1);
	assert_true(grant_of(honest) & BUDGET_SHARED);
	run(1000 * MS, 2);
	assert_in_range(honest->had_ns, 500 * MS - SLICE, 520 * MS + SLICE);
	assert_in_range(other->had_ns, 500 * MS - 2 * SLICE, 500 * MS + 2 * SLICE);
	/* No work for one: all is the other's, as if alone. */
	want(other, 0);
	run(50 * MS, 2);
	if (holds(other))
		give_back(other);
	run(50 * MS, 2);
	assert_true(holds(honest));
	assert_int_equal(grant_of(honest) & (BUDGET_SHARED | BUDGET_REVOKED), 0);
}

/* Who holds the GPU goes: whoever waits has it at once. */
static void test_holder_that_goes(void **state)
{
	open_all(2);
	want(other, 1);
	want(honest, 1);
	assert_true(holds(other));
	assert_false(holds(honest));
	mediator_client_stop(&other->client);
	assert_true(holds(honest));
	mediator_client_stop(&other->client); /* is harmless */
	start(other);
}

/* More at a time, and fewer again: then those that are too many are asked. */
static void test_in_flight(void **state)
{
	open_all(3);
	for (uint32_t i = 0; i < 3; i++)
		want(&world.renderers[i], 1);
	mediator_set_in_flight(&world.mediator, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(holds(&world.renderers[i]));
	mediator_set_in_flight(&world.mediator, 1);
	run(100 * MS, 3);
	uint32_t n = 0;
	for (uint32_t i = 0; i < 3; i++)
		n += holds(&world.renderers[i]);
	assert_int_equal(n, 1);
}

/* -- one that keeps its grant -- */

static void test_overdue(void **state)
{
	open_all(2);
	want(other, 1);
	assert_false(overdue(other, 0));
	pass(1000 * MS);
	assert_false(overdue(other, 0)); /* nobody asked it */
	want(honest, 1);
	for (uint64_t ns = 0; ns < 2 * SLICE && !(grant_of(other) & BUDGET_REVOKED); ns += STEP)
		pass(STEP);
	assert_true(grant_of(other) & BUDGET_REVOKED);
	assert_false(overdue(other, 0));
	pass(10 * MS);
	assert_true(overdue(other, 9 * MS));
	assert_false(overdue(other, 10 * MS));
	assert_false(overdue(honest, 0)); /* who waits is not */
	pass(1);
	assert_true(overdue(other, 10 * MS));
	/* In time after all. */
	give_back(other);
	assert_false(overdue(other, 0));
	assert_true(holds(honest));
	/* A new grant is a new start. */
	run(2 * SLICE, 1);
	for (uint64_t ns = 0; ns < 20 * MS && !holds(other); ns += STEP) {
		obey(honest);
		pass(STEP);
	}
	assert_true(holds(other));
	assert_false(overdue(other, 0));
	/* What it had is what it pays: the other goes first for as long. */
	mediator_client_stop(&other->client);
	assert_false(overdue(other, 0));
	assert_true(holds(honest));
}

/* While mulliond was stopped for a minute the renderer was, perhaps. */
static void test_stopped_together(void **state)
{
	open_all(2);
	want(other, 1);
	want(honest, 1);
	pass(2 * SLICE);
	assert_true(grant_of(other) & BUDGET_REVOKED);
	assert_false(overdue(other, 2000 * MS));
	pass(60000 * MS);
	assert_false(overdue(other, 2000 * MS));
	for (int i = 0; i < 4; i++) {
		assert_false(overdue(other, 2000 * MS));
		pass(250 * MS);
	}
	pass(1);
	assert_true(overdue(other, 2000 * MS));
}

/* In a call, or at a fence, with no grant to return. */
static void test_stuck_alone(void **state)
{
	open_all(1);
	want(honest, 1);
	for (uint32_t beat = 1; beat <= 4; beat++) {
		atomic_store(&honest->page.heartbeat.value, beat);
		assert_false(overdue(honest, 500 * MS));
		pass(400 * MS);
		assert_false(overdue(honest, 500 * MS));
		pass(101 * MS);
		assert_int_equal(overdue(honest, 500 * MS), beat & 1);
	}
	/* It answers when it is asked, but for the last time. */
	for (uint32_t asked = 0; asked < 10;) {
		assert_false(overdue(honest, 500 * MS));
		if (budget_is_to_be_asked(&honest->budget)) {
			atomic_fetch_add(&honest->page.heartbeat.value, 2);
			asked++;
		}
		pass(250 * MS);
	}
	assert_false(overdue(honest, 500 * MS));
	for (int i = 0; i < 10; i++) {
		pass(500 * MS);
		assert_false(overdue(honest, 500 * MS));
	}
	pass(501 * MS);
	assert_true(overdue(honest, 500 * MS));
	atomic_fetch_add(&honest->page.heartbeat.value, 2);
	atomic_store(&honest->page.fence_head.value, 3);
	assert_false(overdue(honest, 500 * MS));
	for (uint32_t done = 1; done <= 3; done++) {
		pass(400 * MS);
		assert_false(overdue(honest, 500 * MS));
		atomic_store(&honest->page.fence_tail.value, done);
		assert_false(overdue(honest, 500 * MS));
	}
	pass(900 * MS);
	assert_false(overdue(honest, 500 * MS));
	atomic_store(&honest->page.fence_head.value, 2); /* ahead of it, whatever that means */
	assert_false(overdue(honest, 500 * MS));
	pass(501 * MS);
	assert_true(overdue(honest, 500 * MS));
}

/* A debt: who kept it for a second has nothing for the next one. */
static void test_keeping_it_is_paid_for(void **state)
{
	open_all(2);
	want(other, 1);
	want(honest, 1);
	pass(1000 * MS);
	assert_true(holds(other));
	give_back(other);
	run(900 * MS, 2);
	assert_in_range(honest->had_ns, 890 * MS, 900 * MS);
}

/* -- ones that write nonsense -- */

static void test_want_is_a_flag(void **state)
{
	const uint32_t values[] = { 7, UINT32_MAX, 2, 1u << 31 };

	open_all(2);
	want(honest, 1);
	for (size_t i = 0; i < N(values); i++) {
		want(other, values[i]);
		run(10 * SLICE, 2);
		want(other, 0);
		run(10 * SLICE, 2);
		give_back(other);
	}
	assert_in_range(other->had_ns, 10 * SLICE, 40 * SLICE);
}

/* Of grants that it does not have, or had, it may say what it likes. */
static void test_returns_of_nothing(void **state)
{
	open_all(2);
	want(honest, 1);
	run(MS, 1);
	for (uint32_t i = 0; i < 1000; i++) {
		atomic_store(&other->page.returned.value, i);
		mediator_client_look(&other->client);
		pass(STEP);
		assert_true(holds(honest));
	}
	assert_int_equal(grant_of(other) & BUDGET_HELD, 0);
	assert_int_equal(other->client.used_ns, 0);
}

/* Serials go round. */
static void test_serials_wrap(void **state)
{
	open_all(2);
	honest->client.grant = other->client.grant = UINT32_MAX >> BUDGET_SERIAL_SHIFT
									   << BUDGET_SERIAL_SHIFT;
	want(honest, 1);
	want(other, 1);
	run(100 * SLICE, 2);
	assert_in_range(honest->had_ns, 45 * SLICE, 55 * SLICE);
	assert_in_range(other->had_ns, 45 * SLICE, 55 * SLICE);
}

/* A page that an earlier mulliond left, with anything in it. */
static void test_page_that_is_found(void **state)
{
	memset(&other->page, 0xff, sizeof(other->page));
	open_all(2);
	assert_int_equal(grant_of(other), BUDGET_HELD); /* a new one: it wants it */
	want(honest, 1);
	for (int i = 0; i < 100 && !holds(honest); i++) {
		give_back(other);
		pass(SLICE);
	}
	assert_true(holds(honest));
	assert_in_range(other->client.used_ns, 0, 100 * SLICE);
	/* What it did is counted from here, over the end of its numbers too. */
	assert_int_equal(other->guest.work.frames, 0);
	atomic_store(&other->page.frames.value, 2);
	mediator_charge(&world.mediator);
	assert_int_equal(other->client.work.frames, 3);
	assert_int_equal(other->guest.work.submissions, 0);
	mediator_client_stop(&other->client);
	assert_int_equal(other->guest.work.frames, 3);
}

/* While alone it is charged what it says, and never more than has passed. */
static void test_busy_that_jumps(void **state)
{
	const uint64_t values[] = { UINT64_MAX, 0, 1, UINT64_MAX / 2, 5, UINT64_MAX,
		UINT64_MAX - 1 };

	open_all(2);
	want(other, 1);
	uint64_t passed_ns = 0;
	for (size_t i = 0; i < 1000; i++) {
		atomic_store(&other->page.busy.ns, values[i % N(values)]);
		pass(STEP);
		passed_ns += STEP;
		assert_true(other->client.used_ns <= passed_ns);
		assert_true(world.mediator.used_ns <= passed_ns);
	}
	/* Others wait: then the clock says it, whatever the page does. */
	mediator_charge(&world.mediator);
	uint64_t before_ns = other->client.used_ns;
	want(honest, 1);
	atomic_store(&other->page.busy.ns, 0);
	pass(MS);
	mediator_charge(&world.mediator);
	assert_int_equal(other->client.used_ns - before_ns, MS);
}

static void scribble(struct renderer *renderer, struct dice *dice)
{
	uint32_t serial = grant_of(renderer) >> BUDGET_SERIAL_SHIFT;
	const uint32_t returns[] = { serial, serial, serial + 1, serial - 1, 0, UINT32_MAX,
		dice_roll(dice, UINT32_MAX) };

	atomic_store(
		&renderer->page.want.value, dice_roll(dice, 3) ? dice_roll(dice, UINT32_MAX) : 0);
	if (dice_roll(dice, 4) == 0)
		atomic_store(&renderer->page.returned.value, returns[dice_roll(dice, N(returns))]);
	atomic_store(&renderer->page.busy.ns, (uint64_t)dice_roll(dice, UINT32_MAX)
						      << dice_roll(dice, 33));
	atomic_store(&renderer->page.chunks.value, dice_roll(dice, UINT32_MAX));
	/* Words that are not its own: mulliond does not look at them. */
	atomic_store(&renderer->page.grant.value, dice_roll(dice, UINT32_MAX));
	atomic_store(&renderer->page.slice.value, dice_roll(dice, UINT32_MAX));
	if (dice_roll(dice, 2))
		mediator_client_look(&renderer->client);
}

/*
 * Seven that scribble all over their pages, each stopped and started anew when it is
 * overdue: the honest one has its part all the same.
 */
static void test_scribblers(void **state)
{
	for (uint32_t seed = 1; seed <= 5; seed++) {
		struct dice dice = dice_of(seed);
		world_teardown(NULL);
		world_setup(NULL);
		open_all(MANY);
		want(honest, 1);
		uint64_t passed_ns = 0;
		for (; passed_ns < 4000 * MS; passed_ns += STEP) {
			obey(honest);
			for (uint32_t i = 1; i < MANY; i++) {
				struct renderer *renderer = &world.renderers[i];
				scribble(renderer, &dice);
				if (!overdue(renderer, 5 * MS))
					continue;
				mediator_client_stop(&renderer->client);
				start(renderer);
			}
			pass(STEP);
			assert_true(world.mediator.used_ns <= MANY * (passed_ns + STEP));
		}
		/* Its due is an eighth. */
		assert_in_range(honest->had_ns, passed_ns / 9, passed_ns);
		for (uint32_t i = 0; i < MANY; i++)
			assert_true(world.renderers[i].client.used_ns <= passed_ns);
	}
}

/* -- what is told -- */

/* Alone what it uses, with others its weight's part, whether or not it gets that. */
static void test_due(void **state)
{
	struct policy_terms terms = POLICY_TERMS_DEFAULT;

	open_all(3);
	terms.weight = 3 * POLICY_WEIGHT_DEFAULT;
	assert_int_equal(mediator_guest_set(&other->guest, &terms), 0);
	want(honest, 1);
	run(100 * MS, 3);
	mediator_charge(&world.mediator);
	assert_in_range(honest->guest.due_ns, 99 * MS, 100 * MS);
	assert_int_equal(honest->guest.due_ns, honest->guest.used_ns);
	want(other, 1);
	run(400 * MS, 3);
	mediator_charge(&world.mediator);
	assert_in_range(honest->guest.due_ns, 198 * MS, 201 * MS);
	assert_in_range(other->guest.due_ns, 299 * MS, 301 * MS);
	assert_in_range(other->guest.used_ns, 300 * MS - 2 * SLICE, 300 * MS + 2 * SLICE);
	assert_int_equal(world.renderers[2].guest.due_ns, 0);
	assert_int_equal(world.mediator.used_ns, honest->guest.used_ns + other->guest.used_ns);
	assert_int_equal(honest->guest.waits.n, honest->guest.grants);
	assert_in_range(honest->guest.waited_ns, 290 * MS, 310 * MS);
}

/* Spans tell all that was used, by one at a time, and the waits between. */
static void test_timeline(void **state)
{
	const struct timeline *timeline = world.mediator.timeline;
	int64_t used_ns = 0, waited_ns = 0, free_ns = 0;
	int64_t start_ns = world.now_ns;

	open_all(2);
	strcpy(honest->guest.name, "honest");
	strcpy(other->guest.name, "other");
	want(honest, 1);
	want(other, 1);
	run(500 * MS, 2);
	mediator_charge(&world.mediator);
	assert_true(timeline->n > 100);
	assert_null(timeline_get(timeline, timeline->n));
	for (uint64_t i = 0; i < timeline->n; i++) {
		const struct timeline_span *span = timeline_get(timeline, i);
		assert_true(start_ns <= span->start_ns && span->start_ns < span->end_ns);
		assert_true(span->end_ns <= world.now_ns);
		assert_true(span->used_ns <= (uint64_t)(span->end_ns - span->start_ns));
		if (!span->used_ns && !strcmp(span->guest, "other"))
			waited_ns += span->end_ns - span->start_ns;
		if (!span->used_ns)
			continue;
		assert_true(span->start_ns >= free_ns);
		free_ns = span->end_ns;
		used_ns += span->used_ns;
	}
	assert_int_equal(used_ns, world.mediator.used_ns);
	assert_int_equal(waited_ns + other->guest.used_ns, 500 * MS);
}

static void test_timeline_wraps(void **state)
{
	const struct timeline *timeline = world.mediator.timeline;

	open_all(2);
	want(honest, 1);
	want(other, 1);
	while (timeline->n <= 2 * TIMELINE_SPANS)
		run(100 * MS, 2);
	uint64_t first = timeline->n - TIMELINE_SPANS;
	assert_null(timeline_get(timeline, 0));
	assert_null(timeline_get(timeline, first - 1));
	assert_true(timeline_get(timeline, first)->end_ns <=
		    timeline_get(timeline, timeline->n - 1)->end_ns);
	assert_null(timeline_get(timeline, UINT64_MAX));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_alone),
		CASE(test_two_in_turn),
		CASE(test_holder_that_goes),
		CASE(test_in_flight),
		CASE(test_overdue),
		CASE(test_stopped_together),
		CASE(test_stuck_alone),
		CASE(test_keeping_it_is_paid_for),
		CASE(test_want_is_a_flag),
		CASE(test_returns_of_nothing),
		CASE(test_serials_wrap),
		CASE(test_page_that_is_found),
		CASE(test_busy_that_jumps),
		CASE(test_scribblers),
		CASE(test_due),
		CASE(test_timeline),
		CASE(test_timeline_wraps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * A head in the daemon between two workers and a presenter. Whatever they do: each
 * frame gets its frame_done once, each slot comes back, and no picture is looked at
 * after its worker has it again.
 */
#include "tests/head_world.h"

#include <drm_fourcc.h>

#include "base/clock.h"
#include "base/io.h"

static enum slot_state slot(struct head_world *world, enum head_source source, uint32_t slot)
{
	return world->workers[source].slots[LINK_PLANE_PRIMARY][slot].state;
}

static const struct picture *on_screen(struct head_world *world)
{
	return world->presenter.planes[PRESENTER_PLANE_PRIMARY].shown;
}

static const struct picture *picture(
	struct head_world *world, enum head_source source, uint32_t slot)
{
	const struct head_picture *p = world->head.planes[LINK_PLANE_PRIMARY].pictures[source][slot];
	return p ? &p->picture : NULL;
}

/* -- what a worker may not send -- */

static void test_pictures_refused(void **state)
{
	struct head_world *world = *state;
	struct link_picture_add m;

#define REFUSED(change)                                                                            \
	do {                                                                                       \
		m = add_of(0, 0);                                                                  \
		change;                                                                            \
		assert_false(world_try_add(world, GUEST, m));                                      \
	} while (0)
	REFUSED(m.plane = LINK_PLANE_COUNT);
	REFUSED(m.plane = UINT32_MAX);
	REFUSED(m.slot = LIMIT_SLOTS);
	REFUSED(m.slot = UINT32_MAX);
	REFUSED(m.kind = 2);
	REFUSED(m.width_px = 0);
	REFUSED(m.height_px = 0);
	REFUSED(m.width_px = LIMIT_PICTURE_PX + 1; m.stride_bytes = m.width_px * 4);
	REFUSED(m.height_px = UINT32_MAX);
	REFUSED(m.width_px = 1u << 30; m.stride_bytes = 0);
	REFUSED(m.stride_bytes = SIDE * 4 - 1);
	REFUSED(m.stride_bytes = UINT32_MAX);
	REFUSED(m.height_px = SIDE + 1);
	REFUSED(m.offset_bytes = 1);
	REFUSED(m.offset_bytes = UINT32_MAX);
	REFUSED(m.fourcc = DRM_FORMAT_RGB565);
	REFUSED(m.fourcc = 0);
	assert_int_equal(world->presenter.n_known, 0);
	assert_true(world_try_add(world, GUEST, add_of(0, 0)));
	assert_false(world_try_add(world, GUEST, add_of(0, 0))); /* there is one */
	/* Memory that could shrink under the reader. */
	int fd = memfd_create_sealed("dup", 0);
	struct link_picture_add one = add_of(0, 1);
	assert_false(head_handle_add(&world->head, GUEST, &one, &fd));
	fd_close(&fd);
}

static void test_frames_refused(void **state)
{
	struct head_world *world = *state;
	struct link_frame m;

	world_add(world, GUEST, PRIMARY, 0);
#define WRONG(change)                                                                              \
	do {                                                                                       \
		m = frame_of(0, 0, 1);                                                             \
		change;                                                                            \
		assert_false(head_handle_frame(&world->head, GUEST, &m));                          \
	} while (0)
	WRONG(m.plane = 2);
	WRONG(m.slot = 1);
	WRONG(m.slot = LIMIT_SLOTS);
	WRONG(m.damage_width = SIDE + 1);
	WRONG(m.damage_x = 1);
	WRONG(m.damage_y = 1);
	WRONG(m.damage_x = UINT32_MAX; m.damage_width = 2);
	WRONG(m.damage_height = UINT32_MAX);
	WRONG(m.hot_x = SIDE + 1);
	WRONG(m.hot_y = UINT32_MAX);
	assert_int_equal(world->presenter.n_shows, 0);
	world_frame(world, GUEST, PRIMARY, 0, 1);
	m = frame_of(0, 0, 2);
	assert_false(head_handle_frame(&world->head, GUEST, &m)); /* it is here already */
	struct link_picture_remove none = { .slot = 5 };
	assert_false(head_handle_remove(&world->head, GUEST, &none));
	world_settle(world);
}

/* -- the flow -- */

static void test_one_after_the_other(void **state)
{
	struct head_world *world = *state;

	for (uint32_t i = 0; i < 3; i++)
		world_add(world, GUEST, PRIMARY, i);
	world_frame(world, GUEST, PRIMARY, 0, 1);
	assert_int_equal(world->workers[GUEST].frames_owed[PRIMARY], 1);
	world_frame_done(world, PRIMARY);
	assert_int_equal(world->workers[GUEST].frames_owed[PRIMARY], 0);
	world_frame(world, GUEST, PRIMARY, 1, 1);
	/* The first one is off the screen, but the presenter still reads it. */
	assert_int_equal(slot(world, GUEST, 0), SLOT_HANDED);
	world_release(world, 0);
	assert_int_equal(slot(world, GUEST, 0), SLOT_MINE);
	world_settle(world);
	/* The one on the screen stays here for a screenshot. */
	assert_int_equal(slot(world, GUEST, 1), SLOT_HANDED);
	assert_int_equal(world->head.stats.dropped, 0);
}

static void test_newest_of_those_that_wait(void **state)
{
	struct head_world *world = *state;

	world_add(world, GUEST, PRIMARY, 0);
	for (uint32_t i = 0; i < 3; i++)
		world_add(world, RENDER, PRIMARY, i);
	world_frame(world, GUEST, PRIMARY, 0, 1);
	for (uint32_t i = 0; i < 3; i++)
		world_frame(world, RENDER, PRIMARY, i, 2);
	/* Two of them will never be shown: back at once, both in slot and in credit. */
	assert_int_equal(slot(world, RENDER, 0), SLOT_MINE);
	assert_int_equal(slot(world, RENDER, 1), SLOT_MINE);
	assert_int_equal(world->workers[RENDER].frames_owed[PRIMARY], 1);
	world_frame_done(world, PRIMARY);
	assert_ptr_equal(on_screen(world), picture(world, RENDER, 2));
	assert_int_equal(world->workers[GUEST].frames_owed[PRIMARY], 0);
	assert_int_equal(world->head.stats.dropped, 2);
	world_settle(world);
	assert_int_equal(slot(world, GUEST, 0), SLOT_MINE);
}

static void test_older_serial_is_not_shown(void **state)
{
	struct head_world *world = *state;

	world_add(world, GUEST, PRIMARY, 0);
	world_add(world, RENDER, PRIMARY, 0);
	world_frame(world, RENDER, PRIMARY, 0, 5);
	world_settle(world);
	world_frame(world, GUEST, PRIMARY, 0, 4);
	assert_ptr_equal(on_screen(world), picture(world, RENDER, 0));
	assert_int_equal(slot(world, GUEST, 0), SLOT_MINE);
	assert_int_equal(world->workers[GUEST].frames_owed[PRIMARY], 0);
	world_frame(world, GUEST, PRIMARY, 0, 6);
	assert_ptr_equal(on_screen(world), picture(world, GUEST, 0));
	world_settle(world);
	assert_int_equal(slot(world, RENDER, 0), SLOT_MINE);
}

static void test_blank(void **state)
{
	struct head_world *world = *state;

	world_add(world, GUEST, PRIMARY, 0);
	world_add(world, RENDER, PRIMARY, 0);
	world_frame(world, GUEST, PRIMARY, 0, 1);
	world_frame(world, RENDER, PRIMARY, 0, 2);
	world_scanout(world, 3, 0, false);
	assert_null(on_screen(world));
	assert_int_equal(slot(world, RENDER, 0), SLOT_MINE);
	world_settle(world);
	assert_int_equal(slot(world, GUEST, 0), SLOT_MINE);
	/* A frame of before comes late. */
	world_frame(world, GUEST, PRIMARY, 0, 2);
	assert_null(on_screen(world));
	assert_int_equal(slot(world, GUEST, 0), SLOT_MINE);
}

static void test_not_importable(void **state)
{
	struct head_world *world = *state;

	world->presenter.refuses = true;
	world_add_kind(world, RENDER, PRIMARY, 0, LINK_PICTURE_DMABUF);
	assert_int_equal(world->workers[RENDER].n_refused, 1);
	world_frame(world, RENDER, PRIMARY, 0, 1);
	assert_int_equal(slot(world, RENDER, 0), SLOT_MINE);
	assert_int_equal(world->workers[RENDER].frames_owed[PRIMARY], 0);
	assert_int_equal(world->presenter.n_shows, 0);
	world_remove(world, RENDER, PRIMARY, 0);
}

/* The presenter never releases what failed: the slot comes back when another is shown. */
static void test_fails_on_the_screen(void **state)
{
	struct head_world *world = *state;

	world_add_kind(world, RENDER, PRIMARY, 0, LINK_PICTURE_DMABUF);
	world_add(world, RENDER, PRIMARY, 1);
	world_frame(world, RENDER, PRIMARY, 0, 1);
	world->presenter.planes[0].shown = NULL;
	head_picture_failed((struct picture *)picture(world, RENDER, 0));
	world_frame_done(world, PRIMARY);
	world_frame(world, RENDER, PRIMARY, 1, 1);
	assert_int_equal(slot(world, RENDER, 0), SLOT_MINE);
	world_settle(world);
}

static void test_fails_while_it_waits(void **state)
{
	struct head_world *world = *state;

	world_add(world, GUEST, PRIMARY, 0);
	world_add_kind(world, RENDER, PRIMARY, 0, LINK_PICTURE_DMABUF);
	world_frame(world, GUEST, PRIMARY, 0, 1);
	world_frame(world, RENDER, PRIMARY, 0, 2);
	head_picture_failed((struct picture *)picture(world, RENDER, 0));
	world_settle(world);
	assert_int_equal(world->presenter.n_shows, 1);
	assert_int_equal(slot(world, RENDER, 0), SLOT_MINE);
	assert_int_equal(world->workers[RENDER].frames_owed[PRIMARY], 0);
}

/* A renderer dies with its frame on the screen; the other worker's waits and is shown. */
static void test_other_ones_frame_survives_a_death(void **state)
{
	struct head_world *world = *state;

	world_add(world, RENDER, PRIMARY, 0);
	world_add(world, GUEST, PRIMARY, 0);
	world_frame(world, RENDER, PRIMARY, 0, 1);
	world_frame(world, GUEST, PRIMARY, 0, 2);
	world_source_gone(world, RENDER);
	world_settle(world);
	assert_ptr_equal(on_screen(world), picture(world, GUEST, 0));
}

/* Its worker died; the last picture stays until another one draws, then it goes. */
static void test_last_picture_stays(void **state)
{
	struct head_world *world = *state;

	world_add(world, GUEST, PRIMARY, 0);
	world_frame(world, GUEST, PRIMARY, 0, 5);
	const struct picture *last = on_screen(world);
	world_source_lost(world, GUEST);
	world_settle(world);
	assert_ptr_equal(on_screen(world), last);
	world_source_comes(world, GUEST);
	world_add(world, GUEST, PRIMARY, 0);
	world_scanout(world, 5, SIDE, false);
	assert_ptr_equal(on_screen(world), last);
	world_frame(world, GUEST, PRIMARY, 0, 5);
	assert_ptr_equal(on_screen(world), picture(world, GUEST, 0));
	world_settle(world);
	assert_int_equal(world->presenter.n_known, 1);
	assert_true(list_empty(&world->head.orphans));
	/* Two deaths without a frame between them; then the VM goes. */
	world_source_lost(world, GUEST);
	world_source_comes(world, GUEST);
	world_source_lost(world, GUEST);
	assert_non_null(on_screen(world));
	world_source_gone(world, GUEST);
	world_settle(world);
	assert_null(on_screen(world));
	assert_int_equal(world->presenter.n_known, 0);
}

static void test_successor_has_credit_of_its_own(void **state)
{
	struct head_world *world = *state;

	world_add(world, RENDER, PRIMARY, 0);
	world_frame(world, RENDER, PRIMARY, 0, 1);
	world_source_gone(world, RENDER);
	world_source_comes(world, RENDER);
	world_add(world, RENDER, PRIMARY, 0);
	world_frame(world, RENDER, PRIMARY, 0, 1);
	/* The frame_done that is owed is of the dead one's. */
	world_frame_done(world, PRIMARY);
	assert_int_equal(world->workers[RENDER].frames_owed[PRIMARY], 1);
	world_frame_done(world, PRIMARY);
	assert_int_equal(world->workers[RENDER].frames_owed[PRIMARY], 0);
}

/* From the flush to the commit, and to the light. */
static void test_latency(void **state)
{
	struct head_world *world = *state;
	const struct head_stats *stats = &world->head.stats;
	struct link_frame frame = frame_of(PRIMARY, 0, 1);

	frame.flush_ns = clock_now_ns() - 5 * NSEC_PER_MSEC;
	world_add(world, GUEST, PRIMARY, 0);
	assert_true(head_handle_frame(&world->head, GUEST, &frame));
	world->workers[GUEST].frames_owed[PRIMARY]++;
	world->workers[GUEST].slots[PRIMARY][0].state = SLOT_HANDED;
	assert_true(world->presenter.flush_ns == frame.flush_ns);
	head_committed(&world->head, frame.flush_ns);
	assert_int_equal(stats->sent.n, 1);
	assert_in_range(histogram_quantile_us(&stats->sent, 50), 5000, 1000000);
	assert_int_equal(stats->presented, 0);
	head_presented(&world->head, frame.flush_ns, frame.flush_ns + 20 * NSEC_PER_MSEC);
	assert_int_equal(stats->presented, 1);
	assert_in_range(histogram_quantile_us(&stats->seen, 50), 20000, 24000);
	/* Nobody knows when. */
	head_presented(&world->head, frame.flush_ns, 0);
	assert_int_equal(stats->presented, 2);
	assert_int_equal(stats->seen.n, 1);
	head_discarded(&world->head);
	assert_int_equal(stats->discarded, 1);
	world_settle(world);
}

/* A worker may say any time; what it cannot have been is now. */
static void test_flush_times(void **state)
{
	static const int64_t times[] = { INT64_MIN, -1, 0, INT64_MAX };
	struct head_world *world = *state;
	int64_t start_ns = clock_now_ns();

	for (uint32_t i = 0; i < 4; i++) {
		struct link_frame frame = frame_of(PRIMARY, i, 1);
		frame.flush_ns = times[i];
		world_add(world, GUEST, PRIMARY, i);
		assert_true(head_handle_frame(&world->head, GUEST, &frame));
		world->workers[GUEST].frames_owed[PRIMARY]++;
		world->workers[GUEST].slots[PRIMARY][i].state = SLOT_HANDED;
		assert_true(world->presenter.flush_ns >= start_ns);
		head_committed(&world->head, world->presenter.flush_ns);
		world_frame_done(world, PRIMARY);
	}
	world_settle(world);
}

static void test_cursor(void **state)
{
	struct head_world *world = *state;

	world_add(world, GUEST, LINK_PLANE_CURSOR, 0);
	world_frame(world, GUEST, LINK_PLANE_CURSOR, 0, 1);
	world_cursor(world, true);
	assert_int_equal(world->presenter.n_moves, 1);
	world_cursor(world, false);
	assert_null(world->presenter.planes[PRESENTER_PLANE_CURSOR].shown);
	world_settle(world);
	assert_int_equal(world->workers[GUEST].slots[LINK_PLANE_CURSOR][0].state, SLOT_MINE);
	assert_int_equal(world->workers[GUEST].frames_owed[LINK_PLANE_CURSOR], 0);
}

/* -- at random -- */

static void random_worker(struct head_world *world, struct dice *dice, enum head_source source)
{
	struct worker_end *w = &world->workers[source];
	uint32_t plane = dice_roll(dice, PLANES), slot = dice_roll(dice, LIMIT_SLOTS);

	if (!w->up) {
		if (!dice_roll(dice, 4))
			world_source_comes(world, source);
		return;
	}
	switch (w->slots[plane][slot].state) {
	case SLOT_EMPTY:
		world->presenter.refuses = !dice_roll(dice, 8);
		world_add_kind(world, source, plane, slot,
			dice_roll(dice, 2) ? LINK_PICTURE_DMABUF : LINK_PICTURE_SHM);
		world->presenter.refuses = false;
		return;
	case SLOT_MINE:
		world->serial += !dice_roll(dice, 4);
		if (dice_roll(dice, 6))
			world_frame(world, source, plane, slot,
				world->serial > 3 ? world->serial - dice_roll(dice, 4)
						  : world->serial);
		else
			world_remove(world, source, plane, slot);
		return;
	case SLOT_HANDED:
		if (!dice_roll(dice, 20))
			world_remove(world, source, plane, slot);
	}
}

static void random_failure(struct head_world *world, struct dice *dice)
{
	struct head_picture *p =
		world->head.planes[dice_roll(dice, PLANES)]
			.pictures[dice_roll(dice, 2)][dice_roll(dice, LIMIT_SLOTS)];
	struct presenter *presenter = &world->presenter;
	uint32_t n = 0;

	if (!p || !p->imported || p->refused ||
		p->picture.kind != PICTURE_KIND_DMABUF)
		return;
	/* What failed is let go without a word more. */
	for (uint32_t i = 0; i < PLANES; i++) {
		if (presenter->planes[i].shown == &p->picture)
			presenter->planes[i].shown = NULL;
	}
	for (uint32_t i = 0; i < presenter->n_due; i++) {
		if (presenter->due[i] != &p->picture)
			presenter->due[n++] = presenter->due[i];
	}
	presenter->n_due = n;
	head_picture_failed(&p->picture);
	world_read(world);
}

static void random_event(struct head_world *world, struct dice *dice)
{
	switch (dice_roll(dice, 12)) {
	case 0:
	case 1:
		if (world->presenter.n_due)
			world_release(world, dice_roll(dice, world->presenter.n_due));
		break;
	case 2:
	case 3:
		if (world->presenter.planes[PRESENTER_PLANE_PRIMARY].owed)
			world_frame_done(world, PRESENTER_PLANE_PRIMARY);
		break;
	case 4:
		if (world->presenter.planes[PRESENTER_PLANE_CURSOR].owed)
			world_frame_done(world, PRESENTER_PLANE_CURSOR);
		break;
	case 5:
		world_scanout(
			world, world->serial, dice_roll(dice, 8) ? SIDE : 0, dice_roll(dice, 2));
		break;
	case 6:
		world_cursor(world, dice_roll(dice, 4));
		break;
	case 7:
		if (!dice_roll(dice, 4))
			random_failure(world, dice);
		break;
	case 8: {
		enum head_source source = dice_roll(dice, HEAD_SOURCE_COUNT);
		if (!dice_roll(dice, 10) && world->workers[source].up)
			(dice_roll(dice, 2) ? world_source_gone : world_source_lost)(world, source);
		break;
	}
	default:
		random_worker(world, dice, dice_roll(dice, HEAD_SOURCE_COUNT));
	}
}

/* Nothing is owed, and what has not come back is what is shown. */
static void check_rest(struct head_world *world, bool blank)
{
	for (uint32_t s = 0; s < HEAD_SOURCE_COUNT; s++) {
		for (uint32_t p = 0; p < PLANES; p++) {
			assert_int_equal(world->workers[s].frames_owed[p], 0);
			for (uint32_t i = 0; i < LIMIT_SLOTS; i++) {
				if (world->workers[s].slots[p][i].state != SLOT_HANDED)
					continue;
				assert_false(blank);
				assert_ptr_equal(world->head.planes[p].shown,
					world->head.planes[p].pictures[s][i]);
			}
		}
	}
}

static void test_random(void **state)
{
	const char *only = getenv("TEST_SEED");
	uint64_t first = only ? strtoull(only, NULL, 0) : 0, n = only ? 1 : 300;

	for (uint64_t seed = first; seed < first + n; seed++) {
		world_setup(state);
		struct head_world *world = *state;
		struct dice dice = dice_of(seed);

		if (only)
			print_message("seed %s\n", only);
		for (int round = 0; round < 20; round++) {
			for (int step = 0; step < 100; step++)
				random_event(world, &dice);
			world_settle(world);
			check_rest(world, false);
		}
		world_cursor(world, true);
		world_cursor(world, false);
		world_scanout(world, UINT64_MAX, 0, false);
		world_settle(world);
		check_rest(world, true);
		assert_true(world->presenter.n_shows > 20);
		world_teardown(state);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_pictures_refused),
		TEST(test_frames_refused),
		TEST(test_one_after_the_other),
		TEST(test_newest_of_those_that_wait),
		TEST(test_older_serial_is_not_shown),
		TEST(test_blank),
		TEST(test_not_importable),
		TEST(test_fails_on_the_screen),
		TEST(test_fails_while_it_waits),
		TEST(test_other_ones_frame_survives_a_death),
		TEST(test_last_picture_stays),
		TEST(test_successor_has_credit_of_its_own),
		TEST(test_latency),
		TEST(test_flush_times),
		TEST(test_cursor),
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

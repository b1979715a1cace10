/* SPDX-License-Identifier: MIT */
/* A card that refuses, is taken, and has its screens pulled out, at random; and all is well then.
 */
#include <errno.h>

#include "base/log.h"
#include "compositor/config.h"
#include "compositor/screen.h"
#include "tests/card_screens.h"
#include "tests/fake_seat.h"
#include "tests/fake_udev.h"
#include "tests/unit.h"

#define STEPS 40 /* of each of ten runs */
#define STEP_MS 3

static uint32_t chance;
static unsigned ms_left;
static bool is_taken;

static uint32_t random_below(uint32_t n)
{
	chance = chance * 1664525 + 1013904223;
	return (chance >> 8) % n;
}

static bool is_later(void)
{
	return ms_left-- == 0;
}

static struct screen *some_screen(void)
{
	return screen_find(&card_server, random_below(2) ? "DP-1" : "DP-2");
}

static void session_change(void)
{
	is_taken = !is_taken;
	if (is_taken)
		fake_seat_take();
	else
		fake_seat_give();
}

static void plug_change(void)
{
	uint32_t head = random_below(FAKE_HEADS);

	fake_card.is_unplugged[head] = !fake_card.is_unplugged[head];
	fake_udev_hotplug(random_below(2) ? 100 + head : 0);
}

static int some_error(void)
{
	static const int errors[] = { 0, 0, -EBUSY, -EINVAL, -ENOMEM, -ENOSPC, -EACCES, -ENODEV };

	return errors[random_below(sizeof(errors) / sizeof(errors[0]))];
}

static void step(void)
{
	struct screen *screen = some_screen();

	switch (random_below(8)) {
	case 0:
		session_change();
		break;
	case 1:
		plug_change();
		break;
	case 2:
		fake_card.flip_error = some_error();
		break;
	case 3:
		fake_card.commit_error = some_error();
		break;
	case 4:
		fake_card.width_max_px = random_below(2) ? 640 : UINT32_MAX;
		break;
	case 5:
		if (screen)
			screen_set_power(screen, random_below(2));
		break;
	default:
		if (screen)
			screen_damage_all(screen);
		break;
	}
	ms_left = random_below(STEP_MS);
	card_run_until(is_later);
	assert_false(fake_card.flips_elsewhere);
}

static unsigned looks_before;

static bool are_there(void)
{
	return fake_card.n_looks > looks_before && screen_find(&card_server, "DP-1") &&
	       screen_find(&card_server, "DP-2");
}

static unsigned flips_before;

static bool has_flipped_both(void)
{
	return fake_card.flips >= flips_before + 2 && card_is_idle();
}

static void expect_well(void)
{
	fake_card.flip_error = fake_card.commit_error = 0;
	fake_card.width_max_px = UINT32_MAX;
	if (is_taken)
		session_change();
	fake_card.is_unplugged[0] = fake_card.is_unplugged[1] = false;
	ms_left = STEP_MS;
	card_run_until(is_later);
	looks_before = fake_card.n_looks;
	fake_udev_hotplug(0);
	card_run_until(are_there);
	assert_int_equal(screen_set_power(card_screen("DP-1"), true), 0);
	assert_int_equal(screen_set_power(card_screen("DP-2"), true), 0);
	card_run_until(card_is_idle);
	flips_before = fake_card.flips;
	screen_damage_all(card_screen("DP-1"));
	screen_damage_all(card_screen("DP-2"));
	card_run_until(has_flipped_both);
	assert_int_equal(fake_card_width_px(0), 640);
	assert_int_equal(fake_card_width_px(1), 640);
	assert_true(fake_card.heads[0].active && fake_card.heads[1].active);
	assert_int_equal(fake_card.n_framebuffers, 4);
}

static void test_chance(void **state)
{
	config_add_output(card_config, "DP-1")->mode = (struct screen_mode){ 640, 480, 0 };
	config_add_output(card_config, "DP-2")->mode = (struct screen_mode){ 640, 480, 0 };
	card_start();
	for (uint32_t seed = 1; seed <= 10; seed++) {
		chance = seed;
		for (int i = 0; i < STEPS; i++)
			step();
		expect_well();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_chance, card_setup, card_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

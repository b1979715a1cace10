/* SPDX-License-Identifier: MIT */
/* Refreshes that wait for frames: of a client's window alone, where all agree. */
#include <string.h>

#include "base/log.h"
#include "compositor/kms/kms.h"
#include "tests/abandoned_objects.h"
#include "tests/compositor_world.h"
#include "tests/fake_card.h"
#include "tests/unit.h"

#include "presentation-time-client-protocol.h"

static struct world world;
static struct world_client client;
static struct world_window window;
static struct kms *kms;

static struct screen *screen(void)
{
	return screen_find(&world.server, "DP-1");
}

static bool is_idle(void *data)
{
	return !screen()->busy && !screen()->wanted;
}

static void frame(void)
{
	screen_damage_all(screen());
	world_run_until(&world, is_idle, NULL);
}

/* -- what a client hears of its frames -- */

static void handle_sync_output(
	void *data, struct wp_presentation_feedback *feedback, struct wl_output *output)
{
}

static void handle_presented(void *data, struct wp_presentation_feedback *feedback, uint32_t s_high,
	uint32_t s_low, uint32_t ns, uint32_t refresh_ns, uint32_t high, uint32_t low,
	uint32_t flags)
{
	world_say(&client, "refresh %u\n", refresh_ns);
	wp_presentation_feedback_destroy(feedback);
}

static void handle_discarded(void *data, struct wp_presentation_feedback *feedback)
{
	world_say(&client, "discarded\n");
	wp_presentation_feedback_destroy(feedback);
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = handle_sync_output,
	.presented = handle_presented,
	.discarded = handle_discarded,
};

static void expect_refresh(const char *said)
{
	world_sync(&client);
	client.said[0] = '\0';
	wp_presentation_feedback_add_listener(
		wp_presentation_feedback(client.presentation, window.surface), &feedback_listener,
		NULL);
	world_window_show(&window, 640, 480);
	world_sync(&client);
	frame();
	world_expect(&client, said);
}

/* -- a card with such a screen -- */

static int setup(void **state)
{
	fake_card_init();
	fake_card.is_unplugged[1] = true;
	fake_card.has_vrr = true;
	world_init(&world);
	strcpy(world.config->device, "/dev/dri/card0");
	return 0;
}

static int teardown(void **state)
{
	world_client_finish(&client);
	server_drop_clients(&world.server);
	kms_destroy(kms);
	world_finish(&world);
	fake_card_finish();
	return 0;
}

static void start(bool is_configured)
{
	struct config_output *output = config_add_output(world.config, "DP-1");

	output->mode = (struct screen_mode){ 640, 480, 0 };
	output->vrr = is_configured;
	kms = kms_create(&world.server);
	assert_non_null(kms);
	world_client_init(&client, &world, 0);
	frame();
	assert_int_equal(fake_card.heads[0].vrr, 0);
	world_window_init(&window, &client, "window", NULL);
	frame();
}

static void test_full_screen(void **state)
{
	start(true);
	assert_int_equal(fake_card.heads[0].vrr, 1);
	assert_true(screen()->beat.is_variable);
	/* It is smaller than the screen: the rest of it would flicker for nothing. */
	world_window_show(&window, 320, 240);
	world_sync(&client);
	frame();
	assert_int_equal(fake_card.heads[0].vrr, 0);
	assert_false(screen()->beat.is_variable);
	world_window_show(&window, 640, 480);
	world_sync(&client);
	frame();
	assert_int_equal(fake_card.heads[0].vrr, 1);
}

static void test_not_configured(void **state)
{
	start(false);
	assert_int_equal(fake_card.heads[0].vrr, 0);
}

/* Refreshes that wait for frames have no length. */
static void test_refresh(void **state)
{
	start(true);
	expect_refresh("refresh 0\n");
}

static void test_refresh_constant(void **state)
{
	start(false);
	expect_refresh("refresh 16666666\n");
}

static void test_not_there(void **state)
{
	fake_card.has_vrr = false;
	start(true);
	assert_int_equal(fake_card.heads[0].vrr, 0);
	assert_false(screen()->beat.is_variable);
}

/* The frame is shown without, and it is not asked for again. */
static void test_refused(void **state)
{
	fake_card.refuses_vrr = true;
	start(true);
	assert_int_equal(fake_card.heads[0].vrr, 0);
	assert_int_equal(fake_card.refused, 1);
	frame();
	assert_int_equal(fake_card.refused, 1);
	assert_false(screen()->beat.is_variable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_full_screen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_configured, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refresh, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refresh_constant, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

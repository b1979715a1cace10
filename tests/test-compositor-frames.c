/* SPDX-License-Identifier: MIT */
/* When clients of mullion-compositor are asked to draw, and what they hear of their frames. */
#include "tests/compositor_world.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/surface/presentation.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "presentation-time-client-protocol.h"
#include "xdg-shell-client-protocol.h"

static struct world world;
static struct world_client client;
static struct world_window window;
static struct screen *screen;
static int64_t begun_ns;

static int setup(void **state)
{
	begun_ns = clock_now_ns();
	world_init(&world);
	world_add_whole(&world, "S-1", 64, 64);
	screen = &world.screens[0];
	world_client_init(&client, &world, 0);
	world_window_init(&window, &client, "W", "S-1");
	return 0;
}

static int teardown(void **state)
{
	world_client_finish(&client);
	world_finish(&world);
	return 0;
}

static bool is_busy(void *data)
{
	return screen->busy;
}

/* The frame that is due begins, and comes on the screen. */
static void show(void)
{
	const struct presentation_time time = { .ns = clock_now_ns(), .refresh_ns = 1 };

	world_run_until(&world, is_busy, NULL);
	screen_presented(screen, &time);
	world_sync(&client);
}

static void handle_done(void *data, struct wl_callback *callback, uint32_t time_ms)
{
	uint32_t before_ms = begun_ns / NSEC_PER_MSEC, now_ms = clock_now_ns() / NSEC_PER_MSEC;

	assert_true(time_ms - before_ms <= now_ms - before_ms);
	world_say(&client, "draw %s\n", (const char *)data);
	wl_callback_destroy(callback);
}

static const struct wl_callback_listener frame_listener = { handle_done };

static void draw(struct wl_surface *surface, const char *name)
{
	wl_callback_add_listener(wl_surface_frame(surface), &frame_listener, (void *)name);
	world_surface_show(&client, surface, 32, 32);
	world_sync(&client);
}

/* -- the tests -- */

/* However quickly it draws. */
static void test_asked(void **state)
{
	show();
	for (int i = 0; i < 8; i++) {
		draw(window.surface, "W");
		show();
		world_expect(&client, "draw W\n");
	}
}

static bool has_refused;

static int refuse(struct screen *of, const pixman_region32_t *damage)
{
	has_refused = true;
	return -EBUSY;
}

static bool is_refused(void *data)
{
	return has_refused;
}

/* Once the screen takes frames again, if it refused one. */
static void test_refused(void **state)
{
	const struct screen_interface *shows = screen->interface;
	const struct screen_interface refuses = { .show = refuse };

	test_asked(state);
	screen->interface = &refuses;
	draw(window.surface, "W");
	world_run_until(&world, is_refused, NULL);
	screen->interface = shows;
	show();
	world_expect(&client, "draw W\n");
}

/* By a screen that goes dark before its frame is seen; it waits from the next one on. */
static void test_dark(void **state)
{
	test_asked(state);
	draw(window.surface, "W");
	world_run_until(&world, is_busy, NULL);
	assert_int_equal(screen_set_power(screen, false), 0);
	world_expect(&client, "draw W\n");
	draw(window.surface, "W");
	world_expect(&client, "");
	assert_int_equal(screen_set_power(screen, true), 0);
	show();
	show();
	world_expect(&client, "draw W\n");
}

static void handle_sync_output(
	void *data, struct wp_presentation_feedback *feedback, struct wl_output *output)
{
}

static void handle_presented(void *data, struct wp_presentation_feedback *feedback, uint32_t s_high,
	uint32_t s_low, uint32_t ns, uint32_t refresh_ns, uint32_t high, uint32_t low,
	uint32_t flags)
{
	world_say(&client, "presented %s\n", (const char *)data);
	wp_presentation_feedback_destroy(feedback);
}

static void handle_discarded(void *data, struct wp_presentation_feedback *feedback)
{
	world_say(&client, "discarded %s\n", (const char *)data);
	wp_presentation_feedback_destroy(feedback);
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = handle_sync_output,
	.presented = handle_presented,
	.discarded = handle_discarded,
};

static void watch(struct wl_surface *surface, const char *name)
{
	wp_presentation_feedback_add_listener(
		wp_presentation_feedback(client.presentation, surface), &feedback_listener,
		(void *)name);
}

static struct wl_surface *add(struct wl_surface *parent, struct wl_subsurface **subsurface)
{
	struct wl_surface *surface = wl_compositor_create_surface(client.compositor);

	*subsurface = wl_subcompositor_get_subsurface(client.subcompositor, surface, parent);
	return surface;
}

/* Whatever its parent does until then; but for one that came before it was shown. */
static void test_presented(void **state)
{
	struct wl_subsurface *subsurface;
	struct wl_surface *child = add(window.surface, &subsurface);

	world_run_until(&world, is_busy, NULL);
	watch(child, "child");
	world_surface_show(&client, child, 8, 8);
	watch(window.surface, "first");
	wl_surface_commit(window.surface);
	watch(window.surface, "second");
	wl_surface_commit(window.surface);
	world_expect(&client, "discarded first\n");
	show();
	show();
	world_expect(&client, "presented second\npresented child\n");
}

/* What waited for two parents comes when the one that waited does not any more. */
static void test_desynchronized(void **state)
{
	struct wl_subsurface *of_child, *of_grandchild;
	struct wl_surface *child = add(window.surface, &of_child);

	world_surface_show(&client, child, 8, 8);
	wl_surface_commit(window.surface);
	struct wl_surface *grandchild = add(child, &of_grandchild);
	wl_subsurface_set_desync(of_grandchild);
	draw(grandchild, "grandchild");
	wl_surface_commit(child);
	wl_subsurface_set_desync(of_child);
	world_sync(&client);
	show();
	show();
	world_expect(&client, "draw grandchild\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dark, setup, teardown),
		cmocka_unit_test_setup_teardown(test_presented, setup, teardown),
		cmocka_unit_test_setup_teardown(test_desynchronized, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

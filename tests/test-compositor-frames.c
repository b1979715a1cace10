/* SPDX-License-Identifier: MIT */
/* When clients of mullion-compositor are asked to draw, and what they hear of their frames. */
#include "tests/compositor_world.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "compositor/surface/presentation.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* mullion-compositor's outputs as a car has them: regions, layers, backdrops, windows that die. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "tests/abandoned_objects.h"
#include "tests/client_globals.h"
#include "tests/compositor.h"
#include "tests/image.h"

#include "single-pixel-buffer-v1-client-protocol.h"
#include "viewporter-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define SIDE 320
#define GROUND 0x203040
#define RED 0xff0000
#define GREEN 0x00ff00
#define BLUE 0x0000ff
#define TRIES 2000

static const char config[] = "[compositor]\n"
			     "background = #203040\n"
			     "[output HEADLESS-2]\n"
			     "region left = 0,0,100x200\n"
			     "region right = 120,0,200x200\n"
			     "[output HEADLESS-3]\n"
			     "transform = 90\n"
			     "[window alarm]\n"
			     "output = HEADLESS-1\n"
			     "layer = above\n"
			     "box = 10,20,40x30\n"
			     "[window cluster]\n"
			     "output = right\n"
			     "[window turned]\n"
			     "output = HEADLESS-3\n"
			     "[window frozen]\n"
			     "output = HEADLESS-1\n"
			     "stale-after = 3s\n";

static struct compositor ours;

/* A client with a window of one colour. */
struct client {
	struct wl_display *display;
	struct wl_compositor *compositor;
	struct xdg_wm_base *wm_base;
	struct wp_viewporter *viewporter;
	struct wp_single_pixel_buffer_manager_v1 *single;
	struct wl_surface *surface;
	struct wp_viewport *viewport;
	int32_t width, height; /* as configured */
	bool was_free;         /* to choose its size */
};

static int group_setup(void **state)
{
	char path[PATH_MAX], options[PATH_MAX + 128];

	int ret = compositor_init(&ours, COMPOSITOR_MULLION, 1, SIDE, SIDE);
	if (ret < 0)
		return ret;
	snprintf(path, sizeof(path), "%s/layers.conf", ours.dir);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fputs(config, file);
	fclose(file);
	snprintf(options, sizeof(options),
		"--config %s --output HEADLESS-2=320x200 --output HEADLESS-3=320x200", path);
	return compositor_start(&ours, options);
}

static int group_teardown(void **state)
{
	compositor_finish(&ours);
	return 0;
}

/* -- the client -- */

static void handle_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial)
{
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = { .ping = handle_ping };

static void handle_toplevel(void *data, struct xdg_toplevel *toplevel, int32_t width,
	int32_t height, struct wl_array *states)
{
	struct client *client = data;

	client->was_free = client->was_free || width == 0;
	client->width = width;
	client->height = height;
}

static void handle_close(void *data, struct xdg_toplevel *toplevel)
{
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = handle_toplevel,
	.close = handle_close,
};

static void handle_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	xdg_surface_ack_configure(xdg, serial);
}

static const struct xdg_surface_listener xdg_listener = { .configure = handle_configure };

static void client_turn(struct client *client)
{
	assert_true(wl_display_roundtrip(client->display) >= 0);
}

static void client_show(struct client *client, uint32_t colour)
{
	wl_surface_attach(client->surface,
		wp_single_pixel_buffer_manager_v1_create_u32_rgba_buffer(client->single,
			(colour >> 16 & 0xff) * 0x1010101u, (colour >> 8 & 0xff) * 0x1010101u,
			(colour & 0xff) * 0x1010101u, UINT32_MAX),
		0, 0);
	wp_viewport_set_destination(client->viewport, client->width, client->height);
	wl_surface_damage(client->surface, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_commit(client->surface);
	client_turn(client);
}

/* Without a picture. */
static void client_start(struct client *client, const char *app_id)
{
	const struct client_global globals[] = {
		{ &wl_compositor_interface, 1, &client->compositor },
		{ &xdg_wm_base_interface, 1, &client->wm_base },
		{ &wp_viewporter_interface, 1, &client->viewporter },
		{ &wp_single_pixel_buffer_manager_v1_interface, 1, &client->single },
	};

	*client = (struct client){ .display = wl_display_connect(ours.socket) };
	assert_non_null(client->display);
	assert_true(client_globals_bind(
		client->display, globals, sizeof(globals) / sizeof(globals[0])));
	xdg_wm_base_add_listener(client->wm_base, &wm_base_listener, client);
	client->surface = wl_compositor_create_surface(client->compositor);
	client->viewport = wp_viewporter_get_viewport(client->viewporter, client->surface);
	struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(client->wm_base, client->surface);
	struct xdg_toplevel *toplevel = xdg_surface_get_toplevel(xdg);
	xdg_surface_add_listener(xdg, &xdg_listener, client);
	xdg_toplevel_add_listener(toplevel, &toplevel_listener, client);
	xdg_toplevel_set_app_id(toplevel, app_id);
	wl_surface_commit(client->surface);
	client_turn(client);
}

static void client_init(struct client *client, const char *app_id, uint32_t colour)
{
	client_start(client, app_id);
	client_show(client, colour);
}

static void client_finish(struct client *client)
{
	wl_display_disconnect(client->display);
}

/* -- what is seen -- */

static uint32_t pixel_at(const char *output, uint32_t x, uint32_t y)
{
	struct image image;

	assert_int_equal(compositor_screenshot_of(&ours, output, &image), 0);
	assert_in_range(x, 0, image.width_px - 1);
	assert_in_range(y, 0, image.height_px - 1);
	uint32_t pixel = *image_at(&image, x, y);
	image_finish(&image);
	return pixel;
}

/* Meanwhile the client, if there is one, does what it is asked. */
static void expect(
	struct client *client, const char *output, uint32_t x, uint32_t y, uint32_t colour)
{
	uint32_t seen = pixel_at(output, x, y);

	for (int tries = 0; tries < TRIES && seen != colour; tries++) {
		if (client)
			client_turn(client);
		usleep(10000);
		seen = pixel_at(output, x, y);
	}
	assert_int_equal(seen, colour);
}

/* Words are neither the ground nor a window. */
static bool has_words(const char *output)
{
	struct image image;
	bool has = false;

	assert_int_equal(compositor_screenshot_of(&ours, output, &image), 0);
	for (uint32_t i = 0; i < image.width_px * image.height_px; i++) {
		uint32_t green = image.pixels[i] >> 8 & 0xff;
		has = has || green > 0xb0;
	}
	image_finish(&image);
	return has;
}

static void expect_words(const char *output, bool has)
{
	for (int tries = 0; tries < TRIES && has_words(output) != has; tries++)
		usleep(10000);
	assert_int_equal(has_words(output), has);
}

/* -- the tests -- */

static void test_backdrop(void **state)
{
	expect(NULL, "HEADLESS-1", 0, 0, GROUND);
	expect(NULL, "left", 99, 199, GROUND);
	expect_words("right", false);
}

/* A region is an output of its own; what its window leaves is said there alone. */
static void test_region(void **state)
{
	struct client client;

	client_init(&client, "cluster", RED);
	assert_int_equal(client.width, 200);
	assert_int_equal(client.height, 200);
	expect(&client, "right", 0, 0, RED);
	expect(&client, "right", 199, 199, RED);
	expect(&client, "left", 99, 0, GROUND);
	client_finish(&client);
	expect(NULL, "right", 0, 0, GROUND);
	expect_words("right", true);
	expect_words("left", false);
	client_init(&client, "cluster", BLUE);
	expect(&client, "right", 100, 100, BLUE);
	expect_words("right", false);
	client_finish(&client);
}

/* Whatever comes later, an alarm is above it, in its place. */
static void test_above(void **state)
{
	struct client alarm, guest;

	client_init(&alarm, "alarm", RED);
	assert_int_equal(alarm.width, 40);
	assert_int_equal(alarm.height, 30);
	expect(&alarm, "HEADLESS-1", 10, 20, RED);
	client_init(&guest, "frozen", BLUE);
	expect(&guest, "HEADLESS-1", 9, 20, BLUE);
	expect(&guest, "HEADLESS-1", 10, 20, RED);
	expect(&guest, "HEADLESS-1", 49, 49, RED);
	expect(&guest, "HEADLESS-1", 50, 49, BLUE);
	client_show(&guest, GREEN);
	expect(&guest, "HEADLESS-1", 300, 300, GREEN);
	assert_int_equal(pixel_at("HEADLESS-1", 10, 20), RED);
	client_finish(&guest);
	client_finish(&alarm);
	expect(NULL, "HEADLESS-1", 10, 20, GROUND);
}

/* What is to draw and does not is not seen, until it does. */
static void test_stale(void **state)
{
	struct client client;

	client_init(&client, "frozen", BLUE);
	expect(&client, "HEADLESS-1", 0, 0, BLUE);
	expect(&client, "HEADLESS-1", 0, 0, GROUND);
	expect_words("HEADLESS-1", true);
	for (int i = 0; i < 100 && pixel_at("HEADLESS-1", 0, 0) != RED; i++)
		client_show(&client, RED);
	assert_int_equal(pixel_at("HEADLESS-1", 0, 0), RED);
	client_finish(&client);
}

/* Whose client does not answer is not seen, until it does. */
static void test_mute(void **state)
{
	struct client client;

	client_init(&client, "cluster", BLUE);
	expect(&client, "right", 0, 0, BLUE);
	expect(NULL, "right", 0, 0, GROUND);
	expect_words("right", true);
	expect(&client, "right", 0, 0, BLUE);
	client_finish(&client);
}

/* Each has an output of its own, though neither has a picture yet. */
static void test_together(void **state)
{
	struct client one, other;

	client_start(&one, "one");
	client_start(&other, "other");
	client_show(&one, RED);
	client_show(&other, BLUE);
	expect(&one, "left", 0, 0, RED);
	expect(&other, "right", 0, 0, BLUE);
	client_finish(&one);
	client_finish(&other);
}

/* Who does not take the size is told again, as if it were new. */
static void test_own_size(void **state)
{
	struct client client;

	client_init(&client, "cluster", GREEN);
	client_turn(&client);
	assert_false(client.was_free);
	client_finish(&client);
	client_start(&client, "cluster");
	client.width = client.height = 10;
	client_show(&client, GREEN);
	client_turn(&client);
	assert_true(client.was_free);
	assert_int_equal(client.width, 200);
	expect(&client, "right", 0, 0, GROUND);
	client_show(&client, GREEN);
	expect(&client, "right", 0, 0, GREEN);
	client_finish(&client);
}

/* A panel that is mounted on its side. */
static void test_turned(void **state)
{
	struct client client;

	client_init(&client, "turned", GREEN);
	assert_int_equal(client.width, 200);
	assert_int_equal(client.height, 320);
	expect(&client, "HEADLESS-3", 0, 0, GREEN);
	expect(&client, "HEADLESS-3", 199, 319, GREEN);
	client_finish(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backdrop),
		cmocka_unit_test(test_region),
		cmocka_unit_test(test_above),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_mute),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_own_size),
		cmocka_unit_test(test_turned),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

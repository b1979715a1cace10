/* SPDX-License-Identifier: MIT */
/* Clients of mullion-compositor that break protocols: each is told so, nobody else notices. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "base/log.h"
#include "tests/abandoned_objects.h"
#include "tests/client_globals.h"
#include "tests/compositor.h"
#include "tests/owner.h"

#include "fractional-scale-v1-client-protocol.h"
#include "viewporter-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define WIDTH 320
#define HEIGHT 240
#define ALL (&(struct picture_box){ 0, 0, WIDTH, HEIGHT })
#define SIDE 64
#define POOL_BYTES (SIDE * SIDE * 4)

static struct compositor ours;
static struct owner owner;
static struct owner_picture picture;

/* -- a client -- */

struct client {
	struct wl_display *display;
	struct wl_compositor *compositor;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	struct xdg_wm_base *wm_base;
	struct wp_viewporter *viewporter;
	struct wp_fractional_scale_manager_v1 *fractional;
	int memory;
	struct wl_shm_pool *pool;
	struct wl_surface *surface;
	struct xdg_surface *xdg;
	struct xdg_toplevel *toplevel;
	uint32_t serial;
};

static void handle_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	((struct client *)data)->serial = serial;
}

static const struct xdg_surface_listener xdg_listener = { .configure = handle_configure };

static void client_init(struct client *client)
{
	const struct client_global globals[] = {
		{ &wl_compositor_interface, 4, &client->compositor },
		{ &wl_subcompositor_interface, 1, &client->subcompositor },
		{ &wl_shm_interface, 1, &client->shm },
		{ &xdg_wm_base_interface, 2, &client->wm_base },
		{ &wp_viewporter_interface, 1, &client->viewporter },
		{ &wp_fractional_scale_manager_v1_interface, 1, &client->fractional },
	};

	*client = (struct client){ .display = wl_display_connect(ours.socket) };
	assert_non_null(client->display);
	assert_true(client_globals_bind(
		client->display, globals, sizeof(globals) / sizeof(globals[0])));
	assert_non_null(client->fractional);
	client->memory = memfd_create("pool", MFD_CLOEXEC);
	assert_int_equal(ftruncate(client->memory, POOL_BYTES), 0);
	client->pool = wl_shm_create_pool(client->shm, client->memory, POOL_BYTES);
	client->surface = wl_compositor_create_surface(client->compositor);
}

static void client_finish(struct client *client)
{
	wl_display_disconnect(client->display);
	close(client->memory);
}

static struct wl_buffer *client_buffer(struct client *client)
{
	return wl_shm_pool_create_buffer(
		client->pool, 0, SIDE, SIDE, SIDE * 4, WL_SHM_FORMAT_XRGB8888);
}

static void client_make_xdg(struct client *client)
{
	client->xdg = xdg_wm_base_get_xdg_surface(client->wm_base, client->surface);
	xdg_surface_add_listener(client->xdg, &xdg_listener, client);
}

static void client_make_window(struct client *client)
{
	client_make_xdg(client);
	client->toplevel = xdg_surface_get_toplevel(client->xdg);
	wl_surface_commit(client->surface);
	assert_true(wl_display_roundtrip(client->display) >= 0);
	xdg_surface_ack_configure(client->xdg, client->serial);
}

static void client_show(struct client *client)
{
	wl_surface_attach(client->surface, client_buffer(client), 0, 0);
	wl_surface_damage(client->surface, 0, 0, SIDE, SIDE);
	wl_surface_commit(client->surface);
}

/* -- what is wrong -- */

static void do_stride(struct client *client)
{
	client_make_window(client);
	wl_surface_attach(client->surface,
		wl_shm_pool_create_buffer(
			client->pool, 0, SIDE, SIDE, SIDE, WL_SHM_FORMAT_XRGB8888),
		0, 0);
}

static void do_odd_stride(struct client *client)
{
	wl_surface_attach(client->surface,
		wl_shm_pool_create_buffer(client->pool, 0, 8, 8, 18, WL_SHM_FORMAT_RGB565), 0, 0);
}

/* Memory that goes while it is shown. */
static void do_cut(struct client *client)
{
	client_make_window(client);
	assert_int_equal(ftruncate(client->memory, 0), 0);
	client_show(client);
	/* Until it was painted. */
	while (wl_display_roundtrip(client->display) >= 0)
		;
}

static void do_scale(struct client *client)
{
	wl_surface_set_buffer_scale(client->surface, 0);
}

static void do_transform(struct client *client)
{
	wl_surface_set_buffer_transform(client->surface, 8);
}

static void do_uneven_scale(struct client *client)
{
	wl_surface_attach(client->surface, client_buffer(client), 0, 0);
	wl_surface_set_buffer_scale(client->surface, 3);
	wl_surface_commit(client->surface);
}

static void do_two_roles(struct client *client)
{
	client_make_window(client);
	wl_subcompositor_get_subsurface(client->subcompositor, client->surface,
		wl_compositor_create_surface(client->compositor));
}

static void do_two_windows(struct client *client)
{
	client_make_window(client);
	xdg_surface_get_toplevel(client->xdg);
}

static void do_no_role(struct client *client)
{
	client_make_xdg(client);
	wl_surface_commit(client->surface);
}

static void do_early_buffer(struct client *client)
{
	client_make_xdg(client);
	client->toplevel = xdg_surface_get_toplevel(client->xdg);
	client_show(client);
}

static void do_late_window(struct client *client)
{
	client_show(client);
	client_make_xdg(client);
}

static void do_serial(struct client *client)
{
	client_make_window(client);
	xdg_surface_ack_configure(client->xdg, client->serial + 1);
}

static void do_serial_again(struct client *client)
{
	client_make_window(client);
	xdg_surface_ack_configure(client->xdg, client->serial);
}

static void do_order(struct client *client)
{
	client_make_window(client);
	xdg_surface_destroy(client->xdg);
}

static void do_shell_first(struct client *client)
{
	client_make_window(client);
	xdg_wm_base_destroy(client->wm_base);
}

static void do_geometry(struct client *client)
{
	client_make_window(client);
	xdg_surface_set_window_geometry(client->xdg, 0, 0, 0, -1);
}

static void do_limit(struct client *client)
{
	client_make_window(client);
	xdg_toplevel_set_max_size(client->toplevel, -1, 1);
}

static void do_positioner(struct client *client)
{
	xdg_positioner_set_size(xdg_wm_base_create_positioner(client->wm_base), 0, 1);
}

static void do_self(struct client *client)
{
	wl_subcompositor_get_subsurface(client->subcompositor, client->surface, client->surface);
}

static void do_circle(struct client *client)
{
	struct wl_surface *other = wl_compositor_create_surface(client->compositor);

	wl_subcompositor_get_subsurface(client->subcompositor, client->surface, other);
	wl_subcompositor_get_subsurface(client->subcompositor, other, client->surface);
}

static void do_depth(struct client *client)
{
	struct wl_surface *below = client->surface;

	for (int i = 0; i < 100; i++) {
		struct wl_surface *above = wl_compositor_create_surface(client->compositor);
		wl_subcompositor_get_subsurface(client->subcompositor, above, below);
		below = above;
	}
}

static void do_sibling(struct client *client)
{
	struct wl_surface *child = wl_compositor_create_surface(client->compositor);
	struct wl_surface *stranger = wl_compositor_create_surface(client->compositor);

	wl_subsurface_place_above(
		wl_subcompositor_get_subsurface(client->subcompositor, child, client->surface),
		stranger);
}

static void do_two_viewports(struct client *client)
{
	wp_viewporter_get_viewport(client->viewporter, client->surface);
	wp_viewporter_get_viewport(client->viewporter, client->surface);
}

static void do_viewport_value(struct client *client)
{
	wp_viewport_set_destination(
		wp_viewporter_get_viewport(client->viewporter, client->surface), 0, 10);
}

static void do_viewport_source(struct client *client)
{
	struct wp_viewport *viewport =
		wp_viewporter_get_viewport(client->viewporter, client->surface);

	wp_viewport_set_source(viewport, 0, 0, wl_fixed_from_int(SIDE + 1), wl_fixed_from_int(1));
	client_show(client);
}

static void do_viewport_fraction(struct client *client)
{
	struct wp_viewport *viewport =
		wp_viewporter_get_viewport(client->viewporter, client->surface);

	wp_viewport_set_source(viewport, 0, 0, wl_fixed_from_double(1.5), wl_fixed_from_int(1));
	client_show(client);
}

static void do_viewport_late(struct client *client)
{
	struct wp_viewport *viewport =
		wp_viewporter_get_viewport(client->viewporter, client->surface);

	wl_surface_destroy(client->surface);
	wp_viewport_set_destination(viewport, 10, 10);
}

static void do_two_fractions(struct client *client)
{
	wp_fractional_scale_manager_v1_get_fractional_scale(client->fractional, client->surface);
	wp_fractional_scale_manager_v1_get_fractional_scale(client->fractional, client->surface);
}

static const struct bad {
	const char *name;
	void (*act)(struct client *client);
	const char *interface; /* of the object that the error is told of */
	uint32_t code;
} bads[] = {
	{ "a stride of less than a row", do_stride, "wl_buffer", WL_SHM_ERROR_INVALID_STRIDE },
	{ "an odd stride", do_odd_stride, "wl_buffer", WL_SHM_ERROR_INVALID_STRIDE },
	{ "memory cut short", do_cut, "wl_buffer", WL_SHM_ERROR_INVALID_FD },
	{ "scale 0", do_scale, "wl_surface", WL_SURFACE_ERROR_INVALID_SCALE },
	{ "transform 8", do_transform, "wl_surface", WL_SURFACE_ERROR_INVALID_TRANSFORM },
	{ "64 px at scale 3", do_uneven_scale, "wl_surface", WL_SURFACE_ERROR_INVALID_SIZE },
	{ "two roles", do_two_roles, "wl_subcompositor", WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE },
	{ "two windows", do_two_windows, "xdg_surface", XDG_SURFACE_ERROR_ALREADY_CONSTRUCTED },
	{ "no role", do_no_role, "xdg_surface", XDG_SURFACE_ERROR_NOT_CONSTRUCTED },
	{ "a buffer too early", do_early_buffer, "xdg_surface",
		XDG_SURFACE_ERROR_UNCONFIGURED_BUFFER },
	{ "a buffer before", do_late_window, "xdg_wm_base",
		XDG_WM_BASE_ERROR_INVALID_SURFACE_STATE },
	{ "a serial of the future", do_serial, "xdg_surface", XDG_SURFACE_ERROR_INVALID_SERIAL },
	{ "a serial again", do_serial_again, "xdg_surface", XDG_SURFACE_ERROR_INVALID_SERIAL },
	{ "the wrong order", do_order, "", XDG_SURFACE_ERROR_DEFUNCT_ROLE_OBJECT },
	{ "the shell first", do_shell_first, "", XDG_WM_BASE_ERROR_DEFUNCT_SURFACES },
	{ "a geometry", do_geometry, "xdg_surface", XDG_SURFACE_ERROR_INVALID_SIZE },
	{ "a limit", do_limit, "xdg_toplevel", XDG_TOPLEVEL_ERROR_INVALID_SIZE },
	{ "a positioner", do_positioner, "xdg_positioner", XDG_POSITIONER_ERROR_INVALID_INPUT },
	{ "a part of itself", do_self, "wl_subcompositor", WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE },
	{ "a circle", do_circle, "wl_subcompositor", WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE },
	{ "a hundred deep", do_depth, "wl_display", WL_DISPLAY_ERROR_IMPLEMENTATION },
	{ "above a stranger", do_sibling, "wl_subsurface", WL_SUBSURFACE_ERROR_BAD_SURFACE },
	{ "two viewports", do_two_viewports, "wp_viewporter", WP_VIEWPORTER_ERROR_VIEWPORT_EXISTS },
	{ "a size of 0", do_viewport_value, "wp_viewport", WP_VIEWPORT_ERROR_BAD_VALUE },
	{ "out of the buffer", do_viewport_source, "wp_viewport", WP_VIEWPORT_ERROR_OUT_OF_BUFFER },
	{ "a size of fractions", do_viewport_fraction, "wp_viewport", WP_VIEWPORT_ERROR_BAD_SIZE },
	{ "a viewport of nothing", do_viewport_late, "wp_viewport", WP_VIEWPORT_ERROR_NO_SURFACE },
	{ "two scales", do_two_fractions, "wp_fractional_scale_manager_v1",
		WP_FRACTIONAL_SCALE_MANAGER_V1_ERROR_FRACTIONAL_SCALE_EXISTS },
};

static void expect_others_go_on(void)
{
	static uint32_t seed;

	owner_picture_fill(&picture, ALL, ++seed);
	owner_show(&owner, 0, &picture, NULL);
	owner_expect(&owner, &ours, 0, owner_pattern_image(ALL, seed));
	assert_true(owner_run_until_done(&owner));
}

static void test_bad(void **state)
{
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		const struct wl_interface *interface = NULL;
		struct client client;
		uint32_t id;

		print_message("%s\n", bads[i].name);
		client_init(&client);
		bads[i].act(&client);
		assert_true(wl_display_roundtrip(client.display) < 0);
		assert_int_equal(wl_display_get_error(client.display), EPROTO);
		uint32_t code = wl_display_get_protocol_error(client.display, &interface, &id);
		/* It is not told of an object that it has destroyed. */
		assert_string_equal(interface ? interface->name : "", bads[i].interface);
		assert_int_equal(code, bads[i].code);
		client_finish(&client);
		expect_others_go_on();
	}
}

/* -- what is not wrong, only absurd -- */

static void test_absurd(void **state)
{
	struct client client;

	client_init(&client);
	client_make_window(&client);
	struct wl_surface *child = wl_compositor_create_surface(client.compositor);
	struct wl_subsurface *subsurface =
		wl_subcompositor_get_subsurface(client.subcompositor, child, client.surface);
	struct wp_viewport *viewport = wp_viewporter_get_viewport(client.viewporter, child);
	wp_viewport_set_destination(viewport, INT32_MAX, INT32_MAX);
	wl_subsurface_set_position(subsurface, INT32_MIN, INT32_MAX);
	wl_subsurface_set_desync(subsurface);
	for (int i = 0; i < 300; i++) {
		wl_surface_damage(child, 3 * i, 5 * i, 1, 1);
		wl_surface_damage_buffer(child, INT32_MIN, INT32_MAX, INT32_MAX, INT32_MIN);
	}
	wl_surface_damage(child, INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX);
	wl_surface_damage(child, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX);
	wl_surface_attach(child, client_buffer(&client), 0, 0);
	wl_surface_commit(child);
	client_show(&client);
	assert_true(wl_display_roundtrip(client.display) >= 0);
	wp_viewport_set_destination(viewport, 1, INT32_MAX);
	wl_subsurface_set_position(subsurface, INT32_MAX, 0);
	wl_surface_commit(child);
	client_show(&client);
	assert_true(wl_display_roundtrip(client.display) >= 0);
	/* Objects go in an order that nobody would choose. */
	wl_surface_destroy(client.surface);
	wl_subsurface_set_position(subsurface, 1, 1);
	wl_subsurface_place_above(subsurface, child);
	wl_surface_commit(child);
	xdg_toplevel_set_fullscreen(client.toplevel, NULL);
	wl_surface_destroy(child);
	wl_subsurface_set_desync(subsurface);
	wl_subsurface_destroy(subsurface);
	wp_viewport_destroy(viewport);
	xdg_toplevel_destroy(client.toplevel);
	xdg_surface_destroy(client.xdg);
	assert_true(wl_display_roundtrip(client.display) >= 0);
	client_finish(&client);
	expect_others_go_on();
}

/* A window that comes and goes as often as it can, and is never waited for. */
static void test_flood(void **state)
{
	struct client client;

	client_init(&client);
	client_make_window(&client);
	struct wl_buffer *buffer = client_buffer(&client);
	for (int i = 0; i < 2000; i++) {
		wl_surface_attach(client.surface, buffer, 0, 0);
		wl_surface_damage(client.surface, 0, 0, SIDE, SIDE);
		wl_callback_destroy(wl_surface_frame(client.surface));
		wl_surface_commit(client.surface);
		if (i % 100 == 0)
			assert_true(wl_display_roundtrip(client.display) >= 0);
	}
	expect_others_go_on();
	client_finish(&client);
	expect_others_go_on();
}

static int group_setup(void **state)
{
	int ret = compositor_init(&ours, COMPOSITOR_MULLION, 2, WIDTH, HEIGHT);
	if (ret == 0)
		ret = compositor_start(&ours, COMPOSITOR_MULLION_HEADS);
	if (ret < 0)
		return ret;
	owner_init(&owner, &presenter_wayland, ours.socket, 1, WIDTH, HEIGHT);
	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	return owner_run_until_done(&owner) ? 0 : -1;
}

static int group_teardown(void **state)
{
	owner_forget(&owner, &picture);
	owner_finish(&owner);
	compositor_finish(&ours);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_absurd),
		cmocka_unit_test(test_flood),
	};

	log_init("test", LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

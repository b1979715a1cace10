/* SPDX-License-Identifier: MIT */
/* Drags whose parts go away in the middle, and what is against the protocol. */
#include <linux/input-event-codes.h>

#include "base/log.h"
#include "compositor/surface/surface.h"
#include "tests/abandoned_objects.h"
#include "tests/drag_world.h"
#include "tests/unit.h"

#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define COPY WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY
#define MOVE WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE
#define ASK WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK

static bool is_dragged(void)
{
	return world.seat->drag.client;
}

/* -- what goes away -- */

static void test_source_gone(void **state)
{
	struct wl_data_source *source = drag_to_b(COPY, COPY);

	wl_data_source_destroy(source);
	world_sync(&client);
	assert_false(is_dragged());
	world_expect(&other, "off\n");
	/* What it was offered for has no effect any more. */
	wl_data_offer_accept(to.offer, 0, "text/plain");
	wl_data_offer_set_actions(to.offer, COPY, COPY);
	wl_data_offer_destroy(to.offer);
	/* The press is nobody's till it ends. */
	drag_point(115, 10);
	world_expect(&other, "");
	drag_release();
	world_expect(&other, "enter B 15,10\n.\n");
}

/* After the drop: who finishes does not know. */
static void test_source_gone_late(void **state)
{
	struct wl_data_source *source = drag_to_b(COPY, COPY);

	drag_release();
	two_clients_forget();
	wl_data_source_destroy(source);
	world_sync(&client);
	wl_data_offer_finish(to.offer);
	world_expect(&other, "");
	wl_data_offer_destroy(to.offer);
	world_expect(&other, "");
}

static void test_offer_gone(void **state)
{
	drag_to_b(COPY, COPY);
	wl_data_offer_destroy(to.offer);
	world_sync(&other);
	world_expect(&client, "target none\naction 0\n");
	drag_point(120, 10);
	world_expect(&other, "at 20,10\n");
	drag_release();
	world_expect(&client, "cancelled\n");
	world_expect(&other, "off\nenter B 20,10\n.\n");
}

static void test_device_gone(void **state)
{
	drag_to_b(COPY, COPY);
	wl_data_device_release(to.device);
	world_sync(&other);
	world_expect(&client, "target none\naction 0\n");
	drag_point(120, 10);
	drag_release();
	world_expect(&client, "cancelled\n");
	world_expect(&other, "enter B 20,10\n.\n");
}

/* That of the client that drags matters to nobody else. */
static void test_own_device_gone(void **state)
{
	drag_to_b(COPY, COPY);
	wl_data_device_release(from.device);
	world_sync(&client);
	drag_release();
	world_expect(&client, "dropped\n");
}

static void test_surface_gone(void **state)
{
	drag_to_b(COPY, COPY);
	xdg_toplevel_destroy(b.toplevel);
	xdg_surface_destroy(b.xdg);
	wl_surface_destroy(b.surface);
	world_expect(&other, "off\n");
	world_expect(&client, "target none\naction 0\n");
	drag_release();
	world_expect(&client, "cancelled\n");
}

/* Its origin goes: the press was its, the drag is its client's. */
static void test_origin_gone(void **state)
{
	drag_to_b(COPY, COPY);
	xdg_toplevel_destroy(a.toplevel);
	xdg_surface_destroy(a.xdg);
	wl_surface_destroy(a.surface);
	world_sync(&client);
	drag_release();
	world_expect(&client, "dropped\n");
}

static bool is_over(void *data)
{
	return !is_dragged();
}

static bool is_nowhere(void *data)
{
	return !world.seat->drag.device;
}

static void test_client_gone(void **state)
{
	drag_to_b(COPY, COPY);
	world_client_finish(&client);
	world_run_until(&world, is_over, NULL);
	world_expect(&other, "off\n");
	drag_release();
	world_client_init(&client, &world, 0);
}

/* The same without a source, whose end would tell. */
static void test_own_client_gone(void **state)
{
	struct wl_surface *icon = wl_compositor_create_surface(client.compositor);

	drag_start_from_a(NULL, icon);
	world_client_finish(&client);
	world_run_until(&world, is_over, NULL);
	drag_release();
	world_client_init(&client, &world, 0);
}

static void test_target_client_gone(void **state)
{
	drag_to_b(COPY, COPY);
	world_client_finish(&other);
	world_run_until(&world, is_nowhere, NULL);
	world_expect(&client, "target none\naction 0\n");
	drag_release();
	world_expect(&client, "cancelled\n");
	world_client_init(&other, &world, 0);
}

/* The window is elsewhere, and the pointer where there is a screen. */
static void test_output_gone(void **state)
{
	drag_to_b(COPY, COPY);
	output_destroy(output_find(&world.server, "S-2"));
	world_sync(&other);
	assert_true(is_dragged());
	assert_true(world.seat->drag.x < 100);
	assert_null(strstr(other.said, "off\n"));
	output_destroy(output_find(&world.server, "S-1"));
	world_sync(&other);
	assert_non_null(strstr(other.said, "off\n"));
	assert_true(is_dragged());
	drag_release();
	world_sync(&client);
	assert_non_null(strstr(client.said, "cancelled\n"));
}

/* The finger's panel is unplugged. */
static void test_panel_gone(void **state)
{
	const struct touch_place place = drag_touch_place(0, 20, 20);
	struct wl_surface *icon = wl_compositor_create_surface(client.compositor);

	drag_release();
	touch_handle_down(&world.seat->touch, &world, 0, 0, &place);
	two_clients_forget();
	drag_start_from_a(drag_source(&from, COPY), icon);
	world_surface_show(&client, icon, 10, 10);
	world_sync(&client);
	assert_true(is_dragged());
	output_destroy(output_find(&world.server, "S-1"));
	world_sync(&client);
	assert_false(is_dragged());
	assert_non_null(strstr(client.said, "cancelled\n"));
}

/* Nobody sees where it would go. */
static void test_dark(void **state)
{
	drag_to_b(COPY, COPY);
	idle_start(&world.seat->idle, 1);
	world_run_until(&world, is_over, NULL);
	world_expect(&client, "target none\naction 0\ncancelled\n");
	drag_release();
	world_sync(&other);
	assert_null(strstr(other.said, "drop\n"));
}

/* Who had the pointer locked has it no more. */
static void test_locked(void **state)
{
	zwp_pointer_constraints_v1_lock_pointer(client.constraints, a.surface, client.pointer, NULL,
		ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT);
	world_sync(&client);
	assert_non_null(world.seat->pointer.constraint);
	drag_to_b(COPY, COPY);
	assert_null(world.seat->pointer.constraint);
	drag_release();
	world_expect(&client, "dropped\n");
}

/* -- what is against the protocol -- */

static void test_icon_role(void **state)
{
	wl_data_device_start_drag(
		from.device, drag_source(&from, COPY), a.surface, a.surface, client.serial);
	world_expect_error(&client, &wl_data_device_interface, WL_DATA_DEVICE_ERROR_ROLE);
	assert_false(is_dragged());
}

static void test_icon_as_window(void **state)
{
	struct wl_surface *icon = wl_compositor_create_surface(client.compositor);

	drag_start_from_a(drag_source(&from, COPY), icon);
	drag_release();
	xdg_surface_get_toplevel(xdg_wm_base_get_xdg_surface(client.wm_base, icon));
	world_expect_error(&client, &xdg_wm_base_interface, XDG_WM_BASE_ERROR_ROLE);
}

static void test_used_twice(void **state)
{
	struct wl_data_source *source = drag_to_b(COPY, COPY);

	drag_release();
	drag_press();
	wl_data_device_start_drag(from.device, source, a.surface, NULL, client.serial);
	world_expect_error(&client, &wl_data_source_interface, WL_DATA_SOURCE_ERROR_INVALID_SOURCE);
}

static void test_copied_with_actions(void **state)
{
	wl_data_device_set_selection(from.device, drag_source(&from, COPY), client.serial);
	world_expect_error(&client, &wl_data_source_interface, WL_DATA_SOURCE_ERROR_INVALID_SOURCE);
}

static void test_actions_twice(void **state)
{
	wl_data_source_set_actions(drag_source(&from, COPY), COPY);
	world_expect_error(&client, &wl_data_source_interface, WL_DATA_SOURCE_ERROR_INVALID_SOURCE);
}

static void test_actions_late(void **state)
{
	struct wl_data_source *source = drag_source(&from, 0);

	drag_start_from_a(source, NULL);
	wl_data_source_set_actions(source, MOVE);
	world_expect_error(&client, &wl_data_source_interface, WL_DATA_SOURCE_ERROR_INVALID_SOURCE);
	assert_false(is_dragged());
}

static void test_unknown_action(void **state)
{
	drag_to_b(COPY, COPY);
	wl_data_offer_set_actions(to.offer, 8, 0);
	world_expect_error(
		&other, &wl_data_offer_interface, WL_DATA_OFFER_ERROR_INVALID_ACTION_MASK);
}

static void test_two_preferred(void **state)
{
	drag_to_b(COPY, COPY);
	wl_data_offer_set_actions(to.offer, COPY | MOVE, COPY | MOVE);
	world_expect_error(&other, &wl_data_offer_interface, WL_DATA_OFFER_ERROR_INVALID_ACTION);
}

static void test_preferred_of_none(void **state)
{
	drag_to_b(COPY, COPY);
	wl_data_offer_set_actions(to.offer, COPY, MOVE);
	world_expect_error(&other, &wl_data_offer_interface, WL_DATA_OFFER_ERROR_INVALID_ACTION);
}

static void expect_bad_finish(void)
{
	wl_data_offer_finish(to.offer);
	world_expect_error(&other, &wl_data_offer_interface, WL_DATA_OFFER_ERROR_INVALID_FINISH);
}

static void test_finish_early(void **state)
{
	drag_to_b(COPY, COPY);
	expect_bad_finish();
	world_expect(&client, "target none\naction 0\n");
	assert_true(is_dragged());
}

static void test_finish_after_leave(void **state)
{
	drag_to_b(COPY, COPY);
	drag_point(10, 10);
	world_sync(&other);
	expect_bad_finish();
}

static void test_finish_twice(void **state)
{
	drag_to_b(COPY, COPY);
	drag_release();
	wl_data_offer_finish(to.offer);
	world_sync(&other);
	world_expect(&client, "dropped\nfinished\n");
	expect_bad_finish();
	world_expect(&client, "");
}

static void test_finish_unasked(void **state)
{
	drag_to_b(COPY | ASK, ASK);
	drag_release();
	world_sync(&other);
	expect_bad_finish();
	world_expect(&client, "dropped\ncancelled\n");
}

static void test_finish_refused(void **state)
{
	drag_to_b(COPY, COPY);
	drag_release();
	wl_data_offer_accept(to.offer, 0, NULL);
	world_sync(&other);
	expect_bad_finish();
	world_expect(&client, "dropped\ntarget none\ncancelled\n");
}

/* Another place than any screen has. */
static void test_far_icon(void **state)
{
	struct wl_surface *icon = wl_compositor_create_surface(client.compositor);

	drag_start_from_a(drag_source(&from, COPY), icon);
	for (int i = 0; i < 100; i++) {
		wl_surface_attach(icon, NULL, INT32_MAX, INT32_MIN);
		wl_surface_commit(icon);
	}
	world_surface_show(&client, icon, 10, 10);
	world_sync(&client);
	assert_int_equal(world.seat->drag.icon.dx, INT16_MAX);
	assert_int_equal(world.seat->drag.icon.dy, -INT16_MAX);
	drag_point(110, 10);
	drag_release();
	world_sync(&client);
}

static void test_offset_attached(void **state)
{
	struct wl_surface *icon = wl_compositor_create_surface(from.compositor);

	wl_surface_attach(icon, NULL, 1, 0);
	world_expect_error(&client, &wl_surface_interface, WL_SURFACE_ERROR_INVALID_OFFSET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_source_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_source_gone_late, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_offer_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_device_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_own_device_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_surface_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_origin_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_client_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_own_client_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_target_client_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_output_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_panel_gone, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_dark, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_locked, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_icon_role, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_icon_as_window, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_used_twice, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_copied_with_actions, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_actions_twice, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_actions_late, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_unknown_action, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_two_preferred, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_preferred_of_none, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_finish_early, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_finish_after_leave, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_finish_twice, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_finish_unasked, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_finish_refused, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_offset_attached, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_far_icon, drag_setup, two_clients_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

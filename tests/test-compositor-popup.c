/* SPDX-License-Identifier: MIT */
/* Menus: where they are, who has the seat then, what closes them. */
#include "tests/two_clients.h"

#include <linux/input-event-codes.h>

#include "base/log.h"
#include "compositor/shell/popup.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "xdg-shell-client-protocol.h"

static struct pointer *pointer;

/* -- where they are -- */

/* A target of 100x50, an anchor of 10x10 at (x, y), a popup of 20x20. */
static void expect_place(int32_t x, int32_t y, uint32_t side, uint32_t gravity, uint32_t adjustment,
	int32_t x1, int32_t y1, int32_t x2, int32_t y2)
{
	const pixman_box32_t target = { 0, 0, 100, 50 };
	const struct positioner positioner = {
		.width = 20,
		.height = 20,
		.anchor_x = x,
		.anchor_y = y,
		.anchor_width = 10,
		.anchor_height = 10,
		.anchor = side,
		.gravity = gravity,
		.adjustment = adjustment,
		.offset_x = 1,
	};
	pixman_box32_t box = positioner_place(&positioner, &target);

	assert_int_equal(box.x1, x1);
	assert_int_equal(box.y1, y1);
	assert_int_equal(box.x2, x2);
	assert_int_equal(box.y2, y2);
}

enum {
	NONE,
	TOP,
	BOTTOM,
	LEFT,
	RIGHT,
	TOP_LEFT,
	BOTTOM_LEFT,
	TOP_RIGHT,
	BOTTOM_RIGHT
};
enum {
	SLIDE_X = 1,
	SLIDE_Y = 2,
	FLIP_X = 4,
	FLIP_Y = 8,
	RESIZE_X = 16,
	RESIZE_Y = 32
};

static void test_places(void **state)
{
	expect_place(30, 20, NONE, NONE, 0, 26, 15, 46, 35);
	expect_place(30, 20, BOTTOM_LEFT, BOTTOM_RIGHT, 0, 31, 30, 51, 50);
	expect_place(30, 20, TOP_RIGHT, TOP_LEFT, 0, 21, 0, 41, 20);
	expect_place(30, 20, RIGHT, RIGHT, 0, 41, 15, 61, 35);
	expect_place(30, 20, LEFT, LEFT, 0, 11, 15, 31, 35);
	expect_place(30, 20, TOP, TOP, 0, 26, 0, 46, 20);
	expect_place(30, 20, BOTTOM, BOTTOM, 0, 26, 30, 46, 50);
	/* It does not fit below, nor to the right. */
	expect_place(85, 30, BOTTOM_RIGHT, BOTTOM_RIGHT, 0, 96, 40, 116, 60);
	expect_place(85, 30, BOTTOM_RIGHT, BOTTOM_RIGHT, FLIP_X | FLIP_Y, 66, 10, 86, 30);
	expect_place(85, 30, BOTTOM_RIGHT, BOTTOM_RIGHT, SLIDE_X | SLIDE_Y, 80, 30, 100, 50);
	expect_place(85, 30, BOTTOM_RIGHT, BOTTOM_RIGHT, RESIZE_X | RESIZE_Y, 96, 40, 100, 50);
	expect_place(-20, -40, TOP_LEFT, TOP_LEFT, SLIDE_X | SLIDE_Y, 0, 0, 20, 20);
	expect_place(95, 20, RIGHT, RIGHT, FLIP_X, 76, 15, 96, 35);
	expect_place(5, 31, RIGHT, LEFT, RESIZE_X, 0, 26, 16, 46);
	/* Where nothing of it would be seen it is not cut to nothing. */
	expect_place(300, 20, RIGHT, RIGHT, RESIZE_X, 311, 15, 331, 35);
}

/* What is larger than the target begins where it begins, or ends where it ends. */
static void test_too_large(void **state)
{
	const pixman_box32_t target = { 0, 0, 10, 10 };
	struct positioner positioner = {
		.width = 20,
		.height = 20,
		.anchor_width = 5,
		.anchor_height = 5,
		.anchor = TOP_LEFT,
		.gravity = BOTTOM_RIGHT,
		.adjustment = SLIDE_X | SLIDE_Y,
	};
	pixman_box32_t box = positioner_place(&positioner, &target);

	assert_int_equal(box.x1, 0);
	positioner.gravity = TOP_LEFT;
	box = positioner_place(&positioner, &target);
	assert_int_equal(box.x2, 10);
	positioner.adjustment |= RESIZE_X | RESIZE_Y;
	box = positioner_place(&positioner, &target);
	assert_int_equal(box.x1, 0);
	assert_int_equal(box.x2, 10);
}

/* -- a client's -- */

struct menu {
	struct world_window window;
	bool is_done;
	int32_t x, y, width, height;
	uint32_t token;
};

static void handle_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	xdg_surface_ack_configure(xdg, serial);
}

static const struct xdg_surface_listener xdg_listener = { .configure = handle_configure };

static void handle_place(
	void *data, struct xdg_popup *popup, int32_t x, int32_t y, int32_t width, int32_t height)
{
	struct menu *menu = data;

	menu->x = x;
	menu->y = y;
	menu->width = width;
	menu->height = height;
}

static void handle_done(void *data, struct xdg_popup *popup)
{
	struct menu *menu = data;

	menu->is_done = true;
	world_say(menu->window.client, "done %s\n", menu->window.name);
}

static void handle_repositioned(void *data, struct xdg_popup *popup, uint32_t token)
{
	((struct menu *)data)->token = token;
}

static const struct xdg_popup_listener popup_listener = {
	.configure = handle_place,
	.popup_done = handle_done,
	.repositioned = handle_repositioned,
};

static struct xdg_positioner *make_positioner(
	struct world_client *of, int32_t x, int32_t y, int32_t width, int32_t height)
{
	struct xdg_positioner *positioner = xdg_wm_base_create_positioner(of->wm_base);

	xdg_positioner_set_size(positioner, width, height);
	xdg_positioner_set_anchor_rect(positioner, x, y, 1, 1);
	xdg_positioner_set_anchor(positioner, TOP_LEFT);
	xdg_positioner_set_gravity(positioner, BOTTOM_RIGHT);
	xdg_positioner_set_constraint_adjustment(positioner, SLIDE_X | SLIDE_Y);
	return positioner;
}

/* At (x, y) of its parent, 20x20; not yet committed. */
static void menu_init(
	struct menu *menu, struct world_window *parent, const char *name, int32_t x, int32_t y)
{
	struct world_client *of = parent->client;
	struct xdg_positioner *positioner = make_positioner(of, x, y, 20, 20);

	*menu = (struct menu){ .window = { .client = of, .name = name } };
	menu->window.surface = wl_compositor_create_surface(of->compositor);
	wl_surface_set_user_data(menu->window.surface, (void *)name);
	menu->window.xdg = xdg_wm_base_get_xdg_surface(of->wm_base, menu->window.surface);
	xdg_surface_add_listener(menu->window.xdg, &xdg_listener, menu);
	menu->window.popup = xdg_surface_get_popup(menu->window.xdg, parent->xdg, positioner);
	xdg_popup_add_listener(menu->window.popup, &popup_listener, menu);
	xdg_positioner_destroy(positioner);
}

static void menu_show(struct menu *menu)
{
	wl_surface_commit(menu->window.surface);
	world_sync(menu->window.client);
	world_window_show(&menu->window, menu->width, menu->height);
	world_sync(menu->window.client);
}

static void menu_destroy(struct menu *menu)
{
	xdg_popup_destroy(menu->window.popup);
	xdg_surface_destroy(menu->window.xdg);
	wl_surface_destroy(menu->window.surface);
}

static void click(double x, double y)
{
	pointer_handle_place(pointer, 0, x, y);
	pointer_handle_button(pointer, 0, BTN_LEFT, true);
	pointer_handle_button(pointer, 0, BTN_LEFT, false);
}

/* Two screens side by side, 100 px wide, a window of one client each; the first was clicked. */
static int setup(void **state)
{
	two_clients_begin();
	pointer = &world.seat->pointer;
	assert_int_equal(keyboard_start(&world.seat->keyboard), 0);
	for (int i = 0; i < SEAT_CAPABILITIES; i++)
		seat_add_device(world.seat, i);
	two_clients_connect();
	two_clients_show();
	click(10, 10);
	two_clients_forget();
	return 0;
}

static uint32_t count_items(uint32_t screen)
{
	struct scene scene;

	scene_init(&scene);
	scene_build(&scene, &world.screens[screen]);
	uint32_t n = scene.n_items;
	scene_finish(&scene);
	return n;
}

static void test_menu(void **state)
{
	struct menu menu, deeper;
	uint32_t n = count_items(0);

	menu_init(&menu, &a, "menu", 70, 40);
	menu_show(&menu);
	assert_int_equal(menu.x, 70);
	assert_int_equal(menu.y, 30);
	assert_int_equal(count_items(0), n + 1);
	/* What counts for their edges lies elsewhere: (30, 10) of the menu, 5 px within. */
	xdg_surface_set_window_geometry(menu.window.xdg, 5, 5, 15, 15);
	wl_surface_commit(menu.window.surface);
	menu_init(&deeper, &menu.window, "deeper", -30, -10);
	menu_show(&deeper);
	pointer_handle_place(pointer, 0, 71, 32);
	pointer_handle_place(pointer, 0, 45, 25);
	world_expect(
		&client, "leave A\n.\nenter menu 6,7\n.\nleave menu\n.\nenter deeper 5,5\n.\n");
	assert_int_equal(count_items(0), n + 2);
	/* Without a picture it is not there, but may be again. */
	wl_surface_attach(deeper.window.surface, NULL, 0, 0);
	wl_surface_commit(deeper.window.surface);
	world_expect(&client, "leave deeper\n.\nenter A 45,25\n.\n");
	assert_int_equal(count_items(0), n + 1);
	menu_show(&deeper);
	assert_int_equal(count_items(0), n + 2);
	assert_false(deeper.is_done);
	/* The window goes, the menus before it: the last one first. */
	two_clients_forget();
	wl_surface_attach(a.surface, NULL, 0, 0);
	wl_surface_commit(a.surface);
	world_sync(&client);
	assert_non_null(strstr(client.said, "done deeper\ndone menu\n"));
	assert_true(count_items(0) <= n);
	menu_destroy(&deeper);
	menu_destroy(&menu);
	world_sync(&client);
}

/* In effect with the commit after the answer, not with one that was under way. */
static void test_reposition(void **state)
{
	struct xdg_positioner *positioner = make_positioner(&client, 10, 5, 30, 20);
	struct menu menu;

	menu_init(&menu, &a, "menu", 70, 20);
	menu_show(&menu);
	pointer_handle_place(pointer, 0, 75, 25);
	two_clients_forget();
	xdg_popup_reposition(menu.window.popup, positioner, 77);
	xdg_positioner_destroy(positioner);
	world_window_show(&menu.window, 20, 20);
	world_expect(&client, "");
	assert_int_equal(menu.token, 77);
	assert_int_equal(menu.x, 10);
	assert_int_equal(menu.width, 30);
	pointer_handle_place(pointer, 0, 39, 24);
	world_expect(&client, "leave menu\n.\nenter A 39,24\n.\n");
	world_window_show(&menu.window, 30, 20);
	world_expect(&client, "leave A\n.\nenter menu 29,19\n.\n");
	menu_destroy(&menu);
	world_expect(&client, "enter A 39,24\n.\n");
}

/* A window without a picture is as when it was made: it is told of its size again. */
static void test_window_again(void **state)
{
	wl_surface_attach(a.surface, NULL, 0, 0);
	wl_surface_commit(a.surface);
	world_sync(&client);
	a.width = 0;
	wl_surface_commit(a.surface);
	world_sync(&client);
	assert_int_equal(a.width, 100);
	world_window_show(&a, a.width, a.height);
	world_sync(&client);
}

/* -- grabs -- */

static void grab(struct menu *menu)
{
	xdg_popup_grab(menu->window.popup, client.seat, client.serial);
}

/* Its client's windows get what is pressed on them, others close it and get nothing. */
static void test_grab(void **state)
{
	struct menu menu, deeper;
	struct touch *touch = &world.seat->touch;
	const struct touch_place place = { &world.screens[1], 0.5, 0.5 };

	for (int round = 0; round < 2; round++) {
		click(10, 10);
		two_clients_forget();
		menu_init(&menu, &a, "menu", 50, 10);
		grab(&menu);
		menu_show(&menu);
		world_expect(&client, "unfocus A\nfocus menu\nmodifiers 0 0 0 0\n");
		menu_init(&deeper, &menu.window, "deeper", 20, 0);
		grab(&deeper);
		menu_show(&deeper);
		world_expect(&client, "unfocus menu\nfocus deeper\nmodifiers 0 0 0 0\n");
		click(11, 11);
		world_expect(&client, "motion 11,11\n.\nbutton 272 1\n.\nbutton 272 0\n.\n");
		if (round == 0) {
			pointer_handle_place(pointer, 0, 150, 10);
			pointer_handle_button(pointer, 0, BTN_LEFT, true);
			pointer_handle_button(pointer, 0, BTN_RIGHT, true);
			pointer_handle_place(pointer, 0, 151, 10);
			pointer_handle_button(pointer, 0, BTN_RIGHT, false);
			pointer_handle_button(pointer, 0, BTN_LEFT, false);
			pointer_handle_place(pointer, 0, 152, 10);
			world_expect(&other, "enter B 50,10\n.\nmotion 52,10\n.\n");
		} else {
			touch_handle_down(touch, &place, 0, 0, &place);
			touch_handle_motion(touch, &place, 0, 0, &place);
			touch_handle_frame(touch);
			touch_handle_up(touch, &place, 0, 0);
			touch_handle_frame(touch);
			world_expect(&other, "");
		}
		world_sync(&client);
		assert_non_null(strstr(client.said, "done deeper\n"));
		assert_non_null(strstr(client.said, "done menu\n"));
		assert_true(strstr(client.said, "done deeper") < strstr(client.said, "done menu"));
		menu_destroy(&deeper);
		menu_destroy(&menu);
		two_clients_forget();
	}
}

/* With the button held that opened it something of a menu is chosen, and let go on. */
static void test_grab_held(void **state)
{
	struct menu menu;

	pointer_handle_place(pointer, 0, 30, 30);
	pointer_handle_button(pointer, 0, BTN_LEFT, true);
	world_sync(&client);
	two_clients_forget();
	menu_init(&menu, &a, "menu", 50, 10);
	grab(&menu);
	menu_show(&menu);
	world_expect(&client, "unfocus A\nfocus menu\nmodifiers 0 0 0 0\n");
	pointer_handle_place(pointer, 0, 55, 15);
	world_expect(&client, "leave A\n.\nenter menu 5,5\n.\n");
	/* Nobody else gets it, wherever it is. */
	pointer_handle_place(pointer, 0, 150, 10);
	world_expect(&client, "motion 100,0\n.\n");
	pointer_handle_place(pointer, 0, 10, 20);
	world_expect(&client, "leave menu\n.\nenter A 10,20\n.\n");
	pointer_handle_place(pointer, 0, 56, 15);
	pointer_handle_button(pointer, 0, BTN_LEFT, false);
	world_expect(&client, "leave A\n.\nenter menu 6,5\n.\nbutton 272 0\n.\n");
	world_expect(&other, "");
	/* What is pressed afterwards stays where it was pressed. */
	pointer_handle_button(pointer, 0, BTN_LEFT, true);
	pointer_handle_place(pointer, 0, 10, 20);
	pointer_handle_button(pointer, 0, BTN_LEFT, false);
	world_expect(&client, "button 272 1\n.\nmotion -40,10\n.\nbutton 272 0\n.\n"
			      "leave menu\n.\nenter A 10,20\n.\n");
	menu_destroy(&menu);
	world_sync(&client);
}

/* What is held stays where it is, whatever another client opens. */
static void test_grab_of_others(void **state)
{
	struct menu menu, others;

	click(150, 10);
	world_sync(&other);
	menu_init(&menu, &a, "menu", 50, 10);
	menu_show(&menu);
	pointer_handle_place(pointer, 0, 30, 30);
	pointer_handle_button(pointer, 0, BTN_LEFT, true);
	menu_init(&others, &b, "others", 50, 10);
	xdg_popup_grab(others.window.popup, other.seat, other.serial);
	menu_show(&others);
	assert_false(others.is_done);
	two_clients_forget();
	pointer_handle_place(pointer, 0, 55, 15);
	world_expect(&client, "motion 55,15\n.\n");
	pointer_handle_button(pointer, 0, BTN_LEFT, false);
	menu_destroy(&others);
	menu_destroy(&menu);
	world_sync(&client);
}

/* Who was not asked for it is closed at once, as is who is on a window that is covered. */
static void test_grab_refused(void **state)
{
	struct menu menu;
	struct world_window c;

	menu_init(&menu, &a, "menu", 50, 10);
	xdg_popup_grab(menu.window.popup, client.seat, client.serial + 1000);
	world_expect(&client, "done menu\n");
	menu_destroy(&menu);
	menu_init(&menu, &a, "menu", 50, 10);
	grab(&menu);
	menu_show(&menu);
	world_expect(&client, "unfocus A\nfocus menu\nmodifiers 0 0 0 0\n");
	world_window_init(&c, &other, "C", "S-1");
	world_sync(&client);
	assert_true(menu.is_done);
	menu_destroy(&menu);
	world_sync(&client);
}

/* -- what is against the protocol -- */

static void test_no_parent(void **state)
{
	struct wl_surface *surface = wl_compositor_create_surface(client.compositor);
	struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(client.wm_base, surface);

	xdg_surface_get_popup(xdg, NULL, make_positioner(&client, 0, 0, 1, 1));
	world_expect_error(&client, &xdg_wm_base_interface, XDG_WM_BASE_ERROR_INVALID_POPUP_PARENT);
}

static void test_own_parent(void **state)
{
	struct wl_surface *surface = wl_compositor_create_surface(client.compositor);
	struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(client.wm_base, surface);

	xdg_surface_get_popup(xdg, xdg, make_positioner(&client, 0, 0, 1, 1));
	world_expect_error(&client, &xdg_wm_base_interface, XDG_WM_BASE_ERROR_INVALID_POPUP_PARENT);
}

static void test_no_place(void **state)
{
	struct wl_surface *surface = wl_compositor_create_surface(client.compositor);
	struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(client.wm_base, surface);

	xdg_surface_get_popup(xdg, a.xdg, xdg_wm_base_create_positioner(client.wm_base));
	world_expect_error(&client, &xdg_wm_base_interface, XDG_WM_BASE_ERROR_INVALID_POSITIONER);
}

static void test_no_new_place(void **state)
{
	struct menu menu;

	menu_init(&menu, &a, "menu", 0, 0);
	menu_show(&menu);
	xdg_popup_reposition(menu.window.popup, xdg_wm_base_create_positioner(client.wm_base), 1);
	world_expect_error(&client, &xdg_wm_base_interface, XDG_WM_BASE_ERROR_INVALID_POSITIONER);
}

static void test_not_topmost(void **state)
{
	struct menu menu, deeper;

	menu_init(&menu, &a, "menu", 0, 0);
	menu_show(&menu);
	menu_init(&deeper, &menu.window, "deeper", 0, 0);
	menu_show(&deeper);
	xdg_popup_destroy(menu.window.popup);
	world_expect_error(
		&client, &xdg_wm_base_interface, XDG_WM_BASE_ERROR_NOT_THE_TOPMOST_POPUP);
}

static void test_late_grab(void **state)
{
	struct menu menu;

	menu_init(&menu, &a, "menu", 0, 0);
	menu_show(&menu);
	grab(&menu);
	world_expect_error(&client, &xdg_popup_interface, XDG_POPUP_ERROR_INVALID_GRAB);
}

static void test_grab_above_none(void **state)
{
	struct menu menu, deeper;

	menu_init(&menu, &a, "menu", 0, 0);
	menu_show(&menu);
	menu_init(&deeper, &menu.window, "deeper", 0, 0);
	grab(&deeper);
	world_expect_error(&client, &xdg_popup_interface, XDG_POPUP_ERROR_INVALID_GRAB);
}

static void test_grab_twice_above(void **state)
{
	struct menu menu, deeper, another;

	menu_init(&menu, &a, "menu", 0, 0);
	grab(&menu);
	menu_show(&menu);
	menu_init(&deeper, &menu.window, "deeper", 0, 0);
	grab(&deeper);
	menu_show(&deeper);
	menu_init(&another, &menu.window, "another", 0, 0);
	grab(&another);
	world_expect_error(
		&client, &xdg_wm_base_interface, XDG_WM_BASE_ERROR_NOT_THE_TOPMOST_POPUP);
}

/* Menus upon menus: those too deep are closed, the others are well. */
static void test_deep(void **state)
{
	static struct menu menus[POPUP_DEPTH_MAX + 8];
	struct world_window *parent = &a;

	for (size_t i = 0; i < N(menus); i++) {
		menu_init(&menus[i], parent, "menu", 1, 1);
		wl_surface_commit(menus[i].window.surface);
		world_sync(&client);
		if (!menus[i].is_done)
			world_window_show(&menus[i].window, 20, 20);
		world_sync(&client);
		assert_int_equal(menus[i].is_done, i >= POPUP_DEPTH_MAX);
		parent = &menus[i].window;
	}
	for (size_t i = N(menus); i-- > 0;)
		menu_destroy(&menus[i]);
	world_sync(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test_setup_teardown(test_menu, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_reposition, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_window_again, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_grab, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_grab_held, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_grab_of_others, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_grab_refused, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_no_parent, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_own_parent, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_no_place, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_no_new_place, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_not_topmost, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_late_grab, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_grab_above_none, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_grab_twice_above, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_deep, setup, two_clients_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

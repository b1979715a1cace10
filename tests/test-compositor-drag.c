/* SPDX-License-Identifier: MIT */
/* What is dragged from one window to another, and dropped. */
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "compositor/layout.h"
#include "compositor/paint/scene.h"
#include "compositor/surface/surface.h"
#include "tests/abandoned_objects.h"
#include "tests/drag_world.h"
#include "tests/unit.h"

#define COPY WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY
#define MOVE WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE
#define ASK WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK

static void expect_words(void)
{
	char words[16] = "";
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	wl_data_offer_receive(to.offer, "text/plain", fds[1]);
	close(fds[1]);
	world_sync(&other);
	world_expect(&client, "send text/plain\n");
	assert_int_equal(read(fds[0], words, sizeof(words)), 5);
	assert_string_equal(words, "words");
	assert_int_equal(read(fds[0], words, sizeof(words)), 0);
	close(fds[0]);
}

static void test_drop(void **state)
{
	drag_start_from_a(drag_source(&from, COPY | MOVE), NULL);
	world_expect(&client, "leave A\n.\ntype text/plain\ncan 3\nover A 5,5\n");
	drag_point(7, 5);
	world_expect(&client, "at 7,5\n");
	drag_point(110, 10);
	world_expect(&client, "off\n");
	world_expect(&other, "type text/plain\ncan 3\nover B 10,10\n");
	wl_data_offer_accept(to.offer, 0, "text/plain");
	wl_data_offer_set_actions(to.offer, COPY | MOVE, MOVE);
	world_expect(&other, "does 2\n");
	world_expect(&client, "target text/plain\naction 2\n");
	wl_data_offer_set_actions(to.offer, COPY, 0);
	world_expect(&other, "does 1\n");
	world_expect(&client, "action 1\n");
	drag_point(120, 10);
	world_expect(&other, "at 20,10\n");
	drag_release();
	world_expect(&other, "drop\noff\nenter B 20,10\n.\n");
	world_expect(&client, "dropped\n");
	expect_words();
	wl_data_offer_finish(to.offer);
	world_expect(&other, "");
	world_expect(&client, "finished\n");
	/* It has no effect any more. */
	wl_data_offer_accept(to.offer, 0, NULL);
	wl_data_offer_destroy(to.offer);
	world_expect(&other, "");
	world_expect(&client, "");
}

/* Nobody says that it is taken, or how; it is told when it leaves, too. */
static void test_not_taken(void **state)
{
	drag_start_from_a(drag_source(&from, COPY), NULL);
	drag_point(110, 10);
	two_clients_forget();
	wl_data_offer_accept(to.offer, 0, "text/plain");
	wl_data_offer_set_actions(to.offer, MOVE, MOVE);
	world_sync(&other);
	world_expect(&client, "target text/plain\n");
	drag_release();
	world_expect(&client, "target none\ncancelled\n");
	world_expect(&other, "off\nenter B 10,10\n.\n");
}

static void test_refused(void **state)
{
	drag_to_b(COPY, COPY);
	wl_data_offer_accept(to.offer, 0, NULL);
	world_sync(&other);
	world_expect(&client, "target none\n");
	drag_release();
	world_expect(&client, "action 0\ncancelled\n");
}

/* What was agreed with one window does not hold in the next. */
static void test_elsewhere(void **state)
{
	drag_to_b(COPY, COPY);
	drag_point(50, 10);
	world_expect(&client, "target none\naction 0\ntype text/plain\ncan 1\nover A 50,10\n");
	world_expect(&other, "off\n");
	wl_data_offer_accept(to.offer, 0, "text/plain");
	wl_data_offer_set_actions(to.offer, COPY, COPY);
	world_expect(&other, "");
	world_expect(&client, "");
	drag_release();
	world_expect(&client, "off\ncancelled\nenter A 50,10\n.\n");
}

/* What is done is said after the drop. */
static void test_ask(void **state)
{
	drag_to_b(COPY | MOVE | ASK, ASK);
	drag_release();
	two_clients_forget();
	wl_data_offer_set_actions(to.offer, MOVE, MOVE);
	world_expect(&other, "");
	world_expect(&client, "");
	wl_data_offer_finish(to.offer);
	world_expect(&other, "");
	world_expect(&client, "action 2\nfinished\n");
}

/* Not so where nobody asked. */
static void test_settled(void **state)
{
	drag_to_b(COPY | MOVE, COPY);
	drag_release();
	two_clients_forget();
	wl_data_offer_set_actions(to.offer, MOVE, MOVE);
	wl_data_offer_finish(to.offer);
	world_expect(&other, "");
	world_expect(&client, "finished\n");
}

static void test_without_finish(void **state)
{
	drag_to_b(COPY, COPY);
	drag_release();
	two_clients_forget();
	wl_data_offer_destroy(to.offer);
	world_sync(&other);
	world_expect(&client, "cancelled\n");
}

/* They know of no actions, and of no end. */
static void test_old(void **state)
{
	struct wl_data_source *source = drag_source(&from, 0);

	drag_start_from_a(source, NULL);
	drag_point(110, 10);
	world_expect(&other, "type text/plain\nover B 10,10\n");
	wl_data_offer_accept(to.offer, 0, "text/plain");
	drag_release();
	world_expect(&other, "drop\noff\nenter B 10,10\n.\n");
	two_clients_forget();
	expect_words();
	wl_data_offer_destroy(to.offer);
	world_expect(&other, "");
	world_expect(&client, "");
	/* Let go over nothing it is over, and that is all. */
	drag_press();
	drag_start_from_a(drag_source(&from, 0), NULL);
	two_clients_forget();
	wl_surface_attach(b.surface, NULL, 0, 0);
	wl_surface_commit(b.surface);
	world_sync(&other);
	drag_point(110, 10);
	drag_release();
	world_expect(&client, "off\n");
}

/* Nobody else hears of it. */
static void test_own(void **state)
{
	drag_start_from_a(NULL, NULL);
	world_expect(&client, "leave A\n.\nover A 5,5 without\n");
	drag_point(110, 10);
	world_expect(&client, "off\n");
	world_expect(&other, "");
	drag_point(8, 8);
	drag_release();
	world_expect(&client, "over A 8,8 without\ndrop\noff\nenter A 8,8\n.\n");
	world_expect(&other, "");
}

/* -- who may -- */

static void expect_no_drag(struct world_client *of)
{
	world_sync(of);
	assert_null(world.seat->drag.client);
	assert_non_null(strstr(of->said, "cancelled\n"));
}

static void test_no_press(void **state)
{
	wl_data_device_start_drag(
		from.device, drag_source(&from, COPY), a.surface, NULL, client.serial + 1);
	expect_no_drag(&client);
	/* Another one's press. */
	wl_data_device_start_drag(
		to.device, drag_source(&to, COPY), b.surface, NULL, client.serial);
	expect_no_drag(&other);
	/* One that is over; the next one is not it. */
	drag_release();
	drag_start_from_a(drag_source(&from, COPY), NULL);
	expect_no_drag(&client);
	uint32_t old = client.serial;
	drag_press();
	wl_data_device_start_drag(from.device, drag_source(&from, COPY), a.surface, NULL, old);
	expect_no_drag(&client);
}

static void test_one_at_a_time(void **state)
{
	drag_to_b(COPY, COPY);
	drag_start_from_a(drag_source(&from, COPY), NULL);
	world_expect(&client, "cancelled\n");
	assert_non_null(world.seat->drag.client);
	drag_release();
	world_expect(&client, "dropped\n");
}

/* It ends with the last button, and no window is told of any, or of wheels. */
static void test_buttons(void **state)
{
	struct pointer *pointer = &world.seat->pointer;
	const struct pointer_scroll scroll = { .axes[0] = { .is_used = true, .way = 10 } };

	drag_to_b(COPY, COPY);
	pointer_handle_button(pointer, 0, BTN_RIGHT, true);
	pointer_handle_scroll(pointer, &scroll);
	drag_release();
	world_expect(&other, "");
	world_expect(&client, "");
	pointer_handle_button(pointer, 0, BTN_RIGHT, false);
	world_expect(&other, "drop\noff\nenter B 10,10\n.\n");
	world_expect(&client, "dropped\n");
}

/* Who drags has the pointer's picture, and nobody else. */
static void test_cursor(void **state)
{
	struct wl_surface *picture = wl_compositor_create_surface(client.compositor);

	uint32_t entered = world.seat->pointer.entered;
	drag_start_from_a(drag_source(&from, COPY), NULL);
	drag_point(110, 10);
	wl_pointer_set_cursor(other.pointer, entered, NULL, 0, 0);
	world_sync(&other);
	assert_true(world.seat->pointer.cursor.is_arrow);
	wl_pointer_set_cursor(client.pointer, entered, picture, 2, 2);
	world_surface_show(&client, picture, 8, 8);
	world_sync(&client);
	assert_false(world.seat->pointer.cursor.is_arrow);
	assert_int_equal(world.seat->pointer.cursor.shown.x1, 108);
	drag_point(120, 10);
	assert_false(world.seat->pointer.cursor.is_arrow);
	/* Where it hangs is moved with its picture. */
	wl_surface_attach(picture, NULL, -1, 3);
	wl_surface_commit(picture);
	world_sync(&client);
	assert_int_equal(world.seat->pointer.cursor.hot_x, 3);
	assert_int_equal(world.seat->pointer.cursor.hot_y, -1);
	drag_release();
	world_sync(&client);
	assert_true(world.seat->pointer.cursor.is_arrow);
}

/* -- fingers -- */

static const int panel;

static void finger_down(int32_t slot, unsigned screen, double x, double y)
{
	const struct touch_place place = drag_touch_place(screen, x, y);

	touch_handle_down(&world.seat->touch, &panel, slot, 0, &place);
	touch_handle_frame(&world.seat->touch);
}

static void finger_move(int32_t slot, unsigned screen, double x, double y)
{
	const struct touch_place place = drag_touch_place(screen, x, y);

	touch_handle_motion(&world.seat->touch, &panel, slot, 0, &place);
	touch_handle_frame(&world.seat->touch);
}

static void finger_up(int32_t slot)
{
	touch_handle_up(&world.seat->touch, &panel, slot, 0);
	touch_handle_frame(&world.seat->touch);
}

/* One of two carries something, the other one and the pointer are input as ever. */
static void test_touch(void **state)
{
	drag_release();
	finger_down(0, 0, 20, 20);
	world_sync(&client);
	uint32_t serial = client.serial;
	finger_down(1, 0, 30, 20);
	two_clients_forget();
	client.serial = serial;
	drag_start_from_a(drag_source(&from, COPY), NULL);
	world_expect(&client, "type text/plain\ncan 1\nover A 20,20\n");
	finger_move(1, 0, 40, 20);
	world_expect(&client, "move 1 40,20\nframe\n");
	finger_move(0, 0, 25, 20);
	world_expect(&client, "at 25,20\n");
	drag_point(6, 5);
	world_expect(&client, "motion 6,5\n.\n");
	finger_up(1);
	world_expect(&client, "up 1\nframe\n");
	wl_data_offer_accept(from.offer, 0, "text/plain");
	wl_data_offer_set_actions(from.offer, COPY, COPY);
	two_clients_forget();
	finger_up(0);
	world_expect(&client, "drop\ndropped\noff\n");
	finger_down(0, 0, 20, 20);
	world_expect(&client, "down 0 A 20,20\nframe\n");
}

static void test_touch_cancel(void **state)
{
	drag_release();
	finger_down(0, 0, 20, 20);
	two_clients_forget();
	drag_start_from_a(drag_source(&from, COPY), NULL);
	two_clients_forget();
	touch_handle_cancel(&world.seat->touch, &panel, 0);
	world_expect(&client, "off\ncancelled\n");
	assert_null(world.seat->drag.client);
}

/* -- the icon -- */

static struct wl_surface *start_with_icon(void)
{
	struct wl_surface *icon = wl_compositor_create_surface(client.compositor);

	drag_start_from_a(drag_source(&from, COPY), icon);
	world_surface_show(&client, icon, 20, 10);
	world_sync(&client);
	return icon;
}

/* The topmost of a client's on that screen, in its px; or all of nothing. */
static pixman_box32_t topmost(unsigned screen, int32_t width)
{
	struct scene *scene = &world.screens[screen].scene;

	scene_build(scene, &world.screens[screen]);
	for (uint32_t i = scene->n_items; i-- > 0;) {
		const pixman_box32_t *box = &scene->items[i].box;
		if (scene->items[i].surface && box->x2 - box->x1 == width)
			return *box;
	}
	return (pixman_box32_t){ 0 };
}

static void test_icon(void **state)
{
	struct wl_surface *icon = start_with_icon();

	assert_int_equal(topmost(0, 20).x1, 5);
	assert_int_equal(topmost(0, 20).y1, 5);
	wl_surface_attach(icon, NULL, -3, -4);
	wl_surface_commit(icon);
	world_surface_show(&client, icon, 20, 10);
	world_sync(&client);
	assert_int_equal(topmost(0, 20).x1, 2);
	assert_int_equal(topmost(0, 20).y1, 1);
	/* On two at once. */
	drag_point(90, 20);
	assert_int_equal(topmost(0, 20).x1, 87);
	assert_int_equal(topmost(1, 20).x1, -13);
	/* It lies beneath the pointer, and takes no input. */
	const struct scene *scene = &world.screens[0].scene;
	assert_true(scene->items[scene->n_items - 1].is_cursor);
	assert_non_null(world.seat->drag.focus.surface);
	drag_release();
	world_sync(&client);
	assert_int_equal(topmost(0, 20).x2, 0);
	/* It may be one again. */
	drag_press();
	drag_start_from_a(drag_source(&from, COPY), icon);
	assert_int_equal(topmost(0, 20).x1, 5);
	wl_surface_destroy(icon);
	world_sync(&client);
	assert_int_equal(topmost(0, 20).x2, 0);
	assert_non_null(world.seat->drag.client);
}

/* With a request of its own, which an attach leaves as it is. */
static void test_icon_offset(void **state)
{
	struct wl_surface *icon = wl_compositor_create_surface(from.compositor);

	drag_start_from_a(drag_source(&from, COPY), icon);
	wl_surface_offset(icon, -3, -4);
	world_surface_show(&client, icon, 20, 10);
	world_sync(&client);
	assert_int_equal(topmost(0, 20).x1, 2);
	assert_int_equal(topmost(0, 20).y1, 1);
	world_surface_show(&client, icon, 20, 10);
	world_sync(&client);
	assert_int_equal(topmost(0, 20).x1, 2);
}

static void test_icon_of_parts(void **state)
{
	struct wl_surface *icon = start_with_icon();
	struct wl_surface *part = wl_compositor_create_surface(client.compositor);
	struct wl_subsurface *subsurface =
		wl_subcompositor_get_subsurface(client.subcompositor, part, icon);

	wl_subsurface_set_desync(subsurface);
	wl_subsurface_set_position(subsurface, 30, 3);
	world_surface_show(&client, part, 7, 7);
	wl_surface_commit(icon);
	world_sync(&client);
	assert_int_equal(topmost(0, 7).x1, 35);
	assert_int_equal(topmost(0, 7).y1, 8);
	assert_int_equal(world.seat->drag.icon.shown.x2, 42);
	world_surface_show(&client, part, 9, 7);
	world_sync(&client);
	assert_int_equal(topmost(0, 9).x1, 35);
	assert_int_equal(world.seat->drag.icon.shown.x2, 44);
}

/* Beneath it are the windows that are above all others, which take what comes over them. */
static void test_layer_above(void **state)
{
	struct config_window *rule = &world.config->windows[1];
	struct wl_surface *icon = start_with_icon();
	struct scene *scene = &world.screens[0].scene;

	assert_string_equal(rule->app_id, "B");
	rule->layer = CONFIG_LAYER_ABOVE;
	snprintf(rule->output, sizeof(rule->output), "S-1");
	rule->box = (struct config_box){ .is_set = true, .width = 40, .height = 40 };
	layout_renew(&world.server);
	world_window_show(&b, 40, 40);
	world_sync(&other);
	drag_point(6, 5);
	world_sync(&other);
	assert_non_null(strstr(other.said, "over B "));
	scene_build(scene, &world.screens[0]);
	assert_true(scene->n_items >= 3);
	assert_int_equal(topmost(0, 20).x1, 6);
	assert_ptr_equal(
		scene->items[scene->n_items - 2].surface, world.seat->drag.icon.surface.surface);
	wl_surface_destroy(icon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_drop, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_not_taken, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_refused, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_elsewhere, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_ask, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_settled, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_without_finish, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_old, drag_setup_old, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_own, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_no_press, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_one_at_a_time, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_buttons, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_cursor, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_touch, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_touch_cancel, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_icon, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_icon_offset, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_layer_above, drag_setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(
			test_icon_of_parts, drag_setup, two_clients_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

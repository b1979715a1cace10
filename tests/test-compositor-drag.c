/* SPDX-License-Identifier: MIT */
/* What is dragged from one window to another, and dropped. */
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <unistd.h>

#include "base/log.h"
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
	wl_data_offer_receive(b.offer, "text/plain", fds[1]);
	close(fds[1]);
	world_sync(&b.client);
	world_expect(&a.client, "send text/plain\n");
	assert_int_equal(read(fds[0], words, sizeof(words)), 5);
	assert_string_equal(words, "words");
	assert_int_equal(read(fds[0], words, sizeof(words)), 0);
	close(fds[0]);
}

static void test_drop(void **state)
{
	drag_start_from_a(drag_source(&a, COPY | MOVE), NULL);
	world_expect(&a.client, "leave A\n.\ntype text/plain\ncan 3\nover A 5,5\n");
	drag_point(7, 5);
	world_expect(&a.client, "at 7,5\n");
	drag_point(110, 10);
	world_expect(&a.client, "off\n");
	world_expect(&b.client, "type text/plain\ncan 3\nover B 10,10\n");
	wl_data_offer_accept(b.offer, 0, "text/plain");
	wl_data_offer_set_actions(b.offer, COPY | MOVE, MOVE);
	world_expect(&b.client, "does 2\n");
	world_expect(&a.client, "target text/plain\naction 2\n");
	wl_data_offer_set_actions(b.offer, COPY, 0);
	world_expect(&b.client, "does 1\n");
	world_expect(&a.client, "action 1\n");
	drag_point(120, 10);
	world_expect(&b.client, "at 20,10\n");
	drag_release();
	world_expect(&b.client, "drop\noff\nenter B 20,10\n.\n");
	world_expect(&a.client, "dropped\n");
	expect_words();
	wl_data_offer_finish(b.offer);
	world_expect(&b.client, "");
	world_expect(&a.client, "finished\n");
	/* It has no effect any more. */
	wl_data_offer_accept(b.offer, 0, NULL);
	wl_data_offer_destroy(b.offer);
	world_expect(&b.client, "");
	world_expect(&a.client, "");
}

/* Nobody says that it is taken, or how; it is told when it leaves, too. */
static void test_not_taken(void **state)
{
	drag_start_from_a(drag_source(&a, COPY), NULL);
	drag_point(110, 10);
	drag_forget();
	wl_data_offer_accept(b.offer, 0, "text/plain");
	wl_data_offer_set_actions(b.offer, MOVE, MOVE);
	world_sync(&b.client);
	world_expect(&a.client, "target text/plain\n");
	drag_release();
	world_expect(&a.client, "target none\ncancelled\n");
	world_expect(&b.client, "off\nenter B 10,10\n.\n");
}

static void test_refused(void **state)
{
	drag_to_b(COPY, COPY);
	wl_data_offer_accept(b.offer, 0, NULL);
	world_sync(&b.client);
	world_expect(&a.client, "target none\n");
	drag_release();
	world_expect(&a.client, "action 0\ncancelled\n");
}

/* What was agreed with one window does not hold in the next. */
static void test_elsewhere(void **state)
{
	drag_to_b(COPY, COPY);
	drag_point(50, 10);
	world_expect(&a.client, "target none\naction 0\ntype text/plain\ncan 1\nover A 50,10\n");
	world_expect(&b.client, "off\n");
	wl_data_offer_accept(b.offer, 0, "text/plain");
	wl_data_offer_set_actions(b.offer, COPY, COPY);
	world_expect(&b.client, "");
	world_expect(&a.client, "");
	drag_release();
	world_expect(&a.client, "off\ncancelled\nenter A 50,10\n.\n");
}

/* What is done is said after the drop. */
static void test_ask(void **state)
{
	drag_to_b(COPY | MOVE | ASK, ASK);
	drag_release();
	drag_forget();
	wl_data_offer_set_actions(b.offer, MOVE, MOVE);
	world_expect(&b.client, "");
	world_expect(&a.client, "");
	wl_data_offer_finish(b.offer);
	world_expect(&b.client, "");
	world_expect(&a.client, "action 2\nfinished\n");
}

/* Not so where nobody asked. */
static void test_settled(void **state)
{
	drag_to_b(COPY | MOVE, COPY);
	drag_release();
	drag_forget();
	wl_data_offer_set_actions(b.offer, MOVE, MOVE);
	wl_data_offer_finish(b.offer);
	world_expect(&b.client, "");
	world_expect(&a.client, "finished\n");
}

static void test_without_finish(void **state)
{
	drag_to_b(COPY, COPY);
	drag_release();
	drag_forget();
	wl_data_offer_destroy(b.offer);
	world_sync(&b.client);
	world_expect(&a.client, "cancelled\n");
}

/* They know of no actions, and of no end. */
static void test_old(void **state)
{
	struct wl_data_source *source = drag_source(&a, 0);

	drag_start_from_a(source, NULL);
	drag_point(110, 10);
	world_expect(&b.client, "type text/plain\nover B 10,10\n");
	wl_data_offer_accept(b.offer, 0, "text/plain");
	drag_release();
	world_expect(&b.client, "drop\noff\nenter B 10,10\n.\n");
	drag_forget();
	expect_words();
	wl_data_offer_destroy(b.offer);
	world_expect(&b.client, "");
	world_expect(&a.client, "");
	/* Let go over nothing it is over, and that is all. */
	drag_press();
	drag_start_from_a(drag_source(&a, 0), NULL);
	drag_forget();
	wl_surface_attach(b.window.surface, NULL, 0, 0);
	wl_surface_commit(b.window.surface);
	world_sync(&b.client);
	drag_point(110, 10);
	drag_release();
	world_expect(&a.client, "off\n");
}

/* Nobody else hears of it. */
static void test_own(void **state)
{
	drag_start_from_a(NULL, NULL);
	world_expect(&a.client, "leave A\n.\nover A 5,5 without\n");
	drag_point(110, 10);
	world_expect(&a.client, "off\n");
	world_expect(&b.client, "");
	drag_point(8, 8);
	drag_release();
	world_expect(&a.client, "over A 8,8 without\ndrop\noff\nenter A 8,8\n.\n");
	world_expect(&b.client, "");
}

/* -- who may -- */

static void expect_no_drag(struct drag_peer *of)
{
	world_sync(&of->client);
	assert_null(world.seat->drag.client);
	assert_non_null(strstr(of->client.said, "cancelled\n"));
}

static void test_no_press(void **state)
{
	wl_data_device_start_drag(
		a.device, drag_source(&a, COPY), a.window.surface, NULL, a.client.serial + 1);
	expect_no_drag(&a);
	/* Another one's press. */
	wl_data_device_start_drag(
		b.device, drag_source(&b, COPY), b.window.surface, NULL, a.client.serial);
	expect_no_drag(&b);
	/* One that is over; the next one is not it. */
	drag_release();
	drag_start_from_a(drag_source(&a, COPY), NULL);
	expect_no_drag(&a);
	uint32_t old = a.client.serial;
	drag_press();
	wl_data_device_start_drag(a.device, drag_source(&a, COPY), a.window.surface, NULL, old);
	expect_no_drag(&a);
}

static void test_one_at_a_time(void **state)
{
	drag_to_b(COPY, COPY);
	drag_start_from_a(drag_source(&a, COPY), NULL);
	world_expect(&a.client, "cancelled\n");
	assert_non_null(world.seat->drag.client);
	drag_release();
	world_expect(&a.client, "dropped\n");
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
	world_expect(&b.client, "");
	world_expect(&a.client, "");
	pointer_handle_button(pointer, 0, BTN_RIGHT, false);
	world_expect(&b.client, "drop\noff\nenter B 10,10\n.\n");
	world_expect(&a.client, "dropped\n");
}

/* Who drags has the pointer's picture, and nobody else. */
static void test_cursor(void **state)
{
	struct wl_surface *picture = wl_compositor_create_surface(a.client.compositor);

	uint32_t entered = world.seat->pointer.entered;
	drag_start_from_a(drag_source(&a, COPY), NULL);
	drag_point(110, 10);
	wl_pointer_set_cursor(b.client.pointer, entered, NULL, 0, 0);
	world_sync(&b.client);
	assert_true(world.seat->pointer.cursor.is_arrow);
	wl_pointer_set_cursor(a.client.pointer, entered, picture, 2, 2);
	world_surface_show(&a.client, picture, 8, 8);
	world_sync(&a.client);
	assert_false(world.seat->pointer.cursor.is_arrow);
	assert_int_equal(world.seat->pointer.cursor.shown.x1, 108);
	drag_point(120, 10);
	assert_false(world.seat->pointer.cursor.is_arrow);
	/* Where it hangs is moved with its picture. */
	wl_surface_attach(picture, NULL, -1, 3);
	wl_surface_commit(picture);
	world_sync(&a.client);
	assert_int_equal(world.seat->pointer.cursor.hot_x, 3);
	assert_int_equal(world.seat->pointer.cursor.hot_y, -1);
	drag_release();
	world_sync(&a.client);
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
	world_sync(&a.client);
	uint32_t serial = a.client.serial;
	finger_down(1, 0, 30, 20);
	drag_forget();
	a.client.serial = serial;
	drag_start_from_a(drag_source(&a, COPY), NULL);
	world_expect(&a.client, "type text/plain\ncan 1\nover A 20,20\n");
	finger_move(1, 0, 40, 20);
	world_expect(&a.client, "move 1 40,20\nframe\n");
	finger_move(0, 0, 25, 20);
	world_expect(&a.client, "at 25,20\n");
	drag_point(6, 5);
	world_expect(&a.client, "motion 6,5\n.\n");
	finger_up(1);
	world_expect(&a.client, "up 1\nframe\n");
	wl_data_offer_accept(a.offer, 0, "text/plain");
	wl_data_offer_set_actions(a.offer, COPY, COPY);
	drag_forget();
	finger_up(0);
	world_expect(&a.client, "drop\ndropped\noff\n");
	finger_down(0, 0, 20, 20);
	world_expect(&a.client, "down 0 A 20,20\nframe\n");
}

static void test_touch_cancel(void **state)
{
	drag_release();
	finger_down(0, 0, 20, 20);
	drag_forget();
	drag_start_from_a(drag_source(&a, COPY), NULL);
	drag_forget();
	touch_handle_cancel(&world.seat->touch, &panel, 0);
	world_expect(&a.client, "off\ncancelled\n");
	assert_null(world.seat->drag.client);
}

/* -- the icon -- */

static struct wl_surface *start_with_icon(void)
{
	struct wl_surface *icon = wl_compositor_create_surface(a.client.compositor);

	drag_start_from_a(drag_source(&a, COPY), icon);
	world_surface_show(&a.client, icon, 20, 10);
	world_sync(&a.client);
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
	world_surface_show(&a.client, icon, 20, 10);
	world_sync(&a.client);
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
	world_sync(&a.client);
	assert_int_equal(topmost(0, 20).x2, 0);
	/* It may be one again. */
	drag_press();
	drag_start_from_a(drag_source(&a, COPY), icon);
	assert_int_equal(topmost(0, 20).x1, 5);
	wl_surface_destroy(icon);
	world_sync(&a.client);
	assert_int_equal(topmost(0, 20).x2, 0);
	assert_non_null(world.seat->drag.client);
}

/* With a request of its own, which an attach leaves as it is. */
static void test_icon_offset(void **state)
{
	struct wl_surface *icon = wl_compositor_create_surface(a.compositor);

	drag_start_from_a(drag_source(&a, COPY), icon);
	wl_surface_offset(icon, -3, -4);
	world_surface_show(&a.client, icon, 20, 10);
	world_sync(&a.client);
	assert_int_equal(topmost(0, 20).x1, 2);
	assert_int_equal(topmost(0, 20).y1, 1);
	world_surface_show(&a.client, icon, 20, 10);
	world_sync(&a.client);
	assert_int_equal(topmost(0, 20).x1, 2);
}

static void test_icon_of_parts(void **state)
{
	struct wl_surface *icon = start_with_icon();
	struct wl_surface *part = wl_compositor_create_surface(a.client.compositor);
	struct wl_subsurface *subsurface =
		wl_subcompositor_get_subsurface(a.client.subcompositor, part, icon);

	wl_subsurface_set_desync(subsurface);
	wl_subsurface_set_position(subsurface, 30, 3);
	world_surface_show(&a.client, part, 7, 7);
	wl_surface_commit(icon);
	world_sync(&a.client);
	assert_int_equal(topmost(0, 7).x1, 35);
	assert_int_equal(topmost(0, 7).y1, 8);
	assert_int_equal(world.seat->drag.icon.shown.x2, 42);
	world_surface_show(&a.client, part, 9, 7);
	world_sync(&a.client);
	assert_int_equal(topmost(0, 9).x1, 35);
	assert_int_equal(world.seat->drag.icon.shown.x2, 44);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_drop, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_not_taken, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_refused, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_elsewhere, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_ask, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_settled, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_without_finish, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_old, drag_setup_old, drag_teardown),
		cmocka_unit_test_setup_teardown(test_own, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_no_press, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_one_at_a_time, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_buttons, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_cursor, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_touch, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_touch_cancel, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_icon, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_icon_offset, drag_setup, drag_teardown),
		cmocka_unit_test_setup_teardown(test_icon_of_parts, drag_setup, drag_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

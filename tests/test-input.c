/* SPDX-License-Identifier: MIT */
/* Sources on a guest's devices, and the frames that come of them. */
#include "tests/unit.h"

#include "backends/input.h"
#include "tests/input_said.h"

static struct input_devices devices;
static struct input_port seat, script;

static int setup(void **state)
{
	said[0] = '\0';
	assert_int_equal(input_devices_init(&devices, say_frame, NULL), 0);
	input_port_init(&seat, &devices);
	input_port_init(&script, &devices);
	return 0;
}

static int teardown(void **state)
{
	input_port_finish(&seat);
	input_port_finish(&script);
	input_devices_finish(&devices);
	return 0;
}

static void test_names(void **state)
{
	char name[INPUT_NAME_BYTES];
	uint32_t found;

	for (uint32_t i = 0; i < INPUT_DEVICES; i++) {
		input_device_name(i, name);
		assert_true(input_device_find(name, &found));
		assert_int_equal(found, i);
		assert_int_equal(input_device(input_device_kind(i), input_device_head(i)), i);
	}
	assert_false(input_device_find("touch16", &found));
	assert_false(input_device_find("touch", &found));
	assert_false(input_device_find("", &found));
}

static void test_contacts(void **state)
{
	uint32_t touch0 = input_device(INPUT_TOUCH, 0), touch1 = input_device(INPUT_TOUCH, 1);

	input_touch_down(&seat, touch0, 70, 10, 20);
	input_touch_down(&seat, touch1, 71, 30, 40);
	input_touch_down(&seat, touch0, 72, -5, INPUT_ABS_MAX + 5);
	input_frame(&seat, touch0);
	input_frame(&seat, touch1);
	assert_said("touch0: slot=0 id=0 mx=10 my=20 slot=1 id=1 mx=0 my=32767 key330=1 x=10 y=20\n"
		    "touch1: slot=0 id=0 mx=30 my=40 key330=1 x=30 y=40\n");
	input_frame(&seat, touch0);
	assert_said("");
	input_touch_move(&seat, touch0, 72, 1, 2);
	input_touch_move(&seat, touch0, 72, 3, 4);
	input_touch_shape(&seat, touch0, 72, 50, -1);
	input_touch_turn(&seat, touch0, 72, 135);
	input_frame(&seat, touch0);
	assert_said("touch0: slot=1 mx=3 my=4 major=50 minor=0 turn=-45 x=10 y=20\n");
	/* The first is lifted: what knows of one contact follows the second. */
	input_touch_up(&seat, touch0, 70);
	input_frame(&seat, touch0);
	assert_said("touch0: slot=0 id=-1 x=3 y=4\n");
	input_touch_up(&seat, touch0, 72);
	input_frame(&seat, touch0);
	assert_said("touch0: slot=1 id=-1 key330=0\n");
	/* Ids that are not there. */
	input_touch_up(&seat, touch0, 72);
	input_touch_move(&seat, touch0, 70, 1, 1);
	input_touch_up(&seat, touch0, 71);
	input_frame(&seat, touch0);
	assert_said("");
	input_lift_all(&seat);
	assert_said("touch1: slot=0 id=-1 key330=0\n");
}

/* A tap within one frame is seen as two; an id that ends and begins is another contact. */
static void test_taps(void **state)
{
	uint32_t touch = input_device(INPUT_TOUCH, 0);

	input_touch_down(&seat, touch, 1, 5, 6);
	input_touch_up(&seat, touch, 1);
	input_touch_down(&seat, touch, 1, 7, 8);
	input_frame(&seat, touch);
	assert_said("touch0: slot=0 id=0 mx=5 my=6 key330=1 x=5 y=6\n"
		    "touch0: slot=0 id=-1 slot=1 id=1 mx=7 my=8 x=7 y=8\n");
	/* The same id twice is one contact that moves. */
	input_touch_down(&seat, touch, 1, 9, 9);
	input_frame(&seat, touch);
	assert_said("touch0: slot=1 mx=9 my=9 x=9 y=9\n");
}

/* What is cancelled is a palm, then ends; what nobody heard of never was. */
static void test_cancelled(void **state)
{
	uint32_t touch = input_device(INPUT_TOUCH, 0);

	input_touch_down(&seat, touch, 1, 1, 1);
	input_touch_down(&seat, touch, 2, 2, 2);
	input_touch_down(&script, touch, 1, 3, 3);
	input_frame(&seat, touch);
	said[0] = '\0';
	input_touch_down(&seat, touch, 3, 4, 4);
	input_touch_move(&seat, touch, 1, 5, 5);
	input_touch_cancel(&seat, touch, 1);
	input_touch_cancel(&seat, touch, 3);
	input_touch_cancel(&seat, touch, 4);
	input_touch_move(&seat, touch, 1, 6, 6);
	input_touch_up(&seat, touch, 1);
	input_frame(&seat, touch);
	assert_said("touch0: slot=0 tool=2 x=5 y=5\n"
		    "touch0: slot=0 tool=0 id=-1 x=2 y=2\n");
	/* All of one source, and at once with what others say. */
	input_touch_move(&script, touch, 1, 7, 7);
	input_cancel(&seat, touch);
	assert_said("touch0: slot=1 tool=2 slot=2 mx=7 my=7 x=2 y=2\n"
		    "touch0: slot=1 tool=0 id=-1 x=7 y=7\n");
	input_cancel(&seat, touch);
	assert_said("");
	/* Their slots are free. */
	input_touch_down(&seat, touch, 1, 8, 8);
	input_frame(&seat, touch);
	assert_said("touch0: slot=0 id=4 mx=8 my=8 x=7 y=7\n");
}

static void test_too_many(void **state)
{
	uint32_t touch = input_device(INPUT_TOUCH, 3);

	for (int32_t id = 0; id < 1000; id++)
		input_touch_down(&seat, touch, id, id, id);
	input_frame(&seat, touch);
	assert_int_equal(devices.contacts_refused, 1000 - INPUT_SLOTS);
	said[0] = '\0';
	input_touch_up(&seat, touch, 500);
	input_frame(&seat, touch);
	assert_said("");
	/* One slot is free again, within the same frame. */
	input_touch_up(&seat, touch, 2);
	input_touch_down(&seat, touch, 2000, 1, 1);
	input_frame(&seat, touch);
	assert_said("touch3: slot=2 id=-1 x=0 y=0\ntouch3: slot=2 id=16 mx=1 my=1 x=0 y=0\n");
}

static void test_keys_shared(void **state)
{
	uint32_t keyboard = input_device(INPUT_KEYBOARD, 0);

	input_key(&seat, keyboard, KEY_A, true);
	input_key(&seat, keyboard, KEY_A, true);
	input_frame(&seat, keyboard);
	input_key(&script, keyboard, KEY_A, true);
	input_frame(&script, keyboard);
	input_key(&seat, keyboard, KEY_A, false);
	input_frame(&seat, keyboard);
	assert_said("keyboard: key30=1\n");
	input_port_finish(&script);
	assert_said("keyboard: key30=0\n");
	input_key(&script, keyboard, KEY_A, true);
	input_key(&seat, keyboard, KEY_CNT, true);
	input_frame(&seat, keyboard);
	assert_said("");
	/* Down and up at once are two frames. */
	input_key(&seat, keyboard, KEY_B, true);
	input_key(&seat, keyboard, KEY_B, false);
	input_frame(&seat, keyboard);
	assert_said("keyboard: key48=1\nkeyboard: key48=0\n");
}

static void test_pointer(void **state)
{
	uint32_t pointer = input_device(INPUT_POINTER, 1), mouse = input_device(INPUT_MOUSE, 0);

	input_point(&seat, pointer, 1, 2);
	input_point(&seat, pointer, 3, 4);
	input_key(&seat, pointer, BTN_LEFT, true);
	input_scroll(&seat, pointer, false, 100);
	input_scroll(&seat, pointer, false, 100);
	input_frame(&seat, pointer);
	assert_said("pointer1: x=3 y=4 key272=1 rel11=200 rel8=1\n");
	/* What was left of a detent is forgotten when the wheel turns back. */
	input_scroll(&seat, pointer, false, -100);
	input_scroll(&seat, pointer, true, -20);
	input_frame(&seat, pointer);
	assert_said("pointer1: rel11=-100 rel12=-20\n");
	/* No movement is no turn. */
	input_scroll(&seat, pointer, false, 0);
	input_scroll(&seat, pointer, false, -20);
	input_frame(&seat, pointer);
	assert_said("pointer1: rel11=-20 rel8=-1\n");
	input_move(&seat, mouse, REL_X, 5);
	input_move(&seat, mouse, REL_X, -2);
	input_move(&seat, mouse, REL_Y, 0);
	input_frame(&seat, mouse);
	assert_said("mouse: rel0=3\n");
	input_move(&seat, mouse, REL_X, INT32_MAX);
	input_move(&seat, mouse, REL_X, INT32_MAX);
	input_frame(&seat, mouse);
	assert_said("mouse: rel0=2147483647\nmouse: rel0=2147483647\n");
	input_lift_all(&seat);
	assert_said("pointer1: key272=0\n");
}

/* More keys at once than a frame has room for. */
static void test_many_keys(void **state)
{
	uint32_t keyboard = input_device(INPUT_KEYBOARD, 0);

	for (uint32_t code = 1; code < 200; code++)
		input_key(&seat, keyboard, code, true);
	input_frame(&seat, keyboard);
	said[0] = '\0';
	input_lift(&seat, keyboard);
	assert_non_null(strstr(said, "key199=0"));
}

static uint32_t leds_seen;
static void set_leds(struct input_port *port, uint32_t leds)
{
	leds_seen = leds;
}

static void test_leds(void **state)
{
	script.set_leds = set_leds;
	input_devices_set_leds(&devices, 1u << LED_CAPSL);
	assert_int_equal(leds_seen, 1u << LED_CAPSL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup_teardown(test_contacts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancelled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys_shared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pointer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leds, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

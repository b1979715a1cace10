/* SPDX-License-Identifier: MIT */
/* A script's frames, and what comes of them. */
#include "tests/unit.h"

#include "backends/input_script.h"
#include "tests/input_said.h"

static struct input_devices devices;
static struct input_script script;

static int setup(void **state)
{
	said[0] = '\0';
	assert_int_equal(input_devices_init(&devices, say_frame, NULL), 0);
	input_script_init(&script, &devices);
	return 0;
}

static int teardown(void **state)
{
	input_port_finish(&script.port);
	input_devices_finish(&devices);
	return 0;
}

#define PLAY(device, ...)                                                                          \
	play(device, (const struct input_frame_event[]){ __VA_ARGS__ },                            \
		N(((const struct input_frame_event[]){ __VA_ARGS__ })))

static void play(uint32_t device, const struct input_frame_event *events, uint32_t n)
{
	struct input_frame frame = { .n = n };

	for (uint32_t i = 0; i < n; i++) {
		assert_true(input_script_takes(device, &events[i]));
		frame.events[i] = events[i];
	}
	input_script_play(&script, device, &frame);
}

#define SLOT(n)                                                                                    \
	{                                                                                          \
		EV_ABS, ABS_MT_SLOT, n                                                             \
	}
#define ID(n)                                                                                      \
	{                                                                                          \
		EV_ABS, ABS_MT_TRACKING_ID, n                                                      \
	}
#define TOOL(n)                                                                                    \
	{                                                                                          \
		EV_ABS, ABS_MT_TOOL_TYPE, n                                                        \
	}
#define X(n)                                                                                       \
	{                                                                                          \
		EV_ABS, ABS_MT_POSITION_X, n                                                       \
	}
#define Y(n)                                                                                       \
	{                                                                                          \
		EV_ABS, ABS_MT_POSITION_Y, n                                                       \
	}

static void test_contacts(void **state)
{
	uint32_t touch0 = input_device(INPUT_TOUCH, 0), touch1 = input_device(INPUT_TOUCH, 1);

	PLAY(touch0, SLOT(0), ID(7), X(10), Y(20), SLOT(3), ID(8), X(30), Y(40));
	PLAY(touch1, ID(9), X(5), Y(6));
	assert_said("touch0: slot=0 id=0 mx=10 my=20 slot=1 id=1 mx=30 my=40 key330=1 x=10 y=20\n"
		    "touch1: slot=0 id=0 mx=5 my=6 key330=1 x=5 y=6\n");
	/* It still speaks of slot 3; one axis alone. */
	PLAY(touch0, Y(41));
	assert_said("touch0: slot=1 mx=30 my=41 x=10 y=20\n");
	PLAY(touch0, { EV_ABS, ABS_MT_TOUCH_MAJOR, 9 }, { EV_ABS, ABS_MT_ORIENTATION, -45 });
	assert_said("touch0: slot=1 major=9 minor=0 turn=-45 x=10 y=20\n");
	/* Evdev keeps what a slot had for its next contact, which does not say it again. */
	PLAY(touch0, ID(-1), SLOT(0), ID(-1));
	assert_said("touch0: slot=0 id=-1 slot=1 id=-1 key330=0\n");
	PLAY(touch0, SLOT(3), ID(10), X(31));
	assert_said(
		"touch0: slot=0 id=2 mx=31 my=41 major=9 minor=0 turn=-45 key330=1 x=31 y=41\n");
}

/* A palm is no contact, nor is the next in its slot, until there is a finger. */
static void test_palms(void **state)
{
	uint32_t touch = input_device(INPUT_TOUCH, 0);

	PLAY(touch, ID(1), X(1), Y(1));
	said[0] = '\0';
	PLAY(touch, TOOL(2), X(2));
	assert_said("touch0: slot=0 tool=2 x=1 y=1\ntouch0: slot=0 tool=0 id=-1 key330=0\n");
	PLAY(touch, X(3));
	PLAY(touch, ID(-1));
	PLAY(touch, ID(2), X(4));
	PLAY(touch, TOOL(0), X(5));
	assert_said("");
	PLAY(touch, ID(3), X(6));
	assert_said("touch0: slot=0 id=1 mx=6 my=1 key330=1 x=6 y=1\n");
	PLAY(touch, SLOT(1), ID(4), TOOL(2), X(7), Y(7));
	assert_said("");
}

/* Another contact in its slot, within a frame; and one that nobody put down. */
static void test_replaced(void **state)
{
	uint32_t touch = input_device(INPUT_TOUCH, 0);

	PLAY(touch, ID(1), X(1), Y(1));
	said[0] = '\0';
	PLAY(touch, ID(2), X(2), Y(2));
	assert_said("touch0: slot=0 id=-1 slot=1 id=1 mx=2 my=2 x=2 y=2\n");
	PLAY(touch, SLOT(5), X(3), Y(3), ID(-1));
	assert_said("");
	PLAY(touch, SLOT(0), ID(-1), ID(-1));
	assert_said("touch0: slot=1 id=-1 key330=0\n");
}

static void test_others(void **state)
{
	uint32_t keyboard = input_device(INPUT_KEYBOARD, 0), mouse = input_device(INPUT_MOUSE, 0);
	uint32_t pointer = input_device(INPUT_POINTER, 2), keys = input_device(INPUT_KEYS, 0);

	PLAY(keyboard, { EV_KEY, KEY_LEFTCTRL, 1 });
	PLAY(keyboard, { EV_KEY, KEY_C, 1 });
	PLAY(mouse, { EV_REL, REL_X, 3 }, { EV_REL, REL_Y, -4 }, { EV_KEY, BTN_RIGHT, 1 });
	PLAY(mouse, { EV_REL, REL_WHEEL_HI_RES, -120 }, { EV_REL, REL_HWHEEL_HI_RES, 60 });
	PLAY(pointer, { EV_ABS, ABS_X, 100 });
	PLAY(pointer, { EV_ABS, ABS_Y, 200 });
	PLAY(keys, { EV_REL, REL_DIAL, 1 });
	assert_said("keyboard: key29=1\nkeyboard: key46=1\nmouse: rel0=3 rel1=-4 key273=1\n"
		    "mouse: rel11=-120 rel8=-1 rel12=60\npointer2: x=100 y=0\n"
		    "pointer2: x=100 y=200\nkeys: rel7=1\n");
	input_port_finish(&script.port);
	assert_said("keyboard: key29=0 key46=0\nmouse: key273=0\n");
}

static void test_refused(void **state)
{
	uint32_t touch = input_device(INPUT_TOUCH, 0), pointer = input_device(INPUT_POINTER, 0);
	uint32_t keyboard = input_device(INPUT_KEYBOARD, 0), mouse = input_device(INPUT_MOUSE, 0);
	const struct {
		uint32_t device;
		struct input_frame_event event;
	} refused[] = {
		{ touch, { EV_ABS, ABS_MT_SLOT, -1 } },
		{ touch, { EV_ABS, ABS_MT_SLOT, INPUT_SLOTS } },
		{ touch, { EV_ABS, ABS_MT_TRACKING_ID, -2 } },
		{ touch, { EV_ABS, ABS_MT_TRACKING_ID, 65536 } },
		{ touch, { EV_ABS, ABS_MT_POSITION_X, -1 } },
		{ touch, { EV_ABS, ABS_MT_POSITION_Y, INPUT_ABS_MAX + 1 } },
		{ touch, { EV_ABS, ABS_MT_ORIENTATION, 91 } },
		{ touch, { EV_ABS, ABS_MT_PRESSURE, 1 } },
		{ touch, { EV_ABS, ABS_X, 1 } },
		{ touch, { EV_KEY, BTN_TOUCH, 1 } },
		{ touch, { EV_REL, REL_X, 1 } },
		{ pointer, { EV_ABS, ABS_X, INPUT_ABS_MAX + 1 } },
		{ pointer, { EV_ABS, ABS_MT_SLOT, 0 } },
		{ pointer, { EV_KEY, KEY_A, 1 } },
		{ pointer, { EV_REL, REL_WHEEL, 1 } },
		{ keyboard, { EV_KEY, 0, 1 } },
		{ keyboard, { EV_KEY, KEY_A, 2 } },
		{ keyboard, { EV_KEY, KEY_A, -1 } },
		{ keyboard, { EV_KEY, KEY_CNT, 1 } },
		{ keyboard, { EV_KEY, UINT16_MAX, 1 } },
		{ keyboard, { EV_KEY, BTN_LEFT, 1 } },
		{ keyboard, { EV_LED, LED_CAPSL, 1 } },
		{ keyboard, { EV_REP, REP_DELAY, 1 } },
		{ keyboard, { EV_SYN, SYN_REPORT, 0 } },
		{ keyboard, { EV_SYN, SYN_DROPPED, 0 } },
		{ keyboard, { UINT16_MAX, 0, 0 } },
		{ mouse, { EV_REL, REL_X, INT32_MIN } },
		{ mouse, { EV_REL, REL_DIAL, 1 } },
		{ mouse, { EV_ABS, ABS_X, 1 } },
	};

	for (size_t i = 0; i < N(refused); i++) {
		if (input_script_takes(refused[i].device, &refused[i].event))
			fail_msg("number %zu is taken", i);
	}
}

/* As a guest's driver has them, by the frames that it got. */
static struct {
	bool contacts[INPUT_SLOTS], keys[KEY_CNT];
	uint32_t slot, n_down;
} driver[INPUT_DEVICES];

static void drive(void *data, uint32_t device, const struct input_frame *frame)
{
	for (uint32_t i = 0; i < frame->n; i++) {
		const struct input_frame_event *event = &frame->events[i];
		bool *down = NULL, now = event->value > 0;
		if (event->type == EV_ABS && event->code == ABS_MT_SLOT)
			driver[device].slot = event->value;
		if (event->type == EV_ABS && event->code == ABS_MT_TRACKING_ID) {
			down = &driver[device].contacts[driver[device].slot];
			now = event->value >= 0;
		} else if (event->type == EV_KEY) {
			down = &driver[device].keys[event->code];
		}
		if (!down)
			continue;
		assert_true(*down != now);
		*down = now;
		driver[device].n_down += now ? 1 : -1;
	}
}

/* Whatever it is told, within what it takes: what is down gets up, and then nothing is held. */
static void test_random(void **state)
{
	struct input_frame frame;
	struct dice dice = dice_of(1);
	uint32_t n_down = 0;

	devices.send = drive;
	for (int i = 0; i < 20000; i++) {
		uint32_t device = dice_roll(&dice, INPUT_DEVICES);
		frame.n = 0;
		for (int j = dice_roll(&dice, 40); j; j--) {
			struct input_frame_event event = { dice_roll(&dice, 4),
				dice_roll(&dice, KEY_CNT), (int32_t)dice_roll(&dice, 20) - 2 };
			if (event.type == EV_ABS)
				event.code = ABS_MT_SLOT + event.code % 12;
			if (input_script_takes(device, &event))
				frame.events[frame.n++] = event;
		}
		input_script_play(&script, device, &frame);
		n_down += driver[device].n_down;
	}
	assert_true(n_down > 0);
	input_lift_all(&script.port);
	for (uint32_t i = 0; i < INPUT_DEVICES; i++)
		assert_int_equal(driver[i].n_down, 0);
}

/* The guest is gone before the script. */
static void test_guest_gone(void **state)
{
	uint32_t touch = input_device(INPUT_TOUCH, 0);

	PLAY(touch, ID(1), X(1), Y(1));
	said[0] = '\0';
	input_devices_finish(&devices);
	PLAY(touch, ID(2), X(1), Y(1));
	PLAY(input_device(INPUT_KEYBOARD, 0), { EV_KEY, KEY_A, 1 });
	PLAY(input_device(INPUT_MOUSE, 0), { EV_REL, REL_WHEEL_HI_RES, 1 });
	PLAY(input_device(INPUT_POINTER, 0), { EV_ABS, ABS_X, 1 });
	input_port_finish(&script.port);
	assert_said("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_contacts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_palms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guest_gone, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * A compositor that says of its seat whatever comes to its mind: nothing of it stays down
 * at the guest, and nobody but that compositor is worse off.
 */
#include "tests/unit.h"

#include <wayland-server.h>

#include "base/log.h"
#include "tests/seat_world.h"

#include "pointer-constraints-unstable-v1-server-protocol.h"
#include "relative-pointer-unstable-v1-server-protocol.h"

#define ROUNDS 40
#define EVENTS 400

static struct seat_world world;
static struct stub *const stub = &world.stub;
static struct dice dice;
static unsigned locks;

/* What a guest believes to be down, by the frames that it gets. */
static struct {
	bool keys[INPUT_DEVICES][KEY_CNT];
	bool contacts[INPUT_DEVICES][INPUT_SLOTS];
	unsigned down, frames;
} guest;

static void guest_set(bool *is_down, bool down)
{
	assert_true(*is_down != down);
	*is_down = down;
	guest.down += down ? 1 : -1;
}

static void guest_hear(void *data, uint32_t device, const struct input_frame *frame)
{
	uint32_t slot = 0;

	guest.frames++;
	for (uint32_t i = 0; i < frame->n; i++) {
		const struct input_frame_event *event = &frame->events[i];
		assert_true(input_kind_has(input_device_kind(device), event->type, event->code) ||
			    event->type == EV_KEY);
		if (event->type == EV_KEY)
			guest_set(&guest.keys[device][event->code], event->value);
		else if (event->type == EV_ABS && event->code == ABS_MT_SLOT)
			slot = event->value;
		else if (event->type == EV_ABS && event->code == ABS_MT_TRACKING_ID)
			guest_set(&guest.contacts[device][slot], event->value >= 0);
	}
}

/* Somewhere about a window, or nowhere at all. */
static wl_fixed_t roll_place(void)
{
	if (dice_roll(&dice, 10) == 0)
		return (wl_fixed_t)dice_roll(&dice, UINT32_MAX);
	return (int32_t)dice_roll(&dice, 400 * 256) - 50 * 256;
}

static struct wl_resource *roll_root(void)
{
	return stub->roots[dice_roll(&dice, OWNER_HEADS)];
}

static void play_touch(struct wl_resource *touch)
{
	int32_t id = dice_roll(&dice, 30);
	struct wl_resource *root = roll_root();

	switch (dice_roll(&dice, 8)) {
	case 0:
	case 1:
		if (root)
			wl_touch_send_down(touch, 0, 0, root, id, roll_place(), roll_place());
		break;
	case 2:
		wl_touch_send_motion(touch, 0, id, roll_place(), roll_place());
		break;
	case 3:
		wl_touch_send_up(touch, 0, 0, id);
		break;
	case 4:
		wl_touch_send_shape(touch, id, roll_place(), roll_place());
		break;
	case 5:
		wl_touch_send_orientation(touch, id, roll_place());
		break;
	case 6:
		wl_touch_send_frame(touch);
		break;
	case 7:
		if (dice_roll(&dice, 10) == 0)
			wl_touch_send_cancel(touch);
		break;
	}
}

static void play_pointer(struct wl_resource *pointer)
{
	struct wl_resource *root = roll_root();
	uint32_t axis = dice_roll(&dice, 4);

	switch (dice_roll(&dice, 9)) {
	case 0:
		if (root)
			wl_pointer_send_enter(pointer, 0, root, roll_place(), roll_place());
		break;
	case 1:
		if (root)
			wl_pointer_send_leave(pointer, 0, root);
		break;
	case 2:
		wl_pointer_send_motion(pointer, 0, roll_place(), roll_place());
		break;
	case 3:
		wl_pointer_send_button(
			pointer, 0, 0, BTN_LEFT + dice_roll(&dice, 8), dice_roll(&dice, 3));
		break;
	case 4:
		wl_pointer_send_axis(pointer, 0, axis, roll_place());
		break;
	case 5:
		wl_pointer_send_axis_value120(pointer, axis, roll_place());
		break;
	case 6:
		wl_pointer_send_axis_stop(pointer, 0, axis);
		break;
	case 7:
		wl_pointer_send_axis_discrete(pointer, axis, roll_place());
		break;
	case 8:
		wl_pointer_send_frame(pointer);
		break;
	}
}

static void play_keyboard(struct wl_resource *keyboard)
{
	static const uint32_t keys[] = { KEY_LEFTCTRL, KEY_LEFTALT, KEY_G, KEY_A, KEY_B };
	uint32_t held[] = { keys[dice_roll(&dice, N(keys))], dice_roll(&dice, UINT32_MAX) };
	struct wl_array array = { .data = held, .size = sizeof(held) };
	struct wl_resource *root = roll_root();

	switch (dice_roll(&dice, 8)) {
	case 0:
		if (root)
			wl_keyboard_send_enter(keyboard, 0, root, &array);
		break;
	case 1:
		if (root)
			wl_keyboard_send_leave(keyboard, 0, root);
		break;
	case 2:
		wl_keyboard_send_key(keyboard, 0, 0, dice_roll(&dice, UINT32_MAX), 1);
		break;
	default:
		wl_keyboard_send_key(keyboard, 0, 0, held[0], dice_roll(&dice, 3));
		break;
	}
}

static void play_lock(void)
{
	if (stub->locked && dice_roll(&dice, 2))
		zwp_locked_pointer_v1_send_locked(stub->locked);
	else if (stub->locked && dice_roll(&dice, 4) == 0)
		zwp_locked_pointer_v1_send_unlocked(stub->locked);
	if (stub->relative)
		zwp_relative_pointer_v1_send_relative_motion(stub->relative, 0, 0, roll_place(),
			roll_place(), roll_place(), roll_place());
}

static void play_something(void)
{
	uint32_t roll = dice_roll(&dice, 10);

	if (roll < 3 && stub->touch)
		play_touch(stub->touch);
	else if (roll < 6 && stub->pointer)
		play_pointer(stub->pointer);
	else if (roll < 9 && stub->keyboard)
		play_keyboard(stub->keyboard);
	else
		play_lock();
}

/* Else it would be seldom: the chord, where there is all for it, and a lock that follows. */
static void play_chord(void)
{
	if (!stub->pointer || !stub->keyboard || !stub->root_surface)
		return;
	stub_play(stub);
	seat_world_sync(&world);
	seat_world_sync(&world);
	if (!stub->locked)
		return;
	zwp_locked_pointer_v1_send_locked(stub->locked);
	wl_pointer_send_button(stub->pointer, 0, 0, BTN_RIGHT, 1);
	wl_pointer_send_frame(stub->pointer);
	locks++;
}

static void change_something(void)
{
	switch (dice_roll(&dice, 6)) {
	case 0:
		stub_set_capabilities(stub, dice_roll(&dice, 8));
		break;
	case 1:
		stub->is_fullscreen = !stub->is_fullscreen;
		if (stub->toplevel)
			stub_configure(stub);
		break;
	case 2:
		if (stub->toplevel)
			stub_close_window(stub);
		break;
	default:
		for (uint32_t i = 0; i < OWNER_HEADS; i++)
			owner_open(&world.owner, i);
		break;
	}
}

static void test_storm(void **state)
{
	seat_world_init(&world, guest_hear);
	seat_world_start(&world);
	for (int round = 0; round < ROUNDS; round++) {
		dice = dice_of(round);
		stub_set_capabilities(stub, 7);
		seat_world_sync(&world);
		seat_world_sync(&world);
		for (int i = 0; i < EVENTS; i++) {
			play_something();
			if (i % 40 != 39)
				continue;
			seat_world_sync(&world);
			if (dice_roll(&dice, 3) == 0)
				play_chord();
		}
		change_something();
		seat_world_sync(&world);
		stub_set_capabilities(stub, 0);
		seat_world_sync(&world);
		if (guest.down)
			fail_msg("round %d: %u are down", round, guest.down);
	}
	assert_null(owner_trouble(&world.owner));
	assert_int_equal(stub->clients, 1);
	assert_true(guest.frames > ROUNDS * 10);
	if (locks < ROUNDS / 2)
		fail_msg("%u locks", locks);
	seat_world_finish(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_storm),
	};

	log_init("test-presenter-storm", LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

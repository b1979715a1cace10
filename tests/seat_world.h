/* SPDX-License-Identifier: MIT */
#ifndef SEAT_WORLD_H
#define SEAT_WORLD_H

/*
 * A guest with two heads, in windows of a compositor of the test's own, whose seat the
 * test plays, and the guest's input devices.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/input.h"
#include "tests/owner.h"
#include "tests/stub.h"

/* 128 units of a device a px from left to right, 256 from the top to the bottom. */
#define SEAT_WIDTH 256
#define SEAT_HEIGHT 128

struct seat_world {
	struct stub stub;
	struct owner owner;
	struct input_devices devices;
	struct owner_picture pictures[OWNER_HEADS];
	uint32_t width, height; /* of the heads; before seat_world_start */
	uint32_t pings;
};

/* The stub is to be set up then. `send` has all frames of the devices. */
void seat_world_init(struct seat_world *world,
	void (*send)(void *data, uint32_t device, const struct input_frame *frame));
/* Both windows are there, and what the stub's seat has. */
void seat_world_start(struct seat_world *world);
/* The seat has what it is to have. */
void seat_world_expect_seat(struct seat_world *world);
void seat_world_finish(struct seat_world *world);

void seat_world_expect(struct seat_world *world, bool (*condition)(void *data), void *data);
/* All that the test sent has come. */
void seat_world_sync(struct seat_world *world);

/* Events of the stub's seat, at the head's window. */
void play_pointer_enter(struct stub *stub, uint32_t head, double x, double y);
void play_pointer_move(struct stub *stub, double x, double y);
void play_pointer_button(struct stub *stub, uint32_t button, bool down);
void play_pointer_frame(struct stub *stub);
/* With `n` keys down. */
void play_keyboard_enter(struct stub *stub, uint32_t head, const uint32_t *keys, size_t n);
void play_keyboard_key(struct stub *stub, uint32_t key, bool down);

#endif

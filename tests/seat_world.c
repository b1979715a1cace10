/* SPDX-License-Identifier: MIT */
/* A guest's windows, a seat at them, and the guest's devices. */
#include "tests/seat_world.h"

#include <wayland-server.h>

#include "tests/unit.h"

void seat_world_init(struct seat_world *world,
	void (*send)(void *data, uint32_t device, const struct input_frame *frame))
{
	*world = (struct seat_world){ .width = SEAT_WIDTH, .height = SEAT_HEIGHT };
	stub_init(&world->stub);
	assert_int_equal(input_devices_init(&world->devices, send, NULL), 0);
}

static bool has_seat(void *data)
{
	const struct stub *stub = data;
	uint32_t capabilities = stub->capabilities;

	return !(capabilities & WL_SEAT_CAPABILITY_POINTER) == !stub->pointer &&
	       !(capabilities & WL_SEAT_CAPABILITY_KEYBOARD) == !stub->keyboard &&
	       !(capabilities & WL_SEAT_CAPABILITY_TOUCH) == !stub->touch;
}

void seat_world_expect_seat(struct seat_world *world)
{
	seat_world_expect(world, has_seat, &world->stub);
}

void seat_world_start(struct seat_world *world)
{
	struct stub *stub = &world->stub;
	struct owner *owner = &world->owner;
	struct presenter_config config = {
		.guest = "g1",
		.n_heads = OWNER_HEADS,
		.wayland_display = stub->socket,
		.inputs = &world->devices,
	};

	for (uint32_t i = 0; i < OWNER_HEADS; i++)
		config.heads[i] =
			(struct presenter_head_config){ world->width, world->height, 60000 };
	stub_start(stub);
	owner_init_with(owner, &presenter_wayland, &config);
	stub_resume(stub, &owner->loop);
	for (uint32_t i = 0; i < OWNER_HEADS; i++)
		owner_show_new(owner, &world->pictures[i], i, world->width, world->height, i);
	assert_true(owner_run_until_done(owner));
	seat_world_expect_seat(world);
}

void seat_world_finish(struct seat_world *world)
{
	for (uint32_t i = 0; i < OWNER_HEADS; i++)
		owner_forget(&world->owner, &world->pictures[i]);
	owner_finish(&world->owner);
	stub_finish(&world->stub);
	input_devices_finish(&world->devices);
}

void seat_world_expect(struct seat_world *world, bool (*condition)(void *data), void *data)
{
	wl_display_flush_clients(world->stub.display);
	assert_true(owner_run_until(&world->owner, condition, data, OWNER_LIMIT_MS));
}

static bool has_ponged(void *data)
{
	const struct seat_world *world = data;

	return world->stub.pong == world->pings;
}

void seat_world_sync(struct seat_world *world)
{
	stub_ping(&world->stub, ++world->pings);
	seat_world_expect(world, has_ponged, world);
}

/* -- events -- */

void play_pointer_enter(struct stub *stub, uint32_t head, double x, double y)
{
	wl_pointer_send_enter(stub->pointer, 1, stub->roots[head], wl_fixed_from_double(x),
		wl_fixed_from_double(y));
}

void play_pointer_move(struct stub *stub, double x, double y)
{
	wl_pointer_send_motion(stub->pointer, 0, wl_fixed_from_double(x), wl_fixed_from_double(y));
}

void play_pointer_button(struct stub *stub, uint32_t button, bool down)
{
	wl_pointer_send_button(stub->pointer, 1, 0, button, down);
}

void play_pointer_frame(struct stub *stub)
{
	wl_pointer_send_frame(stub->pointer);
}

void play_keyboard_enter(struct stub *stub, uint32_t head, const uint32_t *keys, size_t n)
{
	struct wl_array down = { .data = (void *)keys, .size = n * sizeof(*keys) };

	wl_keyboard_send_enter(stub->keyboard, 1, stub->roots[head], &down);
}

void play_keyboard_key(struct stub *stub, uint32_t key, bool down)
{
	wl_keyboard_send_key(stub->keyboard, 1, 0, key, down);
}

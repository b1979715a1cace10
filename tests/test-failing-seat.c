/* SPDX-License-Identifier: MIT */
/* Out of memory or descriptors: the seat, and what clients ask for. */
#include "tests/failing_cases.h"

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/abandoned_objects.h"
#include "tests/fake_fences.h"

#include "idle-inhibit-unstable-v1-client-protocol.h"
#include "linux-explicit-synchronization-unstable-v1-client-protocol.h"
#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "primary-selection-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

static struct world world;
static struct world_client client;
static struct world_window window;

static int run_seat(void)
{
	world_init(&world);
	struct seat *seat = NULL;
	int ret = TRY_THERE(seat = seat_create(&world.server));
	seat_destroy(seat);
	world_finish(&world);
	return ret;
}

static int run_keymap(void)
{
	world_init(&world);
	int ret = TRY(keyboard_start(&world.seat->keyboard));
	world_finish(&world);
	return ret < 0 ? -1 : 0;
}

/* The client that asks is told that there is no memory; nothing else is. */
static int run_asking(uint32_t seat_version, void (*ask)(void))
{
	world_init(&world);
	world_add_whole(&world, "S-1", 100, 50);
	assert_int_equal(keyboard_start(&world.seat->keyboard), 0);
	for (int i = 0; i < SEAT_CAPABILITIES; i++)
		seat_add_device(world.seat, i);
	world_client_init(&client, &world, seat_version);
	world_window_init(&window, &client, "A", NULL);
	ask();
	int ret = TRY(world_try(&client));
	world_client_finish(&client);
	world_finish(&world);
	return ret;
}

static void ask_region(void)
{
	wl_compositor_create_region(client.compositor);
}

static int run_region(void)
{
	return run_asking(0, ask_region);
}

static void ask_source(void)
{
	wl_data_source_offer(
		wl_data_device_manager_create_data_source(client.data_devices), "text/plain");
}

static int run_source(void)
{
	return run_asking(0, ask_source);
}

/* Over the client's own window, which is offered it. */
static void ask_drag(void)
{
	struct wl_data_device *device =
		wl_data_device_manager_get_data_device(client.data_devices, client.seat);
	struct wl_data_source *source =
		wl_data_device_manager_create_data_source(client.data_devices);

	pointer_handle_place(&world.seat->pointer, 0, 5, 5);
	pointer_handle_button(&world.seat->pointer, 0, BTN_LEFT, true);
	world_sync(&client);
	wl_data_device_start_drag(
		device, source, window.surface, NULL, world.seat->pointer.pressed);
}

static int run_drag(void)
{
	return run_asking(0, ask_drag);
}

static void ask_primary(void)
{
	zwp_primary_selection_source_v1_offer(
		zwp_primary_selection_device_manager_v1_create_source(client.primary_selections),
		"text/plain");
}

static int run_primary(void)
{
	return run_asking(0, ask_primary);
}

static void ask_lock(void)
{
	zwp_pointer_constraints_v1_lock_pointer(client.constraints, window.surface, client.pointer,
		NULL, ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT);
}

static int run_lock(void)
{
	return run_asking(0, ask_lock);
}

static void ask_inhibitor(void)
{
	zwp_idle_inhibit_manager_v1_create_inhibitor(client.idle_inhibits, window.surface);
}

static int run_inhibitor(void)
{
	return run_asking(0, ask_inhibitor);
}

static void ask_popup(void)
{
	struct wl_surface *surface = wl_compositor_create_surface(client.compositor);
	struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(client.wm_base, surface);
	struct xdg_positioner *positioner = xdg_wm_base_create_positioner(client.wm_base);

	xdg_positioner_set_size(positioner, 10, 10);
	xdg_positioner_set_anchor_rect(positioner, 0, 0, 10, 10);
	xdg_surface_get_popup(xdg, window.xdg, positioner);
}

static int run_popup(void)
{
	return run_asking(0, ask_popup);
}

static void ask_keyboard(void)
{
	wl_seat_get_keyboard(client.seat);
}

/* One that may write to its keymap has a copy. */
static int run_keyboard(void)
{
	return run_asking(6, ask_keyboard);
}

static struct zwp_linux_surface_synchronization_v1 *get_synchronization(void)
{
	return zwp_linux_explicit_synchronization_v1_get_synchronization(
		client.explicit_sync, window.surface);
}

static void ask_fence(void)
{
	int fence = fake_fence_create();

	zwp_linux_surface_synchronization_v1_set_acquire_fence(get_synchronization(), fence);
	close(fence);
}

static int run_fence(void)
{
	return run_asking(0, ask_fence);
}

static void ask_release(void)
{
	zwp_linux_surface_synchronization_v1_get_release(get_synchronization());
}

static int run_release(void)
{
	return run_asking(0, ask_release);
}

/* A commit waits until its dma-buf is drawn: nobody tells of that without memory. */
static int run_waiting(void)
{
	struct fenced_client fenced;
	int fds[2];

	world_init(&world);
	fenced_world_start(&world);
	fenced_client_init(&fenced, &world);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	struct wl_surface *surface = wl_compositor_create_surface(fenced.client.compositor);
	struct wl_buffer *buffer = fenced_buffer_of(&fenced, fds[0], 1, 1);
	world_sync(&fenced.client);
	wl_surface_attach(surface, buffer, 0, 0);
	wl_surface_commit(surface);
	int ret = TRY(world_try(&fenced.client));
	close(fds[0]);
	close(fds[1]);
	fenced_client_finish(&fenced);
	world_finish(&world);
	fenced_world_finish();
	return ret;
}

static void test_failing(void **state)
{
	static const struct failing_case cases[] = {
		/* An arrow can be missing. */
		{ .name = "a seat", .run = run_seat, .may_do_without = true },
		{ .name = "a keymap", .run = run_keymap },
		{ .name = "a region", .run = run_region },
		{ .name = "a data source", .run = run_source },
		{ .name = "a drag", .run = run_drag },
		{ .name = "a primary selection", .run = run_primary },
		{ .name = "a locked pointer", .run = run_lock },
		{ .name = "an idle inhibitor", .run = run_inhibitor },
		{ .name = "a popup", .run = run_popup },
		{ .name = "a keyboard", .run = run_keyboard },
		{ .name = "a fence", .run = run_fence },
		{ .name = "a release", .run = run_release },
		{ .name = "a commit that waits", .run = run_waiting },
	};

	for (size_t i = 0; i < N(cases); i++)
		failing_run(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_failing) };

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

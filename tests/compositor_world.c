/* SPDX-License-Identifier: MIT */
/* mullion-compositor and its clients, in one process. */
#include "tests/compositor_world.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "compositor/offers.h"
#include "tests/unit.h"

#include "idle-inhibit-unstable-v1-client-protocol.h"
#include "keyboard-shortcuts-inhibit-unstable-v1-client-protocol.h"
#include "linux-explicit-synchronization-unstable-v1-client-protocol.h"
#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "presentation-time-client-protocol.h"
#include "primary-selection-unstable-v1-client-protocol.h"
#include "relative-pointer-unstable-v1-client-protocol.h"
#include "viewporter-client-protocol.h"
#include "xdg-decoration-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

/* -- the compositor -- */

static int show_nothing(struct screen *screen, const pixman_region32_t *damage)
{
	return 0;
}

static const struct screen_interface screen_interface = { .show = show_nothing };

static void handle_poll(struct loop_timer *timer)
{
	struct world *world = container_of(timer, struct world, poll);

	world->is_met = world->condition(world->data);
	if (world->is_met || clock_now_ns() > world->deadline_ns)
		loop_stop(&world->server.loop, 0);
	else
		loop_timer_set(timer, NSEC_PER_MSEC / 10);
}

void world_run_until(struct world *world, bool (*condition)(void *data), void *data)
{
	world->condition = condition;
	world->data = data;
	world->deadline_ns = clock_now_ns() + WORLD_LIMIT_MS * NSEC_PER_MSEC;
	world->server.loop.stop = false;
	loop_timer_set(&world->poll, 1);
	assert_int_equal(loop_run(&world->server.loop), 0);
	assert_true(world->is_met);
}

void world_init(struct world *world)
{
	*world = (struct world){ 0 };
	world->config = config_create();
	assert_non_null(world->config);
	assert_int_equal(server_init(&world->server, world->config), 0);
	assert_int_equal(server_offer(&world->server), 0);
	world->seat = seat_create(&world->server);
	assert_non_null(world->seat);
	world->server.seat = world->seat;
	assert_int_equal(loop_timer_init(&world->poll, &world->server.loop, handle_poll), 0);
}

struct screen *world_add_screen(struct world *world, const char *name, uint32_t width_px,
	uint32_t height_px, enum wl_output_transform transform, uint32_t scale_120)
{
	const struct screen_use use = {
		.mode = { width_px, height_px, 60000 },
		.transform = transform,
		.scale_120 = scale_120,
	};
	struct screen *screen = &world->screens[world->n_screens++];

	assert_int_equal(screen_init(screen, &world->server, &screen_interface, name, &use), 0);
	return screen;
}

void world_add_whole(struct world *world, const char *name, uint32_t width_px, uint32_t height_px)
{
	struct screen *screen =
		world_add_screen(world, name, width_px, height_px, WL_OUTPUT_TRANSFORM_NORMAL, 120);

	assert_non_null(output_create(
		screen, name, &(pixman_box32_t){ 0, 0, (int32_t)width_px, (int32_t)height_px }));
}

void world_finish(struct world *world)
{
	server_drop_clients(&world->server);
	for (uint32_t i = 0; i < world->n_screens; i++)
		screen_finish(&world->screens[i]);
	loop_timer_finish(&world->poll);
	seat_destroy(world->seat);
	server_finish(&world->server);
	config_destroy(world->config);
}

/* -- what a client is told -- */

void world_say(struct world_client *client, const char *format, ...)
{
	size_t len = strlen(client->said);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(client->said + len, sizeof(client->said) - len, format, arguments);
	va_end(arguments);
}

const char *world_name(struct wl_surface *surface)
{
	const char *name = surface ? wl_surface_get_user_data(surface) : NULL;

	return name ? name : "?";
}

/* Places are whole in what is said where they are. */
static const char *place(wl_fixed_t x, wl_fixed_t y)
{
	static char text[64];

	snprintf(text, sizeof(text), "%g,%g", wl_fixed_to_double(x), wl_fixed_to_double(y));
	return text;
}

static void touch_down(void *data, struct wl_touch *touch, uint32_t serial, uint32_t time,
	struct wl_surface *surface, int32_t id, wl_fixed_t x, wl_fixed_t y)
{
	struct world_client *client = data;

	client->serial = serial;
	world_say(client, "down %d %s %s\n", id, world_name(surface), place(x, y));
}

static void touch_up(void *data, struct wl_touch *touch, uint32_t serial, uint32_t time, int32_t id)
{
	world_say(data, "up %d\n", id);
}

static void touch_motion(
	void *data, struct wl_touch *touch, uint32_t time, int32_t id, wl_fixed_t x, wl_fixed_t y)
{
	world_say(data, "move %d %s\n", id, place(x, y));
}

static void touch_frame(void *data, struct wl_touch *touch)
{
	world_say(data, "frame\n");
}

static void touch_cancel(void *data, struct wl_touch *touch)
{
	world_say(data, "cancel\n");
}

static const struct wl_touch_listener touch_listener = {
	.down = touch_down,
	.up = touch_up,
	.motion = touch_motion,
	.frame = touch_frame,
	.cancel = touch_cancel,
};

static void pointer_enter(void *data, struct wl_pointer *pointer, uint32_t serial,
	struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y)
{
	struct world_client *client = data;

	client->serial = serial;
	world_say(client, "enter %s %s\n", world_name(surface), place(x, y));
}

static void pointer_leave(
	void *data, struct wl_pointer *pointer, uint32_t serial, struct wl_surface *surface)
{
	world_say(data, "leave %s\n", world_name(surface));
}

static void pointer_motion(
	void *data, struct wl_pointer *pointer, uint32_t time, wl_fixed_t x, wl_fixed_t y)
{
	world_say(data, "motion %s\n", place(x, y));
}

static void pointer_button(void *data, struct wl_pointer *pointer, uint32_t serial, uint32_t time,
	uint32_t button, uint32_t state)
{
	struct world_client *client = data;

	client->serial = serial;
	world_say(client, "button %u %u\n", button, state);
}

static void pointer_axis(
	void *data, struct wl_pointer *pointer, uint32_t time, uint32_t axis, wl_fixed_t way)
{
	world_say(data, "axis %u %g\n", axis, wl_fixed_to_double(way));
}

static void pointer_frame(void *data, struct wl_pointer *pointer)
{
	world_say(data, ".\n");
}

static void pointer_source(void *data, struct wl_pointer *pointer, uint32_t source)
{
	world_say(data, "source %u\n", source);
}

static void pointer_stop(void *data, struct wl_pointer *pointer, uint32_t time, uint32_t axis)
{
	world_say(data, "stop %u\n", axis);
}

static void pointer_discrete(void *data, struct wl_pointer *pointer, uint32_t axis, int32_t detents)
{
	world_say(data, "detents %u %d\n", axis, detents);
}

static void pointer_v120(void *data, struct wl_pointer *pointer, uint32_t axis, int32_t v120)
{
	world_say(data, "v120 %u %d\n", axis, v120);
}

static const struct wl_pointer_listener pointer_listener = {
	.enter = pointer_enter,
	.leave = pointer_leave,
	.motion = pointer_motion,
	.button = pointer_button,
	.axis = pointer_axis,
	.frame = pointer_frame,
	.axis_source = pointer_source,
	.axis_stop = pointer_stop,
	.axis_discrete = pointer_discrete,
	.axis_value120 = pointer_v120,
};

static void keyboard_keymap(
	void *data, struct wl_keyboard *keyboard, uint32_t format, int32_t fd, uint32_t size_bytes)
{
	struct world_client *client = data;

	if (client->keymap_fd >= 0)
		close(client->keymap_fd);
	client->keymap_fd = fd;
	client->keymap_bytes = size_bytes;
}

static void keyboard_enter(void *data, struct wl_keyboard *keyboard, uint32_t serial,
	struct wl_surface *surface, struct wl_array *keys)
{
	struct world_client *client = data;
	const uint32_t *key;

	client->serial = serial;
	world_say(client, "focus %s", world_name(surface));
	wl_array_for_each(key, keys) world_say(client, " %u", *key);
	world_say(client, "\n");
}

static void keyboard_leave(
	void *data, struct wl_keyboard *keyboard, uint32_t serial, struct wl_surface *surface)
{
	world_say(data, "unfocus %s\n", world_name(surface));
}

static void keyboard_key(void *data, struct wl_keyboard *keyboard, uint32_t serial, uint32_t time,
	uint32_t key, uint32_t state)
{
	struct world_client *client = data;

	client->serial = serial;
	world_say(client, "key %u %u\n", key, state);
}

static void keyboard_modifiers(void *data, struct wl_keyboard *keyboard, uint32_t serial,
	uint32_t depressed, uint32_t latched, uint32_t locked, uint32_t group)
{
	world_say(data, "modifiers %u %u %u %u\n", depressed, latched, locked, group);
}

static void keyboard_repeat(void *data, struct wl_keyboard *keyboard, int32_t rate, int32_t delay)
{
	world_say(data, "repeat %d %d\n", rate, delay);
}

static const struct wl_keyboard_listener keyboard_listener = {
	.keymap = keyboard_keymap,
	.enter = keyboard_enter,
	.leave = keyboard_leave,
	.key = keyboard_key,
	.modifiers = keyboard_modifiers,
	.repeat_info = keyboard_repeat,
};

static void seat_capabilities(void *data, struct wl_seat *seat, uint32_t capabilities)
{
	struct world_client *client = data;

	client->capabilities = capabilities;
	if (capabilities & WL_SEAT_CAPABILITY_POINTER && !client->pointer) {
		client->pointer = wl_seat_get_pointer(seat);
		wl_pointer_add_listener(client->pointer, &pointer_listener, client);
	}
	if (capabilities & WL_SEAT_CAPABILITY_KEYBOARD && !client->keyboard) {
		client->keyboard = wl_seat_get_keyboard(seat);
		wl_keyboard_add_listener(client->keyboard, &keyboard_listener, client);
	}
	if (capabilities & WL_SEAT_CAPABILITY_TOUCH && !client->touch) {
		client->touch = wl_seat_get_touch(seat);
		wl_touch_add_listener(client->touch, &touch_listener, client);
	}
}

static void seat_name(void *data, struct wl_seat *seat, const char *name)
{
}

static const struct wl_seat_listener seat_listener = {
	.capabilities = seat_capabilities,
	.name = seat_name,
};

/* -- its connection -- */

static void registry_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct world_client *client = data;
	const struct {
		const struct wl_interface *interface;
		uint32_t version;
		void *proxy;
	} known[] = {
		{ &wl_compositor_interface, 4, &client->compositor },
		{ &wl_subcompositor_interface, 1, &client->subcompositor },
		{ &wl_shm_interface, 1, &client->shm },
		{ &xdg_wm_base_interface, version, &client->wm_base },
		{ &wl_data_device_manager_interface, 3, &client->data_devices },
		{ &zwp_primary_selection_device_manager_v1_interface, 1,
			&client->primary_selections },
		{ &zwp_pointer_constraints_v1_interface, 1, &client->constraints },
		{ &zwp_relative_pointer_manager_v1_interface, 1, &client->relative_pointers },
		{ &zwp_idle_inhibit_manager_v1_interface, 1, &client->idle_inhibits },
		{ &zwp_keyboard_shortcuts_inhibit_manager_v1_interface, 1, &client->inhibits },
		{ &zwp_linux_explicit_synchronization_v1_interface, 2, &client->explicit_sync },
		{ &zxdg_decoration_manager_v1_interface, 1, &client->decorations },
		{ &wp_presentation_interface, 1, &client->presentation },
		{ &wp_viewporter_interface, 1, &client->viewporter },
		{ &wl_seat_interface, client->seat_version ? client->seat_version : version,
			&client->seat },
	};

	for (size_t i = 0; i < N(known); i++) {
		if (strcmp(interface, known[i].interface->name) == 0)
			*(void **)known[i].proxy = wl_registry_bind(
				registry, name, known[i].interface, known[i].version);
	}
	if (strcmp(interface, "wl_seat") == 0)
		wl_seat_add_listener(client->seat, &seat_listener, client);
}

static void registry_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = registry_global,
	.global_remove = registry_remove,
};

/* An error ends the connection: nothing is read any more. */
static void client_handle_readable(struct loop_source *source, uint32_t events)
{
	struct world_client *client = container_of(source, struct world_client, source);

	while (wl_display_prepare_read(client->display) != 0)
		wl_display_dispatch_pending(client->display);
	wl_display_read_events(client->display);
	if (wl_display_dispatch_pending(client->display) < 0)
		loop_remove(source);
	wl_display_flush(client->display);
}

static void sync_done(void *data, struct wl_callback *callback, uint32_t serial)
{
	struct world_client *client = data;

	client->is_synced = true;
	wl_callback_destroy(callback);
}

static const struct wl_callback_listener sync_listener = { .done = sync_done };

static bool is_synced(void *data)
{
	struct world_client *client = data;

	return client->is_synced || wl_display_get_error(client->display);
}

static void client_round(struct world_client *client)
{
	client->is_synced = false;
	wl_callback_add_listener(wl_display_sync(client->display), &sync_listener, client);
	wl_display_flush(client->display);
	world_run_until(client->world, is_synced, client);
}

/* What a turn's end brings is told in the second round. */
void world_sync(struct world_client *client)
{
	client_round(client);
	assert_int_equal(wl_display_get_error(client->display), 0);
	client_round(client);
	assert_int_equal(wl_display_get_error(client->display), 0);
}

int world_try(struct world_client *client)
{
	client_round(client);
	return wl_display_get_error(client->display) ? -1 : 0;
}

void world_expect(struct world_client *client, const char *said)
{
	world_sync(client);
	assert_string_equal(client->said, said);
	client->said[0] = '\0';
}

void world_expect_error(
	struct world_client *client, const struct wl_interface *interface, uint32_t code)
{
	const struct wl_interface *of = NULL;
	uint32_t id;

	client_round(client);
	assert_int_equal(wl_display_get_error(client->display), EPROTO);
	uint32_t got = wl_display_get_protocol_error(client->display, &of, &id);
	assert_non_null(of);
	assert_string_equal(of->name, interface->name);
	assert_int_equal(got, code);
}

void world_client_init(struct world_client *client, struct world *world, uint32_t seat_version)
{
	int fds[2];

	*client = (struct world_client){
		.world = world,
		.seat_version = seat_version,
		.keymap_fd = -1,
	};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_non_null(wl_client_create(world->server.display, fds[0]));
	client->display = wl_display_connect_to_fd(fds[1]);
	assert_non_null(client->display);
	assert_int_equal(loop_add(&world->server.loop, &client->source, fds[1], EPOLLIN,
				 client_handle_readable),
		0);
	client->registry = wl_display_get_registry(client->display);
	wl_registry_add_listener(client->registry, &registry_listener, client);
	world_sync(client);
	assert_non_null(client->seat);
}

void world_client_finish(struct world_client *client)
{
	loop_remove(&client->source);
	if (client->keymap_fd >= 0)
		close(client->keymap_fd);
	wl_display_disconnect(client->display);
}

/* -- its windows -- */

static void xdg_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	struct world_window *window = data;

	window->serial = serial;
	xdg_surface_ack_configure(xdg, serial);
}

static const struct xdg_surface_listener xdg_listener = { .configure = xdg_configure };

static void toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width,
	int32_t height, struct wl_array *states)
{
	struct world_window *window = data;

	window->width = width;
	window->height = height;
}

static void toplevel_close(void *data, struct xdg_toplevel *toplevel)
{
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = toplevel_configure,
	.close = toplevel_close,
};

void world_surface_show(
	struct world_client *client, struct wl_surface *surface, int32_t width, int32_t height)
{
	int32_t stride = width * 4;
	int fd = memfd_create("pool", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, (off_t)stride * height), 0);
	struct wl_shm_pool *pool = wl_shm_create_pool(client->shm, fd, stride * height);
	struct wl_buffer *buffer =
		wl_shm_pool_create_buffer(pool, 0, width, height, stride, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	wl_surface_attach(surface, buffer, 0, 0);
	wl_surface_damage(surface, 0, 0, width, height);
	wl_surface_commit(surface);
}

void world_window_show(struct world_window *window, int32_t width, int32_t height)
{
	world_surface_show(window->client, window->surface, width, height);
}

static void world_add_rule(struct world *world, const char *app_id, const char *output)
{
	struct config_window *rule = &world->config->windows[world->config->n_windows++];

	snprintf(rule->app_id, sizeof(rule->app_id), "%s", app_id);
	snprintf(rule->output, sizeof(rule->output), "%s", output);
}

void world_window_init(struct world_window *window, struct world_client *client, const char *name,
	const char *output)
{
	*window = (struct world_window){ .client = client, .name = name };
	window->surface = wl_compositor_create_surface(client->compositor);
	wl_surface_set_user_data(window->surface, (void *)name);
	window->xdg = xdg_wm_base_get_xdg_surface(client->wm_base, window->surface);
	xdg_surface_add_listener(window->xdg, &xdg_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg);
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	xdg_toplevel_set_app_id(window->toplevel, name);
	if (output)
		world_add_rule(client->world, name, output);
	wl_surface_commit(window->surface);
	world_sync(client);
	world_window_show(window, window->width, window->height);
	world_sync(client);
}

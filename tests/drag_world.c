/* SPDX-License-Identifier: MIT */
/* Two clients between which something is dragged. */
#include "tests/drag_world.h"

#include <linux/input-event-codes.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/unit.h"

struct drag_peer from, to;

/* -- what they are told -- */

static void offer_type(void *data, struct wl_data_offer *offer, const char *type)
{
	world_say(data, "type %s\n", type);
}

static void offer_can(void *data, struct wl_data_offer *offer, uint32_t actions)
{
	world_say(data, "can %u\n", actions);
}

static void offer_does(void *data, struct wl_data_offer *offer, uint32_t action)
{
	world_say(data, "does %u\n", action);
}

static const struct wl_data_offer_listener offer_listener = {
	.offer = offer_type,
	.source_actions = offer_can,
	.action = offer_does,
};

static void device_offer(void *data, struct wl_data_device *device, struct wl_data_offer *offer)
{
	struct drag_peer *peer = data;

	peer->offer = offer;
	wl_data_offer_add_listener(offer, &offer_listener, peer->client);
}

static void device_enter(void *data, struct wl_data_device *device, uint32_t serial,
	struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y, struct wl_data_offer *offer)
{
	struct drag_peer *peer = data;

	world_say(peer->client, "over %s %g,%g%s\n", world_name(surface), wl_fixed_to_double(x),
		wl_fixed_to_double(y), offer ? "" : " without");
}

static void device_leave(void *data, struct wl_data_device *device)
{
	struct drag_peer *peer = data;

	world_say(peer->client, "off\n");
}

static void device_motion(
	void *data, struct wl_data_device *device, uint32_t time, wl_fixed_t x, wl_fixed_t y)
{
	struct drag_peer *peer = data;

	world_say(peer->client, "at %g,%g\n", wl_fixed_to_double(x), wl_fixed_to_double(y));
}

static void device_drop(void *data, struct wl_data_device *device)
{
	struct drag_peer *peer = data;

	world_say(peer->client, "drop\n");
}

static void device_selection(void *data, struct wl_data_device *device, struct wl_data_offer *offer)
{
}

static const struct wl_data_device_listener device_listener = {
	.data_offer = device_offer,
	.enter = device_enter,
	.leave = device_leave,
	.motion = device_motion,
	.drop = device_drop,
	.selection = device_selection,
};

static void source_target(void *data, struct wl_data_source *source, const char *type)
{
	world_say(data, "target %s\n", type ? type : "none");
}

static void source_send(void *data, struct wl_data_source *source, const char *type, int32_t fd)
{
	world_say(data, "send %s\n", type);
	assert_int_equal(write(fd, "words", 5), 5);
	close(fd);
}

static void source_cancelled(void *data, struct wl_data_source *source)
{
	world_say(data, "cancelled\n");
}

static void source_dropped(void *data, struct wl_data_source *source)
{
	world_say(data, "dropped\n");
}

static void source_finished(void *data, struct wl_data_source *source)
{
	world_say(data, "finished\n");
}

static void source_action(void *data, struct wl_data_source *source, uint32_t action)
{
	world_say(data, "action %u\n", action);
}

static const struct wl_data_source_listener source_listener = {
	.target = source_target,
	.send = source_send,
	.cancelled = source_cancelled,
	.dnd_drop_performed = source_dropped,
	.dnd_finished = source_finished,
	.action = source_action,
};

/* -- what is done -- */

void drag_press(void)
{
	drag_point(5, 5);
	pointer_handle_button(&world.seat->pointer, 0, BTN_LEFT, true);
	two_clients_forget();
}

void drag_release(void)
{
	pointer_handle_button(&world.seat->pointer, 0, BTN_LEFT, false);
}

void drag_point(double x, double y)
{
	pointer_handle_place(&world.seat->pointer, 0, x, y);
}

struct touch_place drag_touch_place(unsigned screen, double x, double y)
{
	return (struct touch_place){ &world.screens[screen], x / 100, y / 50 };
}

struct wl_data_source *drag_source(struct drag_peer *of, uint32_t actions)
{
	struct wl_data_source *source = wl_data_device_manager_create_data_source(of->manager);

	wl_data_source_add_listener(source, &source_listener, of->client);
	wl_data_source_offer(source, "text/plain");
	if (actions)
		wl_data_source_set_actions(source, actions);
	return source;
}

void drag_start_from_a(struct wl_data_source *source, struct wl_surface *icon)
{
	wl_data_device_start_drag(from.device, source, a.surface, icon, client.serial);
	world_sync(&client);
}

struct wl_data_source *drag_to_b(uint32_t actions, uint32_t preferred)
{
	struct wl_data_source *source = drag_source(&from, actions);

	drag_start_from_a(source, NULL);
	drag_point(110, 10);
	world_sync(&other);
	wl_data_offer_accept(to.offer, 0, "text/plain");
	wl_data_offer_set_actions(to.offer, actions, preferred);
	two_clients_forget();
	return source;
}

/* -- life -- */

struct wanted_globals {
	struct drag_peer *peer;
	uint32_t version; /* of the manager */
};

static void registry_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	const struct wanted_globals *wanted = data;

	if (strcmp(interface, wl_data_device_manager_interface.name) == 0)
		wanted->peer->manager = wl_registry_bind(
			registry, name, &wl_data_device_manager_interface, wanted->version);
	if (strcmp(interface, wl_compositor_interface.name) == 0)
		wanted->peer->compositor =
			wl_registry_bind(registry, name, &wl_compositor_interface, 5);
}

static void registry_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = registry_global,
	.global_remove = registry_remove,
};

static void peer_init(struct drag_peer *peer, struct world_client *of, uint32_t version)
{
	struct wanted_globals wanted = { .peer = peer, .version = version };
	struct wl_registry *registry = wl_display_get_registry(of->display);

	*peer = (struct drag_peer){ .client = of };
	wl_registry_add_listener(registry, &registry_listener, &wanted);
	world_sync(of);
	wl_registry_destroy(registry);
	peer->device = wl_data_device_manager_get_data_device(peer->manager, of->seat);
	wl_data_device_add_listener(peer->device, &device_listener, peer);
}

static int setup(uint32_t version)
{
	two_clients_begin();
	seat_add_device(world.seat, SEAT_POINTER);
	seat_add_device(world.seat, SEAT_TOUCH);
	two_clients_connect();
	peer_init(&from, &client, version);
	peer_init(&to, &other, version);
	two_clients_show();
	drag_press();
	return 0;
}

int drag_setup(void **state)
{
	return setup(3);
}

int drag_setup_old(void **state)
{
	return setup(2);
}

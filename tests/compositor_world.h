/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_WORLD_H
#define COMPOSITOR_WORLD_H

/*
 * mullion-compositor without its main, in the test's own process, with panels that show
 * nothing; and real Wayland clients of it, which note what they are told. Asserts that
 * all goes well.
 */

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

#include "compositor/config.h"
#include "compositor/output.h"
#include "compositor/screen.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"

#define WORLD_SCREENS_MAX 4
#define WORLD_LIMIT_MS 20000

struct world {
	struct server server;
	struct config *config;
	struct seat *seat;
	struct screen screens[WORLD_SCREENS_MAX];
	uint32_t n_screens;
	struct loop_timer poll;
	/* of world_run_until */
	bool (*condition)(void *data);
	void *data;
	int64_t deadline_ns;
	bool is_met;
};

/* A seat, and all protocols. */
void world_init(struct world *world);
/* After its clients. */
void world_finish(struct world *world);
/* Without outputs. */
struct screen *world_add_screen(struct world *world, const char *name, uint32_t width_px,
	uint32_t height_px, enum wl_output_transform transform, uint32_t scale_120);
/* One output, all of it. */
void world_add_whole(struct world *world, const char *name, uint32_t width_px, uint32_t height_px);
void world_run_until(struct world *world, bool (*condition)(void *data), void *data);

/* -- clients -- */

struct world_client {
	struct world *world;
	struct wl_display *display;
	struct loop_source source;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	struct xdg_wm_base *wm_base;
	struct wl_data_device_manager *data_devices;
	struct zwp_primary_selection_device_manager_v1 *primary_selections;
	struct zwp_pointer_constraints_v1 *constraints;
	struct zwp_relative_pointer_manager_v1 *relative_pointers;
	struct zwp_idle_inhibit_manager_v1 *idle_inhibits;
	struct zwp_keyboard_shortcuts_inhibit_manager_v1 *inhibits;
	struct zwp_linux_explicit_synchronization_v1 *explicit_sync;
	struct zxdg_decoration_manager_v1 *decorations;
	struct wp_presentation *presentation;
	struct wp_viewporter *viewporter;
	struct wl_seat *seat;
	struct wl_pointer *pointer;
	struct wl_keyboard *keyboard;
	struct wl_touch *touch;
	uint32_t seat_version;
	uint32_t capabilities;
	uint32_t serial; /* of the last event that had one */
	char said[8192]; /* a line an event, since the last look */
	bool is_synced;
	int keymap_fd; /* -1: none came */
	uint32_t keymap_bytes;
};

struct world_window {
	struct world_client *client;
	const char *name; /* in what is said */
	struct wl_surface *surface;
	struct xdg_surface *xdg;
	struct xdg_toplevel *toplevel;
	struct xdg_popup *popup;
	int32_t width, height; /* as configured */
	uint32_t serial;
};

/* `seat_version` 0: the newest. Binds what the seat has. */
void world_client_init(struct world_client *client, struct world *world, uint32_t seat_version);
void world_client_finish(struct world_client *client);
/* All that was asked for was done, all that was told has come. */
void world_sync(struct world_client *client);
/* The same, but that the connection may end: 0, or -1. */
int world_try(struct world_client *client);
/* The same, and this is what was said of it; forgotten then. */
void world_expect(struct world_client *client, const char *said);
/* The connection ends with that error of an object of that interface. */
void world_expect_error(
	struct world_client *client, const struct wl_interface *interface, uint32_t code);

/* On the output (NULL: any); it has a picture of the size that it was given. */
void world_window_init(struct world_window *window, struct world_client *client, const char *name,
	const char *output);
/* A new picture of that size. */
void world_window_show(struct world_window *window, int32_t width, int32_t height);
void world_surface_show(
	struct world_client *client, struct wl_surface *surface, int32_t width, int32_t height);

__attribute__((format(printf, 2, 3))) void world_say(
	struct world_client *client, const char *format, ...);
/* The window's name of a surface. */
const char *world_name(struct wl_surface *surface);

#endif

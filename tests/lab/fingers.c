/* SPDX-License-Identifier: MIT */
/*
 * A Wayland client that says what touches it: fingers NAME opens a full-screen window
 * with the app_id "number.NAME" (as the lab's desktop places them) and prints a line for
 * each contact that comes and goes and each place of the pointer, in thousandths of the
 * window: "down ID X Y", "up ID", "pointer X Y"; "can be touched" once there is a touch
 * screen. It runs until its window is closed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <wayland-client.h>

#include "xdg-shell-client-protocol.h"

static struct wl_display *display;
static struct wl_compositor *compositor;
static struct wl_shm *shm;
static struct xdg_wm_base *shell;
static struct wl_surface *surface;
static struct wl_touch *touch;
static struct wl_pointer *pointer;
static int32_t width_px = 640, height_px = 480;

/* -- what touches it -- */

static int thousandths(wl_fixed_t at, int32_t size_px)
{
	return (int)(wl_fixed_to_double(at) * 1000 / size_px + 0.5);
}

static void touch_handle_down(void *data, struct wl_touch *wl_touch, uint32_t serial, uint32_t time,
	struct wl_surface *where, int32_t id, wl_fixed_t x, wl_fixed_t y)
{
	printf("down %d %d %d\n", id, thousandths(x, width_px), thousandths(y, height_px));
}

static void touch_handle_up(
	void *data, struct wl_touch *wl_touch, uint32_t serial, uint32_t time, int32_t id)
{
	printf("up %d\n", id);
}

static void touch_handle_motion(void *data, struct wl_touch *wl_touch, uint32_t time, int32_t id,
	wl_fixed_t x, wl_fixed_t y)
{
}

static void touch_handle_frame(void *data, struct wl_touch *wl_touch)
{
}

static const struct wl_touch_listener touch_listener = {
	.down = touch_handle_down,
	.up = touch_handle_up,
	.motion = touch_handle_motion,
	.frame = touch_handle_frame,
	.cancel = touch_handle_frame,
};

static void say_pointer(wl_fixed_t x, wl_fixed_t y)
{
	printf("pointer %d %d\n", thousandths(x, width_px), thousandths(y, height_px));
}

static void pointer_handle_enter(void *data, struct wl_pointer *wl_pointer, uint32_t serial,
	struct wl_surface *where, wl_fixed_t x, wl_fixed_t y)
{
	say_pointer(x, y);
}

static void pointer_handle_leave(
	void *data, struct wl_pointer *wl_pointer, uint32_t serial, struct wl_surface *where)
{
}

static void pointer_handle_motion(
	void *data, struct wl_pointer *wl_pointer, uint32_t time, wl_fixed_t x, wl_fixed_t y)
{
	say_pointer(x, y);
}

static void pointer_handle_button(void *data, struct wl_pointer *wl_pointer, uint32_t serial,
	uint32_t time, uint32_t button, uint32_t state)
{
}

static void pointer_handle_axis(
	void *data, struct wl_pointer *wl_pointer, uint32_t time, uint32_t axis, wl_fixed_t value)
{
}

static const struct wl_pointer_listener pointer_listener = {
	.enter = pointer_handle_enter,
	.leave = pointer_handle_leave,
	.motion = pointer_handle_motion,
	.button = pointer_handle_button,
	.axis = pointer_handle_axis,
};

static void seat_handle_capabilities(void *data, struct wl_seat *seat, uint32_t capabilities)
{
	if (capabilities & WL_SEAT_CAPABILITY_TOUCH && !touch) {
		touch = wl_seat_get_touch(seat);
		wl_touch_add_listener(touch, &touch_listener, NULL);
		wl_display_roundtrip(display);
		printf("can be touched\n");
	}
	if (capabilities & WL_SEAT_CAPABILITY_POINTER && !pointer) {
		pointer = wl_seat_get_pointer(seat);
		wl_pointer_add_listener(pointer, &pointer_listener, NULL);
	}
}

static const struct wl_seat_listener seat_listener = { .capabilities = seat_handle_capabilities };

/* -- its window -- */

static void draw(void)
{
	int32_t stride = width_px * 4;
	int fd = memfd_create("fingers", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)stride * height_px) < 0)
		exit(1);
	struct wl_shm_pool *pool = wl_shm_create_pool(shm, fd, stride * height_px);
	struct wl_buffer *buffer = wl_shm_pool_create_buffer(
		pool, 0, width_px, height_px, stride, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	wl_surface_attach(surface, buffer, 0, 0);
	wl_surface_damage(surface, 0, 0, width_px, height_px);
	wl_surface_commit(surface);
}

static void surface_handle_configure(void *data, struct xdg_surface *xdg_surface, uint32_t serial)
{
	xdg_surface_ack_configure(xdg_surface, serial);
	draw();
	printf("window %dx%d\n", width_px, height_px);
}

static const struct xdg_surface_listener surface_listener = {
	.configure = surface_handle_configure,
};

static void toplevel_handle_configure(void *data, struct xdg_toplevel *toplevel, int32_t width,
	int32_t height, struct wl_array *states)
{
	if (width > 0 && height > 0) {
		width_px = width;
		height_px = height;
	}
}

static void toplevel_handle_close(void *data, struct xdg_toplevel *toplevel)
{
	exit(0);
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = toplevel_handle_configure,
	.close = toplevel_handle_close,
};

static void shell_handle_ping(void *data, struct xdg_wm_base *xdg_shell, uint32_t serial)
{
	xdg_wm_base_pong(xdg_shell, serial);
}

static const struct xdg_wm_base_listener shell_listener = { .ping = shell_handle_ping };

static void registry_handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	if (strcmp(interface, wl_compositor_interface.name) == 0) {
		compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 4);
	} else if (strcmp(interface, wl_shm_interface.name) == 0) {
		shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	} else if (strcmp(interface, xdg_wm_base_interface.name) == 0) {
		shell = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
		xdg_wm_base_add_listener(shell, &shell_listener, NULL);
	} else if (strcmp(interface, wl_seat_interface.name) == 0) {
		struct wl_seat *seat = wl_registry_bind(registry, name, &wl_seat_interface, 1);
		wl_seat_add_listener(seat, &seat_listener, NULL);
	}
}

static void registry_handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = registry_handle_global,
	.global_remove = registry_handle_global_remove,
};

int main(int argc, char **argv)
{
	char app_id[64];

	display = wl_display_connect(NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 2 || !display)
		return 1;
	snprintf(app_id, sizeof(app_id), "number.%s", argv[1]);
	wl_registry_add_listener(wl_display_get_registry(display), &registry_listener, NULL);
	wl_display_roundtrip(display);
	if (!compositor || !shm || !shell)
		return 1;
	surface = wl_compositor_create_surface(compositor);
	struct xdg_surface *xdg_surface = xdg_wm_base_get_xdg_surface(shell, surface);
	struct xdg_toplevel *toplevel = xdg_surface_get_toplevel(xdg_surface);
	xdg_surface_add_listener(xdg_surface, &surface_listener, NULL);
	xdg_toplevel_add_listener(toplevel, &toplevel_listener, NULL);
	xdg_toplevel_set_app_id(toplevel, app_id);
	xdg_toplevel_set_fullscreen(toplevel, NULL);
	wl_surface_commit(surface);
	while (wl_display_dispatch(display) >= 0)
		;
	return 1;
}

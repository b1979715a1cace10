/* SPDX-License-Identifier: MIT */
/*
 * A full-screen window whose pictures are dma-bufs of a card's own memory, with parts above
 * it on demand.
 *
 * scanout CARD WIDTH HEIGHT VGEM : says "scanout: shown" once it is. It draws frame after frame,
 * into two buffers in turn, and for each line of stdin its parts come or go:
 *
 *   dmabuf on|off    a part of 64x64 at (100, 100), a dma-buf, of one colour
 *   shm on|off       a part of 200x200 at (100, 100), above that, shared memory
 *   little on|off    the same, of 32x32
 *   half on|off      the part that is a dma-buf is half transparent
 *   turned on|off    the window's buffers are turned by half
 *   stop             it draws no more
 *   late             it shows another picture, of vgem's memory, that is not drawn yet
 *   drawn            that is drawn
 *
 * VGEM is vgem's card.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "card_memory.h"
#include "client_globals.h"

#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define SIDE 64
#define AT 100
#define SIDE_SHM 200
#define SIDE_LITTLE 32
#define COLOUR_WINDOW 0xff2040c0
#define COLOUR_DMABUF 0xffc02040
#define COLOUR_HALF 0x80601020 /* premultiplied */
#define COLOUR_SHM 0xff40c020
#define COLOUR_LATE 0xffc0c040

static int card, vgem;
static struct wl_display *display;
static struct wl_compositor *compositor;
static struct wl_subcompositor *subcompositor;
static struct wl_shm *shm;
static struct zwp_linux_dmabuf_v1 *dmabuf;
static struct xdg_wm_base *wm_base;

/* A surface and what it shows in turn. */
static struct part {
	struct wl_surface *surface;
	struct wl_buffer *buffers[2];
	bool is_busy[2];
} window, part_dmabuf, part_half, part_shm, part_little;

static bool is_stopped, is_shown;
static uint32_t width_px, height_px, late_fence;

void fail(const char *what)
{
	printf("scanout: %s\n", what);
	exit(1);
}

/* -- buffers -- */

static void handle_release(void *data, struct wl_buffer *buffer)
{
	*(bool *)data = false;
}

static const struct wl_buffer_listener buffer_listener = { .release = handle_release };

static struct zwp_linux_buffer_params_v1 *create_params(int fd, uint32_t offset, uint32_t stride)
{
	struct zwp_linux_buffer_params_v1 *params = zwp_linux_dmabuf_v1_create_params(dmabuf);

	zwp_linux_buffer_params_v1_add(params, fd, 0, offset, stride, DRM_FORMAT_MOD_LINEAR >> 32,
		DRM_FORMAT_MOD_LINEAR & UINT32_MAX);
	return params;
}

static struct wl_buffer *create_dmabuf_of(int card, uint32_t *handle, uint32_t width,
	uint32_t height, uint32_t fourcc, uint32_t colour)
{
	uint32_t pitch;
	int fd = card_memory_create(card, handle, &pitch, width, height, colour, colour);
	struct zwp_linux_buffer_params_v1 *params = create_params(fd, 0, pitch);
	struct wl_buffer *buffer =
		zwp_linux_buffer_params_v1_create_immed(params, width, height, fourcc, 0);

	zwp_linux_buffer_params_v1_destroy(params);
	close(fd);
	return buffer;
}

static struct wl_buffer *create_dmabuf(
	uint32_t width, uint32_t height, uint32_t fourcc, uint32_t colour)
{
	uint32_t handle;

	return create_dmabuf_of(card, &handle, width, height, fourcc, colour);
}

/* -- what lies -- */

static void handle_created(
	void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *buffer)
{
	wl_buffer_destroy(buffer);
	*(int *)data = 1;
}

static void handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	*(int *)data = -1;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = handle_created,
	.failed = handle_failed,
};

static bool is_taken(int fd, uint32_t offset, uint32_t stride, uint32_t width)
{
	struct zwp_linux_buffer_params_v1 *params = create_params(fd, offset, stride);
	int answer = 0;

	zwp_linux_buffer_params_v1_add_listener(params, &params_listener, &answer);
	zwp_linux_buffer_params_v1_create(params, width, SIDE / 2, DRM_FORMAT_XRGB8888, 0);
	while (!answer && wl_display_dispatch(display) >= 0)
		;
	zwp_linux_buffer_params_v1_destroy(params);
	return answer > 0;
}

/* Of a dma-buf that is one: rows that do not fit theirs, or begin within a px. */
static void check_lies(void)
{
	uint32_t handle, pitch;
	int fd =
		card_memory_create(card, &handle, &pitch, SIDE, SIDE, COLOUR_WINDOW, COLOUR_WINDOW);

	if (!is_taken(fd, 0, pitch, SIDE) || !is_taken(fd, pitch, pitch, SIDE / 2))
		fail("a dma-buf was refused");
	if (is_taken(fd, 0, pitch / 2, SIDE) || is_taken(fd, 0, pitch - 2, SIDE / 2) ||
		is_taken(fd, 2, pitch, SIDE / 2) || is_taken(fd, 0, pitch, SIDE + 1))
		fail("a dma-buf that lies was taken");
	close(fd);
}

static struct wl_buffer *create_shm(uint32_t side, uint32_t colour)
{
	size_t bytes = side * side * 4;
	int fd = memfd_create("scanout", MFD_CLOEXEC);

	if (ftruncate(fd, bytes) < 0)
		fail("no memory");
	void *pixels = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pixels == MAP_FAILED)
		fail("no memory");
	memory_fill(pixels, bytes, colour);
	munmap(pixels, bytes);
	struct wl_shm_pool *pool = wl_shm_create_pool(shm, fd, bytes);
	struct wl_buffer *buffer =
		wl_shm_pool_create_buffer(pool, 0, side, side, side * 4, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	return buffer;
}

static void part_take(struct part *part, struct wl_buffer *first, struct wl_buffer *second)
{
	part->buffers[0] = first;
	part->buffers[1] = second;
	for (int i = 0; i < 2; i++)
		wl_buffer_add_listener(part->buffers[i], &buffer_listener, &part->is_busy[i]);
}

/* A subsurface whose state is its parent's. */
static void part_create(struct part *part)
{
	part->surface = wl_compositor_create_surface(compositor);
	struct wl_subsurface *subsurface =
		wl_subcompositor_get_subsurface(subcompositor, part->surface, window.surface);
	wl_subsurface_set_position(subsurface, AT, AT);
}

/* false: the compositor has both. */
static bool part_show(struct part *part)
{
	for (int i = 0; i < 2; i++) {
		if (part->is_busy[i])
			continue;
		part->is_busy[i] = true;
		wl_surface_attach(part->surface, part->buffers[i], 0, 0);
		wl_surface_damage_buffer(part->surface, 0, 0, INT32_MAX, INT32_MAX);
		wl_surface_commit(part->surface);
		return true;
	}
	return false;
}

static void part_hide(struct part *part)
{
	wl_surface_attach(part->surface, NULL, 0, 0);
	wl_surface_commit(part->surface);
}

/* -- frames -- */

static void draw(void);

static void handle_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	wl_callback_destroy(callback);
	if (!is_shown)
		puts("scanout: shown");
	is_shown = true;
	if (!is_stopped)
		draw();
}

static const struct wl_callback_listener frame_listener = { .done = handle_frame };

static void draw(void)
{
	wl_callback_add_listener(wl_surface_frame(window.surface), &frame_listener, NULL);
	if (!part_show(&window))
		wl_surface_commit(window.surface);
}

/* A fence of vgem's, which is somebody's who draws, until it is signalled. */
static void show_late(void)
{
	uint32_t handle;
	struct wl_buffer *buffer = create_dmabuf_of(
		vgem, &handle, width_px, height_px, DRM_FORMAT_XRGB8888, COLOUR_LATE);

	late_fence = vgem_fence_create(vgem, handle);
	wl_surface_attach(window.surface, buffer, 0, 0);
	wl_surface_damage_buffer(window.surface, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_commit(window.surface);
	wl_display_roundtrip(display);
	puts("scanout: late");
}

static void handle_line(const char *line)
{
	static const struct {
		const char *name;
		struct part *part;
	} parts[] = {
		{ "dmabuf ", &part_dmabuf },
		{ "half ", &part_half },
		{ "shm ", &part_shm },
		{ "little ", &part_little },
	};
	bool is_on = strstr(line, " on");

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strncmp(line, parts[i].name, strlen(parts[i].name)) != 0)
			continue;
		if (is_on)
			part_show(parts[i].part);
		else
			part_hide(parts[i].part);
	}
	if (strncmp(line, "turned", 6) == 0) {
		wl_surface_set_buffer_transform(window.surface,
			is_on ? WL_OUTPUT_TRANSFORM_180 : WL_OUTPUT_TRANSFORM_NORMAL);
	} else if (strncmp(line, "stop", 4) == 0) {
		is_stopped = true;
	} else if (strncmp(line, "late", 4) == 0) {
		show_late();
	} else if (strncmp(line, "drawn", 5) == 0) {
		vgem_fence_signal(vgem, late_fence);
	}
}

/* -- its shell -- */

static void handle_configure(void *data, struct xdg_surface *surface, uint32_t serial)
{
	xdg_surface_ack_configure(surface, serial);
}

static const struct xdg_surface_listener xdg_listener = { .configure = handle_configure };

static void handle_ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
	xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = { .ping = handle_ping };

static void window_create(void)
{
	window.surface = wl_compositor_create_surface(compositor);
	struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(wm_base, window.surface);
	xdg_surface_add_listener(xdg, &xdg_listener, NULL);
	xdg_toplevel_set_app_id(xdg_surface_get_toplevel(xdg), "scanout");
	wl_surface_commit(window.surface);
	wl_display_roundtrip(display);
	part_take(&window, create_dmabuf(width_px, height_px, DRM_FORMAT_XRGB8888, COLOUR_WINDOW),
		create_dmabuf(width_px, height_px, DRM_FORMAT_XRGB8888, COLOUR_WINDOW));
	part_create(&part_dmabuf);
	part_create(&part_half);
	part_create(&part_shm);
	part_take(&part_dmabuf, create_dmabuf(SIDE, SIDE, DRM_FORMAT_XRGB8888, COLOUR_DMABUF),
		create_dmabuf(SIDE, SIDE, DRM_FORMAT_XRGB8888, COLOUR_DMABUF));
	part_take(&part_half, create_dmabuf(SIDE, SIDE, DRM_FORMAT_ARGB8888, COLOUR_HALF),
		create_dmabuf(SIDE, SIDE, DRM_FORMAT_ARGB8888, COLOUR_HALF));
	part_take(&part_shm, create_shm(SIDE_SHM, COLOUR_SHM), create_shm(SIDE_SHM, COLOUR_SHM));
	part_create(&part_little);
	part_take(&part_little, create_shm(SIDE_LITTLE, COLOUR_SHM),
		create_shm(SIDE_LITTLE, COLOUR_SHM));
}

/* -- what comes -- */

static bool run(void)
{
	struct pollfd polled[2] = {
		{ .fd = wl_display_get_fd(display), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	char line[64];

	while (wl_display_prepare_read(display) < 0)
		wl_display_dispatch_pending(display);
	wl_display_flush(display);
	if (poll(polled, 2, -1) < 0)
		return false;
	if (polled[0].revents)
		wl_display_read_events(display);
	else
		wl_display_cancel_read(display);
	if (wl_display_dispatch_pending(display) < 0)
		return false;
	if (!polled[1].revents)
		return true;
	if (!fgets(line, sizeof(line), stdin))
		return false;
	handle_line(line);
	return true;
}

int main(int argc, char **argv)
{
	const struct client_global globals[] = {
		{ &wl_compositor_interface, 4, &compositor },
		{ &wl_subcompositor_interface, 1, &subcompositor },
		{ &wl_shm_interface, 1, &shm },
		{ &zwp_linux_dmabuf_v1_interface, 3, &dmabuf },
		{ &xdg_wm_base_interface, 1, &wm_base },
	};

	if (argc != 5)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	card = open(argv[1], O_RDWR | O_CLOEXEC);
	width_px = atoi(argv[2]);
	height_px = atoi(argv[3]);
	vgem = open(argv[4], O_RDWR | O_CLOEXEC);
	display = wl_display_connect(NULL);
	if (card < 0 || vgem < 0 || !display)
		fail("no card, or no compositor");
	client_globals_bind(display, globals, sizeof(globals) / sizeof(globals[0]));
	if (!compositor || !subcompositor || !shm || !dmabuf || !wm_base)
		fail("no linux-dmabuf");
	xdg_wm_base_add_listener(wm_base, &wm_base_listener, NULL);
	check_lies();
	window_create();
	draw();
	while (run())
		;
	fail("the end");
}

/* SPDX-License-Identifier: MIT */
/*
 * A full-screen window whose pictures are dma-bufs of a card's own memory, each with a fence
 * when it may be drawn to again, as the kernel says when that was.
 *
 * fences CARD WIDTH HEIGHT VGEM : says "fences: passed", or what is wrong. In between
 * "fences: upside down", when it shows a picture of red above and blue that its flag turns;
 * it goes on with a line of stdin. VGEM is vgem's card.
 */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "card_memory.h"
#include "client_globals.h"

#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "linux-explicit-synchronization-unstable-v1-client-protocol.h"
#include "presentation-time-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define FRAMES 120
#define BUFFERS 4
#define SIDE 64 /* of the part */
#define COLOUR_FRAME 0xff2040c0
#define COLOUR_UPPER 0xffc02040
#define COLOUR_LOWER 0xff2040c0
#define COLOUR_PART 0xff40c020
#define FENCE_LIMIT_MS 20000

static int card, vgem;
static int32_t width_px, height_px;
static struct wl_display *display;
static struct wl_compositor *compositor;
static struct wl_subcompositor *subcompositor;
static struct wl_shm *shm;
static struct zwp_linux_dmabuf_v1 *dmabuf;
static struct zwp_linux_explicit_synchronization_v1 *explicit_sync;
static struct wp_presentation *presentation;
static struct xdg_wm_base *wm_base;

static struct wl_surface *window, *part;
static struct xdg_surface *xdg;
static struct xdg_toplevel *toplevel;
static struct zwp_linux_surface_synchronization_v1 *synchronization;

/* A commit, and what came of it. */
static struct frame {
	bool is_shown, is_discarded;
	int64_t shown_us;
	unsigned n_released;
	int fence_fd; /* -1: at once */
} frames[FRAMES + 10];
static unsigned n_frames;

void fail(const char *what)
{
	printf("fences: %s\n", what);
	exit(1);
}

static void dispatch(void)
{
	if (wl_display_dispatch(display) < 0)
		fail("the connection ended");
}

static void until(const bool *condition)
{
	while (!*condition)
		dispatch();
}

/* -- buffers -- */

static struct wl_buffer *create_buffer(uint32_t flags, uint32_t upper, uint32_t lower)
{
	uint32_t handle, pitch;
	int fd = card_memory_create(card, &handle, &pitch, width_px, height_px, upper, lower);
	struct zwp_linux_buffer_params_v1 *params = zwp_linux_dmabuf_v1_create_params(dmabuf);

	zwp_linux_buffer_params_v1_add(params, fd, 0, 0, pitch, 0, 0);
	struct wl_buffer *buffer = zwp_linux_buffer_params_v1_create_immed(
		params, width_px, height_px, DRM_FORMAT_XRGB8888, flags);
	zwp_linux_buffer_params_v1_destroy(params);
	close(fd);
	return buffer;
}

static struct wl_buffer *create_shm(void)
{
	int fd = memfd_create("fences", MFD_CLOEXEC);
	uint32_t pixels[SIDE * SIDE];

	memory_fill(pixels, sizeof(pixels), COLOUR_PART);
	if (write(fd, pixels, sizeof(pixels)) != sizeof(pixels))
		fail("no memory");
	struct wl_shm_pool *pool = wl_shm_create_pool(shm, fd, sizeof(pixels));
	struct wl_buffer *buffer =
		wl_shm_pool_create_buffer(pool, 0, SIDE, SIDE, SIDE * 4, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	return buffer;
}

/* -- frames -- */

static void handle_sync_output(
	void *data, struct wp_presentation_feedback *feedback, struct wl_output *output)
{
}

static void handle_presented(void *data, struct wp_presentation_feedback *feedback,
	uint32_t seconds_high, uint32_t seconds_low, uint32_t ns, uint32_t refresh,
	uint32_t sequence_high, uint32_t sequence_low, uint32_t flags)
{
	struct frame *frame = data;

	frame->shown_us =
		((int64_t)seconds_high << 32 | seconds_low) * INT64_C(1000000) + ns / 1000;
	frame->is_shown = true;
	wp_presentation_feedback_destroy(feedback);
}

static void handle_discarded(void *data, struct wp_presentation_feedback *feedback)
{
	((struct frame *)data)->is_discarded = true;
	wp_presentation_feedback_destroy(feedback);
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = handle_sync_output,
	.presented = handle_presented,
	.discarded = handle_discarded,
};

static void handle_fenced(void *data, struct zwp_linux_buffer_release_v1 *release, int32_t fd)
{
	struct frame *frame = data;

	frame->n_released++;
	frame->fence_fd = fd;
	zwp_linux_buffer_release_v1_destroy(release);
}

static void handle_immediate(void *data, struct zwp_linux_buffer_release_v1 *release)
{
	((struct frame *)data)->n_released++;
	zwp_linux_buffer_release_v1_destroy(release);
}

static const struct zwp_linux_buffer_release_v1_listener release_listener = {
	.fenced_release = handle_fenced,
	.immediate_release = handle_immediate,
};

/* `acquire_fd` -1: it is drawn. */
static struct frame *commit(struct wl_buffer *buffer, int acquire_fd)
{
	struct frame *frame = &frames[n_frames++];

	frame->fence_fd = -1;
	wp_presentation_feedback_add_listener(
		wp_presentation_feedback(presentation, window), &feedback_listener, frame);
	zwp_linux_buffer_release_v1_add_listener(
		zwp_linux_surface_synchronization_v1_get_release(synchronization),
		&release_listener, frame);
	if (acquire_fd >= 0)
		zwp_linux_surface_synchronization_v1_set_acquire_fence(synchronization, acquire_fd);
	wl_surface_attach(window, buffer, 0, 0);
	wl_surface_damage_buffer(window, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_commit(window);
	return frame;
}

static void wait_for_fence(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };

	if (poll(&polled, 1, FENCE_LIMIT_MS) != 1)
		fail("a fence is not signalled");
}

/* When it was signalled. */
static int64_t fence_us(int fd)
{
	struct sync_fence_info fence = { 0 };
	struct sync_file_info info = { .num_fences = 1, .sync_fence_info = (uintptr_t)&fence };

	if (ioctl(fd, SYNC_IOC_FILE_INFO, &info) < 0 || info.num_fences != 1 || info.status != 1)
		fail("a fence that is none");
	return fence.timestamp_ns / 1000;
}

/* -- what is checked -- */

/* Pictures that follow each other: what is released is so by the flip that shows the next. */
static void check_flips(void)
{
	struct wl_buffer *buffers[BUFFERS];
	const struct frame *of[BUFFERS] = { NULL };
	unsigned n_fenced = 0;

	for (int i = 0; i < BUFFERS; i++)
		buffers[i] = create_buffer(0, COLOUR_FRAME, COLOUR_FRAME);
	for (unsigned i = 0; i < FRAMES; i++) {
		const struct frame *last = of[i % BUFFERS];
		while (last && last->n_released == 0)
			dispatch();
		if (last && last->fence_fd >= 0)
			wait_for_fence(last->fence_fd);
		struct frame *frame = commit(buffers[i % BUFFERS], -1);
		of[i % BUFFERS] = frame;
		until(&frame->is_shown);
	}
	for (unsigned i = 0; i + 1 < FRAMES; i++) {
		const struct frame *frame = &frames[i];
		while (frame->n_released == 0)
			dispatch();
		if (frame->n_released != 1)
			fail("more than one release of a commit");
		if (frame->fence_fd < 0)
			continue;
		wait_for_fence(frame->fence_fd);
		if (fence_us(frame->fence_fd) != frame[1].shown_us)
			fail("a fence is signalled at another time than the flip");
		n_fenced++;
	}
	printf("fences: %u of %u releases with a fence, each signalled by its flip\n", n_fenced,
		FRAMES);
	if (n_fenced < FRAMES / 2)
		fail("hardly a release has a fence");
}

static void handle_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	*(bool *)data = true;
	wl_callback_destroy(callback);
}

static const struct wl_callback_listener frame_listener = { .done = handle_frame };

/* The part, which waits for nobody. */
static void draw_others(void)
{
	struct wl_buffer *buffer = create_shm();

	for (int i = 0; i < 10; i++) {
		bool is_done = false;
		wl_callback_add_listener(wl_surface_frame(part), &frame_listener, &is_done);
		wl_surface_attach(part, buffer, 0, 0);
		wl_surface_damage_buffer(part, 0, 0, SIDE, SIDE);
		wl_surface_commit(part);
		until(&is_done);
	}
	wl_surface_attach(part, NULL, 0, 0);
	wl_surface_commit(part);
}

/* Somebody else's memory and a fence of that, which has nothing to do with what is shown. */
static int create_fence(uint32_t *fence)
{
	struct dma_buf_export_sync_file export = { .flags = DMA_BUF_SYNC_READ };
	uint32_t handle, pitch;
	int fd = card_memory_create(vgem, &handle, &pitch, SIDE, SIDE, 0, 0);

	*fence = vgem_fence_create(vgem, handle);
	if (ioctl(fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &export) < 0)
		fail("no fence of a dma-buf");
	close(fd);
	return export.fd;
}

static void check_acquire(void)
{
	uint32_t fence;
	int fd = create_fence(&fence);
	struct frame *frame = commit(create_buffer(0, COLOUR_LOWER, COLOUR_LOWER), fd);

	draw_others();
	if (frame->is_shown || frame->is_discarded)
		fail("a picture was shown that is not drawn yet");
	vgem_fence_signal(vgem, fence);
	until(&frame->is_shown);
	if (frame->shown_us < fence_us(fd))
		fail("a picture was shown before it was drawn");
	close(fd);
	puts("fences: a commit waited for its fence, and nobody else");
}

/* What the processor paints is read when it is shown. */
static void check_upside_down(void)
{
	char line[16];
	struct frame *frame = commit(create_buffer(ZWP_LINUX_BUFFER_PARAMS_V1_FLAGS_Y_INVERT,
					     COLOUR_UPPER, COLOUR_LOWER),
		-1);

	until(&frame->is_shown);
	puts("fences: upside down");
	if (!fgets(line, sizeof(line), stdin))
		fail("nobody looked");
	until(&commit(create_buffer(0, COLOUR_FRAME, COLOUR_FRAME), -1)->is_shown);
	while (frame->n_released == 0)
		dispatch();
	if (frame->fence_fd >= 0)
		fail("a fence of what the processor has read");
}

/* The window goes, and with it who waits for a fence that does not come. */
static void check_never(void)
{
	struct wl_buffer *buffer = create_buffer(0, COLOUR_UPPER, COLOUR_UPPER);
	struct frame *held[2];
	uint32_t fence;
	int fd = create_fence(&fence);

	for (int i = 0; i < 2; i++)
		held[i] = commit(buffer, fd);
	wl_display_roundtrip(display);
	for (int i = 0; i < 2; i++) {
		if (held[i]->is_shown || held[i]->n_released > 0)
			fail("a commit did not wait for its fence");
	}
	xdg_toplevel_destroy(toplevel);
	xdg_surface_destroy(xdg);
	wl_surface_destroy(window);
	wl_display_roundtrip(display);
	for (int i = 0; i < 2; i++) {
		if (held[i]->n_released != 1 || held[i]->fence_fd >= 0)
			fail("no release of a window that is gone");
	}
	vgem_fence_signal(vgem, fence);
	close(fd);
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
	window = wl_compositor_create_surface(compositor);
	xdg = xdg_wm_base_get_xdg_surface(wm_base, window);
	xdg_surface_add_listener(xdg, &xdg_listener, NULL);
	toplevel = xdg_surface_get_toplevel(xdg);
	xdg_toplevel_set_app_id(toplevel, "fences");
	synchronization =
		zwp_linux_explicit_synchronization_v1_get_synchronization(explicit_sync, window);
	part = wl_compositor_create_surface(compositor);
	wl_subsurface_set_desync(wl_subcompositor_get_subsurface(subcompositor, part, window));
	wl_surface_commit(window);
	wl_display_roundtrip(display);
}

int main(int argc, char **argv)
{
	const struct client_global globals[] = {
		{ &wl_compositor_interface, 4, &compositor },
		{ &wl_subcompositor_interface, 1, &subcompositor },
		{ &wl_shm_interface, 1, &shm },
		{ &zwp_linux_dmabuf_v1_interface, 3, &dmabuf },
		{ &zwp_linux_explicit_synchronization_v1_interface, 2, &explicit_sync },
		{ &wp_presentation_interface, 1, &presentation },
		{ &xdg_wm_base_interface, 1, &wm_base },
	};

	if (argc != 5)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	card = open(argv[1], O_RDWR | O_CLOEXEC);
	width_px = atoi(argv[2]);
	height_px = atoi(argv[3]);
	vgem = open(argv[4], O_RDWR | O_CLOEXEC);
	display = wl_display_connect(NULL);
	if (card < 0 || vgem < 0 || !display)
		fail("no card, or no compositor");
	client_globals_bind(display, globals, sizeof(globals) / sizeof(globals[0]));
	if (!compositor || !subcompositor || !shm || !dmabuf || !explicit_sync || !presentation ||
		!wm_base)
		fail("a protocol is missing");
	xdg_wm_base_add_listener(wm_base, &wm_base_listener, NULL);
	window_create();
	check_flips();
	check_acquire();
	check_upside_down();
	check_never();
	puts("fences: passed");
	return 0;
}

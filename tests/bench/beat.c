/* SPDX-License-Identifier: MIT */
/*
 * A full-screen Wayland client at the screen's beat, and how late its frames are: drawn at
 * each frame callback, counted by wp_presentation.
 *
 * beat FRAMES [OUTPUT [CARD]]: on the output of that name ("-": any); with CARD in dumb
 * buffers of that card, handed over as dma-bufs, else in shared memory. Prints one line:
 * frames shown, refreshes missed, and from commit to flip p50 and p99 in us. The first
 * second does not count.
 */
#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "base/clock.h"
#include "base/io.h"

#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "presentation-time-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define BUFFERS 4
#define OUTPUTS_MAX 16
#define FRAMES_MAX 100000
#define SETTLE_NS NSEC_PER_SEC

struct buffer {
	struct wl_buffer *wl_buffer;
	uint32_t *pixels;
	uint32_t stride_px;
	bool busy;
};

struct shown {
	struct wp_presentation_feedback *feedback;
	int64_t committed_ns;
};

struct beat {
	struct wl_display *display;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct xdg_wm_base *shell;
	struct wp_presentation *presentation;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct wl_output *outputs[OUTPUTS_MAX];
	uint32_t n_outputs;
	struct wl_output *output; /* the one that is asked for, or NULL */
	const char *output_name;
	int card; /* -1: shared memory */
	struct wl_surface *surface;
	int32_t width_px, height_px, wanted_width_px, wanted_height_px;
	bool configured, drawing;
	struct buffer buffers[BUFFERS];
	uint64_t n_committed, sequence;
	int64_t began_ns;
	uint64_t n_shown, n_missed, n_discarded;
	int64_t latencies[FRAMES_MAX];
};

static struct beat beat = { .card = -1 };

static void die(const char *what)
{
	fprintf(stderr, "beat: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* -- buffers -- */

static void handle_release(void *data, struct wl_buffer *wl_buffer)
{
	((struct buffer *)data)->busy = false;
}

static const struct wl_buffer_listener buffer_listener = { .release = handle_release };

static void buffer_in_memory(struct buffer *buffer)
{
	size_t size = (size_t)beat.width_px * beat.height_px * 4;
	int fd = memfd_create_sealed("beat", size);

	if (fd < 0)
		die("no memory");
	buffer->pixels = memfd_map(fd, size, PROT_READ | PROT_WRITE);
	buffer->stride_px = beat.width_px;
	if (!buffer->pixels)
		die("no memory");
	struct wl_shm_pool *pool = wl_shm_create_pool(beat.shm, fd, size);
	buffer->wl_buffer = wl_shm_pool_create_buffer(
		pool, 0, beat.width_px, beat.height_px, beat.width_px * 4, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
}

static void buffer_on_card(struct buffer *buffer)
{
	uint32_t handle, stride;
	uint64_t size, offset;
	int fd = -1;

	if (drmModeCreateDumbBuffer(
		    beat.card, beat.width_px, beat.height_px, 32, 0, &handle, &stride, &size) < 0 ||
		drmModeMapDumbBuffer(beat.card, handle, &offset) < 0 ||
		drmPrimeHandleToFD(beat.card, handle, DRM_CLOEXEC | DRM_RDWR, &fd) < 0)
		die("no dumb buffer");
	buffer->pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, beat.card, offset);
	if (buffer->pixels == MAP_FAILED)
		die("no dumb buffer");
	buffer->stride_px = stride / 4;
	struct zwp_linux_buffer_params_v1 *params = zwp_linux_dmabuf_v1_create_params(beat.dmabuf);
	zwp_linux_buffer_params_v1_add(params, fd, 0, 0, stride, DRM_FORMAT_MOD_LINEAR >> 32,
		DRM_FORMAT_MOD_LINEAR & 0xffffffff);
	buffer->wl_buffer = zwp_linux_buffer_params_v1_create_immed(
		params, beat.width_px, beat.height_px, DRM_FORMAT_XRGB8888, 0);
	zwp_linux_buffer_params_v1_destroy(params);
	close(fd);
}

/* In place of those of another size, whose memory is left to the end of the process. */
static void buffers_make(void)
{
	for (int i = 0; i < BUFFERS; i++) {
		struct buffer *buffer = &beat.buffers[i];
		if (buffer->wl_buffer)
			wl_buffer_destroy(buffer->wl_buffer);
		*buffer = (struct buffer){ 0 };
		if (beat.card >= 0)
			buffer_on_card(buffer);
		else
			buffer_in_memory(buffer);
		memset(buffer->pixels, 0x40, (size_t)buffer->stride_px * 4 * beat.height_px);
		wl_buffer_add_listener(buffer->wl_buffer, &buffer_listener, buffer);
	}
}

/* -- what became of a frame -- */

static void handle_sync_output(
	void *data, struct wp_presentation_feedback *feedback, struct wl_output *output)
{
}

static void handle_presented(void *data, struct wp_presentation_feedback *feedback,
	uint32_t seconds_high, uint32_t seconds_low, uint32_t ns, uint32_t refresh_ns,
	uint32_t sequence_high, uint32_t sequence_low, uint32_t flags)
{
	struct shown *shown = data;
	int64_t at_ns = (int64_t)((uint64_t)seconds_high << 32 | seconds_low) * NSEC_PER_SEC + ns;
	uint64_t sequence = (uint64_t)sequence_high << 32 | sequence_low;

	if (at_ns - beat.began_ns > SETTLE_NS && beat.n_shown < FRAMES_MAX) {
		if (beat.n_shown > 0 && sequence > beat.sequence + 1)
			beat.n_missed += sequence - beat.sequence - 1;
		beat.latencies[beat.n_shown++] = at_ns - shown->committed_ns;
	}
	beat.sequence = sequence;
	wp_presentation_feedback_destroy(feedback);
	free(shown);
}

static void handle_discarded(void *data, struct wp_presentation_feedback *feedback)
{
	beat.n_discarded++;
	wp_presentation_feedback_destroy(feedback);
	free(data);
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = handle_sync_output,
	.presented = handle_presented,
	.discarded = handle_discarded,
};

/* -- the beat -- */

static void beat_draw(void);

static void handle_frame(void *data, struct wl_callback *callback, uint32_t ms)
{
	wl_callback_destroy(callback);
	beat.drawing = false;
	beat_draw();
}

static const struct wl_callback_listener frame_listener = { .done = handle_frame };

static struct buffer *buffer_free(void)
{
	for (int i = 0; i < BUFFERS; i++) {
		if (!beat.buffers[i].busy)
			return &beat.buffers[i];
	}
	return NULL;
}

/* The first quarter of the picture is new, and lighter than the others. */
static void beat_draw(void)
{
	struct buffer *buffer = buffer_free();
	int32_t width = beat.width_px / 2, height = beat.height_px / 2;

	if (!buffer || beat.drawing)
		return;
	for (int32_t y = 0; y < height; y++)
		memset(buffer->pixels + (size_t)y * buffer->stride_px, (int)beat.n_committed | 0x80,
			width * 4);
	struct shown *shown = calloc(1, sizeof(*shown));
	if (!shown)
		die("no memory");
	wl_surface_attach(beat.surface, buffer->wl_buffer, 0, 0);
	wl_surface_damage_buffer(beat.surface, 0, 0, width, height);
	wl_callback_add_listener(wl_surface_frame(beat.surface), &frame_listener, NULL);
	shown->feedback = wp_presentation_feedback(beat.presentation, beat.surface);
	wp_presentation_feedback_add_listener(shown->feedback, &feedback_listener, shown);
	shown->committed_ns = clock_now_ns();
	wl_surface_commit(beat.surface);
	buffer->busy = beat.drawing = true;
	beat.n_committed++;
}

/* -- the window -- */

static void handle_toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width,
	int32_t height, struct wl_array *states)
{
	beat.wanted_width_px = width > 0 ? width : 640;
	beat.wanted_height_px = height > 0 ? height : 480;
}

static void handle_toplevel_close(void *data, struct xdg_toplevel *toplevel)
{
	die("closed");
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = handle_toplevel_configure,
	.close = handle_toplevel_close,
};

static void handle_configure(void *data, struct xdg_surface *xdg_surface, uint32_t serial)
{
	xdg_surface_ack_configure(xdg_surface, serial);
	if (beat.width_px == beat.wanted_width_px && beat.height_px == beat.wanted_height_px)
		return;
	beat.width_px = beat.wanted_width_px;
	beat.height_px = beat.wanted_height_px;
	beat.configured = true;
	buffers_make();
	beat.began_ns = clock_now_ns();
	beat.n_shown = beat.n_missed = beat.n_discarded = 0;
	beat_draw();
}

static const struct xdg_surface_listener xdg_surface_listener = { .configure = handle_configure };

static void handle_ping(void *data, struct xdg_wm_base *shell, uint32_t serial)
{
	xdg_wm_base_pong(shell, serial);
}

static const struct xdg_wm_base_listener shell_listener = { .ping = handle_ping };

static void handle_geometry(void *data, struct wl_output *output, int32_t x, int32_t y,
	int32_t width_mm, int32_t height_mm, int32_t subpixel, const char *make, const char *model,
	int32_t transform)
{
}

static void handle_mode(void *data, struct wl_output *output, uint32_t flags, int32_t width,
	int32_t height, int32_t refresh)
{
}

static void handle_done(void *data, struct wl_output *output)
{
}

static void handle_scale(void *data, struct wl_output *output, int32_t scale)
{
}

static void handle_name(void *data, struct wl_output *output, const char *name)
{
	if (beat.output_name && strcmp(name, beat.output_name) == 0)
		beat.output = output;
}

static const struct wl_output_listener output_listener = {
	.geometry = handle_geometry,
	.mode = handle_mode,
	.done = handle_done,
	.scale = handle_scale,
	.name = handle_name,
	.description = handle_name,
};

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	if (strcmp(interface, wl_compositor_interface.name) == 0) {
		beat.compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 4);
	} else if (strcmp(interface, wl_shm_interface.name) == 0) {
		beat.shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	} else if (strcmp(interface, xdg_wm_base_interface.name) == 0) {
		beat.shell = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
		xdg_wm_base_add_listener(beat.shell, &shell_listener, NULL);
	} else if (strcmp(interface, wp_presentation_interface.name) == 0) {
		beat.presentation = wl_registry_bind(registry, name, &wp_presentation_interface, 1);
	} else if (strcmp(interface, zwp_linux_dmabuf_v1_interface.name) == 0) {
		beat.dmabuf = wl_registry_bind(registry, name, &zwp_linux_dmabuf_v1_interface, 3);
	} else if (strcmp(interface, wl_output_interface.name) == 0 && version >= 4 &&
		   beat.n_outputs < OUTPUTS_MAX) {
		struct wl_output *output =
			wl_registry_bind(registry, name, &wl_output_interface, 4);
		wl_output_add_listener(output, &output_listener, NULL);
		beat.outputs[beat.n_outputs++] = output;
	}
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

static void window_make(void)
{
	beat.surface = wl_compositor_create_surface(beat.compositor);
	struct xdg_surface *xdg_surface = xdg_wm_base_get_xdg_surface(beat.shell, beat.surface);
	xdg_surface_add_listener(xdg_surface, &xdg_surface_listener, NULL);
	struct xdg_toplevel *toplevel = xdg_surface_get_toplevel(xdg_surface);
	xdg_toplevel_add_listener(toplevel, &toplevel_listener, NULL);
	xdg_toplevel_set_app_id(toplevel, "beat");
	if (beat.output_name)
		xdg_toplevel_set_fullscreen(toplevel, beat.output);
	wl_surface_commit(beat.surface);
}

/* -- the result -- */

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static void beat_print(void)
{
	uint64_t n = beat.n_shown;

	qsort(beat.latencies, n, sizeof(beat.latencies[0]), compare);
	printf("beat: shown %lu missed %lu discarded %lu p50 %ld p99 %ld\n", n, beat.n_missed,
		beat.n_discarded, beat.latencies[n / 2] / NSEC_PER_USEC,
		beat.latencies[n * 99 / 100] / NSEC_PER_USEC);
}

int main(int argc, char **argv)
{
	uint64_t wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	if (wanted == 0 || wanted > FRAMES_MAX) {
		fprintf(stderr, "usage: beat FRAMES [OUTPUT [CARD]]\n");
		return 2;
	}
	if (argc > 2)
		beat.output_name = argv[2];
	if (argc > 3)
		beat.card = open(argv[3], O_RDWR | O_CLOEXEC);
	if (argc > 3 && beat.card < 0)
		die(argv[3]);
	beat.display = wl_display_connect(NULL);
	if (!beat.display)
		die("no compositor");
	struct wl_registry *registry = wl_display_get_registry(beat.display);
	wl_registry_add_listener(registry, &registry_listener, NULL);
	wl_display_roundtrip(beat.display);
	wl_display_roundtrip(beat.display);
	if (!beat.compositor || !beat.shm || !beat.shell || !beat.presentation)
		die("the compositor lacks what is needed");
	if (beat.card >= 0 && !beat.dmabuf)
		die("the compositor takes no dma-bufs");
	window_make();
	while (beat.n_shown < wanted) {
		if (wl_display_dispatch(beat.display) < 0)
			die("the compositor ended it");
		if (beat.configured)
			beat_draw();
	}
	beat_print();
	return 0;
}

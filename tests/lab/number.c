/* SPDX-License-Identifier: MIT */
/*
 * The guest's 3D program: a Wayland window drawn with GLES 2 that shows the
 * number given on the command line, see number-scene.c.
 *
 * number NUMBER HEAD opens a fullscreen window with the app_id "number.HEAD"
 * and says on stdout which GL it got and, every two seconds, how many frames
 * it has drawn. It runs until its window is closed.
 */
#include "number-scene.h"

#include <EGL/egl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wayland-client.h>
#include <wayland-egl.h>

#include "xdg-shell-client-protocol.h"

struct window {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct xdg_wm_base *shell;
	struct wl_surface *surface;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	struct wl_egl_window *egl_window;
	EGLDisplay egl_display;
	EGLContext context;
	EGLSurface egl_surface;
	int width_px, height_px;
	bool configured, closed;
};

static double
seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void
registry_handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct window *window = data;
	(void)version;
	if (strcmp(interface, wl_compositor_interface.name) == 0) {
		window->compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 4);
	} else if (strcmp(interface, xdg_wm_base_interface.name) == 0) {
		window->shell = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
	}
}

static void
registry_handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = registry_handle_global,
	.global_remove = registry_handle_global_remove,
};

static void
shell_handle_ping(void *data, struct xdg_wm_base *shell, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(shell, serial);
}

static const struct xdg_wm_base_listener shell_listener = {.ping = shell_handle_ping};

static void
surface_handle_configure(void *data, struct xdg_surface *surface, uint32_t serial)
{
	struct window *window = data;
	xdg_surface_ack_configure(surface, serial);
	window->configured = true;
	if (window->egl_window) {
		wl_egl_window_resize(window->egl_window, window->width_px, window->height_px, 0, 0);
	}
}

static const struct xdg_surface_listener surface_listener = {
	.configure = surface_handle_configure,
};

static void
toplevel_handle_configure(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height,
	struct wl_array *states)
{
	struct window *window = data;
	(void)toplevel;
	(void)states;
	if (width > 0 && height > 0) {
		window->width_px = width;
		window->height_px = height;
	}
}

static void
toplevel_handle_close(void *data, struct xdg_toplevel *toplevel)
{
	struct window *window = data;
	(void)toplevel;
	window->closed = true;
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = toplevel_handle_configure,
	.close = toplevel_handle_close,
};

static int
window_open(struct window *window, unsigned head)
{
	window->display = wl_display_connect(NULL);
	if (!window->display) {
		fprintf(stderr, "number: no Wayland compositor\n");
		return -ECONNREFUSED;
	}
	window->registry = wl_display_get_registry(window->display);
	wl_registry_add_listener(window->registry, &registry_listener, window);
	wl_display_roundtrip(window->display);
	if (!window->compositor || !window->shell) {
		fprintf(stderr, "number: the compositor lacks wl_compositor or xdg_wm_base\n");
		return -ENOTSUP;
	}
	xdg_wm_base_add_listener(window->shell, &shell_listener, window);

	char app_id[32];
	snprintf(app_id, sizeof(app_id), "number.%u", head);
	window->surface = wl_compositor_create_surface(window->compositor);
	window->xdg_surface = xdg_wm_base_get_xdg_surface(window->shell, window->surface);
	xdg_surface_add_listener(window->xdg_surface, &surface_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg_surface);
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	xdg_toplevel_set_app_id(window->toplevel, app_id);
	xdg_toplevel_set_title(window->toplevel, app_id);
	xdg_toplevel_set_fullscreen(window->toplevel, NULL);
	wl_surface_commit(window->surface);
	while (!window->configured) {
		if (wl_display_dispatch(window->display) < 0) {
			return -EPIPE;
		}
	}
	return 0;
}

static int
window_start_gl(struct window *window)
{
	static const EGLint config_attributes[] = {
		EGL_SURFACE_TYPE, EGL_WINDOW_BIT, EGL_RENDERABLE_TYPE, EGL_OPENGL_ES2_BIT,
		EGL_RED_SIZE, 8, EGL_GREEN_SIZE, 8, EGL_BLUE_SIZE, 8, EGL_DEPTH_SIZE, 16,
		EGL_NONE,
	};
	static const EGLint context_attributes[] = {EGL_CONTEXT_CLIENT_VERSION, 2, EGL_NONE};
	EGLConfig config;
	EGLint count = 0;

	window->egl_display = eglGetDisplay((EGLNativeDisplayType)window->display);
	if (!eglInitialize(window->egl_display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_ES_API) ||
		!eglChooseConfig(window->egl_display, config_attributes, &config, 1, &count) ||
		count < 1) {
		fprintf(stderr, "number: no EGL here: 0x%x\n", (unsigned)eglGetError());
		return -ENOTSUP;
	}
	window->context =
		eglCreateContext(window->egl_display, config, EGL_NO_CONTEXT, context_attributes);
	window->egl_window =
		wl_egl_window_create(window->surface, window->width_px, window->height_px);
	window->egl_surface = eglCreateWindowSurface(window->egl_display, config,
		(EGLNativeWindowType)window->egl_window, NULL);
	if (!eglMakeCurrent(window->egl_display, window->egl_surface, window->egl_surface,
		    window->context)) {
		fprintf(stderr, "number: no GL context: 0x%x\n", (unsigned)eglGetError());
		return -ENOTSUP;
	}
	printf("GL_RENDERER %s\n", (const char *)glGetString(GL_RENDERER));
	printf("GL_VENDOR %s\n", (const char *)glGetString(GL_VENDOR));
	printf("GL_VERSION %s\n", (const char *)glGetString(GL_VERSION));
	return 0;
}

static void
window_run(struct window *window, const struct scene *scene)
{
	const double start = seconds_now();
	double said = start;
	unsigned long frames = 0, frames_said = 0;
	while (!window->closed && wl_display_dispatch_pending(window->display) >= 0) {
		double now = seconds_now();
		scene_draw(scene, window->width_px, window->height_px, now - start);
		if (!eglSwapBuffers(window->egl_display, window->egl_surface)) {
			fprintf(stderr, "number: eglSwapBuffers: 0x%x\n", (unsigned)eglGetError());
			return;
		}
		frames++;
		if (frames == 1) {
			printf("first frame %dx%d\n", window->width_px, window->height_px);
		}
		if (now - said >= 2.0) {
			printf("frames %lu fps %.1f\n", frames,
				(double)(frames - frames_said) / (now - said));
			said = now;
			frames_said = frames;
		}
	}
}

static bool
parse_u32(const char *text, unsigned long max, unsigned long *value)
{
	char *end;
	errno = 0;
	*value = strtoul(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *value <= max;
}

int
main(int argc, char **argv)
{
	unsigned long number, head;
	if (argc != 3 || !parse_u32(argv[1], UINT32_MAX, &number) ||
		!parse_u32(argv[2], UINT8_MAX, &head)) {
		fprintf(stderr, "usage: number NUMBER HEAD\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* The process ends with its window, so what the kernel frees is not freed here. */
	struct window window = {.width_px = 640, .height_px = 480};
	struct scene scene;
	if (window_open(&window, (unsigned)head) < 0 || window_start_gl(&window) < 0 ||
		scene_init(&scene, (uint32_t)number, (uint8_t)head) < 0) {
		return 1;
	}
	window_run(&window, &scene);
	return window.closed ? 0 : 1;
}

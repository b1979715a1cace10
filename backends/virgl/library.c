/* SPDX-License-Identifier: MIT */
/* virglrenderer as a whole: its life, its fences, its log. */
#include "backends/virgl/library.h"

#include <EGL/egl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <virglrenderer.h>

#include "backends/virgl/export.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

#define GL_RENDERER 0x1F01

/* Without a thread of the library to wait for fences: how often to look. */
#define TIMER_DELAY_MIN_NS (NSEC_PER_MSEC / 4)
#define TIMER_DELAY_MAX_NS (4 * NSEC_PER_MSEC)

static struct log_limit library_log_limit;

__attribute__((format(printf, 1, 0))) static void library_handle_log(const char *fmt, va_list args)
{
	char line[256];

	vsnprintf(line, sizeof(line), fmt, args);
	line[strcspn(line, "\n")] = '\0';
	/* Most of it is about what the guest did. */
	log_limited(&library_log_limit, LOG_LEVEL_DEBUG, "virglrenderer: %s", line);
}

static void library_handle_write_fence(void *cookie, uint32_t fence)
{
	struct library *library = cookie;

	if (library_fence_signalled(library, fence))
		return;
	library->fence_done = fence;
	if (library->handle_fence)
		library->handle_fence(library);
}

/* The library owns what it gets. */
static int library_handle_drm_fd(void *cookie)
{
	struct library *library = cookie;

	return fd_dup(library->device_fd);
}

void library_init(struct library *library)
{
	*library = (struct library){ .device_fd = -1, .poll.fd = -1, .timer.source.fd = -1 };
	storage_init(&library->storage);
}

static void library_find_gl(struct library *library)
{
	const unsigned char *(*get_string)(unsigned) =
		(const unsigned char *(*)(unsigned))eglGetProcAddress("glGetString");

	virgl_renderer_force_ctx_0();
	const unsigned char *name = get_string ? get_string(GL_RENDERER) : NULL;
	snprintf(library->gl_renderer, sizeof(library->gl_renderer), "%s",
		name ? (const char *)name : "unknown");
	library->gl_flush = (void (*)(void))eglGetProcAddress("glFlush");
}

int library_open(struct library *library, int take_device_fd, int take_storage_fd)
{
	/* Kept by the library for as long as it lives. */
	static struct virgl_renderer_callbacks callbacks = {
		.version = 2,
		.write_fence = library_handle_write_fence,
	};
	int flags = VIRGL_RENDERER_USE_EGL | VIRGL_RENDERER_THREAD_SYNC;

	library->device_fd = take_device_fd;
	library->storage.fd = take_storage_fd;
	callbacks.get_drm_fd = take_device_fd < 0 ? NULL : library_handle_drm_fd;
	if (take_device_fd < 0)
		flags |= VIRGL_RENDERER_USE_SURFACELESS;

	virgl_set_debug_callback(library_handle_log);
	int ret = virgl_renderer_init(library, flags, &callbacks);
	if (ret != 0) {
		log_error("virglrenderer does not start on %s (%d)",
			take_device_fd < 0 ? "software" : "the render node", ret);
		return -ENODEV;
	}
	library_find_gl(library);
	library->exports = export_supported();
	if (library->exports && take_storage_fd >= 0) {
		ret = storage_open(&library->storage);
		if (ret < 0)
			log_info("no gbm for what heads show: %s", strerror(-ret));
	}
	return 0;
}

/*
 * virgl_renderer_cleanup is not called: the process ends, which ends it all, and a
 * driver that hangs on its way out would keep a renderer that serves nobody.
 */
void library_finish(struct library *library)
{
	loop_remove(&library->poll);
	loop_timer_finish(&library->timer);
	fd_close(&library->device_fd);
	fd_close(&library->storage.fd);
}

static void library_handle_poll(struct loop_source *source, uint32_t events)
{
	virgl_renderer_poll();
}

static void library_timer_arm(struct library *library)
{
	if (library->timer.source.loop && library->fence_made != library->fence_done)
		loop_timer_set(&library->timer, library->timer_delay_ns);
}

static void library_handle_timer(struct loop_timer *timer)
{
	struct library *library = container_of(timer, struct library, timer);
	uint32_t before = library->fence_done;

	virgl_renderer_poll();
	if (library->fence_done == before && library->timer_delay_ns < TIMER_DELAY_MAX_NS)
		library->timer_delay_ns *= 2;
	library_timer_arm(library);
}

int library_watch(struct library *library, struct loop *loop)
{
	int fd = virgl_renderer_get_poll_fd();
	if (fd >= 0)
		return loop_add(loop, &library->poll, fd, EPOLLIN, library_handle_poll);
	log_info("virglrenderer waits for no fences itself: looking every %d us at first",
		(int)(TIMER_DELAY_MIN_NS / 1000));
	return loop_timer_init(&library->timer, loop, library_handle_timer);
}

/* Of the context that submitted last: the library flushes the one before when it changes. */
void library_flush(const struct library *library)
{
	if (library->gl_flush)
		library->gl_flush();
}

int library_fence_create(struct library *library)
{
	int ret = virgl_renderer_create_fence((int)(library->fence_made + 1), 0);
	if (ret != 0)
		return -ENOMEM;
	library->fence_made++;
	library->timer_delay_ns = TIMER_DELAY_MIN_NS;
	library_timer_arm(library);
	return 0;
}

/*
 * When any context goes, 0.10.4 forgets the fence that its thread waits for at
 * that moment, whose ever it is (vrend_free_fences_for_context). A new fence
 * behind it signals in its place.
 */
void library_fence_repair(struct library *library)
{
	if (library->fence_made != library->fence_done)
		library_fence_create(library);
}

bool library_fence_signalled(const struct library *library, uint32_t fence)
{
	return (int32_t)(library->fence_done - fence) >= 0;
}

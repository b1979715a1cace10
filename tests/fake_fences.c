/* SPDX-License-Identifier: MIT */
/* Fences without a driver, and a client that has some. */
#include "tests/fake_fences.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/io.h"
#include "compositor/formats.h"
#include "compositor/paint/painter.h"
#include "compositor/surface/linux_dmabuf.h"
#include "tests/unit.h"

#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "linux-explicit-synchronization-unstable-v1-client-protocol.h"

/* -- fences -- */

int fake_fence_create(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

void fake_fence_signal(int fd)
{
	assert_int_equal(eventfd_write(fd, 1), 0);
}

static bool is_fence(int fd)
{
	char path[32], target[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, target, sizeof(target) - 1) > 0 && strstr(target, "[eventfd]");
}

int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_ioctl(int fd, unsigned long request, ...);

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;

	va_start(arguments, request);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == DMA_BUF_IOCTL_EXPORT_SYNC_FILE) {
		((struct dma_buf_export_sync_file *)argument)->fd = fake_fence_create();
		return 0;
	}
	if (request != SYNC_IOC_FILE_INFO && request != SYNC_IOC_MERGE)
		return __real_ioctl(fd, request, argument);
	if (!is_fence(fd)) {
		errno = ENOTTY;
		return -1;
	}
	struct sync_merge_data *merge = argument;
	if (request == SYNC_IOC_MERGE)
		merge->fence = dup(merge->fd2);
	return 0;
}

/* -- what takes dma-bufs -- */

static int take(struct painter *painter, struct dmabuf *dmabuf)
{
	return 0;
}

static const struct painter_interface taker_interface = { .take = take };
static struct painter taker = { .interface = &taker_interface, .name = "the test" };

void fenced_world_start(struct world *world)
{
	assert_int_equal(
		formats_add(&taker.formats, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR), 0);
	assert_int_equal(linux_dmabuf_offer(&world->server), 0);
	linux_dmabuf_set_painter(world->server.linux_dmabuf, &taker);
}

void fenced_world_finish(void)
{
	formats_finish(&taker.formats);
}

/* -- a client -- */

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct fenced_client *fenced = data;

	if (strcmp(interface, zwp_linux_dmabuf_v1_interface.name) == 0)
		fenced->dmabuf =
			wl_registry_bind(registry, name, &zwp_linux_dmabuf_v1_interface, 2);
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

void fenced_client_init(struct fenced_client *fenced, struct world *world)
{
	*fenced = (struct fenced_client){ 0 };
	world_client_init(&fenced->client, world, 0);
	fenced->registry = wl_display_get_registry(fenced->client.display);
	wl_registry_add_listener(fenced->registry, &registry_listener, fenced);
	world_sync(&fenced->client);
	assert_non_null(fenced->dmabuf);
	assert_non_null(fenced->client.explicit_sync);
}

void fenced_client_finish(struct fenced_client *fenced)
{
	zwp_linux_dmabuf_v1_destroy(fenced->dmabuf);
	wl_registry_destroy(fenced->registry);
	world_client_finish(&fenced->client);
}

struct wl_buffer *fenced_buffer_of(
	struct fenced_client *fenced, int fd, uint32_t width, uint32_t height)
{
	struct zwp_linux_buffer_params_v1 *params =
		zwp_linux_dmabuf_v1_create_params(fenced->dmabuf);

	zwp_linux_buffer_params_v1_add(params, fd, 0, 0, width * 4, 0, 0);
	struct wl_buffer *buffer = zwp_linux_buffer_params_v1_create_immed(
		params, width, height, DRM_FORMAT_XRGB8888, 0);
	zwp_linux_buffer_params_v1_destroy(params);
	return buffer;
}

struct wl_buffer *fenced_buffer(struct fenced_client *fenced, uint32_t width, uint32_t height)
{
	int fd = memfd_create_sealed("dma-buf", width * 4 * height);
	struct wl_buffer *buffer = fenced_buffer_of(fenced, fd, width, height);

	close(fd);
	return buffer;
}

static void handle_fenced(void *data, struct zwp_linux_buffer_release_v1 *object, int32_t fd)
{
	struct fenced_release *release = data;

	release->n++;
	release->fd = fd;
	zwp_linux_buffer_release_v1_destroy(object);
}

static void handle_immediate(void *data, struct zwp_linux_buffer_release_v1 *object)
{
	struct fenced_release *release = data;

	release->n++;
	release->fd = -1;
	zwp_linux_buffer_release_v1_destroy(object);
}

static const struct zwp_linux_buffer_release_v1_listener release_listener = {
	.fenced_release = handle_fenced,
	.immediate_release = handle_immediate,
};

void fenced_get_release(
	struct zwp_linux_surface_synchronization_v1 *of, struct fenced_release *release)
{
	*release = (struct fenced_release){ .fd = -1 };
	zwp_linux_buffer_release_v1_add_listener(
		zwp_linux_surface_synchronization_v1_get_release(of), &release_listener, release);
}

/* SPDX-License-Identifier: MIT */
/* Pictures as the compositor knows them: imports and their wl_buffers. */
#include "backends/wayland/buffer.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/wayland/plane.h"
#include "backends/wayland/presenter.h"

#include "linux-dmabuf-unstable-v1-client-protocol.h"

#define BYTES_PER_PX 4 /* of all formats that a picture may have */

static uint32_t fourcc_opaque(uint32_t fourcc)
{
	switch (fourcc) {
	case DRM_FORMAT_ARGB8888:
		return DRM_FORMAT_XRGB8888;
	case DRM_FORMAT_ABGR8888:
		return DRM_FORMAT_XBGR8888;
	default:
		return fourcc;
	}
}

void buffer_destroy(struct buffer *buffer)
{
	if (buffer->plane && buffer->plane->buffer == buffer)
		buffer->plane->buffer = NULL;
	if (buffer->params)
		zwp_linux_buffer_params_v1_destroy(buffer->params);
	if (buffer->wl_buffer)
		wl_buffer_destroy(buffer->wl_buffer);
	list_remove(&buffer->link);
	free(buffer);
}

static void buffer_handle_release(void *data, struct wl_buffer *wl_buffer)
{
	struct buffer *buffer = data;

	buffer->busy = false;
	if (buffer->import)
		import_update(buffer->import);
	else
		presenter_arm_commit(buffer->presenter);
}

static const struct wl_buffer_listener buffer_listener = {
	.release = buffer_handle_release,
};

static void buffer_set(struct buffer *buffer, struct wl_buffer *wl_buffer)
{
	buffer->wl_buffer = wl_buffer;
	wl_buffer_add_listener(wl_buffer, &buffer_listener, buffer);
}

/* Something of it is to be said at the end of the turn. */
static void import_set_due(struct import *import)
{
	if (list_empty(&import->due_link))
		list_append(&import->presenter->imports_due, &import->due_link);
	presenter_arm_deliver(import->presenter);
}

static void import_fail(struct import *import)
{
	import->failed = true;
	import->failure_due = true;
	import_set_due(import);
	presenter_drop_import(import->presenter, import);
	import_update(import);
}

static void buffer_handle_created(
	void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *wl_buffer)
{
	struct buffer *buffer = data;

	zwp_linux_buffer_params_v1_destroy(params);
	buffer->params = NULL;
	buffer_set(buffer, wl_buffer);
	presenter_arm_commit(buffer->presenter);
}

static void buffer_handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct buffer *buffer = data;
	struct import *import = buffer->import;

	buffer_destroy(buffer);
	if (import && !import->failed)
		import_fail(import);
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = buffer_handle_created,
	.failed = buffer_handle_failed,
};

static size_t picture_size_bytes(const struct picture *picture)
{
	return picture->offset_bytes + (size_t)picture->stride_bytes * picture->height_px;
}

static int buffer_create_shm(
	struct buffer *buffer, const struct picture *picture, struct wl_shm *shm, uint32_t fourcc)
{
	struct wl_shm_pool *pool =
		wl_shm_create_pool(shm, picture->fd, picture_size_bytes(picture));
	if (!pool)
		return -ENOMEM;
	struct wl_buffer *wl_buffer =
		wl_shm_pool_create_buffer(pool, picture->offset_bytes, picture->width_px,
			picture->height_px, picture->stride_bytes, globals_shm_format(fourcc));
	wl_shm_pool_destroy(pool);
	if (!wl_buffer)
		return -ENOMEM;
	buffer_set(buffer, wl_buffer);
	return 0;
}

static int buffer_create_dmabuf(struct buffer *buffer, const struct picture *picture,
	struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t fourcc)
{
	buffer->params = zwp_linux_dmabuf_v1_create_params(dmabuf);
	if (!buffer->params)
		return -ENOMEM;
	zwp_linux_buffer_params_v1_add_listener(buffer->params, &params_listener, buffer);
	zwp_linux_buffer_params_v1_add(buffer->params, picture->fd, 0, picture->offset_bytes,
		picture->stride_bytes, picture->modifier >> 32, picture->modifier & UINT32_MAX);
	zwp_linux_buffer_params_v1_create(
		buffer->params, picture->width_px, picture->height_px, fourcc, 0);
	return 0;
}

static struct buffer *import_add_buffer(struct import *import, bool opaque, uint32_t fourcc)
{
	struct globals *globals = &import->presenter->connection.globals;
	struct buffer *buffer = calloc(1, sizeof(*buffer));
	int ret;

	if (!buffer)
		return NULL;
	buffer->import = import;
	buffer->presenter = import->presenter;
	buffer->opaque = opaque;
	list_append(&import->buffers, &buffer->link);
	if (import->picture->kind == PICTURE_KIND_DMABUF)
		ret = buffer_create_dmabuf(buffer, import->picture, globals->dmabuf, fourcc);
	else
		ret = buffer_create_shm(buffer, import->picture, globals->shm, fourcc);
	if (ret == 0)
		return buffer;
	buffer_destroy(buffer);
	return NULL;
}

/* Without alpha where the compositor can: a guest's alpha is not the desktop's. */
static struct buffer *import_make_buffer(struct import *import, bool opaque)
{
	const struct globals *globals = &import->presenter->connection.globals;
	const struct picture *picture = import->picture;
	uint32_t fourcc = opaque ? fourcc_opaque(picture->fourcc) : picture->fourcc;
	struct buffer *buffer = NULL;

	if (!globals_supports(globals, picture->kind, fourcc, picture->modifier))
		fourcc = picture->fourcc;
	if (globals_supports(globals, picture->kind, fourcc, picture->modifier))
		buffer = import_add_buffer(import, opaque, fourcc);
	if (!buffer)
		import_fail(import);
	return buffer;
}

struct buffer *import_get_buffer(struct import *import, struct plane *plane, bool opaque)
{
	struct buffer *buffer, *found = NULL;

	if (import->failed)
		return NULL;
	list_for_each(buffer, &import->buffers, link) {
		if (buffer->opaque != opaque)
			continue;
		if (buffer->plane == plane || (!buffer->plane && !found))
			found = buffer;
	}
	if (!found)
		found = import_make_buffer(import, opaque);
	if (!found)
		return NULL;
	found->plane = plane;
	return found->wl_buffer ? found : NULL;
}

void import_prepare(struct import *import)
{
	list_remove(&import->prepare_link);
	if (import->failed || !list_empty(&import->buffers))
		return;
	import_make_buffer(import, true);
}

void import_update(struct import *import)
{
	struct buffer *buffer;

	if (!import->held || presenter_has_import(import->presenter, import))
		return;
	list_for_each(buffer, &import->buffers, link) {
		if (buffer->busy)
			return;
	}
	import->held = false;
	import->release_due = true;
	import_set_due(import);
}

void import_hold(struct import *import)
{
	import->held = true;
	import->release_due = false;
	if (!import->failure_due)
		list_remove(&import->due_link);
}

void import_drop_buffers(struct import *import)
{
	struct buffer *buffer, *tmp;

	list_for_each_safe(buffer, tmp, &import->buffers, link)
		buffer_destroy(buffer);
	import_update(import);
}

void import_drop_plane(struct import *import, struct plane *plane)
{
	struct buffer *buffer, *tmp;

	list_for_each_safe(buffer, tmp, &import->buffers, link) {
		if (buffer->plane == plane)
			buffer_destroy(buffer);
	}
	import_update(import);
}

/* wl_shm's server maps for writing too; one that cannot ends the connection. */
static bool fd_is_writable(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	int seals = fcntl(fd, F_GET_SEALS); /* -1: not a memfd, never sealed */

	return flags >= 0 && (flags & O_ACCMODE) == O_RDWR &&
	       (seals < 0 || !(seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)));
}

/* -1: unknown. A dma-buf tells its size to lseek only. */
static int64_t fd_size_bytes(const struct picture *picture)
{
	struct stat st;

	if (picture->kind == PICTURE_KIND_DMABUF)
		return lseek(picture->fd, 0, SEEK_END);
	return fstat(picture->fd, &st) < 0 ? -1 : st.st_size;
}

static int picture_check(const struct picture *picture)
{
	uint64_t row_bytes = (uint64_t)picture->stride_bytes;
	uint64_t bytes = picture->offset_bytes + row_bytes * picture->height_px;
	bool is_shm = picture->kind == PICTURE_KIND_SHM;

	/* The compositor's numbers have 31 bits. */
	if (!picture->width_px || !picture->height_px || !row_bytes || bytes > INT32_MAX ||
		picture->width_px > INT32_MAX)
		return -EINVAL;
	if (is_shm && row_bytes / BYTES_PER_PX < picture->width_px)
		return -EINVAL;
	if (is_shm && !fd_is_writable(picture->fd))
		return -EACCES;
	int64_t size = fd_size_bytes(picture);
	if (size >= 0 ? bytes > (uint64_t)size : is_shm)
		return -ERANGE;
	return 0;
}

int import_create(struct presenter *presenter, struct picture *picture)
{
	int ret = picture_check(picture);
	if (ret < 0)
		return ret;
	struct import *import = calloc(1, sizeof(*import));
	if (!import)
		return -ENOMEM;
	import->presenter = presenter;
	import->picture = picture;
	list_init(&import->due_link);
	list_init(&import->prepare_link);
	list_init(&import->buffers);
	list_append(&presenter->imports, &import->link);
	picture->presenter_data = import;
	return 0;
}

void import_destroy(struct import *import)
{
	struct buffer *buffer, *tmp;

	list_for_each_safe(buffer, tmp, &import->buffers, link) {
		buffer->import = NULL;
		list_remove(&buffer->link);
		list_append(&import->presenter->orphans, &buffer->link);
	}
	import->picture->presenter_data = NULL;
	list_remove(&import->link);
	list_remove(&import->due_link);
	list_remove(&import->prepare_link);
	free(import);
}

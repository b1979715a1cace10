/* SPDX-License-Identifier: MIT */
/* Clients' pictures that need not be copied. */
#include "compositor/surface/linux_dmabuf.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/list.h"
#include "base/log.h"
#include "compositor/formats.h"
#include "compositor/paint/painter.h"
#include "compositor/resource.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "compositor/surface/dmabuf.h"
#include "compositor/surface/dmabuf_feedback.h"
#include "compositor/surface/surface.h"
#include "compositor/surface/tally.h"

#include "linux-dmabuf-unstable-v1-server-protocol.h"

#define SIDE_MAX_PX 32767 /* pixman computes with 16 bits */

struct linux_dmabuf {
	struct wl_global *global;
	struct painter *painter; /* borrowed */
	dev_t device;            /* where the painter has none */
	struct dmabuf_feedback feedback;
};

/* What is told of a picture before it is one. */
struct params {
	struct linux_dmabuf *linux_dmabuf;
	struct tally *tally; /* a reference */
	struct dmabuf_plane planes[DMABUF_PLANES_MAX];
	uint64_t modifier;
	uint32_t n_added;
	bool is_used;
	bool is_over; /* some of it was not taken, for its client has too much already */
};

/* Gives back what the tally has of a picture, when that goes. */
struct tallied {
	struct wl_listener gone;
	struct tally *tally; /* a reference */
	uint32_t n_fds;
};

static void tallied_handle_gone(struct wl_listener *listener, void *data)
{
	struct tallied *tallied = container_of(listener, struct tallied, gone);

	tally_give(tallied->tally, tallied->n_fds);
	tally_unref(tallied->tally);
	free(tallied);
}

/* -- wl_buffer -- */

static const struct wl_buffer_interface buffer_requests = {
	.destroy = resource_handle_destroy,
};

static void buffer_free(struct wl_resource *resource)
{
	dmabuf_unref(wl_resource_get_user_data(resource));
}

struct dmabuf *dmabuf_of(struct wl_resource *resource)
{
	return wl_resource_instance_of(resource, &wl_buffer_interface, &buffer_requests)
		       ? wl_resource_get_user_data(resource)
		       : NULL;
}

/* -- params -- */

static struct params *params_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

static void params_handle_add(struct wl_client *client, struct wl_resource *resource, int32_t fd,
	uint32_t index, uint32_t offset, uint32_t stride, uint32_t modifier_high,
	uint32_t modifier_low)
{
	struct params *params = params_of(resource);
	uint64_t modifier = (uint64_t)modifier_high << 32 | modifier_low;
	struct dmabuf_plane *plane = index < DMABUF_PLANES_MAX ? &params->planes[index] : NULL;

	if (params->is_used)
		wl_resource_post_error(resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_ALREADY_USED,
			"the params were used already");
	else if (!plane)
		wl_resource_post_error(
			resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_PLANE_IDX, "plane %u", index);
	else if (plane->fd >= 0 || plane->stride_bytes)
		wl_resource_post_error(resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_PLANE_SET,
			"plane %u was added already", index);
	else if (params->n_added > 0 && modifier != params->modifier)
		wl_resource_post_error(resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_FORMAT,
			"planes of different modifiers");
	else if (stride == 0)
		wl_resource_post_error(resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_OUT_OF_BOUNDS,
			"plane %u has no stride", index);
	else {
		params->modifier = modifier;
		params->n_added++;
		plane->offset_bytes = offset;
		plane->stride_bytes = stride;
		if (tally_take(params->tally)) {
			plane->fd = fd;
			return;
		}
		params->is_over = true;
	}
	close(fd);
}

/* Where a plane lies, as far as its descriptor says how large it is. */
static bool plane_check(const struct dmabuf_plane *plane, uint32_t n_rows)
{
	uint64_t end_bytes = plane->offset_bytes + (uint64_t)plane->stride_bytes * n_rows;
	off_t size_bytes = plane->fd < 0 ? -1 : lseek(plane->fd, 0, SEEK_END);

	return end_bytes <= UINT32_MAX && (size_bytes < 0 || end_bytes <= (uint64_t)size_bytes);
}

/* What the protocol asks for. false: the client was told what is wrong. */
static bool params_check(
	struct wl_resource *resource, int32_t width_px, int32_t height_px, uint32_t fourcc)
{
	const struct params *params = params_of(resource);
	const struct formats *formats = &params->linux_dmabuf->painter->formats;

	for (uint32_t i = 0; i < params->n_added || i == 0; i++) {
		if (params->planes[i].stride_bytes)
			continue;
		wl_resource_post_error(resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INCOMPLETE,
			"plane %u is missing", i);
		return false;
	}
	if (!formats_have_fourcc(formats, fourcc)) {
		wl_resource_post_error(resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_FORMAT,
			"a format that was not offered");
		return false;
	}
	if (width_px < 1 || height_px < 1) {
		wl_resource_post_error(resource,
			ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_DIMENSIONS, "%dx%d", width_px,
			height_px);
		return false;
	}
	for (uint32_t i = 0; i < params->n_added; i++) {
		/* Of other planes than the first nobody but the driver knows the rows. */
		if (plane_check(&params->planes[i], i == 0 ? height_px : 1))
			continue;
		wl_resource_post_error(resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_OUT_OF_BOUNDS,
			"plane %u does not lie within its memory", i);
		return false;
	}
	return true;
}

/* The picture; its descriptors are not the params' any more. NULL with errno. */
static struct dmabuf *params_make(
	struct params *params, int32_t width_px, int32_t height_px, struct format format)
{
	struct tallied *tallied = calloc(1, sizeof(*tallied));
	struct dmabuf *dmabuf = tallied ? dmabuf_create(width_px, height_px, format, params->planes,
						  params->n_added)
					: NULL;

	if (!dmabuf) {
		free(tallied);
		errno = ENOMEM;
		return NULL;
	}
	*tallied = (struct tallied){
		.gone.notify = tallied_handle_gone,
		.tally = tally_ref(params->tally),
		.n_fds = params->n_added,
	};
	wl_signal_add(&dmabuf->destroyed, &tallied->gone);
	for (uint32_t i = 0; i < params->n_added; i++)
		params->planes[i].fd = -1;
	return dmabuf;
}

/* NULL with errno: this machine cannot have it. */
static struct dmabuf *params_import(
	struct params *params, int32_t width_px, int32_t height_px, uint32_t fourcc, uint32_t flags)
{
	struct painter *painter = params->linux_dmabuf->painter;
	struct format format = { fourcc, params->modifier };

	/* In fields: nobody sends it. Modifiers change with who paints. */
	if (params->is_over || (flags & ~ZWP_LINUX_BUFFER_PARAMS_V1_FLAGS_Y_INVERT) ||
		width_px > SIDE_MAX_PX || height_px > SIDE_MAX_PX ||
		!formats_have(&painter->formats, fourcc, params->modifier)) {
		errno = params->is_over ? EMFILE : EINVAL;
		return NULL;
	}
	struct dmabuf *dmabuf = params_make(params, width_px, height_px, format);
	int ret = dmabuf ? -EINVAL : -errno;
	if (dmabuf)
		dmabuf->is_upside_down = flags;
	if (dmabuf && dmabuf_rows_fit(dmabuf))
		ret = painter->interface->take(painter, dmabuf);
	if (ret < 0) {
		dmabuf_unref(dmabuf);
		errno = -ret;
		return NULL;
	}
	return dmabuf;
}

/* A `buffer_id` of 0: the client learns of the buffer by an event. */
static void params_create(struct wl_resource *resource, uint32_t buffer_id, int32_t width_px,
	int32_t height_px, uint32_t fourcc, uint32_t flags)
{
	struct wl_client *client = wl_resource_get_client(resource);
	struct params *params = params_of(resource);

	if (params->is_used) {
		wl_resource_post_error(resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_ALREADY_USED,
			"the params were used already");
		return;
	}
	params->is_used = true;
	if (!params_check(resource, width_px, height_px, fourcc))
		return;
	struct dmabuf *dmabuf = params_import(params, width_px, height_px, fourcc, flags);
	if (!dmabuf && buffer_id) {
		/* The id has to be an object; what cannot be one has no picture. */
		wl_resource_post_error(resource, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER,
			"the picture cannot be read here");
		return;
	}
	if (!dmabuf) {
		zwp_linux_buffer_params_v1_send_failed(resource);
		return;
	}
	struct wl_resource *buffer = resource_create(
		client, &wl_buffer_interface, 1, buffer_id, &buffer_requests, dmabuf, buffer_free);
	if (!buffer)
		dmabuf_unref(dmabuf);
	else if (!buffer_id)
		zwp_linux_buffer_params_v1_send_created(resource, buffer);
}

static void params_handle_create(struct wl_client *client, struct wl_resource *resource,
	int32_t width, int32_t height, uint32_t format, uint32_t flags)
{
	params_create(resource, 0, width, height, format, flags);
}

static void params_handle_create_immed(struct wl_client *client, struct wl_resource *resource,
	uint32_t id, int32_t width, int32_t height, uint32_t format, uint32_t flags)
{
	params_create(resource, id, width, height, format, flags);
}

static const struct zwp_linux_buffer_params_v1_interface params_requests = {
	.destroy = resource_handle_destroy,
	.add = params_handle_add,
	.create = params_handle_create,
	.create_immed = params_handle_create_immed,
};

static void params_free(struct wl_resource *resource)
{
	struct params *params = params_of(resource);

	for (uint32_t i = 0; i < DMABUF_PLANES_MAX; i++) {
		if (params->planes[i].fd >= 0)
			tally_give(params->tally, 1);
		fd_close(&params->planes[i].fd);
	}
	tally_unref(params->tally);
	free(params);
}

/* -- the global -- */

static void linux_dmabuf_create_params(
	struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct linux_dmabuf *linux_dmabuf = wl_resource_get_user_data(resource);
	struct params *params = calloc(1, sizeof(*params));

	if (params)
		params->tally = tally_get(client);
	if (!params || !params->tally) {
		free(params);
		wl_client_post_no_memory(client);
		return;
	}
	params->linux_dmabuf = linux_dmabuf;
	for (uint32_t i = 0; i < DMABUF_PLANES_MAX; i++)
		params->planes[i].fd = -1;
	if (!resource_create(client, &zwp_linux_buffer_params_v1_interface,
		    wl_resource_get_version(resource), id, &params_requests, params, params_free)) {
		tally_unref(params->tally);
		free(params);
	}
}

static void linux_dmabuf_get_default_feedback(
	struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct linux_dmabuf *linux_dmabuf = wl_resource_get_user_data(resource);

	dmabuf_feedback_create_default(&linux_dmabuf->feedback, resource, id);
}

static void linux_dmabuf_get_surface_feedback(struct wl_client *client,
	struct wl_resource *resource, uint32_t id, struct wl_resource *surface)
{
	struct linux_dmabuf *linux_dmabuf = wl_resource_get_user_data(resource);

	dmabuf_feedback_create_surface(&linux_dmabuf->feedback, resource, id, surface_of(surface));
}

static const struct zwp_linux_dmabuf_v1_interface linux_dmabuf_requests = {
	.destroy = resource_handle_destroy,
	.create_params = linux_dmabuf_create_params,
	.get_default_feedback = linux_dmabuf_get_default_feedback,
	.get_surface_feedback = linux_dmabuf_get_surface_feedback,
};

/* As it was before there was feedback. */
static void linux_dmabuf_send_formats(
	const struct linux_dmabuf *linux_dmabuf, struct wl_resource *resource)
{
	const struct formats *formats = &linux_dmabuf->painter->formats;
	bool has_modifiers =
		wl_resource_get_version(resource) >= ZWP_LINUX_DMABUF_V1_MODIFIER_SINCE_VERSION;

	for (uint32_t i = 0; i < formats->n; i++) {
		const struct format *format = &formats->items[i];
		if (has_modifiers)
			zwp_linux_dmabuf_v1_send_modifier(resource, format->fourcc,
				format->modifier >> 32, format->modifier & UINT32_MAX);
		else if (format->modifier == DRM_FORMAT_MOD_INVALID ||
			 format->modifier == DRM_FORMAT_MOD_LINEAR)
			zwp_linux_dmabuf_v1_send_format(resource, format->fourcc);
	}
}

static void linux_dmabuf_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *resource = resource_create(client, &zwp_linux_dmabuf_v1_interface,
		version, id, &linux_dmabuf_requests, data, NULL);

	if (resource && version < ZWP_LINUX_DMABUF_V1_GET_DEFAULT_FEEDBACK_SINCE_VERSION)
		linux_dmabuf_send_formats(data, resource);
}

static int linux_dmabuf_use(struct linux_dmabuf *linux_dmabuf, struct painter *painter)
{
	linux_dmabuf->painter = painter;
	return dmabuf_feedback_set(&linux_dmabuf->feedback, &painter->formats,
		painter->device ? painter->device : linux_dmabuf->device);
}

void linux_dmabuf_set_painter(struct linux_dmabuf *linux_dmabuf, struct painter *painter)
{
	int ret = linux_dmabuf_use(linux_dmabuf, painter);

	if (ret < 0)
		log_warn("clients cannot be told of the formats of %s: %s", painter->name,
			strerror(-ret));
}

int linux_dmabuf_offer(struct server *server)
{
	struct linux_dmabuf *linux_dmabuf = calloc(1, sizeof(*linux_dmabuf));
	const struct screen *screen;

	if (!linux_dmabuf)
		return -ENOMEM;
	server->linux_dmabuf = linux_dmabuf;
	dmabuf_feedback_init(&linux_dmabuf->feedback);
	list_for_each (screen, &server->screens, link) {
		if (!linux_dmabuf->device)
			linux_dmabuf->device = screen->device;
	}
	int ret = linux_dmabuf_use(linux_dmabuf, server->painters.current);
	if (ret < 0)
		return ret;
	linux_dmabuf->global = wl_global_create(server->display, &zwp_linux_dmabuf_v1_interface,
		linux_dmabuf->feedback.device ? 4 : 3, linux_dmabuf, linux_dmabuf_bind);
	return linux_dmabuf->global ? 0 : -ENOMEM;
}

void linux_dmabuf_destroy(struct linux_dmabuf *linux_dmabuf)
{
	if (!linux_dmabuf)
		return;
	if (linux_dmabuf->global)
		wl_global_destroy(linux_dmabuf->global);
	dmabuf_feedback_finish(&linux_dmabuf->feedback);
	free(linux_dmabuf);
}

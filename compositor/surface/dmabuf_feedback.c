/* SPDX-License-Identifier: MIT */
/* Which formats and modifiers are best. */
#include "compositor/surface/dmabuf_feedback.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/io.h"
#include "compositor/formats.h"
#include "compositor/output.h"
#include "compositor/resource.h"
#include "compositor/screen.h"
#include "compositor/surface/surface.h"

#include "linux-dmabuf-unstable-v1-server-protocol.h"

/* As the protocol has it. */
struct table_entry {
	uint32_t fourcc, padding;
	uint64_t modifier;
};

/* Of a surface. */
struct surface_feedback {
	struct dmabuf_feedback *feedback;
	struct wl_resource *resource;
	struct surface *surface;       /* NULL: gone */
	struct list link;              /* of surface.dmabuf_feedbacks */
	const struct formats *scanout; /* as it was told; NULL: nothing of that */
};

static int table_create(const struct formats *formats, uint32_t *size_bytes)
{
	*size_bytes = formats->n * sizeof(struct table_entry);
	int fd = memfd_create_sealed("formats", *size_bytes);
	struct table_entry *table =
		fd < 0 ? NULL : memfd_map(fd, *size_bytes, PROT_READ | PROT_WRITE);

	if (fd >= 0 && !table) {
		int ret = -errno;
		fd_close(&fd);
		return ret;
	}
	for (uint32_t i = 0; table && i < formats->n; i++)
		table[i] = (struct table_entry){
			.fourcc = formats->items[i].fourcc,
			.modifier = formats->items[i].modifier,
		};
	if (table) {
		munmap(table, *size_bytes);
		/* All clients read the same. */
		fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL);
	}
	return fd;
}

/* -- what is told -- */

/* A full-screen window's alpha makes no difference: it goes to the plane without. */
static bool is_shown(const struct formats *shown, const struct format *format)
{
	return formats_have(shown, format->fourcc, format->modifier) ||
	       formats_have(shown, format_without_alpha(format->fourcc), format->modifier);
}

static void send_tranche(struct wl_resource *resource, const struct dmabuf_feedback *feedback,
	const struct formats *only, dev_t device, uint32_t flags)
{
	struct wl_array wire_device = { sizeof(device), sizeof(device), &device };
	struct wl_array indices;

	wl_array_init(&indices);
	for (uint32_t i = 0; i < feedback->formats->n; i++) {
		const struct format *format = &feedback->formats->items[i];
		uint16_t *index = only && !is_shown(only, format)
					  ? NULL
					  : wl_array_add(&indices, sizeof(*index));
		if (index)
			*index = i;
	}
	if (indices.size > 0) {
		zwp_linux_dmabuf_feedback_v1_send_tranche_target_device(resource, &wire_device);
		zwp_linux_dmabuf_feedback_v1_send_tranche_flags(resource, flags);
		zwp_linux_dmabuf_feedback_v1_send_tranche_formats(resource, &indices);
		zwp_linux_dmabuf_feedback_v1_send_tranche_done(resource);
	}
	wl_array_release(&indices);
}

static void feedback_send(struct wl_resource *resource, const struct dmabuf_feedback *feedback,
	const struct screen *scanout)
{
	dev_t device = feedback->device;
	struct wl_array wire_device = { sizeof(device), sizeof(device), &device };

	zwp_linux_dmabuf_feedback_v1_send_format_table(
		resource, feedback->table_fd, feedback->table_bytes);
	zwp_linux_dmabuf_feedback_v1_send_main_device(resource, &wire_device);
	if (scanout)
		send_tranche(resource, feedback, scanout->scanout_formats, scanout->device,
			ZWP_LINUX_DMABUF_FEEDBACK_V1_TRANCHE_FLAGS_SCANOUT);
	send_tranche(resource, feedback, NULL, device, 0);
	zwp_linux_dmabuf_feedback_v1_send_done(resource);
}

/* The screen whose planes could show it: it has all of that, as it is mounted. */
static const struct screen *surface_scanout(const struct surface *surface)
{
	const struct output *output = surface ? surface->output : NULL;
	const struct screen *screen = output ? output->screen : NULL;

	return screen && screen->scanout_formats &&
			       screen->use.transform == WL_OUTPUT_TRANSFORM_NORMAL &&
			       output->box.x2 - output->box.x1 ==
				       (int32_t)screen_width_px(screen) &&
			       output->box.y2 - output->box.y1 == (int32_t)screen_height_px(screen)
		       ? screen
		       : NULL;
}

static void surface_feedback_send(struct wl_resource *resource, bool always)
{
	struct surface_feedback *of = wl_resource_get_user_data(resource);
	const struct screen *screen = surface_scanout(of->surface);
	const struct formats *scanout = screen ? screen->scanout_formats : NULL;

	if (scanout == of->scanout && !always)
		return;
	of->scanout = scanout;
	feedback_send(resource, of->feedback, screen);
}

int dmabuf_feedback_set(
	struct dmabuf_feedback *feedback, const struct formats *formats, dev_t device)
{
	static const struct formats none;
	struct wl_resource *resource;
	uint32_t size_bytes;

	int fd = table_create(formats, &size_bytes);
	if (fd < 0) {
		feedback->formats = &none;
		return fd;
	}
	fd_close(&feedback->table_fd);
	feedback->table_fd = fd;
	feedback->table_bytes = size_bytes;
	feedback->formats = formats;
	feedback->device = device;
	wl_resource_for_each(resource, &feedback->defaults) feedback_send(resource, feedback, NULL);
	wl_resource_for_each(resource, &feedback->surfaces) surface_feedback_send(resource, true);
	return 0;
}

/* -- objects -- */

static const struct zwp_linux_dmabuf_feedback_v1_interface requests = {
	.destroy = resource_handle_destroy,
};

static void default_free(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

void dmabuf_feedback_create_default(
	struct dmabuf_feedback *feedback, struct wl_resource *linux_dmabuf, uint32_t id)
{
	struct wl_resource *resource = resource_create(wl_resource_get_client(linux_dmabuf),
		&zwp_linux_dmabuf_feedback_v1_interface, wl_resource_get_version(linux_dmabuf), id,
		&requests, feedback, default_free);

	if (!resource)
		return;
	wl_list_insert(&feedback->defaults, wl_resource_get_link(resource));
	feedback_send(resource, feedback, NULL);
}

static void surface_feedback_free(struct wl_resource *resource)
{
	struct surface_feedback *of = wl_resource_get_user_data(resource);

	wl_list_remove(wl_resource_get_link(resource));
	list_remove(&of->link);
	free(of);
}

void dmabuf_feedback_create_surface(struct dmabuf_feedback *feedback,
	struct wl_resource *linux_dmabuf, uint32_t id, struct surface *surface)
{
	struct surface_feedback *of = calloc(1, sizeof(*of));
	struct wl_client *client = wl_resource_get_client(linux_dmabuf);

	if (!of) {
		wl_client_post_no_memory(client);
		return;
	}
	of->feedback = feedback;
	of->surface = surface;
	struct wl_resource *resource = resource_create(client,
		&zwp_linux_dmabuf_feedback_v1_interface, wl_resource_get_version(linux_dmabuf), id,
		&requests, of, surface_feedback_free);
	if (!resource) {
		free(of);
		return;
	}
	of->resource = resource;
	wl_list_insert(&feedback->surfaces, wl_resource_get_link(resource));
	list_append(&surface->dmabuf_feedbacks, &of->link);
	surface_feedback_send(resource, true);
}

void dmabuf_feedback_surface_moved(struct surface *surface)
{
	struct surface_feedback *of;

	list_for_each (of, &surface->dmabuf_feedbacks, link)
		surface_feedback_send(of->resource, false);
}

void dmabuf_feedback_surface_gone(struct surface *surface)
{
	while (!list_empty(&surface->dmabuf_feedbacks)) {
		struct surface_feedback *of =
			container_of(surface->dmabuf_feedbacks.next, struct surface_feedback, link);
		of->surface = NULL;
		list_remove(&of->link);
	}
}

void dmabuf_feedback_init(struct dmabuf_feedback *feedback)
{
	*feedback = (struct dmabuf_feedback){ .table_fd = -1 };
	wl_list_init(&feedback->defaults);
	wl_list_init(&feedback->surfaces);
}

void dmabuf_feedback_finish(struct dmabuf_feedback *feedback)
{
	fd_close(&feedback->table_fd);
}

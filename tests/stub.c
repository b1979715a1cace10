/* SPDX-License-Identifier: MIT */
/*
 * A compositor of the test's own. All requests of all interfaces go through one
 * dispatcher: objects that a request makes are made by the protocol's table, what
 * matters of a few requests is noted, the others do nothing.
 */
#include "tests/stub.h"

#include <assert.h>
#include <drm_fourcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wayland-server.h>

#include "base/list.h"

#include "fractional-scale-v1-server-protocol.h"
#include "keyboard-shortcuts-inhibit-unstable-v1-server-protocol.h"
#include "linux-dmabuf-unstable-v1-server-protocol.h"
#include "pointer-constraints-unstable-v1-server-protocol.h"
#include "presentation-time-server-protocol.h"
#include "relative-pointer-unstable-v1-server-protocol.h"
#include "viewporter-server-protocol.h"
#include "xdg-shell-server-protocol.h"

struct object {
	struct stub *stub;
	struct wl_resource *resource;
	struct object *surface; /* whose role or state this is */
	/* of a surface */
	struct object *xdg_surface, *toplevel;
	bool is_subsurface, is_cursor, is_inhibitor, is_lock, is_configured, has_new_buffer;
	struct wl_resource *pending_buffer;
	struct wl_resource *buffer; /* attached, not released */
	struct wl_listener buffer_destroyed;
	struct wl_resource *frames[4]; /* asked for since the last commit */
	unsigned n_frames;
	int32_t transform;
	struct wl_resource *feedbacks[4]; /* of the next commit */
	unsigned n_feedbacks;
	/* of a dma-buf's buffer, and of what makes one */
	struct stub_content content;
	bool is_dmabuf, has_fd;
};

static int stub_dispatch(const void *implementation, void *target, uint32_t opcode,
	const struct wl_message *message, union wl_argument *args);

static void stub_forget(struct stub *stub, const struct wl_resource *resource)
{
	struct wl_resource **made[] = { &stub->toplevel, &stub->fractional, &stub->root_surface,
		&stub->wm_base, &stub->seat, &stub->pointer, &stub->keyboard, &stub->touch,
		&stub->locked, &stub->relative };

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		if (*made[i] == resource)
			*made[i] = NULL;
	}
	for (size_t i = 0; i < STUB_ROOTS; i++) {
		if (stub->roots[i] == resource)
			stub->roots[i] = NULL;
	}
}

static void stub_remember_root(struct stub *stub, struct wl_resource *surface)
{
	stub->root_surface = surface;
	for (size_t i = 0; i < STUB_ROOTS; i++) {
		if (stub->roots[i])
			continue;
		stub->roots[i] = surface;
		break;
	}
}

static void object_destroy(struct wl_resource *resource)
{
	struct object *object = wl_resource_get_user_data(resource);

	wl_list_remove(&object->buffer_destroyed.link);
	if (object->is_dmabuf)
		object->stub->buffers--;
	if (object->has_fd)
		close(object->content.fd);
	object->stub->inhibitors -= object->is_inhibitor;
	object->stub->locks -= object->is_lock;
	stub_forget(object->stub, resource);
	free(object);
}

static struct object *object_create(struct stub *stub, struct wl_client *client,
	const struct wl_interface *interface, uint32_t version, uint32_t id)
{
	struct object *object = calloc(1, sizeof(*object));

	assert(object);
	object->stub = stub;
	object->resource = wl_resource_create(client, interface, version, id);
	assert(object->resource);
	wl_list_init(&object->buffer_destroyed.link);
	wl_resource_set_dispatcher(object->resource, stub_dispatch, stub, object, object_destroy);
	return object;
}

static void surface_handle_buffer_destroyed(struct wl_listener *listener, void *data)
{
	struct object *surface = wl_container_of(listener, surface, buffer_destroyed);

	surface->buffer = NULL;
	wl_list_remove(&listener->link);
	wl_list_init(&listener->link);
}

static struct stub_content buffer_content(struct wl_resource *buffer)
{
	struct wl_shm_buffer *shm = buffer ? wl_shm_buffer_get(buffer) : NULL;

	if (!buffer)
		return (struct stub_content){ 0 };
	if (!shm)
		return ((struct object *)wl_resource_get_user_data(buffer))->content;
	return (struct stub_content){
		.is_mapped = true,
		.width = wl_shm_buffer_get_width(shm),
		.height = wl_shm_buffer_get_height(shm),
		.format = wl_shm_buffer_get_format(shm),
		.pixel = *(uint32_t *)wl_shm_buffer_get_data(shm),
	};
}

/* What was shown before is released, as weston does it. */
static void surface_take_buffer(struct object *surface)
{
	struct wl_resource *next = surface->pending_buffer;
	struct stub_content content = buffer_content(next);

	if (!surface->has_new_buffer)
		return;
	surface->has_new_buffer = false;
	if (surface->buffer && surface->buffer != next)
		wl_resource_post_event(surface->buffer, WL_BUFFER_RELEASE);
	if (next && surface->stub->releases_early) {
		wl_resource_post_event(next, WL_BUFFER_RELEASE);
		next = NULL;
	}
	wl_list_remove(&surface->buffer_destroyed.link);
	wl_list_init(&surface->buffer_destroyed.link);
	surface->buffer = next;
	surface->buffer_destroyed.notify = surface_handle_buffer_destroyed;
	if (next)
		wl_resource_add_destroy_listener(next, &surface->buffer_destroyed);
	content.transform = surface->transform;
	if (surface->is_cursor)
		surface->stub->cursor.content = content;
	else if (surface->is_subsurface)
		surface->stub->subsurface = content;
	else
		surface->stub->root = content;
}

static void surface_configure(struct object *surface)
{
	struct stub *stub = surface->stub;
	struct wl_array states;

	wl_array_init(&states);
	if (stub->is_fullscreen)
		*(uint32_t *)wl_array_add(&states, sizeof(uint32_t)) =
			XDG_TOPLEVEL_STATE_FULLSCREEN;
	xdg_toplevel_send_configure(
		surface->toplevel->resource, stub->width, stub->height, &states);
	xdg_surface_send_configure(surface->xdg_surface->resource, 1);
	wl_array_release(&states);
	surface->is_configured = true;
	stub->windows++;
	if (stub->plays)
		stub_play(stub);
}

static void surface_answer_feedbacks(struct object *surface)
{
	struct stub *stub = surface->stub;

	for (unsigned i = 0; i < surface->n_feedbacks; i++) {
		struct wl_resource *feedback = surface->feedbacks[i];
		switch (stub->feedback) {
		case STUB_FEEDBACK_NOTHING:
			continue;
		case STUB_FEEDBACK_PRESENTED:
			wp_presentation_feedback_send_presented(feedback,
				stub->feedback_sec >> 32, stub->feedback_sec, stub->feedback_nsec,
				16666666, 0, 1, 0);
			break;
		case STUB_FEEDBACK_DISCARDED:
			wp_presentation_feedback_send_discarded(feedback);
			break;
		}
		wl_resource_destroy(feedback);
	}
	surface->n_feedbacks = 0;
}

static void surface_handle(struct object *surface, const char *request, union wl_argument *args)
{
	struct stub *stub = surface->stub;

	if (strcmp(request, "attach") == 0) {
		surface->pending_buffer = (struct wl_resource *)args[0].o;
		surface->has_new_buffer = true;
	} else if (strcmp(request, "set_buffer_transform") == 0) {
		surface->transform = args[0].i;
	} else if (strcmp(request, "frame") == 0) {
		assert(surface->n_frames < 4);
		surface->frames[surface->n_frames++] =
			wl_client_get_object(wl_resource_get_client(surface->resource), args[0].n);
	} else if (strcmp(request, "commit") == 0) {
		stub->commits++;
		surface_take_buffer(surface);
		if (surface->toplevel && !surface->is_configured)
			surface_configure(surface);
		for (unsigned i = 0; i < surface->n_frames && !stub->keeps_frames; i++) {
			wl_resource_post_event(surface->frames[i], WL_CALLBACK_DONE, 0);
			wl_resource_destroy(surface->frames[i]);
		}
		surface->n_frames = 0;
		surface_answer_feedbacks(surface);
	}
}

static void params_handle(struct object *params, const char *request, union wl_argument *args)
{
	struct stub *stub = params->stub;
	struct wl_client *client = wl_resource_get_client(params->resource);

	if (strcmp(request, "add") == 0) {
		params->has_fd = true;
		params->content.fd = args[0].h;
		params->content.offset = args[2].u;
		params->content.stride = args[3].u;
		params->content.modifier = (uint64_t)args[4].u << 32 | args[5].u;
	} else if (strcmp(request, "create") == 0 && !stub->keeps_decisions) {
		if (stub->fails_dmabufs) {
			zwp_linux_buffer_params_v1_send_failed(params->resource);
			return;
		}
		struct object *buffer = object_create(stub, client, &wl_buffer_interface, 1, 0);
		buffer->content = params->content;
		buffer->has_fd = true;
		params->has_fd = false;
		buffer->content.is_mapped = buffer->content.is_dmabuf = true;
		buffer->content.width = args[0].i;
		buffer->content.height = args[1].i;
		buffer->content.format = args[2].u;
		buffer->is_dmabuf = true;
		stub->buffers++;
		zwp_linux_buffer_params_v1_send_created(params->resource, buffer->resource);
	}
}

static void role_handle(
	struct object *object, const char *request, union wl_argument *args, struct object *made)
{
	struct stub *stub = object->stub;

	if (strcmp(request, "get_xdg_surface") == 0) {
		made->surface = wl_resource_get_user_data((struct wl_resource *)args[1].o);
		made->surface->xdg_surface = made;
		stub_remember_root(stub, made->surface->resource);
	} else if (strcmp(request, "get_toplevel") == 0) {
		made->surface = object->surface;
		object->surface->toplevel = made;
		stub->toplevel = made->resource;
	} else if (strcmp(request, "get_subsurface") == 0) {
		made->surface = wl_resource_get_user_data((struct wl_resource *)args[1].o);
		made->surface->is_subsurface = true;
	} else if (strcmp(request, "get_fractional_scale") == 0) {
		stub->fractional = made->resource;
		if (stub->scale)
			wp_fractional_scale_v1_send_preferred_scale(made->resource, stub->scale);
	} else if (strcmp(request, "feedback") == 0) {
		struct object *surface =
			wl_resource_get_user_data((struct wl_resource *)args[0].o);
		assert(surface->n_feedbacks < 4);
		surface->feedbacks[surface->n_feedbacks++] = made->resource;
		stub->feedbacks++;
	} else if (strcmp(request, "set_fullscreen") == 0) {
		struct stub_output *output =
			wl_resource_get_user_data((struct wl_resource *)args[0].o);
		snprintf(stub->fullscreen_output, sizeof(stub->fullscreen_output), "%s",
			output->name);
		stub->fullscreens++;
	} else if (strcmp(request, "inhibit_shortcuts") == 0) {
		made->is_inhibitor = true;
		stub->inhibitors++;
	} else if (strcmp(request, "get_pointer") == 0) {
		stub->pointer = made->resource;
	} else if (strcmp(request, "get_keyboard") == 0) {
		stub->keyboard = made->resource;
	} else if (strcmp(request, "get_touch") == 0) {
		stub->touch = made->resource;
	} else if (strcmp(request, "get_relative_pointer") == 0) {
		stub->relative = made->resource;
	} else if (strcmp(request, "lock_pointer") == 0) {
		made->is_lock = true;
		stub->locks++;
		stub->locked = made->resource;
	} else if (strcmp(request, "set_cursor") == 0) {
		stub->cursor.sets++;
		stub->cursor.serial = args[0].u;
		stub->cursor.is_set = args[1].o != NULL;
		stub->cursor.hot_x = args[2].i;
		stub->cursor.hot_y = args[3].i;
		if (args[1].o)
			((struct object *)wl_resource_get_user_data(
				(struct wl_resource *)args[1].o))->is_cursor = true;
	} else if (strcmp(request, "set_destination") == 0) {
		stub->destination_width = args[0].i;
		stub->destination_height = args[1].i;
	} else if (strcmp(request, "pong") == 0) {
		stub->pong = args[0].u;
	} else if (strcmp(request, "set_title") == 0) {
		snprintf(stub->title, sizeof(stub->title), "%s", args[0].s);
	} else if (strcmp(request, "set_app_id") == 0) {
		snprintf(stub->app_id, sizeof(stub->app_id), "%s", args[0].s);
	} else if (strcmp(request, "set_window_geometry") == 0) {
		stub->geometry_width = args[2].i;
		stub->geometry_height = args[3].i;
	}
}

/* The object that the request makes, of the interface that the protocol says. */
static struct object *stub_make(
	struct object *object, const struct wl_message *message, const union wl_argument *args)
{
	int i = 0;

	for (const char *type = message->signature; *type; type++) {
		if (*type == 'n')
			return object_create(object->stub, wl_resource_get_client(object->resource),
				message->types[i], wl_resource_get_version(object->resource),
				args[i].n);
		i += strchr("iufsoah", *type) != NULL;
	}
	return NULL;
}

static int stub_dispatch(const void *implementation, void *target, uint32_t opcode,
	const struct wl_message *message, union wl_argument *args)
{
	struct object *object = wl_resource_get_user_data(target);
	struct stub *stub = object->stub;
	const char *class = wl_resource_get_class(target);

	if (stub->refuses && strcmp(stub->refuses, message->name) == 0) {
		wl_resource_post_error(target, 7, "not on a Sunday");
		return 0;
	}
	struct object *made = stub_make(object, message, args);
	if (strcmp(message->name, "destroy") == 0 || strcmp(message->name, "release") == 0)
		wl_resource_destroy(target);
	else if (strcmp(class, "wl_surface") == 0)
		surface_handle(object, message->name, args);
	else if (strcmp(class, "zwp_linux_buffer_params_v1") == 0)
		params_handle(object, message->name, args);
	else
		role_handle(object, message->name, args, made);
	return 0;
}

static void stub_bind(struct stub *stub, struct wl_client *client,
	const struct wl_interface *interface, uint32_t version, uint32_t id)
{
	struct object *object = object_create(stub, client, interface, version, id);

	if (interface == &wl_compositor_interface)
		stub->clients++;
	if (interface == &wl_seat_interface) {
		stub->seat = object->resource;
		stub->seats++;
		wl_seat_send_capabilities(object->resource, stub->capabilities);
	}
	if (interface == &xdg_wm_base_interface)
		stub->wm_base = object->resource;
	if (interface == &wp_presentation_interface)
		wp_presentation_send_clock_id(object->resource, stub->clock);
	if (interface != &zwp_linux_dmabuf_v1_interface)
		return;
	zwp_linux_dmabuf_v1_send_modifier(object->resource, DRM_FORMAT_XRGB8888, 0, 0);
	zwp_linux_dmabuf_v1_send_modifier(
		object->resource, DRM_FORMAT_XRGB8888, 0x01000000, 0x00000002);
	zwp_linux_dmabuf_v1_send_modifier(object->resource, DRM_FORMAT_ARGB8888, 0, 0);
	zwp_linux_dmabuf_v1_send_modifier(object->resource, DRM_FORMAT_ABGR8888, 0, 0);
}

#define STUB_BIND(name)                                                                            \
	static void bind_##name(                                                                   \
		struct wl_client *client, void *data, uint32_t version, uint32_t id)               \
	{                                                                                          \
		stub_bind(data, client, &name##_interface, version, id);                           \
	}

STUB_BIND(wl_compositor)
STUB_BIND(wl_subcompositor)
STUB_BIND(wp_viewporter)
STUB_BIND(wl_seat)
STUB_BIND(zwp_keyboard_shortcuts_inhibit_manager_v1)
STUB_BIND(wp_presentation)
STUB_BIND(wp_fractional_scale_manager_v1)
STUB_BIND(xdg_wm_base)
STUB_BIND(zwp_linux_dmabuf_v1)
STUB_BIND(zwp_pointer_constraints_v1)
STUB_BIND(zwp_relative_pointer_manager_v1)

void stub_init(struct stub *stub)
{
	*stub = (struct stub){
		.compositor_version = 4,
		.has_viewporter = true,
		.has_dmabuf = true,
		.has_fractional = true,
		.has_presentation = true,
		.has_inhibit = true,
		.has_seat = true,
		.has_lock = true,
		.seat_version = 8,
		.capabilities = WL_SEAT_CAPABILITY_POINTER | WL_SEAT_CAPABILITY_KEYBOARD |
				WL_SEAT_CAPABILITY_TOUCH,
		.clock = 1, /* CLOCK_MONOTONIC */
		.feedback = STUB_FEEDBACK_DISCARDED,
		.dir = "/tmp/mullion-test-XXXXXX",
	};
}

static void stub_handle_flush(struct loop_hook *hook)
{
	wl_display_flush_clients(container_of(hook, struct stub, flush)->display);
}

static void stub_handle(struct loop_source *source, uint32_t events)
{
	struct stub *stub = container_of(source, struct stub, source);

	wl_event_loop_dispatch(wl_display_get_event_loop(stub->display), 0);
	wl_display_flush_clients(stub->display);
}

void stub_resume(struct stub *stub, struct loop *loop)
{
	int fd = wl_event_loop_get_fd(wl_display_get_event_loop(stub->display));
	int ret = loop_add(loop, &stub->source, fd, EPOLLIN, stub_handle);

	assert(ret == 0);
	loop_hook_arm(loop, &stub->flush);
}

void stub_pause(struct stub *stub)
{
	loop_remove(&stub->source);
}

void stub_start(struct stub *stub)
{
	char *dir = mkdtemp(stub->dir);

	assert(dir);
	snprintf(stub->socket, sizeof(stub->socket), "%s/wayland-1", stub->dir);
	setenv("XDG_RUNTIME_DIR", stub->dir, 1);
	stub->display = wl_display_create();
	assert(stub->display);
	int ret = wl_display_add_socket(stub->display, "wayland-1");
	assert(ret == 0);
	wl_display_init_shm(stub->display);
	wl_global_create(stub->display, &wl_compositor_interface, stub->compositor_version, stub,
		bind_wl_compositor);
	wl_global_create(
		stub->display, &wl_subcompositor_interface, 1, stub, bind_wl_subcompositor);
	wl_global_create(stub->display, &xdg_wm_base_interface, 2, stub, bind_xdg_wm_base);
	if (stub->has_viewporter)
		wl_global_create(
			stub->display, &wp_viewporter_interface, 1, stub, bind_wp_viewporter);
	if (stub->has_presentation)
		wl_global_create(
			stub->display, &wp_presentation_interface, 1, stub, bind_wp_presentation);
	if (stub->has_seat)
		stub_add_seat(stub);
	if (stub->has_lock) {
		wl_global_create(stub->display, &zwp_pointer_constraints_v1_interface, 1, stub,
			bind_zwp_pointer_constraints_v1);
		wl_global_create(stub->display, &zwp_relative_pointer_manager_v1_interface, 1,
			stub, bind_zwp_relative_pointer_manager_v1);
	}
	if (stub->has_inhibit)
		wl_global_create(stub->display,
			&zwp_keyboard_shortcuts_inhibit_manager_v1_interface, 1, stub,
			bind_zwp_keyboard_shortcuts_inhibit_manager_v1);
	if (stub->has_fractional)
		wl_global_create(stub->display, &wp_fractional_scale_manager_v1_interface, 1, stub,
			bind_wp_fractional_scale_manager_v1);
	if (stub->has_dmabuf)
		wl_global_create(stub->display, &zwp_linux_dmabuf_v1_interface, 3, stub,
			bind_zwp_linux_dmabuf_v1);
	loop_hook_init(&stub->flush, stub_handle_flush);
}

void stub_finish(struct stub *stub)
{
	char path[112];

	if (!stub->display)
		return;
	stub_pause(stub);
	loop_hook_disarm(&stub->flush);
	wl_display_destroy_clients(stub->display);
	wl_display_destroy(stub->display);
	stub->display = NULL;
	snprintf(path, sizeof(path), "%s.lock", stub->socket);
	unlink(path);
	rmdir(stub->dir);
}

void stub_configure(struct stub *stub)
{
	assert(stub->toplevel);
	struct object *toplevel = wl_resource_get_user_data(stub->toplevel);
	surface_configure(toplevel->surface);
	wl_display_flush_clients(stub->display);
}

void stub_add_seat(struct stub *stub)
{
	stub->seat_global = wl_global_create(
		stub->display, &wl_seat_interface, stub->seat_version, stub, bind_wl_seat);
	assert(stub->seat_global);
	wl_display_flush_clients(stub->display);
}

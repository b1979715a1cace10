/* SPDX-License-Identifier: MIT */
/* What a compositor offers: globals and formats. */
#include "backends/wayland/globals.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "backends/wayland/presenter.h"

#include "fractional-scale-v1-client-protocol.h"
#include "keyboard-shortcuts-inhibit-unstable-v1-client-protocol.h"
#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "presentation-time-client-protocol.h"
#include "relative-pointer-unstable-v1-client-protocol.h"
#include "viewporter-client-protocol.h"
#include "xdg-decoration-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

static void globals_handle_format(void *data, struct wl_shm *shm, uint32_t format)
{
	struct globals *globals = data;
	uint32_t *slot = wl_array_add(&globals->shm_formats, sizeof(*slot));

	if (slot)
		*slot = format;
}

static const struct wl_shm_listener shm_listener = {
	.format = globals_handle_format,
};

static void globals_add_dmabuf_format(struct globals *globals, uint32_t fourcc, uint64_t modifier)
{
	struct globals_format *slot = wl_array_add(&globals->dmabuf_formats, sizeof(*slot));

	if (slot)
		*slot = (struct globals_format){ .fourcc = fourcc, .modifier = modifier };
}

/* Before version 3 no modifiers are told, and the layout is the drivers' secret. */
static void globals_handle_dmabuf_format(
	void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t fourcc)
{
	if (zwp_linux_dmabuf_v1_get_version(dmabuf) < ZWP_LINUX_DMABUF_V1_MODIFIER_SINCE_VERSION)
		globals_add_dmabuf_format(data, fourcc, DRM_FORMAT_MOD_INVALID);
}

static void globals_handle_dmabuf_modifier(void *data, struct zwp_linux_dmabuf_v1 *dmabuf,
	uint32_t fourcc, uint32_t modifier_hi, uint32_t modifier_lo)
{
	globals_add_dmabuf_format(data, fourcc, (uint64_t)modifier_hi << 32 | modifier_lo);
}

static const struct zwp_linux_dmabuf_v1_listener dmabuf_listener = {
	.format = globals_handle_dmabuf_format,
	.modifier = globals_handle_dmabuf_modifier,
};

static void globals_handle_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial)
{
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {
	.ping = globals_handle_ping,
};

static void globals_handle_clock(void *data, struct wp_presentation *presentation, uint32_t clock)
{
	struct globals *globals = data;

	globals->presentation_clock = clock;
}

static const struct wp_presentation_listener presentation_listener = {
	.clock_id = globals_handle_clock,
};

/*
 * linux-dmabuf up to version 3: from 4 on formats come another way, which says
 * more than is of use here.
 */
static const struct global {
	const struct wl_interface *interface;
	uint32_t version_min, version_max;
	size_t offset; /* of its proxy in struct globals */
	bool required;
	const void *listener;
} known[] = {
	{ &wl_compositor_interface, 4, 4, offsetof(struct globals, compositor), true, NULL },
	{ &wl_subcompositor_interface, 1, 1, offsetof(struct globals, subcompositor), true, NULL },
	{ &wl_shm_interface, 1, 1, offsetof(struct globals, shm), true, &shm_listener },
	{ &xdg_wm_base_interface, 1, 2, offsetof(struct globals, wm_base), true,
		&wm_base_listener },
	{ &wp_viewporter_interface, 1, 1, offsetof(struct globals, viewporter), false, NULL },
	{ &zxdg_decoration_manager_v1_interface, 1, 1, offsetof(struct globals, decoration_manager),
		false, NULL },
	{ &wp_presentation_interface, 1, 1, offsetof(struct globals, presentation), false,
		&presentation_listener },
	{ &wp_fractional_scale_manager_v1_interface, 1, 1,
		offsetof(struct globals, fractional_manager), false, NULL },
	{ &zwp_keyboard_shortcuts_inhibit_manager_v1_interface, 1, 1,
		offsetof(struct globals, inhibit_manager), false, NULL },
	{ &zwp_pointer_constraints_v1_interface, 1, 1, offsetof(struct globals, constraints),
		false, NULL },
	{ &zwp_relative_pointer_manager_v1_interface, 1, 1,
		offsetof(struct globals, relative_manager), false, NULL },
	{ &zwp_linux_dmabuf_v1_interface, 1, 3, offsetof(struct globals, dmabuf), false,
		&dmabuf_listener },
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

static struct wl_proxy **global_proxy(const struct globals *globals, const struct global *global)
{
	return (struct wl_proxy **)((char *)globals + global->offset);
}

static struct presenter *globals_presenter(struct globals *globals)
{
	return container_of(globals, struct connection, globals)->presenter;
}

static void globals_handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct globals *globals = data;

	if (strcmp(interface, wl_output_interface.name) == 0)
		outputs_add(&globals_presenter(globals)->outputs, registry, name, version);
	if (strcmp(interface, wl_seat_interface.name) == 0)
		seats_add(&globals_presenter(globals)->seats, registry, name, version);
	for (size_t i = 0; i < N_KNOWN; i++) {
		const struct global *global = &known[i];
		struct wl_proxy **proxy = global_proxy(globals, global);
		if (strcmp(interface, global->interface->name) != 0 || *proxy ||
			version < global->version_min)
			continue;
		uint32_t max = global->version_max;
		*proxy = wl_registry_bind(
			registry, name, global->interface, version < max ? version : max);
		if (*proxy && global->listener)
			wl_proxy_add_listener(*proxy, (void (**)(void))global->listener, globals);
	}
}

/* What else is bound here goes with the compositor itself, not before. */
static void globals_handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	outputs_remove(&globals_presenter(data)->outputs, name);
	seats_remove(&globals_presenter(data)->seats, name);
}

static const struct wl_registry_listener registry_listener = {
	.global = globals_handle_global,
	.global_remove = globals_handle_global_remove,
};

void globals_init(struct globals *globals)
{
	*globals = (struct globals){ 0 };
	wl_array_init(&globals->shm_formats);
	wl_array_init(&globals->dmabuf_formats);
}

int globals_bind(struct globals *globals, struct wl_display *display)
{
	globals->registry = wl_display_get_registry(display);
	if (!globals->registry)
		return -ENOMEM;
	wl_registry_add_listener(globals->registry, &registry_listener, globals);
	return 0;
}

void globals_finish(struct globals *globals)
{
	for (size_t i = 0; i < N_KNOWN; i++) {
		struct wl_proxy *proxy = *global_proxy(globals, &known[i]);
		if (proxy)
			wl_proxy_destroy(proxy);
	}
	if (globals->registry)
		wl_registry_destroy(globals->registry);
	wl_array_release(&globals->shm_formats);
	wl_array_release(&globals->dmabuf_formats);
	globals_init(globals);
}

const char *globals_find_missing(const struct globals *globals, uint32_t *version)
{
	for (size_t i = 0; i < N_KNOWN; i++) {
		if (!known[i].required || *global_proxy(globals, &known[i]))
			continue;
		*version = known[i].version_min;
		return known[i].interface->name;
	}
	return NULL;
}

static bool globals_supports_dmabuf(
	const struct globals *globals, uint32_t fourcc, uint64_t modifier)
{
	const struct globals_format *format;

	wl_array_for_each(format, &globals->dmabuf_formats)
	{
		if (format->fourcc == fourcc && format->modifier == modifier)
			return true;
	}
	return false;
}

/* wl_shm numbers the two that everybody has by itself, the others as DRM does. */
uint32_t globals_shm_format(uint32_t fourcc)
{
	if (fourcc == DRM_FORMAT_ARGB8888)
		return WL_SHM_FORMAT_ARGB8888;
	if (fourcc == DRM_FORMAT_XRGB8888)
		return WL_SHM_FORMAT_XRGB8888;
	return fourcc;
}

bool globals_supports(
	const struct globals *globals, enum picture_kind kind, uint32_t fourcc, uint64_t modifier)
{
	uint32_t *format;

	if (kind == PICTURE_KIND_DMABUF)
		return globals->dmabuf && globals_supports_dmabuf(globals, fourcc, modifier);
	wl_array_for_each(format, &globals->shm_formats)
	{
		if (*format == globals_shm_format(fourcc))
			return true;
	}
	return false;
}

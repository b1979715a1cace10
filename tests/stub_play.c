/* SPDX-License-Identifier: MIT */
/* What the test's own compositor does when the test says so. */
#include <assert.h>
#include <linux/input-event-codes.h>
#include <wayland-server.h>

#include "tests/stub.h"

#include "fractional-scale-v1-server-protocol.h"
#include "xdg-shell-server-protocol.h"

void stub_ping(struct stub *stub, uint32_t serial)
{
	assert(stub->wm_base);
	xdg_wm_base_send_ping(stub->wm_base, serial);
	wl_display_flush_clients(stub->display);
}

void stub_scale(struct stub *stub, uint32_t scale)
{
	assert(stub->fractional);
	wp_fractional_scale_v1_send_preferred_scale(stub->fractional, scale);
	wl_display_flush_clients(stub->display);
}

static void output_release(struct wl_client *client, struct wl_resource *resource)
{
	wl_resource_destroy(resource);
}

static const struct wl_output_interface output_requests = { .release = output_release };

static void bind_wl_output(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct stub_output *output = data;
	struct wl_resource *resource =
		wl_resource_create(client, &wl_output_interface, version, id);

	assert(resource);
	wl_resource_set_implementation(resource, &output_requests, output, NULL);
	wl_output_send_name(resource, output->name);
	wl_output_send_done(resource);
}

void stub_add_output(struct stub *stub, unsigned number, const char *name)
{
	struct stub_output *output = &stub->outputs[number];

	*output = (struct stub_output){ .stub = stub, .name = name };
	output->global =
		wl_global_create(stub->display, &wl_output_interface, 4, output, bind_wl_output);
	assert(output->global);
	wl_display_flush_clients(stub->display);
}

void stub_remove_output(struct stub *stub, unsigned number)
{
	/* It may still be bound; the display destroys it. */
	wl_global_remove(stub->outputs[number].global);
	stub->outputs[number].global = NULL;
	wl_display_flush_clients(stub->display);
}

void stub_enter(struct stub *stub, uint32_t serial, double x, double y)
{
	assert(stub->pointer && stub->root_surface);
	wl_pointer_send_enter(stub->pointer, serial, stub->root_surface, wl_fixed_from_double(x),
		wl_fixed_from_double(y));
	wl_display_flush_clients(stub->display);
}

void stub_motion(struct stub *stub, double x, double y)
{
	assert(stub->pointer);
	wl_pointer_send_motion(stub->pointer, 0, wl_fixed_from_double(x), wl_fixed_from_double(y));
	wl_display_flush_clients(stub->display);
}

void stub_leave(struct stub *stub)
{
	assert(stub->pointer && stub->root_surface);
	wl_pointer_send_leave(stub->pointer, 0, stub->root_surface);
	wl_display_flush_clients(stub->display);
}

void stub_focus(struct stub *stub)
{
	struct wl_array none;

	assert(stub->keyboard && stub->root_surface);
	wl_array_init(&none);
	wl_keyboard_send_enter(stub->keyboard, 1, stub->root_surface, &none);
	wl_display_flush_clients(stub->display);
}

void stub_play(struct stub *stub)
{
	static const uint32_t chord[] = { KEY_LEFTCTRL, KEY_LEFTALT, KEY_G };

	if (!stub->pointer || !stub->keyboard || !stub->touch)
		return;
	wl_pointer_send_enter(stub->pointer, 1, stub->root_surface, 0, 0);
	wl_pointer_send_button(stub->pointer, 1, 0, BTN_LEFT, 1);
	wl_pointer_send_frame(stub->pointer);
	wl_touch_send_down(stub->touch, 1, 0, stub->root_surface, 1, 0, 0);
	wl_touch_send_frame(stub->touch);
	stub_focus(stub);
	for (size_t i = 0; i < sizeof(chord) / sizeof(chord[0]); i++)
		wl_keyboard_send_key(stub->keyboard, 1, 0, chord[i], 1);
}

void stub_set_capabilities(struct stub *stub, uint32_t capabilities)
{
	assert(stub->seat);
	stub->capabilities = capabilities;
	wl_seat_send_capabilities(stub->seat, capabilities);
	wl_display_flush_clients(stub->display);
}

void stub_close_window(struct stub *stub)
{
	assert(stub->toplevel);
	xdg_toplevel_send_close(stub->toplevel);
	wl_display_flush_clients(stub->display);
}

void stub_remove_seat(struct stub *stub)
{
	/* It may still be bound; the display destroys it. */
	wl_global_remove(stub->seat_global);
	wl_display_flush_clients(stub->display);
}

void stub_drop_clients(struct stub *stub)
{
	wl_display_destroy_clients(stub->display);
}

/* SPDX-License-Identifier: MIT */
/*
 * A Wayland client of mullion-compositor that makes requests by chance: any object's, with any
 * of its arguments, while outputs come and go, and fingers, the pointer and keys are used.
 */
#include <assert.h>
#include <drm_fourcc.h>
#include <linux/input-event-codes.h>
#include <linux/sync_file.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wayland-client.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "compositor/config.h"
#include "compositor/offers.h"
#include "compositor/output.h"
#include "compositor/output_global.h"
#include "compositor/paint/painter.h"
#include "compositor/screen.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"
#include "compositor/surface/linux_dmabuf.h"
#include "compositor/surface/presentation.h"
#include "tests/abandoned_objects.h"

#include "fractional-scale-v1-client-protocol.h"
#include "idle-inhibit-unstable-v1-client-protocol.h"
#include "keyboard-shortcuts-inhibit-unstable-v1-client-protocol.h"
#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "linux-explicit-synchronization-unstable-v1-client-protocol.h"
#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "presentation-time-client-protocol.h"
#include "primary-selection-unstable-v1-client-protocol.h"
#include "relative-pointer-unstable-v1-client-protocol.h"
#include "single-pixel-buffer-v1-client-protocol.h"
#include "viewporter-client-protocol.h"
#include "xdg-decoration-unstable-v1-client-protocol.h"
#include "xdg-output-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define SCREENS 2
#define WIDTH_PX 64
#define HEIGHT_PX 48
#define PROXIES_MAX 256
#define ARGUMENTS_MAX 20
#define MEMORY_BYTES 16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wl_interface *const interfaces[] = {
	&wl_compositor_interface,
	&wl_subcompositor_interface,
	&wl_shm_interface,
	&xdg_wm_base_interface,
	&wl_output_interface,
	&wl_seat_interface,
	&wl_data_device_manager_interface,
	&zwp_primary_selection_device_manager_v1_interface,
	&wp_viewporter_interface,
	&wp_single_pixel_buffer_manager_v1_interface,
	&wp_presentation_interface,
	&wp_fractional_scale_manager_v1_interface,
	&zwp_linux_dmabuf_v1_interface,
	&zwp_linux_explicit_synchronization_v1_interface,
	&zxdg_output_manager_v1_interface,
	&zxdg_decoration_manager_v1_interface,
	&zwp_pointer_constraints_v1_interface,
	&zwp_relative_pointer_manager_v1_interface,
	&zwp_keyboard_shortcuts_inhibit_manager_v1_interface,
	&zwp_idle_inhibit_manager_v1_interface,
};

/* -- the input -- */

static const uint8_t *input, *input_end;

/* Of the last event that had a number: it may be a serial. */
static uint32_t last_serial;

static uint8_t take(void)
{
	return input < input_end ? *input++ : 0;
}

/* Small ones mostly: they matter. */
static int32_t take_number(void)
{
	uint8_t kind = take();

	if (kind < 160)
		return kind % 64;
	if (kind < 176)
		return MEMORY_BYTES;
	if (kind < 192)
		return last_serial;
	if (kind < 224)
		return -(kind % 32);
	return (int32_t)((uint32_t)take() << 24 | (uint32_t)take() << 16 | take() << 8 | kind);
}

/* -- dma-bufs and fences that are none -- */

static int memory_fd = -1; /* as a fence: signalled */
static int never_fd = -1;  /* not signalled */

int __wrap_ioctl(int fd, unsigned long kind, ...);
int __real_ioctl(int fd, unsigned long kind, ...);

int __wrap_ioctl(int fd, unsigned long kind, ...)
{
	va_list arguments;

	va_start(arguments, kind);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	if (kind == SYNC_IOC_MERGE)
		((struct sync_merge_data *)argument)->fence =
			fd_dup(((struct sync_merge_data *)argument)->fd2);
	if (kind == SYNC_IOC_MERGE || kind == SYNC_IOC_FILE_INFO)
		return 0;
	return __real_ioctl(fd, kind, argument);
}

static int take_fd(void)
{
	return take() % 4 == 0 ? never_fd : memory_fd;
}

static int take_dmabuf(struct painter *painter, struct dmabuf *dmabuf)
{
	return 0;
}

static const struct painter_interface taker_interface = { .take = take_dmabuf };
static struct painter taker = { .interface = &taker_interface, .name = "fuzz" };

/* -- the compositor -- */

static struct server server;
static struct seat *seat;
static struct screen screens[SCREENS];
static struct target *pictures[SCREENS];
static struct loop_source turns;
static int turns_left;

static int screen_show(struct screen *screen, const pixman_region32_t *damage)
{
	struct target *picture = pictures[screen - screens];
	int fence_fd = -1;

	int ret = target_paint(picture, &screen->scene, damage, &fence_fd);
	/* As if it were GL. */
	scene_wait(&screen->scene, never_fd);
	return ret;
}

static const struct screen_interface screen_interface = { .show = screen_show };

static void outputs_make(struct screen *screen)
{
	const pixman_box32_t left = { 0, 0, WIDTH_PX / 2, HEIGHT_PX };
	const pixman_box32_t right = { WIDTH_PX / 2, 0, WIDTH_PX, HEIGHT_PX };

	if (!list_empty(&screen->outputs))
		return;
	assert(output_create(screen, "left", &left));
	assert(output_create(screen, "right", &right));
}

static void screen_present(struct screen *screen)
{
	const struct presentation_time time = { .ns = clock_now_ns() };

	if (screen->busy)
		screen_presented(screen, &time);
}

static void handle_turn(struct loop_source *source, uint32_t events)
{
	if (turns_left-- == 0)
		loop_stop(&server.loop, 0);
}

static void server_turn(void)
{
	turns_left = 1;
	server.loop.stop = false;
	loop_run(&server.loop);
}

static void say_nothing(const char *format, va_list arguments)
{
}

static void server_make(void)
{
	struct config *config = config_create();
	static const char *const names[SCREENS] = { "one", "two" };
	int pipe_fds[2];

	log_init("fuzz", LOG_LEVEL_ERROR);
	wl_log_set_handler_client(say_nothing);
	assert(config && server_init(&server, config) == 0 && server_offer(&server) == 0);
	seat = seat_create(&server);
	assert(seat);
	server.seat = seat;
	for (unsigned i = 0; i < SCREENS; i++) {
		const struct screen_use use = {
			.mode = { WIDTH_PX, HEIGHT_PX, 60000 },
			.transform = i * WL_OUTPUT_TRANSFORM_180,
			.scale_120 = 120 + i * 60,
		};
		assert(screen_init(&screens[i], &server, &screen_interface, names[i], &use) == 0);
		pictures[i] = target_create(server.painters.pixman, WIDTH_PX, HEIGHT_PX, NULL);
		assert(pictures[i]);
		outputs_make(&screens[i]);
	}
	assert(linux_dmabuf_offer(&server) == 0);
	taker.formats = server.painters.pixman->formats;
	linux_dmabuf_set_painter(server.linux_dmabuf, &taker);
	assert(keyboard_start(&seat->keyboard) == 0);
	seat_add_device(seat, SEAT_POINTER);
	seat_add_device(seat, SEAT_KEYBOARD);
	seat_add_device(seat, SEAT_TOUCH);
	/* Always ready. */
	assert(pipe(pipe_fds) == 0 && write(pipe_fds[1], "", 1) == 1);
	assert(loop_add(&server.loop, &turns, pipe_fds[0], EPOLLIN, handle_turn) == 0);
}

/* -- the client -- */

static struct wl_display *display;
static struct wl_registry *registry;
static struct wl_proxy *proxies[PROXIES_MAX];
static const struct wl_interface *kinds[PROXIES_MAX];
static unsigned n_proxies;

static void proxy_add(struct wl_proxy *proxy, const struct wl_interface *kind);

/* All events: what they make is one object more. */
static int handle_event(const void *implementation, void *target, uint32_t opcode,
	const struct wl_message *message, union wl_argument *arguments)
{
	unsigned n = 0;

	for (const char *c = message->signature; *c; c++) {
		if (*c == 'u')
			last_serial = arguments[n].u;
		if (*c == 'n')
			proxy_add((struct wl_proxy *)arguments[n].o, message->types[n]);
		if (*c == 'h')
			close(arguments[n].h);
		if (strchr("iufsonha", *c))
			n++;
	}
	return 0;
}

static void proxy_add(struct wl_proxy *proxy, const struct wl_interface *kind)
{
	if (!proxy)
		return;
	if (n_proxies == PROXIES_MAX) {
		wl_proxy_destroy(proxy);
		return;
	}
	wl_proxy_add_dispatcher(proxy, handle_event, NULL, NULL);
	proxies[n_proxies] = proxy;
	kinds[n_proxies++] = kind;
}

static void proxy_drop(unsigned i)
{
	n_proxies--;
	proxies[i] = proxies[n_proxies];
	kinds[i] = kinds[n_proxies];
}

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	for (unsigned i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++) {
		if (strcmp(interface, interfaces[i]->name) != 0)
			continue;
		uint32_t known = interfaces[i]->version;
		proxy_add(wl_registry_bind(
				  registry, name, interfaces[i], version < known ? version : known),
			interfaces[i]);
	}
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

/* Both do what there is to do; false: the connection ended. */
static bool turn(void)
{
	wl_display_flush(display);
	server_turn();
	if (wl_display_prepare_read(display) == 0)
		wl_display_read_events(display);
	return wl_display_dispatch_pending(display) >= 0;
}

/* Of the wanted kind, if there is one. */
static struct wl_proxy *take_object(const struct wl_interface *kind)
{
	unsigned start = take();

	for (unsigned i = 0; i < n_proxies; i++) {
		unsigned at = (start + i) % n_proxies;
		if (!kind || kinds[at] == kind)
			return proxies[at];
	}
	return NULL;
}

/* The arguments of a request; false: there is no object that it needs. */
static bool take_arguments(const struct wl_message *message, union wl_argument *arguments)
{
	static const char *const texts[] = { "", "one", "mullion.g.0", "text/plain;charset=utf-8" };
	unsigned n = 0;
	bool nullable = false;

	for (const char *c = message->signature; *c; c++) {
		const struct wl_interface *kind = message->types ? message->types[n] : NULL;
		union wl_argument *argument = &arguments[n];
		switch (*c) {
		case '?':
			nullable = true;
			continue;
		case 'i':
		case 'u':
			argument->i = take_number();
			break;
		case 'f':
			argument->f = (int32_t)((uint32_t)take_number() * 64);
			break;
		case 's':
			argument->s = texts[take() % 4];
			break;
		case 'o':
			argument->o = nullable && take() % 4 == 0
					      ? NULL
					      : (struct wl_object *)take_object(kind);
			if (!nullable && !argument->o)
				return false;
			break;
		case 'n':
			argument->n = 0;
			break;
		case 'h':
			argument->h = take_fd();
			break;
		case 'a':
			return false;
		default: /* the version since when */
			continue;
		}
		nullable = false;
		n++;
	}
	return true;
}

static const struct wl_interface *created_kind(const struct wl_message *message)
{
	unsigned n = 0;

	for (const char *c = message->signature; *c; c++) {
		if (*c == 'n')
			return message->types[n];
		if (strchr("iufsoha", *c))
			n++;
	}
	return NULL;
}

static uint32_t message_since(const struct wl_message *message)
{
	uint32_t since = atoi(message->signature);

	return since ? since : 1;
}

static void request(void)
{
	unsigned i = n_proxies ? take() % n_proxies : 0;
	union wl_argument arguments[ARGUMENTS_MAX] = { 0 };

	if (n_proxies == 0 || kinds[i]->method_count == 0)
		return;
	struct wl_proxy *proxy = proxies[i];
	uint32_t version = wl_proxy_get_version(proxy);
	uint32_t opcode = take() % kinds[i]->method_count;
	const struct wl_message *message = &kinds[i]->methods[opcode];
	const struct wl_interface *created = created_kind(message);
	bool ends = strcmp(message->name, "destroy") == 0 || strcmp(message->name, "release") == 0;

	if (message_since(message) > version || !take_arguments(message, arguments))
		return;
	struct wl_proxy *made = wl_proxy_marshal_array_flags(
		proxy, opcode, created, version, ends ? WL_MARSHAL_FLAG_DESTROY : 0, arguments);
	if (ends)
		proxy_drop(i);
	proxy_add(made, created);
}

static struct wl_proxy *find_object(const struct wl_interface *kind)
{
	for (unsigned i = 0; i < n_proxies; i++) {
		if (kinds[i] == kind)
			return proxies[i];
	}
	return NULL;
}

/* What the window may have fences for, and what it has them of; and two commits with them. */
static void fences_make(struct wl_surface *surface)
{
	struct zwp_linux_dmabuf_v1 *dmabuf = (void *)find_object(&zwp_linux_dmabuf_v1_interface);
	struct zwp_linux_explicit_synchronization_v1 *explicit_sync =
		(void *)find_object(&zwp_linux_explicit_synchronization_v1_interface);
	struct zwp_linux_buffer_params_v1 *params = zwp_linux_dmabuf_v1_create_params(dmabuf);
	struct zwp_linux_surface_synchronization_v1 *sync =
		zwp_linux_explicit_synchronization_v1_get_synchronization(explicit_sync, surface);

	zwp_linux_buffer_params_v1_add(params, memory_fd, 0, 0, 128, 0, 0);
	struct wl_buffer *buffer =
		zwp_linux_buffer_params_v1_create_immed(params, 32, 32, DRM_FORMAT_XRGB8888, 0);
	proxy_add((void *)params, &zwp_linux_buffer_params_v1_interface);
	proxy_add((void *)buffer, &wl_buffer_interface);
	proxy_add((void *)sync, &zwp_linux_surface_synchronization_v1_interface);
	for (int i = 0; i < 2; i++) {
		zwp_linux_surface_synchronization_v1_set_acquire_fence(sync, take_fd());
		proxy_add((void *)zwp_linux_surface_synchronization_v1_get_release(sync),
			&zwp_linux_buffer_release_v1_interface);
		wl_surface_attach(surface, buffer, 0, 0);
		wl_surface_damage(surface, 0, 0, 32, 32);
		wl_surface_commit(surface);
		turn();
		for (unsigned k = 0; k < SCREENS; k++)
			screen_present(&screens[k]);
		turn();
	}
}

/* So that it need not be found first: one that is seen, of a colour. */
static void window_show(void)
{
	struct wl_compositor *compositor = (void *)find_object(&wl_compositor_interface);
	struct xdg_wm_base *wm_base = (void *)find_object(&xdg_wm_base_interface);
	struct wl_shm *shm = (void *)find_object(&wl_shm_interface);
	struct wl_surface *surface = wl_compositor_create_surface(compositor);
	struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(wm_base, surface);
	struct xdg_toplevel *toplevel = xdg_surface_get_toplevel(xdg);
	struct wl_shm_pool *pool = wl_shm_create_pool(shm, memory_fd, MEMORY_BYTES);
	struct wl_buffer *buffer =
		wl_shm_pool_create_buffer(pool, 0, 32, 32, 128, WL_SHM_FORMAT_ARGB8888);

	proxy_add((void *)surface, &wl_surface_interface);
	proxy_add((void *)xdg, &xdg_surface_interface);
	proxy_add((void *)toplevel, &xdg_toplevel_interface);
	proxy_add((void *)pool, &wl_shm_pool_interface);
	proxy_add((void *)buffer, &wl_buffer_interface);
	wl_surface_commit(surface);
	turn();
	xdg_surface_ack_configure(xdg, last_serial);
	wl_surface_attach(surface, buffer, 0, 0);
	wl_surface_commit(surface);
	fences_make(surface);
	turn();
}

static void client_start(void)
{
	int fds[2];

	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
	assert(wl_client_create(server.display, fds[0]));
	display = wl_display_connect_to_fd(fds[1]);
	assert(display);
	registry = wl_display_get_registry(display);
	wl_registry_add_listener(registry, &registry_listener, NULL);
	turn();
	turn();
	window_show();
}

static void client_end(void)
{
	for (unsigned i = 0; i < n_proxies; i++)
		wl_proxy_destroy(proxies[i]);
	n_proxies = 0;
	wl_registry_destroy(registry);
	wl_display_disconnect(display);
	server_turn();
	server_drop_clients(&server);
}

/* -- what else happens -- */

static void happen(void)
{
	struct screen *screen = &screens[take() % SCREENS];
	uint32_t now_ms = clock_now_ns() / NSEC_PER_MSEC;
	uint8_t kind = take();

	switch (kind % 8) {
	case 0:
	case 1:
	case 2:
		screen_present(screen);
		break;
	case 3:
		while (kind > 200 && !list_empty(&screen->outputs))
			output_destroy(
				container_of(screen->outputs.next, struct output, screen_link));
		outputs_make(screen);
		break;
	case 4:
		pointer_handle_place(&seat->pointer, now_ms, take(), take());
		break;
	case 5:
		pointer_handle_button(&seat->pointer, now_ms, BTN_LEFT, kind & 8);
		break;
	case 6:
		(kind & 8 ? touch_handle_motion : touch_handle_down)(&seat->touch, seat, kind >> 6,
			now_ms, &(struct touch_place){ screen, take() / 256.0, take() / 256.0 });
		touch_handle_frame(&seat->touch);
		break;
	case 7:
		touch_handle_up(&seat->touch, seat, kind >> 6, now_ms);
		keyboard_handle_key(&seat->keyboard, now_ms, KEY_A, kind & 8);
		break;
	}
}

/* With a press or a touch that the client may have; of objects too many end after it. */
static void drag(void)
{
	void *manager = find_object(&wl_data_device_manager_interface);
	void *wl_seat = find_object(&wl_seat_interface);
	void *surface = take_object(&wl_surface_interface);

	if (!wl_seat || !surface)
		return;
	struct wl_data_device *device = wl_data_device_manager_get_data_device(manager, wl_seat);
	struct wl_data_source *source = wl_data_device_manager_create_data_source(manager);
	uint8_t kind = take();
	void *icon = kind & 1 ? take_object(&wl_surface_interface) : NULL;
	wl_data_device_start_drag(device, kind & 6 ? source : NULL, surface, icon,
		kind & 8 ? seat->pointer.pressed : seat->touch.contacts[0].serial);
	proxy_add((void *)device, &wl_data_device_interface);
	proxy_add((void *)source, &wl_data_source_interface);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!server.display) {
		server_make();
		memory_fd = memfd_create_sealed("fuzz", MEMORY_BYTES);
		never_fd = eventfd(0, EFD_CLOEXEC);
		assert(memory_fd >= 0 && never_fd >= 0);
	}
	input = data;
	input_end = data + size;
	client_start();
	while (input < input_end) {
		uint8_t what = take();
		if (what < 200)
			request();
		else if (what < 220)
			happen();
		else if (what < 230)
			drag();
		else if (!turn())
			break;
	}
	turn();
	client_end();
	/* Those that are gone last for seconds, with a descriptor each. */
	output_globals_finish(&server);
	return 0;
}

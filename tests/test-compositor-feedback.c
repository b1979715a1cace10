/* SPDX-License-Identifier: MIT */
/* What clients are told of the dma-bufs that are best (zwp_linux_dmabuf_feedback_v1). */
#include "tests/compositor_world.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/log.h"
#include "compositor/formats.h"
#include "compositor/paint/painter.h"
#include "compositor/surface/linux_dmabuf.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define CARD 1
#define RENDER_NODE 2

static struct world world;
static struct world_client client;
static struct world_window window;
static struct wl_registry *registry;
static struct zwp_linux_dmabuf_v1 *dmabuf;

/* As the protocol has it. */
static struct entry {
	uint32_t fourcc, padding;
	uint64_t modifier;
} table[64];

/* -- what is told -- */

static void handle_table(
	void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, int32_t fd, uint32_t size)
{
	assert_true(size <= sizeof(table));
	assert_int_equal(pread(fd, table, size, 0), size);
	/* It is everybody's. */
	assert_ptr_equal(mmap(NULL, size, PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(ftruncate(fd, 0), -1);
	world_say(&client, "table of %zu\n", size / sizeof(table[0]));
	close(fd);
}

static void handle_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback)
{
	world_say(&client, "done\n");
}

static void say_device(const char *what, const struct wl_array *device)
{
	dev_t number;

	assert_int_equal(device->size, sizeof(number));
	memcpy(&number, device->data, sizeof(number));
	world_say(&client, "%s %u\n", what, minor(number));
}

static void handle_device(
	void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *device)
{
	say_device("device", device);
}

static void handle_tranche_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback)
{
}

static void handle_target(
	void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *device)
{
	say_device("tranche of", device);
}

static void handle_formats(
	void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *indices)
{
	uint16_t *index;

	wl_array_for_each(index, indices)
		world_say(&client, " %.4s", (const char *)&table[*index].fourcc);
	world_say(&client, "\n");
}

static void handle_flags(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, uint32_t flags)
{
	world_say(&client, "flags %u:", flags);
}

static const struct zwp_linux_dmabuf_feedback_v1_listener listener = {
	.done = handle_done,
	.format_table = handle_table,
	.main_device = handle_device,
	.tranche_done = handle_tranche_done,
	.tranche_target_device = handle_target,
	.tranche_formats = handle_formats,
	.tranche_flags = handle_flags,
};

static void handle_format(void *data, struct zwp_linux_dmabuf_v1 *object, uint32_t fourcc)
{
	fail_msg("a format for a client that asks for feedback");
}

static void handle_modifier(void *data, struct zwp_linux_dmabuf_v1 *object, uint32_t fourcc,
	uint32_t high, uint32_t low)
{
	fail_msg("a modifier for a client that asks for feedback");
}

static const struct zwp_linux_dmabuf_v1_listener dmabuf_listener = {
	.format = handle_format,
	.modifier = handle_modifier,
};

static void handle_global(void *data, struct wl_registry *object, uint32_t name,
	const char *interface, uint32_t version)
{
	if (strcmp(interface, zwp_linux_dmabuf_v1_interface.name) != 0)
		return;
	assert_int_equal(version, 4);
	dmabuf = wl_registry_bind(object, name, &zwp_linux_dmabuf_v1_interface, 4);
	zwp_linux_dmabuf_v1_add_listener(dmabuf, &dmabuf_listener, NULL);
}

static void handle_global_remove(void *data, struct wl_registry *object, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

/* -- a painter of others' formats -- */

static int take(struct painter *painter, struct dmabuf *taken)
{
	return -EINVAL;
}

static const struct painter_interface other_interface = { .take = take };
static struct painter other = { .interface = &other_interface, .name = "other" };

/* -- a card's screen, a turned one, and a client -- */

static struct formats shown;

static int setup(void **state)
{
	world_init(&world);
	struct screen *turned =
		world_add_screen(&world, "turned", 100, 100, WL_OUTPUT_TRANSFORM_180, 120);
	world_add_whole(&world, "plain", 100, 100);
	assert_non_null(output_create(turned, "turned", &(pixman_box32_t){ 0, 0, 100, 100 }));
	assert_int_equal(formats_add(&shown, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR), 0);
	assert_int_equal(formats_add(&shown, DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR), 0);
	for (uint32_t i = 0; i < 2; i++) {
		world.screens[i].scanout_formats = &shown;
		world.screens[i].device = makedev(226, CARD);
	}
	assert_int_equal(linux_dmabuf_offer(&world.server), 0);
	world_client_init(&client, &world, 0);
	registry = wl_display_get_registry(client.display);
	wl_registry_add_listener(registry, &registry_listener, NULL);
	world_sync(&client);
	world_sync(&client);
	assert_non_null(dmabuf);
	client.said[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	zwp_linux_dmabuf_v1_destroy(dmabuf);
	wl_registry_destroy(registry);
	world_client_finish(&client);
	world_finish(&world);
	formats_finish(&shown);
	formats_finish(&other.formats);
	return 0;
}

#define PAINTED "tranche of 1\nflags 0: XR24 AR24 XB24 AB24 RG16\n"

static void test_default(void **state)
{
	struct zwp_linux_dmabuf_feedback_v1 *feedback =
		zwp_linux_dmabuf_v1_get_default_feedback(dmabuf);

	zwp_linux_dmabuf_feedback_v1_add_listener(feedback, &listener, NULL);
	world_expect(&client, "table of 5\ndevice 1\n" PAINTED "done\n");
	/* Another one paints, on another device. */
	assert_int_equal(formats_add(&other.formats, DRM_FORMAT_NV12, I915_FORMAT_MOD_X_TILED), 0);
	other.device = makedev(226, RENDER_NODE);
	linux_dmabuf_set_painter(world.server.linux_dmabuf, &other);
	world_expect(&client, "table of 1\ndevice 2\ntranche of 2\nflags 0: NV12\ndone\n");
	zwp_linux_dmabuf_feedback_v1_destroy(feedback);
	linux_dmabuf_set_painter(world.server.linux_dmabuf, world.server.painters.current);
	world_expect(&client, "");
}

/* A plane comes before the painter, for a window that it could show; alpha goes there without. */
static void test_surface(void **state)
{
	struct wl_surface *nowhere = wl_compositor_create_surface(client.compositor);
	struct zwp_linux_dmabuf_feedback_v1 *feedback =
		zwp_linux_dmabuf_v1_get_surface_feedback(dmabuf, nowhere);

	zwp_linux_dmabuf_feedback_v1_add_listener(feedback, &listener, NULL);
	world_expect(&client, "table of 5\ndevice 1\n" PAINTED "done\n");
	zwp_linux_dmabuf_feedback_v1_destroy(feedback);
	world_window_init(&window, &client, "window", "plain");
	world_sync(&client);
	client.said[0] = '\0';
	feedback = zwp_linux_dmabuf_v1_get_surface_feedback(dmabuf, window.surface);
	zwp_linux_dmabuf_feedback_v1_add_listener(feedback, &listener, NULL);
	world_expect(&client,
		"table of 5\ndevice 1\ntranche of 1\nflags 1: XR24 AR24\n" PAINTED "done\n");
	/* To where no plane shows it, and it goes first. */
	output_destroy(output_find(&world.server, "plain"));
	world_sync(&client);
	assert_non_null(strstr(client.said, "table of 5\ndevice 1\n" PAINTED "done\n"));
	client.said[0] = '\0';
	wl_surface_destroy(nowhere);
	xdg_toplevel_destroy(window.toplevel);
	xdg_surface_destroy(window.xdg);
	wl_surface_destroy(window.surface);
	world_sync(&client);
	zwp_linux_dmabuf_feedback_v1_destroy(feedback);
	world_sync(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_default, setup, teardown),
		cmocka_unit_test_setup_teardown(test_surface, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Clients' dma-bufs that are wrong, or none: mullion-compositor without a screen. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>
#include <wayland-client.h>

#include "base/log.h"
#include "tests/abandoned_objects.h"
#include "tests/compositor.h"
#include "tests/owner.h"

#include "linux-dmabuf-unstable-v1-client-protocol.h"

#define WIDTH 320
#define HEIGHT 240
#define ALL (&(struct picture_box){ 0, 0, WIDTH, HEIGHT })
#define SIDE 64
#define STRIDE (SIDE * 4)
#define FOURCC DRM_FORMAT_XRGB8888

static struct compositor ours;
static struct owner owner;
static struct owner_picture picture;

struct client {
	struct wl_display *display;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct zwp_linux_buffer_params_v1 *params;
	int memory; /* no dma-buf, as this host need not have any */
	unsigned n_formats, n_failed, n_created;
	bool has_linear;
};

static void handle_format(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t fourcc)
{
}

static void handle_modifier(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t fourcc,
	uint32_t high, uint32_t low)
{
	struct client *client = data;

	client->n_formats++;
	if (fourcc == FOURCC && high == 0 && low == 0)
		client->has_linear = true;
}

static const struct zwp_linux_dmabuf_v1_listener dmabuf_listener = {
	.format = handle_format,
	.modifier = handle_modifier,
};

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct client *client = data;

	if (strcmp(interface, zwp_linux_dmabuf_v1_interface.name) != 0)
		return;
	client->dmabuf = wl_registry_bind(registry, name, &zwp_linux_dmabuf_v1_interface, 3);
	zwp_linux_dmabuf_v1_add_listener(client->dmabuf, &dmabuf_listener, client);
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

static void handle_created(
	void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *buffer)
{
	((struct client *)data)->n_created++;
	wl_buffer_destroy(buffer);
}

static void handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	((struct client *)data)->n_failed++;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = handle_created,
	.failed = handle_failed,
};

static void client_renew(struct client *client)
{
	client->params = zwp_linux_dmabuf_v1_create_params(client->dmabuf);
	zwp_linux_buffer_params_v1_add_listener(client->params, &params_listener, client);
}

static void client_init(struct client *client)
{
	*client = (struct client){ .display = wl_display_connect(ours.socket) };
	assert_non_null(client->display);
	struct wl_registry *registry = wl_display_get_registry(client->display);
	wl_registry_add_listener(registry, &registry_listener, client);
	assert_true(wl_display_roundtrip(client->display) >= 0);
	assert_non_null(client->dmabuf);
	assert_true(wl_display_roundtrip(client->display) >= 0);
	client->memory = memfd_create("no dma-buf", MFD_CLOEXEC);
	assert_int_equal(ftruncate(client->memory, SIDE * STRIDE), 0);
	client_renew(client);
}

static void client_finish(struct client *client)
{
	wl_display_disconnect(client->display);
	close(client->memory);
}

static void add(
	struct client *client, uint32_t plane, uint32_t offset, uint32_t stride, uint64_t modifier)
{
	zwp_linux_buffer_params_v1_add(client->params, client->memory, plane, offset, stride,
		modifier >> 32, modifier & UINT32_MAX);
}

static void create(struct client *client, int32_t width, int32_t height, uint32_t fourcc)
{
	zwp_linux_buffer_params_v1_create(client->params, width, height, fourcc, 0);
}

/* -- what is wrong -- */

static void do_plane(struct client *client)
{
	add(client, 4, 0, STRIDE, 0);
}

static void do_plane_again(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	add(client, 0, 0, STRIDE, 0);
}

static void do_modifiers(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	add(client, 1, 0, STRIDE, 1);
}

static void do_nothing(struct client *client)
{
	create(client, SIDE, SIDE, FOURCC);
}

static void do_hole(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	add(client, 2, 0, STRIDE, 0);
	create(client, SIDE, SIDE, FOURCC);
}

static void do_format(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	create(client, SIDE, SIDE, 0x12345678);
}

static void do_no_width(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	create(client, 0, SIDE, FOURCC);
}

static void do_negative_height(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	create(client, SIDE, INT32_MIN, FOURCC);
}

static void do_no_stride(struct client *client)
{
	add(client, 0, 0, 0, 0);
}

static void do_too_high(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	create(client, SIDE, SIDE + 1, FOURCC);
}

static void do_too_far(struct client *client)
{
	add(client, 0, 4, STRIDE, 0);
	create(client, SIDE, SIDE, FOURCC);
}

static void do_overflow(struct client *client)
{
	add(client, 0, UINT32_MAX, UINT32_MAX, 0);
	create(client, SIDE, INT32_MAX, FOURCC);
}

static void do_second_too_far(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	add(client, 1, SIDE * STRIDE, 1, 0);
	create(client, SIDE, SIDE, FOURCC);
}

static void do_twice(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	create(client, SIDE, SIDE, FOURCC);
	create(client, SIDE, SIDE, FOURCC);
}

static void do_add_late(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	create(client, SIDE, SIDE, FOURCC);
	add(client, 1, 0, STRIDE, 0);
}

/* Right by the protocol's rules, and not to be read: the buffer has to be one. */
static void do_at_once(struct client *client)
{
	add(client, 0, 0, STRIDE, 0);
	zwp_linux_buffer_params_v1_create_immed(client->params, SIDE, SIDE, FOURCC, 0);
}

#define ERROR(name) ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_##name

static const struct bad {
	const char *name;
	void (*act)(struct client *client);
	uint32_t code;
} bads[] = {
	{ "plane 4", do_plane, ERROR(PLANE_IDX) },
	{ "a plane again", do_plane_again, ERROR(PLANE_SET) },
	{ "two modifiers", do_modifiers, ERROR(INVALID_FORMAT) },
	{ "no plane", do_nothing, ERROR(INCOMPLETE) },
	{ "plane 1 missing", do_hole, ERROR(INCOMPLETE) },
	{ "an unknown format", do_format, ERROR(INVALID_FORMAT) },
	{ "no width", do_no_width, ERROR(INVALID_DIMENSIONS) },
	{ "a negative height", do_negative_height, ERROR(INVALID_DIMENSIONS) },
	{ "no stride", do_no_stride, ERROR(OUT_OF_BOUNDS) },
	{ "a row too much", do_too_high, ERROR(OUT_OF_BOUNDS) },
	{ "four bytes too far", do_too_far, ERROR(OUT_OF_BOUNDS) },
	{ "offset and stride overflow", do_overflow, ERROR(OUT_OF_BOUNDS) },
	{ "plane 1 beyond the memory", do_second_too_far, ERROR(OUT_OF_BOUNDS) },
	{ "created twice", do_twice, ERROR(ALREADY_USED) },
	{ "a plane too late", do_add_late, ERROR(ALREADY_USED) },
	{ "no dma-buf, at once", do_at_once, ERROR(INVALID_WL_BUFFER) },
};

static void expect_others_go_on(void)
{
	static uint32_t seed;

	owner_picture_fill(&picture, ALL, ++seed);
	owner_show(&owner, 0, &picture, NULL);
	owner_expect(&owner, &ours, 0, owner_pattern_image(ALL, seed));
	assert_true(owner_run_until_done(&owner));
}

static void test_bad(void **state)
{
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		const struct wl_interface *interface = NULL;
		struct client client;
		uint32_t id;

		print_message("%s\n", bads[i].name);
		client_init(&client);
		bads[i].act(&client);
		assert_true(wl_display_roundtrip(client.display) < 0);
		assert_int_equal(wl_display_get_error(client.display), EPROTO);
		uint32_t code = wl_display_get_protocol_error(client.display, &interface, &id);
		assert_string_equal(interface->name, "zwp_linux_buffer_params_v1");
		assert_int_equal(code, bads[i].code);
		client_finish(&client);
		expect_others_go_on();
	}
}

/* -- what only cannot be -- */

static void expect_failed(struct client *client, int32_t width, int32_t height, uint32_t flags)
{
	unsigned n_failed = client->n_failed;

	zwp_linux_buffer_params_v1_create(client->params, width, height, FOURCC, flags);
	assert_true(wl_display_roundtrip(client->display) >= 0);
	assert_int_equal(client->n_failed, n_failed + 1);
	zwp_linux_buffer_params_v1_destroy(client->params);
	client_renew(client);
}

static void test_failed(void **state)
{
	struct client client;

	client_init(&client);
	assert_true(client.n_formats > 0 && client.has_linear);
	/* No dma-buf at all. */
	add(&client, 0, 0, STRIDE, 0);
	expect_failed(&client, SIDE, SIDE, 0);
	/* A stride that is none of this width, or odd. */
	add(&client, 0, 0, STRIDE / 2, 0);
	expect_failed(&client, SIDE, SIDE, 0);
	add(&client, 0, 0, STRIDE - 2, 0);
	expect_failed(&client, SIDE / 2, SIDE, 0);
	/* Two planes where the format has one. */
	add(&client, 0, 0, STRIDE, 0);
	add(&client, 1, 0, STRIDE, 0);
	expect_failed(&client, SIDE, SIDE, 0);
	/* A modifier that nobody offered. */
	add(&client, 0, 0, STRIDE, I915_FORMAT_MOD_X_TILED);
	expect_failed(&client, SIDE, SIDE, 0);
	/* In fields. */
	add(&client, 0, 0, STRIDE, 0);
	expect_failed(&client, SIDE, SIDE, ZWP_LINUX_BUFFER_PARAMS_V1_FLAGS_INTERLACED);
	/* Wider than anything. */
	add(&client, 0, 0, STRIDE, 0);
	expect_failed(&client, INT32_MAX, 1, 0);
	assert_int_equal(client.n_created, 0);
	client_finish(&client);
	expect_others_go_on();
}

/* Descriptors without end: the client's are limited, and others' pictures are still taken. */
static void test_flood(void **state)
{
	struct client client;
	struct zwp_linux_buffer_params_v1 *kept[600];

	client_init(&client);
	for (size_t i = 0; i < 600; i++) {
		kept[i] = client.params;
		add(&client, 0, 0, STRIDE, 0);
		add(&client, 1, 0, STRIDE, 0);
		add(&client, 2, 0, STRIDE, 0);
		if (i % 8 == 0)
			assert_true(wl_display_roundtrip(client.display) >= 0);
		client_renew(&client);
	}
	owner_forget(&owner, &picture);
	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	assert_true(owner_run_until_done(&owner));
	expect_others_go_on();
	for (size_t i = 0; i < 600; i++)
		zwp_linux_buffer_params_v1_destroy(kept[i]);
	assert_true(wl_display_roundtrip(client.display) >= 0);
	client_finish(&client);
}

static int group_setup(void **state)
{
	/* What the compositor has as well. */
	const struct rlimit descriptors = { 512, 512 };

	if (setrlimit(RLIMIT_NOFILE, &descriptors) < 0)
		return -errno;
	int ret = compositor_init(&ours, COMPOSITOR_MULLION, 1, WIDTH, HEIGHT);
	if (ret == 0)
		ret = compositor_start(&ours, "--place mullion.g1.0=HEADLESS-1");
	if (ret < 0)
		return ret;
	owner_init(&owner, &presenter_wayland, ours.socket, 1, WIDTH, HEIGHT);
	owner_show_new(&owner, &picture, 0, WIDTH, HEIGHT, 1);
	return owner_run_until_done(&owner) ? 0 : -1;
}

static int group_teardown(void **state)
{
	owner_forget(&owner, &picture);
	owner_finish(&owner);
	compositor_finish(&ours);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_flood),
	};

	log_init("test", LOG_LEVEL_WARN);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

/* SPDX-License-Identifier: MIT */
/* What mullion-compositor makes of surfaces: parts, scale, transform, viewport, one colour. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "base/io.h"
#include "tests/abandoned_objects.h"
#include "tests/client_globals.h"
#include "tests/compositor.h"
#include "tests/image.h"

#include "single-pixel-buffer-v1-client-protocol.h"
#include "viewporter-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#define WIDTH 64
#define HEIGHT 48
#define SIDE 8 /* of a buffer: four quarters, each of a colour */
#define RED 0xff0000
#define GREEN 0x00ff00
#define BLUE 0x0000ff
#define WHITE 0xffffff

static struct compositor ours;
static struct wl_display *display;
static struct wl_compositor *compositor;
static struct wl_subcompositor *subcompositor;
static struct wl_shm *shm;
static struct xdg_wm_base *wm_base;
static struct wp_viewporter *viewporter;
static struct wp_single_pixel_buffer_manager_v1 *single;
static struct wl_surface *window, *child;
static struct wl_subsurface *subsurface;
static struct wp_viewport *viewport;
static struct wl_buffer *quarters;
static uint32_t *quarters_pixels;
static const char *options;

static void handle_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	xdg_surface_ack_configure(xdg, serial);
}

static const struct xdg_surface_listener xdg_listener = { .configure = handle_configure };

/* Red and green above blue and white. */
static struct wl_buffer *quarters_create(void)
{
	int fd = memfd_create_sealed("quarters", SIDE * SIDE * 4);
	uint32_t *pixels = memfd_map(fd, SIDE * SIDE * 4, 3);

	assert_non_null(pixels);
	for (int i = 0; i < SIDE * SIDE; i++) {
		bool right = i % SIDE >= SIDE / 2, low = i / SIDE >= SIDE / 2;
		pixels[i] = low ? (right ? WHITE : BLUE) : right ? GREEN : RED;
	}
	struct wl_shm_pool *pool = wl_shm_create_pool(shm, fd, SIDE * SIDE * 4);
	struct wl_buffer *buffer =
		wl_shm_pool_create_buffer(pool, 0, SIDE, SIDE, SIDE * 4, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	quarters_pixels = pixels;
	return buffer;
}

/* A window of one colour that fills the output, with a part at (10, 20). */
static int setup(void **state)
{
	const struct client_global globals[] = {
		{ &wl_compositor_interface, 4, &compositor },
		{ &wl_subcompositor_interface, 1, &subcompositor },
		{ &wl_shm_interface, 1, &shm },
		{ &xdg_wm_base_interface, 2, &wm_base },
		{ &wp_viewporter_interface, 1, &viewporter },
		{ &wp_single_pixel_buffer_manager_v1_interface, 1, &single },
	};

	display = wl_display_connect(ours.socket);
	assert_non_null(display);
	assert_true(client_globals_bind(display, globals, sizeof(globals) / sizeof(globals[0])));
	window = wl_compositor_create_surface(compositor);
	struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(wm_base, window);
	xdg_surface_add_listener(xdg, &xdg_listener, NULL);
	xdg_surface_get_toplevel(xdg);
	wl_surface_commit(window);
	assert_true(wl_display_roundtrip(display) >= 0);
	wl_surface_attach(window,
		wp_single_pixel_buffer_manager_v1_create_u32_rgba_buffer(
			single, 0, 0, UINT32_MAX / 2, UINT32_MAX),
		0, 0);
	wp_viewport_set_destination(wp_viewporter_get_viewport(viewporter, window), WIDTH, HEIGHT);
	child = wl_compositor_create_surface(compositor);
	subsurface = wl_subcompositor_get_subsurface(subcompositor, child, window);
	wl_subsurface_set_position(subsurface, 10, 20);
	viewport = wp_viewporter_get_viewport(viewporter, child);
	quarters = quarters_create();
	wl_surface_attach(child, quarters, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	wl_display_disconnect(display);
	return 0;
}

static struct image window_image(void)
{
	return image_make(WIDTH, HEIGHT, 0x00007f);
}

/* Four quarters, each `side` px, at (x, y): by rows. */
static void draw_quarters(const struct image *image, uint32_t x, uint32_t y, uint32_t side,
	const uint32_t colours[static 4])
{
	for (uint32_t i = 0; i < 4; i++)
		image_fill(image, x + i % 2 * side, y + i / 2 * side, side, side, colours[i]);
}

/* Both surfaces' state comes on the screen, and is this. Frees the image. */
static void expect(struct image expected)
{
	size_t difference = 0;

	wl_surface_commit(child);
	wl_surface_commit(window);
	assert_true(wl_display_roundtrip(display) >= 0);
	for (int tries = 0; tries < 200; tries++) {
		struct image shot;
		assert_int_equal(compositor_screenshot(&ours, 0, &shot), 0);
		difference = image_difference(&shot, &expected);
		image_finish(&shot);
		if (difference == 0)
			break;
		usleep(10000);
	}
	image_finish(&expected);
	assert_int_equal(difference, 0);
}

static void test_part(void **state)
{
	struct image image = window_image();

	draw_quarters(&image, 10, 20, 4, (uint32_t[]){ RED, GREEN, BLUE, WHITE });
	expect(image);
	/* Moved, partly out of the window. */
	wl_subsurface_set_position(subsurface, -4, 44);
	image = window_image();
	image_fill(&image, 0, 44, 4, 4, GREEN);
	expect(image);
	/* Beneath the window. */
	wl_subsurface_place_below(subsurface, window);
	expect(window_image());
	wl_subsurface_place_above(subsurface, window);
	wl_subsurface_set_position(subsurface, 0, 0);
	image = window_image();
	draw_quarters(&image, 0, 0, 4, (uint32_t[]){ RED, GREEN, BLUE, WHITE });
	expect(image);
	wl_surface_attach(child, NULL, 0, 0);
	expect(window_image());
}

/* What a part commits is shown with its window, or at once once it may be. */
static void test_synchronized(void **state)
{
	struct image image = window_image();

	draw_quarters(&image, 10, 20, 4, (uint32_t[]){ RED, GREEN, BLUE, WHITE });
	expect(image);
	wl_surface_attach(child, NULL, 0, 0);
	wl_surface_commit(child);
	assert_true(wl_display_roundtrip(display) >= 0);
	struct image shot;
	assert_int_equal(compositor_screenshot(&ours, 0, &shot), 0);
	assert_int_equal(*image_at(&shot, 10, 20), RED);
	image_finish(&shot);
	wl_subsurface_set_desync(subsurface);
	expect(window_image());
}

static void test_transforms(void **state)
{
	static const uint32_t colours[][4] = {
		[WL_OUTPUT_TRANSFORM_NORMAL] = { RED, GREEN, BLUE, WHITE },
		/* The buffer is the picture turned counter-clockwise: it is turned back. */
		[WL_OUTPUT_TRANSFORM_90] = { BLUE, RED, WHITE, GREEN },
		[WL_OUTPUT_TRANSFORM_180] = { WHITE, BLUE, GREEN, RED },
		[WL_OUTPUT_TRANSFORM_270] = { GREEN, WHITE, RED, BLUE },
		[WL_OUTPUT_TRANSFORM_FLIPPED] = { GREEN, RED, WHITE, BLUE },
		[WL_OUTPUT_TRANSFORM_FLIPPED_90] = { RED, BLUE, GREEN, WHITE },
		[WL_OUTPUT_TRANSFORM_FLIPPED_180] = { BLUE, WHITE, RED, GREEN },
		[WL_OUTPUT_TRANSFORM_FLIPPED_270] = { WHITE, GREEN, BLUE, RED },
	};

	for (int i = 0; i < 8; i++) {
		struct image image = window_image();
		draw_quarters(&image, 10, 20, 4, colours[i]);
		wl_surface_set_buffer_transform(child, i);
		wl_surface_attach(child, quarters, 0, 0);
		expect(image);
	}
}

/* A buffer of twice the px has half the size. */
static void test_scale(void **state)
{
	struct image image = window_image();

	draw_quarters(&image, 10, 20, 2, (uint32_t[]){ RED, GREEN, BLUE, WHITE });
	wl_surface_set_buffer_scale(child, 2);
	expect(image);
}

/* The upper half, its own size; then a quarter, drawn larger. */
static void test_viewport(void **state)
{
	struct image image = window_image();

	image_fill(&image, 10, 20, 4, 4, RED);
	image_fill(&image, 14, 20, 4, 4, GREEN);
	wp_viewport_set_source(viewport, 0, 0, wl_fixed_from_int(8), wl_fixed_from_int(4));
	expect(image);
	image = window_image();
	image_fill(&image, 10, 20, 20, 12, WHITE);
	wp_viewport_set_source(viewport, wl_fixed_from_int(5), wl_fixed_from_int(5),
		wl_fixed_from_int(2), wl_fixed_from_int(2));
	wp_viewport_set_destination(viewport, 20, 12);
	expect(image);
}

/* A row of px, half red, half green, in 20x12 px. */
static void attach_row(int width)
{
	const int size_bytes = width * 4;
	int fd = memfd_create_sealed("wide", size_bytes);
	uint32_t *pixels = memfd_map(fd, size_bytes, 3);

	assert_non_null(pixels);
	for (int i = 0; i < width; i++)
		pixels[i] = i < width / 2 ? RED : GREEN;
	struct wl_shm_pool *pool = wl_shm_create_pool(shm, fd, size_bytes);
	wl_surface_attach(child,
		wl_shm_pool_create_buffer(pool, 0, width, 1, size_bytes, WL_SHM_FORMAT_XRGB8888), 0,
		0);
	wl_shm_pool_destroy(pool);
	close(fd);
	wl_surface_damage_buffer(child, 0, 0, INT32_MAX, INT32_MAX);
	wp_viewport_set_destination(viewport, 20, 12);
}

/* More than GL takes for a texture is drawn all the same; more than anything takes is black. */
static void test_wide(void **state)
{
	struct image image = window_image();

	attach_row(25000);
	image_fill(&image, 10, 20, 10, 12, RED);
	image_fill(&image, 20, 20, 10, 12, GREEN);
	expect(image);
	attach_row(40000);
	image = window_image();
	image_fill(&image, 10, 20, 20, 12, 0);
	expect(image);
}

/* A buffer drawn into again: what is damaged is new, px for px. */
static void test_damage(void **state)
{
	struct image image = window_image();

	draw_quarters(&image, 10, 20, 4, (uint32_t[]){ RED, GREEN, BLUE, WHITE });
	expect(image);
	for (int i = 0; i < SIDE; i++)
		quarters_pixels[i * SIDE + 2] = WHITE;
	wl_surface_attach(child, quarters, 0, 0);
	wl_surface_damage_buffer(child, 2, 1, 1, SIDE - 2);
	image = window_image();
	draw_quarters(&image, 10, 20, 4, (uint32_t[]){ RED, GREEN, BLUE, WHITE });
	image_fill(&image, 12, 21, 1, SIDE - 2, WHITE);
	expect(image);
	/* In the surface's own coordinates. */
	wl_surface_attach(child, quarters, 0, 0);
	wl_surface_damage(child, 0, 0, SIDE, 1);
	image = window_image();
	draw_quarters(&image, 10, 20, 4, (uint32_t[]){ RED, GREEN, BLUE, WHITE });
	image_fill(&image, 12, 20, 1, SIDE - 1, WHITE);
	expect(image);
}

/* A client that cuts the memory of its picture short ends alone. */
static void test_cut_short(void **state)
{
	struct image image = window_image();
	int fd = memfd_create("short", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, SIDE * 4096), 0);
	struct wl_shm_pool *pool = wl_shm_create_pool(shm, fd, SIDE * 4096);
	wl_surface_attach(child,
		wl_shm_pool_create_buffer(pool, 0, SIDE, SIDE, 4096, WL_SHM_FORMAT_XRGB8888), 0, 0);
	assert_true(wl_display_roundtrip(display) >= 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
	wl_surface_commit(child);
	wl_surface_commit(window);
	while (wl_display_roundtrip(display) >= 0)
		usleep(10000);
	assert_int_equal(wl_display_get_error(display), EPROTO);
	wl_display_disconnect(display);
	assert_int_equal(setup(state), 0);
	draw_quarters(&image, 10, 20, 4, (uint32_t[]){ RED, GREEN, BLUE, WHITE });
	expect(image);
}

static int group_setup(void **state)
{
	int ret = compositor_init(&ours, COMPOSITOR_MULLION, 1, WIDTH, HEIGHT);
	return ret < 0 ? ret : compositor_start(&ours, options);
}

static int group_teardown(void **state)
{
	compositor_finish(&ours);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_part, setup, teardown),
		cmocka_unit_test_setup_teardown(test_synchronized, setup, teardown),
		cmocka_unit_test_setup_teardown(test_transforms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scale, setup, teardown),
		cmocka_unit_test_setup_teardown(test_viewport, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wide, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_short, setup, teardown),
	};

	options = "--renderer pixman";
	int failed = cmocka_run_group_tests_name("pixman", tests, group_setup, group_teardown);
	options = "--renderer gl";
	return failed + cmocka_run_group_tests_name("gl", tests, group_setup, group_teardown);
}

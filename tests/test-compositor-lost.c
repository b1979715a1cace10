/* SPDX-License-Identifier: MIT */
/* GL is lost while clients are shown, and comes back: the picture is the same throughout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <epoxy/gl.h>

#include "base/io.h"
#include "base/log.h"
#include "compositor/headless.h"
#include "compositor/paint/painter.h"
#include "tests/abandoned_objects.h"
#include "tests/compositor_world.h"
#include "tests/pinned.h"

#define WIDTH 64
#define HEIGHT 48
#define SIZE_BYTES (WIDTH * HEIGHT * 4)
#define RED 0xff0000
#define BLUE 0x0000ff

static struct world world;
static struct world_client client;
static struct world_window window;
static struct headless *headless;
static uint32_t *pixels; /* of the window's buffer */
static struct wl_buffer *buffer;

static int setup(void **state)
{
	world_init(&world);
	world.config->renderer = CONFIG_RENDERER_GL;
	struct config_output *output = config_add_output(world.config, "HEADLESS-1");
	output->mode = (struct screen_mode){ .width_px = WIDTH, .height_px = HEIGHT };
	headless = headless_create(&world.server);
	assert_non_null(headless);
	pin_libraries();
	world_client_init(&client, &world, 0);
	world_window_init(&window, &client, "window", NULL);
	int fd = memfd_create_sealed("picture", SIZE_BYTES);
	pixels = memfd_map(fd, SIZE_BYTES, 3);
	assert_non_null(pixels);
	struct wl_shm_pool *pool = wl_shm_create_pool(client.shm, fd, SIZE_BYTES);
	buffer = wl_shm_pool_create_buffer(
		pool, 0, WIDTH, HEIGHT, WIDTH * 4, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	return 0;
}

static int teardown(void **state)
{
	munmap(pixels, SIZE_BYTES);
	world_client_finish(&client);
	server_drop_clients(&world.server);
	headless_destroy(headless);
	world_finish(&world);
	return 0;
}

/* All rows from there on have the colour, and nothing else is new. */
static void draw(int from_row, uint32_t colour)
{
	for (int i = from_row * WIDTH; i < WIDTH * HEIGHT; i++)
		pixels[i] = colour;
	wl_surface_attach(window.surface, buffer, 0, 0);
	wl_surface_damage_buffer(window.surface, 0, from_row, WIDTH, HEIGHT - from_row);
	wl_surface_commit(window.surface);
	world_sync(&client);
}

struct shown {
	const struct painter *not_by;
	uint32_t top, bottom;
};

static bool is_shown(void *data)
{
	const struct shown *shown = data;
	struct screen *screen = screen_find(&world.server, "HEADLESS-1");
	pixman_image_t *image = pixman_image_create_bits(PIXMAN_x8r8g8b8, WIDTH, HEIGHT, NULL, 0);
	bool is_read = screen->interface->capture(screen, image, 0, 0) == 0;
	const uint32_t *px = pixman_image_get_data(image);
	uint32_t top = px[0] & 0xffffff, bottom = px[WIDTH * HEIGHT - 1] & 0xffffff;

	pixman_image_unref(image);
	return is_read && world.server.painters.current != shown->not_by && top == shown->top &&
	       bottom == shown->bottom;
}

static GLenum reset(void)
{
	return GL_GUILTY_CONTEXT_RESET_EXT;
}

static void test_lost(void **state)
{
	struct painters *painters = &world.server.painters;
	struct shown shown = { painters->pixman, RED, RED };

	draw(0, RED);
	world_run_until(&world, is_shown, &shown);
	draw(HEIGHT / 2, BLUE);
	shown.bottom = BLUE;
	world_run_until(&world, is_shown, &shown);

	__typeof__(epoxy_glGetGraphicsResetStatusEXT) asked = epoxy_glGetGraphicsResetStatusEXT;
	epoxy_glGetGraphicsResetStatusEXT = reset;
	draw(HEIGHT - 1, RED);
	shown = (struct shown){ painters->gl, RED, RED };
	world_run_until(&world, is_shown, &shown);
	assert_ptr_equal(painters->current, painters->pixman);
	epoxy_glGetGraphicsResetStatusEXT = asked;

	/* Without a word from the client, all of it. */
	shown.not_by = painters->pixman;
	world_run_until(&world, is_shown, &shown);
	draw(HEIGHT - 1, BLUE);
	shown.bottom = BLUE;
	world_run_until(&world, is_shown, &shown);
	assert_ptr_equal(painters->current, painters->gl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

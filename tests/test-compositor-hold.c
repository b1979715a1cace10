/* SPDX-License-Identifier: MIT */
/* Commits that wait until their pictures are drawn, as what stands for dma-bufs says. */
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "compositor/shell/toplevel.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/dmabuf.h"
#include "compositor/surface/subsurface.h"
#include "compositor/surface/surface.h"
#include "tests/abandoned_objects.h"
#include "tests/compositor_world.h"
#include "tests/unit.h"

static struct world world;
static struct world_client client;
static struct world_window window;
static struct surface *surface;

/* One that is not drawn yet. */
struct picture {
	struct buffer *buffer;
	int fd;
};

static void picture_init(struct picture *picture)
{
	const pixman_color_t red = { 0xffff, 0, 0, 0xffff };
	struct dmabuf_plane plane = { .fd = eventfd(0, EFD_CLOEXEC), .stride_bytes = 4 };

	picture->fd = fd_dup(plane.fd);
	picture->buffer = buffer_create_colour(&red);
	picture->buffer->dmabuf = dmabuf_create(1, 1, (struct format){ 0 }, &plane, 1);
}

static void picture_finish(struct picture *picture)
{
	buffer_unref(picture->buffer);
	close(picture->fd);
}

static void picture_draw(const struct picture *picture)
{
	assert_int_equal(eventfd_write(picture->fd, 1), 0);
}

/* As wl_surface.commit does. */
static void commit(struct surface *of, const struct picture *picture)
{
	if (picture) {
		of->pending.buffer = buffer_ref(picture->buffer);
		of->pending.attached = true;
		buffer_use(picture->buffer);
	}
	of->pending.is_new = true;
	hold_take(of);
	if (!of->hold.is_held && (!of->subsurface || !subsurface_is_synchronized(of->subsurface)))
		hold_apply(of);
}

static struct surface *shows_surface;

static bool shows(void *data)
{
	return shows_surface->current.buffer == ((struct picture *)data)->buffer;
}

static void run_until_shown(struct surface *of, struct picture *picture)
{
	shows_surface = of;
	world_run_until(&world, shows, picture);
}

static int setup(void **state)
{
	world_init(&world);
	world_add_whole(&world, "S-1", 100, 50);
	world_client_init(&client, &world, 0);
	world_window_init(&window, &client, "A", "S-1");
	world_sync(&client);
	surface = container_of(world.server.mapped.next, struct toplevel, mapped_link)->surface;
	return 0;
}

static int teardown(void **state)
{
	world_client_finish(&client);
	world_finish(&world);
	return 0;
}

/* A commit is not given up for one behind it; of those only the newest counts. */
static void test_order(void **state)
{
	struct buffer *before = surface->current.buffer;
	struct picture pictures[3];

	for (int i = 0; i < 3; i++) {
		picture_init(&pictures[i]);
		commit(surface, &pictures[i]);
		assert_ptr_equal(surface->current.buffer, before);
	}
	picture_draw(&pictures[2]);
	world_sync(&client);
	assert_ptr_equal(surface->current.buffer, before);
	assert_int_equal(pictures[1].buffer->n_uses, 0);
	picture_draw(&pictures[0]);
	run_until_shown(surface, &pictures[2]);
	assert_int_equal(pictures[0].buffer->n_uses, 0);
	for (int i = 0; i < 3; i++)
		picture_finish(&pictures[i]);
}

/* What waits when it is made to wait for its parent comes with that, and drawn. */
static void test_child(void **state)
{
	struct wl_surface *wl_child = wl_compositor_create_surface(client.compositor);
	struct wl_subsurface *wl_subsurface =
		wl_subcompositor_get_subsurface(client.subcompositor, wl_child, window.surface);
	struct picture first, late;

	wl_subsurface_set_desync(wl_subsurface);
	world_sync(&client);
	commit(surface, NULL);
	struct surface *child =
		container_of(surface->stack.prev, struct surface_node, link)->surface;
	assert_ptr_not_equal(child, surface);
	picture_init(&first);
	picture_init(&late);
	commit(child, &first);
	commit(child, &late);
	wl_subsurface_set_sync(wl_subsurface);
	world_sync(&client);
	commit(surface, NULL);
	picture_draw(&first);
	for (int i = 0; i < 3; i++)
		world_sync(&client);
	assert_ptr_not_equal(child->current.buffer, late.buffer);
	picture_draw(&late);
	run_until_shown(child, &late);
	picture_finish(&first);
	picture_finish(&late);
	wl_subsurface_destroy(wl_subsurface);
	wl_surface_destroy(wl_child);
}

/* What waited with a surface for its parent does so no more, though that is not drawn yet. */
static void test_grandchild(void **state)
{
	struct wl_surface *wl_child = wl_compositor_create_surface(client.compositor);
	struct wl_surface *wl_grandchild = wl_compositor_create_surface(client.compositor);
	struct wl_subsurface *of_child =
		wl_subcompositor_get_subsurface(client.subcompositor, wl_child, window.surface);
	struct wl_subsurface *of_grandchild =
		wl_subcompositor_get_subsurface(client.subcompositor, wl_grandchild, wl_child);
	struct picture drawn, late;

	wl_subsurface_set_desync(of_grandchild);
	world_sync(&client);
	struct surface *child =
		container_of(surface->pending_stack.prev, struct surface_node, pending_link)
			->surface;
	struct surface *grandchild =
		container_of(child->pending_stack.prev, struct surface_node, pending_link)->surface;
	commit(child, NULL);
	commit(surface, NULL);
	picture_init(&drawn);
	picture_draw(&drawn);
	picture_init(&late);
	commit(grandchild, &drawn);
	commit(child, &late);
	world_sync(&client);
	assert_null(grandchild->current.buffer);
	wl_subsurface_set_desync(of_child);
	world_sync(&client);
	assert_null(child->current.buffer);
	picture_draw(&late);
	run_until_shown(child, &late);
	assert_ptr_equal(grandchild->current.buffer, drawn.buffer);
	picture_finish(&drawn);
	picture_finish(&late);
	wl_subsurface_destroy(of_grandchild);
	wl_subsurface_destroy(of_child);
	wl_surface_destroy(wl_grandchild);
	wl_surface_destroy(wl_child);
}

/* Where a part is, and beneath what, is the commit's too, not what was asked for after that. */
static void test_parts(void **state)
{
	struct wl_surface *wl_child = wl_compositor_create_surface(client.compositor);
	struct wl_subsurface *wl_subsurface =
		wl_subcompositor_get_subsurface(client.subcompositor, wl_child, window.surface);
	struct picture late;

	wl_subsurface_set_position(wl_subsurface, 3, 4);
	world_sync(&client);
	picture_init(&late);
	commit(surface, &late);
	wl_subsurface_set_position(wl_subsurface, 30, 40);
	wl_subsurface_place_below(wl_subsurface, window.surface);
	world_sync(&client);
	picture_draw(&late);
	run_until_shown(surface, &late);
	struct surface *child =
		container_of(surface->stack.prev, struct surface_node, link)->surface;
	assert_ptr_not_equal(child, surface);
	assert_int_equal(child->subsurface->x, 3);
	commit(surface, NULL);
	assert_int_equal(child->subsurface->x, 30);
	assert_ptr_equal(surface->stack.prev, &surface->self.link);
	picture_finish(&late);
	wl_subsurface_destroy(wl_subsurface);
	wl_surface_destroy(wl_child);
}

/* A part that is new is waited for as well. */
static void test_new_part(void **state)
{
	struct wl_surface *wl_child = wl_compositor_create_surface(client.compositor);
	struct wl_subsurface *wl_subsurface =
		wl_subcompositor_get_subsurface(client.subcompositor, wl_child, window.surface);
	struct picture late;

	world_sync(&client);
	struct surface *child =
		container_of(surface->pending_stack.prev, struct surface_node, pending_link)
			->surface;
	picture_init(&late);
	commit(child, &late);
	commit(surface, NULL);
	assert_null(child->current.buffer);
	picture_draw(&late);
	run_until_shown(child, &late);
	picture_finish(&late);
	wl_subsurface_destroy(wl_subsurface);
	wl_surface_destroy(wl_child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_child, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grandchild, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new_part, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

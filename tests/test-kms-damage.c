/* SPDX-License-Identifier: MIT */
/*
 * Frames at random, of planes and a canvas together: what is painted for each is compared
 * with the same scene painted whole. The driver refuses some, and who paints changes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "base/io.h"
#include "base/log.h"
#include "compositor/kms/canvas.h"
#include "compositor/kms/planes.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/painters.h"
#include "compositor/paint/pixman_painter.h"
#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/dmabuf.h"
#include "tests/fake_planes.h"

#define FRAMES 1000
#define ITEMS_MAX 40 /* more than there are layers */
#define ITEMS_FEW 7

static struct kms_device device;
static struct kms_planes planes;
static struct kms_canvas canvas;
static struct kms_state_head state;
static struct painters painters;
static struct loop loop;
static struct ways ways;
static struct scene_item items[ITEMS_MAX];
static struct scene scene = { .items = items };
static uint32_t n_most;
static pixman_region32_t damage;

/* -- chance, the same each time -- */

static uint32_t chance;

static uint32_t random_below(uint32_t n)
{
	chance = chance * 1664525 + 1013904223;
	return (chance >> 8) % n;
}

/* -- a painter in the place of GL, which paints by pixman -- */

struct double_target {
	struct target target;
	pixman_image_t *image;
	struct target *inner;
};

static int paint_error;

static struct target *double_create(struct painter *painter, uint32_t width_px, uint32_t height_px,
	const struct formats *formats)
{
	struct dmabuf_plane plane = { .fd = eventfd(1, EFD_CLOEXEC), .stride_bytes = width_px * 4 };
	struct double_target *target = calloc(1, sizeof(*target));

	target->image = pixman_image_create_bits(PIXMAN_x8r8g8b8, width_px, height_px, NULL, 0);
	target->inner = pixman_target_create(painters.pixman, target->image);
	target->target.dmabuf = dmabuf_create(width_px, height_px,
		(struct format){ DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR }, &plane, 1);
	return &target->target;
}

static struct double_target *double_of(struct target *target)
{
	return container_of(target, struct double_target, target);
}

static void double_finish(struct target *target)
{
	target_destroy(double_of(target)->inner);
	pixman_image_unref(double_of(target)->image);
	dmabuf_unref(target->dmabuf);
}

static int double_paint(struct target *target, const struct scene *of,
	const pixman_region32_t *where, int *fence_fd)
{
	return paint_error ? paint_error
			   : target_paint(double_of(target)->inner, of, where, fence_fd);
}

static int double_read(struct target *target, pixman_image_t *image, int32_t x_px, int32_t y_px)
{
	return target_read(double_of(target)->inner, image, x_px, y_px);
}

static void double_destroy(struct painter *painter)
{
	free(painter);
}

static const struct painter_interface double_interface = {
	.create_target = double_create,
	.finish_target = double_finish,
	.paint = double_paint,
	.read = double_read,
	.destroy = double_destroy,
};

static void painters_change(void)
{
	if (painters.gl) {
		paint_error = -ENODEV;
		return;
	}
	paint_error = 0;
	painters.gl = calloc(1, sizeof(*painters.gl));
	painter_init(painters.gl, &double_interface, "the test");
	painters.current = painters.gl;
}

/* -- scenes -- */

static void damage_box(const pixman_box32_t *box)
{
	pixman_region32_union_rect(
		&damage, &damage, box->x1, box->y1, box->x2 - box->x1, box->y2 - box->y1);
	pixman_region32_intersect_rect(&damage, &damage, 0, 0, FAKE_WIDTH, FAKE_HEIGHT);
}

static void handle_change(struct painters *changed)
{
	damage_box(&(pixman_box32_t){ 0, 0, FAKE_WIDTH, FAKE_HEIGHT });
}

/* A picture in one colour; one that may go on a plane is a dma-buf besides. */
static void item_fill(struct scene_item *item)
{
	bool has_alpha = random_below(3) == 0;
	uint32_t width = item->box.x2 - item->box.x1, height = item->box.y2 - item->box.y1;
	const pixman_color_t colour = { random_below(0x8000), random_below(0x8000),
		random_below(0x8000), has_alpha ? 0x8000 : 0xffff };
	pixman_image_t *image = pixman_image_create_bits(
		has_alpha ? PIXMAN_a8r8g8b8 : PIXMAN_x8r8g8b8, width, height, NULL, 0);
	struct dmabuf_plane plane = { .stride_bytes = width * 4 };
	const struct format format = { has_alpha ? DRM_FORMAT_ARGB8888 : DRM_FORMAT_XRGB8888,
		DRM_FORMAT_MOD_LINEAR };

	pixman_image_fill_boxes(
		PIXMAN_OP_SRC, image, &colour, 1, &(pixman_box32_t){ 0, 0, width, height });
	buffer_unref(item->buffer);
	item->buffer = buffer_create_picture(image);
	pixman_image_unref(image);
	item->is_opaque = !has_alpha;
	damage_box(&item->clip);
	if (item->is_cursor || random_below(4) == 0)
		return;
	plane.fd = eventfd(1, EFD_CLOEXEC);
	item->buffer->dmabuf = dmabuf_create(width, height, format, &plane, 1);
}

static void item_place(struct scene_item *item, const pixman_box32_t *box)
{
	damage_box(&item->clip);
	item->box = item->clip = *box;
	item->to_buffer = (struct pixman_f_transform){ { { 1, 0, -box->x1 }, { 0, 1, -box->y1 },
		{ 0, 0, 1 } } };
	damage_box(&item->clip);
}

static char *surfaces; /* none, but each another one */

/* The pointer's picture is the topmost. */
static void scene_add(bool is_cursor)
{
	uint32_t side = is_cursor ? 16 : 32 + random_below(3) * 16;
	int32_t x = random_below(12) * 16, y = random_below(8) * 16;
	bool has_cursor = scene.n_items > 0 && items[scene.n_items - 1].is_cursor;
	uint32_t at = scene.n_items - has_cursor;

	if (scene.n_items == n_most || (is_cursor && has_cursor))
		return;
	if (has_cursor)
		items[at + 1] = items[at];
	items[at] = (struct scene_item){
		.is_cursor = is_cursor,
		.surface = is_cursor ? NULL : (struct surface *)++surfaces,
	};
	scene.n_items++;
	item_place(&items[at], random_below(n_most) == 0 && !is_cursor
				       ? &(pixman_box32_t){ 0, 0, FAKE_WIDTH, FAKE_HEIGHT }
				       : &(pixman_box32_t){ x, y, x + side, y + side });
	item_fill(&items[at]);
}

static void scene_remove(uint32_t at)
{
	damage_box(&items[at].clip);
	buffer_unref(items[at].buffer);
	scene.n_items--;
	for (uint32_t i = at; i < scene.n_items; i++)
		items[i] = items[i + 1];
}

static void scene_move(uint32_t at)
{
	int32_t width = items[at].box.x2 - items[at].box.x1;
	int32_t height = items[at].box.y2 - items[at].box.y1;
	int32_t x = random_below(12) * 16, y = random_below(8) * 16;

	if (width < FAKE_WIDTH)
		item_place(&items[at], &(pixman_box32_t){ x, y, x + width, y + height });
}

/* Often nothing but what pictures show, so that they stay where they are. */
static void scene_change(void)
{
	uint32_t at = scene.n_items ? random_below(scene.n_items) : 0;

	switch (random_below(12)) {
	case 0:
		for (uint32_t n = n_most / ITEMS_FEW; n > 0; n--)
			scene_add(false);
		break;
	case 1:
		scene_add(true);
		break;
	case 2:
		if (scene.n_items)
			scene_remove(at);
		break;
	case 3:
		if (scene.n_items)
			scene_move(at);
		break;
	case 4:
		if (random_below(4) == 0)
			painters_change();
		break;
	default:
		if (scene.n_items)
			item_fill(&items[at]);
		break;
	}
}

/* -- a frame, as heads show it -- */

static struct target *whole;
static pixman_image_t *seen, *wanted;

/* What an opaque picture on a plane hides may be any. */
static void compare(void)
{
	const pixman_box32_t all = { 0, 0, FAKE_WIDTH, FAKE_HEIGHT };
	const pixman_color_t black = { 0, 0, 0, 0xffff };
	pixman_region32_t region;
	int fence_fd = -1;

	pixman_region32_init_with_extents(&region, &all);
	assert_int_equal(target_paint(whole, &planes.rest, &region, &fence_fd), 0);
	pixman_region32_fini(&region);
	assert_int_equal(target_read(whole, wanted, 0, 0), 0);
	assert_int_equal(kms_canvas_read(&canvas, seen, 0, 0), 0);
	for (uint32_t i = 0; i < planes.layers.n; i++) {
		const struct kms_layer *layer = &planes.layers.items[i];
		if (planes.allocation.planes[i] == KMS_NONE || !layer->is_opaque)
			continue;
		pixman_image_fill_boxes(PIXMAN_OP_SRC, seen, &black, 1, &layer->box);
		pixman_image_fill_boxes(PIXMAN_OP_SRC, wanted, &black, 1, &layer->box);
	}
	const uint32_t *a = pixman_image_get_data(seen), *b = pixman_image_get_data(wanted);
	for (uint32_t i = 0; i < FAKE_WIDTH * FAKE_HEIGHT; i++) {
		if ((a[i] ^ b[i]) & 0xffffff)
			fail_msg("frame %u: px %u,%u is %06x and not %06x", (unsigned)ways.n_frames,
				i % FAKE_WIDTH, i / FAKE_WIDTH, a[i] & 0xffffff, b[i] & 0xffffff);
	}
}

static void frame_paint(void)
{
	int fence_fd = -1;

	planes.not_before_ns = 0;
	kms_planes_spread(&planes, &scene, &damage, &state, kms_canvas_framebuffer(&canvas));
	if (planes.allocation.is_composed)
		assert_int_equal(kms_canvas_paint(&canvas, &planes.rest, &planes.damage,
					 &state.picture.framebuffer, &fence_fd),
			0);
}

/* Clients may draw to all but what is on planes. */
static void expect_uses(void)
{
	for (uint32_t i = 0; i < planes.layers.n; i++)
		assert_int_equal(planes.layers.items[i].buffer->n_uses,
			planes.allocation.planes[i] != KMS_NONE);
	for (uint32_t i = 0; i < device.n_others; i++) {
		bool is_used = false;
		for (uint32_t j = 0; j < state.n_overlays; j++)
			is_used = is_used || state.overlays[j].plane == i;
		assert_int_equal(device.others[i].crtc, is_used ? 0 : KMS_NONE);
	}
}

static void frame(void)
{
	struct kms_state_head before = state;
	uint32_t answer = random_below(10);

	frame_paint();
	if (answer == 0) { /* -EBUSY */
		state = before;
		return;
	}
	if (answer == 1 && kms_planes_give_up(&planes)) /* -EINVAL */
		frame_paint();
	if (planes.allocation.is_composed)
		kms_canvas_swap(&canvas);
	kms_planes_given(&planes, &state, &scene, &ways);
	if (planes.allocation.is_composed)
		compare();
	pixman_region32_clear(&damage);
	if (answer != 2) { /* else nobody tells */
		kms_planes_shown(&planes, &state);
		expect_uses();
	}
	planes.cursor.is_refused = false;
}

static void run(uint32_t seed)
{
	chance = seed;
	n_most = seed % 2 ? ITEMS_FEW : ITEMS_MAX;
	fake_planes_init(&device);
	state = (struct kms_state_head){ .width_px = FAKE_WIDTH, .height_px = FAKE_HEIGHT };
	ways = (struct ways){ 0 };
	paint_error = 0;
	pixman_region32_init_rect(&damage, 0, 0, FAKE_WIDTH, FAKE_HEIGHT);
	assert_int_equal(loop_init(&loop), 0);
	assert_int_equal(painters_init(&painters, &loop, handle_change), 0);
	assert_int_equal(kms_planes_init(&planes, &device), 0);
	assert_int_equal(kms_canvas_init(&canvas, &painters, &device.planes[0].formats, device.fd,
				 FAKE_WIDTH, FAKE_HEIGHT),
		0);
	whole = target_create(painters.pixman, FAKE_WIDTH, FAKE_HEIGHT, NULL);
	seen = pixman_image_create_bits(PIXMAN_x8r8g8b8, FAKE_WIDTH, FAKE_HEIGHT, NULL, 0);
	wanted = pixman_image_create_bits(PIXMAN_x8r8g8b8, FAKE_WIDTH, FAKE_HEIGHT, NULL, 0);
	for (uint32_t i = 0; i < FRAMES; i++) {
		for (uint32_t n = random_below(3); n > 0; n--)
			scene_change();
		frame();
		if (random_below(100) == 0) {
			kms_planes_forget(&planes);
			handle_change(&painters);
		}
	}
	assert_true(ways.n_scanned_out > 0 && ways.n_scanned_out < ways.n_frames);
	while (scene.n_items > 0)
		scene_remove(0);
	pixman_image_unref(wanted);
	pixman_image_unref(seen);
	target_destroy(whole);
	kms_planes_finish(&planes);
	kms_canvas_finish(&canvas);
	painters_finish(&painters);
	loop_finish(&loop);
	pixman_region32_fini(&damage);
	fake_planes_finish(&device);
}

static void test_random(void **unused)
{
	for (uint32_t seed = 1; seed <= 4; seed++)
		run(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

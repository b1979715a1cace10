/* SPDX-License-Identifier: MIT */
/* Which picture goes on which plane, of a card that refuses on demand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "base/log.h"
#include "compositor/kms/plane.h"
#include "compositor/kms/planes.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/dmabuf.h"
#include "tests/fake_planes.h"

#define PAINTED 999 /* the framebuffer of what is painted */
#define ITEMS_MAX 64

static struct kms_device device;
static struct kms_planes planes;
static struct kms_state_head state;
static struct ways ways;
static struct scene scene;
static struct scene_item items[ITEMS_MAX];

/* -- a scene -- */

static struct buffer *buffer_of_dmabuf(uint32_t width, uint32_t height, uint32_t fourcc)
{
	struct dmabuf_plane plane = { .fd = eventfd(0, EFD_CLOEXEC), .stride_bytes = width * 4 };
	struct buffer *buffer = calloc(1, sizeof(*buffer));

	wl_signal_init(&buffer->gone);
	buffer->kind = BUFFER_DMABUF;
	buffer->width_px = width;
	buffer->height_px = height;
	buffer->dmabuf = dmabuf_create(
		width, height, (struct format){ fourcc, DRM_FORMAT_MOD_LINEAR }, &plane, 1);
	return buffer_ref(buffer);
}

/* px for px, the scene's topmost; its buffer is the scene's. */
static struct scene_item *add(struct buffer *take_buffer, int32_t x, int32_t y)
{
	struct scene_item *item = &items[scene.n_items++];
	const pixman_box32_t box = { x, y, x + take_buffer->width_px, y + take_buffer->height_px };

	*item = (struct scene_item){
		.buffer = take_buffer,
		.to_buffer = { { { 1, 0, -x }, { 0, 1, -y }, { 0, 0, 1 } } },
		.box = box,
		.clip = box,
		.is_opaque = buffer_is_opaque(take_buffer),
	};
	return item;
}

static struct scene_item *add_window(void)
{
	return add(buffer_of_dmabuf(FAKE_WIDTH, FAKE_HEIGHT, DRM_FORMAT_XRGB8888), 0, 0);
}

static struct scene_item *add_part(int32_t x, int32_t y)
{
	return add(buffer_of_dmabuf(64, 64, DRM_FORMAT_XRGB8888), x, y);
}

static struct scene_item *add_colour(int32_t x, int32_t y, int32_t side)
{
	const pixman_color_t red = { 0xffff, 0, 0, 0xffff };
	struct scene_item *item = add(buffer_create_colour(&red), x, y);

	item->box.x2 = item->clip.x2 = x + side;
	item->box.y2 = item->clip.y2 = y + side;
	return item;
}

static void scene_empty(void)
{
	for (uint32_t i = 0; i < scene.n_items; i++)
		buffer_unref(items[i].buffer);
	scene.n_items = 0;
}

static int setup(void **unused)
{
	fake_planes_init(&device);
	scene.items = items;
	state = (struct kms_state_head){ .width_px = FAKE_WIDTH, .height_px = FAKE_HEIGHT };
	ways = (struct ways){ 0 };
	return kms_planes_init(&planes, &device);
}

static int teardown(void **unused)
{
	scene_empty();
	kms_planes_finish(&planes);
	fake_planes_finish(&device);
	return 0;
}

/* -- frames -- */

static void frame_with(const pixman_box32_t *damage)
{
	pixman_region32_t region;

	pixman_region32_init_rect(
		&region, damage->x1, damage->y1, damage->x2 - damage->x1, damage->y2 - damage->y1);
	kms_planes_spread(&planes, &scene, &region, &state, PAINTED);
	kms_planes_given(&planes, &state, &scene, &ways);
	kms_planes_shown(&planes, &state);
	pixman_region32_fini(&region);
}

static bool is_new(void)
{
	for (uint32_t i = 0; i < ways.n && i < WAYS_MAX; i++) {
		if (ways.items[i].reason == WAY_REASON_NEW)
			return true;
	}
	return false;
}

/* The first frame of a layout is painted; one of the next is as it stays. */
static void frames(void)
{
	static const pixman_box32_t all = { 0, 0, FAKE_WIDTH, FAKE_HEIGHT };

	frame_with(&all);
	for (int tries = 0; tries < 10000; tries++) {
		frame_with(&all);
		if (!is_new())
			return;
		usleep(1000);
	}
	fail_msg("no search");
}

static void expect(uint32_t item, enum way way, enum way_reason reason)
{
	assert_string_equal(way_text(ways.items[item].way), way_text(way));
	assert_int_equal(ways.items[item].reason, reason);
}

/* -- one window -- */

static void test_full_screen(void **unused)
{
	add_window();
	frame_with(&(pixman_box32_t){ 0, 0, 1, 1 });
	expect(0, WAY_PAINTED, WAY_REASON_NEW);
	assert_int_equal(state.picture.framebuffer, PAINTED);
	frames();
	expect(0, WAY_PRIMARY, WAY_REASON_NONE);
	assert_false(ways.is_composed);
	assert_int_equal(state.n_overlays, 0);
	uint64_t framebuffer = state.picture.framebuffer;
	assert_int_not_equal(framebuffer, PAINTED);
	/* Another buffer of the same kind: nothing is asked. */
	unsigned n_tests = fake_planes.n_tests;
	scene_empty();
	add_window();
	frame_with(&(pixman_box32_t){ 0, 0, 1, 1 });
	expect(0, WAY_PRIMARY, WAY_REASON_NONE);
	assert_int_not_equal(state.picture.framebuffer, framebuffer);
	assert_int_equal(fake_planes.n_tests, n_tests);
	assert_int_equal(ways.n_frames, 4);
	assert_int_equal(ways.n_scanned_out, 3);
}

static void test_refused(void **unused)
{
	fake_planes.refuses[FAKE_PRIMARY] = true;
	add_window();
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_REFUSED);
	assert_int_equal(state.picture.framebuffer, PAINTED);
	assert_int_equal(planes.rest.n_items, 1);
}

static void test_no_framebuffer(void **unused)
{
	fake_planes.makes_no_framebuffers = true;
	add_window();
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_NO_FRAMEBUFFER);
	assert_int_equal(fake_planes.n_tests, 0);
}

static void test_format(void **unused)
{
	add(buffer_of_dmabuf(FAKE_WIDTH, FAKE_HEIGHT, DRM_FORMAT_XBGR8888), 0, 0);
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_FORMAT);
}

/* Alpha makes no difference where there is nothing beneath, and some where there is. */
static void test_alpha(void **unused)
{
	add(buffer_of_dmabuf(FAKE_WIDTH, FAKE_HEIGHT, DRM_FORMAT_ARGB8888), 0, 0);
	frames();
	expect(0, WAY_PRIMARY, WAY_REASON_NONE);
	assert_int_equal(fake_planes.fourcc, DRM_FORMAT_XRGB8888);
	add(buffer_of_dmabuf(64, 64, DRM_FORMAT_ARGB8888), 10, 10);
	frames();
	expect(1, WAY_OVERLAY, WAY_REASON_NONE);
	assert_int_equal(fake_planes.fourcc, DRM_FORMAT_ARGB8888);
	/* Its client says that there is none. */
	scene_empty();
	add_window();
	add(buffer_of_dmabuf(64, 64, DRM_FORMAT_ARGB8888), 10, 10)->is_opaque = true;
	frames();
	expect(1, WAY_OVERLAY, WAY_REASON_NONE);
	assert_int_equal(fake_planes.fourcc, DRM_FORMAT_XRGB8888);
}

/* What a plane shows with its alpha hides nothing that is painted. */
static void test_alpha_only(void **unused)
{
	for (uint32_t i = 0; i < device.n_planes; i++)
		device.planes[i].formats.n = 0;
	for (uint32_t i = 0; i < device.n_others; i++)
		device.others[i].formats.items[0].fourcc =
			device.others[i].formats.items[1].fourcc = DRM_FORMAT_ARGB8888;
	add(buffer_of_dmabuf(64, 64, DRM_FORMAT_ARGB8888), 10, 10);
	frames();
	expect(0, WAY_OVERLAY, WAY_REASON_NONE);
	assert_int_equal(fake_planes.fourcc, DRM_FORMAT_ARGB8888);
	frame_with(&(pixman_box32_t){ 20, 20, 30, 30 });
	assert_true(pixman_region32_contains_point(&planes.damage, 25, 25, NULL));
}

static void test_turned(void **unused)
{
	add_window()->to_buffer.m[0][0] = -1;
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_TURNED);
}

/* A part of the buffer, twice as large. */
static void test_scaled(void **unused)
{
	struct scene_item *item = add_window();

	item->to_buffer =
		(struct pixman_f_transform){ { { 0.5, 0, 10 }, { 0, 0.5, 20 }, { 0, 0, 1 } } };
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_REFUSED);
	fake_planes.scales = true;
	item->to_buffer.m[0][2] = 11; /* what was refused is not asked for again */
	frames();
	expect(0, WAY_PRIMARY, WAY_REASON_NONE);
	assert_int_equal(state.picture.x, 11 << 16);
	assert_int_equal(state.picture.y, 20 << 16);
	assert_int_equal(state.picture.width, FAKE_WIDTH / 2 << 16);
	assert_int_equal(state.picture.height, FAKE_HEIGHT / 2 << 16);
}

/* -- several -- */

static void test_overlays(void **unused)
{
	add_window();
	add_part(0, 0);
	add_part(100, 0);
	frames();
	expect(0, WAY_PRIMARY, WAY_REASON_NONE);
	expect(1, WAY_OVERLAY, WAY_REASON_NONE);
	expect(2, WAY_OVERLAY, WAY_REASON_NONE);
	assert_int_equal(state.n_overlays, 2);
	/* One too many: one is painted, so all beneath is. */
	add_part(200, 0);
	frames();
	assert_true(ways.is_composed);
	expect(0, WAY_PAINTED, WAY_REASON_COVERED);
	assert_int_equal(state.n_overlays, 2);
	assert_int_equal(planes.rest.n_items, 2);
}

static void test_overlay_refused(void **unused)
{
	fake_planes.refuses[FAKE_OVERLAY] = fake_planes.refuses[FAKE_OVERLAY_ANY] = true;
	add_window();
	add_part(0, 0);
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_COVERED);
	expect(1, WAY_PAINTED, WAY_REASON_REFUSED);
	assert_int_equal(state.n_overlays, 0);
}

/* What is painted is beneath all planes. */
static void test_painted_above(void **unused)
{
	add_window();
	add_part(0, 0);
	add_colour(10, 10, 80);
	frames();
	expect(1, WAY_PAINTED, WAY_REASON_COVERED);
	expect(2, WAY_PAINTED, WAY_REASON_NO_DMABUF);
	/* Beside it, it is beneath nothing. */
	scene_empty();
	add_window();
	add_part(0, 0);
	add_colour(200, 200, 80);
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_COVERED);
	expect(1, WAY_OVERLAY, WAY_REASON_NONE);
	assert_int_equal(planes.rest.n_items, 2);
}

static void test_hidden(void **unused)
{
	add_colour(0, 0, 80);
	add_part(0, 0);
	add_window();
	frames();
	expect(0, WAY_HIDDEN, WAY_REASON_NONE);
	expect(1, WAY_HIDDEN, WAY_REASON_NONE);
	expect(2, WAY_PRIMARY, WAY_REASON_NONE);
}

/* Black has to be painted around it. */
static void test_small(void **unused)
{
	fake_planes.refuses[FAKE_OVERLAY] = fake_planes.refuses[FAKE_OVERLAY_ANY] = true;
	add_part(10, 10);
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_REFUSED);
	assert_int_equal(state.picture.framebuffer, PAINTED);
}

static void test_too_many(void **unused)
{
	for (int i = 0; i < 40; i++)
		add_part(i, 0);
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_MANY);
	assert_int_equal(planes.rest.n_items, 40);
	assert_int_equal(fake_planes.n_tests, 0);
}

/* What moves is painted, and nobody is asked. */
static void test_moving(void **unused)
{
	add_window();
	for (int i = 0; i < 20; i++) {
		add_part(i, 0);
		frame_with(&(pixman_box32_t){ 0, 0, 1, 1 });
		expect(1, WAY_PAINTED, WAY_REASON_NEW);
		buffer_unref(items[--scene.n_items].buffer);
	}
	assert_int_equal(fake_planes.n_tests, 0);
}

/* -- flips, buffers, damage -- */

static void test_flip_refused(void **unused)
{
	pixman_region32_t damage;

	add_window();
	add_part(0, 0);
	frames();
	pixman_region32_init(&damage);
	kms_planes_spread(&planes, &scene, &damage, &state, PAINTED);
	assert_int_equal(state.n_overlays, 1);
	assert_true(kms_planes_give_up(&planes));
	kms_planes_spread(&planes, &scene, &damage, &state, PAINTED);
	assert_int_equal(state.n_overlays, 0);
	assert_int_equal(state.picture.framebuffer, PAINTED);
	assert_int_equal(planes.rest.n_items, 2);
	/* All of it, for the canvas had none of it. */
	assert_int_equal(pixman_region32_extents(&planes.damage)->x2, FAKE_WIDTH);
	kms_planes_given(&planes, &state, &scene, &ways);
	expect(0, WAY_PAINTED, WAY_REASON_FLIP_REFUSED);
	assert_false(kms_planes_give_up(&planes));
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_FLIP_REFUSED);
	pixman_region32_fini(&damage);
}

/* What was painted for a flip that was refused is not what is painted next. */
static void test_flip_busy(void **unused)
{
	static const pixman_box32_t all = { 0, 0, FAKE_WIDTH, FAKE_HEIGHT };
	pixman_region32_t damage;

	add_colour(0, 0, 32);
	add_part(100, 100);
	frame_with(&all);
	pixman_region32_init(&damage);
	for (int tries = 0; tries < 2; tries++) {
		planes.not_before_ns = 0;
		kms_planes_spread(&planes, &scene, &damage, &state, PAINTED);
		assert_int_equal(state.n_overlays, 1);
		assert_true(pixman_region32_contains_point(&planes.damage, 300, 300, NULL));
	}
	/* As it was in the last frame that was shown. */
	assert_true(kms_planes_give_up(&planes));
	kms_planes_spread(&planes, &scene, &damage, &state, PAINTED);
	assert_int_equal(state.n_overlays, 0);
	assert_true(pixman_region32_contains_point(&planes.damage, 110, 110, NULL));
	kms_planes_given(&planes, &state, &scene, &ways);
	kms_planes_spread(&planes, &scene, &damage, &state, PAINTED);
	assert_false(pixman_region32_not_empty(&planes.damage));
	pixman_region32_fini(&damage);
}

/* The next canvas may be smaller. */
static void test_forget(void **unused)
{
	pixman_region32_t damage;

	add_window();
	frames();
	assert_false(ways.is_composed);
	kms_planes_forget(&planes);
	scene_empty();
	state.width_px = state.height_px = 100;
	pixman_region32_init(&damage);
	kms_planes_spread(&planes, &scene, &damage, &state, PAINTED);
	assert_int_equal(pixman_region32_extents(&planes.damage)->x2, 100);
	pixman_region32_fini(&damage);
}

static void handle_gone(struct wl_listener *listener, void *data)
{
	assert_true(wl_list_empty(&listener->link));
	listener->notify = NULL;
}

/* Who made something of a dma-buf is told in turn, and may be gone then. */
static void test_gone(void **unused)
{
	struct wl_listener before = { .notify = handle_gone }, after = { .notify = handle_gone };
	struct buffer *buffer = buffer_of_dmabuf(64, 64, DRM_FORMAT_XRGB8888);

	wl_signal_add(&buffer->dmabuf->destroyed, &before);
	add(buffer, 0, 0);
	frames();
	assert_int_equal(fake_planes.n_framebuffers, 1);
	wl_signal_add(&buffer->dmabuf->destroyed, &after);
	scene_empty();
	frames();
	frames();
	assert_int_equal(fake_planes.n_framebuffers, 0);
	assert_null(before.notify);
	assert_null(after.notify);
}

/* A buffer is in use until another one was shown. */
static void test_uses(void **unused)
{
	pixman_region32_t damage;

	add_window();
	struct buffer *first = buffer_ref(items[0].buffer);
	frames();
	assert_int_equal(first->n_uses, 1);
	scene_empty();
	add_window();
	pixman_region32_init(&damage);
	kms_planes_spread(&planes, &scene, &damage, &state, PAINTED);
	kms_planes_given(&planes, &state, &scene, &ways);
	assert_int_equal(first->n_uses, 1);
	assert_int_equal(items[0].buffer->n_uses, 1);
	kms_planes_shown(&planes, &state);
	assert_int_equal(first->n_uses, 0);
	buffer_unref(first);
	pixman_region32_fini(&damage);
}

/* What a plane hides is painted when it is seen. */
static void test_damage(void **unused)
{
	add_colour(0, 0, 80);
	add_part(0, 0);
	frames();
	expect(1, WAY_OVERLAY, WAY_REASON_NONE);
	frame_with(&(pixman_box32_t){ 10, 10, 20, 20 });
	assert_false(pixman_region32_not_empty(&planes.damage));
	frame_with(&(pixman_box32_t){ 60, 60, 70, 70 });
	assert_false(pixman_region32_contains_point(&planes.damage, 62, 62, NULL));
	assert_true(pixman_region32_contains_point(&planes.damage, 66, 66, NULL));
	buffer_unref(items[--scene.n_items].buffer);
	frame_with(&(pixman_box32_t){ 0, 0, 1, 1 });
	assert_true(pixman_region32_contains_point(&planes.damage, 15, 15, NULL));
}

/* -- the pointer's picture -- */

static struct scene_item *add_cursor(int32_t x, int32_t y)
{
	struct scene_item *item = add_colour(x, y, 32);

	item->is_cursor = true;
	return item;
}

static void test_cursor(void **unused)
{
	add_window();
	add_cursor(-10, 20)->clip.x1 = 0;
	frames();
	expect(0, WAY_PRIMARY, WAY_REASON_NONE);
	expect(1, WAY_CURSOR, WAY_REASON_NONE);
	assert_int_equal(state.n_overlays, 1);
	assert_int_equal(state.overlays[0].plane, FAKE_OTHER(FAKE_CURSOR));
	assert_int_equal(state.overlays[0].picture.box.x1, -10);
	assert_int_equal(state.overlays[0].picture.box.x2, -10 + 64);
	/* It moves, and nothing else does. */
	unsigned n_tests = fake_planes.n_tests;
	items[1].box.y1 = items[1].clip.y1 = 30;
	frame_with(&(pixman_box32_t){ 0, 0, 1, 1 });
	expect(0, WAY_PRIMARY, WAY_REASON_NONE);
	assert_int_equal(fake_planes.n_tests, n_tests);
	/* Larger than the plane. */
	items[1].box.x2 = items[1].clip.x2 = 200;
	frames();
	expect(1, WAY_PAINTED, WAY_REASON_LARGE);
	expect(0, WAY_PAINTED, WAY_REASON_COVERED);
}

/* A guest's pointer is a small picture above its window. */
static void test_small_above(void **unused)
{
	add_window();
	struct scene_item *item = add_colour(10, 10, 32);
	frames();
	expect(1, WAY_PAINTED, WAY_REASON_NO_DMABUF); /* one of our own */
	item->surface = (struct surface *)&scene;     /* a client's */
	frames();
	expect(0, WAY_PRIMARY, WAY_REASON_NONE);
	expect(1, WAY_CURSOR, WAY_REASON_NONE);
	/* The host's own goes first. */
	add_cursor(100, 100);
	frames();
	expect(0, WAY_PAINTED, WAY_REASON_COVERED);
	expect(1, WAY_PAINTED, WAY_REASON_NO_DMABUF);
	expect(2, WAY_CURSOR, WAY_REASON_NONE);
}

static void test_cursor_refused(void **unused)
{
	pixman_region32_t damage;

	add_colour(0, 0, 80);
	add_cursor(10, 10);
	pixman_region32_init(&damage);
	kms_planes_spread(&planes, &scene, &damage, &state, PAINTED);
	assert_int_equal(state.n_overlays, 1);
	assert_true(kms_planes_give_up(&planes));
	kms_planes_spread(&planes, &scene, &damage, &state, PAINTED);
	assert_int_equal(state.n_overlays, 0);
	assert_int_equal(planes.rest.n_items, 2);
	kms_planes_given(&planes, &state, &scene, &ways);
	expect(1, WAY_PAINTED, WAY_REASON_FLIP_REFUSED);
	pixman_region32_fini(&damage);
}

/* -- two CRTCs -- */

/* A plane is one screen's until that shows something else. */
static void test_shared(void **unused)
{
	const struct kms_state_head first = state;
	struct kms_planes other;

	add_window();
	add_part(0, 0);
	add_part(100, 0);
	frames();
	assert_int_equal(state.n_overlays, 2);
	struct kms_planes own = planes;
	struct kms_state_head own_state = state;
	assert_int_equal(kms_planes_init(&other, &device), 0);
	planes = other;
	state = first;
	state.crtc = state.plane = 1;
	frames();
	expect(1, WAY_PAINTED, WAY_REASON_NO_PLANE_LEFT);
	assert_int_equal(state.n_overlays, 0);
	/* The first gives both back. */
	other = planes;
	planes = own;
	state = own_state;
	scene.n_items -= 2;
	frames();
	assert_int_equal(state.n_overlays, 0);
	scene.n_items += 1;
	own = planes;
	planes = other;
	state = first;
	state.crtc = state.plane = 1;
	frames();
	expect(1, WAY_OVERLAY, WAY_REASON_NONE);
	assert_int_equal(state.overlays[0].plane, FAKE_OTHER(FAKE_OVERLAY_ANY));
	scene.n_items += 1;
	kms_planes_finish(&planes);
	planes = own;
}

/* -- IN_FORMATS -- */

static void test_in_formats(void **unused)
{
	struct {
		struct drm_format_modifier_blob head;
		uint32_t fourccs[2];
		struct drm_format_modifier modifiers[2];
	} blob = {
		.head = {
			.version = 1,
			.count_formats = 2,
			.formats_offset = offsetof(__typeof__(blob), fourccs),
			.count_modifiers = 2,
			.modifiers_offset = offsetof(__typeof__(blob), modifiers),
		},
		.fourccs = { DRM_FORMAT_XRGB8888, DRM_FORMAT_NV12 },
		.modifiers = {
			{ .formats = 3, .modifier = DRM_FORMAT_MOD_LINEAR },
			{ .formats = UINT64_MAX & ~UINT64_C(1), .modifier = I915_FORMAT_MOD_X_TILED },
		},
	};
	const struct format pairs[] = {
		{ DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR },
		{ DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR },
		{ DRM_FORMAT_NV12, I915_FORMAT_MOD_X_TILED },
		{ DRM_FORMAT_NV12, DRM_FORMAT_MOD_INVALID },
		{ DRM_FORMAT_XRGB8888, I915_FORMAT_MOD_X_TILED },
		{ DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_INVALID },
	};
	struct kms_plane plane = { .id = device.planes[0].id };
	drmModePlane *found = drmModeGetPlane(device.fd, plane.id);

	fake_planes.in_formats = &blob;
	fake_planes.in_formats_bytes = sizeof(blob);
	assert_int_equal(kms_plane_read_more(&plane, device.fd, found), 0);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_int_equal(kms_plane_takes(&plane, &pairs[i]), i < 4);
	formats_finish(&plane.formats);
	/* One that says more than there is. */
	for (uint32_t bytes = 0; bytes < sizeof(blob); bytes += 4) {
		fake_planes.in_formats_bytes = bytes;
		assert_int_equal(kms_plane_read_more(&plane, device.fd, found), -EINVAL);
	}
	fake_planes.in_formats_bytes = sizeof(blob);
	blob.head.count_modifiers = UINT32_MAX;
	assert_int_equal(kms_plane_read_more(&plane, device.fd, found), -EINVAL);
	formats_finish(&plane.formats);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_full_screen),
		TEST(test_refused),
		TEST(test_no_framebuffer),
		TEST(test_format),
		TEST(test_alpha),
		TEST(test_alpha_only),
		TEST(test_turned),
		TEST(test_scaled),
		TEST(test_overlays),
		TEST(test_overlay_refused),
		TEST(test_painted_above),
		TEST(test_hidden),
		TEST(test_small),
		TEST(test_too_many),
		TEST(test_moving),
		TEST(test_flip_refused),
		TEST(test_flip_busy),
		TEST(test_forget),
		TEST(test_gone),
		TEST(test_uses),
		TEST(test_damage),
		TEST(test_cursor),
		TEST(test_small_above),
		TEST(test_cursor_refused),
		TEST(test_shared),
		TEST(test_in_formats),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

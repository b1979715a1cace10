/* SPDX-License-Identifier: MIT */
/* Which picture goes on which plane, of a card that refuses on demand. */
#include <errno.h>

#include <drm_fourcc.h>

#include "base/log.h"
#include "compositor/kms/plane.h"
#include "compositor/surface/buffer.h"
#include "tests/fake_planes.h"
#include "tests/planes_world.h"
#include "tests/unit.h"

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

/* What leaves the plane is painted, however many others are. */
static void test_small_among_many(void **unused)
{
	for (int i = 0; i < 40; i++)
		add_part(i, 0);
	add_colour(300, 300, 32)->surface = (struct surface *)&scene;
	frames();
	assert_true(planes.shows_cursor);
	add_cursor(100, 100);
	frame_with(&(pixman_box32_t){ 100, 100, 132, 132 });
	assert_true(pixman_region32_contains_point(&planes.damage, 310, 310, NULL));
	assert_false(pixman_region32_contains_point(&planes.damage, 400, 400, NULL));
	frame_with(&(pixman_box32_t){ 0, 0, 1, 1 });
	assert_false(pixman_region32_contains_point(&planes.damage, 310, 310, NULL));
	/* And back. */
	buffer_unref(items[--scene.n_items].buffer);
	frame_with(&(pixman_box32_t){ 100, 100, 132, 132 });
	assert_true(pixman_region32_contains_point(&planes.damage, 310, 310, NULL));
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
	const struct CMUnitTest tests[] = {
		PLANES_TEST(test_full_screen),
		PLANES_TEST(test_refused),
		PLANES_TEST(test_no_framebuffer),
		PLANES_TEST(test_format),
		PLANES_TEST(test_alpha),
		PLANES_TEST(test_alpha_only),
		PLANES_TEST(test_turned),
		PLANES_TEST(test_scaled),
		PLANES_TEST(test_overlays),
		PLANES_TEST(test_overlay_refused),
		PLANES_TEST(test_painted_above),
		PLANES_TEST(test_hidden),
		PLANES_TEST(test_small),
		PLANES_TEST(test_too_many),
		PLANES_TEST(test_moving),
		PLANES_TEST(test_cursor),
		PLANES_TEST(test_small_above),
		PLANES_TEST(test_small_among_many),
		PLANES_TEST(test_cursor_refused),
		PLANES_TEST(test_in_formats),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

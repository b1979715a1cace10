/* SPDX-License-Identifier: MIT */
/* What of a frame is in use, and painted, when a flip is refused, is late, or shown. */
#include <drm_fourcc.h>

#include "base/log.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/dmabuf.h"
#include "tests/fake_planes.h"
#include "tests/planes_world.h"
#include "tests/unit.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLANES_TEST(test_flip_refused),
		PLANES_TEST(test_flip_busy),
		PLANES_TEST(test_forget),
		PLANES_TEST(test_gone),
		PLANES_TEST(test_uses),
		PLANES_TEST(test_damage),
		PLANES_TEST(test_shared),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * The Wayland presenter and what compositors seldom do: dma-bufs taken and refused,
 * errors, silence, a compositor that lacks things or does not read.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "base/io.h"
#include "base/log.h"
#include "tests/owner.h"
#include "tests/stub.h"

#define WIDTH 100
#define HEIGHT 80
#define MODIFIER UINT64_C(0x0100000000000002)

static struct stub stub;
static struct owner owner;

static int setup(void **state)
{
	stub_init(&stub);
	return 0;
}

static int teardown(void **state)
{
	owner_finish(&owner);
	stub_finish(&stub);
	return 0;
}

static void start(void)
{
	stub_start(&stub);
	owner_init(&owner, &presenter_wayland, stub.socket, 1, WIDTH, HEIGHT);
	stub_resume(&stub, &owner.loop);
}

static bool is_window_there(void *data)
{
	return stub.root.is_mapped;
}

static bool is_dmabuf_there(void *data)
{
	return stub.root.is_dmabuf;
}

static bool has_buffers(void *data)
{
	return stub.buffers == *(unsigned *)data;
}

static bool has_failed(void *data)
{
	return ((struct owner_picture *)data)->failed > 0;
}

static bool is_closed(void *data)
{
	return owner.closed[0] > 0;
}

static bool is_in_trouble(void *data)
{
	return owner_trouble(&owner) && strstr(owner_trouble(&owner), data);
}

static void expect(bool (*condition)(void *data), void *data)
{
	assert_true(owner_run_until(&owner, condition, data, OWNER_LIMIT_MS));
}

static void import_dmabuf(struct owner_picture *picture, uint32_t fourcc, uint64_t modifier)
{
	owner_import(&owner, picture, WIDTH, HEIGHT, fourcc, true);
	/* Known already, as shared memory: once more, as what it is not. */
	owner.interface->forget(owner.presenter, &picture->picture);
	picture->picture.kind = PICTURE_KIND_DMABUF;
	picture->picture.modifier = modifier;
	assert_int_equal(owner.interface->import(owner.presenter, &picture->picture), 0);
}

static void test_names(void **state)
{
	start();
	expect(is_window_there, NULL);
	assert_string_equal(stub.title, "g1 head 0");
	assert_string_equal(stub.app_id, "mullion.g1.0");
	assert_int_equal(stub.geometry_width, WIDTH);
	assert_int_equal(stub.geometry_height, HEIGHT);
}

static void test_dmabuf(void **state)
{
	struct owner_picture a, b;
	unsigned two = 2, none = 0;

	start();
	expect(is_window_there, NULL);
	/* Both are tried before they are shown. */
	import_dmabuf(&a, DRM_FORMAT_ARGB8888, MODIFIER);
	import_dmabuf(&b, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR);
	expect(has_buffers, &two);
	owner_show(&owner, 0, &a, NULL);
	expect(is_dmabuf_there, NULL);
	assert_true(owner_run_until_done(&owner));
	/* Opaque, with its modifier, turned round. */
	assert_int_equal(stub.root.format, DRM_FORMAT_XRGB8888);
	assert_true(stub.root.modifier == MODIFIER);
	assert_int_equal(stub.root.width, WIDTH);
	assert_int_equal(stub.root.height, HEIGHT);
	assert_int_equal(stub.root.transform, 6); /* WL_OUTPUT_TRANSFORM_FLIPPED_180 */
	owner_show(&owner, 0, &b, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(a.released, 1);
	assert_int_equal(b.released, 0);
	/* One that is shown keeps its wl_buffer until it is released. */
	owner_forget(&owner, &b);
	owner_forget(&owner, &a);
	unsigned one = 1;
	expect(has_buffers, &one);
	owner_run_for(&owner, 20);
	assert_int_equal(stub.buffers, 1);
	owner_blank(&owner, 0);
	expect(has_buffers, &none);
}

/* The picture that is shown stays the presenter's, though the compositor has a copy. */
static void test_early_release(void **state)
{
	struct owner_picture a, b;

	stub.releases_early = true;
	start();
	expect(is_window_there, NULL);
	import_dmabuf(&a, DRM_FORMAT_XRGB8888, MODIFIER);
	owner_import(&owner, &b, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner_show(&owner, 0, &a, NULL);
	assert_true(owner_run_until_done(&owner));
	owner_run_for(&owner, 20);
	assert_int_equal(a.released, 0);
	owner_show(&owner, 0, &b, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(a.released, 1);
	/* Its wl_buffer need not be kept for the compositor's sake. */
	unsigned none = 0;
	owner_forget(&owner, &a);
	expect(has_buffers, &none);
	owner_forget(&owner, &b);
}

/* The compositor has not decided when it is shown, nor when it is forgotten. */
static void test_dmabuf_undecided(void **state)
{
	struct owner_picture a, b;

	start();
	stub.keeps_decisions = true;
	expect(is_window_there, NULL);
	import_dmabuf(&a, DRM_FORMAT_XRGB8888, MODIFIER);
	owner_show(&owner, 0, &a, NULL);
	owner_run_for(&owner, 20);
	assert_int_equal(owner.frames_done[0][0], 0);
	owner_forget(&owner, &a);
	assert_true(owner_run_until_done(&owner));
	stub.keeps_decisions = false;
	import_dmabuf(&b, DRM_FORMAT_XRGB8888, MODIFIER);
	owner_show(&owner, 0, &b, NULL);
	expect(is_dmabuf_there, NULL);
	assert_true(owner_run_until_done(&owner));
	owner_forget(&owner, &b);
}

static void show_instead(struct owner_picture *failed)
{
	struct owner_picture picture;

	assert_true(owner_run_until_done(&owner));
	assert_int_equal(failed->failed, 1);
	assert_int_equal(failed->released, 1);
	owner_forget(&owner, failed);
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, true);
	owner_show(&owner, 0, &picture, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_false(stub.root.is_dmabuf);
	assert_int_equal(stub.root.transform, 6);
	owner_forget(&owner, &picture);
}

static void test_dmabuf_failed(void **state)
{
	struct owner_picture picture;

	stub.fails_dmabufs = true;
	start();
	expect(is_window_there, NULL);
	import_dmabuf(&picture, DRM_FORMAT_XRGB8888, MODIFIER);
	owner_show(&owner, 0, &picture, NULL);
	expect(has_failed, &picture);
	show_instead(&picture);
}

/* A modifier that the compositor did not offer is not even tried. */
static void test_dmabuf_unknown(void **state)
{
	struct owner_picture picture;

	start();
	expect(is_window_there, NULL);
	import_dmabuf(&picture, DRM_FORMAT_XRGB8888, MODIFIER + 1);
	expect(has_failed, &picture);
	owner_show(&owner, 0, &picture, NULL);
	show_instead(&picture);
}

static void test_no_dmabuf(void **state)
{
	struct owner_picture picture;

	stub.has_dmabuf = false;
	start();
	import_dmabuf(&picture, DRM_FORMAT_XRGB8888, MODIFIER);
	owner_show(&owner, 0, &picture, NULL);
	expect(has_failed, &picture);
	show_instead(&picture);
}

/* Where only the format with alpha is offered, it is taken. */
static void test_dmabuf_alpha_only(void **state)
{
	struct owner_picture picture;

	start();
	expect(is_window_there, NULL);
	import_dmabuf(&picture, DRM_FORMAT_ABGR8888, DRM_FORMAT_MOD_LINEAR);
	owner_show(&owner, 0, &picture, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(stub.root.format, DRM_FORMAT_ABGR8888);
	owner_forget(&owner, &picture);
}

static void test_bad_pictures(void **state)
{
	struct owner_picture picture;
	struct picture *bad = &picture.picture;

	start();
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner.interface->forget(owner.presenter, bad);
	struct picture good = *bad;
	bad->stride_bytes = WIDTH * 4 - 4;
	assert_true(owner.interface->import(owner.presenter, bad) < 0);
	*bad = good;
	bad->height_px = HEIGHT + 1;
	assert_true(owner.interface->import(owner.presenter, bad) < 0);
	*bad = good;
	bad->offset_bytes = UINT32_MAX;
	assert_true(owner.interface->import(owner.presenter, bad) < 0);
	*bad = good;
	bad->width_px = 0;
	assert_true(owner.interface->import(owner.presenter, bad) < 0);
	*bad = good;
	bad->kind = PICTURE_KIND_DMABUF;
	bad->stride_bytes = 0;
	assert_true(owner.interface->import(owner.presenter, bad) < 0);
	*bad = good;
	assert_int_equal(owner.interface->import(owner.presenter, bad), 0);
	owner_forget(&owner, &picture);
}

/* The compositor maps for writing; what forbids that would end the connection. */
static void test_sealed_picture(void **state)
{
	struct owner_picture picture;

	start();
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner.interface->forget(owner.presenter, &picture.picture);
	int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(fd, picture.size_bytes), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE), 0);
	fd_close(&picture.picture.fd);
	picture.picture.fd = fd;
	assert_int_equal(owner.interface->import(owner.presenter, &picture.picture), -EACCES);
	owner_forget(&owner, &picture);
}

/* Without a viewporter: bars of real size, the picture as it is. */
static void test_no_viewporter(void **state)
{
	struct owner_picture picture;

	stub.has_viewporter = false;
	stub.is_fullscreen = true;
	stub.width = 300;
	stub.height = 200;
	start();
	expect(is_window_there, NULL);
	assert_int_equal(stub.root.width, 300);
	assert_int_equal(stub.root.height, 200);
	assert_int_equal(stub.root.pixel, 0xff181818);
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner_show(&owner, 0, &picture, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(stub.root.width, 300);
	assert_int_equal(stub.root.pixel, 0xff000000);
	assert_int_equal(stub.subsurface.width, WIDTH);
	assert_int_equal(stub.geometry_width, 300);
	assert_int_equal(stub.geometry_height, 200);
	owner_forget(&owner, &picture);
}

/* No frame callback ever: nothing but that head waits, and the end of its window ends it. */
static void test_no_frames(void **state)
{
	struct owner_picture picture, cursor;

	stub.keeps_frames = true;
	start();
	expect(is_window_there, NULL);
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner_import(&owner, &cursor, 16, 16, DRM_FORMAT_ARGB8888, false);
	owner_show(&owner, 0, &picture, NULL);
	owner_cursor(&owner, 0, &cursor, 0, 0);
	owner_run_for(&owner, 20);
	assert_int_equal(stub.subsurface.width, 16);
	/* The cursor's picture is not yet seen: its movements wait. */
	unsigned commits = stub.commits;
	for (int i = 0; i < 100; i++) {
		owner_cursor_move(&owner, 0, i, i);
		owner_run_for(&owner, 1);
	}
	assert_int_equal(stub.commits, commits);
	owner_blank(&owner, 0);
	owner_run_for(&owner, 20);
	owner_forget(&owner, &cursor);
	owner_forget(&owner, &picture);
	owner_run_for(&owner, 20);
	assert_int_equal(owner.frames_done[0][0], 0);
	assert_int_equal(owner.frames_done[0][1], 0);
	stub_close_window(&stub);
	expect(is_closed, NULL);
	assert_true(owner_run_until_done(&owner));
}

static void test_refused(void **state)
{
	struct owner_picture picture;

	start();
	expect(is_window_there, NULL);
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	stub.refuses = "damage_buffer";
	owner_show(&owner, 0, &picture, NULL);
	expect(is_in_trouble, "not on a Sunday");
	assert_true(owner_run_until_done(&owner));
	/* The compositor will hardly think better of it at once. */
	owner_run_for(&owner, 1500);
	assert_int_equal(stub.clients, 1);
	owner_show(&owner, 0, &picture, NULL);
	assert_true(owner_run_until_done(&owner));
	owner_forget(&owner, &picture);
}

static void test_too_old(void **state)
{
	struct owner_picture picture;

	stub.compositor_version = 3;
	start();
	expect(is_in_trouble, "lacks wl_compositor version 4");
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner_show(&owner, 0, &picture, NULL);
	assert_true(owner_run_until_done(&owner));
	owner_forget(&owner, &picture);
}

/* It accepts and says nothing; then it does. */
static void test_silent(void **state)
{
	struct owner_picture picture;

	start();
	stub_pause(&stub);
	expect(is_in_trouble, "does not answer");
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	owner_show(&owner, 0, &picture, NULL);
	assert_true(owner_run_until_done(&owner));
	stub_resume(&stub, &owner.loop);
	expect(is_window_there, NULL);
	assert_null(owner_trouble(&owner));
	assert_int_equal(stub.root.width, WIDTH);
	owner_forget(&owner, &picture);
}

/* It stops reading while a guest makes and drops dma-bufs without end. */
static void test_congested(void **state)
{
	struct owner_picture picture, last;
	unsigned one = 1;

	start();
	expect(is_window_there, NULL);
	owner_import(&owner, &picture, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, false);
	stub_pause(&stub);
	for (int i = 0; i < 20000; i++) {
		owner.interface->forget(owner.presenter, &picture.picture);
		picture.picture.kind = PICTURE_KIND_DMABUF;
		assert_int_equal(owner.interface->import(owner.presenter, &picture.picture), 0);
		if (i % 10 == 0)
			owner_run_for(&owner, 0);
	}
	stub_resume(&stub, &owner.loop);
	import_dmabuf(&last, DRM_FORMAT_XRGB8888, MODIFIER);
	owner_forget(&owner, &picture);
	owner_show(&owner, 0, &last, NULL);
	expect(is_dmabuf_there, NULL);
	assert_true(owner_run_until_done(&owner));
	assert_int_equal(stub.clients, 1);
	expect(has_buffers, &one);
	owner_forget(&owner, &last);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* test-presenter-faults [PATTERN]: only the tests whose names match. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_dmabuf),
		TEST(test_early_release),
		TEST(test_dmabuf_undecided),
		TEST(test_dmabuf_failed),
		TEST(test_dmabuf_unknown),
		TEST(test_no_dmabuf),
		TEST(test_dmabuf_alpha_only),
		TEST(test_bad_pictures),
		TEST(test_sealed_picture),
		TEST(test_no_viewporter),
		TEST(test_no_frames),
		TEST(test_refused),
		TEST(test_too_old),
		TEST(test_silent),
		TEST(test_congested),
	};

	log_init("test-presenter-faults", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

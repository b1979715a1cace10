/* SPDX-License-Identifier: MIT */
/*
 * Touch screens of a Wayland seat: what a compositor says of contacts, and what comes of
 * it at the devices of a guest's heads.
 */
#include "tests/unit.h"

#include <drm_fourcc.h>
#include <wayland-server.h>

#include "base/log.h"
#include "tests/input_said.h"
#include "tests/seat_world.h"

static struct seat_world world;
static struct stub *const stub = &world.stub;

static int setup(void **state)
{
	said[0] = '\0';
	seat_world_init(&world, say_frame);
	return 0;
}

static int teardown(void **state)
{
	seat_world_finish(&world);
	return 0;
}

/* All that was sent has come, and this is what the devices said of it. */
#define expect_said(expected) (seat_world_sync(&world), assert_said(expected))

static void touch_down(uint32_t head, int32_t id, double x, double y)
{
	wl_touch_send_down(stub->touch, 1, 0, stub->roots[head], id, wl_fixed_from_double(x),
		wl_fixed_from_double(y));
}

static void touch_move(int32_t id, double x, double y)
{
	wl_touch_send_motion(stub->touch, 0, id, wl_fixed_from_double(x), wl_fixed_from_double(y));
}

static void touch_up(int32_t id)
{
	wl_touch_send_up(stub->touch, 1, 0, id);
}

static void touch_frame(void)
{
	wl_touch_send_frame(stub->touch);
}

/* Ten fingers, by turns on one head and the other, in one frame; then in one each. */
static void test_ten_contacts(void **state)
{
	seat_world_start(&world);
	for (int32_t i = 0; i < 10; i++)
		touch_down(i % 2, 100 + i, i, i);
	expect_said("");
	touch_frame();
	expect_said("touch0: slot=0 id=0 mx=0 my=0 slot=1 id=1 mx=256 my=512"
		    " slot=2 id=2 mx=512 my=1024 slot=3 id=3 mx=768 my=1536"
		    " slot=4 id=4 mx=1024 my=2048 key330=1 x=0 y=0\n"
		    "touch1: slot=0 id=0 mx=128 my=256 slot=1 id=1 mx=384 my=768"
		    " slot=2 id=2 mx=640 my=1280 slot=3 id=3 mx=896 my=1792"
		    " slot=4 id=4 mx=1152 my=2304 key330=1 x=128 y=256\n");
	/* On to where the other window is: they stay with the head where they began. */
	touch_move(101, 200, 100);
	touch_move(100, 1000, -1000);
	touch_frame();
	touch_move(109, 0.5, 0.5);
	touch_frame();
	expect_said("touch0: slot=0 mx=32767 my=0 x=32767 y=0\n"
		    "touch1: slot=0 mx=25600 my=25600 x=25600 y=25600\n"
		    "touch1: slot=4 mx=64 my=128 x=25600 y=25600\n");
	for (int32_t i = 0; i < 9; i++)
		touch_up(100 + i);
	touch_frame();
	expect_said("touch0: slot=0 id=-1 slot=1 id=-1 slot=2 id=-1 slot=3 id=-1 slot=4 id=-1"
		    " key330=0\n"
		    "touch1: slot=0 id=-1 slot=1 id=-1 slot=2 id=-1 slot=3 id=-1 x=64 y=128\n");
	touch_up(109);
	touch_frame();
	expect_said("touch1: slot=4 id=-1 key330=0\n");
}

static void test_touch_cancel(void **state)
{
	seat_world_start(&world);
	touch_down(0, 1, 1, 1);
	touch_down(1, 2, 2, 2);
	touch_frame();
	/* In the middle of a frame. */
	touch_move(1, 3, 3);
	touch_down(1, 3, 4, 4);
	expect_said("touch0: slot=0 id=0 mx=128 my=256 key330=1 x=128 y=256\n"
		    "touch1: slot=0 id=0 mx=256 my=512 key330=1 x=256 y=512\n");
	wl_touch_send_cancel(stub->touch);
	/* Palms, of which no reader takes an end for a tap. What began in it never did. */
	expect_said("touch0: slot=0 tool=2 x=384 y=768\n"
		    "touch0: slot=0 tool=0 id=-1 key330=0\n"
		    "touch1: slot=0 tool=2 x=256 y=512\n"
		    "touch1: slot=0 tool=0 id=-1 key330=0\n");
	/* What comes of them later is nothing. */
	touch_move(1, 5, 5);
	touch_up(2);
	touch_frame();
	expect_said("");
	touch_down(0, 1, 6, 6);
	touch_frame();
	expect_said("touch0: slot=0 id=1 mx=768 my=1536 key330=1 x=768 y=1536\n");
}

static void test_touch_shape(void **state)
{
	seat_world_start(&world);
	touch_down(0, 1, 1, 1);
	wl_touch_send_shape(stub->touch, 1, wl_fixed_from_double(2.5), wl_fixed_from_double(1));
	wl_touch_send_orientation(stub->touch, 1, wl_fixed_from_double(-30));
	touch_frame();
	expect_said("touch0: slot=0 id=0 mx=128 my=256 major=320 minor=128 turn=-30"
		    " key330=1 x=128 y=256\n");
	wl_touch_send_shape(stub->touch, 1, INT32_MAX, INT32_MIN);
	wl_touch_send_orientation(stub->touch, 1, INT32_MIN);
	touch_frame();
	expect_said("touch0: slot=0 major=32767 minor=0 turn=-68 x=128 y=256\n");
}

/* 384x192 px are 256x128 of the compositor's. */
static void test_fractional_scale(void **state)
{
	stub->scale = 180;
	world.width = 384;
	world.height = 192;
	seat_world_start(&world);
	assert_int_equal(stub->geometry_width, 256);
	touch_down(1, 1, 100, 50);
	touch_down(0, 2, 1.0 / 256, 127 + 255.0 / 256);
	touch_frame();
	expect_said("touch0: slot=0 id=0 mx=1 my=32767 key330=1 x=1 y=32767\n"
		    "touch1: slot=0 id=0 mx=12800 my=12800 key330=1 x=12800 y=12800\n");
}

/*
 * An output on its side is a window that is higher than wide, and upright: the picture is
 * 128x64 in the middle of 128x256. What begins beside it is nothing.
 */
static void test_rotated_output(void **state)
{
	stub->is_fullscreen = true;
	stub->width = 128;
	stub->height = 256;
	seat_world_start(&world);
	touch_down(0, 1, 64, 95.9);
	touch_down(0, 2, 64, 96);
	touch_down(0, 3, 127.75, 159.75);
	touch_down(0, 4, 64, 160);
	touch_frame();
	expect_said("touch0: slot=0 id=0 mx=16384 my=0 slot=1 id=1 mx=32704 my=32640"
		    " key330=1 x=16384 y=0\n");
	touch_move(1, 64, 100);
	touch_move(2, 32, 200);
	touch_frame();
	expect_said("touch0: slot=0 mx=8192 my=32767 x=8192 y=32767\n");
}

/* A picture that is turned round for the compositor is touched where it is seen. */
static void test_bottom_up(void **state)
{
	struct owner_picture picture;

	seat_world_start(&world);
	owner_import(&world.owner, &picture, SEAT_WIDTH, SEAT_HEIGHT, DRM_FORMAT_XRGB8888, true);
	owner_show(&world.owner, 0, &picture, NULL);
	assert_true(owner_run_until_done(&world.owner));
	touch_down(0, 1, 10, 20);
	touch_frame();
	expect_said("touch0: slot=0 id=0 mx=1280 my=5120 key330=1 x=1280 y=5120\n");
	owner_forget(&world.owner, &picture);
}

/* Ids twice, ids of nothing, places that cannot be, contacts without end. */
static void test_nonsense(void **state)
{
	seat_world_start(&world);
	touch_down(0, 1, 1, 1);
	touch_down(0, 1, 2, 2);
	touch_frame();
	touch_down(1, 1, 3, 3);
	touch_frame();
	expect_said("touch0: slot=0 id=0 mx=128 my=256 key330=1 x=128 y=256\n"
		    "touch0: slot=0 id=-1 slot=1 id=1 mx=256 my=512 x=256 y=512\n"
		    "touch0: slot=1 id=-1 key330=0\n"
		    "touch1: slot=0 id=0 mx=384 my=768 key330=1 x=384 y=768\n");
	touch_up(77);
	touch_move(-1, 1, 1);
	wl_touch_send_shape(stub->touch, 77, 1, 1);
	wl_touch_send_orientation(stub->touch, 77, 1);
	touch_frame();
	expect_said("");
	wl_touch_send_motion(stub->touch, 0, 1, INT32_MIN, INT32_MAX);
	touch_frame();
	wl_touch_send_motion(stub->touch, 0, 1, INT32_MAX, INT32_MIN);
	touch_frame();
	expect_said("touch1: slot=0 mx=0 my=32767 x=0 y=32767\n"
		    "touch1: slot=0 mx=32767 my=0 x=32767 y=0\n");
	for (int32_t id = 1000; id < 2000; id++)
		touch_down(0, id, id % 100, 1);
	touch_frame();
	seat_world_sync(&world);
	assert_true(world.devices.contacts_refused == 1000 - INPUT_SLOTS);
	said[0] = '\0';
	for (int32_t i = 0; i < 1000; i++) {
		touch_move(1000, i % 100, 2);
		touch_frame();
	}
	touch_up(1000);
	touch_frame();
	seat_world_sync(&world);
	assert_non_null(strstr(said, "touch0: slot=0 mx="));
	said[0] = '\0';
}

/* The window goes with fingers on it; the other one's stay. */
static void test_closed(void **state)
{
	seat_world_start(&world);
	touch_down(0, 1, 1, 1);
	touch_down(1, 2, 2, 2);
	touch_frame();
	expect_said("touch0: slot=0 id=0 mx=128 my=256 key330=1 x=128 y=256\n"
		    "touch1: slot=0 id=0 mx=256 my=512 key330=1 x=256 y=512\n");
	stub_close_window(stub); /* the one opened last */
	expect_said("touch1: slot=0 tool=2 x=256 y=512\n"
		    "touch1: slot=0 tool=0 id=-1 key330=0\n");
	touch_move(1, 3, 3);
	touch_move(2, 4, 4);
	touch_frame();
	expect_said("touch0: slot=0 mx=384 my=768 x=384 y=768\n");
}

static bool is_closed(void *data)
{
	return world.owner.closed[1] > 0;
}

/* The compositor does not know yet that the window is gone. */
static void test_closed_meanwhile(void **state)
{
	seat_world_start(&world);
	stub_close_window(stub);
	stub_pause(stub);
	seat_world_expect(&world, is_closed, NULL);
	touch_down(1, 1, 1, 1);
	touch_move(1, 2, 2);
	touch_frame();
	stub_resume(stub, &world.owner.loop);
	expect_said("");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* test-presenter-touch [PATTERN]: only the tests whose names match. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ten_contacts),
		TEST(test_touch_cancel),
		TEST(test_touch_shape),
		TEST(test_fractional_scale),
		TEST(test_rotated_output),
		TEST(test_bottom_up),
		TEST(test_nonsense),
		TEST(test_closed),
		TEST(test_closed_meanwhile),
	};

	log_init("test-presenter-touch", LOG_LEVEL_WARN);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

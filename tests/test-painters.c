/* SPDX-License-Identifier: MIT */
/* GL paints what pixman paints: scenes by dice, px for px. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/log.h"
#include "compositor/paint/gl_painter.h"
#include "compositor/paint/painter.h"
#include "compositor/paint/pixman_painter.h"
#include "compositor/paint/scene.h"
#include "compositor/surface/buffer.h"
#include "compositor/turn.h"
#include "tests/dice.h"
#include "tests/pinned.h"

#define WIDTH 160
#define HEIGHT 120
#define ITEMS 5
#define SCENES 300
/* pixman's weights between two px have 7 bits; each layer that blends may add to it. */
#define TOLERANCE 4

static struct painter *painters[2]; /* pixman, GL */
static struct target *targets[2];
static struct buffer *buffers[ITEMS];
static struct scene_item items[ITEMS];
static struct scene scene;

static int setup(void **state)
{
	painters[0] = pixman_painter_create();
	painters[1] = gl_painter_create(NULL, true);
	for (int i = 0; i < 2; i++) {
		assert_non_null(painters[i]);
		pin_libraries();
		targets[i] = target_create(painters[i], WIDTH, HEIGHT, NULL);
		assert_non_null(targets[i]);
	}
	return 0;
}

static int teardown(void **state)
{
	for (int i = 0; i < ITEMS; i++) {
		buffer_unref(buffers[i]);
		buffers[i] = NULL;
	}
	for (int i = 0; i < 2; i++) {
		painter_destroy(painters[i]);
		target_destroy(targets[i]);
	}
	return 0;
}

/* Premultiplied. */
static uint32_t roll_px(struct dice *dice, bool has_alpha)
{
	uint32_t alpha = has_alpha ? dice_roll(dice, 256) : 255, px = alpha << 24;

	for (int shift = 0; shift < 24; shift += 8)
		px |= dice_roll(dice, alpha + 1) << shift;
	return px;
}

static struct buffer *roll_picture(struct dice *dice)
{
	static const pixman_format_code_t formats[] = { PIXMAN_a8r8g8b8, PIXMAN_x8r8g8b8,
		PIXMAN_a8b8g8r8, PIXMAN_x8b8g8r8, PIXMAN_r5g6b5, PIXMAN_b8g8r8a8 };
	pixman_format_code_t format = formats[dice_roll(dice, 6)];
	int width = 1 + dice_roll(dice, 70), height = 1 + dice_roll(dice, 70);
	pixman_image_t *image = pixman_image_create_bits(format, width, height, NULL, 0);
	pixman_image_t *px =
		pixman_image_create_bits(PIXMAN_a8r8g8b8, width, height, NULL, width * 4);

	for (int i = 0; i < width * height; i++)
		pixman_image_get_data(px)[i] = roll_px(dice, PIXMAN_FORMAT_A(format));
	pixman_image_composite32(PIXMAN_OP_SRC, px, NULL, image, 0, 0, 0, 0, 0, 0, width, height);
	struct buffer *buffer = buffer_create_picture(image);
	pixman_image_unref(px);
	pixman_image_unref(image);
	return buffer;
}

static struct buffer *roll_buffer(struct dice *dice)
{
	uint16_t alpha = dice_roll(dice, 2) ? 0xffff : dice_roll(dice, 0x10000);
	pixman_color_t colour = { dice_roll(dice, alpha + 1), dice_roll(dice, alpha + 1),
		dice_roll(dice, alpha + 1), alpha };

	return dice_roll(dice, 4) ? roll_picture(dice) : buffer_create_colour(&colour);
}

/* Px for px, or in another size; turned in any way; clipped or not. */
static void roll_item(struct dice *dice, struct scene_item *item, struct buffer *buffer)
{
	enum wl_output_transform turn = dice_roll(dice, 8);
	bool on_side = turn_is_on_side(turn), scales = dice_roll(dice, 2);
	int width = on_side ? buffer->height_px : buffer->width_px;
	int height = on_side ? buffer->width_px : buffer->height_px;
	int x = (int)dice_roll(dice, WIDTH) - 20, y = (int)dice_roll(dice, HEIGHT) - 20;
	int shown_width = width;
	int shown_height = height;

	if (scales) {
		shown_width = 1 + dice_roll(dice, 120);
		shown_height = 1 + dice_roll(dice, 120);
	}
	*item = (struct scene_item){
		.buffer = buffer,
		.is_opaque = buffer_is_opaque(buffer) || dice_roll(dice, 8) == 0,
		.box = { x, y, x + shown_width, y + shown_height },
	};
	item->clip = item->box;
	if (dice_roll(dice, 3) == 0)
		item->clip.x1 += shown_width / 3;
	item->clip.x1 = item->clip.x1 < 0 ? 0 : item->clip.x1;
	item->clip.y1 = item->clip.y1 < 0 ? 0 : item->clip.y1;
	item->clip.x2 = item->clip.x2 > WIDTH ? WIDTH : item->clip.x2;
	item->clip.y2 = item->clip.y2 > HEIGHT ? HEIGHT : item->clip.y2;
	turn_from_upright(&item->to_buffer, turn, width, height);
	struct pixman_f_transform to_upright = { {
		{ (double)width / shown_width, 0, -x * (double)width / shown_width },
		{ 0, (double)height / shown_height, -y * (double)height / shown_height },
		{ 0, 0, 1 },
	} };
	pixman_f_transform_multiply(&item->to_buffer, &item->to_buffer, &to_upright);
}

static void roll_scene(struct dice *dice)
{
	scene = (struct scene){ .items = items };
	for (int i = 0; i < ITEMS; i++) {
		buffer_unref(buffers[i]);
		buffers[i] = roll_buffer(dice);
		struct scene_item *item = &items[scene.n_items];
		roll_item(dice, item, buffers[i]);
		if (item->clip.x1 < item->clip.x2 && item->clip.y1 < item->clip.y2)
			scene.n_items++;
	}
}

static void roll_damage(struct dice *dice, pixman_region32_t *damage)
{
	pixman_region32_init(damage);
	for (uint32_t i = 0, n = 1 + dice_roll(dice, 100); i < n; i++)
		pixman_region32_union_rect(damage, damage, dice_roll(dice, WIDTH - 40),
			dice_roll(dice, HEIGHT - 40), 1 + dice_roll(dice, 40),
			1 + dice_roll(dice, 40));
}

static pixman_image_t *paint(int i, const pixman_region32_t *damage)
{
	pixman_image_t *image =
		pixman_image_create_bits(PIXMAN_x8r8g8b8, WIDTH, HEIGHT, NULL, WIDTH * 4);
	int fence_fd = -1;

	assert_int_equal(target_paint(targets[i], &scene, damage, &fence_fd), 0);
	assert_int_equal(fence_fd, -1);
	assert_int_equal(target_read(targets[i], image, 0, 0), 0);
	return image;
}

static int px_difference(uint32_t a, uint32_t b)
{
	int most = 0;

	for (int shift = 0; shift < 24; shift += 8) {
		int difference = abs((int)(a >> shift & 0xff) - (int)(b >> shift & 0xff));
		most = difference > most ? difference : most;
	}
	return most;
}

static void compare(const pixman_region32_t *damage, uint32_t number)
{
	pixman_image_t *one = paint(0, damage), *other = paint(1, damage);
	const uint32_t *a = pixman_image_get_data(one), *b = pixman_image_get_data(other);

	for (int i = 0; i < WIDTH * HEIGHT; i++) {
		if (px_difference(a[i], b[i]) > TOLERANCE)
			fail_msg("scene %u, px %d,%d: %06x by pixman, %06x by GL", number,
				i % WIDTH, i / WIDTH, a[i] & 0xffffff, b[i] & 0xffffff);
	}
	pixman_image_unref(one);
	pixman_image_unref(other);
}

static void test_scenes(void **state)
{
	pixman_region32_t damage;

	for (uint32_t i = 0; i < SCENES; i++) {
		struct dice dice = dice_of(i);
		roll_scene(&dice);
		if (i % 3 == 0)
			pixman_region32_init_rect(&damage, 0, 0, WIDTH, HEIGHT);
		else
			roll_damage(&dice, &damage);
		compare(&damage, i);
		pixman_region32_fini(&damage);
	}
}

/* A picture is the same one as long as it lives; another one is another. */
static void test_pictures(void **state)
{
	struct dice dice = dice_of(0);
	pixman_region32_t damage;

	pixman_region32_init_rect(&damage, 0, 0, WIDTH, HEIGHT);
	for (uint32_t i = 0; i < 10; i++) {
		roll_scene(&dice);
		compare(&damage, i);
		compare(&damage, i);
	}
	pixman_region32_fini(&damage);
}

/* What is larger than GL's targets may be is refused, and harms nothing. */
static void test_large(void **state)
{
	struct dice dice = dice_of(1);
	pixman_region32_t damage;

	assert_null(target_create(painters[1], 1 << 20, 16, NULL));
	pixman_region32_init_rect(&damage, 0, 0, WIDTH, HEIGHT);
	roll_scene(&dice);
	compare(&damage, 0);
	pixman_region32_fini(&damage);
}

/* Without its painter a target is only there to be destroyed. */
static void test_gone(void **state)
{
	pixman_region32_t damage;
	int fence_fd;

	pixman_region32_init_rect(&damage, 0, 0, WIDTH, HEIGHT);
	struct dice dice = dice_of(2);
	roll_scene(&dice);
	compare(&damage, 0);
	for (int i = 0; i < 2; i++) {
		painter_destroy(painters[i]);
		painters[i] = NULL;
		assert_int_equal(target_paint(targets[i], &scene, &damage, &fence_fd), -ENODEV);
		assert_int_equal(target_read(targets[i], NULL, 0, 0), -ENODEV);
	}
	pixman_region32_fini(&damage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_scenes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pictures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

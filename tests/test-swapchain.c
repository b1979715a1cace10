/* SPDX-License-Identifier: MIT */
/* Pictures of one plane on the side that fills them, against a daemon made by hand. */
#include "tests/unit.h"

#include <drm_fourcc.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/swapchain.h"
#include "base/channel.h"
#include "protocol/link.h"

#define WIDTH 32u
#define HEIGHT 16u

/* What the daemon has of one slot. */
struct picture_here {
	uint32_t *pixels; /* NULL: empty */
	uint32_t generation;
	uint32_t width, height;
	bool busy;
};

struct fixture {
	struct loop loop;
	struct channel channel;
	struct swapchain chain;
	int daemon;
	struct picture_here pictures[LIMIT_SLOTS];
	int shown; /* slot of the last frame, -1: none */
	uint32_t n_frames, n_adds, n_removes;
	struct link_frame frame; /* the last one */
	int fds_before;
};

static void handle_none(struct channel *channel, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX], size_t n_fds)
{
	fail();
}

static void closed(struct channel *channel, int error)
{
	fail();
}

static const struct channel_interface interface = { .handle = handle_none, .closed = closed };

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	f->fds_before = count_fds();
	f->shown = -1;
	assert_int_equal(loop_init(&f->loop), 0);
	assert_int_equal(channel_pair(fds), 0);
	f->daemon = fds[1];
	assert_int_equal(channel_open(&f->channel, &f->loop, fds[0], &interface), 0);
	swapchain_init(&f->chain, &f->channel, 3, LINK_PLANE_PRIMARY);
	*state = f;
	return 0;
}

static void picture_forget(struct picture_here *picture)
{
	if (picture->pixels)
		munmap(picture->pixels, picture->width * picture->height * 4);
	*picture = (struct picture_here){ 0 };
}

static void handle_add(struct fixture *f, const struct link_picture_add *m, int fd)
{
	struct picture_here *picture = &f->pictures[m->slot];
	size_t bytes = (size_t)m->stride_bytes * m->height_px;

	assert_null(picture->pixels);
	assert_int_equal(m->kind, LINK_PICTURE_SHM);
	assert_int_equal(m->stride_bytes, m->width_px * 4);
	assert_int_equal(memfd_check_sealed(fd, bytes), 0);
	picture->pixels = memfd_map(fd, bytes, PROT_READ);
	assert_non_null(picture->pixels);
	picture->width = m->width_px;
	picture->height = m->height_px;
	picture->generation = m->generation;
	f->n_adds++;
	close(fd);
}

static void handle_frame(struct fixture *f, const struct link_frame *m)
{
	struct picture_here *picture = &f->pictures[m->slot];

	assert_non_null(picture->pixels);
	assert_false(picture->busy);
	assert_true(m->damage_x + m->damage_width <= picture->width);
	assert_true(m->damage_y + m->damage_height <= picture->height);
	picture->busy = true;
	f->shown = m->slot;
	f->frame = *m;
	f->n_frames++;
}

/* Everything the worker sent so far. */
static void daemon_read(struct fixture *f)
{
	union {
		uint32_t type;
		struct link_picture_add add;
		struct link_picture_remove remove;
		struct link_frame frame;
	} m;
	int fds[IO_FDS_MAX];
	size_t n_fds;

	while (io_recv(f->daemon, &m, sizeof(m), fds, &n_fds) > 0) {
		assert_int_equal(m.frame.head, 3);
		assert_int_equal(m.frame.plane, LINK_PLANE_PRIMARY);
		assert_true(m.frame.slot < SWAPCHAIN_SLOTS);
		assert_int_equal(n_fds, m.type == LINK_PICTURE_ADD);
		if (m.type == LINK_PICTURE_ADD)
			handle_add(f, &m.add, fds[0]);
		else if (m.type == LINK_FRAME)
			handle_frame(f, &m.frame);
		else
			assert_int_equal(m.type, LINK_PICTURE_REMOVE);
		if (m.type != LINK_PICTURE_REMOVE)
			continue;
		assert_non_null(f->pictures[m.remove.slot].pixels);
		picture_forget(&f->pictures[m.remove.slot]);
		f->n_removes++;
		if (f->shown == (int)m.remove.slot)
			f->shown = -1;
	}
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	swapchain_finish(&f->chain);
	swapchain_finish(&f->chain);
	daemon_read(f);
	for (uint32_t i = 0; i < LIMIT_SLOTS; i++)
		assert_null(f->pictures[i].pixels);
	channel_finish(&f->channel);
	loop_finish(&f->loop);
	close(f->daemon);
	assert_int_equal(count_fds(), f->fds_before);
	free(f);
	return 0;
}

static void release(struct fixture *f, uint32_t slot)
{
	struct link_picture_released message = {
		.type = LINK_PICTURE_RELEASED,
		.slot = slot,
		.generation = f->pictures[slot].generation,
	};

	f->pictures[slot].busy = false;
	swapchain_released(&f->chain, &message);
}

static const struct picture_box whole = { 0, 0, WIDTH, HEIGHT };

static void set_size(struct fixture *f, uint32_t width, uint32_t height)
{
	swapchain_reset(&f->chain, width, height, DRM_FORMAT_XRGB8888);
}

static bool show(struct fixture *f, uint64_t serial)
{
	struct swapchain_target target;

	if (!swapchain_begin(&f->chain, &target))
		return false;
	assert_true(target.box.x + target.box.width <= f->chain.width_px);
	assert_true(target.box.y + target.box.height <= f->chain.height_px);
	memset(target.pixels, (int)serial, target.stride_bytes * f->chain.height_px);
	swapchain_commit(&f->chain, serial, 0, 0);
	daemon_read(f);
	return true;
}

static void test_nothing_to_show(void **state)
{
	struct fixture *f = *state;

	assert_false(show(f, 1)); /* no size */
	swapchain_damage(&f->chain, (struct picture_box){ 0, 0, 1, 1 }, 0);
	assert_false(show(f, 1));
	set_size(f, WIDTH, HEIGHT);
	assert_false(show(f, 1)); /* no damage since */
	daemon_read(f);
	assert_int_equal(f->n_adds, 0);
}

static void test_one_frame(void **state)
{
	struct fixture *f = *state;

	set_size(f, WIDTH, HEIGHT);
	swapchain_damage(&f->chain, (struct picture_box){ 1, 2, 3, 4 }, 77);
	swapchain_damage(&f->chain, (struct picture_box){ 5, 5, 1, 1 }, 88);
	assert_true(show(f, 9));
	assert_int_equal(f->n_frames, 1);
	assert_int_equal(f->frame.serial, 9);
	assert_int_equal(f->frame.flush_ns, 77); /* of the oldest damage */
	/* The first frame of a size is all new. */
	assert_int_equal(f->frame.damage_width, WIDTH);
	assert_int_equal(f->frame.damage_height, HEIGHT);
	assert_int_equal(f->pictures[f->shown].pixels[0], 0x09090909);
}

/* Without credit nothing is copied or sent; then the newest is shown, once. */
static void test_newest_wins(void **state)
{
	struct fixture *f = *state;

	set_size(f, WIDTH, HEIGHT);
	swapchain_damage(&f->chain, whole, 0);
	assert_true(show(f, 1));
	for (uint32_t i = 0; i < 5; i++) {
		swapchain_damage(&f->chain, (struct picture_box){ i, 0, 1, 1 }, 100 + i);
		assert_false(show(f, 2));
	}
	assert_int_equal(f->n_frames, 1);
	swapchain_frame_done(&f->chain);
	assert_true(show(f, 3));
	assert_int_equal(f->frame.damage_x, 0);
	assert_int_equal(f->frame.damage_width, 5);
	assert_int_equal(f->frame.damage_height, 1);
	assert_int_equal(f->frame.flush_ns, 100);
	swapchain_frame_done(&f->chain);
	assert_false(show(f, 4));
	assert_int_equal(f->n_frames, 2);
}

static void test_all_slots_busy(void **state)
{
	struct fixture *f = *state;

	set_size(f, WIDTH, HEIGHT);
	for (uint64_t i = 0; i < SWAPCHAIN_SLOTS; i++) {
		swapchain_damage(&f->chain, whole, 0);
		assert_true(show(f, i));
		swapchain_frame_done(&f->chain);
	}
	swapchain_damage(&f->chain, whole, 0);
	assert_false(show(f, 9));
	release(f, 1);
	assert_true(show(f, 9));
	assert_int_equal(f->frame.slot, 1);
	assert_int_equal(f->n_adds, SWAPCHAIN_SLOTS);
}

/* A release of a picture that is no more there must not free its successor. */
static void test_stale_release(void **state)
{
	struct fixture *f = *state;

	set_size(f, WIDTH, HEIGHT);
	swapchain_damage(&f->chain, whole, 0);
	assert_true(show(f, 1));
	struct link_picture_released stale = {
		.type = LINK_PICTURE_RELEASED,
		.slot = f->frame.slot,
		.generation = f->pictures[f->frame.slot].generation,
	};
	set_size(f, WIDTH, HEIGHT + 1);
	swapchain_frame_done(&f->chain);
	swapchain_damage(&f->chain, whole, 0);
	assert_true(show(f, 2));
	assert_int_equal(f->n_removes, 1);
	assert_int_equal(f->frame.slot, stale.slot);
	swapchain_released(&f->chain, &stale);
	swapchain_frame_done(&f->chain);
	swapchain_damage(&f->chain, whole, 0);
	assert_true(show(f, 3));
	assert_int_not_equal(f->frame.slot, stale.slot);
	stale.slot = UINT32_MAX;
	swapchain_released(&f->chain, &stale);
}

/* Other content of the same size: nothing moves, and nothing is shown before it is damaged. */
static void test_reset_of_same_size(void **state)
{
	struct fixture *f = *state;

	set_size(f, WIDTH, HEIGHT);
	swapchain_damage(&f->chain, whole, 0);
	assert_true(show(f, 1));
	swapchain_frame_done(&f->chain);
	set_size(f, WIDTH, HEIGHT);
	assert_false(show(f, 2));
	swapchain_damage(&f->chain, (struct picture_box){ 0, 0, 1, 1 }, 0);
	assert_true(show(f, 2));
	assert_int_equal(f->frame.damage_width, WIDTH);
	assert_int_equal(f->n_removes, 0);
}

/* The link is full: the frame is shown later, and nothing of it is lost. */
static void test_daemon_does_not_read(void **state)
{
	struct fixture *f = *state;
	uint32_t rubbish[2] = { LINK_INVALID };
	uint8_t byte[64];

	set_size(f, WIDTH, HEIGHT);
	swapchain_damage(&f->chain, whole, 0);
	assert_true(show(f, 1));
	release(f, f->frame.slot);
	swapchain_frame_done(&f->chain);
	while (channel_send(&f->channel, rubbish, sizeof(rubbish), NULL, 0) == 0)
		;
	swapchain_damage(&f->chain, (struct picture_box){ 0, 0, 2, 2 }, 0);
	struct swapchain_target target;
	assert_true(swapchain_begin(&f->chain, &target));
	memset(target.pixels, 2, target.stride_bytes * HEIGHT);
	swapchain_commit(&f->chain, 2, 0, 0);
	while (recv(f->daemon, byte, sizeof(byte), MSG_DONTWAIT) > 0)
		;
	assert_true(swapchain_begin(&f->chain, &target));
	swapchain_commit(&f->chain, 2, 0, 0);
	daemon_read(f);
	assert_int_equal(f->n_frames, 2);
	assert_int_equal(f->frame.damage_width, 2);
	assert_int_equal(f->pictures[f->shown].pixels[0], 0x02020202);
	/* A picture that it could not be told to forget goes before another has its slot. */
	while (channel_send(&f->channel, rubbish, sizeof(rubbish), NULL, 0) == 0)
		;
	set_size(f, WIDTH, HEIGHT + 1);
	swapchain_frame_done(&f->chain);
	swapchain_damage(&f->chain, whole, 0);
	assert_false(swapchain_begin(&f->chain, &target));
	while (recv(f->daemon, byte, sizeof(byte), MSG_DONTWAIT) > 0)
		;
	assert_true(show(f, 3));
	assert_int_equal(f->n_removes, 1);
	assert_int_equal(f->n_frames, 3);
}

static void test_other_picture(void **state)
{
	struct fixture *f = *state;
	struct link_frame frame;
	int fds[IO_FDS_MAX];
	size_t n_fds;

	set_size(f, WIDTH, HEIGHT);
	swapchain_damage(&f->chain, whole, 5);
	assert_true(swapchain_commit_other(&f->chain, SWAPCHAIN_SLOTS, 4));
	assert_int_equal(io_recv(f->daemon, &frame, sizeof(frame), fds, &n_fds), sizeof(frame));
	assert_int_equal(frame.slot, SWAPCHAIN_SLOTS);
	assert_int_equal(frame.serial, 4);
	/* It took the credit and the damage. */
	assert_false(show(f, 5));
	swapchain_frame_done(&f->chain);
	assert_false(show(f, 5));
	/* Our own slots lack all of it. */
	swapchain_damage(&f->chain, (struct picture_box){ 0, 0, 1, 1 }, 0);
	assert_true(show(f, 5));
	assert_int_equal(f->frame.damage_width, 1);
}

static void forget_all(struct fixture *f)
{
	for (uint32_t i = 0; i < LIMIT_SLOTS; i++)
		picture_forget(&f->pictures[i]);
	f->shown = -1;
}

/* Another daemon, which knows nothing: what was shown is to be shown again, all of it. */
static void test_resync(void **state)
{
	struct fixture *f = *state;

	set_size(f, WIDTH, HEIGHT);
	swapchain_resync(&f->chain);
	assert_false(show(f, 1)); /* nothing was shown of it */
	swapchain_damage(&f->chain, whole, 5);
	assert_true(show(f, 2));
	forget_all(f);
	swapchain_resync(&f->chain);
	assert_true(show(f, 2));
	assert_int_equal(f->n_adds, 2);
	assert_int_equal(f->frame.damage_width, WIDTH);
	assert_int_equal(f->frame.flush_ns, 0); /* for the second time */
	/* Of the old life: it was another picture. */
	swapchain_released(&f->chain, &(struct link_picture_released){ .generation = 1 });
	assert_true(f->chain.slots[f->shown].busy);
	set_size(f, WIDTH, HEIGHT);
	forget_all(f);
	swapchain_resync(&f->chain);
	assert_false(show(f, 3));
}

static void test_union(void **state)
{
	struct picture_box a = { 2, 3, 4, 5 }, b = { 10, 1, 1, 1 }, empty = { 50, 50, 0, 9 };
	struct picture_box both = picture_box_union(a, b);

	assert_memory_equal(&both, &((struct picture_box){ 2, 1, 9, 7 }), sizeof(both));
	both = picture_box_union(a, empty);
	assert_memory_equal(&both, &a, sizeof(a));
	both = picture_box_union(empty, a);
	assert_memory_equal(&both, &a, sizeof(a));
}

/* -- at random: what is shown is what was drawn last -- */

struct content {
	uint32_t pixels[WIDTH * HEIGHT];
};

static struct picture_box random_box(struct dice *dice)
{
	struct picture_box box = { .x = dice_roll(dice, WIDTH), .y = dice_roll(dice, HEIGHT) };
	box.width = 1 + dice_roll(dice, WIDTH - box.x);
	box.height = 1 + dice_roll(dice, HEIGHT - box.y);
	return box;
}

static void draw(struct content *content, struct picture_box box, uint32_t colour)
{
	for (uint32_t y = box.y; y < box.y + box.height; y++) {
		for (uint32_t x = box.x; x < box.x + box.width; x++)
			content->pixels[y * WIDTH + x] = colour;
	}
}

/* Copies only the box that is asked for. */
static void try_show(struct fixture *f, const struct content *content)
{
	struct swapchain_target target;

	if (!swapchain_begin(&f->chain, &target))
		return;
	for (uint32_t y = target.box.y; y < target.box.y + target.box.height; y++)
		memcpy(target.pixels + y * target.stride_bytes + target.box.x * 4,
			&content->pixels[y * WIDTH + target.box.x], target.box.width * 4);
	swapchain_commit(&f->chain, 1, 0, 0);
	daemon_read(f);
	assert_memory_equal(f->pictures[f->shown].pixels, content->pixels, sizeof(content->pixels));
}

static void test_random(void **state)
{
	for (uint64_t seed = 0; seed < 100; seed++) {
		setup(state);
		struct fixture *f = *state;
		struct dice dice = dice_of(seed);
		struct content content = { 0 };
		bool credit = true;
		uint32_t frames = 0;

		set_size(f, WIDTH, HEIGHT);
		for (uint32_t step = 0; step < 1000; step++) {
			struct picture_box box = random_box(&dice);
			uint32_t slot = dice_roll(&dice, SWAPCHAIN_SLOTS);
			if (dice_roll(&dice, 3) == 0) {
				draw(&content, box, step);
				swapchain_damage(&f->chain, box, step);
			}
			if (f->pictures[slot].busy && slot != (uint32_t)f->shown)
				release(f, slot);
			if (!credit && dice_roll(&dice, 3) == 0) {
				swapchain_frame_done(&f->chain);
				credit = true;
			}
			if (dice_roll(&dice, 100) == 0 && frames) {
				forget_all(f);
				swapchain_resync(&f->chain);
				credit = true;
			}
			if (dice_roll(&dice, 100) == 0) {
				set_size(f, WIDTH, HEIGHT);
				swapchain_damage(&f->chain, whole, step);
			}
			try_show(f, &content);
			assert_true(f->n_frames == frames || credit);
			credit = credit && f->n_frames == frames;
			frames = f->n_frames;
		}
		assert_true(frames > 100);
		teardown(state);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_to_show),
		TEST(test_one_frame),
		TEST(test_newest_wins),
		TEST(test_all_slots_busy),
		TEST(test_stale_release),
		TEST(test_reset_of_same_size),
		TEST(test_daemon_does_not_read),
		TEST(test_other_picture),
		TEST(test_resync),
		cmocka_unit_test(test_union),
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

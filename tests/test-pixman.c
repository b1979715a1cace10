/* SPDX-License-Identifier: MIT */
/*
 * The 2D renderer against a daemon made by hand: what a frame shows is what the
 * guest transferred before its flush, whatever buffers took turns to carry it.
 */
#include "tests/unit.h"

#include <endian.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/guest_memory.h"
#include "backends/pixman/renderer.h"
#include "base/channel.h"
#include "base/clock.h"
#include "protocol/link.h"

#define SIDE 16u
#define BYTES (SIDE * SIDE * 4)
#define GUEST 0x10000u

struct fixture {
	struct loop loop;
	struct channel channel;
	int daemon;
	struct guest_memory memory;
	uint8_t *guest;
	struct pixman_renderer renderer;
	struct picture_here {
		uint8_t *map; /* NULL: empty */
		size_t bytes;
		struct link_picture_add add;
		bool busy;
	} pictures[LIMIT_SLOTS];
	int shown;
	uint32_t n_frames, n_adds;
	bool credit;
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
	struct guest_region region = {
		.guest_addr = GUEST, .user_addr = GUEST, .size_bytes = BYTES
	};
	int fds[2];

	f->fds_before = count_fds();
	f->shown = -1;
	f->credit = true;
	assert_int_equal(loop_init(&f->loop), 0);
	assert_int_equal(channel_pair(fds), 0);
	f->daemon = fds[1];
	assert_int_equal(channel_open(&f->channel, &f->loop, fds[0], &interface), 0);
	guest_memory_init(&f->memory);
	assert_true(
		guest_memory_add(&f->memory, &region, memfd_create_sealed("guest", BYTES)) >= 0);
	f->guest = guest_memory_at(&f->memory, GUEST, BYTES);
	assert_int_equal(pixman_renderer_init(&f->renderer, &f->loop, &f->memory, &f->channel), 0);
	*state = f;
	return 0;
}

static void picture_forget(struct picture_here *picture)
{
	if (picture->map)
		munmap(picture->map, picture->bytes);
	*picture = (struct picture_here){ 0 };
}

static void handle_add(struct fixture *f, const struct link_picture_add *m, int fd)
{
	struct picture_here *picture = &f->pictures[m->slot];

	assert_null(picture->map);
	picture->add = *m;
	picture->bytes = m->offset_bytes + (size_t)m->stride_bytes * m->height_px;
	assert_int_equal(memfd_check_sealed(fd, picture->bytes), 0);
	picture->map = memfd_map(fd, picture->bytes, PROT_READ);
	assert_non_null(picture->map);
	f->n_adds++;
	close(fd);
}

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
		struct picture_here *picture = &f->pictures[m.frame.slot];
		assert_int_equal(m.frame.plane, LINK_PLANE_PRIMARY);
		if (m.type == LINK_PICTURE_ADD) {
			handle_add(f, &m.add, fds[0]);
			continue;
		}
		assert_non_null(picture->map);
		if (m.type == LINK_PICTURE_REMOVE) {
			picture_forget(picture);
			continue;
		}
		assert_int_equal(m.type, LINK_FRAME);
		assert_true(f->credit);
		assert_false(picture->busy);
		picture->busy = true;
		f->credit = false;
		f->shown = m.frame.slot;
		f->n_frames++;
	}
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pixman_renderer_finish(&f->renderer);
	daemon_read(f);
	for (uint32_t i = 0; i < LIMIT_SLOTS; i++)
		assert_null(f->pictures[i].map);
	channel_finish(&f->channel);
	guest_memory_finish(&f->memory);
	loop_finish(&f->loop);
	close(f->daemon);
	assert_int_equal(count_fds(), f->fds_before);
	free(f);
	return 0;
}

/* -- the device -- */

static uint32_t execute(struct fixture *f, const struct virtio_gpu_command *command)
{
	struct renderer *base = &f->renderer.base;
	return base->interface->execute(base, command, (struct renderer_ticket){ 0 });
}

static void create(struct fixture *f, uint32_t id, uint32_t format)
{
	struct virtio_gpu_command command = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_2D,
		.resource_id = id,
		.create_2d = { format, SIDE, SIDE },
	};
	uint8_t tail[16] = { 0 };
	uint64_t addr = htole64(GUEST);
	uint32_t len = htole32(BYTES);

	assert_int_equal(execute(f, &command), VIRTIO_GPU_RESP_OK_NODATA);
	memcpy(tail, &addr, 8);
	memcpy(tail + 8, &len, 4);
	command = (struct virtio_gpu_command){
		.header.type = VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING,
		.resource_id = id,
		.attach_backing.n_entries = 1,
		.tail = tail,
		.tail_len = sizeof(tail),
	};
	assert_int_equal(execute(f, &command), VIRTIO_GPU_RESP_OK_NODATA);
}

static void transfer(struct fixture *f, uint32_t id, struct virtio_gpu_area area)
{
	struct virtio_gpu_command command = {
		.header.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,
		.resource_id = id,
		.transfer_2d = { area, (area.y * SIDE + area.x) * 4 },
	};
	assert_int_equal(execute(f, &command), VIRTIO_GPU_RESP_OK_NODATA);
}

static void scanout(struct fixture *f, uint32_t id, struct virtio_gpu_area area)
{
	struct renderer *base = &f->renderer.base;
	struct renderer_scanout wanted = { .resource = id, .area = area, .serial = 1 };

	base->interface->scanout(base, 0, &wanted);
}

static void flush(struct fixture *f, struct picture_box box)
{
	struct renderer *base = &f->renderer.base;

	base->interface->flush(base, 0, box, 0, (struct renderer_ticket){ 0 });
	daemon_read(f);
}

static void release(struct fixture *f, uint32_t slot)
{
	struct link_picture_released message = {
		.type = LINK_PICTURE_RELEASED,
		.slot = slot,
		.generation = f->pictures[slot].add.generation,
	};

	f->pictures[slot].busy = false;
	pixman_renderer_released(&f->renderer, &message);
	daemon_read(f);
}

static void frame_done(struct fixture *f)
{
	struct link_frame_done message = { .type = LINK_FRAME_DONE };

	f->credit = true;
	pixman_renderer_frame_done(&f->renderer, &message);
	daemon_read(f);
}

/* As after a rest: a second in which something still moved, and one without. */
static void trim(struct fixture *f)
{
	f->renderer.trim.handle(&f->renderer.trim);
	f->renderer.trim.handle(&f->renderer.trim);
	daemon_read(f);
}

/* Another mulliond, which has nothing. */
static void resync(struct fixture *f)
{
	daemon_read(f); /* of the old life */
	for (uint32_t i = 0; i < LIMIT_SLOTS; i++)
		picture_forget(&f->pictures[i]);
	f->credit = true;
	f->shown = -1;
	pixman_renderer_resync(&f->renderer);
	daemon_read(f);
}

/* -- at random -- */

struct guest_screen {
	uint8_t pixels[2][BYTES]; /* of resource 1 and 2, as transferred */
	uint32_t resource;
	struct virtio_gpu_area area; /* of the scanout */
	bool flushed;                /* since that */
};

static struct virtio_gpu_area random_area(struct dice *dice)
{
	struct virtio_gpu_area area = { .x = dice_roll(dice, SIDE), .y = dice_roll(dice, SIDE) };
	area.width = 1 + dice_roll(dice, SIDE - area.x);
	area.height = 1 + dice_roll(dice, SIDE - area.y);
	return area;
}

static void check_shown(const struct fixture *f, const struct guest_screen *screen)
{
	const struct picture_here *picture = &f->pictures[f->shown];
	const struct link_picture_add *add = &picture->add;
	const uint8_t *pixels = screen->pixels[screen->resource - 1];

	assert_int_equal(add->width_px, screen->area.width);
	assert_int_equal(add->height_px, screen->area.height);
	for (uint32_t y = 0; y < add->height_px; y++) {
		for (uint32_t i = 0; i < add->width_px * 4; i++) {
			uint32_t from = ((screen->area.y + y) * SIDE + screen->area.x) * 4 + i;
			if (i % 4 != 3) /* X */
				assert_int_equal(
					picture->map[add->offset_bytes + y * add->stride_bytes + i],
					pixels[from]);
		}
	}
}

/* A transfer and its flush: a frame at once, or later with what is newest then. */
static void draw(struct fixture *f, struct dice *dice, struct guest_screen *screen)
{
	struct virtio_gpu_area area = random_area(dice);
	uint8_t colour = 1 + dice_roll(dice, 255);

	for (uint32_t i = 0; i < BYTES; i++)
		f->guest[i] = colour;
	transfer(f, screen->resource, area);
	for (uint32_t y = area.y; y < area.y + area.height; y++)
		memset(&screen->pixels[screen->resource - 1][(y * SIDE + area.x) * 4], colour,
			area.width * 4);
	screen->flushed = true;
	flush(f, (struct picture_box){ 0, 0, screen->area.width, screen->area.height });
}

static void step(struct fixture *f, struct dice *dice, struct guest_screen *screen)
{
	uint32_t slot = dice_roll(dice, LIMIT_SLOTS);

	switch (dice_roll(dice, 8)) {
	case 0:
	case 1:
		draw(f, dice, screen);
		break;
	case 2:
	case 3:
		if (f->pictures[slot].busy && (int)slot != f->shown)
			release(f, slot);
		break;
	case 4:
	case 5:
		if (!f->credit)
			frame_done(f);
		break;
	case 6:
		if (!dice_roll(dice, 5))
			trim(f);
		break;
	default:
		if (!dice_roll(dice, 10)) {
			uint32_t frames = f->n_frames;
			resync(f);
			assert_int_equal(f->n_frames, frames + screen->flushed);
			break;
		}
		if (dice_roll(dice, 10))
			break;
		screen->flushed = false;
		screen->resource = 1 + dice_roll(dice, 2);
		screen->area = random_area(dice);
		scanout(f, screen->resource, screen->area);
	}
}

static void run(void **state, uint32_t format)
{
	for (uint64_t seed = 0; seed < 100; seed++) {
		setup(state);
		struct fixture *f = *state;
		struct dice dice = dice_of(seed);
		struct guest_screen screen = { .resource = 1, .area = { 0, 0, SIDE, SIDE } };

		create(f, 1, format);
		create(f, 2, format);
		scanout(f, 1, screen.area);
		for (int i = 0; i < 2000; i++) {
			uint32_t frames = f->n_frames;
			step(f, &dice, &screen);
			if (f->n_frames != frames)
				check_shown(f, &screen);
		}
		assert_true(f->n_frames > 50);
		teardown(state);
	}
}

static void test_without_a_copy(void **state)
{
	run(state, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM);
}

static void test_with_a_copy(void **state)
{
	run(state, VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM);
}

/* -- what was once wrong -- */

/* After a rest a buffer is new memory, which the daemon must be told of. */
static void test_motion_after_a_rest(void **state)
{
	struct fixture *f = *state;
	struct guest_screen screen = { .resource = 1, .area = { 0, 0, SIDE, SIDE } };
	struct dice dice = dice_of(1);

	create(f, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM);
	scanout(f, 1, screen.area);
	for (int i = 0; i < 4; i++) {
		int before = f->shown;
		draw(f, &dice, &screen);
		check_shown(f, &screen);
		if (before >= 0)
			release(f, before);
		frame_done(f);
		if (i == 1)
			trim(f);
	}
}

/* -- flushes whose answer waits for the screen -- */

static struct {
	uint64_t seqs[8];
	uint32_t n;
} told;

static void handle_completed(void *data, uint64_t seq, uint32_t response)
{
	assert_int_equal(response, VIRTIO_GPU_RESP_OK_NODATA);
	assert_true(told.n < 8);
	told.seqs[told.n++] = seq;
	loop_stop(data, 0);
}

static uint32_t flush_fenced(struct fixture *f, uint64_t seq)
{
	struct renderer *base = &f->renderer.base;
	struct renderer_ticket ticket = { .wait = RENDERER_WAIT_FENCED, .seq = seq };

	uint32_t answer =
		base->interface->flush(base, 0, (struct picture_box){ 0, 0, SIDE, SIDE }, 0, ticket);
	daemon_read(f);
	return answer;
}

/* The next of them, which the loop brings. */
static uint64_t wait_told(struct fixture *f)
{
	uint32_t before = told.n;

	f->loop.stop = false;
	if (told.n == before)
		loop_run(&f->loop);
	assert_int_equal(told.n, before + 1);
	return told.seqs[before];
}

static void take(struct fixture *f)
{
	int shown = f->shown;

	frame_done(f);
	release(f, shown);
}

static void test_fenced_flush(void **state)
{
	static const struct renderer_listener listener = { .completed = handle_completed };
	struct fixture *f = *state;
	uint32_t later = 0, now = VIRTIO_GPU_RESP_OK_NODATA;

	create(f, 1, VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM);
	scanout(f, 1, (struct virtio_gpu_area){ 0, 0, SIDE, SIDE });
	assert_int_equal(flush_fenced(f, 1), now); /* nobody listens */
	take(f);
	told.n = 0;
	pixman_renderer_pace(&f->renderer, &listener, &f->loop);
	/* Until the screen took it. */
	assert_int_equal(flush_fenced(f, 2), later);
	assert_int_equal(told.n, 0);
	take(f);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.seqs[0], 2);
	/* A newer one overtakes it, and waits for its own frame. */
	assert_int_equal(flush_fenced(f, 3), later);
	assert_int_equal(flush_fenced(f, 4), later);
	assert_int_equal(told.n, 2);
	assert_int_equal(told.seqs[1], 3);
	take(f);
	assert_int_equal(told.n, 2);
	take(f);
	assert_int_equal(told.n, 3);
	assert_int_equal(told.seqs[2], 4);
	/* Not for ever: who does not take it is not waited for any more. */
	int64_t start_ns = clock_now_ns();
	assert_int_equal(flush_fenced(f, 5), later);
	assert_int_equal(wait_told(f), 5);
	assert_true(clock_now_ns() - start_ns >= PACE_LIMIT_NS);
	for (uint64_t seq = 6; seq < 20; seq++)
		assert_int_equal(flush_fenced(f, seq), now);
	take(f);
	take(f);
	/* The head goes dark. */
	assert_int_equal(flush_fenced(f, 20), later);
	scanout(f, 0, (struct virtio_gpu_area){ 0 });
	assert_int_equal(told.n, 4);
	assert_int_equal(wait_told(f), 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_a_copy),
		cmocka_unit_test(test_with_a_copy),
		cmocka_unit_test_setup_teardown(test_motion_after_a_rest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fenced_flush, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

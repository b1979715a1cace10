/* SPDX-License-Identifier: MIT */
/*
 * A head in the daemon between two workers and a presenter. Whatever they do: each
 * frame gets its frame_done once, each slot comes back, and no picture is looked at
 * after its worker has it again.
 */
#include "tests/unit.h"

#include <drm_fourcc.h>
#include <errno.h>

#include "base/io.h"
#include "daemon/head.h"

#define PLANES LINK_PLANE_COUNT
#define SIDE 64u

/* -- a presenter that owes what the contract says -- */

struct presenter {
	struct presenter_plane_state {
		struct picture *shown;
		bool owed; /* a frame_done */
	} planes[PLANES];
	struct picture *due[256]; /* to be released */
	uint32_t n_due;
	uint32_t n_known, n_shows, n_moves;
	bool refuses; /* the next import */
};

static void presenter_let_go(struct presenter *p, uint32_t plane)
{
	struct picture *picture = p->planes[plane].shown;

	p->planes[plane].shown = NULL;
	if (!picture)
		return;
	assert_true(p->n_due < N(p->due));
	p->due[p->n_due++] = picture;
}

static int fake_import(struct presenter *p, struct picture *picture)
{
	assert_null(picture->presenter_data);
	if (p->refuses) {
		p->refuses = false;
		return -EINVAL;
	}
	picture->presenter_data = p;
	p->n_known++;
	return 0;
}

static void fake_forget(struct presenter *p, struct picture *picture)
{
	uint32_t n = 0;

	assert_ptr_equal(picture->presenter_data, p);
	for (uint32_t i = 0; i < PLANES; i++) {
		if (p->planes[i].shown == picture)
			p->planes[i].shown = NULL;
	}
	for (uint32_t i = 0; i < p->n_due; i++) {
		if (p->due[i] != picture)
			p->due[n++] = p->due[i];
	}
	p->n_due = n;
	p->n_known--;
	picture->presenter_data = NULL;
}

static void presenter_put(struct presenter *p, uint32_t plane, struct picture *picture)
{
	assert_ptr_equal(picture->presenter_data, p);
	assert_true(picture->fd >= 0);
	presenter_let_go(p, plane);
	p->planes[plane].shown = picture;
	p->planes[plane].owed = true;
	p->n_shows++;
}

static void fake_show(struct presenter *p, uint32_t head, struct picture *picture,
	const struct picture_box *damage)
{
	assert_false(p->planes[PRESENTER_PLANE_PRIMARY].owed);
	presenter_put(p, PRESENTER_PLANE_PRIMARY, picture);
}

static void fake_blank(struct presenter *p, uint32_t head)
{
	presenter_let_go(p, PRESENTER_PLANE_PRIMARY);
}

/* No cursor has a frame_done too; asked again before it, there is one for both. */
static void fake_cursor(struct presenter *p, uint32_t head, struct picture *picture, uint32_t hot_x,
	uint32_t hot_y)
{
	if (picture) {
		presenter_put(p, PRESENTER_PLANE_CURSOR, picture);
		return;
	}
	presenter_let_go(p, PRESENTER_PLANE_CURSOR);
	p->planes[PRESENTER_PLANE_CURSOR].owed = true;
}

static void fake_cursor_move(struct presenter *p, uint32_t head, int32_t x, int32_t y)
{
	p->n_moves++;
}

static const struct presenter_interface fake_presenter = {
	.name = "fake",
	.import = fake_import,
	.forget = fake_forget,
	.show = fake_show,
	.blank = fake_blank,
	.cursor = fake_cursor,
	.cursor_move = fake_cursor_move,
};

/* -- workers, made by hand -- */

enum slot_state {
	SLOT_EMPTY,
	SLOT_MINE,
	SLOT_HANDED, /* the daemon has a frame of it */
};

struct worker_end {
	struct channel channel; /* the daemon's end */
	int fd;
	bool up;
	uint32_t frames_owed[PLANES]; /* frames without their frame_done */
	struct {
		enum slot_state state;
		uint32_t generation;
	} slots[PLANES][LIMIT_SLOTS];
	uint32_t n_refused;
};

struct fixture {
	struct loop loop;
	struct head head;
	struct presenter presenter;
	struct channel *links[HEAD_SOURCE_COUNT];
	struct worker_end workers[HEAD_SOURCE_COUNT];
	uint32_t generation;
	uint64_t serial;
	int memfd;
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

	f->fds_before = count_fds();
	assert_int_equal(loop_init(&f->loop), 0);
	f->memfd = memfd_create_sealed("picture", SIDE * SIDE * 4);
	for (uint32_t i = 0; i < HEAD_SOURCE_COUNT; i++) {
		int fds[2];
		assert_int_equal(channel_pair(fds), 0);
		f->workers[i].fd = fds[1];
		f->workers[i].up = true;
		channel_open(&f->workers[i].channel, &f->loop, fds[0], &interface);
		f->links[i] = &f->workers[i].channel;
	}
	head_init(&f->head, 0, &fake_presenter, &f->presenter, f->links);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	head_finish(&f->head);
	assert_int_equal(f->presenter.n_known, 0);
	assert_int_equal(f->presenter.n_due, 0);
	for (uint32_t i = 0; i < HEAD_SOURCE_COUNT; i++) {
		channel_finish(&f->workers[i].channel);
		fd_close(&f->workers[i].fd);
	}
	fd_close(&f->memfd);
	loop_finish(&f->loop);
	assert_int_equal(count_fds(), f->fds_before);
	free(f);
	return 0;
}

/* What the daemon told this worker. */
static void worker_read(struct fixture *f, enum head_source source)
{
	struct worker_end *w = &f->workers[source];
	union {
		uint32_t type;
		struct link_frame_done done;
		struct link_picture_released released;
	} m;
	int fds[IO_FDS_MAX];
	size_t n_fds;

	while (io_recv(w->fd, &m, sizeof(m), fds, &n_fds) > 0) {
		if (!w->up)
			continue;
		if (m.type == LINK_FRAME_DONE) {
			assert_true(m.done.plane < PLANES);
			assert_true(w->frames_owed[m.done.plane] > 0);
			w->frames_owed[m.done.plane]--;
			continue;
		}
		uint32_t plane = m.released.plane, slot = m.released.slot;
		assert_true(plane < PLANES && slot < LIMIT_SLOTS);
		if (m.type == LINK_PICTURE_REFUSED) {
			w->n_refused++;
			continue;
		}
		assert_int_equal(m.type, LINK_PICTURE_RELEASED);
		assert_int_equal(w->slots[plane][slot].state, SLOT_HANDED);
		assert_int_equal(w->slots[plane][slot].generation, m.released.generation);
		w->slots[plane][slot].state = SLOT_MINE;
		/* From here on the worker writes it: nobody may look at it. */
		const struct picture *picture =
			&f->head.planes[plane].pictures[source][slot].picture;
		assert_ptr_not_equal(f->presenter.planes[plane].shown, picture);
		for (uint32_t i = 0; i < f->presenter.n_due; i++)
			assert_ptr_not_equal(f->presenter.due[i], picture);
	}
}

static void workers_read(struct fixture *f)
{
	for (uint32_t i = 0; i < HEAD_SOURCE_COUNT; i++)
		worker_read(f, i);
}

static struct link_picture_add add_of(uint32_t plane, uint32_t slot)
{
	return (struct link_picture_add){
		.type = LINK_PICTURE_ADD, .plane = plane, .slot = slot, .kind = LINK_PICTURE_SHM,
		.width_px = SIDE, .height_px = SIDE, .stride_bytes = SIDE * 4,
		.fourcc = DRM_FORMAT_XRGB8888,
	};
}

static bool try_add(struct fixture *f, enum head_source source, struct link_picture_add message)
{
	int fd = fd_dup(f->memfd);
	bool taken = head_handle_add(&f->head, source, &message, &fd);

	assert_true(!taken || fd == -1);
	fd_close(&fd);
	return taken;
}

static void add_kind(struct fixture *f, enum head_source source, uint32_t plane, uint32_t slot,
	uint32_t kind)
{
	struct link_picture_add message = add_of(plane, slot);

	message.kind = kind;
	message.generation = ++f->generation;
	f->workers[source].slots[plane][slot].state = SLOT_MINE;
	f->workers[source].slots[plane][slot].generation = message.generation;
	assert_true(try_add(f, source, message));
	workers_read(f);
}

static void add(struct fixture *f, enum head_source source, uint32_t plane, uint32_t slot)
{
	add_kind(f, source, plane, slot, LINK_PICTURE_SHM);
}

static struct link_frame frame_of(uint32_t plane, uint32_t slot, uint64_t serial)
{
	return (struct link_frame){
		.type = LINK_FRAME, .plane = plane, .slot = slot, .serial = serial,
		.damage_width = SIDE, .damage_height = SIDE,
	};
}

static void frame(struct fixture *f, enum head_source source, uint32_t plane, uint32_t slot,
	uint64_t serial)
{
	struct link_frame message = frame_of(plane, slot, serial);

	f->workers[source].slots[plane][slot].state = SLOT_HANDED;
	f->workers[source].frames_owed[plane]++;
	assert_true(head_handle_frame(&f->head, source, &message));
	workers_read(f);
}

static void remove_picture(struct fixture *f, enum head_source source, uint32_t plane, uint32_t slot)
{
	struct link_picture_remove message = {
		.type = LINK_PICTURE_REMOVE, .plane = plane, .slot = slot,
	};

	f->workers[source].slots[plane][slot].state = SLOT_EMPTY;
	assert_true(head_handle_remove(&f->head, source, &message));
	workers_read(f);
}

static void scanout(struct fixture *f, uint64_t serial, uint32_t size, bool remote)
{
	struct link_scanout message = {
		.type = LINK_SCANOUT, .serial = serial, .width_px = size, .height_px = size,
		.remote = remote,
	};

	head_handle_scanout(&f->head, &message);
	workers_read(f);
}

static void cursor(struct fixture *f, bool visible)
{
	struct link_cursor_move message = { .type = LINK_CURSOR_MOVE, .visible = visible };

	head_handle_cursor(&f->head, &message);
	workers_read(f);
}

static void frame_done(struct fixture *f, uint32_t plane)
{
	assert_true(f->presenter.planes[plane].owed);
	f->presenter.planes[plane].owed = false;
	head_frame_done(&f->head, plane);
	workers_read(f);
}

static void release_one(struct fixture *f, uint32_t i)
{
	struct picture *picture = f->presenter.due[i];

	/* Shown again meanwhile: not said then. */
	f->presenter.due[i] = f->presenter.due[--f->presenter.n_due];
	head_picture_released(picture);
	workers_read(f);
}

static void settle(struct fixture *f)
{
	for (bool more = true; more;) {
		more = false;
		while (f->presenter.n_due)
			release_one(f, 0);
		for (uint32_t p = 0; p < PLANES; p++) {
			if (f->presenter.planes[p].owed) {
				frame_done(f, p);
				more = true;
			}
		}
	}
}

static enum slot_state slot(struct fixture *f, enum head_source source, uint32_t slot)
{
	return f->workers[source].slots[LINK_PLANE_PRIMARY][slot].state;
}

static const struct picture *on_screen(struct fixture *f)
{
	return f->presenter.planes[PRESENTER_PLANE_PRIMARY].shown;
}

static const struct picture *picture(struct fixture *f, enum head_source source, uint32_t slot)
{
	return &f->head.planes[LINK_PLANE_PRIMARY].pictures[source][slot].picture;
}

#define GUEST HEAD_SOURCE_GUEST
#define RENDER HEAD_SOURCE_RENDER
#define PRIMARY LINK_PLANE_PRIMARY

/* -- what a worker may not send -- */

static void test_pictures_refused(void **state)
{
	struct fixture *f = *state;
	struct link_picture_add m;

#define REFUSED(change)                                                                            \
	do {                                                                                        \
		m = add_of(0, 0);                                                                   \
		change;                                                                             \
		assert_false(try_add(f, GUEST, m));                                                 \
	} while (0)
	REFUSED(m.plane = LINK_PLANE_COUNT);
	REFUSED(m.plane = UINT32_MAX);
	REFUSED(m.slot = LIMIT_SLOTS);
	REFUSED(m.slot = UINT32_MAX);
	REFUSED(m.kind = 2);
	REFUSED(m.width_px = 0);
	REFUSED(m.height_px = 0);
	REFUSED(m.width_px = LIMIT_PICTURE_PX + 1; m.stride_bytes = m.width_px * 4);
	REFUSED(m.height_px = UINT32_MAX);
	REFUSED(m.width_px = 1u << 30; m.stride_bytes = 0);
	REFUSED(m.stride_bytes = SIDE * 4 - 1);
	REFUSED(m.stride_bytes = UINT32_MAX);
	REFUSED(m.height_px = SIDE + 1);
	REFUSED(m.offset_bytes = 1);
	REFUSED(m.offset_bytes = UINT32_MAX);
	REFUSED(m.fourcc = DRM_FORMAT_RGB565);
	REFUSED(m.fourcc = 0);
	assert_int_equal(f->presenter.n_known, 0);
	assert_true(try_add(f, GUEST, add_of(0, 0)));
	assert_false(try_add(f, GUEST, add_of(0, 0))); /* there is one */
	/* Memory that could shrink under the reader. */
	int fd = memfd_create_sealed("dup", 0);
	struct link_picture_add one = add_of(0, 1);
	assert_false(head_handle_add(&f->head, GUEST, &one, &fd));
	fd_close(&fd);
}

static void test_frames_refused(void **state)
{
	struct fixture *f = *state;
	struct link_frame m;

	add(f, GUEST, PRIMARY, 0);
#define WRONG(change)                                                                              \
	do {                                                                                        \
		m = frame_of(0, 0, 1);                                                              \
		change;                                                                             \
		assert_false(head_handle_frame(&f->head, GUEST, &m));                               \
	} while (0)
	WRONG(m.plane = 2);
	WRONG(m.slot = 1);
	WRONG(m.slot = LIMIT_SLOTS);
	WRONG(m.damage_width = SIDE + 1);
	WRONG(m.damage_x = 1);
	WRONG(m.damage_y = 1);
	WRONG(m.damage_x = UINT32_MAX; m.damage_width = 2);
	WRONG(m.damage_height = UINT32_MAX);
	WRONG(m.hot_x = SIDE + 1);
	WRONG(m.hot_y = UINT32_MAX);
	assert_int_equal(f->presenter.n_shows, 0);
	frame(f, GUEST, PRIMARY, 0, 1);
	m = frame_of(0, 0, 2);
	assert_false(head_handle_frame(&f->head, GUEST, &m)); /* it is here already */
	struct link_picture_remove none = { .slot = 5 };
	assert_false(head_handle_remove(&f->head, GUEST, &none));
	settle(f);
}

/* -- the flow -- */

static void test_one_after_the_other(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 3; i++)
		add(f, GUEST, PRIMARY, i);
	frame(f, GUEST, PRIMARY, 0, 1);
	assert_int_equal(f->workers[GUEST].frames_owed[PRIMARY], 1);
	frame_done(f, PRIMARY);
	assert_int_equal(f->workers[GUEST].frames_owed[PRIMARY], 0);
	frame(f, GUEST, PRIMARY, 1, 1);
	/* The first one is off the screen, but the presenter still reads it. */
	assert_int_equal(slot(f, GUEST, 0), SLOT_HANDED);
	release_one(f, 0);
	assert_int_equal(slot(f, GUEST, 0), SLOT_MINE);
	settle(f);
	/* The one on the screen stays here for a screenshot. */
	assert_int_equal(slot(f, GUEST, 1), SLOT_HANDED);
	assert_int_equal(f->head.stats.dropped, 0);
}

static void test_newest_of_those_that_wait(void **state)
{
	struct fixture *f = *state;

	add(f, GUEST, PRIMARY, 0);
	for (uint32_t i = 0; i < 3; i++)
		add(f, RENDER, PRIMARY, i);
	frame(f, GUEST, PRIMARY, 0, 1);
	for (uint32_t i = 0; i < 3; i++)
		frame(f, RENDER, PRIMARY, i, 2);
	/* Two of them will never be shown: back at once, both in slot and in credit. */
	assert_int_equal(slot(f, RENDER, 0), SLOT_MINE);
	assert_int_equal(slot(f, RENDER, 1), SLOT_MINE);
	assert_int_equal(f->workers[RENDER].frames_owed[PRIMARY], 1);
	frame_done(f, PRIMARY);
	assert_ptr_equal(on_screen(f), picture(f, RENDER, 2));
	assert_int_equal(f->workers[GUEST].frames_owed[PRIMARY], 0);
	assert_int_equal(f->head.stats.dropped, 2);
	settle(f);
	assert_int_equal(slot(f, GUEST, 0), SLOT_MINE);
}

static void test_older_serial_is_not_shown(void **state)
{
	struct fixture *f = *state;

	add(f, GUEST, PRIMARY, 0);
	add(f, RENDER, PRIMARY, 0);
	frame(f, RENDER, PRIMARY, 0, 5);
	settle(f);
	frame(f, GUEST, PRIMARY, 0, 4);
	assert_ptr_equal(on_screen(f), picture(f, RENDER, 0));
	assert_int_equal(slot(f, GUEST, 0), SLOT_MINE);
	assert_int_equal(f->workers[GUEST].frames_owed[PRIMARY], 0);
	frame(f, GUEST, PRIMARY, 0, 6);
	assert_ptr_equal(on_screen(f), picture(f, GUEST, 0));
	settle(f);
	assert_int_equal(slot(f, RENDER, 0), SLOT_MINE);
}

static void test_blank(void **state)
{
	struct fixture *f = *state;

	add(f, GUEST, PRIMARY, 0);
	add(f, RENDER, PRIMARY, 0);
	frame(f, GUEST, PRIMARY, 0, 1);
	frame(f, RENDER, PRIMARY, 0, 2);
	scanout(f, 3, 0, false);
	assert_null(on_screen(f));
	assert_int_equal(slot(f, RENDER, 0), SLOT_MINE);
	settle(f);
	assert_int_equal(slot(f, GUEST, 0), SLOT_MINE);
	/* A frame of before comes late. */
	frame(f, GUEST, PRIMARY, 0, 2);
	assert_null(on_screen(f));
	assert_int_equal(slot(f, GUEST, 0), SLOT_MINE);
}

static void test_not_importable(void **state)
{
	struct fixture *f = *state;

	f->presenter.refuses = true;
	add_kind(f, RENDER, PRIMARY, 0, LINK_PICTURE_DMABUF);
	assert_int_equal(f->workers[RENDER].n_refused, 1);
	frame(f, RENDER, PRIMARY, 0, 1);
	assert_int_equal(slot(f, RENDER, 0), SLOT_MINE);
	assert_int_equal(f->workers[RENDER].frames_owed[PRIMARY], 0);
	assert_int_equal(f->presenter.n_shows, 0);
	remove_picture(f, RENDER, PRIMARY, 0);
}

/* The presenter never releases what failed: the slot comes back when another is shown. */
static void test_fails_on_the_screen(void **state)
{
	struct fixture *f = *state;

	add_kind(f, RENDER, PRIMARY, 0, LINK_PICTURE_DMABUF);
	add(f, RENDER, PRIMARY, 1);
	frame(f, RENDER, PRIMARY, 0, 1);
	f->presenter.planes[0].shown = NULL;
	head_picture_failed((struct picture *)picture(f, RENDER, 0));
	frame_done(f, PRIMARY);
	frame(f, RENDER, PRIMARY, 1, 1);
	assert_int_equal(slot(f, RENDER, 0), SLOT_MINE);
	settle(f);
}

static void test_fails_while_it_waits(void **state)
{
	struct fixture *f = *state;

	add(f, GUEST, PRIMARY, 0);
	add_kind(f, RENDER, PRIMARY, 0, LINK_PICTURE_DMABUF);
	frame(f, GUEST, PRIMARY, 0, 1);
	frame(f, RENDER, PRIMARY, 0, 2);
	head_picture_failed((struct picture *)picture(f, RENDER, 0));
	settle(f);
	assert_int_equal(f->presenter.n_shows, 1);
	assert_int_equal(slot(f, RENDER, 0), SLOT_MINE);
	assert_int_equal(f->workers[RENDER].frames_owed[PRIMARY], 0);
}

static void source_gone(struct fixture *f, enum head_source source)
{
	struct worker_end *w = &f->workers[source];

	f->links[source] = NULL;
	w->up = false;
	head_source_gone(&f->head, source);
	workers_read(f);
	memset(w->frames_owed, 0, sizeof(w->frames_owed));
	memset(w->slots, 0, sizeof(w->slots));
}

static void source_comes(struct fixture *f, enum head_source source)
{
	f->links[source] = &f->workers[source].channel;
	f->workers[source].up = true;
}

/* A renderer dies with its frame on the screen; the other worker's waits and is shown. */
static void test_other_ones_frame_survives_a_death(void **state)
{
	struct fixture *f = *state;

	add(f, RENDER, PRIMARY, 0);
	add(f, GUEST, PRIMARY, 0);
	frame(f, RENDER, PRIMARY, 0, 1);
	frame(f, GUEST, PRIMARY, 0, 2);
	source_gone(f, RENDER);
	settle(f);
	assert_ptr_equal(on_screen(f), picture(f, GUEST, 0));
}

static void test_successor_has_credit_of_its_own(void **state)
{
	struct fixture *f = *state;

	add(f, RENDER, PRIMARY, 0);
	frame(f, RENDER, PRIMARY, 0, 1);
	source_gone(f, RENDER);
	source_comes(f, RENDER);
	add(f, RENDER, PRIMARY, 0);
	frame(f, RENDER, PRIMARY, 0, 1);
	/* The frame_done that is owed is of the dead one's. */
	frame_done(f, PRIMARY);
	assert_int_equal(f->workers[RENDER].frames_owed[PRIMARY], 1);
	frame_done(f, PRIMARY);
	assert_int_equal(f->workers[RENDER].frames_owed[PRIMARY], 0);
}

static void test_cursor(void **state)
{
	struct fixture *f = *state;

	add(f, GUEST, LINK_PLANE_CURSOR, 0);
	frame(f, GUEST, LINK_PLANE_CURSOR, 0, 1);
	cursor(f, true);
	assert_int_equal(f->presenter.n_moves, 1);
	cursor(f, false);
	assert_null(f->presenter.planes[PRESENTER_PLANE_CURSOR].shown);
	settle(f);
	assert_int_equal(f->workers[GUEST].slots[LINK_PLANE_CURSOR][0].state, SLOT_MINE);
	assert_int_equal(f->workers[GUEST].frames_owed[LINK_PLANE_CURSOR], 0);
}

/* -- at random -- */

static void random_worker(struct fixture *f, struct dice *dice, enum head_source source)
{
	struct worker_end *w = &f->workers[source];
	uint32_t plane = dice_roll(dice, PLANES), slot = dice_roll(dice, LIMIT_SLOTS);

	if (!w->up) {
		if (!dice_roll(dice, 4))
			source_comes(f, source);
		return;
	}
	switch (w->slots[plane][slot].state) {
	case SLOT_EMPTY:
		f->presenter.refuses = !dice_roll(dice, 8);
		add_kind(f, source, plane, slot,
			dice_roll(dice, 2) ? LINK_PICTURE_DMABUF : LINK_PICTURE_SHM);
		f->presenter.refuses = false;
		return;
	case SLOT_MINE:
		f->serial += !dice_roll(dice, 4);
		if (dice_roll(dice, 6))
			frame(f, source, plane, slot,
				f->serial > 3 ? f->serial - dice_roll(dice, 4) : f->serial);
		else
			remove_picture(f, source, plane, slot);
		return;
	case SLOT_HANDED:
		if (!dice_roll(dice, 20))
			remove_picture(f, source, plane, slot);
	}
}

static void random_failure(struct fixture *f, struct dice *dice)
{
	struct head_picture *p = &f->head.planes[dice_roll(dice, PLANES)]
					  .pictures[dice_roll(dice, 2)][dice_roll(dice, LIMIT_SLOTS)];
	struct presenter *presenter = &f->presenter;
	uint32_t n = 0;

	if (p->picture.fd < 0 || !p->imported || p->refused || p->picture.kind != PICTURE_KIND_DMABUF)
		return;
	/* What failed is let go without a word more. */
	for (uint32_t i = 0; i < PLANES; i++) {
		if (presenter->planes[i].shown == &p->picture)
			presenter->planes[i].shown = NULL;
	}
	for (uint32_t i = 0; i < presenter->n_due; i++) {
		if (presenter->due[i] != &p->picture)
			presenter->due[n++] = presenter->due[i];
	}
	presenter->n_due = n;
	head_picture_failed(&p->picture);
	workers_read(f);
}

static void random_event(struct fixture *f, struct dice *dice)
{
	switch (dice_roll(dice, 12)) {
	case 0:
	case 1:
		if (f->presenter.n_due)
			release_one(f, dice_roll(dice, f->presenter.n_due));
		break;
	case 2:
	case 3:
		if (f->presenter.planes[PRESENTER_PLANE_PRIMARY].owed)
			frame_done(f, PRESENTER_PLANE_PRIMARY);
		break;
	case 4:
		if (f->presenter.planes[PRESENTER_PLANE_CURSOR].owed)
			frame_done(f, PRESENTER_PLANE_CURSOR);
		break;
	case 5:
		scanout(f, f->serial, dice_roll(dice, 8) ? SIDE : 0, dice_roll(dice, 2));
		break;
	case 6:
		cursor(f, dice_roll(dice, 4));
		break;
	case 7:
		if (!dice_roll(dice, 4))
			random_failure(f, dice);
		break;
	case 8: {
		enum head_source source = dice_roll(dice, HEAD_SOURCE_COUNT);
		if (!dice_roll(dice, 10) && f->workers[source].up)
			source_gone(f, source);
		break;
	}
	default:
		random_worker(f, dice, dice_roll(dice, HEAD_SOURCE_COUNT));
	}
}

/* Nothing is owed, and what has not come back is what is shown. */
static void check_rest(struct fixture *f, bool blank)
{
	for (uint32_t s = 0; s < HEAD_SOURCE_COUNT; s++) {
		for (uint32_t p = 0; p < PLANES; p++) {
			assert_int_equal(f->workers[s].frames_owed[p], 0);
			for (uint32_t i = 0; i < LIMIT_SLOTS; i++) {
				if (f->workers[s].slots[p][i].state != SLOT_HANDED)
					continue;
				assert_false(blank);
				assert_ptr_equal(f->head.planes[p].shown,
					&f->head.planes[p].pictures[s][i]);
			}
		}
	}
}

static void test_random(void **state)
{
	const char *only = getenv("TEST_SEED");
	uint64_t first = only ? strtoull(only, NULL, 0) : 0, n = only ? 1 : 300;

	for (uint64_t seed = first; seed < first + n; seed++) {
		setup(state);
		struct fixture *f = *state;
		struct dice dice = dice_of(seed);

		if (only)
			print_message("seed %s\n", only);
		for (int round = 0; round < 20; round++) {
			for (int step = 0; step < 100; step++)
				random_event(f, &dice);
			settle(f);
			check_rest(f, false);
		}
		cursor(f, true);
		cursor(f, false);
		scanout(f, UINT64_MAX, 0, false);
		settle(f);
		check_rest(f, true);
		assert_true(f->presenter.n_shows > 20);
		teardown(state);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_pictures_refused),
		TEST(test_frames_refused),
		TEST(test_one_after_the_other),
		TEST(test_newest_of_those_that_wait),
		TEST(test_older_serial_is_not_shown),
		TEST(test_blank),
		TEST(test_not_importable),
		TEST(test_fails_on_the_screen),
		TEST(test_fails_while_it_waits),
		TEST(test_other_ones_frame_survives_a_death),
		TEST(test_successor_has_credit_of_its_own),
		TEST(test_cursor),
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

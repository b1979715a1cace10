/* SPDX-License-Identifier: MIT */
/* A head between a presenter and two workers that a test commands. */
#include "tests/head_world.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdio.h>

#include "base/io.h"

/* -- the presenter -- */

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
	const struct picture_box *damage, int64_t flush_ns)
{
	assert_false(p->planes[PRESENTER_PLANE_PRIMARY].owed);
	presenter_put(p, PRESENTER_PLANE_PRIMARY, picture);
	p->flush_ns = flush_ns;
}

static void fake_blank(struct presenter *p, uint32_t head)
{
	presenter_let_go(p, PRESENTER_PLANE_PRIMARY);
}

/* No cursor has a frame_done too; asked again before it, there is one for both. */
static void fake_cursor(
	struct presenter *p, uint32_t head, struct picture *picture, uint32_t hot_x, uint32_t hot_y)
{
	if (picture) {
		presenter_put(p, PRESENTER_PLANE_CURSOR, picture);
		return;
	}
	presenter_let_go(p, PRESENTER_PLANE_CURSOR);
	p->planes[PRESENTER_PLANE_CURSOR].owed = true;
}

static void fake_notice(struct presenter *p, uint32_t head, const char *text, bool covers)
{
	snprintf(p->notice, sizeof(p->notice), "%s", text ? text : "");
	p->covered = covers;
}

static void fake_open(struct presenter *p, uint32_t head)
{
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
	.notice = fake_notice,
	.open = fake_open,
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

int world_setup(void **state)
{
	struct head_world *world = calloc(1, sizeof(*world));

	world->fds_before = count_fds();
	assert_int_equal(loop_init(&world->loop), 0);
	world->memfd = memfd_create_sealed("picture", SIDE * SIDE * 4);
	for (uint32_t i = 0; i < HEAD_SOURCE_COUNT; i++) {
		int fds[2];
		assert_int_equal(channel_pair(fds), 0);
		world->workers[i].fd = fds[1];
		world->workers[i].up = true;
		channel_open(&world->workers[i].channel, &world->loop, fds[0], &interface);
		world->links[i] = &world->workers[i].channel;
	}
	head_init(&world->head, 0, &fake_presenter, &world->presenter, world->links);
	*state = world;
	return 0;
}

int world_teardown(void **state)
{
	struct head_world *world = *state;

	for (uint32_t s = 0; s < HEAD_SOURCE_COUNT; s++)
		head_source_gone(&world->head, s);
	assert_int_equal(world->presenter.n_known, 0);
	assert_int_equal(world->presenter.n_due, 0);
	for (uint32_t i = 0; i < HEAD_SOURCE_COUNT; i++) {
		channel_finish(&world->workers[i].channel);
		fd_close(&world->workers[i].fd);
	}
	fd_close(&world->memfd);
	loop_finish(&world->loop);
	assert_int_equal(count_fds(), world->fds_before);
	free(world);
	return 0;
}

/* What the daemon told this worker. */
static void worker_read(struct head_world *world, enum head_source source)
{
	struct worker_end *w = &world->workers[source];
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
			&world->head.planes[plane].pictures[source][slot]->picture;
		assert_ptr_not_equal(world->presenter.planes[plane].shown, picture);
		for (uint32_t i = 0; i < world->presenter.n_due; i++)
			assert_ptr_not_equal(world->presenter.due[i], picture);
	}
}

void world_read(struct head_world *world)
{
	for (uint32_t i = 0; i < HEAD_SOURCE_COUNT; i++)
		worker_read(world, i);
}

struct link_picture_add add_of(uint32_t plane, uint32_t slot)
{
	return (struct link_picture_add){
		.type = LINK_PICTURE_ADD,
		.plane = plane,
		.slot = slot,
		.kind = LINK_PICTURE_SHM,
		.width_px = SIDE,
		.height_px = SIDE,
		.stride_bytes = SIDE * 4,
		.fourcc = DRM_FORMAT_XRGB8888,
	};
}

bool world_try_add(
	struct head_world *world, enum head_source source, struct link_picture_add message)
{
	int fd = fd_dup(world->memfd);
	bool taken = head_handle_add(&world->head, source, &message, &fd);

	assert_true(!taken || fd == -1);
	fd_close(&fd);
	return taken;
}

void world_add_kind(struct head_world *world, enum head_source source, uint32_t plane,
	uint32_t slot, uint32_t kind)
{
	struct link_picture_add message = add_of(plane, slot);

	message.kind = kind;
	message.generation = ++world->generation;
	world->workers[source].slots[plane][slot].state = SLOT_MINE;
	world->workers[source].slots[plane][slot].generation = message.generation;
	assert_true(world_try_add(world, source, message));
	world_read(world);
}

void world_add(struct head_world *world, enum head_source source, uint32_t plane, uint32_t slot)
{
	world_add_kind(world, source, plane, slot, LINK_PICTURE_SHM);
}

struct link_frame frame_of(uint32_t plane, uint32_t slot, uint64_t serial)
{
	return (struct link_frame){
		.type = LINK_FRAME,
		.plane = plane,
		.slot = slot,
		.serial = serial,
		.damage_width = SIDE,
		.damage_height = SIDE,
	};
}

void world_frame(struct head_world *world, enum head_source source, uint32_t plane, uint32_t slot,
	uint64_t serial)
{
	struct link_frame message = frame_of(plane, slot, serial);

	world->workers[source].slots[plane][slot].state = SLOT_HANDED;
	world->workers[source].frames_owed[plane]++;
	assert_true(head_handle_frame(&world->head, source, &message));
	world_read(world);
}

void world_remove(struct head_world *world, enum head_source source, uint32_t plane, uint32_t slot)
{
	struct link_picture_remove message = {
		.type = LINK_PICTURE_REMOVE,
		.plane = plane,
		.slot = slot,
	};

	world->workers[source].slots[plane][slot].state = SLOT_EMPTY;
	assert_true(head_handle_remove(&world->head, source, &message));
	world_read(world);
}

void world_scanout(struct head_world *world, uint64_t serial, uint32_t size, bool remote)
{
	struct link_scanout message = {
		.type = LINK_SCANOUT,
		.serial = serial,
		.width_px = size,
		.height_px = size,
		.remote = remote,
	};

	head_handle_scanout(&world->head, &message);
	world_read(world);
}

void world_cursor(struct head_world *world, bool visible)
{
	struct link_cursor_move message = { .type = LINK_CURSOR_MOVE, .visible = visible };

	head_handle_cursor(&world->head, &message);
	world_read(world);
}

void world_frame_done(struct head_world *world, uint32_t plane)
{
	assert_true(world->presenter.planes[plane].owed);
	world->presenter.planes[plane].owed = false;
	head_frame_done(&world->head, plane);
	world_read(world);
}

void world_release(struct head_world *world, uint32_t i)
{
	struct picture *picture = world->presenter.due[i];

	/* Shown again meanwhile: not said then. */
	world->presenter.due[i] = world->presenter.due[--world->presenter.n_due];
	head_picture_released(picture);
	world_read(world);
}

void world_settle(struct head_world *world)
{
	for (bool more = true; more;) {
		more = false;
		while (world->presenter.n_due)
			world_release(world, 0);
		for (uint32_t p = 0; p < PLANES; p++) {
			if (world->presenter.planes[p].owed) {
				world_frame_done(world, p);
				more = true;
			}
		}
	}
}

static void source_ends(struct head_world *world, enum head_source source,
	void (*end)(struct head *head, enum head_source source))
{
	struct worker_end *w = &world->workers[source];

	world->links[source] = NULL;
	w->up = false;
	end(&world->head, source);
	world_read(world);
	memset(w->frames_owed, 0, sizeof(w->frames_owed));
	memset(w->slots, 0, sizeof(w->slots));
}

void world_source_gone(struct head_world *world, enum head_source source)
{
	source_ends(world, source, head_source_gone);
}

void world_source_lost(struct head_world *world, enum head_source source)
{
	const struct picture *before[PLANES];

	for (uint32_t p = 0; p < PLANES; p++)
		before[p] = world->presenter.planes[p].shown;
	source_ends(world, source, head_source_lost);
	/* Whatever was shown still is. */
	for (uint32_t p = 0; p < PLANES; p++)
		assert_ptr_equal(world->presenter.planes[p].shown, before[p]);
}

void world_source_comes(struct head_world *world, enum head_source source)
{
	world->links[source] = &world->workers[source].channel;
	world->workers[source].up = true;
}

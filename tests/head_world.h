/* SPDX-License-Identifier: MIT */
#ifndef TESTS_HEAD_WORLD_H
#define TESTS_HEAD_WORLD_H

/*
 * A head of the daemon with a presenter that insists on its contract, and two
 * workers made by hand that count what they are owed: a frame_done for each frame,
 * and their slots. Both check whatever they are told.
 */

#include "tests/unit.h"

#include "daemon/head.h"

#define PLANES LINK_PLANE_COUNT
#define SIDE 64u
#define GUEST HEAD_SOURCE_GUEST
#define RENDER HEAD_SOURCE_RENDER
#define PRIMARY LINK_PLANE_PRIMARY

struct presenter {
	char notice[200];
	bool covered;
	int64_t flush_ns; /* of the last show */
	struct presenter_plane_state {
		struct picture *shown;
		bool owed; /* a frame_done */
	} planes[PLANES];
	struct picture *due[256]; /* to be released */
	uint32_t n_due;
	uint32_t n_known, n_shows, n_moves;
	bool refuses; /* the next import */
};

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

struct head_world {
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

/* For cmocka: `*state` is the world. Both workers are there, without pictures. */
int world_setup(void **state);
int world_teardown(void **state);

/* -- workers -- */

struct link_picture_add add_of(uint32_t plane, uint32_t slot);
struct link_frame frame_of(uint32_t plane, uint32_t slot, uint64_t serial);
/* Did the daemon take it? */
bool world_try_add(
	struct head_world *world, enum head_source source, struct link_picture_add message);
/* These must be taken. */
void world_add(struct head_world *world, enum head_source source, uint32_t plane, uint32_t slot);
void world_add_kind(struct head_world *world, enum head_source source, uint32_t plane,
	uint32_t slot, uint32_t kind);
void world_frame(struct head_world *world, enum head_source source, uint32_t plane, uint32_t slot,
	uint64_t serial);
void world_remove(struct head_world *world, enum head_source source, uint32_t plane, uint32_t slot);
void world_scanout(struct head_world *world, uint64_t serial, uint32_t size, bool remote);
void world_cursor(struct head_world *world, bool visible);
/* What the daemon told them so far. */
void world_read(struct head_world *world);
void world_source_gone(struct head_world *world, enum head_source source);
void world_source_lost(struct head_world *world, enum head_source source);
void world_source_comes(struct head_world *world, enum head_source source);

/* -- the presenter -- */

void world_frame_done(struct head_world *world, uint32_t plane);
/* The i-th of those that are due. */
void world_release(struct head_world *world, uint32_t i);

/* Until the presenter owes nothing. */
void world_settle(struct head_world *world);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKE_RENDERER_H
#define TESTS_FAKE_RENDERER_H

/*
 * A renderer for tests of the device: it holds no pixels, but knows what it was
 * told, and fails the test when the device breaks the contract of
 * backends/renderer.h. The remote kind answers when the test says so.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/renderer.h"
#include "protocol/limits.h"

#define FAKE_IDS 64 /* ids of resources and contexts stay below */
#define FAKE_QUEUE 4096

struct fake_answer {
	uint64_t seq;
	uint32_t response;
	bool fenced;
};

struct fake_renderer {
	struct renderer base;
	bool remote;
	bool up; /* a remote one that is down must not be called */
	bool room;
	bool said_full; /* has_room was false when it was last asked */
	/* The next RESOURCE_CREATE_3D or SUBMIT_3D fails, or the next call finds it dead. */
	bool fails_next, dies_next;
	bool fails_context; /* the next CTX_CREATE fails */
	bool resources[FAKE_IDS], backed[FAKE_IDS], contexts[FAKE_IDS];
	bool attached[FAKE_IDS][FAKE_IDS]; /* context, resource */
	bool holds_flushes;   /* a local one: fenced ones wait for the test */
	uint64_t held_flush;  /* the last of them */
	uint32_t scanouts[LIMIT_HEADS], cursors[LIMIT_HEADS];
	struct virtio_gpu_area areas[LIMIT_HEADS];
	uint32_t n_calls;
	/* Of a remote one: what it has not told yet, oldest first. */
	struct fake_answer answers[FAKE_QUEUE];
	uint32_t n_answers;
};

void fake_renderer_init(struct fake_renderer *fake, bool remote);
/* A new process: up, empty, with room. */
void fake_renderer_start(struct fake_renderer *fake);
void fake_renderer_die(struct fake_renderer *fake);

/*
 * Takes one of the answers that may be told next: any unfenced one, or the oldest
 * fenced one. `pick` chooses. False: there is none.
 */
bool fake_renderer_take_answer(
	struct fake_renderer *fake, uint32_t pick, struct fake_answer *answer);

#endif

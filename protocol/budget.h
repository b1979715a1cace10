/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_BUDGET_H
#define PROTOCOL_BUDGET_H

/*
 * What mulliond and one mullion-render tell each other without a message: one page, in
 * a sealed memfd of its own, whoever the renderer serves. Each word has one writer, and the
 * other side believes none of it.
 *
 * GPU time: a renderer gives the GPU work only while it has a *grant*. Its word says all
 * in one load; a renderer that has one alone (BUDGET_HELD and no more) works on unasked,
 * for as long as nobody else wants the GPU. In full:
 *
 *   renderer   has work and no grant: `want` = 1, LINK_BUDGET
 *   mulliond   grants: `grant` = a new serial and BUDGET_HELD, LINK_BUDGET
 *   mulliond   others wait: BUDGET_SHARED; from now on work goes in chunks of a part of the
 *              slice, and who has nothing more to do returns its grant
 *   mulliond   wants it back: BUDGET_REVOKED, LINK_BUDGET
 *   renderer   once the GPU is done with its work: `returned` = the serial, LINK_BUDGET
 *
 * LINK_BUDGET says only that there is something to be seen. Whoever got any message on the
 * link looks at the page, so one that does not fit into a full link is not missed.
 * `want` and `grant` are sequentially consistent: who clears its `want` sees BUDGET_SHARED,
 * or mulliond, having set that, sees `want` cleared.
 */

#include <stdatomic.h>
#include <stdint.h>

struct budget_word {
	_Alignas(64) _Atomic uint32_t value;
};

struct budget_time {
	_Alignas(64) _Atomic uint64_t ns;
};

enum budget_grant {
	BUDGET_HELD = 1 << 0,
	BUDGET_SHARED = 1 << 1,
	BUDGET_REVOKED = 1 << 2,
};
#define BUDGET_SERIAL_SHIFT 3

struct budget_page {
	/* By mullion-render for mulliond, which ends one that is stuck. */
	struct budget_word heartbeat;  /* odd while in a call of the library */
	struct budget_word fence_head; /* fences that the GPU was given */
	struct budget_word fence_tail; /* of them, those that it is done with */
	struct budget_word submissions;
	struct budget_word chunks;   /* that streams were cut into */
	struct budget_word want;     /* 1: it has work, waiting or under way */
	struct budget_word returned; /* serial of the grant that it gave back last */
	struct budget_time busy;     /* in its calls, or the GPU at its work */

	/* By mulliond. */
	struct budget_word grant; /* serial << BUDGET_SERIAL_SHIFT, BUDGET_* */
	struct budget_word slice; /* of the grant, in us */

	/* By mulliond for its successor, before the renderer has the page. */
	_Alignas(64) int32_t client_pid; /* of the program that is served; 0: none */
	char client_program[16];

	/* By mullion-render; here, so that all else is where an earlier version has it. */
	struct budget_word frames; /* that the program which it serves showed */
};

#define BUDGET_BYTES 4096u

_Static_assert(sizeof(struct budget_page) <= BUDGET_BYTES, "page");

/*
 * Of a guest with several renderers, one a client: the bytes that each holds, in a page
 * that they share. Each writes its own slot and reads all; mulliond clears one whose
 * renderer is gone.
 */
#define MEMORY_SLOTS 256u
#define MEMORY_BYTES 4096u

_Static_assert(MEMORY_SLOTS * sizeof(_Atomic uint64_t) <= MEMORY_BYTES, "memory page");

#endif

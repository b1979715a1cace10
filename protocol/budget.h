/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_BUDGET_H
#define PROTOCOL_BUDGET_H

/*
 * What mulliond and one mullion-render tell each other without a message: one page, in
 * a sealed memfd of its own, whoever the renderer serves. Each word has one writer, and the
 * other side believes none of it.
 */

#include <stdatomic.h>
#include <stdint.h>

struct budget_word {
	_Alignas(64) _Atomic uint32_t value;
};

struct budget_page {
	/* By mullion-render for mulliond, which ends one that is stuck. */
	struct budget_word heartbeat;  /* odd while in a call of the library */
	struct budget_word fence_head; /* submissions that came to wait for the GPU */
	struct budget_word fence_tail; /* of them, those that it is done with */
	struct budget_word submissions;

	/* By mulliond for its successor, before the renderer has the page. */
	_Alignas(64) int32_t client_pid; /* of the program that is served; 0: none */
	char client_program[16];
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

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_GL_PROBE_H
#define COMPOSITOR_PAINT_GL_PROBE_H

/*
 * GL, tried in a process of its own: loading Mesa may take long, for ever, or end in a
 * crash, and screens wait for none of that. Where it went well it goes quickly afterwards,
 * as all is in memory by then.
 */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/child.h"

struct gl_probe {
	struct child child;
	struct loop_timer limit;
	/* Once; else it is said why not. */
	void (*handle)(struct gl_probe *probe, bool is_good);
};

/* 0 or negative errno; finish is safe after it. */
int gl_probe_init(struct gl_probe *probe, struct loop *loop,
	void (*handle)(struct gl_probe *probe, bool is_good));
/* The program must have no threads. As gl_painter_create has it. 0 or negative errno. */
int gl_probe_start(
	struct gl_probe *probe, const char *device, bool takes_software, int64_t limit_ns);
/* What is under way ends, and is not heard of. */
void gl_probe_finish(struct gl_probe *probe);

#endif

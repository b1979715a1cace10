/* SPDX-License-Identifier: MIT */
#ifndef FAKE_GL_H
#define FAKE_GL_H

/* A painter in the place of GL, whose targets are dma-bufs by their word. It paints nothing. */

#include <pixman.h>
#include <stdbool.h>

#define FAKE_GL_PX 0x123456 /* the first px of what it painted, as it says */

struct painters;

struct fake_gl {
	/* How it behaves. */
	bool makes_none; /* no targets */
	bool has_fences;
	bool is_implicit; /* its fences are those of the dma-bufs */
	int paint_error;  /* of each frame */
	/* What happened. */
	unsigned n_frames;
	pixman_box32_t damage; /* the last one */
};

extern struct fake_gl fake_gl;

/* It is the current painter from now on. */
void fake_gl_come(struct painters *painters);

#endif

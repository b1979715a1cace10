/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_PAINT_GL_PROGRAM_H
#define COMPOSITOR_PAINT_GL_PROGRAM_H

/* The shaders: boxes of a target in one colour, or of a texture. */

#include <epoxy/gl.h>
#include <pixman.h>
#include <stdbool.h>

enum gl_program_kind {
	GL_PROGRAM_COLOUR,
	GL_PROGRAM_TEXTURE,
	GL_PROGRAM_EXTERNAL, /* of samplers that know more formats */
	GL_PROGRAMS,
};

struct gl_program {
	GLuint name; /* 0: there is none */
	GLint size, to_texture, colour, least_alpha;
};

/* What is drawn. */
struct gl_paint {
	enum gl_program_kind kind;
	bool blends;
	pixman_color_t colour; /* premultiplied */
	/* Else: the texture; from px of the target to px of it; and how many it has. */
	GLuint texture;
	struct pixman_f_transform to_texture;
	double width_px, height_px;
	bool is_opaque;     /* whatever its alpha says */
	bool is_moved_only; /* px for px */
};

/* All but the external one, which is made where `has_external`. 0 or -EIO, said. */
int gl_programs_init(struct gl_program programs[static GL_PROGRAMS], bool has_external);
void gl_programs_finish(struct gl_program programs[static GL_PROGRAMS]);

/* Into the boxes of the framebuffer that is bound, `width_px` x `height_px` large. */
void gl_program_paint(const struct gl_program programs[static GL_PROGRAMS],
	const struct gl_paint *paint, const pixman_region32_t *boxes, uint32_t width_px,
	uint32_t height_px);

#endif

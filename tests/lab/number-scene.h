/* SPDX-License-Identifier: MIT */
/* What number.c draws: a turning, lit house of panes, and the number. GLES 2. */
#ifndef NUMBER_SCENE_H
#define NUMBER_SCENE_H

#include <GLES2/gl2.h>
#include <stdint.h>

struct scene {
	uint32_t number;
	uint8_t head;
	GLuint backdrop, cube, flat; /* programs */
	GLint cube_matrix, cube_model, cube_tint;
	GLint flat_color;
	GLuint cube_vertices, quad_vertices; /* buffers */
};

/* Needs a current context. Returns 0 or -EINVAL with the compiler's log on stderr. */
int scene_init(struct scene *scene, uint32_t number, uint8_t head);
void scene_finish(struct scene *scene);
void scene_draw(const struct scene *scene, int width_px, int height_px, double seconds);

#endif

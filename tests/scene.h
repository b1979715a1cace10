/* SPDX-License-Identifier: MIT */
#ifndef SCENE_H
#define SCENE_H

/*
 * A guest that draws with 3D: a context that clears its framebuffer, shown on head 0.
 * What is drawn depends on the context's state, so it shows whether that lived on.
 */

#include <stdbool.h>

#include "fixture.h"

#define SCENE_CONTEXT 7u
#define SCENE_TARGET 3u /* a resource */

/* Makes context, resource and framebuffer; asserts each answer. */
void scene_start(struct guest *guest);
/* With what the context had before: its framebuffer. The answer's type, or a negative errno. */
int scene_draw(struct guest *guest, bool red);
/* Asserts that head 0 of guest number n comes to show it. */
void scene_expect(struct fixture *fixture, uint32_t n, struct guest *guest, bool red);

#endif

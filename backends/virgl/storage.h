/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_STORAGE_H
#define BACKENDS_VIRGL_STORAGE_H

/*
 * Memory for resources that heads show, made by gbm on the render node so that
 * other processes can use it. A driver may keep a texture of GL's own where it
 * cannot (Mesa's virgl gives such a one no memory in the guest).
 *
 * The library keeps every 32-bit format as GL_RGBA8, whatever the guest's order of
 * channels. This memory has that order too: glCopyImageSubData, with which the
 * library copies between resources, moves raw bytes.
 */

#include <stdbool.h>

#include "protocol/virgl.h"

struct gbm_device;

struct storage {
	int fd; /* of the render node; owned; -1: none */
	struct gbm_device *gbm;
	void *display; /* EGLDisplay of the library; borrowed */
	bool has_modifiers;
	void *(*create_image)(void *, void *, unsigned, void *, const int *);
	unsigned (*destroy_image)(void *, void *);
};

void storage_init(struct storage *storage);
/*
 * The library is open; `fd` is set, an open file other than the library's: in one file, what
 * both have would be freed by the first that is done with it. 0 or negative errno: resources
 * are made as textures only.
 */
int storage_open(struct storage *storage);
void storage_finish(struct storage *storage);

/* An EGLImage of new memory for such a resource, or NULL: it must be a texture. */
void *storage_create_image(const struct storage *storage, const struct virgl_resource *info);
/* What was made of the image lives on. */
void storage_destroy_image(const struct storage *storage, void *image);

#endif

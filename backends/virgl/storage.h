/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_STORAGE_H
#define BACKENDS_VIRGL_STORAGE_H

/*
 * Memory for resources that heads show, made by gbm on the render node so that
 * other processes can use it, in the order of channels that the guest asked for:
 * many a display shows XRGB8888 and not XBGR8888. A driver may keep a texture of
 * GL's own where it cannot (Mesa's virgl gives such a one no memory in the guest).
 *
 * The library takes it as a blob that is told its type, since it must know that this
 * is an EGLImage: it keeps textures as GL_RGBA8, whatever the guest's order of channels,
 * and glCopyImageSubData, with which it copies between those, moves raw bytes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "protocol/virgl.h"

/* A context of the library that is no guest's: blobs are told their types in one. */
#define STORAGE_CONTEXT_ID UINT32_MAX

struct gbm_device;

struct storage {
	int fd; /* of the render node; owned; -1: none */
	struct gbm_device *gbm;
	bool has_context;
};

void storage_init(struct storage *storage);
/*
 * The library is open; `fd` is set, an open file other than the library's: in one file, what
 * both have would be freed by the first that is done with it. 0 or negative errno: resources
 * are made as textures only.
 */
int storage_open(struct storage *storage);

/*
 * Makes the library's resource `id`, if it is one for heads: its first row is the top one,
 * whatever its flags say. False: there is none of that id, and it is to be made as a texture.
 * A driver that does not take memory of its own gbm's is not asked again.
 */
bool storage_create_resource(
	struct storage *storage, uint32_t id, const struct virgl_resource *info);

#endif

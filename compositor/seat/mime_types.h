/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_MIME_TYPES_H
#define COMPOSITOR_SEAT_MIME_TYPES_H

/* The kinds in which a client can give something. */

#include <stdint.h>

/* More kinds than this, and of longer names, are not told of. */
#define MIME_TYPES_MAX 64
#define MIME_TYPE_LENGTH_MAX 255

struct mime_types {
	char *names[MIME_TYPES_MAX]; /* owned */
	uint32_t n;
};

/* 0 or -ENOMEM. */
int mime_types_add(struct mime_types *types, const char *name);
void mime_types_finish(struct mime_types *types);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef BASE_SOCKET_H
#define BASE_SOCKET_H

/* Listening Unix sockets. */

#include <sys/types.h>

/*
 * A stream socket at `path`, whose stale predecessor is removed; for its owner, and for
 * the group unless NULL. -EADDRINUSE: somebody listens there; -EEXIST: what is there is no
 * socket, and is left alone; -ENAMETOOLONG; or another negative errno.
 */
int socket_listen_at(const char *path, const gid_t *group);
/* A socket, or nothing, is at `path`: 0; else -EEXIST, or another negative errno. */
int socket_check_place(const char *path);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef BASE_SOCKET_H
#define BASE_SOCKET_H

/* Listening Unix sockets. */

#include <sys/types.h>

/*
 * A stream socket at `path`, whose stale predecessor is removed; for its owner, and for
 * the group unless NULL. -EADDRINUSE: somebody listens there; -ENAMETOOLONG; or another
 * negative errno.
 */
int socket_listen_at(const char *path, const gid_t *group);

#endif

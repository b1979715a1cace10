/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_SOCKETS_H
#define DAEMON_SOCKETS_H

/* The daemon's sockets and their directories, with the right modes. */

#include <stdbool.h>

struct config;

/* Makes the socket directory and one for each guest. 0 or negative errno, said in the log. */
int sockets_prepare(const struct config *config);
/*
 * A listening stream socket at `path`, whose stale predecessor is removed; for
 * the owner and the configured group. -EADDRINUSE: another daemon listens there.
 */
int socket_listen(const struct config *config, const char *path);
/* `fd` listens at `path`, which is there. */
bool socket_listens_at(int fd, const char *path);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_SOCKETS_H
#define DAEMON_SOCKETS_H

/* The daemon's sockets and their directories, with the right modes. */

#include <stdbool.h>

struct config;
struct config_guest;

/* Makes the socket directory and one for each guest. 0 or negative errno, said in the log. */
int sockets_prepare(const struct config *config);
/* The one of this guest. */
int sockets_prepare_guest(const struct config *config, const struct config_guest *guest);
/*
 * A listening stream socket at `path`, whose stale predecessor is removed; for
 * the owner and the configured group. -EADDRINUSE: another daemon listens there.
 */
int socket_listen(const struct config *config, const char *path);
/*
 * Where the configuration wants metrics served. A descriptor, or negative errno; -EEXIST: at
 * its path is something that is no socket.
 */
int socket_listen_metrics(const struct config *config);
/* `fd` listens at `path`, which is there. */
bool socket_listens_at(int fd, const char *path);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_CONTROL_CONTROL_H
#define COMPOSITOR_CONTROL_CONTROL_H

/* The control socket: org.mullion.Compositor over Varlink, for mullionctl and others. */

struct control;
struct options;
struct server;

/* Where it is configured to be, or in $XDG_RUNTIME_DIR. */
#define CONTROL_SOCKET_NAME "mullion-compositor.sock"

/* All is borrowed. NULL with errno. */
struct control *control_create(struct server *server, const struct options *options);
void control_destroy(struct control *control);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_CONTROL_SOCKET_H
#define TOOLS_CONTROL_SOCKET_H

/* Where the control sockets of mulliond and mullion-compositor are, if nobody says. */

#include <limits.h>

/* $MULLION_SOCKET; else the user's daemon if there is one, else the system's. */
void control_socket_find(char path[static PATH_MAX]);
/* $MULLION_COMPOSITOR_SOCKET, and so on. */
void compositor_socket_find(char path[static PATH_MAX]);

#endif

/* SPDX-License-Identifier: MIT */
/* Where mulliond's control socket is, if nobody says. */
#include "tools/control_socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_SOCKET "/run/mullion/control.sock"

void control_socket_find(char path[static PATH_MAX])
{
	const char *env = getenv("MULLION_SOCKET");
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");

	if (env && *env) {
		snprintf(path, PATH_MAX, "%s", env);
		return;
	}
	if (runtime_dir && *runtime_dir) {
		snprintf(path, PATH_MAX, "%s/mullion/control.sock", runtime_dir);
		if (access(path, F_OK) == 0 || access(SYSTEM_SOCKET, F_OK) != 0)
			return;
	}
	strcpy(path, SYSTEM_SOCKET);
}

/* SPDX-License-Identifier: MIT */
/* Where the control sockets are, if nobody says. */
#include "tools/control_socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct socket_place {
	const char *variable;
	const char *name; /* in the user's runtime directory */
	const char *system;
};

static void socket_find(const struct socket_place *place, char path[static PATH_MAX])
{
	const char *env = getenv(place->variable);
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");

	if (env && *env) {
		snprintf(path, PATH_MAX, "%s", env);
		return;
	}
	if (runtime_dir && *runtime_dir) {
		snprintf(path, PATH_MAX, "%s/%s", runtime_dir, place->name);
		if (access(path, F_OK) == 0 || access(place->system, F_OK) != 0)
			return;
	}
	strcpy(path, place->system);
}

void control_socket_find(char path[static PATH_MAX])
{
	static const struct socket_place place = {
		.variable = "MULLION_SOCKET",
		.name = "mullion/control.sock",
		.system = "/run/mullion/control.sock",
	};

	socket_find(&place, path);
}

void compositor_socket_find(char path[static PATH_MAX])
{
	static const struct socket_place place = {
		.variable = "MULLION_COMPOSITOR_SOCKET",
		.name = "mullion-compositor.sock",
		.system = "/run/mullion-compositor/mullion-compositor.sock",
	};

	socket_find(&place, path);
}

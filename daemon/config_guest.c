/* SPDX-License-Identifier: MIT */
/* Guests of a configuration: their list, and what their sockets are. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "protocol/input.h"

void config_guest_remove(struct config *config, struct config_guest *guest)
{
	list_remove(&guest->link);
	config->n_guests--;
	free(guest);
}

void config_guest_move(struct config *to, struct config *from, struct config_guest *guest)
{
	list_remove(&guest->link);
	from->n_guests--;
	list_append(&to->guests, &guest->link);
	to->n_guests++;
}

struct config_guest *config_guest_find(const struct config *config, const char *name)
{
	struct config_guest *guest;

	list_for_each (guest, &config->guests, link) {
		if (strcmp(guest->name, name) == 0)
			return guest;
	}
	return NULL;
}

/* config_complete has seen to it that the paths fit. */
static void path_print(char path[static CONFIG_PATH_MAX], const char *dir, const char *name,
	const char *device, const char *suffix)
{
	int len = snprintf(path, CONFIG_PATH_MAX, "%s/%s%s%s%s", dir, name, *device ? "/" : "",
		device, suffix);
	assert(len > 0 && len < CONFIG_PATH_MAX);
}

void config_control_path(const struct config *config, char path[static CONFIG_PATH_MAX])
{
	path_print(path, config->socket_dir, "control", "", ".sock");
}

void config_guest_dir(const struct config *config, const struct config_guest *guest,
	char path[static CONFIG_PATH_MAX])
{
	path_print(path, config->socket_dir, guest->name, "", "");
}

const char *config_guest_device(const struct config_guest *guest)
{
	return guest->type == CONFIG_TYPE_CONTAINER ? "vtest" : "gpu";
}

bool config_guest_has_input(const struct config_guest *guest, uint32_t device)
{
	return guest->type == CONFIG_TYPE_VM && input_device_head(device) < guest->max_heads &&
	       guest->inputs >> input_device_kind(device) & 1;
}

void config_guest_socket(const struct config *config, const struct config_guest *guest,
	const char *device, char path[static CONFIG_PATH_MAX])
{
	path_print(path, config->socket_dir, guest->name, device, ".sock");
}

/* SPDX-License-Identifier: MIT */
/* The light behind a panel. */
#include "compositor/kms/backlight.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Where a link of sysfs leads to. */
static bool resolve(char to[static PATH_MAX], const char *base, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", base, name) < (int)sizeof(path) &&
	       realpath(path, to);
}

static int attribute_open(const char *light, const char *name, int flags)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", light, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	int fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int attribute_read(const char *light, const char *name, uint32_t *value)
{
	char text[16] = "";
	int fd = attribute_open(light, name, O_RDONLY);

	if (fd < 0)
		return fd;
	int ret = read(fd, text, sizeof(text) - 1) < 0 ? -errno : 0;
	close(fd);
	*value = strtoul(text, NULL, 10);
	return ret;
}

static int attribute_write(const char *light, const char *name, uint32_t value)
{
	int fd = attribute_open(light, name, O_WRONLY | O_TRUNC);

	if (fd < 0)
		return fd;
	int ret = dprintf(fd, "%u", value) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static bool is_built_in(const char *connector)
{
	return strncmp(connector, "eDP-", 4) == 0 || strncmp(connector, "LVDS-", 5) == 0 ||
	       strncmp(connector, "DSI-", 4) == 0 || strncmp(connector, "DPI-", 4) == 0;
}

/* The light's directory whose parent is this device; false: there is none. */
static bool light_find(char light[static PATH_MAX], const char *sys, const char *device)
{
	char class[PATH_MAX], parent[PATH_MAX];
	bool is_found = false;
	struct dirent *entry;

	snprintf(class, sizeof(class), "%s/class/backlight", sys);
	DIR *dir = opendir(class);
	while (dir && !is_found && (entry = readdir(dir)))
		is_found = entry->d_name[0] != '.' && resolve(light, class, entry->d_name) &&
			   resolve(parent, light, "device") && strcmp(parent, device) == 0;
	if (dir)
		closedir(dir);
	return is_found;
}

static bool light_of(
	char light[static PATH_MAX], const char *sys, dev_t card, const char *connector)
{
	char node[64], path[PATH_MAX], device[PATH_MAX], name[64];

	snprintf(node, sizeof(node), "dev/char/%u:%u", major(card), minor(card));
	if (!resolve(path, sys, node))
		return false;
	snprintf(name, sizeof(name), "%s-%s", strrchr(path, '/') + 1, connector);
	if (resolve(device, path, name) && light_find(light, sys, device))
		return true;
	return is_built_in(connector) && resolve(device, path, "device") &&
	       light_find(light, sys, device);
}

int backlight_set(const char *sys, dev_t card, const char *connector, uint32_t percent)
{
	char light[PATH_MAX];
	uint32_t max = 0;

	if (!light_of(light, sys, card, connector))
		return -ENOTSUP;
	int ret = attribute_read(light, "max_brightness", &max);
	if (ret < 0)
		return ret;
	uint32_t value = (uint64_t)max * percent / 100;
	return attribute_write(light, "brightness", value > 0 || percent == 0 ? value : 1);
}

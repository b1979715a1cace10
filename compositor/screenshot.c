/* SPDX-License-Identifier: MIT */
/* What outputs show, as PNG. */
#include "compositor/screenshot.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/png_write.h"
#include "compositor/output.h"
#include "compositor/server.h"

static int screenshot_write(const struct output *output, const char *path)
{
	struct image image = {
		.pixels = (const uint8_t *)pixman_image_get_data(output->picture),
		.width_px = output->mode.width_px,
		.height_px = output->mode.height_px,
		.stride_bytes = pixman_image_get_stride(output->picture),
		.format = "XR24",
	};
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	int ret = image_write_png(file, &image);
	return fclose(file) < 0 && ret == 0 ? -errno : ret;
}

void screenshots_write(const struct server *server, const char *directory)
{
	const struct output *output;
	char path[PATH_MAX], made[PATH_MAX];

	list_for_each (output, &server->outputs, link) {
		snprintf(path, sizeof(path), "%s/%s.png", directory, output->name);
		snprintf(made, sizeof(made), "%s/.%s.png", directory, output->name);
		int ret = screenshot_write(output, made);
		if (ret == 0 && rename(made, path) < 0)
			ret = -errno;
		if (ret < 0)
			log_warn("no screenshot %s: %s", path, strerror(-ret));
	}
}

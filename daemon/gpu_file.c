/* SPDX-License-Identifier: MIT */
/* The open files that one renderer has of its GPU, and the kernel's account of them. */
#include "daemon/gpu_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/io.h"

/* Drivers say less than half of it. */
#define TEXT_MAX_BYTES 4096
/* No machine has so much; sums of it are numbers still. */
#define MEMORY_MAX_BYTES (UINT64_C(1) << 50)

void gpu_file_init(struct gpu_file *file)
{
	*file = (struct gpu_file){ .fds = { -1, -1 } };
}

int gpu_file_open(struct gpu_file *file, const char *render_node)
{
	gpu_file_init(file);
	for (int i = 0; i < GPU_FILES; i++) {
		file->fds[i] = open(render_node, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (file->fds[i] < 0) {
			int ret = -errno;
			gpu_file_finish(file);
			return ret;
		}
		snprintf(file->info[i], sizeof(file->info[i]), "/proc/self/fdinfo/%d",
			file->fds[i]);
	}
	return 0;
}

void gpu_file_finish(struct gpu_file *file)
{
	fd_close_all(file->fds, GPU_FILES);
	gpu_file_init(file);
}

static bool info_read(const char *path, struct drm_usage *usage)
{
	char text[TEXT_MAX_BYTES];
	size_t len = 0;
	ssize_t n = -1;

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && len < sizeof(text) &&
		(n = read(fd, text + len, sizeof(text) - len)) > 0)
		len += n;
	fd_close(&fd);
	if (n < 0)
		return false;
	drm_usage_parse(usage, text, len);
	return true;
}

bool gpu_file_read(const struct gpu_file *file, struct drm_usage *usage)
{
	struct drm_usage one;

	*usage = (struct drm_usage){ 0 };
	for (int i = 0; i < GPU_FILES; i++) {
		if (!file->info[i][0] || !info_read(file->info[i], &one))
			return false;
		drm_usage_add(usage, &one);
	}
	return true;
}

static uint64_t held_bytes(const struct gpu_file *file)
{
	struct drm_usage usage;

	return gpu_file_read(file, &usage) ? MIN(usage.memory_bytes, MEMORY_MAX_BYTES) : 0;
}

void gpu_file_mark(struct gpu_file *file)
{
	file->driver_bytes = held_bytes(file);
}

uint64_t gpu_file_memory_bytes(const struct gpu_file *file)
{
	uint64_t bytes = held_bytes(file);
	return bytes > file->driver_bytes ? bytes - file->driver_bytes : 0;
}

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
	*file = (struct gpu_file){ .fds = { -1, -1 }, .info_fds = { -1, -1 } };
}

static int open_one(const char *render_node, int *fd, int *info_fd)
{
	char path[64];

	*fd = open(render_node, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", *fd);
	*info_fd = open(path, O_RDONLY | O_CLOEXEC);
	return *info_fd < 0 ? -errno : 0;
}

int gpu_file_open(struct gpu_file *file, const char *render_node)
{
	int ret = 0;

	gpu_file_init(file);
	for (int i = 0; ret == 0 && i < GPU_FILES; i++)
		ret = open_one(render_node, &file->fds[i], &file->info_fds[i]);
	if (ret < 0)
		gpu_file_finish(file);
	return ret;
}

void gpu_file_finish(struct gpu_file *file)
{
	fd_close_all(file->fds, GPU_FILES);
	fd_close_all(file->info_fds, GPU_FILES);
	gpu_file_init(file);
}

/* At once: for each read the kernel writes it anew. */
static bool info_read(int fd, struct drm_usage *usage)
{
	char text[TEXT_MAX_BYTES];

	ssize_t n = pread(fd, text, sizeof(text), 0);
	if (n < 0)
		return false;
	drm_usage_parse(usage, text, n);
	return true;
}

bool gpu_file_read(const struct gpu_file *file, struct drm_usage *usage)
{
	struct drm_usage one;

	*usage = (struct drm_usage){ 0 };
	for (int i = 0; i < GPU_FILES; i++) {
		if (file->info_fds[i] < 0 || !info_read(file->info_fds[i], &one))
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

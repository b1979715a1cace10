/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_GPU_FILE_H
#define DAEMON_GPU_FILE_H

/*
 * The open files of a render node that one renderer has: mulliond opens them and gives it
 * duplicates. The kernel accounts time and memory by open file, so whatever the renderer
 * does with these is told here, by the kernel. There are two, since what gbm makes and the
 * driver of GL takes would have one handle for two owners in a single one.
 *
 * The last to close one frees what it has, and may wait for that.
 */

#include <stdbool.h>

#include "protocol/drm_usage.h"

#define GPU_FILES 2 /* to draw with; to make memory with that heads show */

struct gpu_file {
	int fds[GPU_FILES];      /* owned; -1: no device, or not ours to ask */
	int info_fds[GPU_FILES]; /* where their account is read; owned; -1: nowhere */
	uint64_t driver_bytes;   /* of memory that were held when it was marked */
};

void gpu_file_init(struct gpu_file *file);
/* 0 or negative errno. */
int gpu_file_open(struct gpu_file *file, const char *render_node);
void gpu_file_finish(struct gpu_file *file);
/* The account by now, of both. False: there is none. */
bool gpu_file_read(const struct gpu_file *file, struct drm_usage *usage);
/* The memory that is held now is the driver's, whomever the renderer comes to serve. */
void gpu_file_mark(struct gpu_file *file);
/* What is held besides. 0 also where the kernel does not say. */
uint64_t gpu_file_memory_bytes(const struct gpu_file *file);

#endif

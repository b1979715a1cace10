/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_LIBRARY_H
#define BACKENDS_VIRGL_LIBRARY_H

/*
 * virglrenderer as a whole: its life, its capability sets, its fences, its log.
 * The library is one a process and is called by one thread. Threads of its own
 * wait for the GPU and write an eventfd, no more.
 *
 * Fences are numbers that grow (modulo 2^32); when one signals, so have all before.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/virgl/storage.h"
#include "base/loop.h"

struct library {
	int device_fd; /* of the render node; owned; -1: software, without a device */
	char gl_renderer[128];
	bool exports;                                  /* resources can be dma-bufs */
	uint32_t fence_made;                           /* number of the newest fence */
	uint32_t fence_done;                           /* newest that has signalled */
	void (*handle_fence)(struct library *library); /* `fence_done` grew */
	void (*gl_flush)(void);                        /* NULL: not known */
	struct storage storage;                        /* of resources that heads show */
	struct loop_source poll;                       /* the library's eventfd */
	struct loop_timer timer;                       /* where it has none */
	int64_t timer_delay_ns;
};

void library_init(struct library *library);
/*
 * Opens the driver of a render node (-1: software), compiles what must be compiled: tens of
 * milliseconds. All is drawn with the first open file, of which Mesa makes duplicates; it
 * does not open the node again. The second is another of the same node, see storage.h.
 * Both are taken, on failure too. 0 or negative errno.
 */
int library_open(struct library *library, int take_device_fd, int take_storage_fd);
void library_finish(struct library *library);
/* From now on fences are seen by the loop. */
int library_watch(struct library *library, struct loop *loop);

/* The GPU begins with what was submitted, if it waits for more. */
void library_flush(const struct library *library);
/* A fence behind all that was submitted. 0 or negative errno. */
int library_fence_create(struct library *library);
/* After a context was destroyed: see the .c. */
void library_fence_repair(struct library *library);
/* `fence` is of library_fence_create. */
bool library_fence_signalled(const struct library *library, uint32_t fence);

#endif

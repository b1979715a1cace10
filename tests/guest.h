/* SPDX-License-Identifier: MIT */
#ifndef GUEST_H
#define GUEST_H

/*
 * A whole guest: memory, VMM, rings and driver put together, for tests and
 * benchmarks that talk to a real vhost-user-gpu back end.
 *
 *	struct guest guest;
 *
 *	guest_init(&guest, &(struct guest_options){ 0 });
 *	err = guest_boot(&guest, "DIR/g1/gpu.sock");
 *	type = gpu_create_2d(&guest.gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 64, 64);
 *	guest_finish(&guest);
 *
 * All functions that can fail return 0 or a negative errno. guest_finish() is
 * right after guest_init() and after any failure.
 */

#include "guest/display.h"
#include "guest/gpu.h"
#include "guest/memory.h"
#include "guest/ring.h"
#include "guest/vmm.h"

#define GUEST_MEMORY_BYTES (UINT64_C(64) << 20)
#define GUEST_HIGH_MEMORY (UINT64_C(4) << 30) /* where QEMU puts what is above the hole */

struct guest_options {
	struct vmm_options vmm;
	uint64_t memory_bytes;                  /* 0: GUEST_MEMORY_BYTES */
	uint64_t high_memory_bytes;             /* a second region at 4 GiB; 0: none */
	uint16_t control_size, cursor_size;     /* 0: as the VMM has them */
	uint32_t head_width_px, head_height_px; /* what the VMM says the heads are; 0: 1024x768 */
	bool kick_is_pipe;   /* not an eventfd */
	bool own_memory;     /* the caller adds the regions before guest_boot() */
	bool display_thread; /* the GPU socket is drained by a thread */
	bool count_only;     /* and its pictures are only counted */
};

struct guest {
	struct guest_options options;
	struct memory memory;
	struct display display;
	struct vmm vmm;
	struct ring control, cursor;
	struct gpu gpu;
	bool running;
	uint64_t display_cpu_ns; /* of the threads that ended */
};

void guest_init(struct guest *guest, const struct guest_options *options);
void guest_finish(struct guest *guest);

/* Connect, realize, driver start. */
int guest_boot(struct guest *guest, const char *socket_path);
int guest_boot_fd(struct guest *guest, int take_fd);

/* The steps of guest_boot(), for tests that stop between them. */
int guest_attach_memory(struct guest *guest);
int guest_start(struct guest *guest);

int guest_pause(struct guest *guest);
int guest_resume(struct guest *guest);
/* The guest's kernel starts anew on the same connection: rings empty, bases 0. */
int guest_reboot(struct guest *guest);
/* The VMM is gone; guest_boot() may follow. */
void guest_power_off(struct guest *guest);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef GUEST_INPUT_H
#define GUEST_INPUT_H

/*
 * A virtio-input driver (virtio 1.2, 5.8) with a VMM's connection of its own: the guest's
 * memory may be shared with other devices.
 */

#include <linux/virtio_input.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "ring.h"
#include "vmm.h"

#define INPUT_RING_SIZE 64
#define INPUT_QUEUE_EVENT 0
#define INPUT_QUEUE_STATUS 1

struct input_driver_options {
	enum vmm_kind kind;
	uint16_t buffers;     /* at once in the event queue; 0: INPUT_RING_SIZE, QEMU 10 has 4 */
	uint32_t timeout_ms;  /* 0: VMM_TIMEOUT_MS */
};

struct input_driver {
	struct input_driver_options options;
	struct memory *memory; /* borrowed, with a region in it */
	struct vmm vmm;
	struct ring event, status;
	struct span buffers;   /* of the event queue: INPUT_RING_SIZE events */
	struct span led;
};

/* All of these return 0 or a negative errno. input_driver_finish() is right after any. */
void input_driver_init(struct input_driver *driver, struct memory *memory,
	const struct input_driver_options *options);
int input_driver_boot(struct input_driver *driver, const char *socket_path);
/* The two parts of it. */
int input_driver_connect(struct input_driver *driver, const char *socket_path);
int input_driver_start(struct input_driver *driver);
/* The VM is paused and goes on, or its driver starts afresh. */
int input_driver_pause(struct input_driver *driver);
int input_driver_resume(struct input_driver *driver);
int input_driver_reboot(struct input_driver *driver);
void input_driver_finish(struct input_driver *driver);

/* What the config space says of (select, subsel), asked in two writes. */
int input_driver_query(struct input_driver *driver, uint8_t select, uint8_t subsel,
	struct virtio_input_config *config);

/* The next event; its buffer goes back. -ETIMEDOUT: none came. */
int input_driver_next(struct input_driver *driver, struct virtio_input_event *event,
	uint32_t timeout_ms);
/* As text, "3:47:1 3:57:0 |": all up to `frames` ends of frames. */
int input_driver_read(struct input_driver *driver, uint32_t frames, char *text, size_t size);
int input_driver_set_led(struct input_driver *driver, uint16_t code, bool on);

#endif

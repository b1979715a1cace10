/* SPDX-License-Identifier: MIT */
/* A virtio-input driver. */
#include "input.h"

#include <endian.h>
#include <errno.h>
#include <linux/input-event-codes.h>
#include <linux/virtio_config.h>
#include <stdio.h>
#include <string.h>

#define EVENT_BYTES ((uint32_t)sizeof(struct virtio_input_event))

void input_driver_init(struct input_driver *driver, struct memory *memory,
	const struct input_driver_options *options)
{
	struct vmm_options vmm = {
		.kind = options->kind,
		.features = VMM_BIT(VIRTIO_F_VERSION_1) | VMM_BIT(VIRTIO_RING_F_EVENT_IDX),
		.timeout_ms = options->timeout_ms,
	};

	memset(driver, 0, sizeof(*driver));
	driver->options = *options;
	if (!driver->options.buffers)
		driver->options.buffers = INPUT_RING_SIZE;
	driver->memory = memory;
	driver->event.kick_fd = driver->event.kick_remote_fd = -1;
	driver->event.call_fd = driver->event.call_remote_fd = -1;
	driver->status = driver->event;
	vmm_init(&driver->vmm, &vmm, NULL);
}

void input_driver_finish(struct input_driver *driver)
{
	vmm_disconnect(&driver->vmm);
	ring_finish(&driver->event);
	ring_finish(&driver->status);
	if (driver->buffers.data)
		memory_free(driver->memory, driver->buffers);
	if (driver->led.data)
		memory_free(driver->memory, driver->led);
	driver->buffers = driver->led = (struct span){ 0 };
}

/* `at` of the buffers; its index is what the ring gives back. */
static int give_buffer(struct input_driver *driver, struct virtio_input_event *at)
{
	struct ring_buffer buffer = {
		.gpa = driver->buffers.gpa + (uint64_t)((uint8_t *)at - driver->buffers.data),
		.size_bytes = EVENT_BYTES,
		.device_writes = true,
	};
	int head = ring_add(&driver->event, &buffer, 1, at);

	return head < 0 ? head : 0;
}

static int make_rings(struct input_driver *driver)
{
	struct ring_options options = {
		.size = INPUT_RING_SIZE,
		.event_idx = driver->vmm.device_features & VMM_BIT(VIRTIO_RING_F_EVENT_IDX),
		.call_is_pipe = driver->options.kind == VMM_KIND_UML,
	};
	int err = ring_init(&driver->event, driver->memory, &options);

	if (err == 0)
		err = ring_init(&driver->status, driver->memory, &options);
	driver->buffers = memory_alloc(driver->memory, INPUT_RING_SIZE * EVENT_BYTES, 16);
	driver->led = memory_alloc(driver->memory, EVENT_BYTES, 16);
	if (err == 0 && (!driver->buffers.data || !driver->led.data))
		err = -ENOMEM;
	return err;
}

int input_driver_connect(struct input_driver *driver, const char *socket_path)
{
	return vmm_connect(&driver->vmm, socket_path);
}

/* A driver has come. */
static int start_rings(struct input_driver *driver)
{
	int err = vmm_start(&driver->vmm, driver->memory, &driver->event, &driver->status);

	for (uint16_t i = 0; err == 0 && i < driver->options.buffers; i++)
		err = give_buffer(driver, (struct virtio_input_event *)driver->buffers.data + i);
	if (err < 0)
		return err;
	ring_publish(&driver->event);
	ring_notify(&driver->event);
	return 0;
}

int input_driver_start(struct input_driver *driver)
{
	int err = vmm_realize(&driver->vmm);

	if (err == 0)
		err = make_rings(driver);
	return err < 0 ? err : start_rings(driver);
}

int input_driver_pause(struct input_driver *driver)
{
	return vmm_stop(&driver->vmm);
}

int input_driver_resume(struct input_driver *driver)
{
	return vmm_start(&driver->vmm, driver->memory, &driver->event, &driver->status);
}

int input_driver_reboot(struct input_driver *driver)
{
	int err = vmm_stop(&driver->vmm);

	vmm_forget_bases(&driver->vmm);
	ring_reset(&driver->event);
	ring_reset(&driver->status);
	return err < 0 ? err : start_rings(driver);
}

int input_driver_boot(struct input_driver *driver, const char *socket_path)
{
	int err = input_driver_connect(driver, socket_path);

	return err < 0 ? err : input_driver_start(driver);
}

int input_driver_query(struct input_driver *driver, uint8_t select, uint8_t subsel,
	struct virtio_input_config *config)
{
	int err = vmm_set_config(&driver->vmm, 0, &select, 1);

	if (err == 0)
		err = vmm_set_config(&driver->vmm, 1, &subsel, 1);
	return err < 0 ? err : vmm_get_config(&driver->vmm, 0, config, sizeof(*config));
}

int input_driver_next(
	struct input_driver *driver, struct virtio_input_event *event, uint32_t timeout_ms)
{
	uint64_t deadline_ns = vmm_now_ns() + timeout_ms * UINT64_C(1000000);
	uint32_t written;

	for (;;) {
		struct virtio_input_event *used = ring_pop(&driver->event, &written);
		if (used) {
			*event = *used;
			int err = written == EVENT_BYTES ? give_buffer(driver, used) : -EBADMSG;
			ring_kick(&driver->event);
			return err;
		}
		if (driver->event.broken)
			return -EBADMSG;
		uint64_t now_ns = vmm_now_ns();
		if (now_ns >= deadline_ns)
			return -ETIMEDOUT;
		if (!ring_want_call(&driver->event, 1))
			continue;
		int err = vmm_wait(&driver->vmm, driver->event.call_fd,
			(uint32_t)((deadline_ns - now_ns) / 1000000 + 1));
		ring_clear_call(&driver->event);
		if (err < 0 && err != -ETIMEDOUT)
			return err;
	}
}

int input_driver_read(struct input_driver *driver, uint32_t frames, char *text, size_t size)
{
	struct virtio_input_event event;
	size_t at = 0;

	text[0] = '\0';
	while (frames) {
		int err = input_driver_next(driver, &event, driver->vmm.options.timeout_ms);
		if (err < 0)
			return err;
		const char *blank = at ? " " : "";
		if (le16toh(event.type) == EV_SYN) {
			at += (size_t)snprintf(text + at, size - at, "%s|", blank);
			frames--;
		} else {
			at += (size_t)snprintf(text + at, size - at, "%s%u:%u:%d", blank,
				le16toh(event.type), le16toh(event.code),
				(int32_t)le32toh(event.value));
		}
		if (at >= size)
			return -ENOSPC;
	}
	return 0;
}

int input_driver_set_led(struct input_driver *driver, uint16_t code, bool on)
{
	struct virtio_input_event event = { htole16(EV_LED), htole16(code), htole32(on) };
	struct ring_buffer buffer = { .gpa = driver->led.gpa, .size_bytes = EVENT_BYTES };

	memcpy(driver->led.data, &event, sizeof(event));
	int head = ring_add(&driver->status, &buffer, 1, driver);
	if (head < 0)
		return head;
	ring_kick(&driver->status);
	for (uint32_t written; !ring_pop(&driver->status, &written);) {
		if (ring_want_call(&driver->status, 1)) {
			int err = vmm_wait(&driver->vmm, driver->status.call_fd,
				driver->vmm.options.timeout_ms);
			ring_clear_call(&driver->status);
			if (err < 0)
				return err;
		}
	}
	return 0;
}

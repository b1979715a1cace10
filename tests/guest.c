/* SPDX-License-Identifier: MIT */
/* A whole guest: memory, VMM, rings and driver put together. */
#include "guest.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <string.h>

#define CONTROL_SIZE_QEMU 64
#define CONTROL_SIZE_QEMU_VIRGL 256
#define CURSOR_SIZE_QEMU 16
#define QUEUE_SIZE_UML 256

static const struct ring NO_RING = {
	.kick_fd = -1,
	.kick_remote_fd = -1,
	.call_fd = -1,
	.call_remote_fd = -1,
};

void guest_init(struct guest *guest, const struct guest_options *options)
{
	memset(guest, 0, sizeof(*guest));
	guest->options = *options;
	if (guest->options.memory_bytes == 0)
		guest->options.memory_bytes = GUEST_MEMORY_BYTES;
	if (guest->options.head_width_px == 0) {
		guest->options.head_width_px = 1024;
		guest->options.head_height_px = 768;
	}
	if (guest->options.vmm.head_count == 0)
		guest->options.vmm.head_count = 1;
	guest->control = guest->cursor = NO_RING;
	memory_init(&guest->memory);
	display_init(&guest->display, guest->options.vmm.head_count, guest->options.head_width_px,
		guest->options.head_height_px);
	guest->display.count_only = options->count_only;
	vmm_init(&guest->vmm, &guest->options.vmm, &guest->display);
}

void guest_finish(struct guest *guest)
{
	guest_power_off(guest);
	display_finish(&guest->display);
	memory_finish(&guest->memory);
}

void guest_power_off(struct guest *guest)
{
	guest->display_cpu_ns += display_thread_stop(&guest->display);
	display_close(&guest->display);
	vmm_disconnect(&guest->vmm);
	gpu_finish(&guest->gpu);
	ring_finish(&guest->control);
	ring_finish(&guest->cursor);
	guest->running = false;
}

static int attach_regions(struct guest *guest)
{
	struct memory_region_options low = { .size_bytes = guest->options.memory_bytes };
	struct memory_region_options high = {
		.gpa = GUEST_HIGH_MEMORY,
		.size_bytes = guest->options.high_memory_bytes,
	};
	int err;

	if (guest->options.own_memory || guest->memory.region_count != 0)
		return 0;
	err = memory_add_region(&guest->memory, &low);
	if (err >= 0 && high.size_bytes != 0)
		err = memory_add_region(&guest->memory, &high);
	return err < 0 ? err : 0;
}

static uint16_t control_size(const struct guest *guest)
{
	uint64_t features = guest->vmm.device_features & guest->vmm.options.features;

	if (guest->options.control_size != 0)
		return guest->options.control_size;
	if (guest->options.vmm.kind == VMM_KIND_UML)
		return QUEUE_SIZE_UML;
	return features & VMM_BIT(VIRTIO_GPU_F_VIRGL) ? CONTROL_SIZE_QEMU_VIRGL : CONTROL_SIZE_QEMU;
}

static uint16_t cursor_size(const struct guest *guest)
{
	if (guest->options.cursor_size != 0)
		return guest->options.cursor_size;
	return guest->options.vmm.kind == VMM_KIND_UML ? QUEUE_SIZE_UML : CURSOR_SIZE_QEMU;
}

/* Regions, rings and driver; the connection must be realized, since the features say
 * what the rings can do. */
int guest_attach_memory(struct guest *guest)
{
	uint64_t features = (guest->vmm.device_features & guest->vmm.options.features) |
			    guest->vmm.options.forced_features;
	struct ring_options options = {
		.indirect = (features & VMM_BIT(VIRTIO_RING_F_INDIRECT_DESC)) != 0,
		.event_idx = (features & VMM_BIT(VIRTIO_RING_F_EVENT_IDX)) != 0,
		.call_is_pipe = guest->options.vmm.kind == VMM_KIND_UML,
		.kick_is_pipe = guest->options.kick_is_pipe,
	};
	int err = attach_regions(guest);

	if (err < 0)
		return err;
	options.size = control_size(guest);
	err = ring_init(&guest->control, &guest->memory, &options);
	if (err < 0)
		return err;
	options.size = cursor_size(guest);
	err = ring_init(&guest->cursor, &guest->memory, &options);
	if (err < 0)
		return err;
	return gpu_init(&guest->gpu, &guest->vmm, &guest->memory, &guest->control, &guest->cursor);
}

int guest_start(struct guest *guest)
{
	int err = vmm_start(&guest->vmm, &guest->memory, &guest->control, &guest->cursor);

	if (err == 0 && guest->options.display_thread && guest->display.fd >= 0)
		err = display_thread_start(&guest->display);
	guest->running = err == 0;
	return err;
}

int guest_boot_fd(struct guest *guest, int take_fd)
{
	int err = vmm_take_fd(&guest->vmm, take_fd);

	if (err == 0)
		err = vmm_realize(&guest->vmm);
	if (err == 0)
		err = guest_attach_memory(guest);
	if (err == 0)
		err = guest_start(guest);
	return err;
}

int guest_boot(struct guest *guest, const char *socket_path)
{
	int err = vmm_connect(&guest->vmm, socket_path);

	if (err < 0)
		return err;

	int fd = guest->vmm.fd;

	guest->vmm.fd = -1;
	return guest_boot_fd(guest, fd);
}

int guest_pause(struct guest *guest)
{
	guest->display_cpu_ns += display_thread_stop(&guest->display);
	guest->running = false;
	return vmm_stop(&guest->vmm);
}

int guest_resume(struct guest *guest)
{
	return guest_start(guest);
}

int guest_reboot(struct guest *guest)
{
	int err = guest->running ? guest_pause(guest) : 0;

	if (err < 0)
		return err;
	ring_reset(&guest->control);
	ring_reset(&guest->cursor);
	gpu_reset(&guest->gpu);
	vmm_forget_bases(&guest->vmm);
	return guest_start(guest);
}

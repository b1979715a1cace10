/* SPDX-License-Identifier: MIT */
/* A vhost-user front end: the device's life, in the order real VMMs have it. */
#include "vmm.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost_types.h>
#include <linux/virtio_config.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct wire_region {
	uint64_t gpa, size_bytes, user_addr, mmap_offset;
};

struct wire_mem_table {
	uint32_t count, padding;
	struct wire_region regions[MEMORY_MAX_REGIONS];
};

struct wire_mem_region {
	uint64_t padding;
	struct wire_region region;
};

struct wire_config {
	uint32_t offset, size_bytes, flags;
	uint8_t data[256];
};

#define WIRE_CONFIG_HEADER_BYTES 12u
#define UML_TABLE_BYTES (8u + 2u * 32u)

static const uint64_t DRIVER_FEATURES =
	VMM_BIT(VIRTIO_GPU_F_VIRGL) | VMM_BIT(VIRTIO_GPU_F_EDID) |
	VMM_BIT(VIRTIO_GPU_F_RESOURCE_UUID) | VMM_BIT(VIRTIO_GPU_F_RESOURCE_BLOB) |
	VMM_BIT(VIRTIO_GPU_F_CONTEXT_INIT) | VMM_BIT(VIRTIO_RING_F_INDIRECT_DESC) |
	VMM_BIT(VIRTIO_RING_F_EVENT_IDX) | VMM_BIT(VIRTIO_F_VERSION_1);

static const uint64_t QEMU_PROTOCOL_FEATURES =
	VMM_BIT(VMM_PROTOCOL_F_MQ) | VMM_BIT(VMM_PROTOCOL_F_REPLY_ACK) |
	VMM_BIT(VMM_PROTOCOL_F_BACKEND_REQ) | VMM_BIT(VMM_PROTOCOL_F_CONFIG) |
	VMM_BIT(VMM_PROTOCOL_F_BACKEND_SEND_FD) | VMM_BIT(VMM_PROTOCOL_F_RESET_DEVICE) |
	VMM_BIT(VMM_PROTOCOL_F_CONFIGURE_MEM_SLOTS);

static const uint64_t UML_PROTOCOL_FEATURES = VMM_BIT(VMM_PROTOCOL_F_REPLY_ACK) |
					      VMM_BIT(VMM_PROTOCOL_F_BACKEND_REQ) |
					      VMM_BIT(VMM_PROTOCOL_F_CONFIG);

static bool has_protocol_feature(const struct vmm *vmm, unsigned bit)
{
	return (vmm->protocol_features & VMM_BIT(bit)) != 0;
}

void vmm_init(struct vmm *vmm, const struct vmm_options *options, struct display *display)
{
	memset(vmm, 0, sizeof(*vmm));
	vmm->options = *options;
	if (vmm->options.features == 0)
		vmm->options.features = DRIVER_FEATURES;
	if (vmm->options.timeout_ms == 0)
		vmm->options.timeout_ms = VMM_TIMEOUT_MS;
	if (vmm->options.head_count == 0)
		vmm->options.head_count = 1;
	if (vmm->options.protocol_features == 0)
		vmm->options.protocol_features = options->kind == VMM_KIND_QEMU
							 ? QEMU_PROTOCOL_FEATURES
							 : UML_PROTOCOL_FEATURES;
	vmm->display = options->kind == VMM_KIND_QEMU ? display : NULL;
	vmm->fd = vmm->backend_fd = -1;
	for (size_t i = 0; i < VMM_QUEUES; i++)
		vmm->masked_fds[i] = vmm->error_fds[i] = -1;
}

static void fd_drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void vmm_disconnect(struct vmm *vmm)
{
	fd_drop(&vmm->fd);
	fd_drop(&vmm->backend_fd);
	for (size_t i = 0; i < VMM_QUEUES; i++) {
		fd_drop(&vmm->masked_fds[i]);
		fd_drop(&vmm->error_fds[i]);
	}
	vmm->regions_sent = 0;
	vmm->memory = NULL;
	vmm_forget_bases(vmm);
}

void vmm_finish(struct vmm *vmm)
{
	vmm_disconnect(vmm);
}

static int negotiate(struct vmm *vmm)
{
	int err = vmm_get_u64(vmm, VMM_REQUEST_GET_FEATURES, &vmm->device_features);

	if (err < 0 || !(vmm->device_features & VMM_BIT(VMM_F_PROTOCOL_FEATURES)))
		return err;
	err = vmm_get_u64(vmm, VMM_REQUEST_GET_PROTOCOL_FEATURES, &vmm->device_protocol_features);
	if (err < 0)
		return err;

	uint64_t taken = vmm->device_protocol_features & vmm->options.protocol_features;

	/* UML asks for the acknowledgement of this very message only if it had the feature before.
	 */
	err = vmm_call_u64(vmm, VMM_REQUEST_SET_PROTOCOL_FEATURES, taken);
	if (err == 0)
		vmm->protocol_features = taken;
	return err;
}

static int send_backend_channel(struct vmm *vmm)
{
	int ends[2];

	if (!has_protocol_feature(vmm, VMM_PROTOCOL_F_BACKEND_REQ))
		return 0;
	if (vmm->options.kind == VMM_KIND_UML) {
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -errno;
	} else if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		return -errno;
	}
	vmm->backend_fd = ends[0];

	int err = vmm_call(vmm, VMM_REQUEST_SET_BACKEND_REQ_FD, NULL, 0, &ends[1], 1);

	close(ends[1]);
	return err;
}

static int send_vring_fd(struct vmm *vmm, uint32_t request, uint32_t index, int fd)
{
	uint64_t value = index | (fd < 0 ? VMM_NO_FD : 0);

	return vmm_call(vmm, request, &value, sizeof(value), &fd, fd < 0 ? 0 : 1);
}

/* QEMU gives each ring a call fd that nobody reads, long before the ring exists. */
static int send_masked_fds(struct vmm *vmm)
{
	for (uint32_t i = 0; i < VMM_QUEUES; i++) {
		vmm->masked_fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		vmm->error_fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

		int err = send_vring_fd(vmm, VMM_REQUEST_SET_VRING_CALL, i, vmm->masked_fds[i]);

		if (err == 0)
			err = send_vring_fd(vmm, VMM_REQUEST_SET_VRING_ERR, i, vmm->error_fds[i]);
		if (err < 0)
			return err;
	}
	return 0;
}

static int realize_qemu(struct vmm *vmm)
{
	int err = negotiate(vmm);

	if (err == 0 && has_protocol_feature(vmm, VMM_PROTOCOL_F_MQ)) {
		err = vmm_get_u64(vmm, VMM_REQUEST_GET_QUEUE_NUM, &vmm->queue_limit);
		if (err == 0 && vmm->queue_limit < VMM_QUEUES)
			err = -EPROTO;
	}
	if (err == 0 && has_protocol_feature(vmm, VMM_PROTOCOL_F_CONFIGURE_MEM_SLOTS))
		err = vmm_get_u64(vmm, VMM_REQUEST_GET_MAX_MEM_SLOTS, &vmm->memory_slots);
	if (err == 0)
		err = send_backend_channel(vmm);
	if (err == 0)
		err = vmm_call(vmm, VMM_REQUEST_SET_OWNER, NULL, 0, NULL, 0);
	if (err == 0)
		err = vmm_get_u64(vmm, VMM_REQUEST_GET_FEATURES, &vmm->device_features);
	if (err == 0)
		err = send_masked_fds(vmm);
	if (err == 0)
		err = vmm_get_config(vmm, 0, &vmm->config, sizeof(vmm->config));
	if (err < 0)
		return err;
	vmm->config.events_read = vmm->config.events_clear = 0;
	vmm->config.num_scanouts = vmm->options.head_count;
	return 0;
}

static int realize_uml(struct vmm *vmm)
{
	int err = vmm_call(vmm, VMM_REQUEST_SET_OWNER, NULL, 0, NULL, 0);

	if (err == 0)
		err = negotiate(vmm);
	if (err == 0)
		err = send_backend_channel(vmm);
	/* The driver reads the fields one by one. */
	for (uint32_t offset = 0; err == 0 && offset < sizeof(vmm->config); offset += 4)
		err = vmm_get_config(vmm, offset, (uint8_t *)&vmm->config + offset, 4);
	return err;
}

int vmm_realize(struct vmm *vmm)
{
	return vmm->options.kind == VMM_KIND_QEMU ? realize_qemu(vmm) : realize_uml(vmm);
}

static struct wire_region region_on_wire(const struct memory_region *region)
{
	return (struct wire_region){
		.gpa = region->gpa,
		.size_bytes = region->size_bytes,
		.user_addr = memory_region_user_addr(region),
		.mmap_offset = region->fd_offset_bytes,
	};
}

/* As QEMU: what the back end has already is not sent again. */
static int add_regions(struct vmm *vmm)
{
	for (; vmm->regions_sent < vmm->memory->region_count; vmm->regions_sent++) {
		const struct memory_region *region = &vmm->memory->regions[vmm->regions_sent];
		struct wire_mem_region payload = { .region = region_on_wire(region) };
		int err = vmm_call(
			vmm, VMM_REQUEST_ADD_MEM_REG, &payload, sizeof(payload), &region->fd, 1);

		if (err < 0)
			return err;
	}
	return 0;
}

static int send_mem_table(struct vmm *vmm)
{
	struct wire_mem_table table = { .count = (uint32_t)vmm->memory->region_count };
	uint32_t size_bytes = 8 + table.count * (uint32_t)sizeof(struct wire_region);
	int fds[MEMORY_MAX_REGIONS];

	for (uint32_t i = 0; i < table.count; i++) {
		table.regions[i] = region_on_wire(&vmm->memory->regions[i]);
		fds[i] = vmm->memory->regions[i].fd;
	}
	if (vmm->options.kind == VMM_KIND_UML && size_bytes < UML_TABLE_BYTES)
		size_bytes = UML_TABLE_BYTES;
	return vmm_call(vmm, VMM_REQUEST_SET_MEM_TABLE, &table, size_bytes, fds, table.count);
}

static int send_vring_layout(struct vmm *vmm, uint32_t index)
{
	const struct ring *ring = vmm->rings[index];
	struct vhost_vring_addr addr = {
		.index = index,
		.desc_user_addr = memory_gpa_to_user(vmm->memory, ring->desc_span.gpa),
		.avail_user_addr = memory_gpa_to_user(vmm->memory, ring->avail_span.gpa),
		.used_user_addr = memory_gpa_to_user(vmm->memory, ring->used_span.gpa),
		.log_guest_addr = ring->used_span.gpa,
	};
	int err = vmm_call_vring(vmm, VMM_REQUEST_SET_VRING_NUM, index, ring->options.size);

	if (err == 0)
		err = vmm_call_vring(vmm, VMM_REQUEST_SET_VRING_BASE, index, vmm->bases[index]);
	if (err == 0)
		err = vmm_call(vmm, VMM_REQUEST_SET_VRING_ADDR, &addr, sizeof(addr), NULL, 0);
	return err;
}

static int send_gpu_socket(struct vmm *vmm)
{
	if (vmm->display == NULL)
		return 0;

	int fd = display_open(vmm->display);

	if (fd < 0)
		return fd;

	int err = vmm_send(vmm, VMM_REQUEST_GPU_SET_SOCKET, VMM_FLAG_VERSION, 0, NULL, 0, &fd, 1);

	close(fd);
	return err;
}

static int start_qemu(struct vmm *vmm)
{
	int err = send_gpu_socket(vmm);

	if (err == 0)
		err = vmm_call_u64(vmm, VMM_REQUEST_SET_FEATURES, vmm->features);
	if (err == 0)
		err = has_protocol_feature(vmm, VMM_PROTOCOL_F_CONFIGURE_MEM_SLOTS)
			      ? add_regions(vmm)
			      : send_mem_table(vmm);
	for (uint32_t i = 0; err == 0 && i < VMM_QUEUES; i++) {
		err = send_vring_layout(vmm, i);
		if (err == 0)
			err = send_vring_fd(
				vmm, VMM_REQUEST_SET_VRING_KICK, i, vmm->rings[i]->kick_remote_fd);
	}
	for (uint32_t i = 0; err == 0 && i < VMM_QUEUES; i++)
		err = vmm_call_vring(vmm, VMM_REQUEST_SET_VRING_ENABLE, i, 1);
	for (uint32_t i = 0; err == 0 && i < VMM_QUEUES; i++)
		err = send_vring_fd(
			vmm, VMM_REQUEST_SET_VRING_CALL, i, vmm->rings[i]->call_remote_fd);
	/* The guest's driver clears events at its start, and so the back end gets all 16 bytes. */
	if (err == 0)
		err = vmm_clear_events(vmm, 0);
	return err;
}

static int start_uml(struct vmm *vmm)
{
	int err = vmm_call_u64(vmm, VMM_REQUEST_SET_FEATURES, vmm->features);

	if (err == 0)
		err = send_mem_table(vmm);
	for (uint32_t i = 0; err == 0 && i < VMM_QUEUES; i++) {
		err = send_vring_fd(
			vmm, VMM_REQUEST_SET_VRING_CALL, i, vmm->rings[i]->call_remote_fd);
		if (err == 0)
			err = send_vring_layout(vmm, i);
	}
	for (uint32_t i = 0; err == 0 && i < VMM_QUEUES; i++) {
		err = send_vring_fd(vmm, VMM_REQUEST_SET_VRING_KICK, i, vmm->rings[i]->kick_remote_fd);
		if (err == 0)
			err = vmm_call_vring(vmm, VMM_REQUEST_SET_VRING_ENABLE, i, 1);
	}
	return err;
}

int vmm_start(struct vmm *vmm, struct memory *memory, struct ring *control, struct ring *cursor)
{
	vmm->memory = memory;
	vmm->rings[0] = control;
	vmm->rings[1] = cursor;
	vmm->features = (vmm->device_features & vmm->options.features) |
			vmm->options.forced_features |
			(vmm->device_features & VMM_BIT(VMM_F_PROTOCOL_FEATURES));
	return vmm->options.kind == VMM_KIND_QEMU ? start_qemu(vmm) : start_uml(vmm);
}

static int stop_qemu(struct vmm *vmm)
{
	int err = 0;

	if (vmm->display != NULL)
		display_close(vmm->display);
	for (uint32_t i = 0; err == 0 && i < VMM_QUEUES; i++)
		err = vmm_call_vring(vmm, VMM_REQUEST_SET_VRING_ENABLE, i, 0);
	for (uint32_t i = 0; err == 0 && i < VMM_QUEUES; i++) {
		struct vhost_vring_state state = { .index = i };
		struct vmm_reply reply;

		err = vmm_send(vmm, VMM_REQUEST_GET_VRING_BASE, VMM_FLAG_VERSION, sizeof(state),
			&state, sizeof(state), NULL, 0);
		if (err == 0)
			err = vmm_receive(vmm, &reply);
		if (err < 0)
			return err;
		memcpy(&state, reply.payload, sizeof(state));
		if (reply.request != VMM_REQUEST_GET_VRING_BASE ||
			reply.size_bytes != sizeof(state) || state.index != i)
			return -EPROTO;
		vmm->bases[i] = (uint16_t)state.num;
	}
	return err;
}

static int stop_uml(struct vmm *vmm)
{
	uint64_t features;
	int err = 0;

	for (uint32_t i = VMM_QUEUES; err == 0 && i > 0; i--)
		err = vmm_call_vring(vmm, VMM_REQUEST_SET_VRING_ENABLE, i - 1, 0);
	if (err == 0)
		err = vmm_get_u64(vmm, VMM_REQUEST_GET_FEATURES, &features);
	return err;
}

int vmm_stop(struct vmm *vmm)
{
	return vmm->options.kind == VMM_KIND_QEMU ? stop_qemu(vmm) : stop_uml(vmm);
}

void vmm_forget_bases(struct vmm *vmm)
{
	memset(vmm->bases, 0, sizeof(vmm->bases));
}

int vmm_get_config(struct vmm *vmm, uint32_t offset, void *data, uint32_t size_bytes)
{
	/* Both VMMs ask from 0 on, up to what they need. */
	struct wire_config request = { .size_bytes = offset + size_bytes };
	uint32_t payload_bytes = WIRE_CONFIG_HEADER_BYTES + request.size_bytes;
	struct vmm_reply reply;

	assert(request.size_bytes <= sizeof(request.data));

	int err = vmm_send(vmm, VMM_REQUEST_GET_CONFIG, VMM_FLAG_VERSION, payload_bytes, &request,
		payload_bytes, NULL, 0);

	if (err == 0)
		err = vmm_receive(vmm, &reply);
	if (err < 0)
		return err;
	if (reply.request != VMM_REQUEST_GET_CONFIG || reply.size_bytes != payload_bytes)
		return -EPROTO;
	memcpy(data, reply.payload + WIRE_CONFIG_HEADER_BYTES + offset, size_bytes);
	return 0;
}

int vmm_set_config(struct vmm *vmm, uint32_t offset, const void *data, uint32_t size_bytes)
{
	struct wire_config request = { .offset = offset, .size_bytes = size_bytes };

	assert(size_bytes <= sizeof(request.data));
	memcpy(request.data, data, size_bytes);
	return vmm_call(vmm, VMM_REQUEST_SET_CONFIG, &request,
		WIRE_CONFIG_HEADER_BYTES + size_bytes, NULL, 0);
}

int vmm_clear_events(struct vmm *vmm, uint32_t events)
{
	if (vmm->options.kind == VMM_KIND_UML)
		return vmm_set_config(vmm, 4, &events, sizeof(events));

	struct virtio_gpu_config config = vmm->config;

	vmm->config.events_read &= ~events;
	config.events_clear = events;
	return vmm_set_config(vmm, 0, &config, sizeof(config));
}

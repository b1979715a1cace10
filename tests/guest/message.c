/* SPDX-License-Identifier: MIT */
/* A vhost-user front end: messages on the wire, and waiting. */
#include "vmm.h"

#include <assert.h>
#include <errno.h>
#include <linux/vhost_types.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HEADER_BYTES 12u
#define CONNECT_TIMEOUT_MS 2000

uint64_t vmm_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int vmm_take_fd(struct vmm *vmm, int fd)
{
	assert(vmm->fd < 0);
	vmm->fd = fd;
	return 0;
}

/* A socket is there a moment before somebody listens on it. */
static int connect_patiently(int fd, const struct sockaddr_un *addr)
{
	uint64_t deadline_ns = vmm_now_ns() + CONNECT_TIMEOUT_MS * UINT64_C(1000000);

	while (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0) {
		struct timespec step = { 0, 2000000 };

		if (errno != ECONNREFUSED || vmm_now_ns() > deadline_ns)
			return -errno;
		nanosleep(&step, NULL);
	}
	return 0;
}

int vmm_connect(struct vmm *vmm, const char *socket_path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(socket_path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, socket_path);

	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;

	int err = connect_patiently(fd, &addr);

	if (err < 0) {
		close(fd);
		return err;
	}
	return vmm_take_fd(vmm, fd);
}

/* What the back end may ask: CONFIG_CHANGE, which QEMU's vhost-user-gpu refuses. */
static void dispatch_backend_request(struct vmm *vmm)
{
	uint32_t header[3];
	uint8_t payload[512];

	if (read(vmm->backend_fd, header, sizeof(header)) != sizeof(header) ||
		header[2] > sizeof(payload) ||
		(header[2] != 0 &&
			read(vmm->backend_fd, payload, header[2]) != (ssize_t)header[2])) {
		close(vmm->backend_fd);
		vmm->backend_fd = -1;
		return;
	}

	bool heeded = vmm->options.kind == VMM_KIND_UML;

	if (header[0] == VMM_BACKEND_REQUEST_CONFIG_CHANGE)
		vmm->config_changes++;
	if (!(header[1] & VMM_FLAG_NEED_REPLY))
		return;

	struct {
		uint32_t header[3];
		uint64_t value;
	} __attribute__((packed)) reply = {
		{ header[0], VMM_FLAG_VERSION | VMM_FLAG_REPLY, sizeof(uint64_t) },
		heeded ? 0 : 1,
	};

	/* UML's channel is a pipe: it cannot answer, and says so in its log. */
	if (send(vmm->backend_fd, &reply, sizeof(reply), MSG_NOSIGNAL) < 0)
		vmm->last_status = 1;
}

static bool display_is_ours(const struct vmm *vmm)
{
	return vmm->display != NULL && vmm->display->fd >= 0 && vmm->display->stop_fd < 0 &&
	       !vmm->display->closed;
}

/* One round of waiting; 1: fd is readable, 0: not yet, -ECONNRESET: the back end hung up. */
static int wait_once(struct vmm *vmm, int fd, int timeout_ms)
{
	struct pollfd fds[4] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = vmm->fd, .events = 0 },
		{ .fd = vmm->backend_fd, .events = POLLIN },
		{ .fd = display_is_ours(vmm) ? vmm->display->fd : -1, .events = POLLIN },
	};

	if (poll(fds, 4, timeout_ms) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[3].revents != 0)
		display_dispatch(vmm->display);
	if (fds[2].revents & POLLIN)
		dispatch_backend_request(vmm);
	if (fds[0].revents & POLLIN)
		return 1;
	if ((fds[0].revents | fds[1].revents) & (POLLHUP | POLLERR | POLLNVAL))
		return -ECONNRESET;
	return 0;
}

int vmm_wait(struct vmm *vmm, int fd, uint32_t timeout_ms)
{
	uint64_t deadline_ns = vmm_now_ns() + (uint64_t)timeout_ms * 1000000u;

	for (;;) {
		uint64_t now_ns = vmm_now_ns();

		if (now_ns > deadline_ns)
			return -ETIMEDOUT;

		int ready = wait_once(vmm, fd, (int)((deadline_ns - now_ns) / 1000000u) + 1);

		if (ready != 0)
			return ready > 0 ? 0 : ready;
	}
}

void vmm_dispatch(struct vmm *vmm)
{
	wait_once(vmm, -1, 0);
}

bool vmm_is_dropped(struct vmm *vmm, uint32_t timeout_ms)
{
	uint64_t deadline_ns = vmm_now_ns() + (uint64_t)timeout_ms * 1000000u;
	struct pollfd pfd = { .fd = vmm->fd, .events = POLLRDHUP };

	do {
		uint8_t byte;

		if (poll(&pfd, 1, 20) > 0 && (pfd.revents & (POLLHUP | POLLRDHUP | POLLERR)))
			return true;
		if (recv(vmm->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
			return true;
		vmm_dispatch(vmm);
	} while (vmm_now_ns() < deadline_ns);
	return false;
}

int vmm_send(struct vmm *vmm, uint32_t request, uint32_t flags, uint32_t claimed_size_bytes,
	const void *payload, size_t size_bytes, const int *fds, size_t fd_count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(VMM_MAX_FDS * sizeof(int))];
	} control = { 0 };
	uint32_t header[3] = { request, flags, claimed_size_bytes };
	struct iovec iov[2] = { { header, HEADER_BYTES }, { (void *)payload, size_bytes } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = size_bytes ? 2 : 1 };

	assert(fd_count <= VMM_MAX_FDS);
	if (fd_count != 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));

		struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, fd_count * sizeof(int));
	}

	ssize_t sent = sendmsg(vmm->fd, &msg, MSG_NOSIGNAL);

	if (sent < 0)
		return errno == EPIPE ? -ECONNRESET : -errno;
	return (size_t)sent == HEADER_BYTES + size_bytes ? 0 : -EIO;
}

static int receive_bytes(struct vmm *vmm, void *data, size_t size_bytes, struct vmm_reply *reply,
	uint64_t deadline_ns)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(VMM_MAX_FDS * sizeof(int))];
	} control;

	while (size_bytes != 0) {
		uint64_t now_ns = vmm_now_ns();
		struct iovec iov = { data, size_bytes };
		struct msghdr msg = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.bytes,
			.msg_controllen = sizeof(control.bytes),
		};

		if (now_ns >= deadline_ns)
			return -ETIMEDOUT;

		int err = vmm_wait(vmm, vmm->fd, (uint32_t)((deadline_ns - now_ns) / 1000000u));

		if (err < 0)
			return err;

		ssize_t n = recvmsg(vmm->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return -ECONNRESET;

		struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

		if (cmsg != NULL && cmsg->cmsg_type == SCM_RIGHTS) {
			reply->fd_count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(reply->fds, CMSG_DATA(cmsg), reply->fd_count * sizeof(int));
		}
		data = (uint8_t *)data + n;
		size_bytes -= (size_t)n;
	}
	return 0;
}

int vmm_receive(struct vmm *vmm, struct vmm_reply *reply)
{
	uint64_t deadline_ns = vmm_now_ns() + (uint64_t)vmm->options.timeout_ms * 1000000u;
	uint32_t header[3];

	reply->fd_count = 0;

	int err = receive_bytes(vmm, header, sizeof(header), reply, deadline_ns);

	if (err < 0)
		return err;
	reply->request = header[0];
	reply->flags = header[1];
	reply->size_bytes = header[2];
	if (reply->flags != (VMM_FLAG_VERSION | VMM_FLAG_REPLY) ||
		reply->size_bytes > sizeof(reply->payload))
		return -EPROTO;
	memset(reply->payload, 0, sizeof(reply->payload));
	return receive_bytes(vmm, reply->payload, reply->size_bytes, reply, deadline_ns);
}

static bool wants_ack(const struct vmm *vmm, uint32_t request)
{
	if (!(vmm->protocol_features & VMM_BIT(VMM_PROTOCOL_F_REPLY_ACK)))
		return false;
	if (vmm->options.kind == VMM_KIND_UML)
		return true;
	switch (request) {
	case VMM_REQUEST_SET_MEM_TABLE:
	case VMM_REQUEST_ADD_MEM_REG:
	case VMM_REQUEST_REM_MEM_REG:
	case VMM_REQUEST_SET_BACKEND_REQ_FD:
	case VMM_REQUEST_SET_VRING_ENABLE:
	case VMM_REQUEST_SET_CONFIG:
		return true;
	}
	return false;
}

/* QEMU makes sure of SET_VRING_ENABLE even without REPLY_ACK, by asking something else. */
static bool wants_round_trip(const struct vmm *vmm, uint32_t request)
{
	return vmm->options.kind == VMM_KIND_QEMU && request == VMM_REQUEST_SET_VRING_ENABLE;
}

int vmm_call(struct vmm *vmm, uint32_t request, const void *payload, uint32_t size_bytes,
	const int *fds, size_t fd_count)
{
	bool ack = wants_ack(vmm, request);
	uint32_t flags = VMM_FLAG_VERSION | (ack ? VMM_FLAG_NEED_REPLY : 0);
	int err = vmm_send(vmm, request, flags, size_bytes, payload, size_bytes, fds, fd_count);

	if (err < 0)
		return err;
	if (!ack) {
		uint64_t features;

		return wants_round_trip(vmm, request)
			       ? vmm_get_u64(vmm, VMM_REQUEST_GET_FEATURES, &features)
			       : 0;
	}

	struct vmm_reply reply;
	uint64_t status;

	err = vmm_receive(vmm, &reply);
	if (err < 0)
		return err;
	if (reply.request != request || reply.size_bytes != sizeof(status))
		return -EPROTO;
	memcpy(&status, reply.payload, sizeof(status));
	vmm->last_status = (uint32_t)status;
	return status == 0 ? 0 : -EREMOTEIO;
}

int vmm_call_u64(struct vmm *vmm, uint32_t request, uint64_t value)
{
	return vmm_call(vmm, request, &value, sizeof(value), NULL, 0);
}

int vmm_call_vring(struct vmm *vmm, uint32_t request, uint32_t index, uint32_t value)
{
	struct vhost_vring_state state = { .index = index, .num = value };

	return vmm_call(vmm, request, &state, sizeof(state), NULL, 0);
}

int vmm_get_u64(struct vmm *vmm, uint32_t request, uint64_t *value)
{
	struct vmm_reply reply;
	int err = vmm_send(vmm, request, VMM_FLAG_VERSION, 0, NULL, 0, NULL, 0);

	if (err == 0)
		err = vmm_receive(vmm, &reply);
	if (err < 0)
		return err;
	if (reply.request != request || reply.size_bytes != sizeof(*value))
		return -EPROTO;
	memcpy(value, reply.payload, sizeof(*value));
	return 0;
}

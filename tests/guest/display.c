/* SPDX-License-Identifier: MIT */
/* The VMM's end of the GPU socket. */
#include "display.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEADER_BYTES 12u
#define MAX_MESSAGE_BYTES (64u << 20)
#define MAX_SIDE_PX 16384u
#define FLAG_REPLY 0x4u

enum display_request {
	DISPLAY_REQUEST_GET_PROTOCOL_FEATURES = 1,
	DISPLAY_REQUEST_SET_PROTOCOL_FEATURES,
	DISPLAY_REQUEST_GET_DISPLAY_INFO,
	DISPLAY_REQUEST_CURSOR_POS,
	DISPLAY_REQUEST_CURSOR_POS_HIDE,
	DISPLAY_REQUEST_CURSOR_UPDATE,
	DISPLAY_REQUEST_SCANOUT,
	DISPLAY_REQUEST_UPDATE,
	DISPLAY_REQUEST_DMABUF_SCANOUT,
	DISPLAY_REQUEST_DMABUF_UPDATE,
	DISPLAY_REQUEST_GET_EDID,
	DISPLAY_REQUEST_DMABUF_SCANOUT2,
};

#define PROTOCOL_F_EDID (1u << 0)
#define PROTOCOL_F_DMABUF2 (1u << 1)

void display_init(
	struct display *display, uint32_t head_count, uint32_t width_px, uint32_t height_px)
{
	memset(display, 0, sizeof(*display));
	display->fd = -1;
	display->received_fd = -1;
	display->stop_fd = -1;
	pthread_mutex_init(&display->lock, NULL);
	display->head_count = head_count;
	for (uint32_t i = 0; i < head_count && i < DISPLAY_MAX_SCANOUTS; i++)
		display->heads[i] =
			(struct virtio_gpu_rect){ .width = width_px, .height = height_px };
}

void display_finish(struct display *display)
{
	display_thread_stop(display);
	display_close(display);
	for (size_t i = 0; i < DISPLAY_MAX_SCANOUTS; i++) {
		free(display->scanouts[i].pixels);
		display->scanouts[i].pixels = NULL;
	}
	free(display->message);
	display->message = NULL;
	display->capacity_bytes = 0;
	pthread_mutex_destroy(&display->lock);
}

int display_open(struct display *display)
{
	int ends[2];

	display_close(display);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	display->fd = ends[0];
	display->closed = false;
	return ends[1];
}

void display_close(struct display *display)
{
	if (display->fd >= 0)
		close(display->fd);
	if (display->received_fd >= 0)
		close(display->received_fd);
	display->fd = -1;
	display->received_fd = -1;
	display->received_bytes = 0;
}

static void reply(
	struct display *display, uint32_t request, const void *payload, uint32_t size_bytes)
{
	uint8_t message[HEADER_BYTES + sizeof(struct virtio_gpu_resp_edid)];
	uint32_t header[3] = { request, FLAG_REPLY, size_bytes };

	memcpy(message, header, HEADER_BYTES);
	if (size_bytes != 0)
		memcpy(message + HEADER_BYTES, payload, size_bytes);
	if (send(display->fd, message, HEADER_BYTES + size_bytes, MSG_NOSIGNAL) < 0)
		display->closed = true;
}

static void reply_display_info(struct display *display)
{
	struct virtio_gpu_resp_display_info info = {
		.hdr.type = VIRTIO_GPU_RESP_OK_DISPLAY_INFO,
	};

	for (uint32_t i = 0; i < display->head_count; i++) {
		info.pmodes[i].r = display->heads[i];
		info.pmodes[i].enabled = 1;
	}
	reply(display, DISPLAY_REQUEST_GET_DISPLAY_INFO, &info, sizeof(info));
}

/* Not a valid EDID, only recognizable bytes: the tests look at the way, not at the monitor. */
static void reply_edid(struct display *display, uint32_t scanout)
{
	struct virtio_gpu_resp_edid edid = {
		.hdr.type = VIRTIO_GPU_RESP_OK_EDID,
		.size = 128,
	};

	memset(edid.edid, 0xe0 + (int)(scanout & 15), 128);
	reply(display, DISPLAY_REQUEST_GET_EDID, &edid, sizeof(edid));
}

static void handle_scanout(
	struct display *display, const uint32_t *words, size_t size_bytes, bool dmabuf)
{
	size_t expected = dmabuf ? 40 : 12;

	if (size_bytes < expected || words[0] >= DISPLAY_MAX_SCANOUTS) {
		display->unknown++;
		return;
	}

	struct display_scanout *scanout = &display->scanouts[words[0]];
	uint32_t width_px = words[dmabuf ? 3 : 1], height_px = words[dmabuf ? 4 : 2];

	free(scanout->pixels);
	scanout->pixels = NULL;
	scanout->dmabuf = dmabuf;
	scanout->width_px = width_px;
	scanout->height_px = height_px;
	if (!display->count_only && !dmabuf && width_px != 0 && width_px <= MAX_SIDE_PX &&
		height_px != 0 && height_px <= MAX_SIDE_PX)
		scanout->pixels = calloc((size_t)width_px * height_px, sizeof(uint32_t));
}

static void handle_update(
	struct display *display, const uint32_t *words, size_t size_bytes, bool dmabuf)
{
	if (size_bytes < 20 || words[0] >= DISPLAY_MAX_SCANOUTS) {
		display->unknown++;
		return;
	}

	struct display_scanout *scanout = &display->scanouts[words[0]];
	struct virtio_gpu_rect r = { words[1], words[2], words[3], words[4] };

	scanout->updates++;
	scanout->last_update = r;
	if (dmabuf || scanout->pixels == NULL)
		return;
	if (r.x > scanout->width_px || r.width > scanout->width_px - r.x ||
		r.y > scanout->height_px || r.height > scanout->height_px - r.y ||
		size_bytes - 20 < (uint64_t)r.width * r.height * 4) {
		display->unknown++;
		return;
	}
	for (uint32_t y = 0; y < r.height; y++)
		memcpy(&scanout->pixels[(size_t)(r.y + y) * scanout->width_px + r.x],
			&words[5 + (size_t)y * r.width], (size_t)r.width * 4);
}

static void handle_cursor(
	struct display *display, uint32_t request, const uint32_t *words, size_t size_bytes)
{
	struct display_cursor *cursor = &display->cursor;

	if (size_bytes < 12) {
		display->unknown++;
		return;
	}
	cursor->scanout = words[0];
	cursor->x = words[1];
	cursor->y = words[2];
	cursor->visible = request != DISPLAY_REQUEST_CURSOR_POS_HIDE;
	if (request != DISPLAY_REQUEST_CURSOR_UPDATE) {
		cursor->moves++;
		return;
	}
	if (size_bytes < 20 + sizeof(cursor->pixels)) {
		display->unknown++;
		return;
	}
	cursor->updates++;
	cursor->hot_x = words[3];
	cursor->hot_y = words[4];
	memcpy(cursor->pixels, &words[5], sizeof(cursor->pixels));
}

static void handle_message(
	struct display *display, uint32_t request, const uint32_t *words, size_t size_bytes)
{
	uint64_t features = PROTOCOL_F_EDID | PROTOCOL_F_DMABUF2;

	display->messages++;
	display->bytes += HEADER_BYTES + size_bytes;
	switch (request) {
	case DISPLAY_REQUEST_GET_PROTOCOL_FEATURES:
		reply(display, request, &features, sizeof(features));
		return;
	case DISPLAY_REQUEST_SET_PROTOCOL_FEATURES:
		if (size_bytes == sizeof(display->protocol_features))
			memcpy(&display->protocol_features, words, size_bytes);
		return;
	case DISPLAY_REQUEST_GET_DISPLAY_INFO:
		reply_display_info(display);
		return;
	case DISPLAY_REQUEST_GET_EDID:
		reply_edid(display, size_bytes >= 4 ? words[0] : 0);
		return;
	case DISPLAY_REQUEST_SCANOUT:
	case DISPLAY_REQUEST_DMABUF_SCANOUT:
	case DISPLAY_REQUEST_DMABUF_SCANOUT2:
		handle_scanout(display, words, size_bytes, request != DISPLAY_REQUEST_SCANOUT);
		return;
	case DISPLAY_REQUEST_UPDATE:
		handle_update(display, words, size_bytes, false);
		return;
	case DISPLAY_REQUEST_DMABUF_UPDATE:
		handle_update(display, words, size_bytes, true);
		reply(display, request, NULL, 0);
		return;
	case DISPLAY_REQUEST_CURSOR_POS:
	case DISPLAY_REQUEST_CURSOR_POS_HIDE:
	case DISPLAY_REQUEST_CURSOR_UPDATE:
		handle_cursor(display, request, words, size_bytes);
		return;
	}
	display->unknown++;
}

/* Receives up to size_bytes; > 0: bytes, 0: nothing there yet, < 0: the socket is done. */
static ssize_t receive_some(struct display *display, void *data, size_t size_bytes)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { data, size_bytes };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(display->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;

	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	if (cmsg != NULL && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS) {
		if (display->received_fd >= 0)
			close(display->received_fd);
		memcpy(&display->received_fd, CMSG_DATA(cmsg), sizeof(int));
	}
	return n;
}

static bool message_reserve(struct display *display, size_t size_bytes)
{
	if (size_bytes > MAX_MESSAGE_BYTES)
		return false;
	if (size_bytes <= display->capacity_bytes)
		return true;

	uint8_t *message = realloc(display->message, size_bytes);

	if (message == NULL)
		return false;
	display->message = message;
	display->capacity_bytes = size_bytes;
	return true;
}

/* False when there is nothing more to read now. Never reads past the current message. */
static bool receive_step(struct display *display)
{
	uint32_t header[3] = { 0 };
	size_t wanted = HEADER_BYTES;

	if (display->received_bytes >= HEADER_BYTES) {
		memcpy(header, display->message, HEADER_BYTES);
		wanted += header[2];
	}
	if (!message_reserve(display, wanted)) {
		display->closed = true;
		return false;
	}
	if (display->received_bytes < wanted) {
		ssize_t n = receive_some(display, display->message + display->received_bytes,
			wanted - display->received_bytes);

		if (n <= 0) {
			display->closed = n < 0;
			return false;
		}
		display->received_bytes += (size_t)n;
		return true;
	}
	/* A message without payload comes here on the next step; so does a complete one. */
	handle_message(
		display, header[0], (const uint32_t *)(display->message + HEADER_BYTES), header[2]);
	display->received_bytes = 0;
	if (display->received_fd >= 0)
		close(display->received_fd);
	display->received_fd = -1;
	return true;
}

void display_dispatch(struct display *display)
{
	if (display->fd < 0 || display->closed)
		return;
	pthread_mutex_lock(&display->lock);
	while (!display->closed && receive_step(display)) {
	}
	pthread_mutex_unlock(&display->lock);
}

static void *thread_main(void *data)
{
	struct display *display = data;
	struct pollfd fds[2] = {
		{ .fd = display->fd, .events = POLLIN },
		{ .fd = display->stop_fd, .events = POLLIN },
	};

	while (fds[1].revents == 0 && !display->closed) {
		if (poll(fds, 2, -1) < 0)
			continue;
		display_dispatch(display);
	}
	return NULL;
}

int display_thread_start(struct display *display)
{
	display->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (display->stop_fd < 0)
		return -errno;

	int err = pthread_create(&display->thread, NULL, thread_main, display);

	if (err != 0) {
		close(display->stop_fd);
		display->stop_fd = -1;
	}
	return -err;
}

uint64_t display_thread_stop(struct display *display)
{
	struct timespec used = { 0 };
	uint64_t one = 1;
	clockid_t clock;

	if (display->stop_fd < 0)
		return 0;
	if (pthread_getcpuclockid(display->thread, &clock) == 0)
		clock_gettime(clock, &used);
	if (write(display->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(display->thread, NULL);
	close(display->stop_fd);
	display->stop_fd = -1;
	return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

uint32_t display_pixel(const struct display *display, uint32_t scanout, uint32_t x, uint32_t y)
{
	const struct display_scanout *s = &display->scanouts[scanout];

	if (s->pixels == NULL || x >= s->width_px || y >= s->height_px)
		return 0;
	return s->pixels[(size_t)y * s->width_px + x];
}

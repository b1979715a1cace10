/* SPDX-License-Identifier: MIT */
/* The client's half of vtest. */
#include "vtest_client.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest/virgl.h"

#define NAME "vtest" /* six bytes with its end: what follows is not aligned */

void client_connect(struct client *client, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	assert_true(strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	client->version = 0;
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(client->fd >= 0);
	int ret = connect(client->fd, (struct sockaddr *)&address, sizeof(address));
	/* It is there a moment before somebody listens. */
	for (int ms = 0; ret < 0 && errno == ECONNREFUSED && ms < VTEST_WAIT_MS; ms += 10) {
		usleep(10000);
		ret = connect(client->fd, (struct sockaddr *)&address, sizeof(address));
	}
	assert_int_equal(ret, 0);
}

void client_disconnect(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

void client_send_bytes(struct client *client, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = send(client->fd, at, len, MSG_NOSIGNAL);
		/* It may have been closed already: whoever waits for that sees it. */
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return;
		assert_true(n > 0);
		at += n;
		len -= n;
	}
}

void client_send(
	struct client *client, uint32_t length, uint32_t id, const uint32_t *words, size_t n)
{
	uint32_t header[2] = { length, id };

	client_send_bytes(client, header, sizeof(header));
	client_send_bytes(client, words, n * sizeof(*words));
}

static void wait_for(const struct client *client, short events)
{
	struct pollfd poll_fd = { .fd = client->fd, .events = events };
	assert_int_equal(poll(&poll_fd, 1, VTEST_WAIT_MS), 1);
}

void client_receive(struct client *client, void *bytes, size_t len)
{
	char *at = bytes;

	while (len) {
		wait_for(client, POLLIN);
		ssize_t n = recv(client->fd, at, len, 0);
		assert_true(n > 0);
		at += n;
		len -= n;
	}
}

int client_receive_fd(struct client *client)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	wait_for(client, POLLIN);
	assert_int_equal(recvmsg(client->fd, &message, MSG_CMSG_CLOEXEC), 1);
	assert_true(message.msg_controllen >= CMSG_LEN(sizeof(int)));
	assert_int_equal(control.header.cmsg_type, SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

void client_expect(struct client *client, uint32_t length, uint32_t id, uint32_t *words)
{
	uint32_t header[2];

	client_receive(client, header, sizeof(header));
	assert_int_equal(header[0], length);
	assert_int_equal(header[1], id);
	client_receive(client, words, length * sizeof(*words));
}

void client_expect_closed(struct client *client)
{
	char bytes[4096];

	for (;;) {
		wait_for(client, POLLIN);
		ssize_t n = recv(client->fd, bytes, sizeof(bytes), 0);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return;
		assert_true(n > 0);
	}
}

uint32_t client_busy_wait(struct client *client, bool waits)
{
	uint32_t words[2] = { 0, waits }, busy;

	client_send(client, 2, BUSY_WAIT, words, 2);
	client_expect(client, 1, BUSY_WAIT, &busy);
	return busy;
}

void client_expect_alive(struct client *client)
{
	client_send(client, 0, PING, NULL, 0);
	client_expect(client, 0, PING, NULL);
}

void client_start(struct client *client, const char *path, uint32_t version)
{
	uint32_t agreed;

	client_connect(client, path);
	client_send(client, sizeof(NAME), GREETING, NULL, 0);
	client_send_bytes(client, NAME, sizeof(NAME));
	client_expect_alive(client);
	if (!version)
		return;
	client_send(client, 1, VERSION, &version, 1);
	client_expect(client, 1, VERSION, &agreed);
	client->version = agreed;
}

void client_create(struct client *client, struct target *target, uint32_t id, uint32_t width_px,
	uint32_t height_px)
{
	bool shared = client->version >= 2;

	*target =
		(struct target){ id, width_px, height_px, NULL, (size_t)width_px * height_px * 4 };
	uint32_t words[] = { client->version >= 3 ? 0 : id, VIRGL_TARGET_2D, VIRGL_FORMAT_B8G8R8A8,
		VIRGL_BIND_RENDER_TARGET, width_px, height_px, 1, 1, 0, 0, target->bytes };
	size_t n = shared ? 11 : 10;
	client_send(client, n, shared ? CREATE2 : CREATE, words, n);
	if (client->version >= 3)
		client_expect(client, 1, CREATE2, &target->id);
	if (!shared)
		return;
	int fd = client_receive_fd(client);
	target->memory = mmap(NULL, target->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(target->memory, MAP_FAILED);
	/* It cannot be made smaller under the server. */
	assert_int_equal(ftruncate(fd, 0), -1);
	close(fd);
}

void target_finish(struct target *target)
{
	if (target->memory)
		munmap(target->memory, target->bytes);
	*target = (struct target){ 0 };
}

void client_clear(struct client *client, const struct target *target, const uint8_t bgra[4])
{
	struct virgl_stream stream;

	virgl_stream_init(&stream);
	virgl_create_surface(&stream, 1, target->id, VIRGL_FORMAT_B8G8R8A8);
	virgl_set_framebuffer(&stream, 1);
	virgl_clear(
		&stream, bgra[2] / 255.0f, bgra[1] / 255.0f, bgra[0] / 255.0f, bgra[3] / 255.0f);
	virgl_destroy_object(&stream, VIRGL_OBJECT_SURFACE, 1);
	client_send(client, stream.count, SUBMIT, stream.words, stream.count);
	virgl_stream_finish(&stream);
}

void client_expect_colour(struct client *client, const struct target *target, const uint8_t bgra[4])
{
	uint32_t get[] = { target->id, 0, 0, 0, 0, 0, 0, target->width_px, target->height_px, 1,
		target->bytes };
	uint32_t get2[] = { target->id, 0, 0, 0, 0, target->width_px, target->height_px, 1,
		target->bytes, 0 };
	uint8_t *pixels = target->memory, *data = NULL;

	if (pixels) {
		memset(pixels, 0, target->bytes);
		client_send(client, 10, GET2, get2, 10);
		client_busy_wait(client, true);
	} else {
		pixels = data = malloc(target->bytes);
		client_send(client, 11, GET, get, 11);
		client_receive(client, data, target->bytes);
	}
	for (size_t i = 0; i < target->bytes; i += 4)
		assert_memory_equal(pixels + i, bgra, 4);
	free(data);
}

void client_wait_for_fence(struct client *client)
{
	struct target fence;
	uint32_t busy;

	client_create(client, &fence, 100, 2, 1);
	client_send(client, 2, BUSY_WAIT, (uint32_t[]){ fence.id, 1 }, 2);
	client_expect(client, 1, BUSY_WAIT, &busy);
	assert_int_equal(busy, 0);
	client_send(client, 1, UNREF, &fence.id, 1);
	target_finish(&fence);
}

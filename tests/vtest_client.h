/* SPDX-License-Identifier: MIT */
#ifndef VTEST_CLIENT_H
#define VTEST_CLIENT_H

/*
 * The client's half of vtest, as Mesa's virpipe driver speaks it (written from its
 * virgl_vtest_socket.c), and as it must not be spoken. What fails here fails the test
 * that runs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VTEST_WAIT_MS 20000

enum vtest_number {
	CAPS = 1,
	CREATE = 2,
	UNREF = 3,
	GET = 4,
	PUT = 5,
	SUBMIT = 6,
	BUSY_WAIT = 7,
	GREETING = 8,
	CAPS2 = 9,
	PING = 10,
	VERSION = 11,
	CREATE2 = 12,
	GET2 = 13,
	PUT2 = 14,
	PARAM = 15,
	CAPSET = 16,
	CONTEXT = 17,
	BLOB = 18,
	SUBMIT2 = 24,
};

struct client {
	int fd; /* -1: not connected */
	uint32_t version;
};

/* A picture of 4 bytes a pixel that a client draws. */
struct target {
	uint32_t id, width_px, height_px;
	uint8_t *memory; /* shared; NULL: data go over the socket */
	size_t bytes;
};

/* Connects, without a word. */
void client_connect(struct client *client, const char *path);
void client_disconnect(struct client *client);
/* The same, and says a name, and agrees on a version. */
void client_start(struct client *client, const char *path, uint32_t version);

void client_send_bytes(struct client *client, const void *bytes, size_t len);
/* A header with this length, and a body of `n` words. */
void client_send(
	struct client *client, uint32_t length, uint32_t id, const uint32_t *words, size_t n);
void client_receive(struct client *client, void *bytes, size_t len);
int client_receive_fd(struct client *client);
/* A reply's header and its words. */
void client_expect(struct client *client, uint32_t length, uint32_t id, uint32_t *words);
/* It comes to be closed by the server. */
void client_expect_closed(struct client *client);
/* It answers. */
void client_expect_alive(struct client *client);
uint32_t client_busy_wait(struct client *client, bool waits);

/* Makes a resource as a fence behind what was sent, waits for that, and lets it go. */
void client_wait_for_fence(struct client *client);

void client_create(struct client *client, struct target *target, uint32_t id, uint32_t width_px,
	uint32_t height_px);
/* Clears it to this colour (of bytes 0 to 255, blue first), and reads all of it back. */
void client_clear(struct client *client, const struct target *target, const uint8_t bgra[4]);
void client_expect_colour(
	struct client *client, const struct target *target, const uint8_t bgra[4]);
void target_finish(struct target *target);

#endif

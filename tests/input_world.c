/* SPDX-License-Identifier: MIT */
/* A source of input, and what a guest's driver is to hear of it. */
#include "input_world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SILENCE_MS 100
#define CONNECTED_MS 5000

void input_source_open(struct input_source *source, const struct fixture *fixture)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", fixture->dir);
	source->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(source->fd >= 0);
	assert_int_equal(
		connect(source->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
}

void input_source_close(struct input_source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
}

/* What is answered, in `words`. */
static void source_call(struct input_source *source, const char *device, const char *frames,
	char *words, size_t size)
{
	size_t n = 0;

	int len = snprintf(words, size,
		"{\"method\":\"org.mullion.Control.SendInput\",\"parameters\":{\"guest\":\"g1\","
		"\"device\":\"%s\",\"frames\":[%s]}}",
		device, frames);
	assert_true(len > 0 && (size_t)len < size);
	assert_int_equal(send(source->fd, words, len + 1, MSG_NOSIGNAL), len + 1);
	do {
		ssize_t got = recv(source->fd, words + n, size - n, 0);
		assert_true(got > 0);
		n += got;
	} while (words[n - 1] != '\0');
}

void input_source_send(struct input_source *source, const char *device, const char *frames)
{
	char words[16384];

	source_call(source, device, frames, words, sizeof(words));
	if (strstr(words, "\"error\""))
		fail_msg("%s", words);
}

void input_source_expect_connected(struct input_source *source, const char *device)
{
	uint64_t deadline_ns = vmm_now_ns() + CONNECTED_MS * UINT64_C(1000000);
	char words[16384];

	do {
		source_call(source, device, "[]", words, sizeof(words));
	} while (strstr(words, "\"error\"") && vmm_now_ns() < deadline_ns);
	if (strstr(words, "\"error\""))
		fail_msg("%s", words);
}

void input_world_boot(struct fixture *fixture, struct input_driver *driver, struct memory *memory,
	const char *device, const struct input_driver_options *options)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/g1/%s.sock", fixture->dir, device);
	input_driver_init(driver, memory, options);
	assert_int_equal(input_driver_boot(driver, path), 0);
}

/* Which number a contact got is nobody's business: "3:57:*". */
static void forget_contacts(char *text)
{
	char *to = text;

	for (char *from = text; *from;) {
		if (strncmp(from, "3:57:", 5) || from[5] == '-') {
			*to++ = *from++;
			continue;
		}
		from += 5 + strspn(from + 5, "0123456789");
		memcpy(to, "3:57:*", 6);
		to += 6;
	}
	*to = '\0';
}

void input_world_expect_at(struct input_driver *driver, const char *text, const char *file, int line)
{
	char heard[8192];
	uint32_t frames = 0;

	for (const char *at = strchr(text, '|'); at; at = strchr(at + 1, '|'))
		frames++;
	int err = input_driver_read(driver, frames, heard, sizeof(heard));
	forget_contacts(heard);
	if (err < 0 || strcmp(heard, text))
		fail_msg("%s:%d: heard '%s' (%s), not '%s'", file, line, heard, strerror(-err), text);
}

void input_world_expect_silence(struct input_driver *driver)
{
	struct virtio_input_event event;

	assert_int_equal(input_driver_next(driver, &event, SILENCE_MS), -ETIMEDOUT);
}

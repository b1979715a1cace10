/* SPDX-License-Identifier: MIT */
/* Taps of a guest: those that wait for a VM, and their way to mullion-guest. */
#include "daemon/tap.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/channel.h"
#include "base/io.h"
#include "base/log.h"
#include "daemon/config.h"
#include "protocol/link.h"

/* What a recording may have waiting for its disk: a quarter of it, within these. */
#define TAP_RECORD_MIN_BYTES (UINT64_C(64) << 10)
#define TAP_RECORD_MAX_BYTES (UINT64_C(256) << 20)

void taps_waiting_init(struct taps_waiting *waiting)
{
	for (int i = 0; i < TAPS_WAITING_MAX; i++)
		waiting->taps[i].fd = -1;
}

void taps_waiting_finish(struct taps_waiting *waiting)
{
	for (int i = 0; i < TAPS_WAITING_MAX; i++)
		fd_close(&waiting->taps[i].fd);
}

static bool hung_up(int fd)
{
	struct pollfd poll_fd = { .fd = fd };
	return poll(&poll_fd, 1, 0) == 1;
}

int taps_wait(struct taps_waiting *waiting, bool data, int take_fd)
{
	for (int i = 0; i < TAPS_WAITING_MAX; i++) {
		struct tap_waiting *tap = &waiting->taps[i];
		if (tap->fd >= 0 && hung_up(tap->fd))
			fd_close(&tap->fd);
		if (tap->fd >= 0)
			continue;
		*tap = (struct tap_waiting){ .data = data, .fd = take_fd };
		return 0;
	}
	fd_close(&take_fd);
	return -EBUSY;
}

static uint64_t record_buffer_bytes(uint64_t limit_bytes)
{
	if (limit_bytes / 4 < TAP_RECORD_MIN_BYTES)
		return TAP_RECORD_MIN_BYTES;
	return limit_bytes / 4 < TAP_RECORD_MAX_BYTES ? limit_bytes / 4 : TAP_RECORD_MAX_BYTES;
}

int tap_send(struct channel *link, const struct config_guest *config, bool data, int take_fd)
{
	struct link_guest_tap message = {
		.type = LINK_GUEST_TAP,
		.data = data,
		.buffer_bytes = config->trace_bytes,
		.limit_bytes = UINT64_MAX,
	};

	if (data) {
		message.limit_bytes = config->record_bytes;
		message.buffer_bytes = record_buffer_bytes(config->record_bytes);
	}
	int ret = channel_send(link, &message, sizeof(message), &take_fd, 1);
	fd_close(&take_fd);
	return ret;
}

void taps_send_waiting(
	struct taps_waiting *waiting, struct channel *link, const struct config_guest *config)
{
	for (int i = 0; i < TAPS_WAITING_MAX; i++) {
		struct tap_waiting *tap = &waiting->taps[i];
		if (tap->fd < 0)
			continue;
		int ret = tap_send(link, config, tap->data, tap->fd);
		tap->fd = -1;
		if (ret < 0)
			log_warn("guest %s: cannot be traced: %s", config->name, strerror(-ret));
	}
}

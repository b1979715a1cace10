/* SPDX-License-Identifier: MIT */
/* Taps: their buffers, their readers, their life. */
#include "daemon/guest/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "daemon/guest/guest.h"

#define TAP_BUFFER_MIN_BYTES (64u << 10)
/* For readers to take what is left when the guest's VM is gone. */
#define TAP_LINGER_NS (2 * NSEC_PER_SEC)

/* Kept free in every buffer, so that the last words always fit. */
#define TAP_RESERVE_BYTES (2 * RECORD_START_MAX)

/* -- the buffer -- */

void tap_write(struct tap *tap, const void *bytes, uint64_t len)
{
	uint64_t first = tap->size - tap->head;

	if (first > len)
		first = len;
	memcpy(tap->buffer + tap->head, bytes, first);
	memcpy(tap->buffer, (const char *)bytes + first, len - first);
	tap->head = (tap->head + len) % tap->size;
	tap->used += len;
	tap->left -= len;
}

static void tap_write_start(struct tap *tap, struct record *record)
{
	uint8_t start[RECORD_START_MAX];

	record->time_ns = clock_now_ns() - tap->start_ns;
	tap_write(tap, start, encode_record_start(record, start));
}

static void tap_say_end(struct tap *tap, enum record_end why)
{
	struct record end = { .kind = RECORD_END, .end.why = why };

	if (tap->ended)
		return;
	tap_write_start(tap, &end);
	tap->ended = true;
}

/* In the place of what did not fit. */
static void tap_say_lost(struct tap *tap)
{
	struct record lost = {
		.kind = RECORD_LOST,
		.lost = { .records = tap->lost_records, .bytes = tap->lost_bytes },
	};

	if (!tap->lost_records || tap->size - tap->used < 2 * TAP_RESERVE_BYTES)
		return;
	tap_write_start(tap, &lost);
	tap->lost_records = tap->lost_bytes = 0;
}

bool tap_begin(struct tap *tap, struct record *record)
{
	uint64_t needed = record->len + RECORD_START_MAX + 2 * TAP_RESERVE_BYTES;

	loop_hook_arm(&tap->guest->loop, &tap->guest->taps.flush);
	if (tap->ended)
		return false;
	if (tap->left < needed) {
		tap_say_end(tap, RECORD_END_FULL);
		return false;
	}
	if (tap->size - tap->used >= needed) {
		tap_say_lost(tap);
		tap_write_start(tap, record);
		return true;
	}
	if (tap->data) {
		tap_say_end(tap, RECORD_END_LOST);
		return false;
	}
	tap->lost_records++;
	tap->lost_bytes += RECORD_HEAD_BYTES + record->len;
	return false;
}

void tap_record(struct tap *tap, struct record *record)
{
	if (tap_begin(tap, record) && record->len)
		tap_write(tap, record->bytes, record->len);
}

/* -- the reader -- */

/* What is said of the quotas of traces and recordings. */
static void taps_count(struct guest_process *guest)
{
	struct state_counters *counters = &guest->state->counters;
	uint64_t bytes[2] = { 0 };

	for (int i = 0; i < TAPS_MAX; i++) {
		const struct tap *tap = guest->taps.taps[i];
		uint64_t mine = tap ? tap->data ? tap->limit - tap->left : tap->used : 0;
		if (tap && mine > bytes[tap->data])
			bytes[tap->data] = mine;
	}
	counters->trace_bytes = bytes[false];
	counters->record_bytes = bytes[true];
}

static void tap_destroy(struct tap *tap)
{
	struct guest_process *guest = tap->guest;
	struct taps *taps = &guest->taps;
	bool any = false;

	loop_remove(&tap->source);
	fd_close(&tap->fd);
	for (int i = 0; i < TAPS_MAX; i++) {
		if (taps->taps[i] == tap)
			taps->taps[i] = NULL;
		any = any || taps->taps[i];
	}
	free(tap->buffer);
	free(tap);
	guest->gpu.tapped = any;
	taps_count(guest);
	if (!any && taps->ending)
		loop_stop(&guest->loop, 0);
}

/* As much as the socket takes. A reader that went away, or has all, ends the tap. */
static void tap_flush(struct tap *tap)
{
	while (tap->used) {
		uint64_t at = (tap->head + tap->size - tap->used) % tap->size;
		uint64_t len = tap->size - at < tap->used ? tap->size - at : tap->used;
		ssize_t n = io_send(tap->fd, tap->buffer + at, len, NULL, 0);
		if (n == -EAGAIN) {
			loop_change(&tap->source, EPOLLOUT);
			tap->waiting = true;
			return;
		}
		if (n < 0) {
			tap_destroy(tap);
			return;
		}
		tap->used -= n;
	}
	if (tap->lost_records) {
		tap_say_lost(tap);
		tap_flush(tap);
		return;
	}
	if (tap->waiting)
		loop_change(&tap->source, 0);
	tap->waiting = false;
	if (tap->ended)
		tap_destroy(tap);
}

static void tap_handle(struct loop_source *source, uint32_t events)
{
	struct tap *tap = container_of(source, struct tap, source);

	if (events & (EPOLLHUP | EPOLLERR))
		tap_destroy(tap);
	else
		tap_flush(tap);
}

static void taps_flush(struct loop_hook *hook)
{
	struct taps *taps = container_of(hook, struct taps, flush);

	for (int i = 0; i < TAPS_MAX; i++) {
		if (taps->taps[i] && !taps->taps[i]->waiting)
			tap_flush(taps->taps[i]);
	}
	taps_count(container_of(taps, struct guest_process, taps));
}

/* -- what they are told -- */

#define taps_for_each(tap, guest)                                                                  \
	for (int i_ = 0; i_ < TAPS_MAX; i_++)                                                      \
		for (struct tap *tap = (guest)->taps.taps[i_]; tap; tap = NULL)

void taps_command(struct guest_process *guest, uint32_t queue, const void *bytes, size_t len)
{
	struct virtio_gpu_command command;
	struct record record = {
		.kind = RECORD_COMMAND,
		.command.queue = queue,
		.bytes = bytes,
		.len = len,
	};
	bool right = decode_virtio_gpu_command(bytes, len, queue, &command) == 0;

	taps_for_each(tap, guest)
	{
		if (tap->data && right)
			tap_memory(tap, &command);
		tap_record(tap, &record);
	}
}

static void taps_record(struct guest_process *guest, struct record record)
{
	taps_for_each(tap, guest) tap_record(tap, &record);
}

void taps_refused(struct guest_process *guest, uint32_t type, uint32_t response)
{
	taps_record(guest, (struct record){ .kind = RECORD_REFUSED,
				   .refused = { .type = type, .response = response } });
}

void taps_features(struct guest_process *guest, uint64_t features)
{
	taps_record(guest, (struct record){ .kind = RECORD_FEATURES, .features.bits = features });
}

void taps_reset(struct guest_process *guest)
{
	taps_record(guest, (struct record){ .kind = RECORD_RESET });
}

/* -- life -- */

static void tap_write_header(struct tap *tap)
{
	const struct gpu *gpu = &tap->guest->gpu;
	struct record_header header = {
		.flags = (tap->data ? RECORD_FLAG_DATA : 0) |
			 (gpu->state->counters.driver_ready ? RECORD_FLAG_LATE : 0),
		.features = gpu->features,
		.n_heads = gpu->config.n_heads,
	};
	const struct link_capset *capsets = (const void *)gpu->config.capsets;
	uint8_t bytes[RECORD_HEADER_MAX];

	memcpy(header.name, gpu->config.name, sizeof(header.name));
	for (uint32_t i = 0; i < header.n_heads; i++) {
		const struct link_head *head = &gpu->state->modes[i];
		header.heads[i] = (struct record_head){
			head->width_px,
			head->height_px,
			head->refresh_mhz,
			head->enabled,
		};
	}
	for (uint32_t i = 0; capsets && i < LIMIT_CAPSETS && capsets[i].id; i++)
		header.capsets[header.n_capsets++] = (struct record_capset){
			capsets[i].id,
			capsets[i].version,
			capsets[i].size,
		};
	tap_write(tap, bytes, encode_record_header(&header, bytes, sizeof(bytes)));
}

void taps_add(struct guest_process *guest, const struct link_guest_tap *message, int take_fd)
{
	struct taps *taps = &guest->taps;
	struct tap *tap = NULL;
	int slot = 0;

	while (slot < TAPS_MAX && taps->taps[slot])
		slot++;
	if (slot == TAPS_MAX || message->buffer_bytes < TAP_BUFFER_MIN_BYTES)
		goto fail;
	tap = calloc(1, sizeof(*tap));
	if (!tap)
		goto fail;
	tap->buffer = malloc(message->buffer_bytes);
	if (!tap->buffer || fd_set_nonblock(take_fd) < 0 ||
		loop_add(&guest->loop, &tap->source, take_fd, 0, tap_handle) < 0)
		goto fail;
	tap->guest = guest;
	tap->fd = take_fd;
	tap->data = message->data;
	tap->size = message->buffer_bytes;
	tap->limit = tap->left = message->limit_bytes;
	tap->start_ns = clock_now_ns();
	taps->taps[slot] = tap;
	guest->gpu.tapped = true;
	tap_write_header(tap);
	if (tap->data)
		tap_snapshot(tap);
	loop_hook_arm(&guest->loop, &taps->flush);
	return;
fail:
	if (tap)
		free(tap->buffer);
	free(tap);
	fd_close(&take_fd);
}

static void taps_linger_over(struct loop_timer *timer)
{
	loop_stop(timer->source.loop, 0);
}

bool taps_end(struct guest_process *guest)
{
	struct taps *taps = &guest->taps;

	if (!guest->gpu.tapped)
		return false;
	taps->ending = true;
	taps_for_each(tap, guest) tap_say_end(tap, RECORD_END_GUEST);
	loop_hook_arm(&guest->loop, &taps->flush);
	loop_timer_set(&taps->linger, TAP_LINGER_NS);
	return true;
}

int taps_init(struct guest_process *guest)
{
	loop_hook_init(&guest->taps.flush, taps_flush);
	return loop_timer_init(&guest->taps.linger, &guest->loop, taps_linger_over);
}

void taps_finish(struct guest_process *guest)
{
	taps_for_each(tap, guest) tap_destroy(tap);
	loop_hook_disarm(&guest->taps.flush);
	loop_timer_finish(&guest->taps.linger);
}

/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_GUEST_TAP_H
#define DAEMON_GUEST_TAP_H

/*
 * Taps: whoever traces or records the guest gets, over a socket of their own,
 * records of what the guest sends (protocol/record.h). The rings never wait for
 * them: records lie in a buffer of bounded size; when it is full a trace leaves
 * out some and says how many, a recording ends.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "protocol/record.h"

struct guest_process;
struct link_guest_tap;
struct state_resource;

#define TAPS_MAX 4

struct tap {
	struct guest_process *guest; /* borrowed */
	struct loop_source source;
	int fd;       /* owned */
	bool data;    /* guest memory too: a recording */
	bool waiting; /* for the reader to take some */
	bool ended;   /* the last record is written */
	int64_t start_ns;
	uint8_t *buffer;                   /* owned: a ring */
	uint64_t size, head, used;         /* of it: where the next byte goes, how many are there */
	uint64_t limit, left;              /* bytes that the recording may have, may still get */
	uint64_t lost_records, lost_bytes; /* since a trace's last record */
};

struct taps {
	struct tap *taps[TAPS_MAX]; /* NULL: none */
	struct loop_hook flush;
	struct loop_timer linger;
	bool ending; /* the process ends once they are flushed */
};

/* 0 or negative errno. */
int taps_init(struct guest_process *guest);
void taps_finish(struct guest_process *guest);

/* Takes the descriptor, in every case. */
void taps_add(struct guest_process *guest, const struct link_guest_tap *message, int take_fd);

/* A command, as the device took it off a queue, is about to be carried out. */
void taps_command(struct guest_process *guest, uint32_t queue, const void *bytes, size_t len);
void taps_refused(struct guest_process *guest, uint32_t type, uint32_t response);
void taps_features(struct guest_process *guest, uint64_t features);
void taps_reset(struct guest_process *guest);

/* The guest's VM is gone. True: the loop ends once the last reader has all, or is too slow. */
bool taps_end(struct guest_process *guest);

/* -- between the files of taps -- */

/*
 * Begins a record: its `len` bytes follow with tap_write, all of them. False: it
 * is left out.
 */
bool tap_begin(struct tap *tap, struct record *record);
void tap_write(struct tap *tap, const void *bytes, uint64_t len);
/* A record as it is, with record->bytes. */
void tap_record(struct tap *tap, struct record *record);

/* tap_memory.c: what the command reads of guest memory. */
void tap_memory(struct tap *tap, const struct virtio_gpu_command *command);
/* tap_snapshot.c: what was there before, as commands that make it. */
void tap_snapshot(struct tap *tap);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TAP_WORLD_H
#define TAP_WORLD_H

/*
 * A daemon, a guest of the test's own, and programs that tell what it sends: mullionctl
 * trace and record, mullion-replay.
 */

#include "fixture.h"

#include "protocol/record.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define CONTEXT 7u
#define TARGET 3u

extern struct fixture fixture;
extern struct guest *const guest;
extern struct gpu *const gpu;

/* A program, and what it says. */
struct teller {
	struct process process;
	char output[160];
};

int tap_setup(void **state);
int tap_teardown(void **state);

/* mullionctl COMMAND g1 [FILE], its words in a file of that name. */
void teller_start(struct teller *teller, const char *name, const char *command, char *file);
/* mullionctl record to a fresh file, and until it waits for the VM. */
void record_start(struct teller *teller, char path[static 160]);
/* mullion-replay, which tells every frame. */
void replay_start(struct teller *teller, const char *renderer, char *path);
bool teller_said(const struct teller *teller, const char *what);
/* Asserts that it comes to say so. */
void teller_expect(const struct teller *teller, const char *what);
/* Its exit status, once it ended by itself. */
int teller_wait(struct teller *teller);

void step(void); /* a moment, between two looks */
/* The caller frees; ends with a NUL. */
char *file_read(const char *path, size_t *len);
/* Asserts that the recording is right from its start to its end; its last record. */
struct record file_last(const char *path, struct record_header *header, uint32_t *n_commands);

/* The guest, with 3D. */
void boot(void);
void unboot(void);
/* A context, and in it a texture to draw to. */
void make_target(uint32_t size_px);
/* Clears it by a stream; the response. */
int draw(float red);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TESTS_INPUT_WORLD_H
#define TESTS_INPUT_WORLD_H

/* A source of input at a mulliond's control socket, and what a guest's driver is to hear of it. */

#include "fixture.h"
#include "guest/input.h"

struct input_source {
	int fd; /* owned; -1: not there */
};

/* All of these assert that they succeed. */
void input_source_open(struct input_source *source, const struct fixture *fixture);
/* All that it holds is lifted. */
void input_source_close(struct input_source *source);
/* Frames of g1's device as SendInput has them: "[[1,30,1]]" is KEY_A, pressed. */
void input_source_send(struct input_source *source, const char *device, const char *frames);

/* mulliond comes to have the VMM's connection of it. */
void input_source_expect_connected(struct input_source *source, const char *device);

/* Boots a driver on g1's device. */
void input_world_boot(struct fixture *fixture, struct input_driver *driver, struct memory *memory,
	const char *device, const struct input_driver_options *options);

/*
 * The driver hears just this, "3:47:1 3:57:* |": an end of a frame is "|", the number of a
 * contact "*".
 */
void input_world_expect_at(struct input_driver *driver, const char *text, const char *file, int line);
#define input_world_expect(driver, text) input_world_expect_at(driver, text, __FILE__, __LINE__)
/* And nothing for a while. */
void input_world_expect_silence(struct input_driver *driver);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_LIBINPUT_GIVEN_H
#define BACKENDS_LIBINPUT_GIVEN_H

/*
 * A device of the host that is given to guests whole: while it is there it is grabbed,
 * and what it does goes to their devices. It may come, go and come back at any time.
 *
 * A touch screen, and an absolute pointer, may lie over several heads: a contact belongs
 * to the head that it begins over, a pointer to the one below it, or to the one where its
 * first button was pressed. All else is the first part's guest's.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/input.h"
#include "backends/libinput/area.h"
#include "backends/libinput/host.h"

#define GIVEN_CONTACTS 64

enum given_kind {
	GIVEN_BY_LIBINPUT, /* keyboards, pointers, touch screens */
	GIVEN_KEYS,        /* hard keys and encoders: as they are */
};

struct given_config {
	const char *name; /* for the log */
	const char *path;
	enum given_kind kind;
	const float *calibration; /* INPUT_CALIBRATION numbers */
};

enum given_state {
	GIVEN_ABSENT,
	GIVEN_HERE,
	GIVEN_REFUSED, /* it is there, and cannot be had */
};

/* What of it goes to one head. */
struct given_part {
	struct given *given; /* borrowed */
	struct input_port port;
	uint32_t head;
	struct input_area area;
	bool touched; /* since its last frame */
};

struct given {
	struct list link;           /* of input_host.given */
	struct input_host *host;    /* borrowed */
	struct given_config config; /* what it points to is borrowed */
	enum given_state state;
	int said;                /* the last error that the log has; 0: none */
	struct log_limit coming; /* lines of its coming and going */
	char trouble[160];       /* why it is refused */
	struct given_part parts[AREAS_MAX];
	uint32_t n_parts;

	struct libinput_device *device;   /* GIVEN_BY_LIBINPUT, here */
	uint8_t contacts[GIVEN_CONTACTS]; /* by libinput's slot: 1 + its part; 0: up */
	struct given_part *pointing;      /* where the absolute pointer is; NULL: it is none */
	uint32_t buttons;                 /* that are down */
	double moved[2], scrolled[2];     /* less than a unit, left for the next time */

	struct libevdev *evdev; /* GIVEN_KEYS, here */
	struct loop_source source;
	int fd; /* owned; -1: none */
};

/* The host is open. Of no part so far. */
void given_init(struct given *given, struct input_host *host, const struct given_config *config);
/* At most AREAS_MAX of them, before it is opened. */
void given_add_part(struct given *given, struct input_devices *devices, uint32_t head,
	const struct input_area *area);
/* From now on it is grabbed whenever it is there. */
void given_open(struct given *given);
/* Lifts all that it holds. */
void given_finish(struct given *given);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SEAT_INPUT_H
#define COMPOSITOR_SEAT_INPUT_H

/*
 * The input devices of a session (libinput, udev): whatever is plugged into its seat is
 * opened through it, and what it does is told to the seat. While the session is not the
 * active one there are none.
 */

struct input;
struct seat;
struct session;

/* NULL with errno, said. */
struct input *input_create(struct seat *seat, struct session *session);
/* While the session is still open. */
void input_destroy(struct input *input);

#endif

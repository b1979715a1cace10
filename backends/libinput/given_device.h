/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_LIBINPUT_GIVEN_DEVICE_H
#define BACKENDS_LIBINPUT_GIVEN_DEVICE_H

/* A given device while it is there: what this folder's files have of each other. */

#include "backends/libinput/given.h"

struct libinput_event;

/* Opens it if it is there and is not open. */
void given_try(struct given *given);
/* It went: all that it held is lifted. */
void given_gone(struct given *given);

/* By libinput. 0 or negative errno; -ENOTSUP: it is nothing that libinput knows. */
int given_open_device(struct given *given);
void given_close_device(struct given *given);
void given_set_leds(struct given *given, uint32_t leds);
/* Of any given device. */
void given_handle_event(struct libinput_event *event);

/* As it is. 0 or negative errno. */
int given_open_keys(struct given *given);
void given_close_keys(struct given *given);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef FAKE_SEAT_H
#define FAKE_SEAT_H

/* The seat that has the card (fake_card.h), in the place of libseat at link time. */

#include <stdbool.h>

void fake_seat_init(void);
bool fake_seat_is_ours(void);
/* It goes to somebody else, and comes back. */
void fake_seat_take(void);
void fake_seat_give(void);

#endif

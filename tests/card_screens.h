/* SPDX-License-Identifier: MIT */
#ifndef CARD_SCREENS_H
#define CARD_SCREENS_H

/* What tests of a card's screens stand on: mullion-compositor's, on a card that is none. */

#include <stdbool.h>

#include "compositor/server.h"
#include "tests/fake_card.h"

extern struct config *card_config;
extern struct server card_server;

/* For each test. What it configures comes before card_start. */
int card_setup(void **state);
int card_teardown(void **state);
void card_start(void);
/* It is there. */
struct screen *card_screen(const char *name);

/* What is logged from begin to end, warnings too, goes to no one but the test. */
void card_log_begin(void);
const char *card_log_end(void);

/* What is waited for, for 20 s. */
void card_run_until(bool (*condition)(void));
/* Such conditions, of both screens. */
bool card_has_flipped(void);
bool card_is_idle(void);
bool card_is_taken(void);
bool card_was_refused(void);
bool card_has_two_modesets(void);

#endif

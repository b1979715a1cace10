/* SPDX-License-Identifier: MIT */
#ifndef TWO_CLIENTS_H
#define TWO_CLIENTS_H

/*
 * Two screens side by side, 100 px wide and 50 high, and a window of one client on each. What
 * a test adds (devices, objects) comes between the steps.
 */

#include "tests/compositor_world.h"

extern struct world world;
extern struct world_client client, other;
extern struct world_window a, b; /* "A", "B", in this order */

void two_clients_begin(void);
void two_clients_connect(void);
void two_clients_show(void);
/* What they were told so far is read, and forgotten. */
void two_clients_forget(void);
int two_clients_teardown(void **state);

#endif

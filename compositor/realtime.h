/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_REALTIME_H
#define COMPOSITOR_REALTIME_H

/* That frames wait for no other program and for no disk, as configured and allowed. */

struct config;

/* What is refused is said, and done without. */
void realtime_apply(const struct config *config);

#endif

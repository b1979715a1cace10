/* SPDX-License-Identifier: MIT */
#ifndef PINNED_H
#define PINNED_H

/*
 * Libraries that are loaded now stay until the process ends: what Mesa leaves behind when
 * it is unloaded is known for its own (leaks.supp) only while it is there.
 */
void pin_libraries(void);

#endif

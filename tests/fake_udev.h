/* SPDX-License-Identifier: MIT */
#ifndef FAKE_UDEV_H
#define FAKE_UDEV_H

/* libudev's place at link time: it tells of what the test says that happened. */

#include <stdbool.h>
#include <stdint.h>

/* An event of the card's with HOTPLUG=1; of one connector, or (0) without saying which. */
void fake_udev_hotplug(uint32_t connector_id);
/* One of another card, and one of the card that says nothing of screens. */
void fake_udev_other(void);
/* All events were read. */
bool fake_udev_is_read(void);

#endif

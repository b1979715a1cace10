/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_BACKLIGHT_H
#define COMPOSITOR_KMS_BACKLIGHT_H

/* The light behind a panel, by sysfs (ABI/stable/sysfs-class-backlight). */

#include <stdint.h>
#include <sys/types.h>

/*
 * That of the connector ("eDP-1") of the card, whose own parent the light is, or, of a panel
 * that is built in, the card's. `sys` is "/sys". 0, -ENOTSUP: it has none, or another negative
 * errno.
 */
int backlight_set(const char *sys, dev_t card, const char *connector, uint32_t percent);

#endif

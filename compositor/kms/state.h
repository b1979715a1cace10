/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_STATE_H
#define COMPOSITOR_KMS_STATE_H

/*
 * What a card is to show: all of it described in one atomic request, so that all screens
 * change together or none does. Who is not in it is turned off.
 */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/kms/device.h"

struct kms_state_head {
	uint32_t connector, crtc, plane; /* indices into the device's */
	uint32_t mode_blob;
	uint32_t width_px, height_px;
	uint32_t framebuffer;
	bool is_off; /* the panel is dark, but all that it needs stays its own */
};

/* 0: it would be taken; or negative errno. */
int kms_state_test(
	const struct kms_device *device, const struct kms_state_head *heads, uint32_t n_heads);
/* Modes are set, which is waited for. */
int kms_state_commit(
	const struct kms_device *device, const struct kms_state_head *heads, uint32_t n_heads);
/* One of them, on or off as it says, which is waited for. */
int kms_state_set_power(const struct kms_device *device, const struct kms_state_head *head);
/* Another picture on one of them, at its next refresh, which its event tells. */
int kms_state_flip(const struct kms_device *device, const struct kms_state_head *head, void *data);

#endif

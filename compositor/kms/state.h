/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_STATE_H
#define COMPOSITOR_KMS_STATE_H

/*
 * What a card is to show: all of it described in one atomic request, so that all screens
 * change together or none does. Who is not in it is turned off.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

#include "compositor/kms/device.h"

/* A part of a framebuffer, in 65536ths of its px, and where that is on the screen. */
struct kms_state_picture {
	uint32_t framebuffer;
	uint32_t x, y, width, height;
	pixman_box32_t box;
};

#define KMS_STATE_OVERLAYS_MAX 4

struct kms_state_head {
	uint32_t connector, crtc, plane; /* indices into the device's */
	uint32_t mode_blob;
	uint32_t width_px, height_px;
	bool has_vrr; /* refreshes wait for frames */
	bool is_off;  /* the panel is dark, but all that it needs stays its own */
	struct kms_state_picture picture; /* of the primary plane */
	/* Above it, by their index in the device's `others`, which are all this CRTC's. */
	struct kms_state_overlay {
		uint32_t plane;
		struct kms_state_picture picture;
	} overlays[KMS_STATE_OVERLAYS_MAX];
	uint32_t n_overlays;
};

/* All of the screen shows this framebuffer, px for px, and nothing else. */
void kms_state_show(struct kms_state_head *head, uint32_t framebuffer);

/* The primary plane's part of a request. 0 or negative errno. */
int kms_state_add_primary(struct _drmModeAtomicReq *request, const struct kms_device *device,
	const struct kms_state_head *head);

/* 0: it would be taken; or negative errno. */
int kms_state_test(
	const struct kms_device *device, const struct kms_state_head *heads, uint32_t n_heads);
/* Modes are set, which is waited for. */
int kms_state_commit(
	const struct kms_device *device, const struct kms_state_head *heads, uint32_t n_heads);
/* One of them, on or off as it says, which is waited for. */
int kms_state_set_power(const struct kms_device *device, const struct kms_state_head *head);
/*
 * Other pictures on one of them, at its next refresh, which its event tells; not before the
 * fence of the primary plane's (-1: none), which stays the caller's. `shown_fd` (NULL: it is
 * not wanted) is the fd of a fence that is signalled then, the caller's; -1: there is none.
 */
int kms_state_flip(const struct kms_device *device, const struct kms_state_head *head, int fence_fd,
	int *shown_fd, void *data);

#endif

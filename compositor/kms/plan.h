/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_PLAN_H
#define COMPOSITOR_KMS_PLAN_H

/*
 * Which connector gets which CRTC, primary plane and mode. Pure: what the kernel says to
 * a plan is for others to ask; when it refuses, kms_plan_fall_back makes the next one.
 *
 * In this order: every head as wished; the head with the most px a second in its next
 * lower mode, and so on until all are in their lowest; then the same without the last
 * head, until there is none.
 */

#include <stdbool.h>
#include <stdint.h>

#include "compositor/screen.h"

#define KMS_HEADS_MAX 32
#define KMS_MODES_MAX 64
#define KMS_NONE UINT32_MAX

struct kms_plan_head {
	/* Given: bits are indices of CRTCs. */
	uint32_t possible_crtcs;
	struct screen_mode modes[KMS_MODES_MAX]; /* as kms_plan_sort leaves them */
	uint32_t n_modes;                        /* 0: it stays dark */
	uint32_t own_crtc; /* that it has, and keeps if it can; KMS_NONE: none */
	/* Planned. */
	uint32_t mode, crtc, plane; /* indices; KMS_NONE: a dark one */
};

struct kms_plan {
	struct kms_plan_head heads[KMS_HEADS_MAX];
	uint32_t n_heads;
	uint32_t n_lit; /* the first ones, of which each got what it needs or stays dark */
	uint32_t plane_crtcs[32]; /* of the primary planes: their possible CRTCs */
	uint32_t n_planes;
};

/* The wished one first, then those with fewer px a second, from the most. */
void kms_plan_sort(struct kms_plan_head *head, uint32_t wished);
/* The mode of this size nearest to that refresh (0: the highest); KMS_NONE: there is none. */
uint32_t kms_plan_find_mode(const struct kms_plan_head *head, const struct screen_mode *mode);
void kms_plan_start(struct kms_plan *plan);
/* false: there is nothing left to try, and all heads are dark. */
bool kms_plan_fall_back(struct kms_plan *plan);

#endif

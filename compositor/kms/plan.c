/* SPDX-License-Identifier: MIT */
/* Who gets which CRTC, plane and mode. */
#include "compositor/kms/plan.h"

static uint64_t mode_rate(const struct screen_mode *mode)
{
	return (uint64_t)mode->width_px * mode->height_px * mode->refresh_mhz;
}

/* -- modes -- */

uint32_t kms_plan_find_mode(const struct kms_plan_head *head, const struct screen_mode *mode)
{
	uint32_t wanted_mhz = mode->refresh_mhz ? mode->refresh_mhz : UINT32_MAX;
	uint32_t best = KMS_NONE, best_distance = 0;

	for (uint32_t i = 0; i < head->n_modes; i++) {
		const struct screen_mode *other = &head->modes[i];
		if (other->width_px != mode->width_px || other->height_px != mode->height_px)
			continue;
		uint32_t distance = other->refresh_mhz > wanted_mhz
					    ? other->refresh_mhz - wanted_mhz
					    : wanted_mhz - other->refresh_mhz;
		if (best != KMS_NONE && distance >= best_distance)
			continue;
		best = i;
		best_distance = distance;
	}
	return best;
}

void kms_plan_sort(struct kms_plan_head *head, uint32_t wished)
{
	struct screen_mode first = head->modes[wished];
	uint32_t n = 0;

	for (uint32_t i = 0; i < head->n_modes; i++) {
		struct screen_mode mode = head->modes[i];
		if (mode_rate(&mode) >= mode_rate(&first))
			continue;
		uint32_t at = n++;
		for (; at > 0 && mode_rate(&head->modes[at - 1]) < mode_rate(&mode); at--)
			head->modes[at] = head->modes[at - 1];
		head->modes[at] = mode;
	}
	for (uint32_t at = n; at > 0; at--)
		head->modes[at] = head->modes[at - 1];
	head->modes[0] = first;
	head->n_modes = n + 1;
}

/* -- CRTCs and planes -- */

/* A free one, else one whose owner finds another (Kuhn's augmenting paths). */
static bool crtc_give(
	struct kms_plan *plan, uint32_t owners[static 32], uint32_t head, uint32_t *tried)
{
	uint32_t possible = plan->heads[head].possible_crtcs;

	for (uint32_t crtc = 0; crtc < 32; crtc++) {
		if (!(possible & UINT32_C(1) << crtc) || owners[crtc] != KMS_NONE)
			continue;
		owners[crtc] = head;
		plan->heads[head].crtc = crtc;
		return true;
	}
	for (uint32_t crtc = 0; crtc < 32; crtc++) {
		uint32_t bit = UINT32_C(1) << crtc;
		if (!(possible & bit) || (*tried & bit))
			continue;
		*tried |= bit;
		if (!crtc_give(plan, owners, owners[crtc], tried))
			continue;
		owners[crtc] = head;
		plan->heads[head].crtc = crtc;
		return true;
	}
	return false;
}

/* Drivers have a primary plane for each CRTC; the first that fits is that one. */
static uint32_t plane_take(const struct kms_plan *plan, uint32_t crtc, uint32_t *taken)
{
	for (uint32_t i = 0; i < plan->n_planes; i++) {
		uint32_t bit = UINT32_C(1) << i;
		if ((*taken & bit) || !(plan->plane_crtcs[i] & UINT32_C(1) << crtc))
			continue;
		*taken |= bit;
		return i;
	}
	return KMS_NONE;
}

static void kms_plan_assign(struct kms_plan *plan)
{
	uint32_t owners[32], taken = 0;

	for (uint32_t i = 0; i < 32; i++)
		owners[i] = KMS_NONE;
	for (uint32_t i = 0; i < plan->n_heads; i++)
		plan->heads[i].mode = plan->heads[i].crtc = plan->heads[i].plane = KMS_NONE;
	for (uint32_t i = 0; i < plan->n_lit; i++) {
		struct kms_plan_head *head = &plan->heads[i];
		if (head->n_modes == 0 || head->own_crtc >= 32 ||
			owners[head->own_crtc] != KMS_NONE)
			continue;
		owners[head->own_crtc] = i;
		head->crtc = head->own_crtc;
	}
	for (uint32_t i = 0; i < plan->n_lit; i++) {
		uint32_t tried = 0;
		if (plan->heads[i].n_modes > 0 && plan->heads[i].crtc == KMS_NONE)
			crtc_give(plan, owners, i, &tried);
	}
	for (uint32_t i = 0; i < plan->n_lit; i++) {
		struct kms_plan_head *head = &plan->heads[i];
		if (head->crtc == KMS_NONE)
			continue;
		head->plane = plane_take(plan, head->crtc, &taken);
		if (head->plane == KMS_NONE)
			head->crtc = KMS_NONE;
		else
			head->mode = 0;
	}
}

void kms_plan_start(struct kms_plan *plan)
{
	plan->n_lit = plan->n_heads;
	kms_plan_assign(plan);
}

bool kms_plan_fall_back(struct kms_plan *plan)
{
	struct kms_plan_head *largest = NULL;

	for (uint32_t i = 0; i < plan->n_lit; i++) {
		struct kms_plan_head *head = &plan->heads[i];
		if (head->mode == KMS_NONE || head->mode + 1 >= head->n_modes)
			continue;
		if (!largest || mode_rate(&head->modes[head->mode]) >
					mode_rate(&largest->modes[largest->mode]))
			largest = head;
	}
	if (largest) {
		largest->mode++;
		return true;
	}
	while (plan->n_lit > 0 && plan->heads[--plan->n_lit].n_modes == 0)
		;
	kms_plan_assign(plan);
	return plan->n_lit > 0;
}

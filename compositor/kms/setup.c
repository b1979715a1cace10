/* SPDX-License-Identifier: MIT */
/* All screens of a card together. */
#include "compositor/kms/setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "compositor/config.h"
#include "compositor/server.h"

/* What is asked for: a head anew, or the one that is there with another CRTC and plane. */
struct change {
	struct kms_head *fresh[KMS_HEADS_MAX];
	bool is_kept[KMS_HEADS_MAX];
	bool is_bare; /* planes show what is painted, and nothing else */
	struct kms_state_head states[KMS_HEADS_MAX];
	uint32_t n_states;
};

/* -- the plan -- */

static void plan_head_fill(struct kms_plan_head *head, const struct kms_connector *connector,
	const struct config_output *output, const struct kms_head *own)
{
	uint32_t wished = KMS_NONE;

	*head = (struct kms_plan_head){
		.possible_crtcs = connector->possible_crtcs,
		.own_crtc = own ? own->state.crtc : KMS_NONE,
	};
	if (connector->n_modes == 0 || (output && !output->is_enabled))
		return;
	head->n_modes = connector->n_modes;
	for (uint32_t i = 0; i < connector->n_modes; i++)
		head->modes[i] = (struct screen_mode){
			.width_px = connector->modes[i].hdisplay,
			.height_px = connector->modes[i].vdisplay,
			.refresh_mhz = kms_mode_refresh_mhz(&connector->modes[i]),
		};
	if (output && output->mode.width_px) {
		wished = kms_plan_find_mode(head, &output->mode);
		if (wished == KMS_NONE)
			log_warn("output %s has no mode %ux%u: its own is used", connector->name,
				output->mode.width_px, output->mode.height_px);
	}
	kms_plan_sort(head, wished == KMS_NONE ? connector->preferred : wished);
}

static void setup_plan(struct kms_setup *setup)
{
	const struct kms_device *device = &setup->device;
	struct kms_plan *plan = &setup->plan;

	plan->n_heads = device->n_connectors;
	for (uint32_t i = 0; i < device->n_connectors; i++) {
		const struct kms_connector *connector = &device->connectors[i];
		const struct config_output *output = config_find_screen(
			setup->server->config, connector->name, &connector->identity);
		plan_head_fill(&plan->heads[i], connector, output, setup->heads[i]);
	}
	plan->n_planes = device->n_planes;
	for (uint32_t i = 0; i < device->n_planes; i++)
		plan->plane_crtcs[i] = device->planes[i].possible_crtcs;
	kms_plan_start(plan);
}

/* -- the change -- */

/* Another panel may have the same one with other timings. */
static bool head_has_mode(const struct kms_head *head, const struct kms_connector *connector,
	const struct screen_mode *mode)
{
	const drmModeModeInfo *timings = kms_connector_find_mode(connector, mode);

	return head && timings && memcmp(timings, &head->timings, sizeof(*timings)) == 0;
}

/* What an attempt before has made is taken, where it is the same. */
static int change_describe_head(struct change *change, struct kms_setup *setup, uint32_t connector)
{
	const struct kms_plan_head *plan = &setup->plan.heads[connector];
	struct kms_head **fresh = &change->fresh[connector];
	const struct kms_connector *of = &setup->device.connectors[connector];
	const struct kms_head *own = setup->heads[connector];
	bool is_lit = plan->mode != KMS_NONE;

	change->is_kept[connector] = is_lit && head_has_mode(own, of, &plan->modes[plan->mode]);
	if (*fresh && (!is_lit || !head_has_mode(*fresh, of, &plan->modes[plan->mode]) ||
			      (*fresh)->state.crtc != plan->crtc ||
			      (*fresh)->state.plane != plan->plane)) {
		kms_head_destroy(*fresh);
		*fresh = NULL;
	}
	if (!is_lit)
		return 0;
	if (!*fresh && !change->is_kept[connector]) {
		*fresh = kms_head_create(&setup->device, setup->server, connector, plan);
		if (!*fresh)
			return -errno;
	}
	struct kms_state_head *state = &change->states[change->n_states++];
	*state = *fresh ? (*fresh)->state : own->state;
	if (change->is_bare || state->crtc != plan->crtc || state->plane != plan->plane)
		kms_state_show(
			state, kms_canvas_framebuffer(*fresh ? &(*fresh)->canvas : &own->canvas));
	state->crtc = plan->crtc;
	state->plane = plan->plane;
	state->is_off = own && own->state.is_off;
	return 0;
}

static int change_describe(struct change *change, struct kms_setup *setup)
{
	change->n_states = 0;
	for (uint32_t i = 0; i < setup->device.n_connectors; i++) {
		int ret = change_describe_head(change, setup, i);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static void change_say(const struct change *change, const struct kms_setup *setup, int error)
{
	char line[512] = "";
	size_t len = 0;

	for (uint32_t i = 0; i < change->n_states && len < sizeof(line); i++) {
		const struct kms_state_head *state = &change->states[i];
		len += snprintf(line + len, sizeof(line) - len, " %s %ux%u",
			setup->device.connectors[state->connector].name, state->width_px,
			state->height_px);
	}
	if (error < 0 && !setup->is_again)
		log_warn("the driver refuses%s: %s", line, strerror(-error));
	if (error == 0)
		log_info("screens:%s", line[0] ? line : " none");
}

/* Each screen is still plugged in that is shown. */
static bool setup_is_whole(const struct kms_setup *setup)
{
	bool has_head = false;

	for (uint32_t i = 0; i < setup->device.n_connectors; i++) {
		if (!setup->heads[i])
			continue;
		has_head = true;
		if (setup->plan.heads[i].n_modes == 0)
			return false;
	}
	return has_head;
}

/* Fewer planes, before anything else is given up. false: there are no fewer. */
static bool change_bare(struct change *change, const struct kms_setup *setup)
{
	bool has_planes = false;

	for (uint32_t i = 0; i < setup->device.n_connectors; i++)
		has_planes |= change->is_kept[i] && kms_planes_are_used(&setup->heads[i]->planes);
	if (change->is_bare || !has_planes)
		return false;
	log_warn("the same is asked for with fewer planes");
	change->is_bare = true;
	return true;
}

/* The first that the driver takes. */
static int change_settle(struct change *change, struct kms_setup *setup)
{
	const struct kms_plan *plan = &setup->plan;
	int ret;

	do {
		ret = change_describe(change, setup);
		if (ret == 0)
			ret = kms_state_test(&setup->device, change->states, change->n_states);
		if (ret == 0)
			return 0;
		change_say(change, setup, ret);
	} while (change_bare(change, setup) ||
		 (kms_plan_fall_back(&setup->plan) &&
			 (plan->n_lit == plan->n_heads || !setup_is_whole(setup))));
	return ret;
}

/* -- what comes of it -- */

static void setup_drop(struct kms_setup *setup, uint32_t connector)
{
	kms_head_destroy(setup->heads[connector]);
	setup->heads[connector] = NULL;
}

static void setup_apply_head(struct kms_setup *setup, struct change *change, uint32_t connector)
{
	const struct kms_plan_head *plan = &setup->plan.heads[connector];
	struct kms_head **own = &setup->heads[connector];
	struct kms_head *fresh = change->fresh[connector];
	int ret = 0;

	if (!fresh && !change->is_kept[connector]) {
		if (*own)
			log_info("screen %s is gone", (*own)->screen.name);
		setup_drop(setup, connector);
		return;
	}
	change->fresh[connector] = NULL;
	if (!*own) {
		*own = fresh;
		ret = kms_head_start(fresh, setup->server, setup->event_data);
	} else {
		if (fresh)
			kms_head_replace(*own, fresh);
		ret = kms_head_update(*own);
	}
	if (ret == 0) {
		kms_head_place(*own, plan->crtc, plan->plane, !change->is_bare);
		return;
	}
	log_error("screen %s: %s", setup->device.connectors[connector].name, strerror(-ret));
	setup_drop(setup, connector);
}

static void setup_say_dark(const struct kms_setup *setup)
{
	for (uint32_t i = 0; i < setup->device.n_connectors && !setup->is_again; i++) {
		if (setup->plan.heads[i].n_modes > 0 && !setup->heads[i])
			log_warn("output %s stays dark: the card has not enough for it",
				setup->device.connectors[i].name);
	}
}

int kms_setup_change(struct kms_setup *setup)
{
	struct change change = { 0 };

	setup_plan(setup);
	int ret = change_settle(&change, setup);
	if (ret == 0) {
		ret = kms_state_commit(&setup->device, change.states, change.n_states);
		change_say(&change, setup, ret);
	}
	for (uint32_t i = 0; ret == 0 && i < setup->device.n_connectors; i++)
		setup_apply_head(setup, &change, i);
	for (uint32_t i = 0; i < KMS_HEADS_MAX; i++)
		kms_head_destroy(change.fresh[i]);
	setup_say_dark(setup);
	return ret;
}

void kms_setup_finish(struct kms_setup *setup)
{
	for (uint32_t i = 0; i < KMS_HEADS_MAX; i++)
		setup_drop(setup, i);
}

struct kms_head *kms_setup_find_head(const struct kms_setup *setup, uint32_t crtc_id)
{
	for (uint32_t i = 0; i < setup->device.n_connectors; i++) {
		struct kms_head *head = setup->heads[i];
		if (head && setup->device.crtcs[head->state.crtc].id == crtc_id)
			return head;
	}
	return NULL;
}

/* SPDX-License-Identifier: MIT */
/* Which of a guest's heads are there, their modes, and how the guest learns of them. */
#include "daemon/guest_modes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/config_value.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "daemon/sockets.h"

/* A window that had no new size for so long is not being dragged any more. */
#define REST_NS (150 * NSEC_PER_MSEC)
/* Linux takes no timing that is smaller for one. */
#define WINDOW_MIN_PX 64

/* -- changes -- */

void guest_modes_tell(struct guest *guest)
{
	struct guest_modes *modes = &guest->modes;
	struct link_guest_heads message = { .type = LINK_GUEST_HEADS, .serial = modes->serial };

	if (!guest->running || !modes->due)
		return;
	memcpy(message.heads, modes->heads, sizeof(message.heads));
	modes->due = channel_send(&guest->worker.link, &message, sizeof(message), NULL, 0) < 0;
	if (modes->due)
		channel_want_write(&guest->worker.link);
}

static void modes_present(struct guest *guest, uint32_t index, bool was_on)
{
	const struct link_head *head = &guest->modes.heads[index];
	struct presenter_head_config shown = { .width_px = 0 };

	if (head->enabled)
		shown = (struct presenter_head_config){
			.width_px = head->width_px,
			.height_px = head->height_px,
			.refresh_mhz = head->refresh_mhz,
		};
	guest->interface->set_mode(guest->presenter, index, &shown);
	if (head->enabled && !was_on)
		head_open(&guest->heads[index]); /* it may have been closed before */
}

void guest_head_set(struct guest *guest, uint32_t head, const struct config_head *mode, bool on)
{
	struct link_head *now = &guest->modes.heads[head];
	struct link_head wanted = *now;

	wanted.enabled = on;
	if (mode) {
		wanted.width_px = mode->width_px;
		wanted.height_px = mode->height_px;
		wanted.refresh_mhz = mode->refresh_mhz;
	}
	if (!memcmp(&wanted, now, sizeof(wanted)))
		return;
	bool was_on = now->enabled;
	*now = wanted;
	guest->modes.serial++;
	guest->modes.due = true;
	guest->modes.resizing &= ~(1u << head);
	if (on)
		log_limited(&guest->modes.changes, LOG_LEVEL_INFO,
			"guest %s: head %u is to be %ux%u", guest->config->name, head,
			wanted.width_px, wanted.height_px);
	else
		log_limited(&guest->modes.changes, LOG_LEVEL_INFO, "guest %s: head %u is removed",
			guest->config->name, head);
	modes_present(guest, head, was_on);
	guest_modes_tell(guest);
	agent_tell(&guest->agent, guest->modes.heads, guest->modes.n);
}

int guest_head_add(struct guest *guest, const struct config_head *mode)
{
	for (uint32_t i = 0; i < guest->modes.n; i++) {
		if (guest->modes.heads[i].enabled)
			continue;
		guest_head_set(guest, i, mode, true);
		return i;
	}
	return -ENOSPC;
}

/* What mullion-guest wrote there is checked as what people write. */
void guest_modes_restore(struct guest *guest)
{
	struct guest_modes *modes = &guest->modes;

	for (uint32_t i = 0; i < modes->n; i++) {
		struct link_head kept = guest->keep.state->modes[i];
		bool was_on = modes->heads[i].enabled;
		if (!value_mode_fits(kept.width_px, kept.height_px, kept.refresh_mhz))
			continue;
		modes->heads[i] = kept;
		modes->heads[i].enabled = kept.enabled != 0;
		modes_present(guest, i, was_on);
	}
	modes->serial = guest->keep.state->modes_serial;
	agent_tell(&guest->agent, modes->heads, modes->n);
}

/* -- windows -- */

static void modes_handle_rest(struct loop_timer *timer)
{
	struct guest *guest = container_of(timer, struct guest, modes.rest);
	struct guest_modes *modes = &guest->modes;
	uint32_t resized = modes->resizing;

	modes->resizing = 0;
	for (uint32_t i = 0; i < modes->n; i++) {
		struct config_head mode = {
			.width_px = modes->sizes[i].width_px,
			.height_px = modes->sizes[i].height_px,
			.refresh_mhz = modes->heads[i].refresh_mhz,
		};
		if ((resized & 1u << i) && modes->heads[i].enabled)
			guest_head_set(guest, i, &mode, true);
	}
}

static uint32_t clamp_px(uint32_t size)
{
	if (size < WINDOW_MIN_PX)
		return WINDOW_MIN_PX;
	return size < LIMIT_PICTURE_PX ? size : LIMIT_PICTURE_PX;
}

void guest_modes_resized(struct guest *guest, uint32_t head, uint32_t width_px, uint32_t height_px)
{
	struct guest_modes *modes = &guest->modes;

	if (!guest->config->resize_follows)
		return;
	modes->sizes[head].width_px = clamp_px(width_px);
	modes->sizes[head].height_px = clamp_px(height_px);
	modes->resizing |= 1u << head;
	loop_timer_set(&modes->rest, REST_NS);
}

/* -- what people may know -- */

/* Where it is up to the agent. */
static const char *agent_note(const struct agent *agent)
{
	switch (agent->state) {
	case AGENT_STATE_NONE:
		return "the VMM owns the configuration and no agent is connected";
	case AGENT_STATE_TOLD:
		return "the agent in the guest has not answered yet";
	case AGENT_STATE_DONE:
		return "the agent has set it, and the guest shows another mode";
	case AGENT_STATE_HELPLESS:
		return "nothing in the guest takes modes from the agent";
	}
	abort();
}

static bool head_is_as_wanted(const struct head *head, const struct link_head *wanted)
{
	if (!wanted->enabled)
		return !head->width_px;
	/* Timings by CVT, of drivers and compositors without our EDID, have widths in eights. */
	return (head->width_px == wanted->width_px || head->width_px == wanted->width_px / 8 * 8) &&
		head->height_px == wanted->height_px;
}

const char *guest_modes_note(const struct guest *guest, uint32_t head)
{
	const struct guest_modes *modes = &guest->modes;
	const struct state_counters *counters;

	if (!guest->running || head_is_as_wanted(&guest->heads[head], &modes->heads[head]))
		return NULL;
	counters = &guest->keep.state->counters;
	if (!counters->driver_ready)
		return NULL;
	if (head >= counters->heads)
		return "the VMM gives the guest fewer heads (max_outputs)";
	if (counters->heads_serial == modes->serial)
		return guest->heads[head].width_px ? "the guest knows, and shows another mode" :
						     "the guest knows, and does not use it";
	switch (counters->config_change) {
	case STATE_CONFIG_CHANGE_NONE:
		return "the VMM has not answered yet";
	case STATE_CONFIG_CHANGE_TAKEN:
		return "the guest was told, and has not asked for its modes yet";
	default:
		return agent_note(&guest->agent);
	}
}

/* -- life -- */

/* Without it a guest of QEMU is not told of modes; all else goes on. */
static int modes_open_agent(struct guest *guest)
{
	const struct config *config = guest->daemon->config;
	char path[CONFIG_PATH_MAX];

	config_guest_socket(config, guest->config, "agent", path);
	int fd = socket_listen(config, path);
	if (fd < 0) {
		log_warn("guest %s: cannot listen at %s", guest->config->name, path);
		return 0;
	}
	int ret = agent_init(&guest->agent, &guest->daemon->loop, guest->config->name, fd);
	agent_tell(&guest->agent, guest->modes.heads, guest->modes.n);
	return ret;
}

int guest_modes_init(struct guest *guest)
{
	const struct config_guest *config = guest->config;
	struct guest_modes *modes = &guest->modes;

	*modes = (struct guest_modes){ .n = config->max_heads, .serial = 1 };
	for (uint32_t i = 0; i < modes->n; i++)
		modes->heads[i] = (struct link_head){
			.width_px = config->heads[i].width_px,
			.height_px = config->heads[i].height_px,
			.refresh_mhz = config->heads[i].refresh_mhz,
			.enabled = i < config->n_heads,
		};
	int ret = loop_timer_init(&modes->rest, &guest->daemon->loop, modes_handle_rest);
	return ret < 0 ? ret : modes_open_agent(guest);
}

void guest_modes_finish(struct guest *guest)
{
	char path[CONFIG_PATH_MAX];

	loop_timer_finish(&guest->modes.rest);
	if (!guest->agent.loop)
		return;
	agent_finish(&guest->agent);
	config_guest_socket(guest->daemon->config, guest->config, "agent", path);
	unlink(path);
}

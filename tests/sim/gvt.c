/* SPDX-License-Identifier: MIT */
/*
 * GVT-g's policy for vGPUs of one machine, as Linux 5.x describes it: a tick of 1 ms takes
 * the vGPU that was chosen longest ago, has work and time left. Each 100 ms every vGPU,
 * idle or not, gets its weight's part of them; what was left or overrun is carried through
 * ten such stages, then forgotten. Without time left nobody runs, though the GPU be idle.
 * A new vGPU goes before all others for two seconds. A switch waits for what runs to end.
 */
#include "tests/sim/scheduler.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TICK_NS (1 * MS)
#define BALANCE_NS (100 * MS)
#define STAGES 10
#define FAVOUR_NS (2 * SECOND)

#define NOBODY UINT32_MAX
#define IDLE (UINT32_MAX - 1) /* the idle vGPU: it was chosen to run nothing */

struct vgpu {
	int64_t weight;
	int64_t part_ns;
	int64_t left_ns;
	uint64_t since_ns;    /* when its time was last taken off */
	uint64_t favoured_ns; /* until then it goes first */
	bool favoured;
	uint32_t first, n, turn; /* its clients */
};

struct gvt {
	struct vgpu vgpus[LOAD_GUESTS];
	uint32_t order[LOAD_GUESTS]; /* chosen longest ago: first */
	uint32_t n;
	bool wants[LOAD_CLIENTS];
	uint32_t guest_of[LOAD_CLIENTS];
	uint32_t running;       /* a client */
	bool told;              /* to stop */
	uint32_t current, next; /* vGPUs */
	bool reschedule;
	uint64_t stage;
	uint64_t tick_ns, balance_ns;
};

static void *gvt_create(uint64_t now_ns)
{
	struct gvt *gvt = calloc(1, sizeof(*gvt));

	assert(gvt);
	gvt->running = gvt->current = gvt->next = NOBODY;
	gvt->tick_ns = now_ns + TICK_NS;
	return gvt;
}

static void gvt_destroy(void *data)
{
	free(data);
}

static bool vgpu_has_work(const struct gvt *gvt, uint32_t guest)
{
	const struct vgpu *vgpu = &gvt->vgpus[guest];

	for (uint32_t i = vgpu->first; i < vgpu->first + vgpu->n; i++) {
		if (gvt->wants[i])
			return true;
	}
	return false;
}

/* Time passes for whoever is current, also while it has no work. */
static void gvt_take_time(struct gvt *gvt, uint64_t now_ns)
{
	struct vgpu *vgpu;

	if (gvt->current == NOBODY || gvt->current == IDLE)
		return;
	vgpu = &gvt->vgpus[gvt->current];
	vgpu->left_ns -= now_ns - vgpu->since_ns;
	vgpu->since_ns = now_ns;
}

static void gvt_balance(struct gvt *gvt)
{
	bool afresh = gvt->stage++ % STAGES == 0;
	int64_t weights = 0;

	for (uint32_t i = 0; i < gvt->n; i++)
		weights += gvt->vgpus[gvt->order[i]].weight;
	for (uint32_t i = 0; i < gvt->n; i++) {
		struct vgpu *vgpu = &gvt->vgpus[gvt->order[i]];

		if (afresh) {
			vgpu->part_ns = BALANCE_NS / weights * vgpu->weight;
			vgpu->left_ns = 0;
		}
		vgpu->left_ns += vgpu->part_ns;
	}
}

static void gvt_remove(struct gvt *gvt, uint32_t index)
{
	gvt->n--;
	memmove(&gvt->order[index], &gvt->order[index + 1],
		(gvt->n - index) * sizeof(gvt->order[0]));
}

static uint32_t gvt_choose(struct gvt *gvt, uint64_t now_ns)
{
	for (uint32_t i = 0; i < gvt->n; i++) {
		uint32_t guest = gvt->order[i];
		struct vgpu *vgpu = &gvt->vgpus[guest];

		if (!vgpu_has_work(gvt, guest))
			continue;
		if (vgpu->favoured && now_ns < vgpu->favoured_ns)
			return guest;
		vgpu->favoured = false;
		if (vgpu->left_ns <= 0)
			continue;
		gvt_remove(gvt, i);
		gvt->order[gvt->n++] = guest;
		return guest;
	}
	return IDLE;
}

static void gvt_switch(struct gvt *gvt, uint64_t now_ns)
{
	if (gvt->next == gvt->current) {
		gvt->next = NOBODY;
		return;
	}
	gvt->reschedule = true;
	if (gvt->running != NOBODY)
		return;
	gvt_take_time(gvt, now_ns);
	if (gvt->next != IDLE)
		gvt->vgpus[gvt->next].since_ns = now_ns;
	gvt->current = gvt->next;
	gvt->next = NOBODY;
	gvt->reschedule = false;
}

/* At a tick, when work comes, and when a switch waited for work to end. */
static void gvt_schedule(struct gvt *gvt, uint64_t now_ns)
{
	gvt_take_time(gvt, now_ns);
	if (gvt->n && gvt->next == NOBODY)
		gvt->next = gvt_choose(gvt, now_ns);
	if (gvt->next != NOBODY)
		gvt_switch(gvt, now_ns);
}

static void gvt_join(void *data, uint32_t guest, const struct policy_terms *terms, uint32_t first,
	uint32_t n, uint64_t now_ns)
{
	struct gvt *gvt = data;

	gvt->vgpus[guest] = (struct vgpu){
		.weight = terms->weight,
		.favoured_ns = now_ns + FAVOUR_NS,
		.favoured = true,
		.first = first,
		.n = n,
	};
	for (uint32_t i = first; i < first + n; i++)
		gvt->guest_of[i] = guest;
	memmove(&gvt->order[1], &gvt->order[0], gvt->n * sizeof(gvt->order[0]));
	gvt->order[0] = guest;
	gvt->n++;
}

static void gvt_leave(void *data, uint32_t guest, uint64_t now_ns)
{
	struct gvt *gvt = data;
	struct vgpu *vgpu = &gvt->vgpus[guest];

	for (uint32_t i = vgpu->first; i < vgpu->first + vgpu->n; i++)
		gvt->wants[i] = false;
	for (uint32_t i = 0; i < gvt->n; i++) {
		if (gvt->order[i] == guest)
			gvt_remove(gvt, i--);
	}
	if (gvt->next == guest)
		gvt->next = NOBODY;
	if (gvt->current == guest) {
		gvt->reschedule = true;
		gvt->current = NOBODY;
	}
}

static void gvt_want(void *data, uint32_t client, uint64_t now_ns)
{
	struct gvt *gvt = data;

	gvt->wants[client] = true;
	gvt_schedule(gvt, now_ns);
}

static void gvt_charge(void *data, uint32_t client, uint64_t used_ns)
{
}

static void gvt_stopped(void *data, uint32_t client, bool wants, uint64_t now_ns)
{
	struct gvt *gvt = data;

	gvt->running = NOBODY;
	gvt->told = false;
	gvt->wants[client] = wants;
	if (gvt->reschedule)
		gvt_schedule(gvt, now_ns);
}

static struct sim_decision gvt_next(void *data, uint64_t now_ns)
{
	struct gvt *gvt = data;

	if (now_ns >= gvt->tick_ns) {
		gvt->tick_ns += TICK_NS;
		if (now_ns >= gvt->balance_ns) {
			gvt_balance(gvt);
			gvt->balance_ns = now_ns + BALANCE_NS;
		}
		gvt_schedule(gvt, now_ns);
	}
	if (gvt->running != NOBODY && gvt->reschedule && !gvt->told) {
		gvt->told = true;
		return (struct sim_decision){ SIM_STOP, gvt->running, 0 };
	}
	if (gvt->running == NOBODY && gvt->current < LOAD_GUESTS && !gvt->reschedule) {
		struct vgpu *vgpu = &gvt->vgpus[gvt->current];

		for (uint32_t i = 0; i < vgpu->n; i++) {
			uint32_t client = vgpu->first + vgpu->turn++ % vgpu->n;

			if (!gvt->wants[client])
				continue;
			gvt->running = client;
			return (struct sim_decision){ SIM_RUN, client, 0 };
		}
	}
	return (struct sim_decision){ SIM_WAIT, 0, gvt->tick_ns };
}

const struct sim_scheduler sim_gvt = {
	.name = "GVT-g",
	.create = gvt_create,
	.destroy = gvt_destroy,
	.join = gvt_join,
	.leave = gvt_leave,
	.want = gvt_want,
	.charge = gvt_charge,
	.stopped = gvt_stopped,
	.next = gvt_next,
};

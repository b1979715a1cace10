/* SPDX-License-Identifier: MIT */
/* A simulated GPU under a load and a policy. */
#include "tests/sim/gpu.h"

#include <math.h>
#include <stdlib.h>
#include <sys/param.h>

#include "tests/dice.h"

#define NEVER UINT64_MAX
#define NOBODY UINT32_MAX
/* A visitor stays, and stays away, as long at most. */
#define VISIT_MAX_NS (30 * SECOND)

struct guest {
	const struct load_group *group;
	uint32_t first, n; /* its clients */
	bool present;
	bool leaves;       /* as soon as its command is done */
	uint64_t event_ns; /* a frame is due, or it comes, or goes */
	uint64_t frame_ns; /* when the one in work was due */
	uint64_t cost_ns;  /* of that */
	bool counts;       /* it wants the GPU: it is due its weight's part since */
	double each_then;  /* gpu.each was this */
	double due_ns;     /* since it joined, but for that */
	double used_ns;    /* since it joined */
	double was_due_ns; /* on earlier visits */
};

struct client {
	uint32_t guest;
	uint64_t pending_ns; /* NEVER: there is always more */
	uint64_t since_ns;   /* it waits; NEVER: it does not */
	uint64_t used_ns;
};

struct gpu {
	const struct sim_scheduler *scheduler;
	void *policy;
	uint64_t now_ns;
	struct guest guests[LOAD_GUESTS];
	struct client clients[LOAD_CLIENTS];
	uint32_t n_guests, n_clients;
	struct dice dice;
	double each;         /* what a hog of weight 1 was due, had it been there from the start */
	double weight;       /* of the hogs that count */
	uint32_t running;    /* a client, or NOBODY: */
	uint32_t last_guest; /* that had the GPU */
	uint64_t started_ns, charged_ns, ends_ns;
	uint64_t command_ns; /* of the commands that run now */
	struct result *result;
};

static struct guest *guest_of(struct gpu *gpu, uint32_t client)
{
	return &gpu->guests[gpu->clients[client].guest];
}

/* From half of the most to the most. */
static uint64_t vary(struct gpu *gpu, uint64_t most_ns)
{
	return most_ns / 2 + most_ns / 2 * dice_roll(&gpu->dice, 1001) / 1000;
}

/* Its weight counts among hogs. */
static bool guest_is_hog(const struct guest *guest)
{
	const struct load_group *group = guest->group;

	return group->kind != LOAD_FRAMES && group->kind != LOAD_IDLE && !group->terms.cap_percent;
}

static void gpu_charge(struct gpu *gpu)
{
	uint64_t used_ns = gpu->now_ns - gpu->charged_ns;
	struct client *client;

	if (gpu->running == NOBODY)
		return;
	client = &gpu->clients[gpu->running];
	gpu->charged_ns = gpu->now_ns;
	client->used_ns += used_ns;
	guest_of(gpu, gpu->running)->used_ns += used_ns;
	if (client->pending_ns != NEVER)
		client->pending_ns -= used_ns;
	if (guest_is_hog(guest_of(gpu, gpu->running)))
		gpu->each += used_ns / gpu->weight;
	gpu->scheduler->charge(gpu->policy, gpu->running, used_ns);
}

/* What a guest was due since it joined. */
static double guest_due_ns(const struct gpu *gpu, const struct guest *guest)
{
	if (!guest->counts)
		return guest->due_ns;
	return guest->due_ns + (gpu->each - guest->each_then) * guest->group->terms.weight;
}

/* It begins or ceases to want the GPU. */
static void guest_count(struct gpu *gpu, struct guest *guest, bool counts)
{
	guest->due_ns = guest_due_ns(gpu, guest);
	guest->each_then = gpu->each;
	if (guest_is_hog(guest))
		gpu->weight += (counts - guest->counts) * (double)guest->group->terms.weight;
	guest->counts = counts;
}

static void gpu_watch_lag(struct gpu *gpu, const struct guest *guest)
{
	double lag_ns = fabs(guest_due_ns(gpu, guest) - guest->used_ns);

	if (guest_is_hog(guest))
		gpu->result->lag_max_ns = MAX(gpu->result->lag_max_ns, lag_ns);
}

static void client_want(struct gpu *gpu, uint32_t index, uint64_t pending_ns)
{
	struct client *client = &gpu->clients[index];

	client->pending_ns = pending_ns;
	client->since_ns = gpu->now_ns;
	guest_count(gpu, &gpu->guests[client->guest], true);
	gpu->scheduler->want(gpu->policy, index, gpu->now_ns);
}

static void guest_join(struct gpu *gpu, uint32_t index)
{
	struct guest *guest = &gpu->guests[index];

	gpu_charge(gpu);
	guest->present = true;
	guest->due_ns = guest->used_ns = 0;
	gpu->scheduler->join(
		gpu->policy, index, &guest->group->terms, guest->first, guest->n, gpu->now_ns);
	for (uint32_t i = guest->first; i < guest->first + guest->n; i++) {
		if (guest->group->kind == LOAD_HOG || guest->group->kind == LOAD_VISITOR)
			client_want(gpu, i, NEVER);
	}
}

static void guest_leave(struct gpu *gpu, uint32_t index)
{
	struct guest *guest = &gpu->guests[index];

	gpu_charge(gpu);
	guest->present = guest->leaves = false;
	gpu_watch_lag(gpu, guest);
	guest_count(gpu, guest, false);
	guest->was_due_ns += guest->due_ns;
	/* What it owes or is owed falls to the others. */
	if (gpu->weight > 0)
		gpu->each += (guest->due_ns - guest->used_ns) / gpu->weight;
	for (uint32_t i = guest->first; i < guest->first + guest->n; i++)
		gpu->clients[i].since_ns = NEVER;
	gpu->scheduler->leave(gpu->policy, index, gpu->now_ns);
}

static void gpu_start(struct gpu *gpu, uint32_t index)
{
	struct client *client = &gpu->clients[index];
	struct guest *guest = guest_of(gpu, index);

	if (guest->group->kind != LOAD_FRAMES) {
		uint64_t wait_ns = gpu->now_ns - client->since_ns;

		histogram_add(&gpu->result->waits, wait_ns);
		gpu->result->wait_max_ns = MAX(gpu->result->wait_max_ns, wait_ns);
	}
	client->since_ns = NEVER;
	gpu_watch_lag(gpu, guest);
	gpu->result->switches += client->guest != gpu->last_guest;
	gpu->last_guest = client->guest;
	gpu->running = index;
	gpu->started_ns = gpu->charged_ns = gpu->now_ns;
	gpu->command_ns = vary(gpu, guest->group->command_ns);
	gpu->ends_ns = client->pending_ns == NEVER ? NEVER : gpu->now_ns + client->pending_ns;
}

/* The command that runs now is the last. */
static void gpu_stop(struct gpu *gpu)
{
	uint64_t ran_ns = gpu->now_ns - gpu->started_ns;
	uint64_t commands = (ran_ns + gpu->command_ns - 1) / gpu->command_ns;

	gpu->ends_ns = MIN(gpu->ends_ns, gpu->started_ns + commands * gpu->command_ns);
}

static void frame_done(struct gpu *gpu, struct guest *guest)
{
	uint64_t delay_ns = gpu->now_ns - guest->frame_ns - guest->cost_ns;

	histogram_add(&gpu->result->delays, delay_ns);
	gpu->result->delay_max_ns = MAX(gpu->result->delay_max_ns, delay_ns);
	gpu->result->late += gpu->now_ns - guest->frame_ns > guest->group->period_ns;
}

static void gpu_ended(struct gpu *gpu)
{
	uint32_t index = gpu->running;
	struct client *client = &gpu->clients[index];
	struct guest *guest = guest_of(gpu, index);

	gpu_charge(gpu);
	gpu_watch_lag(gpu, guest);
	gpu->running = NOBODY;
	if (client->pending_ns > 0)
		client->since_ns = gpu->now_ns;
	gpu->scheduler->stopped(gpu->policy, index, client->pending_ns > 0, gpu->now_ns);
	if (client->pending_ns == 0) {
		guest_count(gpu, guest, false);
		if (guest->group->kind == LOAD_BLINKER)
			guest->event_ns = gpu->now_ns + guest->group->period_ns;
		else
			frame_done(gpu, guest);
	}
	if (guest->leaves)
		guest_leave(gpu, client->guest);
}

static void frame_begin(struct gpu *gpu, struct guest *guest)
{
	gpu->result->frames++;
	guest->event_ns += guest->group->period_ns;
	/* The last one is not done: this one is never drawn. */
	if (gpu->clients[guest->first].pending_ns)
		return;
	guest->frame_ns = gpu->now_ns;
	guest->cost_ns = vary(gpu, guest->group->frame_ns);
	gpu_charge(gpu);
	client_want(gpu, guest->first, guest->cost_ns);
}

static void guest_event(struct gpu *gpu, uint32_t index)
{
	struct guest *guest = &gpu->guests[index];

	if (guest->group->kind == LOAD_FRAMES) {
		frame_begin(gpu, guest);
		return;
	}
	if (guest->group->kind == LOAD_BLINKER) {
		guest->event_ns = NEVER;
		gpu_charge(gpu);
		client_want(gpu, guest->first, vary(gpu, guest->group->command_ns));
		return;
	}
	guest->event_ns += vary(gpu, VISIT_MAX_NS);
	if (!guest->present) {
		guest_join(gpu, index);
	} else if (gpu->running != NOBODY && gpu->clients[gpu->running].guest == index) {
		guest->leaves = true;
		gpu_stop(gpu);
	} else {
		guest_leave(gpu, index);
	}
}

static uint64_t gpu_decide(struct gpu *gpu)
{
	while (true) {
		struct sim_decision decision;

		gpu_charge(gpu);
		decision = gpu->scheduler->next(gpu->policy, gpu->now_ns);
		switch (decision.verdict) {
		case SIM_WAIT:
			return decision.at_ns;
		case SIM_RUN:
			gpu_start(gpu, decision.client);
			break;
		case SIM_STOP:
			gpu_stop(gpu);
			if (gpu->ends_ns == gpu->now_ns)
				gpu_ended(gpu);
			break;
		}
	}
}

/* The GPU runs nothing for a while, and somebody waits. */
static bool gpu_loses(const struct gpu *gpu)
{
	for (uint32_t i = 0; i < gpu->n_clients; i++) {
		const struct client *client = &gpu->clients[i];

		if (client->since_ns != NEVER &&
			!gpu->guests[client->guest].group->terms.cap_percent)
			return true;
	}
	return false;
}

static void gpu_run(struct gpu *gpu, uint64_t until_ns)
{
	uint64_t lost_ns = 0;

	while (gpu->now_ns < until_ns) {
		uint64_t next_ns = MIN(gpu_decide(gpu), until_ns);

		if (gpu->running != NOBODY)
			next_ns = MIN(next_ns, gpu->ends_ns);
		for (uint32_t i = 0; i < gpu->n_guests; i++)
			next_ns = MIN(next_ns, gpu->guests[i].event_ns);
		if (gpu->running == NOBODY && gpu_loses(gpu))
			lost_ns += next_ns - gpu->now_ns;
		gpu->now_ns = next_ns;
		if (gpu->running != NOBODY && gpu->ends_ns == gpu->now_ns)
			gpu_ended(gpu);
		for (uint32_t i = 0; i < gpu->n_guests; i++) {
			if (gpu->guests[i].event_ns == gpu->now_ns)
				guest_event(gpu, i);
		}
	}
	gpu_charge(gpu);
	gpu->result->lost = (double)lost_ns / until_ns;
}

static void gpu_judge(struct gpu *gpu)
{
	for (uint32_t i = 0; i < gpu->n_clients; i++) {
		struct client *client = &gpu->clients[i];
		struct guest *guest = guest_of(gpu, i);
		uint32_t cap = guest->group->terms.cap_percent;
		double due_ns = guest->was_due_ns;

		if (guest->present)
			due_ns += guest_due_ns(gpu, guest);
		if (cap)
			due_ns = gpu->now_ns * cap / 100.;
		if (!cap && !guest_is_hog(guest))
			continue;
		due_ns /= guest->n;
		gpu->result->share_error =
			MAX(gpu->result->share_error, fabs(client->used_ns / due_ns - 1));
	}
}

static void gpu_add(struct gpu *gpu, const struct load_group *group)
{
	uint32_t index = gpu->n_guests++;
	struct guest *guest = &gpu->guests[index];

	guest->group = group;
	guest->event_ns = NEVER;
	guest->first = gpu->n_clients;
	guest->n = MAX(group->n_clients, 1);
	for (uint32_t i = 0; i < guest->n; i++) {
		gpu->clients[gpu->n_clients++] =
			(struct client){ .guest = index, .since_ns = NEVER };
	}
	if (group->kind != LOAD_HOG && group->kind != LOAD_IDLE)
		guest->event_ns = 1 + dice_roll(&gpu->dice, 100 * MS);
	if (group->kind != LOAD_VISITOR)
		guest_join(gpu, index);
}

struct result gpu_simulate(
	const struct load *load, const struct sim_scheduler *scheduler, uint64_t duration_ns)
{
	struct result result = { 0 };
	struct gpu gpu = {
		.scheduler = scheduler,
		.policy = scheduler->create(0),
		.dice = dice_of(4),
		.running = NOBODY,
		.last_guest = NOBODY,
		.result = &result,
	};

	for (const struct load_group *group = load->groups;
		group < load->groups + LOAD_GROUPS && group->n; group++) {
		for (uint32_t i = 0; i < group->n; i++)
			gpu_add(&gpu, group);
	}
	gpu_run(&gpu, duration_ns);
	gpu_judge(&gpu);
	scheduler->destroy(gpu.policy);
	return result;
}

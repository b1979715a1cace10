/* SPDX-License-Identifier: MIT */
#include "tests/mediator_world.h"

struct mediator_world world;
struct renderer *const honest = &world.renderers[0], *const other = &world.renderers[1];

int __wrap_clock_gettime(clockid_t id, struct timespec *time);
int __wrap_clock_gettime(clockid_t id, struct timespec *time)
{
	*time = (struct timespec){ world.now_ns / NSEC_PER_SEC, world.now_ns % NSEC_PER_SEC };
	return 0;
}

void start(struct renderer *renderer)
{
	mediator_client_start(&renderer->client, &renderer->guest, &renderer->page, &world.channel,
		&renderer->file);
}

void open_all(uint32_t n)
{
	const struct policy_terms terms = POLICY_TERMS_DEFAULT;

	for (uint32_t i = 0; i < n; i++) {
		struct renderer *renderer = &world.renderers[i];
		renderer->budget.page = &renderer->page;
		mediator_guest_init(&renderer->guest);
		assert_int_equal(mediator_guest_open(&renderer->guest, &world.mediator, &terms), 0);
		start(renderer);
	}
}

int world_setup(void **state)
{
	memset(&world, 0, sizeof(world));
	world.now_ns = 1000 * NSEC_PER_SEC;
	for (uint32_t i = 0; i < MANY; i++)
		gpu_file_init(&world.renderers[i].file);
	channel_init(&world.channel);
	assert_int_equal(loop_init(&world.loop), 0);
	return mediator_init(&world.mediator, &world.loop, 1, false);
}

int world_teardown(void **state)
{
	for (uint32_t i = 0; i < MANY; i++) {
		if (!world.renderers[i].guest.mediator)
			continue;
		mediator_client_stop(&world.renderers[i].client);
		mediator_guest_finish(&world.renderers[i].guest);
	}
	mediator_finish(&world.mediator);
	loop_finish(&world.loop);
	return 0;
}

uint32_t grant_of(struct renderer *renderer)
{
	return atomic_load(&renderer->page.grant.value);
}

bool holds(struct renderer *renderer)
{
	return (grant_of(renderer) & BUDGET_HELD) &&
	       grant_of(renderer) >> BUDGET_SERIAL_SHIFT !=
		       atomic_load(&renderer->page.returned.value);
}

void want(struct renderer *renderer, uint32_t value)
{
	atomic_store(&renderer->page.want.value, value);
	mediator_client_look(&renderer->client);
}

void give_back(struct renderer *renderer)
{
	atomic_store(&renderer->page.returned.value, grant_of(renderer) >> BUDGET_SERIAL_SHIFT);
	mediator_client_look(&renderer->client);
}

void obey(struct renderer *renderer)
{
	if (holds(renderer) && (grant_of(renderer) & BUDGET_REVOKED))
		give_back(renderer);
	if (holds(renderer)) {
		renderer->had_ns += STEP;
		atomic_fetch_add(&renderer->page.busy.ns, STEP);
	}
}

void pass(uint64_t ns)
{
	world.now_ns += ns;
	world.mediator.timer.handle(&world.mediator.timer);
}

void run(uint64_t ns, uint32_t n)
{
	for (uint64_t passed = 0; passed < ns; passed += STEP) {
		for (uint32_t i = 0; i < n; i++)
			obey(&world.renderers[i]);
		pass(STEP);
	}
}

bool overdue(struct renderer *renderer, uint64_t limit_ns)
{
	return budget_stuck(&renderer->budget, mediator_client_revoked(&renderer->client),
		       world.now_ns, limit_ns) != NULL;
}

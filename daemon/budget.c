/* SPDX-License-Identifier: MIT */
/* The page that mulliond shares with one mullion-render. */
#include "daemon/budget.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/io.h"
#include "protocol/budget.h"

#define LOOK_MAX_NS NSEC_PER_SEC
#define ASK_NS NSEC_PER_SEC
/* Of a busy machine: until one that is in order is heard of again. */
#define ANSWER_NS (5 * NSEC_PER_SEC)

void budget_init(struct budget *budget)
{
	*budget = (struct budget){ .fd = -1 };
}

bool budget_adopt(struct budget *budget, int take_fd)
{
	budget_finish(budget);
	budget->fd = take_fd;
	if (memfd_check_sealed(take_fd, BUDGET_BYTES) == 0)
		budget->page = memfd_map(take_fd, BUDGET_BYTES, PROT_READ | PROT_WRITE);
	if (!budget->page)
		budget_finish(budget);
	return budget->page != NULL;
}

int budget_make(struct budget *budget)
{
	int fd = memfd_create_sealed("mullion-budget", BUDGET_BYTES);
	if (fd < 0)
		return fd;
	return budget_adopt(budget, fd) ? 0 : -ENOMEM;
}

void budget_finish(struct budget *budget)
{
	if (budget->page)
		munmap(budget->page, BUDGET_BYTES);
	fd_close(&budget->fd);
	budget_init(budget);
}

void budget_set_client(struct budget *budget, pid_t pid, const char program[static 16])
{
	budget->page->client_pid = pid;
	memcpy(budget->page->client_program, program, sizeof(budget->page->client_program));
}

void budget_get_client(const struct budget *budget, pid_t *pid, char program[static 16])
{
	size_t size = sizeof(budget->page->client_program);

	*pid = budget->page->client_pid;
	memcpy(program, budget->page->client_program, size);
	program[size - 1] = '\0';
	for (size_t i = 0; program[i]; i++)
		program[i] = program[i] >= ' ' && program[i] <= '~' ? program[i] : '?';
}

static bool pulse_is_stuck(struct budget_pulse *pulse, uint32_t value, bool busy,
	int64_t awake_ns, int64_t limit_ns)
{
	if (value != pulse->value || !busy || !pulse->since_ns) {
		pulse->value = value;
		pulse->since_ns = awake_ns;
	}
	return awake_ns - pulse->since_ns > limit_ns;
}

const char *budget_stuck(
	struct budget *budget, uint32_t revoked, int64_t now_ns, int64_t limit_ns)
{
	if (!budget->page)
		return NULL;
	uint32_t beat = atomic_load(&budget->page->heartbeat.value);
	uint32_t done = atomic_load(&budget->page->fence_tail.value);
	bool waits = done != atomic_load(&budget->page->fence_head.value);
	bool in_call = beat & 1;
	int64_t passed_ns = now_ns - budget->looked_ns;

	budget->looked_ns = now_ns;
	budget->awake_ns += passed_ns < LOOK_MAX_NS ? passed_ns : LOOK_MAX_NS;
	bool beat_stuck = pulse_is_stuck(&budget->call, beat, true, budget->awake_ns,
		in_call ? limit_ns : limit_ns + ANSWER_NS);
	bool fence_stuck =
		pulse_is_stuck(&budget->fence, done, waits, budget->awake_ns, limit_ns);
	bool grant_stuck =
		pulse_is_stuck(&budget->grant, revoked, revoked, budget->awake_ns, limit_ns);
	if (beat_stuck)
		return in_call ? "in one call" : "deaf to mulliond";
	if (fence_stuck)
		return "at one fence";
	return grant_stuck ? "asked to leave the GPU to others" : NULL;
}

bool budget_is_to_be_asked(struct budget *budget)
{
	if (budget->awake_ns - budget->asked_ns < ASK_NS)
		return false;
	budget->asked_ns = budget->awake_ns;
	return true;
}

/* SPDX-License-Identifier: MIT */
/* A guest's reservation. */
#include "daemon/reservation.h"

#include "daemon/debt.h"

bool reservation_valid(uint64_t runtime_ns, uint64_t period_ns)
{
	if (!runtime_ns && !period_ns)
		return true;
	return period_ns >= RESERVATION_PERIOD_MIN_NS && period_ns <= RESERVATION_PERIOD_MAX_NS &&
	       runtime_ns >= RESERVATION_RUNTIME_MIN_NS && runtime_ns <= period_ns;
}

uint32_t reservation_ppm(uint64_t runtime_ns, uint64_t period_ns)
{
	return runtime_ns ? runtime_ns * 1000000 / period_ns : 0;
}

void reservation_set(
	struct reservation *reservation, uint64_t runtime_ns, uint64_t period_ns, uint64_t now_ns)
{
	reservation->runtime_ns = runtime_ns;
	reservation->period_ns = period_ns;
	reservation->budget_ns = MIN(reservation->budget_ns, (int64_t)runtime_ns);
	reservation->deadline_ns = MIN(reservation->deadline_ns, now_ns + period_ns);
}

void reservation_advance(struct reservation *reservation, uint64_t now_ns)
{
	uint64_t periods, brought;

	if (!reservation->runtime_ns || now_ns < reservation->deadline_ns)
		return;
	periods = (now_ns - reservation->deadline_ns) / reservation->period_ns + 1;
	reservation->deadline_ns += periods * reservation->period_ns;
	/* So many pay any debt. */
	periods = MIN(periods, DEBT_MAX_NS / RESERVATION_RUNTIME_MIN_NS + 1);
	brought = periods * reservation->runtime_ns;
	reservation->budget_ns =
		MIN(reservation->budget_ns + (int64_t)brought, (int64_t)reservation->runtime_ns);
}

/*
 * The rule of the constant bandwidth server: what is left and its deadline stand while
 * they are no more than the reserved bandwidth; so waking often, or just before a
 * deadline, gains nothing.
 */
void reservation_wake(struct reservation *reservation, uint64_t now_ns)
{
	if (!reservation->runtime_ns)
		return;
	reservation_advance(reservation, now_ns);
	if (reservation->budget_ns <= 0)
		return;
	if ((uint64_t)reservation->budget_ns * reservation->period_ns <=
		(reservation->deadline_ns - now_ns) * reservation->runtime_ns)
		return;
	reservation->budget_ns = reservation->runtime_ns;
	reservation->deadline_ns = now_ns + reservation->period_ns;
}

void reservation_charge(struct reservation *reservation, uint64_t used_ns)
{
	reservation->budget_ns = debt_take(reservation->budget_ns, used_ns);
}

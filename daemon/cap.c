/* SPDX-License-Identifier: MIT */
/* A guest's cap. */
#include "daemon/cap.h"

#include "daemon/debt.h"

/* Enough for the largest debt to be paid at one percent. */
#define FILL_MAX_NS (UINT64_C(101) * DEBT_MAX_NS)

static int64_t cap_full_ns(const struct cap *cap)
{
	return CAP_WINDOW_NS * cap->percent / 100;
}

static int64_t cap_opens_ns(const struct cap *cap, int64_t slice_ns)
{
	return MIN(slice_ns, cap_full_ns(cap));
}

void cap_set(struct cap *cap, uint32_t percent, uint64_t now_ns)
{
	if (!percent || !cap->percent) {
		*cap = (struct cap){ .percent = percent, .filled_ns = now_ns };
		cap->left_ns = cap_full_ns(cap);
		return;
	}
	cap->percent = percent;
	cap->left_ns = MIN(cap->left_ns, cap_full_ns(cap));
}

void cap_advance(struct cap *cap, int64_t slice_ns, uint64_t now_ns)
{
	uint64_t earned;

	if (!cap->percent)
		return;
	earned = MIN(now_ns - cap->filled_ns, FILL_MAX_NS) * cap->percent + cap->rest;
	cap->filled_ns = now_ns;
	cap->rest = earned % 100;
	cap->left_ns = MIN(cap->left_ns + (int64_t)(earned / 100), cap_full_ns(cap));
	if (cap->left_ns >= cap_opens_ns(cap, slice_ns))
		cap->closed = false;
}

void cap_charge(struct cap *cap, uint64_t used_ns)
{
	if (!cap->percent)
		return;
	cap->left_ns = debt_take(cap->left_ns, used_ns);
	if (cap->left_ns <= 0)
		cap->closed = true;
}

uint64_t cap_ready_ns(const struct cap *cap, int64_t slice_ns)
{
	int64_t missing = MAX(cap_opens_ns(cap, slice_ns) - cap->left_ns, 0);

	return cap->filled_ns + (missing * 100 + cap->percent - 1) / cap->percent;
}

/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_DEBT_H
#define DAEMON_DEBT_H

/* Time that may be overdrawn: a command that cannot be cut takes what it takes. */

#include <stdint.h>
#include <sys/param.h>

/* Nobody owes more, a minute: what was used beyond is forgotten. */
#define DEBT_MAX_NS (INT64_C(60) * 1000 * 1000 * 1000)

/* `left_ns` without `used_ns`, whatever number that is. */
static inline int64_t debt_take(int64_t left_ns, uint64_t used_ns)
{
	return MAX(left_ns - (int64_t)MIN(used_ns, (uint64_t)DEBT_MAX_NS), -DEBT_MAX_NS);
}

#endif

/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_BOUNDS_H
#define PROTOCOL_BOUNDS_H

/* The only way in which a range or a product from outside is judged. */

#include <stdbool.h>
#include <stdint.h>

/* [offset, offset + len) lies within [0, size). An empty range at the end does. */
static inline bool range_fits(uint64_t offset, uint64_t len, uint64_t size)
{
	return offset <= size && len <= size - offset;
}

/* a * b without overflow; `*product` is written only then. */
static inline bool mul_fits(uint64_t a, uint64_t b, uint64_t *product)
{
	uint64_t result;
	if (__builtin_mul_overflow(a, b, &result))
		return false;
	*product = result;
	return true;
}

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TESTS_DICE_H
#define TESTS_DICE_H

/* xorshift64*: the same sequence from the same seed, everywhere. */

#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline struct dice dice_of(uint64_t seed)
{
	return (struct dice){ .state = seed * 0x9e3779b97f4a7c15u + 1 };
}

static inline uint32_t dice_roll(struct dice *dice, uint32_t sides)
{
	dice->state ^= dice->state >> 12;
	dice->state ^= dice->state << 25;
	dice->state ^= dice->state >> 27;
	return (uint32_t)((dice->state * 0x2545f4914f6cdd1du) >> 32) % sides;
}

#endif

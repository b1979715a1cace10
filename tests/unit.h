/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

/* What all unit tests include, in the order that cmocka wants. */

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* xorshift64*: the same sequence from the same seed, everywhere. */
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

/* Open descriptors of this process: none may stay behind. */
static inline int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

#endif

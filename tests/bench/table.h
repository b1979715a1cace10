/* SPDX-License-Identifier: MIT */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

/*
 * Rows of measurements: a value for each target and round. Printed are the
 * medians over the rounds, and the median of the ratios within the rounds,
 * which is steadier on a noisy machine than the ratio of the medians.
 */

#include <stdint.h>

#define TABLE_MAX_TARGETS 4
#define TABLE_MAX_ROUNDS 64
#define TABLE_MAX_ROWS 64

struct table_row {
	char name[64];
	double values[TABLE_MAX_TARGETS][TABLE_MAX_ROUNDS];
	uint32_t counts[TABLE_MAX_TARGETS];
};

struct table {
	const char *title;
	struct table_row rows[TABLE_MAX_ROWS];
	uint32_t row_count;
};

void table_add(struct table *table, const char *row, uint32_t target, double value);
/* Targets without a value are left out; the last is what the others are compared with. */
void table_print(const struct table *table, const char *const *targets, uint32_t target_count);

#endif

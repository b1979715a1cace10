/* SPDX-License-Identifier: MIT */
/* Rows of measurements, and their medians. */
#include "table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct table_row *row_find(struct table *table, const char *name)
{
	for (uint32_t i = 0; i < table->row_count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	assert(table->row_count < TABLE_MAX_ROWS);

	struct table_row *row = &table->rows[table->row_count++];

	snprintf(row->name, sizeof(row->name), "%s", name);
	return row;
}

void table_add(struct table *table, const char *name, uint32_t target, double value)
{
	struct table_row *row = row_find(table, name);

	if (row->counts[target] < TABLE_MAX_ROUNDS)
		row->values[target][row->counts[target]++] = value;
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const double *values, uint32_t count)
{
	double sorted[TABLE_MAX_ROUNDS];

	memcpy(sorted, values, count * sizeof(sorted[0]));
	qsort(sorted, count, sizeof(sorted[0]), compare_double);
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void print_value(double value)
{
	if (value >= 1000)
		printf(" %13.0f", value);
	else if (value >= 10)
		printf(" %13.1f", value);
	else
		printf(" %13.3f", value);
}

static void print_ratio(const struct table_row *row, uint32_t last)
{
	uint32_t pairs = row->counts[0] < row->counts[last] ? row->counts[0] : row->counts[last];
	double ratios[TABLE_MAX_ROUNDS];
	uint32_t count = 0;

	for (uint32_t i = 0; i < pairs; i++)
		if (row->values[last][i] > 0)
			ratios[count++] = row->values[0][i] / row->values[last][i];
	if (last == 0 || count == 0)
		printf("\n");
	else
		printf(" %9.2f\n", median(ratios, count));
}

void table_print(const struct table *table, const char *const *targets, uint32_t target_count)
{
	if (table->row_count == 0)
		return;
	printf("\n%-40s", table->title);
	for (uint32_t i = 0; i < target_count; i++)
		printf(" %13s", targets[i]);
	printf(target_count > 1 ? " %9s\n" : "\n", "ratio");
	for (uint32_t i = 0; i < table->row_count; i++) {
		const struct table_row *row = &table->rows[i];

		printf("%-40s", row->name);
		for (uint32_t t = 0; t < target_count; t++) {
			if (row->counts[t] == 0)
				printf(" %13s", "-");
			else
				print_value(median(row->values[t], row->counts[t]));
		}
		print_ratio(row, target_count - 1);
	}
}

/* SPDX-License-Identifier: MIT */
/* Rows of measurements, and their medians. */
#include "table.h"

#include <assert.h>
#include <stdbool.h>
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

static void print_ratio(const struct table_row *row, uint32_t target, uint32_t last)
{
	uint32_t pairs =
		row->counts[target] < row->counts[last] ? row->counts[target] : row->counts[last];
	double ratios[TABLE_MAX_ROUNDS];
	uint32_t count = 0;

	for (uint32_t i = 0; i < pairs; i++)
		if (row->values[last][i] > 0)
			ratios[count++] = row->values[target][i] / row->values[last][i];
	if (count == 0)
		printf(" %7s", "");
	else
		printf(" %7.2f", median(ratios, count));
}

static void print_row(const struct table_row *row, const uint32_t *shown, uint32_t shown_count)
{
	uint32_t last = shown[shown_count - 1];

	printf("%-40s", row->name);
	for (uint32_t i = 0; i < shown_count; i++) {
		uint32_t t = shown[i];

		if (row->counts[t] == 0)
			printf(" %13s", "-");
		else
			print_value(median(row->values[t], row->counts[t]));
		if (t != last)
			print_ratio(row, t, last);
	}
	printf("\n");
}

static bool has_values(const struct table *table, uint32_t target)
{
	for (uint32_t i = 0; i < table->row_count; i++)
		if (table->rows[i].counts[target] != 0)
			return true;
	return false;
}

void table_print(const struct table *table, const char *const *targets, uint32_t target_count)
{
	uint32_t shown[TABLE_MAX_TARGETS], count = 0;

	for (uint32_t t = 0; t < target_count; t++)
		if (has_values(table, t))
			shown[count++] = t;
	if (count == 0)
		return;
	printf("\n%-40s", table->title);
	for (uint32_t i = 0; i < count; i++)
		printf(i + 1 < count ? " %13s   ratio" : " %13s\n", targets[shown[i]]);
	for (uint32_t i = 0; i < table->row_count; i++)
		print_row(&table->rows[i], shown, count);
}

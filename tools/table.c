/* SPDX-License-Identifier: MIT */
/* Columns of text. */
#include "tools/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void table_init(struct table *table, size_t n_columns)
{
	assert(n_columns && n_columns <= TABLE_COLUMNS_MAX);
	*table = (struct table){ .n_columns = n_columns };
}

void table_finish(struct table *table)
{
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct table){ 0 };
}

void table_add(struct table *table, const char *fmt, ...)
{
	char *cell = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&cell, fmt, args) < 0)
		abort();
	va_end(args);
	table->cells = realloc(table->cells, (table->n_cells + 1) * sizeof(*table->cells));
	if (!table->cells)
		abort();
	if (!*cell) {
		free(cell);
		cell = strdup("-");
	}
	table->cells[table->n_cells++] = cell;
}

void table_print(const struct table *table, FILE *out, const char *indent)
{
	size_t widths[TABLE_COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < table->n_cells; i++) {
		size_t width = strlen(table->cells[i]);
		size_t *column = &widths[i % table->n_columns];
		if (width > *column)
			*column = width;
	}
	for (size_t i = 0; i < table->n_cells; i++) {
		size_t column = i % table->n_columns;
		if (column == 0)
			fputs(indent, out);
		if (column == table->n_columns - 1)
			fprintf(out, "%s\n", table->cells[i]);
		else
			fprintf(out, "%-*s  ", (int)widths[column], table->cells[i]);
	}
}

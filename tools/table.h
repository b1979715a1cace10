/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

/* Columns of text, each as wide as its widest cell. */

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 12

struct table {
	size_t n_columns;
	size_t n_cells;
	char **cells; /* owned, row by row */
};

void table_init(struct table *table, size_t n_columns);
void table_finish(struct table *table);
/* The next cell, from the left of the first row on; an empty one is shown as "-". */
__attribute__((format(printf, 2, 3))) void table_add(struct table *table, const char *fmt, ...);
void table_print(const struct table *table, FILE *out, const char *indent);

#endif

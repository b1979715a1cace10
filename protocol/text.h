/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_TEXT_H
#define PROTOCOL_TEXT_H

/*
 * A line of text in a buffer of fixed size, for people. What does not fit is left
 * out and the line ends in "..."; it is terminated always.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *at;
	size_t size; /* at least 8 */
	size_t len;
	bool full;
};

static inline struct text text_over(char *at, size_t size)
{
	at[0] = '\0';
	return (struct text){ .at = at, .size = size };
}

__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);

/* Bytes of an outsider in quotes: what is no printable ASCII becomes '?'. Ends at a NUL. */
void text_add_foreign(struct text *text, const void *bytes, size_t len);

#endif

/* SPDX-License-Identifier: MIT */
/* Text in a buffer of fixed size. */
#include "protocol/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ELLIPSIS "..."

void text_add(struct text *text, const char *format, ...)
{
	size_t room = text->size - text->len;
	va_list args;

	if (text->full)
		return;
	va_start(args, format);
	int n = vsnprintf(text->at + text->len, room, format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < room) {
		text->len += n;
		return;
	}
	text->full = true;
	text->len = text->size - 1;
	memcpy(text->at + text->size - sizeof(ELLIPSIS), ELLIPSIS, sizeof(ELLIPSIS));
}

void text_add_foreign(struct text *text, const void *bytes, size_t len)
{
	const char *from = bytes;
	char clean[80];
	size_t n = 0;

	while (n < len && n < sizeof(clean) - 1 && from[n]) {
		bool printable = from[n] >= ' ' && from[n] <= '~' && from[n] != '"';
		clean[n] = printable ? from[n] : '?';
		n++;
	}
	clean[n] = '\0';
	text_add(text, "\"%s\"", clean);
}

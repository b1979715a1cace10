/* SPDX-License-Identifier: MIT */
/*
 * Spans as Chrome's trace event format (the "JSON Array Format" with metadata events, and
 * complete events, "ph": "X"; times in microseconds), which Perfetto and chrome://tracing open.
 */
#include <inttypes.h>

#include "tools/spans.h"

/* A name that mulliond sent, quoted. */
static void write_text(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else
			putc(*text >= ' ' && *text <= '~' ? *text : '?', out);
	}
	putc('"', out);
}

static void write_names(const struct spans *spans, FILE *out)
{
	for (size_t i = 0; i < spans->n_guests; i++) {
		fprintf(out, "{\"ph\":\"M\",\"pid\":%zu,\"name\":\"process_name\",\"args\":{\"name\":",
			i + 1);
		write_text(out, spans->guests[i].name);
		fprintf(out,
			"}},\n{\"ph\":\"M\",\"pid\":%zu,\"name\":\"process_sort_index\",\"args\":"
			"{\"sort_index\":%zu}},\n",
			i + 1, i);
	}
	for (size_t i = 0; i < spans->n_tracks; i++) {
		const struct spans_track *track = &spans->tracks[i];
		char name[64];
		snprintf(name, sizeof(name), track->pid ? "%s (%" PRId32 ")" : "%s", track->program,
			track->pid);
		fprintf(out,
			"{\"ph\":\"M\",\"pid\":%" PRIu32 ",\"tid\":%zu,\"name\":\"thread_name\","
			"\"args\":{\"name\":",
			track->guest + 1, i + 1);
		write_text(out, name);
		fputs("}},\n", out);
	}
}

void spans_write_trace(const struct spans *spans, FILE *out)
{
	fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n", out);
	write_names(spans, out);
	for (size_t i = 0; i < spans->n; i++) {
		const struct span *span = &spans->all[i];
		fprintf(out,
			"{\"ph\":\"X\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32 ",\"ts\":%" PRId64
			",\"dur\":%" PRId64 ",\"cat\":\"gpu\",\"name\":\"%s\",\"args\":{\"used_us\":%" PRIu32
			"}},\n",
			spans->tracks[span->track].guest + 1, span->track + 1,
			span->start_us - spans->start_us, span->end_us - span->start_us,
			span->used_us ? "GPU" : "waits", span->used_us);
	}
	/* What ends the list, and says how long it was looked at. */
	fprintf(out,
		"{\"ph\":\"i\",\"pid\":0,\"tid\":0,\"ts\":%" PRId64
		",\"s\":\"g\",\"name\":\"end\",\"args\":{\"missed\":%" PRId64 "}}\n]}\n",
		spans->end_us - spans->start_us, spans->missed);
}

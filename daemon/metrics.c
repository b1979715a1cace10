/* SPDX-License-Identifier: MIT */
/* Numbers of all guests as OpenMetrics. */
#include "daemon/metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "daemon/guest_info.h"
#include "daemon/guest_stats.h"
#include "daemon/reservation.h"

/* A program of a container. */
struct client_sample {
	struct guest_client_info info;
	struct client_stats stats;
	bool others; /* several, without a name */
};

/* All of a guest: what belongs to one metric stands together, so each is gathered first. */
struct sample {
	struct guest_info info;
	struct guest_stats stats;
	uint64_t n_clients; /* connected */
	struct client_sample clients[CLIENTS_NAMED + 1];
	size_t n_samples; /* of them */
};

enum metric_value {
	METRIC_U32,
	METRIC_U64,
	METRIC_NS,   /* a uint64_t, told in seconds */
	METRIC_BOOL,
};

struct metric {
	const char *name, *help;
	const char *unit; /* or NULL; the name ends with it */
	bool counter;     /* else a gauge */
	enum metric_value value;
	size_t offset; /* in its struct */
};

#define SAMPLE(member) offsetof(struct sample, member)
#define HEAD(member) offsetof(struct guest_head_info, member)
#define CLIENT(member) offsetof(struct client_sample, member)

static const struct metric guest_metrics[] = {
	{ "mullion_guest_weight", "What it was promised of the GPU, beside others.", NULL, false,
		METRIC_U32, SAMPLE(stats.terms.weight) },
	{ "mullion_guest_cap_percent", "The most that it may have of the GPU; 0: all.", NULL, false,
		METRIC_U32, SAMPLE(stats.terms.cap_percent) },
	{ "mullion_guest_reservation_seconds", "GPU time that it has in each period; 0: none.",
		"seconds", false, METRIC_NS, SAMPLE(stats.terms.runtime_ns) },
	{ "mullion_guest_reservation_period_seconds", "The period of that.", "seconds", false,
		METRIC_NS, SAMPLE(stats.terms.period_ns) },
	{ "mullion_guest_gpu_seconds", "GPU time that it is charged.", "seconds", true, METRIC_NS,
		SAMPLE(stats.used_ns) },
	{ "mullion_guest_due_seconds",
		"Its part of the time in which others wanted the GPU too, and what it used of the rest.",
		"seconds", true, METRIC_NS, SAMPLE(stats.due_ns) },
	{ "mullion_guest_grants", "Grants of the GPU.", NULL, true, METRIC_U64,
		SAMPLE(stats.grants) },
	{ "mullion_guest_chunks", "Pieces that its streams of commands were cut into.", NULL, true,
		METRIC_U64, SAMPLE(stats.chunks) },
	{ "mullion_guest_submissions", "Streams of commands that were carried out.", NULL, true,
		METRIC_U64, SAMPLE(stats.submissions) },
	{ "mullion_guest_frames",
		"Frames of its heads that reached the screen; of a container, that programs showed.",
		NULL, true, METRIC_U64, SAMPLE(stats.frames) },
	{ "mullion_guest_clients", "Programs of a container that are connected.", NULL, false,
		METRIC_U64, SAMPLE(n_clients) },
	{ "mullion_guest_memory_bytes", "Host memory of its graphics resources.", "bytes", false,
		METRIC_U64, SAMPLE(info.memory_bytes) },
	{ "mullion_guest_renderer_deaths", "Renderers of it that died.", NULL, true, METRIC_U64,
		SAMPLE(info.renderer_deaths) },
	{ "mullion_guest_hangs", "Hangs of its renderers.", NULL, true, METRIC_U64,
		SAMPLE(info.hangs) },
	{ "mullion_guest_quarantined", "1: they hung too often, it gets none.", NULL, false,
		METRIC_BOOL, SAMPLE(info.quarantined) },
};

static const struct metric head_metrics[] = {
	{ "mullion_head_frames_flushed", "Frames that the guest handed over.", NULL, true,
		METRIC_U64, HEAD(frames_flushed) },
	{ "mullion_head_frames_presented", "Those that reached the screen.", NULL, true, METRIC_U64,
		HEAD(frames_presented) },
	{ "mullion_head_frames_dropped", "Those that a newer one replaced before.", NULL, true,
		METRIC_U64, HEAD(frames_dropped) },
	{ "mullion_head_frames_discarded", "Those that the compositor took and did not show.", NULL,
		true, METRIC_U64, HEAD(frames_discarded) },
};

static const struct metric client_metrics[] = {
	{ "mullion_client_gpu_seconds", "GPU time that a program of a container is charged.",
		"seconds", true, METRIC_NS, CLIENT(stats.used_ns) },
	{ "mullion_client_waited_seconds", "How long it waited for grants of the GPU.", "seconds",
		true, METRIC_NS, CLIENT(stats.waited_ns) },
	{ "mullion_client_grants", "Grants of the GPU.", NULL, true, METRIC_U64,
		CLIENT(stats.grants) },
	{ "mullion_client_chunks", "Pieces that its streams of commands were cut into.", NULL, true,
		METRIC_U64, CLIENT(stats.chunks) },
	{ "mullion_client_submissions", "Streams of commands that were carried out.", NULL, true,
		METRIC_U64, CLIENT(stats.submissions) },
	{ "mullion_client_frames", "Frames that it showed.", NULL, true, METRIC_U64,
		CLIENT(stats.frames) },
	{ "mullion_client_memory_bytes", "Host memory of its graphics resources.", "bytes", false,
		METRIC_U64, CLIENT(info.memory_bytes) },
};

static void print_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64, ns / NSEC_PER_SEC, ns % NSEC_PER_SEC);
}

static void print_value(FILE *out, const struct metric *metric, const void *from)
{
	const char *value = (const char *)from + metric->offset;

	switch (metric->value) {
	case METRIC_U32:
		fprintf(out, "%" PRIu32, *(const uint32_t *)value);
		break;
	case METRIC_U64:
		fprintf(out, "%" PRIu64, *(const uint64_t *)value);
		break;
	case METRIC_NS:
		print_seconds(out, *(const uint64_t *)value);
		break;
	case METRIC_BOOL:
		putc(*(const bool *)value ? '1' : '0', out);
		break;
	}
	putc('\n', out);
}

static void print_about(
	FILE *out, const char *name, const char *type, const char *unit, const char *help)
{
	fprintf(out, "# TYPE %s %s\n", name, type);
	if (unit)
		fprintf(out, "# UNIT %s %s\n", name, unit);
	fprintf(out, "# HELP %s %s\n", name, help);
}

static void print_metric_about(FILE *out, const struct metric *metric)
{
	print_about(out, metric->name, metric->counter ? "counter" : "gauge", metric->unit,
		metric->help);
}

static const char *suffix(const struct metric *metric)
{
	return metric->counter ? "_total" : "";
}

static void print_guests(
	FILE *out, const struct metric *metric, const struct sample *samples, size_t n)
{
	print_metric_about(out, metric);
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%s%s{guest=\"%s\"} ", metric->name, suffix(metric),
			samples[i].info.config->name);
		print_value(out, metric, &samples[i]);
	}
}

static void print_heads(
	FILE *out, const struct metric *metric, const struct sample *samples, size_t n)
{
	print_metric_about(out, metric);
	for (size_t i = 0; i < n; i++) {
		const struct guest_info *info = &samples[i].info;
		for (uint32_t head = 0; head < info->n_heads; head++) {
			if (info->config->type == CONFIG_TYPE_CONTAINER)
				continue;
			fprintf(out, "%s%s{guest=\"%s\",head=\"%" PRIu32 "\"} ", metric->name,
				suffix(metric), info->config->name, head);
			print_value(out, metric, &info->heads[head]);
		}
	}
}

/* A program's name is its own choice. */
static void print_label(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text >= ' ' && *text <= '~' ? *text : '?', out);
	}
}

static void print_clients(
	FILE *out, const struct metric *metric, const struct sample *samples, size_t n)
{
	print_metric_about(out, metric);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < samples[i].n_samples; k++) {
			const struct client_sample *client = &samples[i].clients[k];
			fprintf(out, "%s%s{guest=\"%s\",client=\"", metric->name, suffix(metric),
				samples[i].info.config->name);
			if (client->others)
				fputs("other", out);
			else
				fprintf(out, "%" PRIu32, client->stats.connection);
			fputs("\",program=\"", out);
			print_label(out, client->info.program);
			fputs("\"} ", out);
			print_value(out, metric, client);
		}
	}
}

static void print_sources(FILE *out, const struct sample *samples, size_t n)
{
	print_about(out, "mullion_guest_gpu_source", "info", NULL, "What measures its GPU time.");
	for (size_t i = 0; i < n; i++)
		fprintf(out, "mullion_guest_gpu_source_info{guest=\"%s\",source=\"%s\"} 1\n",
			samples[i].info.config->name, samples[i].stats.source);
}

static void print_limits(FILE *out, const struct sample *samples, size_t n)
{
	print_about(out, "mullion_guest_memory_limit_bytes", "gauge", "bytes",
		"The most that it may have of that.");
	for (size_t i = 0; i < n; i++)
		fprintf(out, "mullion_guest_memory_limit_bytes{guest=\"%s\"} %" PRIu64 "\n",
			samples[i].info.config->name, samples[i].info.config->memory_bytes);
}

/* From the end of one bucket of the histogram to that of another, four times as long. */
static void print_waits(FILE *out, const struct sample *sample)
{
	const char *name = sample->info.config->name;
	const struct histogram *waits = &sample->stats.waits;
	uint64_t limit_us = 64, seen = 0;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS && limit_us < UINT64_C(20) * 1000000; i++) {
		if (histogram_bucket_end_us(i) >= limit_us) {
			fprintf(out, "mullion_guest_wait_seconds_bucket{guest=\"%s\",le=\"%.6f\"} %" PRIu64
				"\n", name, limit_us / 1e6, seen);
			limit_us *= 4;
		}
		seen += waits->counts[i];
	}
	fprintf(out,
		"mullion_guest_wait_seconds_bucket{guest=\"%s\",le=\"+Inf\"} %" PRIu64 "\n"
		"mullion_guest_wait_seconds_count{guest=\"%s\"} %" PRIu64 "\n"
		"mullion_guest_wait_seconds_sum{guest=\"%s\"} ",
		name, waits->n, name, waits->n, name);
	print_seconds(out, sample->stats.waited_ns);
	putc('\n', out);
}

static void print_all(
	FILE *out, const struct daemon_stats *stats, const struct sample *samples, size_t n)
{
	print_about(out, "mullion_build", "info", NULL, "The mulliond that says this.");
	fputs("mullion_build_info{version=\"" MULLION_VERSION "\"} 1\n", out);
	print_about(out, "mullion_uptime_seconds", "gauge", "seconds",
		"Since it started, and all counters but those of hangs with it.");
	fputs("mullion_uptime_seconds ", out);
	print_seconds(out, stats->elapsed_ns);
	putc('\n', out);
	print_about(out, "mullion_gpu_seconds", "counter", "seconds", "GPU time of all guests.");
	fputs("mullion_gpu_seconds_total ", out);
	print_seconds(out, stats->used_ns);
	putc('\n', out);
	for (size_t i = 0; i < sizeof(guest_metrics) / sizeof(guest_metrics[0]); i++)
		print_guests(out, &guest_metrics[i], samples, n);
	print_sources(out, samples, n);
	print_limits(out, samples, n);
	print_about(out, "mullion_guest_wait_seconds", "histogram", "seconds",
		"How long it waited for grants of the GPU.");
	for (size_t i = 0; i < n; i++)
		print_waits(out, &samples[i]);
	for (size_t i = 0; i < sizeof(head_metrics) / sizeof(head_metrics[0]); i++)
		print_heads(out, &head_metrics[i], samples, n);
	for (size_t i = 0; i < sizeof(client_metrics) / sizeof(client_metrics[0]); i++)
		print_clients(out, &client_metrics[i], samples, n);
	fputs("# EOF\n", out);
}

/* A bounded number of them: an answer, and a monitor's series, are not as many as programs may be. */
static void sample_take_clients(struct sample *sample, const struct guest *guest)
{
	struct client_sample client = { 0 }, others = { .others = true };

	while (guest_describe_client(guest, sample->n_clients, &client.info) &&
		guest_measure_client(guest, sample->n_clients, &client.stats)) {
		sample->n_clients++;
		if (client.stats.connection < CLIENTS_NAMED && sample->n_samples < CLIENTS_NAMED)
			sample->clients[sample->n_samples++] = client;
		else
			others.info.memory_bytes += client.info.memory_bytes;
	}
	guest_measure_others(guest, &others.stats);
	if (others.stats.grants || others.info.memory_bytes)
		sample->clients[sample->n_samples++] = others;
}

static void sample_take(struct sample *sample, const struct guest *guest)
{
	guest_describe(guest, &sample->info);
	guest_measure(guest, &sample->stats);
	sample_take_clients(sample, guest);
}

char *metrics_print(struct daemon *daemon, size_t *len)
{
	struct daemon_stats stats;
	size_t n = 0;
	char *text = NULL;

	daemon_measure(daemon, &stats);
	for (struct guest *g = guest_next(daemon, NULL); g; g = guest_next(daemon, g))
		n++;
	struct sample *samples = calloc(n ? n : 1, sizeof(*samples));
	FILE *out = samples ? open_memstream(&text, len) : NULL;
	if (!out) {
		free(samples);
		return NULL;
	}
	n = 0;
	for (struct guest *g = guest_next(daemon, NULL); g; g = guest_next(daemon, g))
		sample_take(&samples[n++], g);
	print_all(out, &stats, samples, n);
	free(samples);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * Spans as a picture. A row a guest: how much of each piece of time it had the GPU, as the
 * height of an area, on a pale one for the time in which it waited for it. The size
 * of the file does not depend on how many spans there are.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/spans.h"

#define WIDTH_PX 1200
#define NAMES_PX 190
#define SHARES_PX 150
#define TOP_PX 64
#define ROW_PX 54
#define AREA_PX 40 /* of a row */
#define BINS_PER_PX 2
#define CHART_PX (WIDTH_PX - NAMES_PX - SHARES_PX)
#define BINS (CHART_PX * BINS_PER_PX)

static const char *const colours[] = { "#3b76af", "#d1662f", "#519e3e", "#8d69b8", "#c53a32",
	"#84584e", "#d57dbe", "#3fa9b5" };

/* The part of each bin, 0 to 1. */
struct bins {
	float part[BINS];
};

/* `amount` of it between the two, evenly. */
static void bins_add(
	struct bins *bins, const struct spans *spans, const struct span *span, double amount)
{
	double scale = (double)BINS / (spans->end_us - spans->start_us);
	double from = (span->start_us - spans->start_us) * scale;
	double to = (span->end_us - spans->start_us) * scale;

	for (int i = from; i < BINS && i < to; i++) {
		double left = from > i ? from : i, right = to < i + 1 ? to : i + 1;
		bins->part[i] += (right - left) * amount;
	}
}

static void bins_gather(
	struct bins *used, struct bins *waits, const struct spans *spans, uint32_t guest)
{
	memset(used, 0, sizeof(*used));
	memset(waits, 0, sizeof(*waits));
	for (size_t i = 0; i < spans->n; i++) {
		const struct span *span = &spans->all[i];
		if (spans->tracks[span->track].guest != guest)
			continue;
		if (span->used_us)
			bins_add(used, spans, span,
				(double)span->used_us / (span->end_us - span->start_us));
		else
			bins_add(waits, spans, span, 1);
	}
}

static double bin_height_px(const struct bins *bins, int i)
{
	return AREA_PX * (bins->part[i] < 1 ? bins->part[i] : 1);
}

static void write_area(FILE *out, const struct bins *bins, double bottom_px, const char *style)
{
	double height = 0;

	fprintf(out, "<path %s d=\"M%d %.1f", style, NAMES_PX, bottom_px);
	for (int i = 0; i <= BINS; i++) {
		double next = i < BINS ? bin_height_px(bins, i) : 0;
		double change = next > height ? next - height : height - next;
		if (change < 0.05)
			continue;
		fprintf(out, "H%.1fV%.1f", NAMES_PX + (double)i / BINS_PER_PX, bottom_px - next);
		height = next;
	}
	fputs("Z\"/>\n", out);
}

static void write_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<' || *text == '>' || *text == '&')
			fprintf(out, "&#%d;", *text);
		else
			putc(*text >= ' ' && *text <= '~' ? *text : '?', out);
	}
}

/* Its programs, as many as there is room for. */
static void write_programs(FILE *out, const struct spans *spans, uint32_t guest, int y_px)
{
	const char *before = "";
	size_t len = 0;

	fprintf(out, "<text class=\"small\" x=\"12\" y=\"%d\">", y_px);
	for (size_t i = 0; i < spans->n_tracks && len < 26; i++) {
		if (spans->tracks[i].guest != guest)
			continue;
		fputs(before, out);
		write_text(out, spans->tracks[i].program);
		len += strlen(spans->tracks[i].program) + 2;
		before = ", ";
	}
	fputs(len < 26 ? "</text>\n" : " …</text>\n", out);
}

static void write_guest(FILE *out, const struct spans *spans, uint32_t index, struct bins bins[2])
{
	const struct spans_guest *guest = &spans->guests[index];
	int y_px = TOP_PX + ROW_PX * index, bottom_px = y_px + AREA_PX;
	char style[64];

	bins_gather(&bins[0], &bins[1], spans, index);
	snprintf(style, sizeof(style), "fill=\"%s\"",
		colours[index % (sizeof(colours) / sizeof(colours[0]))]);
	fprintf(out, "<text class=\"name\" x=\"12\" y=\"%d\">", y_px + 18);
	write_text(out, guest->name);
	fputs("</text>\n", out);
	write_programs(out, spans, index, y_px + 34);
	write_area(out, &bins[1], bottom_px, "class=\"waits\"");
	write_area(out, &bins[0], bottom_px, style);
	fprintf(out, "<path class=\"line\" d=\"M%d %dH%d\"/>\n", NAMES_PX, bottom_px,
		WIDTH_PX - SHARES_PX);
	fprintf(out,
		"<text x=\"%d\" y=\"%d\">%.1f %%</text><text class=\"small\" x=\"%d\" y=\"%d\">"
		"due %.1f %%, weight %" PRId64 "</text>\n",
		WIDTH_PX - SHARES_PX + 10, y_px + 18, guest->share * 100, WIDTH_PX - SHARES_PX + 10,
		y_px + 34, guest->due * 100, guest->weight);
}

/* Of 1, 2, 5, 10, ... ms, so that there are about ten. */
static int64_t tick_us(int64_t length_us)
{
	static const int steps[] = { 1, 2, 5 };
	int64_t unit = 1;

	for (int i = 0; unit * steps[i] * 12 < length_us;) {
		i = (i + 1) % 3;
		if (i == 0)
			unit *= 10;
		if (unit * steps[i] * 12 >= length_us)
			return unit * steps[i];
	}
	return unit;
}

static void write_axis(FILE *out, const struct spans *spans, int bottom_px)
{
	int64_t length_us = spans->end_us - spans->start_us, step_us = tick_us(length_us);

	for (int64_t at_us = 0; at_us <= length_us; at_us += step_us) {
		double x = NAMES_PX + (double)CHART_PX * at_us / length_us;
		fprintf(out,
			"<path class=\"grid\" d=\"M%.1f %dV%d\"/><text class=\"tick\" x=\"%.1f\" y=\"%d\">%g"
			"</text>\n",
			x, TOP_PX - 6, bottom_px, x, bottom_px + 18, at_us / 1e3);
	}
	fprintf(out, "<text class=\"tick\" x=\"%d\" y=\"%d\">ms</text>\n",
		NAMES_PX + CHART_PX + 30, bottom_px + 18);
}

static void write_head(FILE *out, const struct spans *spans, int height_px)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\">\n<style>\n"
		"text{font:14px sans-serif;fill:#222}.name{font-weight:bold}.small{font-size:11px;"
		"fill:#666}\n.tick{font-size:11px;fill:#666;text-anchor:middle}.grid{stroke:#ddd}"
		".line{stroke:#999}\n.waits{fill:#e8e2d0}.head{font-size:16px;font-weight:bold}\n"
		"</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
		"<text class=\"head\" x=\"12\" y=\"26\">Who had the GPU</text>\n"
		"<rect x=\"%d\" y=\"14\" width=\"14\" height=\"14\" fill=\"%s\"/>"
		"<text x=\"%d\" y=\"26\">had it (height: how much of the time)</text>\n"
		"<rect x=\"%d\" y=\"14\" width=\"14\" height=\"14\" class=\"waits\"/>"
		"<text x=\"%d\" y=\"26\">waited for it</text>\n",
		WIDTH_PX, height_px, WIDTH_PX, height_px, NAMES_PX, colours[0], NAMES_PX + 20,
		NAMES_PX + 290, NAMES_PX + 310);
	if (spans->missed)
		fprintf(out,
			"<text x=\"%d\" y=\"26\">%" PRId64 " spans were missed</text>\n",
			NAMES_PX + 430, spans->missed);
	fprintf(out, "<text class=\"small\" x=\"%d\" y=\"26\">of the whole time</text>\n",
		WIDTH_PX - SHARES_PX + 10);
}

void spans_write_svg(const struct spans *spans, FILE *out)
{
	int bottom_px = TOP_PX + ROW_PX * (int)spans->n_guests;
	struct bins *bins = malloc(2 * sizeof(*bins));

	if (!bins)
		abort();
	write_head(out, spans, bottom_px + 34);
	write_axis(out, spans, bottom_px);
	for (size_t i = 0; i < spans->n_guests; i++)
		write_guest(out, spans, i, bins);
	fputs("</svg>\n", out);
	free(bins);
}

/* SPDX-License-Identifier: MIT */
/* Words and PNG files as pixels, by cairo. */
#include "base/painting.h"

#include <cairo.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "base/io.h"

#define TITLE_PX 20
#define TEXT_PX 15
#define MARGIN_PX 16
#define LINE_MAX 256
#define ARROW_WIDTH_PX 14
#define ARROW_HEIGHT_PX 20
#define SIDE_MAX 4096 /* of words */

struct canvas {
	int fd;
	void *pixels;
	size_t bytes;
	cairo_surface_t *surface;
	cairo_t *cairo;
};

static int cairo_error(cairo_status_t status)
{
	switch (status) {
	case CAIRO_STATUS_SUCCESS:
		return 0;
	case CAIRO_STATUS_FILE_NOT_FOUND:
		return -ENOENT;
	case CAIRO_STATUS_NO_MEMORY:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}

static void canvas_close(struct canvas *canvas)
{
	if (canvas->cairo)
		cairo_destroy(canvas->cairo);
	if (canvas->surface)
		cairo_surface_destroy(canvas->surface);
	if (canvas->pixels)
		munmap(canvas->pixels, canvas->bytes);
	fd_close(&canvas->fd);
}

/* 0 or negative errno, then to be closed too. */
static int canvas_open(struct canvas *canvas, int32_t width_px, int32_t height_px)
{
	int stride = width_px * 4;

	*canvas = (struct canvas){ .bytes = (size_t)stride * height_px };
	canvas->fd = memfd_create_sealed("painting", canvas->bytes);
	if (canvas->fd < 0)
		return canvas->fd;
	canvas->pixels = memfd_map(canvas->fd, canvas->bytes, PROT_READ | PROT_WRITE);
	if (!canvas->pixels)
		return -errno;
	canvas->surface = cairo_image_surface_create_for_data(
		canvas->pixels, CAIRO_FORMAT_ARGB32, width_px, height_px, stride);
	canvas->cairo = cairo_create(canvas->surface);
	return cairo_error(cairo_status(canvas->cairo));
}

/* The canvas is closed, its memory the painting's. 0 or what went wrong on the way. */
static int painting_take(
	struct painting *painting, struct canvas *canvas, int32_t width_px, int32_t height_px)
{
	int ret = cairo_error(cairo_status(canvas->cairo));

	cairo_surface_flush(canvas->surface);
	if (ret == 0) {
		painting_finish(painting);
		*painting = (struct painting){ canvas->fd, width_px, height_px };
		canvas->fd = -1;
	}
	canvas_close(canvas);
	return ret;
}

void painting_init(struct painting *painting)
{
	*painting = (struct painting){ .fd = -1 };
}

void painting_finish(struct painting *painting)
{
	fd_close(&painting->fd);
}

/* The next line of the text, or false. */
static bool line_next(const char **text, char line[static LINE_MAX])
{
	size_t len = strcspn(*text, "\n");

	if (!**text)
		return false;
	size_t kept = len < LINE_MAX ? len : LINE_MAX - 1;
	memcpy(line, *text, kept);
	line[kept] = '\0';
	*text += len + ((*text)[len] == '\n');
	return true;
}

static void line_choose_font(cairo_t *cairo, bool title, double scale)
{
	cairo_select_font_face(cairo, "sans", CAIRO_FONT_SLANT_NORMAL,
		title ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cairo, (title ? TITLE_PX : TEXT_PX) * scale);
}

/* Writes the lines, each centred in the width; or, where that is 0, only measures them. */
static void lines_write(cairo_t *cairo, const char *text, double scale, double width,
	double *widest, double *height)
{
	char line[LINE_MAX];

	*widest = 0;
	*height = MARGIN_PX * scale;
	for (bool title = true; line_next(&text, line); title = false) {
		cairo_text_extents_t extents;
		cairo_font_extents_t font;
		line_choose_font(cairo, title, scale);
		cairo_text_extents(cairo, line, &extents);
		cairo_font_extents(cairo, &font);
		if (extents.x_advance > *widest)
			*widest = extents.x_advance;
		if (width > 0) {
			cairo_move_to(cairo, floor((width - extents.x_advance) / 2),
				floor(*height + font.ascent));
			cairo_show_text(cairo, line);
		}
		*height += font.height * 1.2;
	}
	*height += MARGIN_PX * scale;
	*widest += 2 * MARGIN_PX * scale;
}

static int text_measure(const char *text, double scale, int32_t *width_px, int32_t *height_px)
{
	double width, height;
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 1, 1);
	cairo_t *cairo = cairo_create(surface);

	lines_write(cairo, text, scale, 0, &width, &height);
	int ret = cairo_error(cairo_status(cairo));
	cairo_destroy(cairo);
	cairo_surface_destroy(surface);
	*width_px = fmin(ceil(width), SIDE_MAX);
	*height_px = fmin(ceil(height), SIDE_MAX);
	return ret;
}

int painting_write(struct painting *painting, const char *text, uint32_t scale120)
{
	double scale = scale120 / 120.0, widest, height;
	int32_t width_px, height_px;
	struct canvas canvas;

	int ret = text_measure(text, scale, &width_px, &height_px);
	if (ret < 0)
		return ret;
	ret = canvas_open(&canvas, width_px, height_px);
	if (ret < 0) {
		canvas_close(&canvas);
		return ret;
	}
	cairo_set_source_rgba(canvas.cairo, 0.1, 0.1, 0.1, 0.85);
	cairo_paint(canvas.cairo);
	cairo_set_source_rgb(canvas.cairo, 0.85, 0.85, 0.85);
	lines_write(canvas.cairo, text, scale, width_px, &widest, &height);
	return painting_take(painting, &canvas, width_px, height_px);
}

int painting_draw_arrow(struct painting *painting, uint32_t scale120)
{
	static const struct {
		double x, y;
	} outline[] = { { 1, 1 }, { 1, 16 }, { 4.5, 12.5 }, { 7, 18 }, { 9.5, 17 }, { 7, 11.5 },
		{ 12, 11.5 } };
	double scale = scale120 / 120.0;
	int32_t width_px = ceil(ARROW_WIDTH_PX * scale), height_px = ceil(ARROW_HEIGHT_PX * scale);
	struct canvas canvas;

	int ret = canvas_open(&canvas, width_px, height_px);
	if (ret < 0) {
		canvas_close(&canvas);
		return ret;
	}
	cairo_scale(canvas.cairo, scale, scale);
	for (size_t i = 0; i < sizeof(outline) / sizeof(outline[0]); i++)
		cairo_line_to(canvas.cairo, outline[i].x, outline[i].y);
	cairo_close_path(canvas.cairo);
	cairo_fill_preserve(canvas.cairo);
	cairo_set_source_rgb(canvas.cairo, 1, 1, 1);
	cairo_set_line_width(canvas.cairo, 1);
	cairo_stroke(canvas.cairo);
	return painting_take(painting, &canvas, width_px, height_px);
}

int painting_load_png(struct painting *painting, const char *path)
{
	struct canvas canvas = { .fd = -1 };
	cairo_surface_t *png = cairo_image_surface_create_from_png(path);
	int32_t width_px = cairo_image_surface_get_width(png);
	int32_t height_px = cairo_image_surface_get_height(png);

	int ret = cairo_error(cairo_surface_status(png));
	/* So cairo calls what libpng does not take. */
	if (ret == -ENOMEM)
		ret = -EINVAL;
	if (ret == 0 && (width_px > PAINTING_SIDE_MAX || height_px > PAINTING_SIDE_MAX))
		ret = -EFBIG;
	if (ret == 0)
		ret = canvas_open(&canvas, width_px, height_px);
	if (ret < 0) {
		canvas_close(&canvas);
		goto out;
	}
	cairo_set_source_surface(canvas.cairo, png, 0, 0);
	cairo_paint(canvas.cairo);
	ret = painting_take(painting, &canvas, width_px, height_px);
out:
	cairo_surface_destroy(png);
	return ret;
}

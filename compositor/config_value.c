/* SPDX-License-Identifier: MIT */
/* Values of the configuration. */
#include "compositor/config_value.h"

#include <stdlib.h>
#include <string.h>

#include "compositor/config.h"

#define CALIBRATION_MAX 1000
#define IDLE_MIN_MS 1000
#define IDLE_MAX_MS 86400000
#define PLACE_MAX 65536
#define REALTIME_MAX 99
#define REFRESH_MIN_MHZ 1000
#define REFRESH_MAX_MHZ 1000000
#define REPEAT_RATE_MAX 1000
#define REPEAT_DELAY_MAX_MS 10000
#define SCALE_MAX_THOUSANDTHS 8000
#define SCALE_MIN_THOUSANDTHS 500
#define STALE_MIN_MS 100
#define STALE_MAX_MS 3600000

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

const char *const config_transform_names[8] = {
	[WL_OUTPUT_TRANSFORM_NORMAL] = "normal",
	[WL_OUTPUT_TRANSFORM_90] = "90",
	[WL_OUTPUT_TRANSFORM_180] = "180",
	[WL_OUTPUT_TRANSFORM_270] = "270",
	[WL_OUTPUT_TRANSFORM_FLIPPED] = "flipped",
	[WL_OUTPUT_TRANSFORM_FLIPPED_90] = "flipped-90",
	[WL_OUTPUT_TRANSFORM_FLIPPED_180] = "flipped-180",
	[WL_OUTPUT_TRANSFORM_FLIPPED_270] = "flipped-270",
};

/* The enumerators of what `to` points to have the names' indices. */
static bool value_to_choice(
	const char *text, const char *const *names, size_t n_names, unsigned *to)
{
	return value_parse_choice(text, names, n_names, to);
}

static bool value_to_number(const char *text, uint64_t min, uint64_t max, uint32_t *to)
{
	uint64_t number;

	if (!value_parse_uint(text, min, max, &number))
		return false;
	*to = number;
	return true;
}

bool value_to_backend(const char *text, void *to)
{
	static const char *const names[] = {
		[CONFIG_BACKEND_KMS] = "kms",
		[CONFIG_BACKEND_HEADLESS] = "headless",
	};

	return value_to_choice(text, names, COUNT(names), to);
}

bool value_to_renderer(const char *text, void *to)
{
	static const char *const names[] = {
		[CONFIG_RENDERER_AUTO] = "auto",
		[CONFIG_RENDERER_GL] = "gl",
		[CONFIG_RENDERER_PIXMAN] = "pixman",
	};

	return value_to_choice(text, names, COUNT(names), to);
}

bool value_to_layer(const char *text, void *to)
{
	static const char *const names[] = {
		[CONFIG_LAYER_NORMAL] = "normal",
		[CONFIG_LAYER_ABOVE] = "above",
	};

	return value_to_choice(text, names, COUNT(names), to);
}

bool value_to_log_level(const char *text, void *to)
{
	return value_parse_log_level(text, to);
}

bool value_to_transform(const char *text, void *to)
{
	struct config_transform *transform = to;
	unsigned choice;

	if (!value_parse_choice(
		    text, config_transform_names, COUNT(config_transform_names), &choice))
		return false;
	*transform = (struct config_transform){ .is_set = true, .is = choice };
	return true;
}

bool value_to_yes(const char *text, void *to)
{
	static const char *const names[] = { "no", "yes" };
	unsigned choice;

	if (!value_parse_choice(text, names, COUNT(names), &choice))
		return false;
	*(bool *)to = choice;
	return true;
}

bool value_to_path(const char *text, void *to)
{
	if (!value_is_path(text))
		return false;
	strcpy(to, text);
	return true;
}

/* As wl_display_add_socket takes it: below XDG_RUNTIME_DIR, or absolute. */
bool value_to_socket(const char *text, void *to)
{
	if (*text == '/')
		return value_to_path(text, to);
	if (!value_is_name(text))
		return false;
	strcpy(to, text);
	return true;
}

bool value_to_output_name(const char *text, void *to)
{
	if (!value_is_name(text) || strlen(text) >= CONFIG_OUTPUT_NAME_MAX)
		return false;
	strcpy(to, text);
	return true;
}

/* "#rrggbb", or a picture. */
bool value_to_background(const char *text, void *to)
{
	struct config_background *background = to;
	struct config_background parsed = { .is_set = true };

	if (*text == '#') {
		if (strlen(text) != 7 || strspn(text + 1, "0123456789abcdefABCDEF") != 6)
			return false;
		parsed.colour = strtoul(text + 1, NULL, 16);
	} else if (!value_to_path(text, parsed.picture)) {
		return false;
	}
	*background = parsed;
	return true;
}

bool value_to_realtime(const char *text, void *to)
{
	return value_to_number(text, 1, REALTIME_MAX, to);
}

bool value_to_brightness(const char *text, void *to)
{
	const char *end = text;
	uint64_t percent;

	if (!value_take_digits(&end, &percent) || strcmp(end, "%") != 0 || percent < 1 ||
		percent > 100)
		return false;
	*(uint32_t *)to = percent;
	return true;
}

bool value_to_idle_timeout(const char *text, void *to)
{
	if (strcmp(text, "never") != 0)
		return value_parse_duration(text, IDLE_MIN_MS, IDLE_MAX_MS, to);
	*(uint32_t *)to = 0;
	return true;
}

bool value_to_stale_after(const char *text, void *to)
{
	if (strcmp(text, "never") != 0)
		return value_parse_duration(text, STALE_MIN_MS, STALE_MAX_MS, to);
	*(uint32_t *)to = 0;
	return true;
}

bool value_to_repeat_rate(const char *text, void *to)
{
	return value_to_number(text, 0, REPEAT_RATE_MAX, to);
}

bool value_to_repeat_delay(const char *text, void *to)
{
	return value_parse_duration(text, 1, REPEAT_DELAY_MAX_MS, to);
}

/* Names of layouts, variants and options are such, with commas between. */
bool value_to_xkb(const char *text, void *to)
{
	size_t len = strlen(text);

	if (len >= CONFIG_TEXT_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!value_is_name_char(text[i]) && !strchr(",:+()", text[i]))
			return false;
	}
	strcpy(to, text);
	return true;
}

bool value_to_calibration(const char *text, void *to)
{
	struct config_calibration *calibration = to;

	if (!value_parse_decimals(
		    text, CALIBRATION_MAX, calibration->matrix, COUNT(calibration->matrix)))
		return false;
	calibration->is_set = true;
	return true;
}

bool value_to_scale(const char *text, void *to)
{
	uint64_t thousandths;

	if (!value_take_thousandths(&text, &thousandths) || *text ||
		thousandths < SCALE_MIN_THOUSANDTHS || thousandths > SCALE_MAX_THOUSANDTHS)
		return false;
	*(uint32_t *)to = (thousandths * 120 + 500) / 1000;
	return true;
}

static bool take_number(
	const char **text, const char *after, uint64_t min, uint64_t max, uint32_t *value)
{
	uint64_t number;

	if (!value_take_digits(text, &number) || number < min || number > max ||
		strncmp(*text, after, strlen(after)) != 0)
		return false;
	*text += strlen(after);
	*value = number;
	return true;
}

bool value_to_mode(const char *text, void *to)
{
	struct screen_mode mode = { 0 };
	uint64_t refresh_mhz = 0;

	if (!take_number(&text, "x", 1, SCREEN_SIDE_MAX, &mode.width_px) ||
		!take_number(&text, "", 1, SCREEN_SIDE_MAX, &mode.height_px))
		return false;
	if (*text == '@') {
		text++;
		if (!value_take_thousandths(&text, &refresh_mhz) || refresh_mhz < REFRESH_MIN_MHZ ||
			refresh_mhz > REFRESH_MAX_MHZ)
			return false;
	}
	if (*text)
		return false;
	mode.refresh_mhz = refresh_mhz;
	*(struct screen_mode *)to = mode;
	return true;
}

static bool take_coordinate(const char **text, int32_t *value)
{
	bool is_negative = **text == '-';
	uint32_t distance;

	*text += is_negative;
	if (!take_number(text, "", 0, PLACE_MAX, &distance))
		return false;
	*value = is_negative ? -(int32_t)distance : (int32_t)distance;
	return true;
}

bool value_to_place(const char *text, void *to)
{
	struct config_place place = { .is_set = true };

	if (!take_coordinate(&text, &place.x) || *text++ != ',' ||
		!take_coordinate(&text, &place.y) || *text)
		return false;
	*(struct config_place *)to = place;
	return true;
}

bool value_to_region(const char *text, void *to)
{
	struct config_region *region = to;
	struct config_region parsed = *region;

	if (!take_number(&text, ",", 0, SCREEN_SIDE_MAX, &parsed.x) ||
		!take_number(&text, ",", 0, SCREEN_SIDE_MAX, &parsed.y) ||
		!take_number(&text, "x", 1, SCREEN_SIDE_MAX, &parsed.width_px) ||
		!take_number(&text, "", 1, SCREEN_SIDE_MAX, &parsed.height_px) || *text)
		return false;
	*region = parsed;
	return true;
}

bool value_to_box(const char *text, void *to)
{
	struct config_box *box = to;
	struct config_region region = { 0 };

	if (!value_to_region(text, &region))
		return false;
	*box = (struct config_box){ true, region.x, region.y, region.width_px, region.height_px };
	return true;
}

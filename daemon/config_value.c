/* SPDX-License-Identifier: MIT */
/* Values of the configuration file. */
#include "daemon/config_value.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/budget.h"
#include "protocol/input.h"
#include "protocol/state.h"
#include "daemon/deaths.h"

#define MEMORY_MIN (UINT64_C(4) << 20)
#define MEMORY_MAX (UINT64_C(1) << 40)
#define FILE_MIN (UINT64_C(64) << 10)
#define TRACE_MAX (UINT64_C(1) << 30)
#define HANG_MIN_MS 100
#define STALE_MIN_MS 50
#define STRIKES_WINDOW_MAX_MS 86400000
#define STALE_MAX_MS 3600000
#define CALIBRATION_MAX 1000
#define MODE_SIZE_MIN_PX 32 /* what Linux's virtio_gpu takes */
#define MODE_REFRESH_MIN_MHZ 1000
#define MODE_REFRESH_MAX_MHZ 500000
#define MODE_REFRESH_DEFAULT_MHZ 60000

bool value_mode_fits(uint64_t width, uint64_t height, uint64_t refresh_mhz)
{
	return width >= MODE_SIZE_MIN_PX && width <= LIMIT_PICTURE_PX &&
	       height >= MODE_SIZE_MIN_PX && height <= LIMIT_PICTURE_PX &&
	       refresh_mhz >= MODE_REFRESH_MIN_MHZ && refresh_mhz <= MODE_REFRESH_MAX_MHZ;
}

bool value_parse_mode(const char *text, struct config_head *head)
{
	uint64_t width, height, refresh_mhz = MODE_REFRESH_DEFAULT_MHZ;

	if (!value_take_digits(&text, &width) || *text++ != 'x' || !value_take_digits(&text, &height))
		return false;
	if (*text == '@') {
		text++;
		if (!value_take_thousandths(&text, &refresh_mhz))
			return false;
	}
	if (*text || !value_mode_fits(width, height, refresh_mhz))
		return false;
	head->width_px = width;
	head->height_px = height;
	head->refresh_mhz = refresh_mhz;
	return true;
}

bool value_is_account(const char *text)
{
	size_t len = strlen(text);

	if (!len || len >= LIMIT_NAME || *text == '-')
		return false;
	for (; *text; text++) {
		if (!value_is_name_char(*text) && !(*text == '$' && !text[1]))
			return false;
	}
	return true;
}

bool value_to_presenter(const char *text, void *to)
{
	enum config_presenter *presenter = to;

	if (strcmp(text, "wayland") == 0)
		*presenter = CONFIG_PRESENTER_WAYLAND;
	else if (strcmp(text, "headless") == 0)
		*presenter = CONFIG_PRESENTER_HEADLESS;
	else
		return false;
	return true;
}

bool value_to_renderer(const char *text, void *to)
{
	enum config_renderer *renderer = to;

	if (strcmp(text, "virgl") == 0)
		*renderer = CONFIG_RENDERER_VIRGL;
	else if (strcmp(text, "pixman") == 0)
		*renderer = CONFIG_RENDERER_PIXMAN;
	else
		return false;
	return true;
}

bool value_to_log_level(const char *text, void *to)
{
	return value_parse_log_level(text, to);
}

bool value_to_path(const char *text, void *to)
{
	if (!value_is_path(text))
		return false;
	strcpy(to, text);
	return true;
}

bool value_to_metrics(const char *text, void *to)
{
	struct sockaddr_storage address;
	const char *path;
	socklen_t len;

	if (strlen(text) >= METRICS_ADDRESS_MAX ||
		!metrics_address_parse(text, &path, &address, &len))
		return false;
	strcpy(to, text);
	return true;
}

/* As wl_display_connect(3) takes it: below XDG_RUNTIME_DIR, or absolute. */
bool value_to_wayland_display(const char *text, void *to)
{
	if (*text == '/')
		return value_to_path(text, to);
	if (!value_is_name(text))
		return false;
	strcpy(to, text);
	return true;
}

bool value_to_render_node(const char *text, void *to)
{
	if (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0) {
		strcpy(to, text);
		return true;
	}
	return strncmp(text, "/dev/dri/", 9) == 0 && value_to_path(text, to);
}

bool value_to_account(const char *text, void *to)
{
	if (!value_is_account(text))
		return false;
	strcpy(to, text);
	return true;
}

static bool value_to_u32(const char *text, uint64_t max, void *to)
{
	uint64_t n;

	if (!value_parse_uint(text, 1, max, &n))
		return false;
	*(uint32_t *)to = n;
	return true;
}

bool value_to_heads(const char *text, void *to)
{
	return value_to_u32(text, LIMIT_HEADS, to);
}

/* Words with blanks between, each of them once. */
bool value_to_inputs(const char *text, void *to)
{
	uint32_t inputs = 0;

	if (strcmp(text, "none") == 0)
		text = "";
	for (size_t len; *text; text += len + strspn(text + len, " \t")) {
		uint32_t kind = 0;
		len = strcspn(text, " \t");
		while (kind < INPUT_KIND_COUNT && (strlen(input_kind_names[kind]) != len ||
							  memcmp(text, input_kind_names[kind], len)))
			kind++;
		if (kind == INPUT_KIND_COUNT || inputs & 1u << kind)
			return false;
		inputs |= 1u << kind;
	}
	*(uint32_t *)to = inputs;
	return true;
}

bool value_to_resize(const char *text, void *to)
{
	bool follows = strcmp(text, "follow") == 0;

	if (!follows && strcmp(text, "keep") != 0)
		return false;
	*(bool *)to = follows;
	return true;
}

bool value_to_switch(const char *text, void *to)
{
	bool on = strcmp(text, "on") == 0;

	if (!on && strcmp(text, "off") != 0)
		return false;
	*(bool *)to = on;
	return true;
}

bool value_to_contexts(const char *text, void *to)
{
	return value_to_u32(text, STATE_CONTEXTS, to);
}

bool value_to_resources(const char *text, void *to)
{
	return value_to_u32(text, STATE_RESOURCES, to);
}

bool value_to_backing_entries(const char *text, void *to)
{
	return value_to_u32(text, STATE_BLOCKS * STATE_BLOCK_ENTRIES, to);
}

bool value_to_fences(const char *text, void *to)
{
	return value_to_u32(text, STATE_QUEUE_SIZE, to);
}

bool value_to_memory(const char *text, void *to)
{
	return value_parse_size(text, MEMORY_MIN, MEMORY_MAX, to);
}

bool value_to_mode(const char *text, void *to)
{
	return value_parse_mode(text, to);
}

bool value_to_output(const char *text, void *to)
{
	if (!value_is_name(text))
		return false;
	strcpy(to, text);
	return true;
}

bool value_to_stale_after(const char *text, void *to)
{
	return value_parse_duration(text, STALE_MIN_MS, STALE_MAX_MS, to);
}

bool value_to_type(const char *text, void *to)
{
	enum config_type *type = to;

	if (strcmp(text, "vm") == 0)
		*type = CONFIG_TYPE_VM;
	else if (strcmp(text, "container") == 0)
		*type = CONFIG_TYPE_CONTAINER;
	else
		return false;
	return true;
}

bool value_to_clients(const char *text, void *to)
{
	return value_to_u32(text, MEMORY_SLOTS, to);
}

bool value_to_deaths(const char *text, void *to)
{
	return value_to_u32(text, DEATHS_MAX, to);
}

bool value_to_hang_limit(const char *text, void *to)
{
	return value_parse_duration(text, HANG_MIN_MS, STALE_MAX_MS, to);
}

bool value_to_strikes(const char *text, void *to)
{
	struct config_strikes *strikes = to;
	uint32_t window_ms;
	uint64_t max;

	if (!value_take_digits(&text, &max) || max < 1 || max > DEATHS_MAX || *text != '/' ||
		!value_parse_duration(text + 1, HANG_MIN_MS, STRIKES_WINDOW_MAX_MS, &window_ms))
		return false;
	*strikes = (struct config_strikes){ max, window_ms };
	return true;
}

bool value_to_trace(const char *text, void *to)
{
	return value_parse_size(text, FILE_MIN, TRACE_MAX, to);
}

bool value_to_record(const char *text, void *to)
{
	return value_parse_size(text, FILE_MIN, MEMORY_MAX, to);
}

bool value_to_head(const char *text, void *to)
{
	uint64_t head;

	if (!value_parse_uint(text, 0, LIMIT_HEADS - 1, &head))
		return false;
	*(uint32_t *)to = head;
	return true;
}

/* Digits, which fit, and what follows them. */
static bool take_u32(const char **text, const char *after, uint32_t *value)
{
	uint64_t result;

	if (!value_take_digits(text, &result) || result > UINT32_MAX ||
		strncmp(*text, after, strlen(after)) != 0)
		return false;
	*text += strlen(after);
	*value = result;
	return true;
}

bool value_to_area(const char *text, void *to)
{
	struct input_area area;

	if (!take_u32(&text, ",", &area.x) || !take_u32(&text, ",", &area.y) ||
		!take_u32(&text, "x", &area.width) || !take_u32(&text, " of ", &area.height) ||
		!take_u32(&text, "x", &area.of_width) || !take_u32(&text, "", &area.of_height) ||
		*text || !area_fits(&area))
		return false;
	*(struct input_area *)to = area;
	return true;
}

bool value_to_calibration(const char *text, void *to)
{
	return value_parse_decimals(text, CALIBRATION_MAX, to, INPUT_CALIBRATION);
}

bool value_to_input_kind(const char *text, void *to)
{
	enum config_input_kind *kind = to;

	if (strcmp(text, "auto") == 0)
		*kind = CONFIG_INPUT_AUTO;
	else if (strcmp(text, "keys") == 0)
		*kind = CONFIG_INPUT_KEYS;
	else
		return false;
	return true;
}

/* SPDX-License-Identifier: MIT */
/* The keys of the configuration. */
#include "compositor/config_keys.h"

#include "compositor/config.h"
#include "compositor/config_value.h"

#define FIELD SETTINGS_FIELD
#define EXPECTED_BACKGROUND                                                                        \
	"a colour such as #20262c, or the absolute path of a PNG file, without '.' and '..'"
#define EXPECTED_OUTPUT "the name of an output or a region such as DP-1, of at most 31 characters"
#define EXPECTED_PATH "an absolute path without '.' and '..'"
#define EXPECTED_XKB "names as in xkeyboard-config(7), with commas between"
#define EXPECTED_YES "yes or no"

const struct settings_key config_compositor_keys[CONFIG_KEYS_MAX] = {
	{ "backend", "kms or headless", FIELD(config, backend), value_to_backend, CONFIG_AT_START },
	{ "device", EXPECTED_PATH, FIELD(config, device), value_to_path, CONFIG_AT_START },
	{ "socket", "a name such as wayland-1, or an absolute path", FIELD(config, socket),
		value_to_socket, CONFIG_AT_START },
	{ "control", EXPECTED_PATH, FIELD(config, control), value_to_path, CONFIG_AT_START },
	{ "background", EXPECTED_BACKGROUND, FIELD(config, background), value_to_background,
		CONFIG_AT_ONCE },
	{ "renderer", "auto, gl or pixman", FIELD(config, renderer), value_to_renderer,
		CONFIG_AT_START },
	{ "idle-timeout", "a time such as 600s, from 1s to 86400s, or never",
		FIELD(config, idle_timeout_ms), value_to_idle_timeout, CONFIG_AT_ONCE },
	{ "realtime", "a number from 1 to 99", FIELD(config, realtime), value_to_realtime,
		CONFIG_AT_START },
	{ "lock-memory", EXPECTED_YES, FIELD(config, locks_memory), value_to_yes, CONFIG_AT_START },
	{ "log-level", "error, warning, info or debug", FIELD(config, log_level),
		value_to_log_level, CONFIG_AT_ONCE },
};

const struct settings_key config_output_keys[CONFIG_KEYS_MAX] = {
	{ "enabled", EXPECTED_YES, FIELD(config_output, is_enabled), value_to_yes, CONFIG_AT_ONCE },
	{ "mode", "WIDTHxHEIGHT[@HZ] such as 1920x1080@60", FIELD(config_output, mode),
		value_to_mode, CONFIG_AT_ONCE },
	{ "scale", "a number from 0.5 to 8", FIELD(config_output, scale_120), value_to_scale,
		CONFIG_AT_ONCE },
	{ "position", "X,Y such as 1920,0", FIELD(config_output, place), value_to_place,
		CONFIG_AT_ONCE },
	{ "transform", "normal, 90, 180, 270, flipped, flipped-90, flipped-180 or flipped-270",
		FIELD(config_output, transform), value_to_transform, CONFIG_AT_ONCE },
	{ "vrr", EXPECTED_YES, FIELD(config_output, vrr), value_to_yes, CONFIG_AT_ONCE },
	{ "brightness", "a percentage from 1% to 100%", FIELD(config_output, brightness_percent),
		value_to_brightness, CONFIG_AT_ONCE },
	{ "background", EXPECTED_BACKGROUND, FIELD(config_output, background), value_to_background,
		CONFIG_AT_ONCE },
};

const struct settings_key config_region_key = { "region", "X,Y,WxH such as 0,0,1280x720", 0,
	sizeof(struct config_region), value_to_region, 0 };

const struct settings_key config_window_keys[CONFIG_KEYS_MAX] = {
	{ "output", EXPECTED_OUTPUT, FIELD(config_window, output), value_to_output_name,
		CONFIG_AT_ONCE },
	{ "layer", "normal or above", FIELD(config_window, layer), value_to_layer, CONFIG_AT_ONCE },
	{ "box", "X,Y,WxH such as 0,600,1280x120", FIELD(config_window, box), value_to_box,
		CONFIG_AT_ONCE },
	{ "stale-after", "a time such as 500ms, from 100ms to 3600s, or never",
		FIELD(config_window, stale_after_ms), value_to_stale_after, CONFIG_AT_ONCE },
};

const struct settings_key config_input_keys[CONFIG_KEYS_MAX] = {
	{ "output", EXPECTED_OUTPUT, FIELD(config_input, output), value_to_output_name,
		CONFIG_AT_ONCE },
	{ "calibration", "six numbers such as 1 0 0 0 1 0, from -1000 to 1000",
		FIELD(config_input, calibration), value_to_calibration, CONFIG_AT_ONCE },
	{ "ignored", EXPECTED_YES, FIELD(config_input, is_ignored), value_to_yes, CONFIG_AT_ONCE },
};

const struct settings_key config_keyboard_keys[CONFIG_KEYS_MAX] = {
	{ "layout", EXPECTED_XKB, FIELD(config_keyboard, layout), value_to_xkb, CONFIG_AT_ONCE },
	{ "variant", EXPECTED_XKB, FIELD(config_keyboard, variant), value_to_xkb, CONFIG_AT_ONCE },
	{ "options", EXPECTED_XKB, FIELD(config_keyboard, options), value_to_xkb, CONFIG_AT_ONCE },
	{ "model", EXPECTED_XKB, FIELD(config_keyboard, model), value_to_xkb, CONFIG_AT_ONCE },
	{ "repeat-rate", "a number from 0 to 1000", FIELD(config_keyboard, repeat_rate),
		value_to_repeat_rate, CONFIG_AT_ONCE },
	{ "repeat-delay", "a time such as 600ms, up to 10s",
		FIELD(config_keyboard, repeat_delay_ms), value_to_repeat_delay, CONFIG_AT_ONCE },
};

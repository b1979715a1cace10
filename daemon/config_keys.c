/* SPDX-License-Identifier: MIT */
/* The keys of the configuration. */
#include "daemon/config_keys.h"

#include <string.h>

#include "daemon/config_value.h"
#include "daemon/terms.h"

#define FIELD SETTINGS_FIELD
#define EXPECTED_PRESENTER "wayland or headless"
#define EXPECTED_RENDER_NODE "auto, none or a path such as /dev/dri/renderD128"
#define EXPECTED_DURATION "a time such as 500ms or 2s, from 50ms to 3600s"
#define EXPECTED_ACCOUNT "a name of letters, digits, '.', '_' and '-'"

const struct settings_key config_daemon_keys[CONFIG_KEYS_MAX] = {
	{ "presenter", EXPECTED_PRESENTER, FIELD(config, presenter), value_to_presenter,
		CONFIG_AT_START },
	{ "wayland-display", "a name such as wayland-1, or an absolute path",
		FIELD(config, wayland_display), value_to_wayland_display, CONFIG_AT_START },
	{ "socket-dir", "an absolute path without '.' and '..'", FIELD(config, socket_dir),
		value_to_path, CONFIG_AT_START },
	{ "socket-group", EXPECTED_ACCOUNT, FIELD(config, socket_group), value_to_account,
		CONFIG_AT_START },
	{ "user", EXPECTED_ACCOUNT, FIELD(config, user), value_to_account, CONFIG_AT_START },
	{ "render-node", EXPECTED_RENDER_NODE, FIELD(config, render_node), value_to_render_node,
		CONFIG_AT_START },
	{ "log-level", "error, warning, info or debug", FIELD(config, log_level),
		value_to_log_level, CONFIG_AT_ONCE },
	{ "metrics", METRICS_ADDRESS_EXPECTED, FIELD(config, metrics), value_to_metrics,
		CONFIG_AT_START },
	{ "in-flight", "a number from 1 to 16", FIELD(config, in_flight), value_to_heads,
		CONFIG_AT_ONCE },
	{ "mediation", "on or off", FIELD(config, mediates), value_to_switch, CONFIG_AT_START },
};

const struct settings_key config_guest_keys[CONFIG_KEYS_MAX] = {
	{ "type", "vm or container", FIELD(config_guest, type), value_to_type, CONFIG_AT_START },
	{ "max-clients", "a number from 1 to 256", FIELD(config_guest, max_clients),
		value_to_clients, CONFIG_FOR_CONTAINERS | CONFIG_AT_ONCE },
	{ "heads", "a number from 1 to 16", FIELD(config_guest, n_heads), value_to_heads,
		CONFIG_FOR_VMS },
	{ "max-heads", "a number from 1 to 16", FIELD(config_guest, max_heads), value_to_heads,
		CONFIG_FOR_VMS },
	{ "resize", "follow or keep", FIELD(config_guest, resize_follows), value_to_resize,
		CONFIG_FOR_VMS },
	{ "input", "none, or some of: touch pointer keyboard mouse keys",
		FIELD(config_guest, inputs), value_to_inputs, CONFIG_FOR_VMS },
	{ "renderer", "virgl or pixman", FIELD(config_guest, renderer), value_to_renderer,
		CONFIG_FOR_VMS },
	{ "presenter", EXPECTED_PRESENTER, FIELD(config_guest, presenter), value_to_presenter,
		CONFIG_FOR_VMS },
	{ "render-node", EXPECTED_RENDER_NODE, FIELD(config_guest, render_node),
		value_to_render_node, CONFIG_AT_START },
	{ "max-deaths", "a number from 1 to 256", FIELD(config_guest, max_deaths), value_to_deaths,
		CONFIG_FOR_VMS | CONFIG_AT_ONCE },
	{ "hang-limit", "a time such as 500ms or 2s, from 100ms to 3600s",
		FIELD(config_guest, hang_limit_ms), value_to_hang_limit, CONFIG_AT_ONCE },
	{ "strikes", "NUMBER/TIME such as 3/300s, of 1 to 256 and at most 86400s",
		FIELD(config_guest, strikes), value_to_strikes, CONFIG_AT_ONCE },
	{ "weight", TERMS_EXPECTED_WEIGHT, FIELD(config_guest, terms), terms_parse_weight,
		CONFIG_AT_ONCE },
	{ "cap", TERMS_EXPECTED_CAP, FIELD(config_guest, terms), terms_parse_cap, CONFIG_AT_ONCE },
	{ "reservation", TERMS_EXPECTED_RESERVATION, FIELD(config_guest, terms),
		terms_parse_reservation, CONFIG_AT_ONCE },
	{ "slice", TERMS_EXPECTED_SLICE, FIELD(config_guest, terms), terms_parse_slice,
		CONFIG_AT_ONCE },
	{ "stale-after", EXPECTED_DURATION, FIELD(config_guest, stale_after_ms),
		value_to_stale_after, CONFIG_FOR_VMS },
	{ "stale-picture", "the absolute path of a PNG file, without '.' and '..'",
		FIELD(config_guest, stale_picture), value_to_path, CONFIG_FOR_VMS },
	{ "memory", "a size from 4M to 1024G", FIELD(config_guest, memory_bytes), value_to_memory,
		CONFIG_AT_ONCE },
	{ "max-contexts", "a number from 1 to 4096", FIELD(config_guest, max_contexts),
		value_to_contexts, CONFIG_FOR_VMS | CONFIG_AT_ONCE },
	{ "max-resources", "a number from 1 to 16384", FIELD(config_guest, max_resources),
		value_to_resources, CONFIG_FOR_VMS | CONFIG_AT_ONCE },
	{ "max-backing-entries", "a number from 1 to 2031616",
		FIELD(config_guest, max_backing_entries), value_to_backing_entries,
		CONFIG_FOR_VMS | CONFIG_AT_ONCE },
	{ "max-fences", "a number from 1 to 1024", FIELD(config_guest, max_fences), value_to_fences,
		CONFIG_FOR_VMS | CONFIG_AT_ONCE },
	{ "trace-limit", "a size from 64K to 1G", FIELD(config_guest, trace_bytes), value_to_trace,
		CONFIG_FOR_VMS | CONFIG_AT_ONCE },
	{ "record-limit", "a size from 64K to 1024G", FIELD(config_guest, record_bytes),
		value_to_record, CONFIG_FOR_VMS | CONFIG_AT_ONCE },
};

const struct settings_key config_input_keys[CONFIG_KEYS_MAX] = {
	{ "device", "an absolute path such as /dev/input/by-path/..., without '.' and '..'",
		FIELD(config_input, device), value_to_path, CONFIG_AT_ONCE },
	{ "guest", "a guest's name", FIELD(config_input, guest), value_to_output, CONFIG_AT_ONCE },
	{ "head", "a number from 0 to 15", FIELD(config_input, head), value_to_head,
		CONFIG_AT_ONCE },
	{ "area", "X,Y,WxH of WxH such as 0,0,1x1 of 2x1, within the panel",
		FIELD(config_input, area), value_to_area, CONFIG_AT_ONCE },
	{ "calibration", "six numbers such as 1 0 0 0 1 0, from -1000 to 1000",
		FIELD(config_input, calibration), value_to_calibration, CONFIG_AT_ONCE },
	{ "kind", "auto or keys", FIELD(config_input, kind), value_to_input_kind, CONFIG_AT_ONCE },
};

const struct settings_key config_head_keys[CONFIG_HEAD_KEYS] = {
	{ "", "WIDTHxHEIGHT[@HZ] such as 1920x1080@60", 0, offsetof(struct config_head, output),
		value_to_mode, CONFIG_AT_START },
	{ "-output", "a name of a compositor's output such as DP-1", FIELD(config_head, output),
		value_to_output, CONFIG_AT_START },
	{ "-stale-after", EXPECTED_DURATION, FIELD(config_head, stale_after_ms),
		value_to_stale_after, CONFIG_AT_START },
};

bool config_key_is_for(const struct settings_key *key, enum config_type type)
{
	uint32_t other = type == CONFIG_TYPE_CONTAINER ? CONFIG_FOR_VMS : CONFIG_FOR_CONTAINERS;
	return !(key->traits & other);
}

void config_keys_copy_changeable(
	const struct settings_key *keys, size_t n_keys, void *to, const void *from)
{
	for (size_t i = 0; i < n_keys && keys[i].name; i++) {
		if (keys[i].traits & CONFIG_AT_ONCE)
			memcpy((char *)to + keys[i].offset, (const char *)from + keys[i].offset,
				keys[i].bytes);
	}
}

/* SPDX-License-Identifier: MIT */
/* The configuration file: its sections, its keys, and what they mean together. */
#include "daemon/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ini_file.h"
#include "base/settings.h"
#include "daemon/config_input.h"
#include "daemon/config_keys.h"
#include "daemon/config_value.h"
#include "protocol/state.h"

#define CONFIG_SOCKET_FILE_MAX 21 /* "/control.sock", "/" and a device of 15 and ".sock" */

#define CONFIG_MEMORY_DEFAULT (UINT64_C(512) << 20)
#define CONFIG_CLIENTS_DEFAULT 32
#define CONFIG_STRIKES_DEFAULT 3
#define CONFIG_STRIKES_WINDOW_DEFAULT_MS 300000
#define CONFIG_CONTEXTS_DEFAULT 1024
#define CONFIG_BACKING_ENTRIES_DEFAULT (1 << 20) /* 4 GiB of scattered pages */
#define CONFIG_TRACE_DEFAULT (UINT64_C(16) << 20)
#define CONFIG_RECORD_DEFAULT (UINT64_C(1) << 30)

enum config_section {
	CONFIG_SECTION_NONE,
	CONFIG_SECTION_DAEMON,
	CONFIG_SECTION_GUEST,
	CONFIG_SECTION_INPUT,
	CONFIG_SECTION_WRONG, /* said so; its keys are not looked at */
};

struct config_reading {
	struct config *config;
	struct settings_errors *errors;
	unsigned daemon_line; /* of [mulliond]; 0: not seen */

	/* of the section being read */
	enum config_section section;
	struct config_guest *guest;
	struct config_input *input;
	unsigned key_lines[CONFIG_KEYS_MAX]; /* where a key was set; 0: it was not */
	unsigned head_lines[LIMIT_HEADS][CONFIG_HEAD_KEYS];
};

/* The number in "head12", what follows it in `rest`; or -1. */
static int head_index(const char *key, const char **rest)
{
	size_t digits = strncmp(key, "head", 4) == 0 ? strspn(key + 4, "0123456789") : 0;
	char number[4];
	uint64_t index;

	if (!digits || digits >= sizeof(number) || (key[4] == '0' && digits > 1))
		return -1; /* "head01" */
	memcpy(number, key + 4, digits);
	number[digits] = '\0';
	*rest = key + 4 + digits;
	return value_parse_uint(number, 0, LIMIT_HEADS - 1, &index) ? (int)index : -1;
}

/* Keys of one struct. */
struct config_keys {
	const struct settings_key *keys;
	size_t n;
	unsigned *lines; /* where each was set */
	void *to;
};

/* `name` is what the table knows of `key`. */
static void config_set(struct config_reading *reading, unsigned line,
	const struct config_keys *all, const char *key, const char *name, const char *value)
{
	const struct settings_key *found = settings_key_find(all->keys, all->n, name);

	if (found)
		settings_set(reading->errors, line, key, found, &all->lines[found - all->keys],
			all->to, value);
	else
		settings_refuse_key(reading->errors, line, key);
}

static void config_set_guest(
	struct config_reading *reading, unsigned line, const char *key, const char *value)
{
	struct config_keys keys = { config_guest_keys, CONFIG_KEYS_MAX, reading->key_lines,
		reading->guest };
	const char *name = key;
	int head = head_index(key, &name);

	if (head >= 0)
		keys = (struct config_keys){ config_head_keys, CONFIG_HEAD_KEYS,
			reading->head_lines[head], &reading->guest->heads[head] };
	config_set(reading, line, &keys, key, head >= 0 ? name : key, value);
}

static void config_handle_setting(void *data, unsigned line, const char *key, const char *value)
{
	struct config_reading *reading = data;

	switch (reading->section) {
	case CONFIG_SECTION_NONE:
		settings_error(reading->errors, line, "%.*s: expected a section such as [mulliond] first",
			SETTINGS_SHOWN, key);
		break;
	case CONFIG_SECTION_DAEMON:
		config_set(reading, line,
			&(struct config_keys){ config_daemon_keys, CONFIG_KEYS_MAX,
				reading->key_lines, reading->config },
			key, key, value);
		break;
	case CONFIG_SECTION_GUEST:
		config_set_guest(reading, line, key, value);
		if (strcmp(key, "presenter") == 0)
			reading->guest->has_presenter = true;
		break;
	case CONFIG_SECTION_INPUT:
		config_set(reading, line,
			&(struct config_keys){ config_input_keys, CONFIG_KEYS_MAX,
				reading->key_lines, reading->input },
			key, key, value);
		break;
	case CONFIG_SECTION_WRONG:
		break;
	}
}

/* Keys that mean nothing to a guest of its type. */
static void config_check_keys(struct config_reading *reading, const struct config_guest *guest)
{
	bool container = guest->type == CONFIG_TYPE_CONTAINER;
	const char *refusal = container ? "a guest of type = container has no such thing" :
					  "only a guest of type = container has this";

	for (size_t i = 0; i < CONFIG_KEYS_MAX && config_guest_keys[i].name; i++) {
		if (reading->key_lines[i] && !config_key_is_for(&config_guest_keys[i], guest->type))
			settings_error(reading->errors, reading->key_lines[i], "%s: %s",
				config_guest_keys[i].name, refusal);
	}
	for (uint32_t i = 0; container && i < LIMIT_HEADS; i++) {
		for (size_t key = 0; key < CONFIG_HEAD_KEYS; key++) {
			if (reading->head_lines[i][key])
				settings_error(reading->errors, reading->head_lines[i][key], "head%u%s: %s", i,
					config_head_keys[key].name, refusal);
		}
	}
}

/* The heads that it has, and those that it may get. */
static void config_end_guest(struct config_reading *reading, struct config_guest *guest)
{
	if (!guest->max_heads)
		guest->max_heads = guest->n_heads;
	if (guest->max_heads < guest->n_heads)
		settings_error(reading->errors, 0, "[guest %s]: max-heads = %u is less than heads = %u",
			guest->name, guest->max_heads, guest->n_heads);
	for (uint32_t i = guest->max_heads; i < LIMIT_HEADS; i++) {
		for (size_t key = 0; key < CONFIG_HEAD_KEYS && i >= guest->n_heads; key++) {
			if (reading->head_lines[i][key])
				settings_error(reading->errors, reading->head_lines[i][key],
					"head%u%s: [guest %s] has at most %u head%s, and numbers start at 0",
					i, config_head_keys[key].name, guest->name, guest->max_heads,
					guest->max_heads == 1 ? "" : "s");
		}
	}
}

/* What a device cannot be given without. */
static void config_end_input(struct config_reading *reading, const struct config_input *input)
{
	static const char *const needed[] = { "device", "guest" };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const struct settings_key *key =
			settings_key_find(config_input_keys, CONFIG_KEYS_MAX, needed[i]);
		if (!reading->key_lines[key - config_input_keys])
			settings_error(reading->errors, 0, "[input %s]: %s is missing", input->name,
				needed[i]);
	}
}

/* What can be said of a section once its last line is read. */
static void config_end_section(struct config_reading *reading)
{
	if (reading->guest)
		config_check_keys(reading, reading->guest);
	if (reading->guest && reading->guest->type == CONFIG_TYPE_VM)
		config_end_guest(reading, reading->guest);
	if (reading->input)
		config_end_input(reading, reading->input);
	reading->section = CONFIG_SECTION_WRONG;
	reading->guest = NULL;
	reading->input = NULL;
	memset(reading->key_lines, 0, sizeof(reading->key_lines));
	memset(reading->head_lines, 0, sizeof(reading->head_lines));
}

static struct config_guest *config_guest_create(const char *name)
{
	struct config_guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return NULL;
	strcpy(guest->name, name);
	guest->max_clients = CONFIG_CLIENTS_DEFAULT;
	guest->n_heads = 1;
	guest->resize_follows = true;
	guest->inputs = 1u << INPUT_TOUCH | 1u << INPUT_POINTER | 1u << INPUT_KEYBOARD |
		1u << INPUT_MOUSE;
	for (uint32_t i = 0; i < LIMIT_HEADS; i++)
		guest->heads[i] = (struct config_head){
			.width_px = 1024, .height_px = 768, .refresh_mhz = 60000 };
	guest->renderer = CONFIG_RENDERER_VIRGL;
	guest->memory_bytes = CONFIG_MEMORY_DEFAULT;
	guest->max_contexts = CONFIG_CONTEXTS_DEFAULT;
	guest->max_resources = STATE_RESOURCES;
	guest->max_backing_entries = CONFIG_BACKING_ENTRIES_DEFAULT;
	guest->max_fences = STATE_QUEUE_SIZE;
	guest->max_deaths = 5;
	guest->strikes.max = CONFIG_STRIKES_DEFAULT;
	guest->strikes.window_ms = CONFIG_STRIKES_WINDOW_DEFAULT_MS;
	guest->terms = (struct policy_terms)POLICY_TERMS_DEFAULT;
	guest->trace_bytes = CONFIG_TRACE_DEFAULT;
	guest->record_bytes = CONFIG_RECORD_DEFAULT;
	return guest;
}

#define EXPECTED_NAME                                                                              \
	"expected a name of 1 to 63 letters, digits, '.', '_' and '-', not starting with '.' or "  \
	"'-'"

/* Why there can be no such guest, or NULL. */
static const char *config_refuse_guest(const struct config *config, const char *name)
{
	if (!value_is_name(name))
		return EXPECTED_NAME;
	if (strcmp(name, "control.sock") == 0)
		return "the control socket has this name";
	if (config_guest_find(config, name))
		return "there is a guest of this name already";
	if (config->n_guests == CONFIG_GUESTS_MAX)
		return "there are 256 guests already";
	return NULL;
}

static void config_add_guest(struct config_reading *reading, unsigned line, const char *name)
{
	struct config *config = reading->config;
	const char *refusal = config_refuse_guest(config, name);

	if (refusal) {
		settings_error(reading->errors, line, "[guest %.*s]: %s", SETTINGS_SHOWN, name, refusal);
		return;
	}
	struct config_guest *guest = config_guest_create(name);
	if (!guest) {
		settings_error(reading->errors, line, "[guest %s]: %s", name, strerror(ENOMEM));
		return;
	}
	list_append(&config->guests, &guest->link);
	config->n_guests++;
	reading->guest = guest;
	reading->section = CONFIG_SECTION_GUEST;
}

static const char *config_refuse_input(const struct config *config, const char *name)
{
	if (!value_is_name(name))
		return EXPECTED_NAME;
	if (config_input_find(config, name))
		return "there is an input of this name already";
	if (config->n_inputs == CONFIG_INPUTS_MAX)
		return "there are 256 inputs already";
	return NULL;
}

static void config_add_input(struct config_reading *reading, unsigned line, const char *name)
{
	struct config *config = reading->config;
	const char *refusal = config_refuse_input(config, name);

	if (refusal) {
		settings_error(reading->errors, line, "[input %.*s]: %s", SETTINGS_SHOWN, name, refusal);
		return;
	}
	struct config_input *input = config_input_create(name);
	if (!input) {
		settings_error(reading->errors, line, "[input %s]: %s", name, strerror(ENOMEM));
		return;
	}
	list_append(&config->inputs, &input->link);
	config->n_inputs++;
	reading->input = input;
	reading->section = CONFIG_SECTION_INPUT;
}

static void config_handle_section(void *data, unsigned line, const char *name)
{
	struct config_reading *reading = data;

	config_end_section(reading);
	if (strcmp(name, "mulliond") == 0) {
		if (settings_claim(reading->errors, line, "[mulliond]", &reading->daemon_line))
			reading->section = CONFIG_SECTION_DAEMON;
	} else if (strncmp(name, "guest ", 6) == 0) {
		config_add_guest(reading, line, name + 6);
	} else if (strncmp(name, "input ", 6) == 0) {
		config_add_input(reading, line, name + 6);
	} else {
		settings_error(reading->errors, line,
			"expected [mulliond], [guest NAME] or [input NAME], got \"[%.*s]\"",
			SETTINGS_SHOWN, name);
	}
}

static bool config_handle_error(void *data, unsigned line, const char *what)
{
	struct config_reading *reading = data;

	settings_error(reading->errors, line, "%s", what);
	return !reading->errors->more;
}

static const struct ini_file_interface config_ini = {
	.example = "[guest NAME]",
	.section = config_handle_section,
	.setting = config_handle_setting,
	.error = config_handle_error,
};

/* As the XDG base directories have it, or the system's. */
static void config_default_socket_dir(struct config_reading *reading)
{
	char *dir = reading->config->socket_dir;
	const char *runtime_dir = getenv("XDG_RUNTIME_DIR");

	if (runtime_dir && *runtime_dir) {
		if (value_is_path(runtime_dir) && strlen(runtime_dir) < CONFIG_PATH_MAX - 8)
			sprintf(dir, "%s/mullion", runtime_dir);
		else
			settings_error(reading->errors, 0,
				"XDG_RUNTIME_DIR is no short absolute path: "
				"set socket-dir in [mulliond]");
	} else if (geteuid() == 0) {
		strcpy(dir, "/run/mullion");
	} else {
		settings_error(reading->errors, 0,
			"there is no XDG_RUNTIME_DIR: set socket-dir in [mulliond]");
	}
}

/* What one section leaves to another, and to the environment. */
static void config_complete(struct config_reading *reading)
{
	struct config *config = reading->config;
	struct config_guest *guest;

	config->user_is_default = !config->user[0];
	if (config->user_is_default)
		strcpy(config->user, "mullion");
	if (!config->socket_dir[0])
		config_default_socket_dir(reading);

	size_t dir_len = strlen(config->socket_dir);
	if (dir_len + CONFIG_SOCKET_FILE_MAX >= CONFIG_PATH_MAX)
		settings_error(reading->errors, 0, "socket-dir is too long for a socket's path");
	list_for_each(guest, &config->guests, link) {
		for (uint32_t i = 0; i < guest->max_heads; i++) {
			if (!guest->heads[i].stale_after_ms)
				guest->heads[i].stale_after_ms = guest->stale_after_ms;
		}
		if (!guest->has_presenter)
			guest->presenter = config->presenter;
		if (!guest->render_node[0])
			strcpy(guest->render_node, config->render_node);
		size_t len = dir_len + 1 + strlen(guest->name);
		if (len + CONFIG_SOCKET_FILE_MAX >= CONFIG_PATH_MAX)
			settings_error(reading->errors, 0,
				"[guest %s]: the name is %zu characters too long for a socket's "
				"path below %s",
				guest->name, len + CONFIG_SOCKET_FILE_MAX - CONFIG_PATH_MAX + 1,
				config->socket_dir);
	}
}

/* Terms that contradict each other, or promise more of the GPU than there is. */
static void config_check_terms(struct config_reading *reading)
{
	const struct config_guest *guest;
	uint32_t reserved_ppm = 0;

	list_for_each(guest, &reading->config->guests, link) {
		const struct policy_terms *terms = &guest->terms;
		if (!policy_terms_fit(terms))
			settings_error(reading->errors, 0,
				"[guest %s]: its reservation is more than its cap", guest->name);
		if (terms->runtime_ns)
			reserved_ppm += reservation_ppm(terms->runtime_ns, terms->period_ns);
	}
	if (reserved_ppm > RESERVATION_SUM_MAX_PPM)
		settings_error(reading->errors, 0,
			"the reservations of all guests are %u%% of the GPU: at most 90%% can be",
			reserved_ppm / 10000);
}

static void config_check_inputs(struct config_reading *reading)
{
	const struct config_input *input;
	char why[256];

	list_for_each (input, &reading->config->inputs, link) {
		if (!config_input_check(reading->config, input, why, sizeof(why)))
			settings_error(reading->errors, 0, "[input %s]: %s", input->name, why);
	}
}

static struct config *config_create(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	list_init(&config->guests);
	list_init(&config->inputs);
	config->presenter = CONFIG_PRESENTER_WAYLAND;
	strcpy(config->render_node, "auto");
	config->log_level = LOG_LEVEL_INFO;
	config->in_flight = 1;
	config->mediates = true;
	return config;
}

void config_destroy(struct config *config)
{
	struct config_guest *guest, *next;

	if (!config)
		return;
	list_for_each_safe(guest, next, &config->guests, link)
		free(guest);
	config_free_inputs(config);
	free(config);
}

int config_load(const char *path, struct config **config, struct settings_errors *errors)
{
	struct config_reading reading = {
		.config = config_create(),
		.errors = errors,
	};

	settings_errors_start(errors, path, "mullion.conf(5)");
	int ret = reading.config ? ini_file_read(path, &config_ini, &reading) : -ENOMEM;
	if (ret < 0) {
		settings_error(errors, 0, "%s", strerror(-ret));
		goto fail;
	}
	config_end_section(&reading);
	config_complete(&reading);
	config_check_terms(&reading);
	config_check_inputs(&reading);
	if (errors->n) {
		ret = -EINVAL;
		goto fail;
	}
	*config = reading.config;
	return 0;
fail:
	config_destroy(reading.config);
	return ret;
}

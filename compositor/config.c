/* SPDX-License-Identifier: MIT */
/* The configuration file: its sections, and what they mean together. */
#include "compositor/config.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ini_file.h"
#include "compositor/config_keys.h"
#include "compositor/config_region.h"

struct config_reading;

/* A kind of section: [WORD], or [WORD NAME]. */
struct config_section {
	const char *word;
	bool has_name;
	const struct settings_key *keys;
	/* What its keys fill; NULL: there can be none, which was said. */
	void *(*open)(struct config_reading *reading, unsigned line, const char *name);
};

struct config_reading {
	struct config *config;
	struct settings_errors *errors;
	unsigned compositor_line, keyboard_line; /* 0: not seen */

	/* of the section being read */
	const struct config_section *section; /* NULL: none, or a wrong one */
	bool was_section;
	void *to;
	unsigned key_lines[CONFIG_KEYS_MAX]; /* where a key was set; 0: it was not */
};

/* -- what sections fill -- */

static void *open_compositor(struct config_reading *reading, unsigned line, const char *name)
{
	return settings_claim(reading->errors, line, "[compositor]", &reading->compositor_line)
		       ? reading->config
		       : NULL;
}

static void *open_keyboard(struct config_reading *reading, unsigned line, const char *name)
{
	return settings_claim(reading->errors, line, "[keyboard]", &reading->keyboard_line)
		       ? &reading->config->keyboard
		       : NULL;
}

static void *refuse_section(struct config_reading *reading, unsigned line, const char *word,
	const char *name, const char *why)
{
	settings_error(reading->errors, line, "[%s %.*s]: %s", word, SETTINGS_SHOWN, name, why);
	return NULL;
}

static void *open_output(struct config_reading *reading, unsigned line, const char *name)
{
	struct config *config = reading->config;

	if (!*name || strlen(name) >= CONFIG_TEXT_MAX)
		return refuse_section(reading, line, "output", name,
			"expected a name such as DP-1, of 1 to 127 bytes");
	if (config_find_output(config, name))
		return refuse_section(
			reading, line, "output", name, "there is a section for it already");
	struct config_output *output = config_add_output(config, name);
	return output ? output
		      : refuse_section(
				reading, line, "output", name, "there are 16 outputs already");
}

static void *open_window(struct config_reading *reading, unsigned line, const char *name)
{
	struct config *config = reading->config;

	if (!*name || strlen(name) >= CONFIG_TEXT_MAX)
		return refuse_section(
			reading, line, "window", name, "expected an app-id of 1 to 127 bytes");
	for (uint32_t i = 0; i < config->n_windows; i++) {
		if (strcmp(config->windows[i].app_id, name) == 0)
			return refuse_section(
				reading, line, "window", name, "there is a section for it already");
	}
	if (config->n_windows == CONFIG_WINDOWS_MAX)
		return refuse_section(
			reading, line, "window", name, "there are 64 windows already");
	struct config_window *window = &config->windows[config->n_windows++];
	strcpy(window->app_id, name);
	return window;
}

static void *open_input(struct config_reading *reading, unsigned line, const char *name)
{
	struct config *config = reading->config;

	if (!*name || strlen(name) >= CONFIG_TEXT_MAX)
		return refuse_section(reading, line, "input", name,
			"expected the name or the path of a device, of 1 to 127 bytes");
	if (config_find_input(config, name, name))
		return refuse_section(
			reading, line, "input", name, "there is a section for it already");
	if (config->n_inputs == CONFIG_INPUTS_MAX)
		return refuse_section(reading, line, "input", name, "there are 64 inputs already");
	struct config_input *input = &config->inputs[config->n_inputs++];
	strcpy(input->device, name);
	return input;
}

static const struct config_section sections[] = {
	{ "compositor", false, config_compositor_keys, open_compositor },
	{ "keyboard", false, config_keyboard_keys, open_keyboard },
	{ "output", true, config_output_keys, open_output },
	{ "window", true, config_window_keys, open_window },
	{ "input", true, config_input_keys, open_input },
};

/* -- lines -- */

static void config_handle_section(void *data, unsigned line, const char *text)
{
	struct config_reading *reading = data;
	const char *name = NULL;

	memset(reading->key_lines, 0, sizeof(reading->key_lines));
	reading->was_section = true;
	reading->section = NULL;
	for (size_t i = 0; !name && i < sizeof(sections) / sizeof(sections[0]); i++) {
		size_t len = strlen(sections[i].word);
		if (strncmp(text, sections[i].word, len) != 0)
			continue;
		if (text[len] == (sections[i].has_name ? ' ' : '\0')) {
			name = text + len + sections[i].has_name;
			reading->section = &sections[i];
		}
	}
	if (!name) {
		settings_error(reading->errors, line,
			"expected [compositor], [keyboard], [output NAME], [window APP-ID] or "
			"[input NAME], got \"[%.*s]\"",
			SETTINGS_SHOWN, text);
		return;
	}
	reading->to = reading->section->open(reading, line, name);
	if (!reading->to)
		reading->section = NULL;
}

static void config_handle_setting(void *data, unsigned line, const char *key, const char *value)
{
	struct config_reading *reading = data;

	if (!reading->was_section)
		settings_error(reading->errors, line,
			"%.*s: expected a section such as [compositor] first", SETTINGS_SHOWN, key);
	if (!reading->section)
		return;
	const struct settings_key *keys = reading->section->keys;
	if (keys == config_output_keys && config_region_is_key(key)) {
		config_region_set(reading->errors, reading->config, reading->to, line, key, value);
		return;
	}
	const struct settings_key *found = settings_key_find(keys, CONFIG_KEYS_MAX, key);
	if (found)
		settings_set(reading->errors, line, key, found, &reading->key_lines[found - keys],
			reading->to, value);
	else
		settings_refuse_key(reading->errors, line, key);
}

static bool config_handle_error(void *data, unsigned line, const char *what)
{
	struct config_reading *reading = data;

	settings_error(reading->errors, line, "%s", what);
	return !reading->errors->more;
}

static const struct ini_file_interface config_ini = {
	.example = "[output NAME]",
	.section = config_handle_section,
	.setting = config_handle_setting,
	.error = config_handle_error,
};

/* -- life -- */

struct config *config_create(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	config->log_level = LOG_LEVEL_INFO;
	config->keyboard.repeat_rate = 25;
	config->keyboard.repeat_delay_ms = 600;
	return config;
}

void config_destroy(struct config *config)
{
	free(config);
}

int config_load(const char *path, struct config **config, struct settings_errors *errors)
{
	struct config_reading reading = { .config = config_create(), .errors = errors };

	settings_errors_start(errors, path, "mullion-compositor.conf(5)");
	int ret = reading.config ? ini_file_read(path, &config_ini, &reading) : -ENOMEM;
	if (ret < 0)
		settings_error(errors, 0, "%s", strerror(-ret));
	else
		config_regions_check(errors, reading.config);
	if (ret == 0 && errors->n)
		ret = -EINVAL;
	if (ret == 0)
		*config = reading.config;
	else
		config_destroy(reading.config);
	return ret;
}

/* -- what is looked for -- */

struct config_output *config_add_output(struct config *config, const char *name)
{
	if (config->n_outputs == CONFIG_OUTPUTS_MAX)
		return NULL;
	struct config_output *output = &config->outputs[config->n_outputs++];
	output->is_enabled = true;
	output->scale_120 = 120;
	snprintf(output->name, sizeof(output->name), "%s", name);
	return output;
}

struct config_output *config_find_output(const struct config *config, const char *name)
{
	for (uint32_t i = 0; i < config->n_outputs; i++) {
		if (strcmp(config->outputs[i].name, name) == 0)
			return (struct config_output *)&config->outputs[i];
	}
	return NULL;
}

struct config_output *config_find_screen(
	const struct config *config, const char *connector, const struct screen_identity *identity)
{
	struct config_output *output = config_find_output(config, connector);
	char name[sizeof(*identity)];

	if (output || !identity->make[0])
		return output;
	snprintf(name, sizeof(name), "%s%s%s%s%s", identity->make, identity->model[0] ? " " : "",
		identity->model, identity->serial[0] ? " " : "", identity->serial);
	return config_find_output(config, name);
}

const struct config_background *config_background_of(
	const struct config *config, const struct config_output *output)
{
	return output && output->background.is_set ? &output->background : &config->background;
}

struct screen_use config_use_output(
	const struct config_output *output, enum wl_output_transform mounted)
{
	if (!output)
		return (struct screen_use){ .transform = mounted, .scale_120 = 120 };
	return (struct screen_use){
		.transform = output->transform.is_set ? output->transform.is : mounted,
		.scale_120 = output->scale_120,
		.is_placed = output->place.is_set,
		.x = output->place.x,
		.y = output->place.y,
		.brightness_percent = output->brightness_percent,
		.vrr = output->vrr,
	};
}

const struct config_window *config_find_window(const struct config *config, const char *app_id)
{
	for (uint32_t i = 0; i < config->n_windows; i++) {
		if (fnmatch(config->windows[i].app_id, app_id, 0) == 0)
			return &config->windows[i];
	}
	return NULL;
}

const struct config_input *config_find_input(
	const struct config *config, const char *name, const char *path)
{
	for (uint32_t i = 0; i < config->n_inputs; i++) {
		const char *device = config->inputs[i].device;
		if ((name && strcmp(device, name) == 0) || (path && strcmp(device, path) == 0))
			return &config->inputs[i];
	}
	return NULL;
}

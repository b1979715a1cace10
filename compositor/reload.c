/* SPDX-License-Identifier: MIT */
/* The configuration, read again. */
#include "compositor/reload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "compositor/backend.h"
#include "compositor/config.h"
#include "compositor/config_keys.h"
#include "compositor/layout.h"
#include "compositor/options.h"
#include "compositor/output.h"
#include "compositor/seat/seat.h"
#include "compositor/server.h"

int reload_read(
	const struct options *options, struct config **config, struct settings_errors *errors)
{
	const char *path = options->config ? options->config : MULLION_COMPOSITOR_CONFIG;
	int ret;

	if (!options->config && access(path, F_OK) < 0) {
		log_info("there is no %s: all is as by default", path);
		settings_errors_start(errors, path, "");
		*config = config_create();
		return *config ? 0 : -ENOMEM;
	}
	ret = config_load(path, config, errors);
	for (size_t i = 0; i < errors->n; i++)
		log_error("%s", errors->lines[i]);
	if (errors->more)
		log_error("... and more of them");
	if (ret == 0)
		log_info("the configuration is %s", path);
	return ret;
}

static bool has_screen(const struct server *server, const struct config_output *output)
{
	const struct screen *screen;

	list_for_each (screen, &server->screens, link) {
		if (config_find_screen(server->config, screen->name, &screen->identity) == output)
			return true;
	}
	return false;
}

static void say_no_output(
	const struct server *server, const char *kind, const char *name, const char *output)
{
	if (output[0] && !output_find(server, output))
		log_warn("[%s %s]: there is no output %s", kind, name, output);
}

void reload_say_missing(const struct server *server)
{
	const struct config *config = server->config;

	for (uint32_t i = 0; i < config->n_outputs; i++) {
		const struct config_output *output = &config->outputs[i];
		if (output->is_enabled && !has_screen(server, output))
			log_warn("there is no output %s", output->name);
	}
	for (uint32_t i = 0; i < config->n_windows; i++)
		say_no_output(
			server, "window", config->windows[i].app_id, config->windows[i].output);
	for (uint32_t i = 0; i < config->n_inputs; i++)
		say_no_output(server, "input", config->inputs[i].device, config->inputs[i].output);
}

int reload(struct server *server, const struct options *options, struct settings_errors *errors)
{
	struct config *now = server->config, *wanted;
	struct output *output;

	int ret = reload_read(options, &wanted, errors);
	if (ret == 0 && !options_apply(options, wanted)) {
		config_destroy(wanted);
		settings_error(errors, 0, "the command line does not go with it");
		ret = -EINVAL;
	}
	if (ret < 0) {
		log_error("the configuration is wrong: nothing changes");
		return ret;
	}
	settings_say_kept("compositor", "", config_compositor_keys, CONFIG_KEYS_MAX, CONFIG_AT_ONCE,
		now, wanted);
	if (!options->verbose)
		log_init("mullion-compositor", wanted->log_level);
	server->config = wanted;
	server->backend->renew(server->backend);
	list_for_each (output, &server->outputs, link)
		output_renew_backdrop(output);
	layout_renew(server);
	seat_renew(server->seat, now);
	reload_say_missing(server);
	config_destroy(now);
	log_info("has read the configuration again");
	return 0;
}

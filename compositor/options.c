/* SPDX-License-Identifier: MIT */
/* The command line. */
#include "compositor/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "compositor/config_keys.h"
#include "compositor/config_value.h"

static const char usage[] =
	"usage: mullion-compositor [OPTION]...\n"
	"  --config FILE           default: " MULLION_COMPOSITOR_CONFIG "\n"
	"  --check                 say what is wrong with the configuration, and end\n"
	"  --control PATH          the control socket; default: in $XDG_RUNTIME_DIR\n"
	"  --backend kms|headless  screens (the default), or pictures in memory\n"
	"  --device PATH           the card; default: the first that has a screen\n"
	"  --output [NAME=]WIDTHxHEIGHT[@HZ][*SCALE]\n"
	"                          headless: an output more; kms: the mode of output NAME\n"
	"  --place APP_ID=OUTPUT   windows of that app-id go to that output\n"
	"  --renderer auto|gl|pixman\n"
	"                          what paints; default: GL where there is a GPU\n"
	"  --socket NAME           default: the first free one of wayland-N\n"
	"  --realtime PRIORITY     real-time scheduling, 1 to 99\n"
	"  --lock-memory yes|no    keep all memory in RAM\n"
	"  --verbose               say more in the log\n"
	"  --version\n"
	"See mullion-compositor(1) and mullion-compositor.conf(5).\n";

int options_read(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "backend", required_argument, NULL, 'b' },
		{ "check", no_argument, NULL, 'k' },
		{ "config", required_argument, NULL, 'c' },
		{ "control", required_argument, NULL, 'C' },
		{ "device", required_argument, NULL, 'd' },
		{ "output", required_argument, NULL, 'o' },
		{ "place", required_argument, NULL, 'p' },
		{ "renderer", required_argument, NULL, 'r' },
		{ "socket", required_argument, NULL, 's' },
		{ "realtime", required_argument, NULL, 'R' },
		{ "lock-memory", required_argument, NULL, 'L' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*options = (struct options){ 0 };
	while ((option = getopt_long(argc, argv, "b:c:d:o:s:v", known, NULL)) != -1) {
		size_t i = 0;
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'k':
			options->checks = true;
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'V':
			printf("mullion-compositor %s\n", MULLION_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case '?':
			fputs(usage, stderr);
			return 2;
		default:
			while (known[i].val != option)
				i++;
			if (options->n_set == OPTIONS_SET_MAX) {
				fprintf(stderr, "mullion-compositor: too many options\n");
				return 2;
			}
			options->set[options->n_set].name = known[i].name;
			options->set[options->n_set++].value = optarg;
			break;
		}
	}
	if (optind == argc)
		return -1;
	fputs(usage, stderr);
	return 2;
}

/* [NAME=]MODE[*SCALE] */
static bool options_set_output(struct config *config, const char *text)
{
	char name[CONFIG_OUTPUT_NAME_MAX], mode[CONFIG_TEXT_MAX];
	const char *equals = strchr(text, '=');
	struct config_output parsed = { .scale_120 = 120 };

	/* The first that there is not yet. */
	for (uint32_t i = 0; i == 0 || config_find_output(config, name); i++)
		snprintf(name, sizeof(name), "HEADLESS-%u", i + 1);
	if (equals) {
		snprintf(mode, sizeof(mode), "%.*s", (int)(equals - text), text);
		if (!value_to_output_name(mode, name))
			return false;
		text = equals + 1;
	} else if (config->backend == CONFIG_BACKEND_KMS) {
		return false;
	}
	const char *star = strchr(text, '*');
	snprintf(mode, sizeof(mode), "%.*s", star ? (int)(star - text) : -1, text);
	if (!value_to_mode(mode, &parsed.mode) ||
		(star && !value_to_scale(star + 1, &parsed.scale_120)))
		return false;
	struct config_output *output = config_find_output(config, name);
	if (!output)
		output = config_add_output(config, name);
	if (!output)
		return false;
	output->is_enabled = true;
	output->mode = parsed.mode;
	output->scale_120 = parsed.scale_120;
	return true;
}

/* An app-id may have a '=' in it, an output's name has none. All else as there is a section. */
static bool options_set_place(struct config *config, const char *text)
{
	const char *equals = strrchr(text, '=');
	char app_id[CONFIG_TEXT_MAX] = "", output[CONFIG_OUTPUT_NAME_MAX];
	size_t len = equals ? equals - text : 0;

	if (len == 0 || len >= sizeof(app_id) || !value_to_output_name(equals + 1, output) ||
		config->n_windows == CONFIG_WINDOWS_MAX)
		return false;
	memcpy(app_id, text, len);
	const struct config_window *like = config_find_window(config, app_id);
	struct config_window window = like ? *like : (struct config_window){ 0 };
	strcpy(window.app_id, app_id);
	strcpy(window.output, output);
	memmove(&config->windows[1], &config->windows[0],
		config->n_windows++ * sizeof(config->windows[0]));
	config->windows[0] = window;
	return true;
}

static const char output_expected[] =
	"[NAME=]WIDTHxHEIGHT[@HZ][*SCALE], with a NAME for a screen, 16 at most";

/* NULL: done; else what is expected. */
static const char *options_set(struct config *config, const char *name, const char *value)
{
	if (strcmp(name, "output") == 0)
		return options_set_output(config, value) ? NULL : output_expected;
	if (strcmp(name, "place") == 0)
		return options_set_place(config, value) ? NULL : "APP_ID=OUTPUT, 64 at most";
	const struct settings_key *key =
		settings_key_find(config_compositor_keys, CONFIG_KEYS_MAX, name);
	return key->parse(value, (char *)config + key->offset) ? NULL : key->expected;
}

/* The back end first: what an output's name may be depends on it. */
bool options_apply(const struct options *options, struct config *config)
{
	for (int of_backend = 1; of_backend >= 0; of_backend--) {
		for (uint32_t i = 0; i < options->n_set; i++) {
			const char *name = options->set[i].name;
			const char *value = options->set[i].value;
			if ((strcmp(name, "backend") == 0) != of_backend)
				continue;
			const char *expected = options_set(config, name, value);
			if (expected) {
				log_error("--%s: expected %s, got \"%s\"", name, expected, value);
				return false;
			}
		}
	}
	return true;
}

/* SPDX-License-Identifier: MIT */
/* The command line. */
#include "compositor/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: mullion-compositor [OPTION]...\n"
	"  --backend kms|headless  screens (the default), or pictures in memory\n"
	"  --device PATH           the card; default: the first that has a screen\n"
	"  --output [NAME=]WIDTHxHEIGHT[@HZ][*SCALE]\n"
	"                          headless: an output more; kms: the mode of output NAME\n"
	"  --place APP_ID=OUTPUT   windows of that app-id go to that output\n"
	"  --screenshots DIR       SIGUSR1 writes what outputs show to DIR/NAME.png\n"
	"  --socket NAME           default: the first free one of wayland-N\n"
	"  --verbose               say more in the log\n"
	"  --version\n"
	"See mullion-compositor(1).\n";

static bool options_add_output(struct options *options, const char *text)
{
	if (options->n_outputs == OUTPUT_SPECS_MAX)
		return false;
	return output_spec_parse(&options->outputs[options->n_outputs], text) &&
	       ++options->n_outputs;
}

/* An app-id may have a '=' in it, an output's name has none. */
static bool options_add_place(struct options *options, char *text)
{
	char *equals = strrchr(text, '=');

	if (!equals || equals == text || !equals[1] || options->n_places == SERVER_PLACES_MAX)
		return false;
	*equals = '\0';
	options->places[options->n_places++] =
		(struct server_place){ .app_id = text, .output = equals + 1 };
	return true;
}

static bool options_set_backend(struct options *options, const char *name)
{
	options->backend =
		strcmp(name, "headless") == 0 ? OPTIONS_BACKEND_HEADLESS : OPTIONS_BACKEND_KMS;
	return options->backend == OPTIONS_BACKEND_HEADLESS || strcmp(name, "kms") == 0;
}

/* Two of one name would be one to whoever asks for it. */
static bool options_check(const struct options *options)
{
	for (uint32_t i = 0; i < options->n_outputs; i++) {
		const char *name = options->outputs[i].name;
		if (!name[0] && options->backend == OPTIONS_BACKEND_KMS) {
			fprintf(stderr, "mullion-compositor: --output needs NAME= on screens\n");
			return false;
		}
		for (uint32_t j = 0; j < i; j++) {
			if (name[0] && strcmp(name, options->outputs[j].name) == 0) {
				fprintf(stderr, "mullion-compositor: output %s is there twice\n",
					name);
				return false;
			}
		}
	}
	return true;
}

int options_read(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "backend", required_argument, NULL, 'b' },
		{ "device", required_argument, NULL, 'd' },
		{ "output", required_argument, NULL, 'o' },
		{ "place", required_argument, NULL, 'p' },
		{ "screenshots", required_argument, NULL, 'S' },
		{ "socket", required_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool is_good = true;
	int option;

	*options = (struct options){ .backend = OPTIONS_BACKEND_KMS };
	while (is_good && (option = getopt_long(argc, argv, "b:d:o:s:v", known, NULL)) != -1) {
		switch (option) {
		case 'b':
			is_good = options_set_backend(options, optarg);
			break;
		case 'd':
			options->device = optarg;
			break;
		case 'o':
			is_good = options_add_output(options, optarg);
			break;
		case 'p':
			is_good = options_add_place(options, optarg);
			break;
		case 'S':
			options->screenshots = optarg;
			break;
		case 's':
			options->socket = optarg;
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
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!is_good)
		fprintf(stderr, "mullion-compositor: %s cannot be\n", optarg);
	if (is_good && optind == argc && options_check(options))
		return -1;
	fputs(usage, stderr);
	return 2;
}

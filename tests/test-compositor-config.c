/* SPDX-License-Identifier: MIT */
/* The compositor's configuration: what it gives, and what each wrong line is answered with. */
#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compositor/config.h"
#include "compositor/options.h"
#include "tests/config_file.h"

#define BACKGROUND_EXPECTED                                                                        \
	"expected a colour such as #20262c, or the absolute path of a PNG file, without '.' and "  \
	"'..', got "
#define REGION_EXPECTED "expected X,Y,WxH such as 0,0,1280x720, got "
#define SCALE_EXPECTED "expected a number from 0.5 to 8, got "
#define NO_SUCH_KEY ": no such key in this section, see mullion-compositor.conf(5)"
#define SECTION_EXPECTED                                                                           \
	"expected [compositor], [keyboard], [output NAME], [window APP-ID] or [input NAME], got "
#define REGION_NAME_EXPECTED ": expected a name of 1 to 31 letters, digits, '.', '_' and '-'"

static void test_defaults(void **state)
{
	struct config *config = config_file_load_good("\n# nothing\n[output DP-1]\n");

	assert_int_equal(config->backend, CONFIG_BACKEND_KMS);
	assert_string_equal(config->device, "");
	assert_string_equal(config->socket, "");
	assert_string_equal(config->control, "");
	assert_false(config->background.is_set);
	assert_int_equal(config->renderer, CONFIG_RENDERER_AUTO);
	assert_int_equal(config->idle_timeout_ms, 0);
	assert_int_equal(config->realtime, 0);
	assert_false(config->locks_memory);
	assert_int_equal(config->log_level, LOG_LEVEL_INFO);
	assert_int_equal(config->keyboard.repeat_rate, 25);
	assert_int_equal(config->keyboard.repeat_delay_ms, 600);
	assert_string_equal(config->keyboard.layout, "");
	const struct config_output *output = config_find_output(config, "DP-1");
	assert_true(output->is_enabled);
	assert_int_equal(output->mode.width_px, 0);
	assert_int_equal(output->scale_120, 120);
	assert_false(output->place.is_set);
	assert_false(output->transform.is_set);
	assert_false(output->vrr);
	assert_int_equal(output->brightness_percent, 0);
	assert_int_equal(output->n_regions, 0);
	assert_null(config_find_output(config, "DP-2"));
	assert_null(config_find_window(config, ""));
	assert_null(config_find_input(config, "x", NULL));
	config_destroy(config);
}

/* By its connector first, then by who made it, as much as it says of that. */
static void test_screens(void **state)
{
	const struct screen_identity full = { "PNP(ACM)", "Panel 7", "0042" };
	const struct screen_identity part = { .make = "PNP(ACM)", .serial = "0042" };
	const struct screen_identity nobody = { 0 };
	struct config *config = config_file_load_good("[output DP-1]\n"
						      "[output PNP(ACM) Panel 7 0042]\n"
						      "[output PNP(ACM) 0042]\n");

	assert_ptr_equal(config_find_screen(config, "DP-1", &full), &config->outputs[0]);
	assert_ptr_equal(config_find_screen(config, "DP-2", &full), &config->outputs[1]);
	assert_ptr_equal(config_find_screen(config, "DP-2", &part), &config->outputs[2]);
	assert_null(config_find_screen(config, "DP-2", &nobody));
	config_destroy(config);
}

static void test_compositor(void **state)
{
	struct config *config = config_file_load_good("[compositor]\n"
						      "backend = headless\n"
						      "device = /dev/dri/card1\n"
						      "socket = wayland-7\n"
						      "control = /run/c.sock\n"
						      "background = #0a1B2c ; dark\n"
						      "renderer = gl\n"
						      "idle-timeout = 600s\n"
						      "realtime = 99\n"
						      "lock-memory = yes\n"
						      "log-level = debug\n"
						      "[keyboard]\n"
						      "layout = de,us\n"
						      "variant = nodeadkeys,\n"
						      "options = ctrl:nocaps,grp:alt_shift_toggle\n"
						      "model = pc105\n"
						      "repeat-rate = 0\n"
						      "repeat-delay = 250ms\n");

	assert_int_equal(config->backend, CONFIG_BACKEND_HEADLESS);
	assert_string_equal(config->device, "/dev/dri/card1");
	assert_string_equal(config->socket, "wayland-7");
	assert_string_equal(config->control, "/run/c.sock");
	assert_true(config->background.is_set);
	assert_int_equal(config->background.colour, 0x0a1b2c);
	assert_int_equal(config->renderer, CONFIG_RENDERER_GL);
	assert_int_equal(config->idle_timeout_ms, 600000);
	assert_int_equal(config->realtime, 99);
	assert_true(config->locks_memory);
	assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
	assert_string_equal(config->keyboard.layout, "de,us");
	assert_string_equal(config->keyboard.variant, "nodeadkeys,");
	assert_string_equal(config->keyboard.options, "ctrl:nocaps,grp:alt_shift_toggle");
	assert_string_equal(config->keyboard.model, "pc105");
	assert_int_equal(config->keyboard.repeat_rate, 0);
	assert_int_equal(config->keyboard.repeat_delay_ms, 250);
	config_destroy(config);
}

static void test_outputs(void **state)
{
	struct config *config = config_file_load_good("[output DP-1]\n"
						      "mode = 1920x1080@59.94\n"
						      "scale = 1.25\n"
						      "position = -1920,40\n"
						      "transform = flipped-270\n"
						      "vrr = yes\n"
						      "brightness = 80%\n"
						      "background = /usr/share/back.png\n"
						      "region left = 0,0,960x1080\n"
						      "region right = 960,0,960x1080\n"
						      "[output HDMI-A-1]\n"
						      "enabled = no\n"
						      "mode = 1280x720\n"
						      "transform = normal\n");
	const struct config_output *output = config_find_output(config, "DP-1");

	assert_int_equal(config->n_outputs, 2);
	assert_int_equal(output->mode.width_px, 1920);
	assert_int_equal(output->mode.height_px, 1080);
	assert_int_equal(output->mode.refresh_mhz, 59940);
	assert_int_equal(output->scale_120, 150);
	assert_true(output->place.is_set);
	assert_int_equal(output->place.x, -1920);
	assert_int_equal(output->place.y, 40);
	assert_true(output->transform.is_set);
	assert_int_equal(output->transform.is, WL_OUTPUT_TRANSFORM_FLIPPED_270);
	assert_true(output->vrr);
	assert_int_equal(output->brightness_percent, 80);
	assert_true(output->background.is_set);
	assert_string_equal(output->background.picture, "/usr/share/back.png");
	assert_int_equal(output->n_regions, 2);
	assert_string_equal(output->regions[1].name, "right");
	assert_int_equal(output->regions[1].x, 960);
	assert_int_equal(output->regions[1].height_px, 1080);
	output = config_find_output(config, "HDMI-A-1");
	assert_false(output->is_enabled);
	assert_int_equal(output->mode.refresh_mhz, 0);
	assert_true(output->transform.is_set);
	assert_int_equal(output->transform.is, WL_OUTPUT_TRANSFORM_NORMAL);
	config_destroy(config);
}

static void test_windows_and_inputs(void **state)
{
	struct config *config = config_file_load_good("[window mullion.cluster.0]\n"
						      "output = left\n"
						      "[window mullion.*]\n"
						      "output = right\n"
						      "[window org.example.Warning]\n"
						      "layer = above\n"
						      "[input Some Touch Panel]\n"
						      "output = left\n"
						      "calibration = 0 1 0 -1 0 1\n"
						      "[input /dev/input/by-path/a-event]\n"
						      "ignored = yes\n");
	assert_string_equal(config_find_window(config, "mullion.cluster.0")->output, "left");
	assert_string_equal(config_find_window(config, "mullion.cluster.1")->output, "right");
	assert_int_equal(config_find_window(config, "mullion.x.1")->layer, CONFIG_LAYER_NORMAL);
	assert_int_equal(
		config_find_window(config, "org.example.Warning")->layer, CONFIG_LAYER_ABOVE);
	assert_null(config_find_window(config, "org.example.Other"));
	const struct config_input *input = config_find_input(config, "Some Touch Panel", "/dev/x");
	assert_string_equal(input->output, "left");
	assert_true(input->calibration.is_set);
	assert_true(input->calibration.matrix[3] == -1);
	assert_false(input->is_ignored);
	input = config_find_input(config, "Other", "/dev/input/by-path/a-event");
	assert_true(input->is_ignored);
	assert_false(input->calibration.is_set);
	config_destroy(config);
}

/* What does not fit a panel is left out; what does is not. */
static void test_regions(void **state)
{
	struct config *config = config_file_load_good("[output DP-1]\n"
						      "region a = 0,0,100x100\n"
						      "region b = 99,0,100x100\n" /* over a */
						      "region c = 150,0,50x100\n" /* over b only */
						      "region d = 0,100,200x100\n"
						      "region e = 16384,0,16384x1\n" /* far away */
						      "region f = 100,0,50x101\n");  /* over d */
	const struct config_output *output = &config->outputs[0];

	assert_int_equal(config_fit_regions(output, 200, 200), 1 << 0 | 1 << 2 | 1 << 3);
	/* d is too low for this panel, so f has room. */
	assert_int_equal(config_fit_regions(output, 200, 199), 1 << 0 | 1 << 2 | 1 << 5);
	assert_int_equal(config_fit_regions(output, 199, 200), 1 << 0 | 1 << 5);
	config_destroy(config);
}

static const struct config_wrong wrongs[] = {
	/* lines */
	{ "x = 1\n", ":1: x: expected a section such as [compositor] first" },
	{ "[keyboard]\nlayout\n", ":2: expected KEY = VALUE, got \"layout\"" },
	{ "[output a\n", ":1: expected a section such as [output NAME], got \"[output a\"" },
	{ "[window a[b]]\n",
		":1: expected a section such as [output NAME], got \"[window a[b]]\"" },
	{ "[keyboard]\nlayout = \xff\n", ":2: " TEXT_EXPECTED },
	{ "[keyboard]\nlayout = a\x01\n", ":2: " TEXT_EXPECTED },
	{ "[keyboard]\n" SIXTY SIXTY SIXTY TEN "xyz\n",
		":2: the line is longer than 192 characters" },
	/* sections */
	{ "[]\n", ":1: " SECTION_EXPECTED "\"[]\"" },
	{ "[compositor x]\nx = 1\n", ":1: " SECTION_EXPECTED "\"[compositor x]\"" },
	{ "[compositors]\n", ":1: " SECTION_EXPECTED "\"[compositors]\"" },
	{ "[output]\n", ":1: " SECTION_EXPECTED "\"[output]\"" },
	{ "[guest a]\n", ":1: " SECTION_EXPECTED "\"[guest a]\"" },
	{ "[compositor]\n[keyboard]\n[compositor]\n", ":3: [compositor]: already set in line 1" },
	{ "[keyboard]\n[keyboard]\nlayout = de\n", ":2: [keyboard]: already set in line 1" },
	{ "[output ]\n", ":1: [output ]: expected a name such as DP-1, of 1 to 127 bytes" },
	{ "[output " SIXTY SIXTY "12345678]\n",
		":1: [output " SIXTY "0123]: expected a name such as DP-1, of 1 to 127 bytes" },
	{ "[output a]\n[output b]\n[output a]\n",
		":3: [output a]: there is a section for it already" },
	{ "[window ]\n", ":1: [window ]: expected an app-id of 1 to 127 bytes" },
	{ "[window " SIXTY SIXTY "12345678]\n",
		":1: [window " SIXTY "0123]: expected an app-id of 1 to 127 bytes" },
	{ "[window a]\n[window a]\n", ":2: [window a]: there is a section for it already" },
	{ "[input ]\n",
		":1: [input ]: expected the name or the path of a device, of 1 to 127 bytes" },
	{ "[input a b]\n[input a b]\n", ":2: [input a b]: there is a section for it already" },
	/* keys */
	{ "[compositor]\nmode = 1x1\n", ":2: mode" NO_SUCH_KEY },
	{ "[output a]\nMode = 1x1\n", ":2: Mode" NO_SUCH_KEY },
	{ "[output a]\nregion = 0,0,1x1\n", ":2: region" NO_SUCH_KEY },
	{ "[window a]\nregion b = 0,0,1x1\n", ":2: region b" NO_SUCH_KEY },
	{ "[compositor]\nsocket = a\nsocket = a\n", ":3: socket: already set in line 2" },
	/* [compositor] */
	{ "[compositor]\nbackend = drm\n", ":2: backend: expected kms or headless, got \"drm\"" },
	{ "[compositor]\ndevice = card0\n",
		":2: device: expected an absolute path without '.' and '..', got \"card0\"" },
	{ "[compositor]\ndevice = /dev/../x\n",
		":2: device: expected an absolute path without '.' and '..', got \"/dev/../x\"" },
	{ "[compositor]\nsocket = a/b\n",
		":2: socket: expected a name such as wayland-1, or an absolute path, got \"a/b\"" },
	{ "[compositor]\nbackground = red\n", ":2: background: " BACKGROUND_EXPECTED "\"red\"" },
	{ "[compositor]\nbackground = #12345\n",
		":2: background: " BACKGROUND_EXPECTED "\"#12345\"" },
	{ "[compositor]\nbackground = #12345g\n",
		":2: background: " BACKGROUND_EXPECTED "\"#12345g\"" },
	{ "[compositor]\nbackground = #1234567\n",
		":2: background: " BACKGROUND_EXPECTED "\"#1234567\"" },
	{ "[compositor]\nbackground = #+1+2+3\n",
		":2: background: " BACKGROUND_EXPECTED "\"#+1+2+3\"" },
	{ "[compositor]\nrenderer = vulkan\n",
		":2: renderer: expected auto, gl or pixman, got \"vulkan\"" },
	{ "[compositor]\nidle-timeout = 10\n",
		":2: idle-timeout: expected a time such as 600s, from 1s to 86400s, or never, "
		"got \"10\"" },
	{ "[compositor]\nidle-timeout = 86401s\n",
		":2: idle-timeout: expected a time such as 600s, from 1s to 86400s, or never, "
		"got \"86401s\"" },
	{ "[compositor]\nrealtime = 0\n",
		":2: realtime: expected a number from 1 to 99, got \"0\"" },
	{ "[compositor]\nrealtime = 100\n",
		":2: realtime: expected a number from 1 to 99, got \"100\"" },
	{ "[compositor]\nlock-memory = true\n",
		":2: lock-memory: expected yes or no, got \"true\"" },
	{ "[compositor]\nlog-level = loud\n",
		":2: log-level: expected error, warning, info or debug, got \"loud\"" },
	/* [output NAME] */
	{ "[output a]\nenabled = off\n", ":2: enabled: expected yes or no, got \"off\"" },
	{ "[output a]\nmode = 0x600\n", ":2: mode: " MODE_EXPECTED "\"0x600\"" },
	{ "[output a]\nmode = 800x16385\n", ":2: mode: " MODE_EXPECTED "\"800x16385\"" },
	{ "[output a]\nmode = 4294968096x600\n", ":2: mode: " MODE_EXPECTED "\"4294968096x600\"" },
	{ "[output a]\nmode = 800x600@\n", ":2: mode: " MODE_EXPECTED "\"800x600@\"" },
	{ "[output a]\nmode = 800x600@0.9\n", ":2: mode: " MODE_EXPECTED "\"800x600@0.9\"" },
	{ "[output a]\nmode = 800x600@1000.001\n",
		":2: mode: " MODE_EXPECTED "\"800x600@1000.001\"" },
	{ "[output a]\nmode = 800x600@18446744073709551.999\n",
		":2: mode: " MODE_EXPECTED "\"800x600@18446744073709551.999\"" },
	{ "[output a]\nmode = 800x600@60Hz\n", ":2: mode: " MODE_EXPECTED "\"800x600@60Hz\"" },
	{ "[output a]\nscale = 0.499\n", ":2: scale: " SCALE_EXPECTED "\"0.499\"" },
	{ "[output a]\nscale = 8.001\n", ":2: scale: " SCALE_EXPECTED "\"8.001\"" },
	{ "[output a]\nscale = 1.2345\n", ":2: scale: " SCALE_EXPECTED "\"1.2345\"" },
	{ "[output a]\nscale = 1.\n", ":2: scale: " SCALE_EXPECTED "\"1.\"" },
	{ "[output a]\nscale = 2x\n", ":2: scale: " SCALE_EXPECTED "\"2x\"" },
	{ "[output a]\nposition = 0\n", ":2: position: expected X,Y such as 1920,0, got \"0\"" },
	{ "[output a]\nposition = 0,--1\n",
		":2: position: expected X,Y such as 1920,0, got \"0,--1\"" },
	{ "[output a]\nposition = 65537,0\n",
		":2: position: expected X,Y such as 1920,0, got \"65537,0\"" },
	{ "[output a]\nposition = 1,2,3\n",
		":2: position: expected X,Y such as 1920,0, got \"1,2,3\"" },
	{ "[output a]\ntransform = 45\n",
		":2: transform: expected normal, 90, 180, 270, flipped, flipped-90, flipped-180 or "
		"flipped-270, got \"45\"" },
	{ "[output a]\nvrr = maybe\n", ":2: vrr: expected yes or no, got \"maybe\"" },
	{ "[output a]\nbrightness = 50\n",
		":2: brightness: expected a percentage from 1% to 100%, got \"50\"" },
	{ "[output a]\nbrightness = 0%\n",
		":2: brightness: expected a percentage from 1% to 100%, got \"0%\"" },
	{ "[output a]\nbrightness = 101%\n",
		":2: brightness: expected a percentage from 1% to 100%, got \"101%\"" },
	{ "[output a]\nregion b = 0,0,0x1\n", ":2: region b: " REGION_EXPECTED "\"0,0,0x1\"" },
	{ "[output a]\nregion b = -1,0,1x1\n", ":2: region b: " REGION_EXPECTED "\"-1,0,1x1\"" },
	{ "[output a]\nregion b = 0,0,1,1\n", ":2: region b: " REGION_EXPECTED "\"0,0,1,1\"" },
	{ "[output a]\nregion b = 4294967296,0,1x1\n",
		":2: region b: " REGION_EXPECTED "\"4294967296,0,1x1\"" },
	{ "[output a]\nregion b = 0,0,1x1 x\n", ":2: region b: " REGION_EXPECTED "\"0,0,1x1 x\"" },
	{ "[output a]\nregion b/c = 0,0,1x1\n", ":2: region b/c" REGION_NAME_EXPECTED },
	{ "[output a]\nregion  b = 0,0,1x1\n", ":2: region  b" REGION_NAME_EXPECTED },
	{ "[output a]\nregion " TEN TEN TEN "12 = 0,0,1x1\n",
		":2: region " TEN TEN TEN "12" REGION_NAME_EXPECTED },
	{ "[output a]\nregion b = 0,0,1x1\n[output c]\nregion b = 0,0,1x1\n",
		":4: region b: already set in line 2" },
	{ "[output a]\nregion c = 0,0,1x1\n[output c]\n",
		":2: region c: there is an output of this name" },
	/* [window APP-ID] */
	{ "[window a]\noutput = DP 1\n",
		":2: output: expected the name of an output or a region such as DP-1, of at most "
		"31 characters, got \"DP 1\"" },
	{ "[window a]\noutput = " TEN TEN TEN "12\n",
		":2: output: expected the name of an output or a region such as DP-1, of at most "
		"31 characters, got \"" TEN TEN TEN "12\"" },
	{ "[window a]\nlayer = top\n", ":2: layer: expected normal or above, got \"top\"" },
	/* [input NAME] */
	{ "[input a]\ncalibration = 1 0 0 0 1\n",
		":2: calibration: expected six numbers such as 1 0 0 0 1 0, from -1000 to 1000, "
		"got \"1 0 0 0 1\"" },
	{ "[input a]\ncalibration = 1 0 0 0 inf 0\n",
		":2: calibration: expected six numbers such as 1 0 0 0 1 0, from -1000 to 1000, "
		"got \"1 0 0 0 inf 0\"" },
	{ "[input a]\nignored = 1\n", ":2: ignored: expected yes or no, got \"1\"" },
	/* [keyboard] */
	{ "[keyboard]\nlayout = d e\n",
		":2: layout: expected names as in xkeyboard-config(7), with commas between, "
		"got \"d e\"" },
	{ "[keyboard]\noptions = ../x\n",
		":2: options: expected names as in xkeyboard-config(7), with commas between, "
		"got \"../x\"" },
	{ "[keyboard]\nrepeat-rate = 1001\n",
		":2: repeat-rate: expected a number from 0 to 1000, got \"1001\"" },
	{ "[keyboard]\nrepeat-delay = 0ms\n",
		":2: repeat-delay: expected a time such as 600ms, up to 10s, got \"0ms\"" },
	{ "[keyboard]\nrepeat-delay = 11s\n",
		":2: repeat-delay: expected a time such as 600ms, up to 10s, got \"11s\"" },
};

static void test_wrong(void **state)
{
	config_file_refuse(wrongs, sizeof(wrongs) / sizeof(wrongs[0]));
}

static void test_all_errors(void **state)
{
	static const char text[] = "x = 1\n"
				   "[output ]\n"
				   "mode = any\n" /* of an output that is none: not looked at */
				   "[compositor]\n"
				   "renderer = x\n"
				   "nonsense\n";
	static const unsigned lines[] = { 1, 2, 5, 6 };
	struct config *config;

	assert_int_equal(config_file_load(text, strlen(text), &config), -EINVAL);
	assert_int_equal(config_file_errors.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(strtoul(config_file_error(i) + 1, NULL, 10), lines[i]);
}

/* One more of each than there is room for. */
static void test_too_many(void **state)
{
	static const struct {
		const char *before, *format, *error;
		unsigned max;
	} kinds[] = {
		{ "", "[output a%u]\n", ":17: [output a16]: there are 16 outputs already", 16 },
		{ "", "[window a%u]\n", ":65: [window a64]: there are 64 windows already", 64 },
		{ "", "[input a%u]\n", ":65: [input a64]: there are 64 inputs already", 64 },
		{ "[output a]\n", "region a%u = 0,0,1x1\n",
			":18: region a16: there are 16 regions already", 16 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char text[4096];
		size_t len = sprintf(text, "%s", kinds[i].before);
		struct config *config;
		for (unsigned n = 0; n < kinds[i].max; n++)
			len += sprintf(text + len, kinds[i].format, n);
		config_destroy(config_file_load_good(text));
		len += sprintf(text + len, kinds[i].format, kinds[i].max);
		assert_int_equal(config_file_load(text, len, &config), -EINVAL);
		assert_string_equal(config_file_error(0), kinds[i].error);
		assert_int_equal(config_file_errors.n, 1);
	}
}

/* What it says of itself is not looked at. */
static bool apply(struct config *config, const char *option, const char *value)
{
	char name[32];
	char *argv[] = { (char *)"mullion-compositor", name, (char *)value, NULL };
	struct options options;

	optind = 0; /* getopt starts anew */
	snprintf(name, sizeof(name), "--%s", option);
	assert_int_equal(options_read(&options, 3, argv), -1);
	return options_apply(&options, config);
}

/* The command line wins, and refuses what cannot be. */
static void test_options(void **state)
{
	static const char *const wrong[][2] = {
		{ "output", "" },
		{ "output", "x" },
		{ "output", "0x480" },
		{ "output", "640x" },
		{ "output", "640x480x" },
		{ "output", "640x480@" },
		{ "output", "640x480@0" },
		{ "output", "640x480*" },
		{ "output", "640x480*0.1" },
		{ "output", "640x480*9" },
		{ "output", "=640x480" },
		{ "output", "640x99999" },
		{ "output", "-640x480" },
		{ "output", "640x480@nan" },
		{ "output", "18446744073709551617x1" },
		{ "output", "a-name-that-is-longer-than-names-may-be=640x480" },
		{ "place", "a" },
		{ "place", "=DP-1" },
		{ "place", "a=" },
		{ "place", "a=b c" },
		{ "backend", "x" },
		{ "device", "card0" },
		{ "socket", "../x" },
	};
	struct config *config =
		config_file_load_good("[compositor]\nsocket = a\nbackend = headless\n"
				      "[output DP-1]\nmode = 640x480\ntransform = 90\n"
				      "[window a.*]\noutput = DP-2\nlayer = above\n");

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(apply(config, wrong[i][0], wrong[i][1]));
	assert_true(apply(config, "output", "DP-1=1920x1080@59.94*1.5"));
	assert_true(apply(config, "output", "800x600"));
	assert_int_equal(config->n_outputs, 2);
	assert_int_equal(config->outputs[0].mode.height_px, 1080);
	assert_int_equal(config->outputs[0].mode.refresh_mhz, 59940);
	assert_int_equal(config->outputs[0].scale_120, 180);
	assert_int_equal(config->outputs[0].transform.is, WL_OUTPUT_TRANSFORM_90);
	assert_string_equal(config->outputs[1].name, "HEADLESS-1");
	assert_int_equal(config->outputs[1].mode.refresh_mhz, 0);
	assert_true(apply(config, "place", "a.b=c=DP-3"));
	assert_string_equal(config_find_window(config, "a.b=c")->output, "DP-3");
	assert_int_equal(config_find_window(config, "a.b=c")->layer, CONFIG_LAYER_ABOVE);
	assert_string_equal(config_find_window(config, "a.b")->output, "DP-2");
	assert_true(apply(config, "socket", "b"));
	assert_string_equal(config->socket, "b");
	/* A screen has a name. */
	assert_true(apply(config, "backend", "kms"));
	assert_false(apply(config, "output", "800x600"));
	config_destroy(config);
}

static void test_no_file(void **state)
{
	struct config *config;

	assert_int_equal(config_load("/nonexistent/c.conf", &config, &config_file_errors), -ENOENT);
	assert_string_equal(
		config_file_errors.lines[0], "/nonexistent/c.conf: No such file or directory");
	assert_int_equal(config_load("/dev/urandom", &config, &config_file_errors), -EINVAL);
	assert_int_equal(config_load("/dev/zero", &config, &config_file_errors), -EINVAL);
}

/* Bytes of a good file changed at random: taken or refused, never more (sanitizers watch). */
static void test_mutations(void **state)
{
	static const char good[] = "[compositor]\nbackground = #102030\nidle-timeout = 10s\n"
				   "[output DP-1]\nmode = 800x600@59.9\nposition = -1,2\n"
				   "region a = 0,0,1x2\nregion b = 1,0,1x2\nscale = 1.5\n"
				   "[window a*]\noutput = b\nlayer = above\n"
				   "[input x]\ncalibration = 1 0 0 0 1 0\n"
				   "[keyboard]\nlayout = de,us\n";
	static const char likely[] = "[]=;#:\n\r\t @x,-.019\0\xff\xc3";
	unsigned seed = 1;

	for (int i = 0; i < 2000; i++) {
		char text[sizeof(good) - 1];
		struct config *config = NULL;
		memcpy(text, good, sizeof(text));
		for (int k = rand_r(&seed) % 4; k >= 0; k--)
			text[rand_r(&seed) % sizeof(text)] =
				likely[rand_r(&seed) % (sizeof(likely) - 1)];
		size_t len = rand_r(&seed) % 8 ? sizeof(text) : rand_r(&seed) % sizeof(text);
		int ret = config_file_load(text, len, &config);
		if (ret == 0) {
			assert_int_equal(config_file_errors.n, 0);
			config_find_window(config, "abc");
			for (uint32_t k = 0; k < config->n_outputs; k++)
				config_fit_regions(&config->outputs[k], 2, 2);
		} else {
			assert_int_equal(ret, -EINVAL);
			assert_in_range(config_file_errors.n, 1, SETTINGS_ERRORS_MAX);
			assert_null(config);
		}
		config_destroy(config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_screens),
		cmocka_unit_test(test_compositor),
		cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_windows_and_inputs),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_all_errors),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_mutations),
	};

	/* What it warns of is not looked at, and there is much of it. */
	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, config_file_setup, config_file_teardown);
}

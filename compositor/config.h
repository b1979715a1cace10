/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_CONFIG_H
#define COMPOSITOR_CONFIG_H

/*
 * The configuration file, mullion-compositor.conf(5). A file is taken whole or refused,
 * every error of it is reported with its line. What names a thing of the machine (a card,
 * a screen, a device, a picture) is only held here: whoever uses it looks it up, and says
 * what is not there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/settings.h"
#include "base/value.h"
#include "compositor/screen.h"

#define CONFIG_OUTPUTS_MAX 16
#define CONFIG_REGIONS_MAX 16 /* of an output */
#define CONFIG_WINDOWS_MAX 64
#define CONFIG_INPUTS_MAX 64
#define CONFIG_OUTPUT_NAME_MAX 32
#define CONFIG_TEXT_MAX 128

enum config_backend {
	CONFIG_BACKEND_KMS,
	CONFIG_BACKEND_HEADLESS,
};

enum config_renderer {
	CONFIG_RENDERER_AUTO,
	CONFIG_RENDERER_GL,
	CONFIG_RENDERER_PIXMAN,
};

enum config_layer {
	CONFIG_LAYER_NORMAL,
	CONFIG_LAYER_ABOVE, /* all windows of the normal one */
};

/* What is seen where no window is. */
struct config_background {
	bool is_set;
	uint32_t colour;              /* 0xrrggbb */
	char picture[VALUE_PATH_MAX]; /* a PNG file; empty: the colour */
};

/* A part of a panel that is an output of its own; px of the upright picture. */
struct config_region {
	char name[CONFIG_OUTPUT_NAME_MAX];
	uint32_t x, y, width_px, height_px;
	unsigned line;
};

struct config_place {
	bool is_set; /* else to the right of the others */
	int32_t x, y;
};

struct config_transform {
	bool is_set; /* else as the panel says that it is mounted */
	enum wl_output_transform is;
};

struct config_output {
	char name[CONFIG_TEXT_MAX]; /* of the connector: "DP-1"; or of who made the screen */
	bool is_enabled;
	struct screen_mode mode; /* 0: the screen's own, the highest refresh */
	uint32_t scale_120;      /* in 120ths */
	struct config_place place;
	struct config_transform transform;
	bool vrr;
	uint32_t brightness_percent;         /* 0: as it is */
	struct config_background background; /* not set: the compositor's */
	struct config_region regions[CONFIG_REGIONS_MAX];
	uint32_t n_regions; /* 0: the whole panel is one output */
};

/* From the corner of an output, in its logical px. */
struct config_box {
	bool is_set;
	int32_t x, y, width, height;
};

/* Windows with this app-id, by fnmatch(3): the first section that fits counts. */
struct config_window {
	char app_id[CONFIG_TEXT_MAX];
	char output[CONFIG_OUTPUT_NAME_MAX]; /* an output or a region; empty: as without */
	enum config_layer layer;
	struct config_box box;   /* not set: all of the output */
	uint32_t stale_after_ms; /* it is to draw at least as often; 0: it need not */
};

/* As libinput takes it: from a place on the device to one on its output, both 0 to 1. */
struct config_calibration {
	bool is_set;
	float matrix[6];
};

/* A device, by its name or its path. */
struct config_input {
	char device[CONFIG_TEXT_MAX];
	char output[CONFIG_OUTPUT_NAME_MAX]; /* an output or a region; empty: as without */
	struct config_calibration calibration;
	bool is_ignored;
};

/* Empty texts: xkbcommon's defaults. */
struct config_keyboard {
	char layout[CONFIG_TEXT_MAX];
	char variant[CONFIG_TEXT_MAX];
	char options[CONFIG_TEXT_MAX];
	char model[CONFIG_TEXT_MAX];
	uint32_t repeat_rate; /* a second; 0: none */
	uint32_t repeat_delay_ms;
};

struct config {
	enum config_backend backend;
	char device[VALUE_PATH_MAX];  /* the card; empty: the first that has a screen */
	char socket[VALUE_PATH_MAX];  /* of Wayland; empty: the first free one */
	char control[VALUE_PATH_MAX]; /* the socket's path; empty: in $XDG_RUNTIME_DIR */
	struct config_background background;
	enum config_renderer renderer;
	uint32_t idle_timeout_ms; /* 0: never */
	uint32_t realtime;        /* the priority; 0: none */
	bool locks_memory;
	enum log_level log_level;
	struct config_keyboard keyboard;
	struct config_output outputs[CONFIG_OUTPUTS_MAX];
	uint32_t n_outputs;
	struct config_window windows[CONFIG_WINDOWS_MAX];
	uint32_t n_windows;
	struct config_input inputs[CONFIG_INPUTS_MAX];
	uint32_t n_inputs;
};

/* By enum wl_output_transform. */
extern const char *const config_transform_names[8];

/* As without a file. NULL: no memory. */
struct config *config_create(void);
/*
 * 0 or negative errno; -EINVAL where the file is wrong. `errors` says why in every case
 * of failure, and is empty else.
 */
int config_load(const char *path, struct config **config, struct settings_errors *errors);
void config_destroy(struct config *config);

/* NULL: there is no section for it. */
struct config_output *config_find_output(const struct config *config, const char *name);
/* By its connector, or as "MAKE MODEL SERIAL". */
struct config_output *config_find_screen(
	const struct config *config, const char *connector, const struct screen_identity *identity);
const struct config_window *config_find_window(const struct config *config, const char *app_id);
/* Either of them may be NULL. */
const struct config_input *config_find_input(
	const struct config *config, const char *name, const char *path);

/* For who asks for an output by its name alone: as without a section. */
struct config_output *config_add_output(struct config *config, const char *name);

/* What can be said without screens, in the log. false: something is wrong. */
bool config_check(const struct config *config);
/* Its own, or that of all; the output may be NULL. */
const struct config_background *config_background_of(
	const struct config *config, const struct config_output *output);
/*
 * Its screen's use but for the mode: as without a section where `output` is NULL. What is
 * `mounted` otherwise is turned, if nothing else is configured.
 */
struct screen_use config_use_output(
	const struct config_output *output, enum wl_output_transform mounted);
/*
 * Those regions that can be on a panel of this upright size, a bit each: within it, and
 * not over one before. The log says what is wrong with the others.
 */
uint32_t config_fit_regions(
	const struct config_output *output, uint32_t width_px, uint32_t height_px);

#endif

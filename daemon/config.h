/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

/*
 * The configuration file, mullion.conf(5): one [mulliond] section and a
 * [guest NAME] section for each guest, an [input NAME] section for each device that
 * is given to one. A file is taken whole or refused; every error of it is reported
 * with its line. What names a thing of the host (user, group, render node, display,
 * device) is only held here: whoever uses it looks it up.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/libinput/area.h"
#include "base/list.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/value.h"
#include "daemon/metrics_address.h"
#include "daemon/policy.h"
#include "protocol/limits.h"

#define CONFIG_PATH_MAX VALUE_PATH_MAX
#define CONFIG_GUESTS_MAX 256
#define CONFIG_INPUTS_MAX 256

enum config_type {
	CONFIG_TYPE_VM,
	CONFIG_TYPE_CONTAINER,
};

enum config_renderer {
	CONFIG_RENDERER_VIRGL,
	CONFIG_RENDERER_PIXMAN,
};

enum config_presenter {
	CONFIG_PRESENTER_WAYLAND,
	CONFIG_PRESENTER_HEADLESS,
};

struct config_head {
	uint32_t width_px, height_px;
	uint32_t refresh_mhz;
	char output[LIMIT_NAME]; /* where its window is full-screen; empty: nowhere */
	uint32_t stale_after_ms; /* 0: whenever; its own or the guest's */
};

/* So many hangs of a guest's renderers within the window are too many. */
struct config_strikes {
	uint32_t max, window_ms;
};

struct config_guest {
	struct list link; /* of config.guests */
	char name[LIMIT_NAME];
	enum config_type type;
	uint32_t max_clients; /* of a container */
	uint32_t n_heads;   /* at the start; 1 to LIMIT_HEADS */
	uint32_t max_heads; /* n_heads to LIMIT_HEADS */
	struct config_head heads[LIMIT_HEADS];
	uint32_t max_deaths;    /* of one of its processes in a minute */
	uint32_t hang_limit_ms; /* for one call of its renderer; 0: as its render node has it */
	struct config_strikes strikes;
	uint32_t stale_after_ms;             /* of heads that have none of their own */
	char stale_picture[CONFIG_PATH_MAX]; /* empty: words */
	struct policy_terms terms; /* of GPU time */
	uint32_t inputs;     /* bit per enum input_kind: the devices that it has */
	bool resize_follows; /* a head takes the size of its window */
	enum config_renderer renderer;
	bool has_presenter; /* else it is the daemon's */
	enum config_presenter presenter;
	char render_node[CONFIG_PATH_MAX]; /* "auto", "none" or a path; its own or the daemon's */
	/* Quotas; those of tables are within the state's (protocol/state.h). */
	uint64_t memory_bytes;
	uint32_t max_contexts, max_resources, max_backing_entries, max_fences;
	uint64_t trace_bytes, record_bytes;
};

enum config_input_kind {
	CONFIG_INPUT_AUTO,
	CONFIG_INPUT_KEYS,
};

/* A device of the host, or a part of one, that a guest has. */
struct config_input {
	struct list link; /* of config.inputs */
	char name[LIMIT_NAME];
	char device[CONFIG_PATH_MAX];
	char guest[LIMIT_NAME];
	uint32_t head;
	struct input_area area; /* of a touch screen or an absolute pointer */
	float calibration[INPUT_CALIBRATION]; /* of the whole device */
	enum config_input_kind kind;
};

struct config {
	enum config_presenter presenter;
	char wayland_display[CONFIG_PATH_MAX]; /* empty: $WAYLAND_DISPLAY */
	char socket_dir[CONFIG_PATH_MAX];
	char socket_group[LIMIT_NAME]; /* empty: the sockets are their owner's alone */
	char user[LIMIT_NAME];         /* of the workers, when the daemon runs as root */
	bool user_is_default;          /* nobody asked for it: another will do */
	char render_node[CONFIG_PATH_MAX];
	enum log_level log_level;
	char metrics[METRICS_ADDRESS_MAX]; /* where they are served; empty: nowhere */
	uint32_t in_flight; /* guests that may have work on the GPU at once */
	bool mediates;      /* GPU time between guests */
	struct list guests; /* of config_guest.link, in the file's order */
	size_t n_guests;
	struct list inputs; /* of config_input.link, in the file's order */
	size_t n_inputs;
};

/*
 * 0 or negative errno; -EINVAL where the file is wrong. `errors` says why in
 * every case of failure, and is empty else.
 */
int config_load(const char *path, struct config **config, struct settings_errors *errors);
void config_destroy(struct config *config);

/* Frees it. */
void config_guest_remove(struct config *config, struct config_guest *guest);
/* In place of its own. */
void config_take_inputs(struct config *to, struct config *from);
void config_guest_move(struct config *to, struct config *from, struct config_guest *guest);
struct config_guest *config_guest_find(const struct config *config, const char *name);
struct config_input *config_input_find(const struct config *config, const char *name);

/* DIR/control.sock. Always fits. */
void config_control_path(const struct config *config, char path[static CONFIG_PATH_MAX]);
/* DIR/NAME: a directory of the guest's own. */
void config_guest_dir(const struct config *config, const struct config_guest *guest,
	char path[static CONFIG_PATH_MAX]);
/* It is to have this one of protocol/input.h. */
bool config_guest_has_input(const struct config_guest *guest, uint32_t device);
/* The device whose socket a guest of this type is served at: "gpu" or "vtest". */
const char *config_guest_device(const struct config_guest *guest);
/* DIR/NAME/DEVICE.sock; `device` has at most 15 characters ("gpu", "touch0"). Always fits. */
void config_guest_socket(const struct config *config, const struct config_guest *guest,
	const char *device, char path[static CONFIG_PATH_MAX]);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_H
#define COMPOSITOR_H

/*
 * A real compositor without a screen, as a fixture: in a directory of its own,
 * with the camera that its own makers gave it. Known from others' processes by
 * pid only.
 *
 * sway refuses root, so it runs as nobody then; a client that is root reaches it
 * all the same.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/image.h"

#define COMPOSITOR_LIMIT_MS 20000

enum compositor_kind {
	COMPOSITOR_SWAY,   /* tiling; outputs HEADLESS-1 to HEADLESS-n */
	COMPOSITOR_WESTON, /* floating windows, anywhere on its one output */
	/* Ours: a window fills an output of HEADLESS-1 to HEADLESS-n. Its camera is mullionctl. */
	COMPOSITOR_MULLION,
};

/* For sway's configuration: each head of guest g1 on its output. */
#define COMPOSITOR_SWAY_HEADS                                                                      \
	"assign [app_id=\"mullion.g1.0\"] output HEADLESS-1\n"                                     \
	"assign [app_id=\"mullion.g1.1\"] output HEADLESS-2\n"

/* The same for ours, whose configuration is a line of options. */
#define COMPOSITOR_MULLION_HEADS                                                                   \
	"--place mullion.g1.0=HEADLESS-1 --place mullion.g1.1=HEADLESS-2"

struct compositor {
	enum compositor_kind kind;
	uint32_t n_outputs, width_px, height_px; /* each output */
	pid_t pid;                               /* 0: does not run */
	char dir[64];     /* made by compositor_init, XDG_RUNTIME_DIR of its clients */
	char socket[96];  /* the Wayland socket, an absolute path */
	char control[96]; /* sway's own socket */
	bool sees_pointer; /* on sway's screenshots */
	const char *output_suffix; /* ours: after each output's size; NULL: nothing */
};

/* -ENOENT, and said on standard error which, when a program is not installed. */
int compositor_init(struct compositor *compositor, enum compositor_kind kind, uint32_t n_outputs,
	uint32_t width_px, uint32_t height_px);
/* Stops it and removes its directory. */
void compositor_finish(struct compositor *compositor);

/*
 * 0 when clients can connect, else negative errno, with the compositor's log on
 * standard error. Again at the same socket after a stop or a kill. `extra` goes to
 * the configuration file; may be NULL.
 */
int compositor_start(struct compositor *compositor, const char *extra);
/* SIGTERM, at last SIGKILL; it is gone afterwards. */
void compositor_stop(struct compositor *compositor);
void compositor_kill(struct compositor *compositor);

/* What the output (from 0) shows now. 0 or negative errno. */
int compositor_screenshot(
	const struct compositor *compositor, uint32_t output, struct image *image);
int compositor_screenshot_of(
	const struct compositor *compositor, const char *output, struct image *image);
/* swaymsg; sway only. 0 or negative errno. */
int compositor_command(const struct compositor *compositor, const char *command);

#endif

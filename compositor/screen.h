/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SCREEN_H
#define COMPOSITOR_SCREEN_H

/*
 * A panel, and the beat of its frames. A frame is described (paint/scene.h) at the end of
 * the turn that asked for it and shown by the back end; the next one waits until that
 * tells when it came on the screen: one under way, never two.
 *
 * Two kinds of px: those of the framebuffer, as the panel is scanned out, and those of
 * the upright picture, as people see it on a panel that is mounted turned. Clients see
 * neither, but the outputs into which the upright picture is cut: all of it, or regions.
 */

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <wayland-server-protocol.h>

#include "base/list.h"
#include "base/loop.h"
#include "compositor/beat.h"
#include "compositor/paint/scene.h"
#include "compositor/ways.h"

#define SCREEN_NAME_MAX 32
#define SCREEN_SIDE_MAX 16384

struct formats;
struct output;
struct presentation_time;
struct screen;
struct server;

struct screen_mode {
	uint32_t width_px, height_px; /* of the framebuffer */
	uint32_t refresh_mhz;
};

/* What it says of itself: UTF-8 without control characters; empty: not known. */
struct screen_identity {
	char make[64], model[64], serial[64];
};

/* How it is used: as configured, or as found. */
struct screen_use {
	struct screen_mode mode;
	enum wl_output_transform transform;
	uint32_t scale_120; /* in 120ths */
	bool is_placed;     /* at (x, y) of the space that all outputs share; else to the right */
	int32_t x, y;
	uint32_t brightness_percent; /* 0: as it is */
	bool vrr;                    /* refreshes may wait for the frames of a full-screen window */
};

/* What a back end does for a screen. */
struct screen_interface {
	/*
	 * Shows the scene, which differs from the last one that was shown within `damage`
	 * (px of the framebuffer), and calls screen_presented once it is. The scene is
	 * screen->scene until the next call. 0 or negative errno: it is asked again, later.
	 */
	int (*show)(struct screen *screen, const pixman_region32_t *damage);
	/* The panel is dark, or not any more. NULL: it has no power to save. 0 or negative errno.
	 */
	int (*set_power)(struct screen *screen, bool is_on);
	/* NULL: it has no light of its own. 0, -ENOTSUP: the same, or another negative errno. */
	int (*set_brightness)(struct screen *screen, uint32_t percent);
	/*
	 * What was shown last, from that place of the framebuffer on and as much of it as the
	 * image takes, which is within it. 0 or negative errno.
	 */
	int (*capture)(struct screen *screen, pixman_image_t *image, int32_t x_px, int32_t y_px);
};

struct screen {
	struct list link; /* of server.screens */
	struct server *server;
	const struct screen_interface *interface;
	char name[SCREEN_NAME_MAX]; /* DP-1 */
	struct screen_identity identity;
	struct screen_use use;
	uint32_t width_mm, height_mm;          /* 0: not known */
	const struct formats *scanout_formats; /* what its planes show; NULL: it has none */
	dev_t device;                          /* the card's number */
	struct list outputs;                   /* of output.screen_link */
	struct scene scene;                    /* of the frame under way, or the last one */
	pixman_region32_t damage;              /* px of the framebuffer; not shown yet */
	struct beat beat;
	struct loop_timer begin; /* of the next frame */
	struct loop_hook repaint;
	bool wanted;               /* a frame is */
	bool busy;                 /* one is under way, or the screen is not ours */
	bool is_held;              /* somebody copies the last one: none begins */
	bool is_off;               /* no frames begin */
	bool is_idle;              /* and for that alone, that nobody does anything */
	struct ways ways;          /* of the frame that was shown last */
	uint64_t n_frames, n_late; /* shown; of these after the refresh that they were meant for */
};

/*
 * Without outputs: those come with outputs_update, and a frame is wanted. The name is cut
 * to fit. 0 or negative errno; screen_finish, which ends its outputs, is safe after it.
 */
int screen_init(struct screen *screen, struct server *server,
	const struct screen_interface *interface, const char *name, const struct screen_use *use);
void screen_finish(struct screen *screen);
/* None of its frames begins until it is released: the last one is copied. */
void screen_hold(struct screen *screen);
void screen_release(struct screen *screen);
/* It is used otherwise from now on. 0 or negative errno: not all of its outputs are there. */
int screen_set_use(struct screen *screen, const struct screen_use *use);
/* NULL: there is none of this name. */
struct screen *screen_find(const struct server *server, const char *name);

/* A frame, for its next refresh: for what was damaged, or for those who wait for its beat. */
void screen_schedule(struct screen *screen);
/* px of the upright picture; what is beyond it does not matter. */
void screen_damage(struct screen *screen, const pixman_box32_t *box);
void screen_damage_all(struct screen *screen);
/* Somebody else paints them. */
void screens_damage_all(const struct server *server);
/* By the back end: the frame under way is on the screen. */
void screen_presented(struct screen *screen, const struct presentation_time *time);
/* The screen is not ours any more; it is again, and all is to be shown. */
void screen_pause(struct screen *screen);
void screen_resume(struct screen *screen);
/* On it shows what is new since it was off. 0 or negative errno: it stays as it was. */
int screen_set_power(struct screen *screen, bool is_on);
/* 0, -ENOTSUP: it has no light that can be set, or another negative errno. */
int screen_set_brightness(struct screen *screen, uint32_t percent);

uint32_t screen_refresh_ns(const struct screen *screen);
/* Of the upright picture, in px. */
uint32_t screen_width_px(const struct screen *screen);
uint32_t screen_height_px(const struct screen *screen);
/* From px of the upright picture to those of the framebuffer. */
void screen_from_upright(const struct screen *screen, struct pixman_f_transform *matrix);
/* From a place on the panel, as parts of its width and height, to px of the upright picture. */
void screen_to_upright(const struct screen *screen, double u, double v, double *x_px, double *y_px);
/*
 * From a place on the panel, as parts of its width and height as it is scanned out (0 to 1),
 * to the space that all outputs share. The output that is there, or NULL: between regions.
 */
struct output *screen_locate(const struct screen *screen, double u, double v, double *x, double *y);

#endif

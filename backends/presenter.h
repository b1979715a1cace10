/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_PRESENTER_H
#define BACKENDS_PRESENTER_H

/*
 * What shows a guest's heads: a Wayland compositor's windows, or nobody
 * (headless, which keeps the beat of a screen). One presenter a guest, in the
 * daemon, on the daemon's loop; it never blocks.
 *
 * Flow: after `show` the presenter calls `frame_done` for that head and plane
 * exactly once, when the next picture is welcome (at the head's refresh for one that
 * has no window; at the frame callback else; a hidden window simply does not ask).
 * `show` is not called again for that plane before.
 * `released` says that the presenter no longer reads a picture; the one that a
 * plane shows last is held until it is replaced or blanked, so whoever wants to
 * show another has two at least.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/picture.h"

struct input_devices;
struct loop;
struct presenter;

enum presenter_plane {
	PRESENTER_PLANE_PRIMARY,
	PRESENTER_PLANE_CURSOR,
};

struct presenter_config {
	const char *guest;          /* borrowed, outlives the presenter */
	uint32_t n_heads;
	struct presenter_head_config {
		uint32_t width_px, height_px, refresh_mhz; /* width 0: the head is off */
	} heads[16];
	const char *outputs[16]; /* where a head is full-screen, such as "DP-1"; NULL: nowhere */
	const char *cover; /* a PNG file: in place of words that cover a head; NULL: none */
	const char *wayland_display; /* name or absolute path; NULL: $WAYLAND_DISPLAY */
	/* Where a seat's input goes, at once, amid the presenter's work; borrowed; NULL: nowhere. */
	struct input_devices *inputs;
};

/* Calls back into the presenter's owner. Never from within a call of the owner's. */
struct presenter_listener {
	void (*frame_done)(void *data, uint32_t head, enum presenter_plane plane);
	void (*released)(void *data, struct picture *picture);
	/* The picture could not be imported (asynchronously); it will never be shown. */
	void (*failed)(void *data, struct picture *picture);
	/* The user closed the head's window: it is not there until `open`. */
	void (*closed)(void *data, uint32_t head);
	/* The head's window has a size of its own now: so many px would fill it. */
	void (*resized)(void *data, uint32_t head, uint32_t width_px, uint32_t height_px);
	/* A picture was given to the screen (wl_surface.commit). `flush_ns` as in `show`. */
	void (*committed)(void *data, uint32_t head, int64_t flush_ns);
	/* Its light was on then (CLOCK_MONOTONIC; 0: nobody knows when), or it never was. */
	void (*presented)(void *data, uint32_t head, int64_t flush_ns, int64_t presented_ns);
	void (*discarded)(void *data, uint32_t head);
};

struct presenter_state {
	const char *what; /* "wayland (wayland-1)", "headless"; static or the presenter's */
	const char *trouble; /* why nothing is shown, or NULL */
	uint32_t fullscreen; /* heads, a bit each, that are */
};

struct presenter_interface {
	const char *name;
	/* NULL with errno. No compositor is no failure: it waits for one. */
	struct presenter *(*create)(struct loop *loop, const struct presenter_config *config,
		const struct presenter_listener *listener, void *data);
	void (*destroy)(struct presenter *presenter);

	/* Learn a picture, before it is shown. 0 or negative errno. */
	int (*import)(struct presenter *presenter, struct picture *picture);
	/* Drop it, shown or not; no `released` follows. The owner frees it afterwards. */
	void (*forget)(struct presenter *presenter, struct picture *picture);

	/*
	 * Show `picture` on the head: `damage` is what changed since the one shown before,
	 * `flush_ns` when its guest drew it (CLOCK_MONOTONIC).
	 */
	void (*show)(struct presenter *presenter, uint32_t head, struct picture *picture,
		const struct picture_box *damage, int64_t flush_ns);
	/* The head has no picture now. Its window stays. */
	void (*blank)(struct presenter *presenter, uint32_t head);
	/* The head's cursor; NULL: none. Same flow as `show`, with the cursor plane. */
	void (*cursor)(struct presenter *presenter, uint32_t head, struct picture *picture,
		uint32_t hot_x, uint32_t hot_y);
	/* Top left of the hot spot in px of the head. */
	void (*cursor_move)(struct presenter *presenter, uint32_t head, int32_t x, int32_t y);
	/*
	 * Words about the head, lines of which the first is a title; NULL: none. Over its
	 * picture, or in place of it if it `covers` that.
	 */
	void (*notice)(struct presenter *presenter, uint32_t head, const char *text, bool covers);
	/* What the guest is to have. One that is off has no window, though it may be shown. */
	void (*set_mode)(struct presenter *presenter, uint32_t head,
		const struct presenter_head_config *mode);
	/* The head's window again, if it was closed. */
	void (*open)(struct presenter *presenter, uint32_t head);
	void (*describe)(struct presenter *presenter, struct presenter_state *state);
};

extern const struct presenter_interface presenter_wayland;
extern const struct presenter_interface presenter_headless;

#endif

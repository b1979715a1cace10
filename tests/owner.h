/* SPDX-License-Identifier: MIT */
#ifndef OWNER_H
#define OWNER_H

/*
 * A presenter's owner, in place of the daemon: pictures with known pixels, all
 * that the presenter says counted, the contract of backends/presenter.h asserted.
 */

#include <stdbool.h>
#include <stdint.h>

#include "backends/presenter.h"
#include "base/loop.h"
#include "tests/compositor.h"
#include "tests/image.h"

#define OWNER_HEADS 2
#define OWNER_LIMIT_MS 10000

struct owner_picture {
	struct picture picture;
	uint32_t *pixels; /* a mapping of its descriptor */
	size_t size_bytes;
	unsigned released, failed;
};

struct owner {
	struct loop loop;
	struct loop_timer poll;
	const struct presenter_interface *interface;
	struct presenter *presenter;
	bool in_call;                /* nothing may be said then */
	bool destroys_in_frame_done; /* the presenter, at the first occasion */
	unsigned shows[OWNER_HEADS][2], frames_done[OWNER_HEADS][2];
	struct {
		unsigned times;
		uint32_t width_px, height_px;
	} resized[OWNER_HEADS];
	unsigned committed[OWNER_HEADS], presented[OWNER_HEADS], discarded[OWNER_HEADS];
	unsigned timed[OWNER_HEADS];       /* of the presented: it is known when */
	int64_t presented_ns[OWNER_HEADS]; /* of the last */
	unsigned closed[OWNER_HEADS];
	/* of owner_run_until */
	bool (*condition)(void *data);
	void *condition_data;
	int64_t deadline_ns;
	bool is_met;
};

/* Asserts that all goes well. */
void owner_init_with(struct owner *owner, const struct presenter_interface *interface,
	const struct presenter_config *config);
/* Heads of that size, head 0 to be full-screen on `output` unless NULL. */
void owner_init_output(struct owner *owner, const struct presenter_interface *interface,
	const char *display, uint32_t n_heads, uint32_t width_px, uint32_t height_px,
	const char *output);
void owner_init(struct owner *owner, const struct presenter_interface *interface,
	const char *display, uint32_t n_heads, uint32_t width_px, uint32_t height_px);
void owner_finish(struct owner *owner);

/* Runs the loop until the condition is met (true) or the time is over. */
bool owner_run_until(struct owner *owner, bool (*condition)(void *data), void *data, int limit_ms);
void owner_run_for(struct owner *owner, int ms);
/* Until every show has got its frame_done. */
bool owner_run_until_done(struct owner *owner);

/* Until it is known of all that was committed whether it was presented. */
bool owner_run_until_seen(struct owner *owner, uint32_t head);

/* A picture of its own shared memory, black, imported. */
void owner_import(struct owner *owner, struct owner_picture *picture, uint32_t width_px,
	uint32_t height_px, uint32_t fourcc, bool bottom_up);
void owner_forget(struct owner *owner, struct owner_picture *picture);
/* Damage NULL: all of it. */
void owner_show(struct owner *owner, uint32_t head, struct owner_picture *picture,
	const struct picture_box *damage);
/* One that is imported and filled with the pattern first. */
void owner_show_new(struct owner *owner, struct owner_picture *picture, uint32_t head,
	uint32_t width_px, uint32_t height_px, uint32_t seed);
void owner_blank(struct owner *owner, uint32_t head);
void owner_cursor(struct owner *owner, uint32_t head, struct owner_picture *picture, uint32_t hot_x,
	uint32_t hot_y);
void owner_cursor_move(struct owner *owner, uint32_t head, int32_t x, int32_t y);
void owner_notice(struct owner *owner, uint32_t head, const char *text, bool covers);
void owner_open(struct owner *owner, uint32_t head);
/* Width 0: off. */
void owner_set_mode(struct owner *owner, uint32_t head, uint32_t width_px, uint32_t height_px);
/* Why nothing is shown, or NULL. */
const char *owner_trouble(struct owner *owner);

/*
 * Runs until the compositor's output shows exactly this; asserts that it comes to
 * it. Frees the image.
 */
void owner_expect(struct owner *owner, const struct compositor *compositor, uint32_t output,
	struct image expected);

/* A pixel as it is seen, y from the top; in the picture's own order of bytes. */
void owner_picture_set(
	struct owner_picture *picture, uint32_t x, uint32_t y, uint8_t alpha, uint32_t colour);
/* A pattern without two like neighbours within the box, its alpha worthless. */
void owner_picture_fill(
	struct owner_picture *picture, const struct picture_box *box, uint32_t seed);
/* What owner_picture_fill(all, seed) looks like at (x, y). */
uint32_t owner_pattern(uint32_t x, uint32_t y, uint32_t seed);
struct image owner_pattern_image(const struct picture_box *box, uint32_t seed);
/* A box of that at (x, y) of the image. */
void owner_pattern_draw(const struct image *image, uint32_t x, uint32_t y,
	const struct picture_box *box, uint32_t seed);

#endif

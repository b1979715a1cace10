/* SPDX-License-Identifier: MIT */
#ifndef FAKE_CARD_H
#define FAKE_CARD_H

/*
 * A card with two screens, in the place of libdrm at link time: it refuses and forgets on
 * demand.
 *
 * Screens DP-1 and DP-2 (connectors 100 and 101) have 3840x2160 (preferred), 1920x1080 and 640x480.
 */

#include <stdbool.h>
#include <stdint.h>

#define FAKE_HEADS 2
#define FAKE_IMPORTED 10000 /* handles, and so framebuffers, of dma-bufs: from here on */

struct fake_card {
	/* How it behaves. */
	uint32_t width_max_px; /* of all screens together; more is refused when asked about */
	int flip_error;        /* negative errno of each flip; 0: it is taken */
	uint32_t orientation;  /* of the panels: 2 is "Left Side Up" */
	/* Of each screen, where it has others. */
	const struct _drmModeModeInfo *modes;
	uint32_t n_modes, width_mm, height_mm;
	bool is_headset;           /* the second is no desktop's */
	bool is_link_bad;          /* of each screen, until one is set to be good */
	bool has_vrr, refuses_vrr; /* each screen, and when it is to have it */
	int commit_error;          /* of each commit of a whole state */
	bool keeps_events;
	bool delays_events; /* until fake_card_tell */
	bool lacks_out_fences;
	uint32_t possible_crtcs[FAKE_HEADS]; /* bits of each screen's; 0: any */
	/* fake_udev_hotplug tells of it; it is known to who asks by force, and from then on. */
	bool is_unplugged[FAKE_HEADS];
	int connector_errors[FAKE_HEADS]; /* errno of who asks for one */
	/* What becomes of those that ask by force, but for the test's own process. */
	bool kills_others, holds_others;
	/* What happened. */
	unsigned tests, modesets, flips, refused;
	unsigned n_asked, n_looks; /* at connectors, by force and not; by the test's own process */
	bool flips_elsewhere;      /* while it was another's */
	/* What each screen has. */
	struct {
		uint64_t active, blob, framebuffer, crtc, vrr, rotation, gamma;
		bool waits;               /* for a fence, with its last flip */
		unsigned n_out_fences;    /* that flips were asked for */
		uint64_t set_framebuffer; /* by the last whole commit */
		uint32_t set_colour;      /* its first px then */
	} heads[FAKE_HEADS];
	unsigned n_framebuffers, n_handles, n_blobs; /* that there are */
};

extern struct fake_card fake_card;

void fake_card_init(void);
void fake_card_finish(void);
/* Of flips. */
void fake_card_tell(void);
/* By the seat that has it (fake_seat.h): a descriptor of it, the caller's. */
int fake_card_open(void);
/* Of the mode that the screen has; 0: none. */
uint32_t fake_card_width_px(uint32_t head);
/* That mode. */
const struct _drmModeModeInfo *fake_card_mode(uint32_t head);

#endif

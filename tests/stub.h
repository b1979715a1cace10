/* SPDX-License-Identifier: MIT */
#ifndef STUB_H
#define STUB_H

/*
 * A compositor of the test's own, on the test's loop: it shows nothing, but it does
 * on demand what real ones do seldom, and tells what it was asked. It takes any
 * descriptor for a dma-buf.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

struct wl_display;
struct wl_global;
struct wl_resource;

#define STUB_ROOTS 4

/* The content of a surface, as committed. */
struct stub_content {
	bool is_mapped, is_dmabuf;
	int32_t width, height;
	uint32_t format;   /* wl_shm's or DRM's */
	/* Of a dma-buf: */
	uint64_t modifier;
	int fd; /* owned by the buffer */
	uint32_t offset, stride;
	int32_t transform;
	uint32_t pixel; /* the first one, of shared memory */
};

/* What it says of frames. */
enum stub_feedback {
	STUB_FEEDBACK_NOTHING,
	STUB_FEEDBACK_PRESENTED, /* at feedback_sec, feedback_nsec */
	STUB_FEEDBACK_DISCARDED,
};

struct stub {
	/* How it is; to be set before stub_start. */
	uint32_t compositor_version;
	bool has_viewporter, has_dmabuf;
	bool has_fractional, has_presentation, has_inhibit, has_seat, has_lock;
	uint32_t seat_version, capabilities;
	uint32_t scale; /* preferred of every surface that asks, in 120ths */
	uint32_t clock; /* of presentation times */
	int32_t width, height; /* told to every window; 0: as it likes */
	bool is_fullscreen;

	/* How it behaves; may change at any time. */
	bool releases_early;  /* with the commit itself, as for a copy */
	bool keeps_frames;    /* no frame callback is answered */
	bool keeps_decisions; /* dma-bufs are neither created nor failed */
	bool fails_dmabufs;
	enum stub_feedback feedback;
	uint64_t feedback_sec;
	uint32_t feedback_nsec;
	const char *refuses; /* a request's name; it ends the client */
	bool plays;          /* stub_play at every window that opens */

	/* What it saw. */
	unsigned clients, windows, commits;
	unsigned buffers; /* dma-bufs that exist, failed ones too */
	char title[128], app_id[128];
	int32_t destination_width, destination_height; /* of a viewport, set last */
	unsigned feedbacks;
	char fullscreen_output[64]; /* that a window asked for last */
	unsigned fullscreens, inhibitors, locks;
	unsigned seats; /* that were taken */
	uint32_t pong; /* serial of the ping that was answered last */
	struct { /* of the pointer */
		unsigned sets;
		bool is_set;
		uint32_t serial;
		int32_t hot_x, hot_y;
		struct stub_content content;
	} cursor;
	struct stub_content root, subsurface; /* what was committed last */
	int32_t geometry_width, geometry_height;

	char dir[64], socket[96];
	struct wl_display *display; /* owned, the rest is the stub's own business */
	/* Made last, NULL when it is gone: for events that the test sends itself. */
	struct wl_resource *toplevel, *fractional, *root_surface;
	struct wl_resource *wm_base, *seat, *pointer, *keyboard, *touch, *locked, *relative;
	struct wl_global *seat_global;
	struct wl_resource *roots[STUB_ROOTS]; /* each in the first place that was free */
	struct stub_output {
		struct stub *stub;
		struct wl_global *global; /* NULL: there is none */
		const char *name;
	} outputs[4];
	struct loop_source source;
	struct loop_hook flush;
};

/* As compositors are: everything there, everything answered. */
void stub_init(struct stub *stub);
/* Clients can connect; it answers from stub_resume on. Asserts that it works. */
void stub_start(struct stub *stub);
void stub_finish(struct stub *stub);
void stub_resume(struct stub *stub, struct loop *loop);
/* It does not read for a while. */
void stub_pause(struct stub *stub);
/* What the test has sent goes out, and a ping after it. */
void stub_ping(struct stub *stub, uint32_t serial);
/* Tells the window opened last another scale, size. */
void stub_scale(struct stub *stub, uint32_t scale);
void stub_configure(struct stub *stub);
/* An output of that name, number below 4; taken away again. */
void stub_add_output(struct stub *stub, unsigned number, const char *name);
void stub_remove_output(struct stub *stub, unsigned number);
/* The pointer over the root of the window opened last. */
void stub_enter(struct stub *stub, uint32_t serial, double x, double y);
void stub_motion(struct stub *stub, double x, double y);
void stub_leave(struct stub *stub);
/* The keyboard at the window opened last. */
void stub_focus(struct stub *stub);
/* Something of all that a seat does, over the window opened last, and Ctrl+Alt+G. */
void stub_play(struct stub *stub);
void stub_set_capabilities(struct stub *stub, uint32_t capabilities);
/* There is a seat, as there is from the start; it is gone. */
void stub_add_seat(struct stub *stub);
void stub_remove_seat(struct stub *stub);
/* Ends all its clients. */
void stub_drop_clients(struct stub *stub);
/* The user closes the window opened last. */
void stub_close_window(struct stub *stub);

#endif

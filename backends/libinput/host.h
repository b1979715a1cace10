/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_LIBINPUT_HOST_H
#define BACKENDS_LIBINPUT_HOST_H

/*
 * The host's input devices: those that are given to guests (backends/libinput/given.h),
 * and udev, which tells when one may have come.
 */

#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"

struct libinput;
struct udev;
struct udev_monitor;

struct input_host {
	struct loop *loop; /* borrowed; NULL: not open */
	struct udev *udev;
	struct udev_monitor *monitor;
	struct libinput *libinput;
	struct loop_source monitor_source, libinput_source;
	struct loop_timer retry; /* for those that are there and could not be had */
	struct list given;       /* of given.link */
	int open_error;          /* of what libinput opened last: 0 or negative errno */
	struct log_limit noise;  /* libinput's own words */
};

/* Half open it may be finished. */
void input_host_init(struct input_host *host);
/* 0 or negative errno. */
int input_host_open(struct input_host *host, struct loop *loop);
/* Nothing is given any more. */
void input_host_finish(struct input_host *host);

/* Something could not be had: it is tried again in a while. */
void input_host_retry(struct input_host *host);
/*
 * 0 where there is an input device at the path which udev knows; -ENOENT: none is there
 * yet; -EAGAIN: udev does not know it yet; -ENODEV: what is there is something else.
 */
int input_host_find(const struct input_host *host, const char *path);
/* For reading and writing, nobody else hears of it. The descriptor or negative errno. */
int input_host_grab(const char *path, int flags);

#endif

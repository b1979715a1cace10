/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

/* mulliond: all that the daemon has. */

#include "base/list.h"
#include "base/loop.h"
#include "daemon/config.h"
#include "daemon/events.h"
#include "daemon/given.h"
#include "daemon/mediator.h"
#include "daemon/memo.h"
#include "daemon/renderers.h"
#include "daemon/store.h"

struct control;
struct metrics_server;

struct daemon {
	struct loop loop;
	const char *config_path;
	struct config *config;
	bool verbose; /* whatever the configuration says */
	struct mediator mediator;
	struct renderers renderers;
	struct list guests; /* of guest.link */
	struct control *control;
	struct metrics_server *metrics; /* NULL: not served */
	struct events events;
	struct given_devices given;
	struct loop_source signals; /* a signalfd; owned */
	struct store store;
	struct memo memo; /* of [mulliond] */
	uint64_t file;    /* what tells one state of the configuration file from another */
	bool leaves; /* its workers go on without it: another mulliond takes over */
};

/* recall.c: what an earlier mulliond was told of [mulliond] goes into its configuration. */
void daemon_recall(struct daemon *daemon);
void daemon_finish_memo(struct daemon *daemon);
/* The configuration was read again: what `mullionctl set` said is over. */
void daemon_forget(struct daemon *daemon);

#endif

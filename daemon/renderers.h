/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_RENDERERS_H
#define DAEMON_RENDERERS_H

/*
 * Renderer processes. The first of a render node tells what the node can do
 * (capsets), which guests are offered before they ever need one. While a guest is
 * expected to want one, a spare is warm: started, its driver open, locked down. It
 * waits half a minute: a guest may take the 3D feature and never use it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/loop.h"
#include "daemon/gpu_file.h"
#include "daemon/worker.h"
#include "protocol/link.h"

struct render_node {
	struct list link; /* of renderers.nodes */
	struct renderers *renderers;
	char configured[108]; /* "auto", "none" or a path */
	char path[108];       /* in use; empty: no device, software on the surfaceless platform */
	unsigned candidate;   /* of "auto": which of the machine's render nodes */
	bool probed;      /* a renderer told, or none could be started */
	int capsets_fd;   /* memfd, owned; -1: this node cannot render */
	char device[128]; /* GL_RENDERER */
	bool dmabuf;
	unsigned expected; /* guests that will want one */
	struct renderer_process *spare;
	bool keeps_spare; /* whether or not somebody is expected */
	struct loop_timer timer; /* the next try after a failure; the end of a spare's time */
	unsigned failures;
	const char *args[2];
	struct worker_config config;
};

/* Whose a renderer is, once it was handed out: what is heard of it. */
struct renderer_owner {
	/* A message of it that is not LINK_RENDER_READY. False: it lies. */
	bool (*message)(void *data, uint32_t type, const void *message,
		int fds[static IO_FDS_MAX]);
	/* It is gone, and freed next; `clean`: it ended as it should. */
	void (*gone)(void *data, const char *how, bool clean);
};

/* A renderer process. */
struct renderer_process {
	struct list link; /* of renderers.processes */
	struct worker worker;
	struct render_node *node;
	struct gpu_file file; /* of its device; of an adopted one: none */
	bool ready;
	const struct renderer_owner *owner; /* NULL: a spare, or nobody's any more */
	void *data;                         /* the owner's */
};

struct renderers_listener {
	/* The node is probed, or a spare became ready, or could not be started. */
	void (*changed)(void *data, struct render_node *node);
};

struct renderers {
	struct loop *loop;
	struct list nodes;
	struct list processes; /* all that run, those that are about to end too */
	const struct renderers_listener *listener;
	void *data;
};

void renderers_init(struct renderers *renderers, struct loop *loop,
	const struct renderers_listener *listener, void *data);
void renderers_finish(struct renderers *renderers);

/*
 * The node that a configuration means ("auto", "none", a path); its first spare
 * is started. NULL: no memory.
 */
struct render_node *renderers_node(struct renderers *renderers, const char *configured);

/* One more guest will want a renderer (or one fewer): keep a spare warm. */
void render_node_expect(struct render_node *node, bool expect);
/* No renderer can be had, and none is on its way. */
bool render_node_is_given_up(const struct render_node *node);
/* A spare is to be warm always, and another one as soon as it is taken. */
void render_node_keep_spare(struct render_node *node);
/* The node's spare becomes the owner's, or NULL: none is ready, one is being started. */
struct renderer_process *render_node_take(
	struct render_node *node, const struct renderer_owner *owner, void *data);
/*
 * A renderer that an earlier mulliond gave to this owner: takes the daemon's end of its
 * link and its pidfd in every case. NULL: it is gone, or they are not what they should be.
 */
struct renderer_process *render_node_adopt(struct render_node *node,
	const struct renderer_owner *owner, void *data, int take_link_fd, int take_pidfd);
/* Leaves it running, for another mulliond to adopt. */
void renderer_process_leave(struct renderer_process *process);
/* Ends it; nobody hears of it any more. Its memory goes when it is gone: that may take. */
void renderer_process_abandon(struct renderer_process *process);

#endif

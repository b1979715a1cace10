/* SPDX-License-Identifier: MIT */
/* Renderer processes: one warm spare for each render node. */
#include "daemon/renderers.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define RETRY_NS (1 * NSEC_PER_SEC)
/* A driver that takes longer to open hangs. */
#define START_LIMIT_NS (20 * NSEC_PER_SEC)
/* A guest that uses 3D does so while it starts; a late one waits 0.2 s for a renderer. */
#define SPARE_REST_NS (30 * NSEC_PER_SEC)
/* Failures in a row after which a node is taken for one that cannot render. */
#define FAILURES_MAX 3
/* One that could before may again: so long after. */
#define GIVEN_UP_NS (60 * NSEC_PER_SEC)

/* The render node that is meant: of "auto" the candidate, or no device after the last one. */
static void node_choose_path(struct render_node *node)
{
	glob_t found = { 0 };

	node->path[0] = '\0';
	if (!strcmp(node->configured, "auto")) {
		if (glob("/dev/dri/renderD*", 0, NULL, &found) == 0 && node->candidate < found.gl_pathc)
			snprintf(node->path, sizeof(node->path), "%s", found.gl_pathv[node->candidate]);
		globfree(&found);
	} else if (strcmp(node->configured, "none")) {
		memcpy(node->path, node->configured, sizeof(node->path));
	}
	node->args[0] = node->path[0] ? "--device" : NULL;
}

static void node_failed(struct render_node *node, const char *how)
{
	log_warn("mullion-render on %s %s before it was ready",
		node->path[0] ? node->path : "no device", how);
	/* A node that never worked makes place for the next candidate; one that did may again. */
	if (node->path[0] && !node->probed && !strcmp(node->configured, "auto")) {
		node->candidate++;
		node_choose_path(node);
		loop_timer_set(&node->timer, 1);
		return;
	}
	if (++node->failures < FAILURES_MAX) {
		loop_timer_set(&node->timer, RETRY_NS);
		return;
	}
	log_error("%s cannot render: given up, guests on it have 2D only",
		node->path[0] ? node->path : "this machine without a render node");
	node->probed = true;
	if (node->capsets_fd >= 0)
		loop_timer_set(&node->timer, GIVEN_UP_NS);
	node->renderers->listener->changed(node->renderers->data, node);
}

/* A spare that nobody is going to want only costs memory. */
static void node_drop_spare(struct render_node *node)
{
	struct renderer_process *spare = node->spare;

	loop_timer_set(&node->timer, 0);
	node->spare = NULL;
	worker_kill(&spare->worker);
}

static void node_drop_unexpected(struct render_node *node)
{
	if (node->spare && node->spare->ready && !node->expected && !node->keeps_spare)
		node_drop_spare(node);
}

/* -- a process -- */

static struct renderer_process *process_create(struct render_node *node)
{
	struct renderer_process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->node = node;
	gpu_file_init(&process->file);
	return process;
}

static void process_free(struct renderer_process *process)
{
	gpu_file_finish(&process->file);
	free(process);
}

static void process_ended(struct worker *worker, const char *how, bool clean)
{
	struct renderer_process *process = container_of(worker, struct renderer_process, worker);
	struct render_node *node = process->node;
	const struct renderer_owner *owner = process->owner;
	void *data = process->data;

	if (node->spare == process) {
		node->spare = NULL;
		node_failed(node, how);
	}
	list_remove(&process->link);
	if (owner)
		owner->gone(data, how, clean);
	process_free(process);
}

/* What all guests' processes get: whoever has it only reads it. */
static bool capsets_sound(int fd)
{
	return memfd_check_sealed(fd, LIMIT_CAPSETS * sizeof(struct link_capset)) == 0 &&
	       fcntl(fd, F_GET_SEALS) & F_SEAL_FUTURE_WRITE;
}

static void process_ready(struct renderer_process *process, const struct link_render_ready *ready,
	int *capsets_fd)
{
	struct render_node *node = process->node;

	process->ready = true;
	node->failures = 0;
	loop_timer_set(&node->timer, node->keeps_spare ? 0 : SPARE_REST_NS);
	if (node->capsets_fd < 0 && capsets_sound(*capsets_fd)) {
		node->capsets_fd = *capsets_fd;
		*capsets_fd = -1;
		snprintf(node->device, sizeof(node->device), "%.*s", (int)sizeof(ready->renderer),
			ready->renderer);
		node->dmabuf = ready->dmabuf;
		log_info("renderer: %s on %s", node->device, node->path[0] ? node->path : "no device");
	}
	node->probed = true;
	node->renderers->listener->changed(node->renderers->data, node);
	node_drop_unexpected(node);
}

static void process_handle(struct channel *channel, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX], size_t n_fds)
{
	struct worker *worker = container_of(channel, struct worker, link);
	struct renderer_process *process = container_of(worker, struct renderer_process, worker);
	bool sound;

	if (type == LINK_RENDER_READY) {
		sound = !process->ready;
		if (sound)
			process_ready(process, message, &fds[0]);
	} else {
		sound = process->owner &&
			process->owner->message(process->data, type, message, fds);
	}
	fd_close_all(fds, n_fds);
	/* It is not believed any longer; its end is seen as any renderer's. */
	if (!sound) {
		log_warn("mullion-render breaks the link's protocol (message %u): ended", type);
		worker_kill(&process->worker);
	}
}

static void process_link_closed(struct channel *channel, int error)
{
	struct worker *worker = container_of(channel, struct worker, link);

	/* One that is in order ends with its link: worker.ended follows. */
	if (!error)
		return;
	log_warn("the link to mullion-render broke: %s", strerror(-error));
	worker_kill(worker);
}

static const struct channel_rule process_rules[] = {
	[LINK_RENDER_READY] = { sizeof(struct link_render_ready), 1, 1 },
	[LINK_BUDGET] = { sizeof(struct link_budget), 0, 0 },
	[LINK_CLIENT_ENDED] = { sizeof(struct link_client_ended), 0, 0 },
	[LINK_RESYNC_DONE] = { sizeof(struct link_resync), 0, 0 },
	[LINK_COPY] = { sizeof(struct link_copy), 0, 1 },
	[LINK_PICTURE_ADD] = { sizeof(struct link_picture_add), 1, 1 },
	[LINK_PICTURE_REMOVE] = { sizeof(struct link_picture_remove), 0, 0 },
	[LINK_FRAME] = { sizeof(struct link_frame), 0, 0 },
};

static const struct channel_interface process_link = {
	.rules = process_rules,
	.n_rules = sizeof(process_rules) / sizeof(process_rules[0]),
	.handle = process_handle,
	.closed = process_link_closed,
};

void renderer_process_abandon(struct renderer_process *process)
{
	process->owner = NULL;
	worker_kill(&process->worker);
	gpu_file_finish(&process->file); /* what there is of it goes with the process */
}

struct renderer_process *render_node_adopt(struct render_node *node,
	const struct renderer_owner *owner, void *data, int take_link_fd, int take_pidfd)
{
	struct renderer_process *process = process_create(node);

	if (!process) {
		fd_close(&take_link_fd);
		fd_close(&take_pidfd);
		return NULL;
	}
	process->owner = owner;
	process->data = data;
	process->ready = true;
	if (worker_adopt(&process->worker, node->renderers->loop, &node->config, take_link_fd,
		    take_pidfd) < 0) {
		process_free(process);
		return NULL;
	}
	list_append(&node->renderers->processes, &process->link);
	return process;
}

void renderer_process_leave(struct renderer_process *process)
{
	process->owner = NULL;
	worker_leave(&process->worker);
}

static void process_destroy(struct renderer_process *process)
{
	list_remove(&process->link);
	worker_finish(&process->worker);
	process_free(process);
}

/* -- a node -- */

static void node_start_spare(struct render_node *node)
{
	struct renderer_process *process = process_create(node);

	if (!process) {
		node_failed(node, "found no memory");
		return;
	}
	int ret = node->path[0] ? gpu_file_open(&process->file, node->path) : 0;
	if (ret == 0)
		ret = worker_start(&process->worker, node->renderers->loop, &node->config,
			process->file.fds, node->path[0] ? GPU_FILES : 0);
	if (ret < 0) {
		process_free(process);
		node_failed(node, strerror(-ret));
		return;
	}
	list_append(&node->renderers->processes, &process->link);
	node->spare = process;
	loop_timer_set(&node->timer, START_LIMIT_NS);
}

static void node_time_over(struct loop_timer *timer)
{
	struct render_node *node = container_of(timer, struct render_node, timer);

	if (!node->spare)
		node_start_spare(node);
	else if (node->spare->ready)
		node_drop_spare(node);
	else
		worker_kill(&node->spare->worker); /* its end is seen as any other failure */
}

struct render_node *renderers_node(struct renderers *renderers, const char *configured)
{
	struct render_node *node;

	list_for_each(node, &renderers->nodes, link) {
		if (!strcmp(node->configured, configured))
			return node;
	}
	node = calloc(1, sizeof(*node));
	if (!node)
		return NULL;
	node->renderers = renderers;
	node->capsets_fd = -1;
	snprintf(node->configured, sizeof(node->configured), "%s", configured);
	node->config = (struct worker_config){
		.program = "mullion-render",
		.args = node->args,
		.link = &process_link,
		.ended = process_ended,
	};
	node_choose_path(node);
	if (loop_timer_init(&node->timer, renderers->loop, node_time_over) < 0) {
		free(node);
		return NULL;
	}
	list_append(&renderers->nodes, &node->link);
	node_start_spare(node);
	return node;
}

void render_node_expect(struct render_node *node, bool expect)
{
	node->expected += expect ? 1 : -1;
	if (expect && !node->spare)
		node_start_spare(node);
	else if (expect && node->spare->ready && !node->keeps_spare)
		loop_timer_set(&node->timer, SPARE_REST_NS);
	node_drop_unexpected(node);
}

bool render_node_is_given_up(const struct render_node *node)
{
	return node->probed &&
	       (node->capsets_fd < 0 || (node->failures >= FAILURES_MAX && !node->spare));
}

void render_node_keep_spare(struct render_node *node)
{
	node->keeps_spare = true;
}

struct renderer_process *render_node_take(
	struct render_node *node, const struct renderer_owner *owner, void *data)
{
	struct renderer_process *process = node->spare;

	if (!process) {
		node_start_spare(node);
		return NULL;
	}
	if (!process->ready)
		return NULL;
	process->owner = owner;
	process->data = data;
	gpu_file_mark(&process->file);
	node->spare = NULL;
	loop_timer_set(&node->timer, 0);
	if (node->keeps_spare)
		node_start_spare(node);
	return process;
}

void renderers_init(struct renderers *renderers, struct loop *loop,
	const struct renderers_listener *listener, void *data)
{
	*renderers = (struct renderers){ .loop = loop, .listener = listener, .data = data };
	list_init(&renderers->nodes);
	list_init(&renderers->processes);
}

void renderers_finish(struct renderers *renderers)
{
	struct renderer_process *process, *next_process;
	struct render_node *node, *next;

	list_for_each_safe(process, next_process, &renderers->processes, link)
		process_destroy(process);
	list_for_each_safe(node, next, &renderers->nodes, link) {
		list_remove(&node->link);
		loop_timer_finish(&node->timer);
		fd_close(&node->capsets_fd);
		free(node);
	}
}

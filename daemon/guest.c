/* SPDX-License-Identifier: MIT */
/* A configured guest, from its socket to its windows. */
#include "daemon/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/sockets.h"
#include "protocol/render.h"

/* -- its presenter -- */

static void guest_frame_done(void *data, uint32_t head, enum presenter_plane plane)
{
	struct guest *guest = data;
	head_frame_done(&guest->heads[head], plane);
}

static void guest_picture_released(void *data, struct picture *picture)
{
	head_picture_released(picture);
}

static void guest_picture_failed(void *data, struct picture *picture)
{
	head_picture_failed(picture);
}

static void guest_window_closed(void *data, uint32_t head)
{
	struct guest *guest = data;

	head_closed(&guest->heads[head]);
	log_info("guest %s: the window of head %u was closed; 'mullionctl view %s %u' opens it",
		guest->config->name, head, guest->config->name, head);
}

static void guest_committed(void *data, uint32_t head, int64_t flush_ns)
{
	struct guest *guest = data;
	head_committed(&guest->heads[head], flush_ns);
}

static void guest_discarded(void *data, uint32_t head)
{
	struct guest *guest = data;
	head_discarded(&guest->heads[head]);
}

static void guest_presented(void *data, uint32_t head, int64_t flush_ns, int64_t presented_ns)
{
	struct guest *guest = data;
	head_presented(&guest->heads[head], flush_ns, presented_ns);
}

static void guest_window_resized(void *data, uint32_t head, uint32_t width_px, uint32_t height_px)
{
	guest_modes_resized(data, head, width_px, height_px);
}

static const struct presenter_listener guest_presenter_listener = {
	.frame_done = guest_frame_done,
	.released = guest_picture_released,
	.failed = guest_picture_failed,
	.closed = guest_window_closed,
	.committed = guest_committed,
	.presented = guest_presented,
	.resized = guest_window_resized,
	.discarded = guest_discarded,
};

static int guest_open_presenter(struct guest *guest)
{
	const struct config *config = guest->daemon->config;
	const struct config_guest *mine = guest->config;
	enum config_presenter which = mine->has_presenter ? mine->presenter : config->presenter;
	struct presenter_config wanted = {
		.guest = mine->name,
		.n_heads = guest->modes.n,
		.cover = mine->stale_picture[0] ? mine->stale_picture : NULL,
		.wayland_display = config->wayland_display[0] ? config->wayland_display : NULL,
	};

	/* The others are off. */
	for (uint32_t i = 0; i < mine->n_heads; i++) {
		wanted.heads[i].width_px = mine->heads[i].width_px;
		wanted.heads[i].height_px = mine->heads[i].height_px;
		wanted.heads[i].refresh_mhz = mine->heads[i].refresh_mhz;
		wanted.outputs[i] = mine->heads[i].output[0] ? mine->heads[i].output : NULL;
	}
	guest->interface = which == CONFIG_PRESENTER_HEADLESS ? &presenter_headless :
								&presenter_wayland;
	guest->presenter = guest->interface->create(&guest->daemon->loop, &wanted,
		&guest_presenter_listener, guest);
	return guest->presenter ? 0 : -errno;
}

/* -- its renderer -- */

static void guest_tell_renderer_gone(struct guest *guest)
{
	struct link_guest_renderer_gone message = { .type = LINK_GUEST_RENDERER_GONE };

	if (guest->running)
		channel_send(&guest->worker.link, &message, sizeof(message), NULL, 0);
}

/* The memory and the descriptors that tie the guest's two processes together. */
static int guest_tie(struct guest *guest, struct channel *render)
{
	int fds[4] = { -1, -1, -1, -1 }, sockets[2] = { -1, -1 };
	struct link_guest_renderer to_guest = {
		.type = LINK_GUEST_RENDERER, .ring_bytes = RENDER_RING_BYTES,
	};
	struct link_render_start to_render = {
		.type = LINK_RENDER_START,
		.ring_bytes = RENDER_RING_BYTES,
		.memory_bytes = guest->config->memory_bytes,
	};
	int ret = channel_pair(sockets);

	memcpy(to_render.name, guest->config->name, sizeof(to_render.name));
	fds[0] = memfd_create_sealed("mullion-ring", RENDER_RING_BYTES);
	fds[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fds[2] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ret == 0 && (fds[0] < 0 || fds[1] < 0 || fds[2] < 0))
		ret = -EMFILE;
	fds[3] = sockets[1];
	if (ret == 0)
		ret = channel_send(render, &to_render, sizeof(to_render), fds, 4);
	fds[3] = sockets[0];
	if (ret == 0)
		ret = channel_send(&guest->worker.link, &to_guest, sizeof(to_guest), fds, 4);
	fd_close_all(fds, 4);
	fd_close(&sockets[1]);
	return ret;
}

static void guest_drop_renderer(struct guest *guest)
{
	guest->links[HEAD_SOURCE_RENDER] = NULL;
	guest_unstore_worker(guest, HEAD_SOURCE_RENDER);
	if (guest->renderer)
		renderer_process_abandon(guest->renderer);
	guest->renderer = NULL;
	for (uint32_t i = 0; i < guest->modes.n; i++)
		head_source_gone(&guest->heads[i], HEAD_SOURCE_RENDER);
	copies_worker_gone(&guest->copies[HEAD_SOURCE_RENDER]);
}

static void guest_expect_renderer(struct guest *guest, bool expect)
{
	if (!guest->node || guest->renderer_expected == expect)
		return;
	guest->renderer_expected = expect;
	render_node_expect(guest->node, expect);
}

/* Give it a renderer if it waits for one and one is ready. */
static void guest_try_renderer(struct guest *guest)
{
	if (!guest->renderer_wanted || !guest->running)
		return;
	if (!guest->node || (guest->node->probed && guest->node->capsets_fd < 0)) {
		guest->renderer_wanted = false;
		guest_tell_renderer_gone(guest);
		return;
	}
	if (guest->renderer)
		return;
	guest->renderer = render_node_take(guest->node, guest);
	if (!guest->renderer)
		return; /* the next one to be ready is ours */
	guest->renderer_wanted = false;
	guest_expect_renderer(guest, false);
	guest->renderer_starts++;
	guest->links[HEAD_SOURCE_RENDER] = &guest->renderer->worker.link;
	guest_store_worker(guest, HEAD_SOURCE_RENDER, &guest->renderer->worker);
	int ret = guest_tie(guest, &guest->renderer->worker.link);
	if (ret < 0) {
		log_warn("guest %s: cannot give it a renderer: %s", guest->config->name,
			strerror(-ret));
		guest_drop_renderer(guest);
		guest_tell_renderer_gone(guest);
	}
}

void guest_renderer_gone(struct guest *guest, const char *how)
{
	log_warn("guest %s: its mullion-render %s; its 3D contexts are lost", guest->config->name,
		how);
	guest->renderer = NULL;
	guest_drop_renderer(guest);
	guest_tell_renderer_gone(guest);
	guest_tell_heads(guest);
}

/* -- what its workers send -- */

static bool head_handle_message(struct guest *guest, enum head_source source, uint32_t type,
	const void *message, int fds[static IO_FDS_MAX])
{
	/* All of them start alike: type, head. */
	const struct link_frame *frame = message;

	if (guest->resync[source])
		return true;
	/* One that was adopted may have more heads than the configuration has by now. */
	if (frame->head >= guest->modes.n)
		return frame->head < LIMIT_HEADS;
	struct head *head = &guest->heads[frame->head];
	switch (type) {
	case LINK_PICTURE_ADD:
		return head_handle_add(head, source, message, &fds[0]);
	case LINK_PICTURE_REMOVE:
		return head_handle_remove(head, source, message);
	case LINK_FRAME:
		return head_handle_frame(head, source, message);
	case LINK_SCANOUT:
		head_handle_scanout(head, message);
		return true;
	case LINK_CURSOR_MOVE:
		head_handle_cursor(head, message);
		return true;
	default:
		return false;
	}
}

static bool handle_picture(struct guest *guest, enum head_source source, uint32_t type,
	const void *message, int fds[static IO_FDS_MAX])
{
	bool sound = head_handle_message(guest, source, type, message, fds);

	guest_tell_heads(guest);
	return sound;
}

bool guest_handle_render(struct guest *guest, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX])
{
	if (type == LINK_RESYNC_DONE) {
		guest_handle_resync(guest, HEAD_SOURCE_RENDER, message);
		return true;
	}
	if (type == LINK_COPY && !guest->resync[HEAD_SOURCE_RENDER])
		return copies_handle(&guest->copies[HEAD_SOURCE_RENDER], message, &fds[0]);
	return handle_picture(guest, HEAD_SOURCE_RENDER, type, message, fds);
}

int guest_copy(struct guest *guest, uint32_t head, struct copy **copy,
	void (*done)(void *data, const struct screenshot_result *result), void *data)
{
	int source = guest->heads[head].source;

	if (source < 0 || !guest->links[source])
		return -ENOTSUP;
	return copy_start(copy, &guest->copies[source], guest->links[source],
		&guest->daemon->loop, head, done, data);
}

static void guest_link_handle(struct channel *channel, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX], size_t n_fds)
{
	struct worker *worker = container_of(channel, struct worker, link);
	struct guest *guest = container_of(worker, struct guest, worker);
	const struct link_keep *keep = message;
	bool sound;

	switch (type) {
	case LINK_KEEP:
		sound = keep_set(&guest->keep, keep->kind, keep->index, fds[0]);
		fds[0] = -1;
		break;
	case LINK_FORGET:
		sound = keep_set(&guest->keep, keep->kind, keep->index, -1);
		break;
	case LINK_RENDERER_EXPECTED:
		guest_expect_renderer(guest, !guest->renderer);
		sound = true;
		break;
	case LINK_RENDERER_BROKEN:
		if (guest->renderer)
			worker_kill(&guest->renderer->worker); /* guest_renderer_gone follows */
		sound = true;
		break;
	case LINK_RESYNC_DONE:
		guest_handle_resync(guest, HEAD_SOURCE_GUEST, message);
		sound = true;
		break;
	case LINK_RENDERER_WANTED:
		/* One that is there is none that it knows of. */
		guest_drop_renderer(guest);
		guest->renderer_wanted = true;
		guest_try_renderer(guest);
		sound = true;
		break;
	case LINK_COPY:
		sound = guest->resync[HEAD_SOURCE_GUEST] ||
			copies_handle(&guest->copies[HEAD_SOURCE_GUEST], message, &fds[0]);
		break;
	default:
		sound = handle_picture(guest, HEAD_SOURCE_GUEST, type, message, fds);
	}
	fd_close_all(fds, n_fds);
	if (!sound) {
		log_warn("guest %s: its mullion-guest breaks the link's protocol (message %u): ended",
			guest->config->name, type);
		channel_finish(channel); /* it ends with its link */
	}
}

static void guest_link_closed(struct channel *channel, int error)
{
	struct worker *worker = container_of(channel, struct worker, link);
	struct guest *guest = container_of(worker, struct guest, worker);

	if (error)
		log_warn("guest %s: the link to its mullion-guest broke: %s", guest->config->name,
			strerror(-error));
}

static void guest_link_writable(struct channel *channel)
{
	struct worker *worker = container_of(channel, struct worker, link);

	guest_modes_tell(container_of(worker, struct guest, worker));
}

static const struct channel_rule guest_rules[] = {
	[LINK_KEEP] = { sizeof(struct link_keep), 1, 1 },
	[LINK_FORGET] = { sizeof(struct link_forget), 0, 0 },
	[LINK_RENDERER_EXPECTED] = { sizeof(struct link_renderer_wanted), 0, 0 },
	[LINK_RENDERER_BROKEN] = { sizeof(struct link_renderer_wanted), 0, 0 },
	[LINK_RENDERER_WANTED] = { sizeof(struct link_renderer_wanted), 0, 0 },
	[LINK_RESYNC_DONE] = { sizeof(struct link_resync), 0, 0 },
	[LINK_SCANOUT] = { sizeof(struct link_scanout), 0, 0 },
	[LINK_CURSOR_MOVE] = { sizeof(struct link_cursor_move), 0, 0 },
	[LINK_PICTURE_ADD] = { sizeof(struct link_picture_add), 1, 1 },
	[LINK_PICTURE_REMOVE] = { sizeof(struct link_picture_remove), 0, 0 },
	[LINK_FRAME] = { sizeof(struct link_frame), 0, 0 },
	[LINK_COPY] = { sizeof(struct link_copy), 0, 1 },
};

static const struct channel_interface guest_link = {
	.rules = guest_rules,
	.n_rules = sizeof(guest_rules) / sizeof(guest_rules[0]),
	.handle = guest_link_handle,
	.closed = guest_link_closed,
	.writable = guest_link_writable,
};

/* -- its VMM -- */

/* No VMM is connected any more: all that was there for it goes. */
static void guest_stop(struct guest *guest)
{
	guest->running = false;
	guest->renderer_wanted = false;
	guest_expect_renderer(guest, false);
	guest->vmm_pid = 0;
	guest->links[HEAD_SOURCE_GUEST] = NULL;
	guest->resync[HEAD_SOURCE_GUEST] = 0;
	guest_unstore_worker(guest, HEAD_SOURCE_GUEST);
	worker_finish(&guest->worker);
	guest_drop_renderer(guest);
	for (uint32_t i = 0; i < guest->modes.n; i++)
		head_source_gone(&guest->heads[i], HEAD_SOURCE_GUEST);
	copies_worker_gone(&guest->copies[HEAD_SOURCE_GUEST]);
	keep_finish(&guest->keep);
	for (uint32_t i = 0; i < guest->modes.n; i++)
		guest->heads[i].was_on = false;
	guest_tell_heads(guest);
}

static void guest_worker_ended(struct worker *worker, const char *how, bool clean)
{
	struct guest *guest = container_of(worker, struct guest, worker);

	if (!clean)
		log_warn("guest %s: its mullion-guest %s", guest->config->name, how);
	guest_stop(guest);
}

static const struct worker_config guest_worker = {
	.program = "mullion-guest",
	.link = &guest_link,
	.ended = guest_worker_ended,
};

static int guest_send_start(struct guest *guest)
{
	const struct config_guest *config = guest->config;
	bool virgl = guest->node && guest->node->capsets_fd >= 0;
	struct link_guest_start message = {
		.type = LINK_GUEST_START,
		.flags = virgl ? LINK_GUEST_VIRGL : 0,
		.n_heads = guest->modes.n,
		.heads_serial = guest->modes.serial,
		.quota = {
			.memory_bytes = config->memory_bytes,
			.contexts = config->max_contexts,
			.resources = config->max_resources,
			.backing_entries = config->max_backing_entries,
			.fences = config->max_fences,
		},
	};
	int fds[2] = { guest->keep.state_fd, virgl ? guest->node->capsets_fd : -1 };

	memcpy(message.name, config->name, sizeof(message.name));
	memcpy(message.heads, guest->modes.heads, sizeof(message.heads));
	guest->modes.due = false;
	return channel_send(&guest->worker.link, &message, sizeof(message), fds, virgl ? 2 : 1);
}

/* Where the host has it, blobs of the guest's memory can be shown without a copy. */
static void guest_send_udmabuf(struct guest *guest)
{
	struct link_guest_udmabuf message = { .type = LINK_GUEST_UDMABUF };
	int fd = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		channel_send(&guest->worker.link, &message, sizeof(message), &fd, 1);
	fd_close(&fd);
}

/* A VMM's connection starts a mullion-guest that serves it. */
static int guest_start(struct guest *guest, int vmm_fd)
{
	struct link_guest_socket socket_message = { .type = LINK_GUEST_SOCKET };

	int ret = keep_open(&guest->keep);
	if (ret == 0)
		ret = worker_start(&guest->worker, &guest->daemon->loop, &guest_worker);
	if (ret < 0)
		return ret;
	guest->running = true;
	guest->links[HEAD_SOURCE_GUEST] = &guest->worker.link;
	guest_store_worker(guest, HEAD_SOURCE_GUEST, &guest->worker);
	keep_set_vmm(&guest->keep, vmm_fd);
	ret = guest_send_start(guest);
	if (ret == 0)
		guest_send_udmabuf(guest);
	if (ret == 0)
		taps_send_waiting(&guest->taps, &guest->worker.link, guest->config);
	if (ret == 0)
		ret = channel_send(&guest->worker.link, &socket_message, sizeof(socket_message), &vmm_fd,
			1);
	return ret;
}

/* Its end may be known here before mullion-guest has come to its own: a VM restarted at once. */
static bool guest_vmm_hung_up(const struct guest *guest)
{
	struct pollfd poll_fd = { .fd = guest->keep.vmm_fd, .events = POLLRDHUP };
	return poll(&poll_fd, 1, 0) == 1;
}

int guest_tap(struct guest *guest, bool data, int *fd, bool *waits)
{
	/* One that has just ended is told nothing more. */
	bool running = guest->running && !guest_vmm_hung_up(guest);
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	int ret = running ? tap_send(&guest->worker.link, guest->config, data, fds[1]) :
			    taps_wait(&guest->taps, data, fds[1]);
	if (ret < 0) {
		fd_close(&fds[0]);
		return ret;
	}
	*fd = fds[0];
	*waits = !running;
	return 0;
}

static void guest_accept(struct loop_source *source, uint32_t events)
{
	struct guest *guest = container_of(source, struct guest, listen);
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	if (guest->running && guest_vmm_hung_up(guest))
		guest_stop(guest);
	if (guest->running) {
		log_limited(&guest->refusals, LOG_LEVEL_WARN,
			"guest %s: a second VMM (pid %d) is refused while pid %d is connected",
			guest->config->name, peer.pid, guest->vmm_pid);
		fd_close(&fd);
		return;
	}
	int ret = guest_start(guest, fd);
	fd_close(&fd);
	if (ret < 0) {
		log_error("guest %s: cannot be served: %s", guest->config->name, strerror(-ret));
		guest_stop(guest);
		return;
	}
	guest->vmm_pid = peer.pid;
	guest_tell_heads(guest);
}

static void guest_listen(struct guest *guest)
{
	int fd = guest->listen_fd; /* an earlier mulliond's */

	if (fd < 0)
		fd = socket_listen(guest->daemon->config, guest->socket_path);
	if (fd >= 0 && loop_add(&guest->daemon->loop, &guest->listen, fd, EPOLLIN, guest_accept) == 0) {
		guest->listen_fd = fd;
		store_put(&guest->daemon->store, guest->config->name, "listen", 0, fd);
		log_info("guest %s: waits for a VMM at %s", guest->config->name, guest->socket_path);
		return;
	}
	fd_close(&fd);
	guest->listen_fd = -1;
	log_error("guest %s: cannot listen at %s", guest->config->name, guest->socket_path);
}

void guest_node_changed(struct guest *guest)
{
	if (!guest->listen.loop && guest->node && guest->node->probed)
		guest_listen(guest);
	guest_try_renderer(guest);
}

/* -- life -- */

struct guest *guest_create(struct daemon *daemon, const struct config_guest *config)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return NULL;
	guest->daemon = daemon;
	guest->config = config;
	guest->listen_fd = -1;
	list_init(&guest->link);
	worker_init(&guest->worker);
	guest->watch.source.fd = -1;
	keep_init(&guest->keep, &daemon->store, config->name);
	for (uint32_t i = 0; i < HEAD_SOURCE_COUNT; i++)
		copies_init(&guest->copies[i]);
	taps_waiting_init(&guest->taps);
	config_guest_socket(daemon->config, config, "gpu", guest->socket_path);
	int ret = guest_modes_init(guest);
	if (ret == 0)
		ret = guest_watch_init(guest);
	if (ret == 0)
		ret = guest_open_presenter(guest);
	if (ret < 0) {
		log_error("guest %s: no presenter: %s", config->name, strerror(-ret));
		guest_destroy(guest);
		return NULL;
	}
	for (uint32_t i = 0; i < guest->modes.n; i++) {
		head_init(&guest->heads[i], i, guest->interface, guest->presenter, guest->links);
		guest->heads[i].stale.after_ns = config->heads[i].stale_after_ms * NSEC_PER_MSEC;
	}
	if (config->renderer == CONFIG_RENDERER_VIRGL)
		guest->node = renderers_node(&daemon->renderers, config->render_node);
	if (!guest_restore(guest, &guest_worker))
		guest_stop(guest);
	guest_tell_heads(guest);
	if (!guest->node)
		guest_listen(guest);
	return guest;
}

void guest_leave(struct guest *guest)
{
	worker_leave(&guest->worker);
	if (guest->renderer)
		renderer_process_leave(guest->renderer);
	guest->renderer = NULL;
}

void guest_destroy(struct guest *guest)
{
	if (!guest)
		return;
	list_remove(&guest->link);
	if (guest->presenter) {
		guest_stop(guest);
		guest->interface->destroy(guest->presenter);
	}
	loop_timer_finish(&guest->watch);
	guest_modes_finish(guest);
	taps_waiting_finish(&guest->taps);
	loop_remove(&guest->listen);
	if (guest->listen_fd >= 0)
		store_remove(&guest->daemon->store, guest->config->name, "listen", 0);
	if (guest->listen_fd >= 0 && !guest->daemon->leaves)
		unlink(guest->socket_path);
	fd_close(&guest->listen_fd);
	free(guest);
}

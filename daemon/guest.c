/* SPDX-License-Identifier: MIT */
/* A configured guest, from its socket to its windows. */
#include "daemon/guest.h"

#include <errno.h>
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
	events_raise(&guest->daemon->events, EVENT_CLOSED, guest->config->name, head);
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
		.inputs = &guest->input.devices,
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

/* -- its VMM -- */

/* No VMM is connected any more: all that was there for it goes. */
void guest_stop(struct guest *guest)
{
	guest->running = false;
	loop_remove(&guest->vmm);
	guest->renderer_wanted = false;
	guest_expect_renderer(guest, false);
	guest->vmm_pid = 0;
	guest->links[HEAD_SOURCE_GUEST] = NULL;
	guest->resync[HEAD_SOURCE_GUEST] = 0;
	guest_unstore_worker(guest, HEAD_SOURCE_GUEST);
	worker_finish(&guest->worker);
	guest_drop_renderer(guest);
	for (uint32_t s = 0; s < HEAD_SOURCE_COUNT; s++) {
		for (uint32_t i = 0; i < guest->modes.n; i++)
			head_source_gone(&guest->heads[i], s);
		copies_worker_gone(&guest->copies[s]);
	}
	deaths_init(&guest->deaths, guest->config->max_deaths, DEATHS_WINDOW_MS);
	deaths_init(&guest->render_deaths, guest->config->max_deaths, DEATHS_WINDOW_MS);
	keep_finish(&guest->keep);
	guest_input_reset(guest);
	for (uint32_t i = 0; i < guest->modes.n; i++)
		guest->heads[i].was_on = false;
	guest_tell_heads(guest);
}

/* A VMM's connection starts a mullion-guest that serves it. */
static int guest_start(struct guest *guest, uint32_t device, int vmm_fd)
{
	int ret = keep_open(&guest->keep);
	if (ret < 0)
		return ret;
	guest->running = true;
	ret = keep_connect(&guest->keep, device, vmm_fd);
	if (ret == 0)
		ret = guest_start_worker(guest, false);
	if (ret == 0)
		keep_commit(&guest->keep);
	return ret;
}

static bool device_hung_up(const struct guest *guest, uint32_t device)
{
	struct pollfd poll_fd = {
		.fd = guest->keep.devices[device].vmm_fd, .events = POLLRDHUP,
	};
	return poll(&poll_fd, 1, 0) == 1;
}

/* Where it has no GPU of ours, with the last of its input devices. */
bool guest_vmm_hung_up(const struct guest *guest)
{
	if (guest->keep.devices[LINK_DEVICE_GPU].vmm_fd >= 0)
		return device_hung_up(guest, LINK_DEVICE_GPU);
	for (uint32_t i = LINK_DEVICE_INPUT; i < LINK_DEVICES; i++) {
		if (guest->keep.devices[i].vmm_fd >= 0 && !device_hung_up(guest, i))
			return false;
	}
	return true;
}

int guest_tap(struct guest *guest, bool data, int *fd, bool *waits)
{
	/* One that has just ended is told nothing more. */
	bool running = guest->running && !guest_vmm_hung_up(guest);
	int fds[2];

	if (guest->config->type == CONFIG_TYPE_CONTAINER)
		return -ENOTSUP;
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

void guest_disconnect(struct guest *guest, uint32_t device)
{
	keep_disconnect(&guest->keep, device);
	if (device >= LINK_DEVICE_INPUT)
		guest_input_disconnected(guest, device - LINK_DEVICE_INPUT);
}

static int guest_connect_running(struct guest *guest, uint32_t device, int vmm_fd)
{
	if (guest->keep.devices[device].vmm_fd >= 0)
		guest_disconnect(guest, device); /* mullion-guest has yet to see its end */
	int ret = keep_connect(&guest->keep, device, vmm_fd);
	if (ret < 0) {
		guest_disconnect(guest, device);
		return ret;
	}
	/* One that is being replaced gets it with all else. */
	guest->devices_due |= UINT64_C(1) << device;
	if (guest->worker.pid)
		guest_send_devices(guest);
	return 0;
}

static bool guest_may_connect(const struct guest *guest, uint32_t device, pid_t pid)
{
	return !guest->running ||
		(pid == guest->vmm_pid && (guest->keep.devices[device].vmm_fd < 0 ||
						  device_hung_up(guest, device)));
}

void guest_connect(struct guest *guest, uint32_t device, int take_fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	getsockopt(take_fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	if (guest->running && guest_vmm_hung_up(guest))
		guest_stop(guest);
	if (!guest_may_connect(guest, device, peer.pid)) {
		log_limited(&guest->refusals, LOG_LEVEL_WARN,
			"guest %s: a second VMM (pid %d) is refused while pid %d is connected",
			guest->config->name, peer.pid, guest->vmm_pid);
		fd_close(&take_fd);
		return;
	}
	bool was_running = guest->running;
	int ret = was_running ? guest_connect_running(guest, device, take_fd) :
				guest_start(guest, device, take_fd);
	fd_close(&take_fd);
	if (ret < 0)
		log_error("guest %s: cannot be served: %s", guest->config->name, strerror(-ret));
	if (ret < 0 && !was_running)
		guest_stop(guest);
	if (ret < 0)
		return;
	guest->vmm_pid = peer.pid;
	guest_tell_heads(guest);
}

static void guest_accept(struct loop_source *source, uint32_t events)
{
	struct guest *guest = container_of(source, struct guest, listen);

	if (guest->config->type == CONFIG_TYPE_CONTAINER) {
		clients_accept(guest, source->fd);
		return;
	}
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		guest_connect(guest, LINK_DEVICE_GPU, fd);
}

static void guest_listen(struct guest *guest)
{
	int fd = guest->listen_fd; /* an earlier mulliond's */

	if (fd < 0)
		fd = socket_listen(guest->daemon->config, guest->socket_path);
	if (fd >= 0 && loop_add(&guest->daemon->loop, &guest->listen, fd, EPOLLIN, guest_accept) == 0) {
		guest->listen_fd = fd;
		store_put(&guest->daemon->store, guest->config->name, "listen", 0, fd);
		log_info("guest %s: waits for %s at %s", guest->config->name,
			guest->config->type == CONFIG_TYPE_CONTAINER ? "programs" : "a VMM",
			guest->socket_path);
		guest_input_listen(guest);
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
	if (guest->running && !guest->worker.pid)
		guest_take_over(guest);
	guest_try_renderer(guest);
	clients_node_changed(guest);
}

/* -- life -- */

/* It has programs, and neither heads nor anything that a VM has. */
static struct guest *guest_create_container(struct guest *guest)
{
	guest->node = renderers_node(&guest->daemon->renderers, guest->config->render_node);
	int ret = guest->node ? clients_open(guest) : -ENOMEM;
	if (ret < 0) {
		log_error("guest %s: %s", guest->config->name, strerror(-ret));
		guest_destroy(guest);
		return NULL;
	}
	render_node_keep_spare(guest->node);
	guest->listen_fd = guest_take_listener(guest, LINK_DEVICE_GPU, guest->socket_path);
	guest_tell_quota(guest);
	return guest;
}

struct guest *guest_create(struct daemon *daemon, struct config_guest *config)
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
	guest->pulse.source.fd = -1;
	tie_init(&guest->tie);
	budget_init(&guest->budget);
	mediator_guest_init(&guest->time);
	memcpy(guest->time.name, config->name, sizeof(guest->time.name));
	deaths_init(&guest->strikes, config->strikes.max, config->strikes.window_ms);
	memo_init(&guest->memo);
	mediator_client_init(&guest->vm_time);
	clients_init(&guest->clients);
	guest->modes.rest.source.fd = -1;
	keep_init(&guest->keep, &daemon->store, config->name);
	for (uint32_t i = 0; i < HEAD_SOURCE_COUNT; i++)
		copies_init(&guest->copies[i]);
	taps_waiting_init(&guest->taps);
	config_guest_socket(
		daemon->config, config, config_guest_device(config), guest->socket_path);
	int ret = guest_recall(guest);
	if (ret < 0) {
		log_error("guest %s: no GPU time: %s", config->name, strerror(-ret));
		guest_destroy(guest);
		return NULL;
	}
	deaths_limit(&guest->strikes, config->strikes.max, config->strikes.window_ms);
	if (config->type == CONFIG_TYPE_CONTAINER)
		return guest_create_container(guest);
	ret = guest_modes_init(guest);
	if (ret == 0)
		ret = guest_input_init(guest);
	if (ret == 0)
		ret = guest_watch_init(guest);
	if (ret == 0)
		ret = guest_init_renderer(guest);
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
	deaths_init(&guest->deaths, config->max_deaths, DEATHS_WINDOW_MS);
	deaths_init(&guest->render_deaths, config->max_deaths, DEATHS_WINDOW_MS);
	if (guest_restore(guest, &guest_worker))
		guest_tell_quota(guest);
	else
		guest_stop(guest);
	guest_tell_heads(guest);
	if (!guest->node)
		guest_listen(guest);
	return guest;
}

void guest_leave(struct guest *guest)
{
	worker_leave(&guest->worker);
	clients_leave(guest);
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
	clients_finish(guest);
	mediator_guest_finish(&guest->time);
	guest_finish_memo(guest);
	loop_timer_finish(&guest->watch);
	loop_timer_finish(&guest->pulse);
	tie_finish(&guest->tie);
	budget_finish(&guest->budget);
	guest_modes_finish(guest);
	guest_input_finish(guest);
	taps_waiting_finish(&guest->taps);
	loop_remove(&guest->listen);
	if (guest->listen_fd >= 0)
		store_remove(&guest->daemon->store, guest->config->name, "listen", 0);
	if (guest->listen_fd >= 0 && !guest->daemon->leaves)
		unlink(guest->socket_path);
	fd_close(&guest->listen_fd);
	free(guest);
}

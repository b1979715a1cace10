/* SPDX-License-Identifier: MIT */
/*
 * A guest that an earlier mulliond served. Its processes and its VMM did not notice the
 * end of that one, since the store holds the other ends of all their sockets:
 *
 *   what is kept    taken back; without it the guest starts afresh
 *   mullion-guest   adopted, and asked to tell all again (LINK_RESYNC); if it is gone, or
 *                   of another LINK_VERSION, that is its death as any other
 *   mullion-render  adopted, if all of the above was; else ended
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "daemon/sockets.h"

/* What one that is gone has said of pictures last means nothing already. */
#define RESYNC_NOT_ASKED UINT64_MAX

static const char *const link_kinds[HEAD_SOURCE_COUNT] = { "guest-link", "render-link" };
static const char *const process_kinds[HEAD_SOURCE_COUNT] = { "guest-process", "render-process" };

void guest_store_worker(struct guest *guest, enum head_source source, const struct worker *worker)
{
	struct store *store = &guest->daemon->store;
	const char *name = guest->config->name;

	store_put(store, name, process_kinds[source], 0, worker->process.fd);
	store_put(store, name, link_kinds[source], LINK_VERSION, worker->link.fd);
}

void guest_unstore_worker(struct guest *guest, enum head_source source)
{
	struct store *store = &guest->daemon->store;
	const char *name = guest->config->name;

	store_remove(store, name, link_kinds[source], LINK_VERSION);
	store_remove(store, name, process_kinds[source], 0);
}

/* -- asking a worker to tell all again -- */

static void resync_send(struct guest *guest, enum head_source source, struct worker *worker)
{
	struct link_resync message = {
		.type = LINK_RESYNC,
		.has_renderer = guest->renderer != NULL,
		.serial = clock_now_ns(),
	};

	guest->links[source] = &worker->link;
	guest->resync[source] = message.serial;
	/* One without a link, or that has not read for so long, is as good as dead, or is dead. */
	if (channel_send(&worker->link, &message, sizeof(message), NULL, 0) < 0)
		worker_end(worker);
}

/* The mulliond before took them, and ended before it could pass them on. */
static void send_missed(struct guest *guest, uint64_t served)
{
	for (uint32_t i = LINK_DEVICE_INPUT; i < LINK_DEVICES; i++) {
		struct keep_device *kept = &guest->keep.devices[i];
		if (kept->vmm_fd < 0 || kept->serial || served >> i & 1)
			continue;
		kept->serial = clock_now_ns();
		guest->devices_due |= UINT64_C(1) << i;
	}
	guest_send_devices(guest);
}

void guest_handle_resync(struct guest *guest, enum head_source source,
	const struct link_resync *message)
{
	/* Another serial is the answer to a mulliond that is gone as well. */
	if (guest->resync[source] != message->serial)
		return;
	guest->resync[source] = 0;
	if (source == HEAD_SOURCE_GUEST)
		send_missed(guest, message->devices);
	/* The last words of the mulliond before may have reached it only now. */
	if (source == HEAD_SOURCE_GUEST && guest->keep.state->modes_serial > guest->modes.serial)
		guest_modes_restore(guest);
}

/* -- what is found -- */

static int take(struct guest *guest, const char *kind, uint32_t index)
{
	return store_take(&guest->daemon->store, guest->config->name, kind, index);
}

int guest_take_listener(struct guest *guest, uint32_t device, const char *path)
{
	int fd = take(guest, "listen", device);

	if (!socket_listens_at(fd, path))
		fd_close(&fd);
	return fd;
}

static void restore_renderer(struct guest *guest)
{
	int link_fd = take(guest, link_kinds[HEAD_SOURCE_RENDER], LINK_VERSION);
	int pidfd = take(guest, process_kinds[HEAD_SOURCE_RENDER], 0);

	/* Without its budget's page it would wait for the GPU for ever. */
	bool has_budget = budget_adopt(&guest->budget, take(guest, "budget", 0));

	if (guest->node && link_fd >= 0 && pidfd >= 0 && has_budget) {
		guest->resync[HEAD_SOURCE_RENDER] = RESYNC_NOT_ASKED;
		guest->renderer = render_node_adopt(
			guest->node, &guest_renderer_owner, guest, link_fd, pidfd);
		if (!guest->renderer)
			guest->resync[HEAD_SOURCE_RENDER] = 0;
		guest->renderer_starts = guest->renderer != NULL;
		if (guest->renderer)
			resync_send(guest, HEAD_SOURCE_RENDER, &guest->renderer->worker);
		return;
	}
	if (pidfd >= 0)
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	fd_close(&link_fd);
	fd_close(&pidfd);
}

static int restore_worker(struct guest *guest, const struct worker_config *config)
{
	int link_fd = take(guest, link_kinds[HEAD_SOURCE_GUEST], LINK_VERSION);
	int pidfd = take(guest, process_kinds[HEAD_SOURCE_GUEST], 0);

	if (link_fd < 0 && pidfd < 0)
		return -ENODATA;
	guest->resync[HEAD_SOURCE_GUEST] = RESYNC_NOT_ASKED;
	return worker_adopt(&guest->worker, &guest->daemon->loop, config, link_fd, pidfd);
}

bool guest_restore(struct guest *guest, const struct worker_config *config)
{
	const char *name = guest->config->name;

	guest->listen_fd = guest_take_listener(guest, LINK_DEVICE_GPU, guest->socket_path);
	int ret = keep_restore(&guest->keep);
	if (ret == -ENOENT)
		return false;
	restore_renderer(guest);
	guest_restore_renderer(guest);
	if (ret == 0)
		guest_modes_restore(guest);
	if (ret == 0)
		ret = restore_worker(guest, config);
	if (ret < 0 && ret != -ESRCH && ret != -ENODATA) {
		log_warn("guest %s: what is stored of it does not fit: it starts afresh, its VM has to as well",
			name);
		return false;
	}
	guest->running = true;
	guest->vmm_pid = keep_vmm_pid(&guest->keep);
	if (ret == -ESRCH)
		config->ended(&guest->worker, "is gone", false);
	/* It had none: given up, or about to be taken over from. */
	if (ret == -ENODATA)
		guest_take_over(guest);
	if (ret < 0)
		return guest->running;
	log_info("guest %s: goes on with its VMM (pid %d)", name, guest->vmm_pid);
	resync_send(guest, HEAD_SOURCE_GUEST, &guest->worker);
	guest_input_restored(guest);
	return true;
}

/* SPDX-License-Identifier: MIT */
/* A guest's mullion-guest: its link, its life, and who takes over when it died. */
#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"

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

bool guest_handle_picture(struct guest *guest, enum head_source source, uint32_t type,
	const void *message, int fds[static IO_FDS_MAX])
{
	bool sound = head_handle_message(guest, source, type, message, fds);

	guest_tell_heads(guest);
	return sound;
}

/* One that is over already was replaced by the VMM's next. */
static bool handle_closed(struct guest *guest, const struct link_guest_socket *message)
{
	if (message->device < LINK_DEVICE_INPUT || message->device >= LINK_DEVICES)
		return false;
	if (keep_serial(&guest->keep, message->device) == message->serial)
		guest_disconnect(guest, message->device);
	return true;
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
		sound = keep_set(&guest->keep, keep->device, keep->kind, keep->index, fds[0]);
		fds[0] = -1;
		break;
	case LINK_FORGET:
		sound = keep_set(&guest->keep, keep->device, keep->kind, keep->index, -1);
		break;
	case LINK_SOCKET_CLOSED:
		sound = handle_closed(guest, message);
		break;
	case LINK_INPUT_LEDS:
		input_devices_set_leds(
			&guest->input.devices, ((const struct link_input_leds *)message)->leds);
		sound = true;
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
		sound = guest_handle_picture(guest, HEAD_SOURCE_GUEST, type, message, fds);
	}
	fd_close_all(fds, n_fds);
	/* The last of a VM that has no GPU of ours. */
	if (type == LINK_SOCKET_CLOSED && keep_vmm_fd(&guest->keep) < 0) {
		guest_stop(guest);
		return;
	}
	if (!sound) {
		log_warn("guest %s: its mullion-guest breaks the link's protocol (message %u): ended",
			guest->config->name, type);
		worker_kill(worker); /* guest_worker_ended follows */
	}
}

static void guest_link_closed(struct channel *channel, int error)
{
	struct worker *worker = container_of(channel, struct worker, link);
	struct guest *guest = container_of(worker, struct guest, worker);

	/* One that is in order ends with its link. */
	if (!error)
		return;
	log_warn("guest %s: the link to its mullion-guest broke: %s", guest->config->name,
		strerror(-error));
	worker_kill(worker); /* guest_worker_ended follows */
}

static void guest_link_writable(struct channel *channel)
{
	struct worker *worker = container_of(channel, struct worker, link);
	struct guest *guest = container_of(worker, struct guest, worker);

	guest_modes_tell(guest);
	guest_send_devices(guest);
	guest_input_writable(guest);
}

static const struct channel_rule guest_rules[] = {
	[LINK_KEEP] = { sizeof(struct link_keep), 1, 1 },
	[LINK_FORGET] = { sizeof(struct link_forget), 0, 0 },
	[LINK_SOCKET_CLOSED] = { sizeof(struct link_guest_socket), 0, 0 },
	[LINK_INPUT_LEDS] = { sizeof(struct link_input_leds), 0, 0 },
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

/* -- its life -- */

/* What it showed stays on the screen. */
static void guest_lose_worker(struct guest *guest, const char *how)
{
	guest->links[HEAD_SOURCE_GUEST] = NULL;
	guest->resync[HEAD_SOURCE_GUEST] = 0;
	guest->renderer_wanted = false; /* whoever follows asks by itself */
	guest_unstore_worker(guest, HEAD_SOURCE_GUEST);
	for (uint32_t i = 0; i < guest->modes.n; i++)
		head_source_lost(&guest->heads[i], HEAD_SOURCE_GUEST);
	copies_worker_gone(&guest->copies[HEAD_SOURCE_GUEST]);
	deaths_add(&guest->deaths, clock_now_ns());
	if (guest->deaths.given_up)
		log_error("guest %s: its mullion-guest %s, for the %u. time in a minute: given up, its "
			  "VM has no GPU until 'mullionctl restart %s'",
			guest->config->name, how, guest->deaths.max, guest->config->name);
	else
		log_warn("guest %s: its mullion-guest %s: another one takes over",
			guest->config->name, how);
}

static void guest_worker_ended(struct worker *worker, const char *how, bool clean)
{
	struct guest *guest = container_of(worker, struct guest, worker);

	if (clean || guest_vmm_hung_up(guest)) {
		if (!clean && !worker->adopted)
			log_warn("guest %s: its mullion-guest %s, its VMM is gone",
				guest->config->name, how);
		guest_stop(guest);
		return;
	}
	events_raise(&guest->daemon->events, EVENT_GUEST_DIED, guest->config->name, -1);
	guest_lose_worker(guest, how);
	guest_take_over(guest);
	guest_tell_heads(guest);
}

const struct worker_config guest_worker = {
	.program = "mullion-guest",
	.link = &guest_link,
	.ended = guest_worker_ended,
};

static int send_start(struct guest *guest, bool takeover)
{
	const struct config_guest *config = guest->config;
	bool virgl = guest->node && guest->node->capsets_fd >= 0;
	struct link_guest_start message = {
		.type = LINK_GUEST_START,
		.flags = (virgl ? LINK_GUEST_VIRGL : 0) | (takeover ? LINK_GUEST_TAKEOVER : 0),
		.n_heads = guest->modes.n,
		.heads_serial = guest->modes.serial,
		.quota = guest_quota(guest),
	};
	int fds[2] = { guest->keep.state_fd, virgl ? guest->node->capsets_fd : -1 };

	memcpy(message.name, config->name, sizeof(message.name));
	memcpy(message.heads, guest->modes.heads, sizeof(message.heads));
	guest->modes.due = false;
	return channel_send(&guest->worker.link, &message, sizeof(message), fds, virgl ? 2 : 1);
}

/* Where the host has it, blobs of the guest's memory can be shown without a copy. */
static void send_udmabuf(struct guest *guest)
{
	struct link_guest_udmabuf message = { .type = LINK_GUEST_UDMABUF };
	int fd = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		channel_send(&guest->worker.link, &message, sizeof(message), &fd, 1);
	fd_close(&fd);
}

static int send_journal(struct guest *guest, uint32_t device)
{
	struct link_guest_journal message = { .type = LINK_GUEST_JOURNAL, .device = device };
	const int *journal = guest->keep.devices[device].journal;

	if (journal[0] < 0)
		return 0;
	return channel_send(
		&guest->worker.link, &message, sizeof(message), journal, JOURNAL_PIPE_FDS);
}

static int send_kept(struct guest *guest, uint32_t device)
{
	int ret = 0;

	for (uint32_t kind = 0; kind < LINK_KEEP_KIND_COUNT; kind++) {
		for (uint32_t i = 0; i < STATE_REGIONS && ret == 0; i++) {
			struct link_keep message = {
				.type = LINK_GUEST_KEPT, .device = device, .kind = kind, .index = i,
			};
			int fd = guest->keep.devices[device].fds[kind][i];
			if (fd >= 0)
				ret = channel_send(
					&guest->worker.link, &message, sizeof(message), &fd, 1);
		}
	}
	return ret;
}

static int send_device(struct guest *guest, uint32_t device)
{
	const struct keep_device *kept = &guest->keep.devices[device];
	struct link_guest_socket message = {
		.type = LINK_GUEST_SOCKET,
		.device = device,
		.serial = keep_serial(&guest->keep, device),
	};

	if (kept->vmm_fd < 0)
		return 0;
	int ret = send_journal(guest, device);
	if (ret == 0)
		ret = send_kept(guest, device);
	if (ret < 0)
		return ret;
	return channel_send(&guest->worker.link, &message, sizeof(message), &kept->vmm_fd, 1);
}

/* One that is sent in part is sent again. */
void guest_send_devices(struct guest *guest)
{
	for (uint32_t i = 0; i < LINK_DEVICES; i++) {
		if (!(guest->devices_due >> i & 1))
			continue;
		if (send_device(guest, i) < 0) {
			channel_want_write(&guest->worker.link);
			return;
		}
		guest->devices_due &= ~(UINT64_C(1) << i);
	}
}

int guest_start_worker(struct guest *guest, bool takeover)
{
	int ret = worker_start(&guest->worker, &guest->daemon->loop, &guest_worker, NULL, 0);
	if (ret < 0)
		return ret;
	guest->links[HEAD_SOURCE_GUEST] = &guest->worker.link;
	guest_store_worker(guest, HEAD_SOURCE_GUEST, &guest->worker);
	ret = send_start(guest, takeover);
	if (ret == 0)
		send_udmabuf(guest);
	if (ret == 0)
		taps_send_waiting(&guest->taps, &guest->worker.link, guest->config);
	if (ret == 0 && takeover && guest->renderer && guest->tie.fds[0] >= 0)
		ret = tie_send(&guest->tie, &guest->worker.link, true);
	if (ret < 0)
		return ret;
	guest->devices_due = (UINT64_C(1) << LINK_DEVICES) - 1;
	guest_send_devices(guest);
	guest_input_writable(guest);
	return 0;
}

static void guest_vmm_left(struct loop_source *source, uint32_t events)
{
	struct guest *guest = container_of(source, struct guest, vmm);

	log_info("guest %s: its VMM is gone", guest->config->name);
	guest_stop(guest);
}

void guest_take_over(struct guest *guest)
{
	/* While no mullion-guest does, its VMM is watched from here. */
	loop_remove(&guest->vmm);
	loop_add(&guest->daemon->loop, &guest->vmm, keep_vmm_fd(&guest->keep), EPOLLRDHUP,
		guest_vmm_left);
	/* It is to offer 3D as the one before did: a mulliond that has just started waits. */
	if (guest->node && !guest->node->probed)
		return;
	/* One whose tie is not kept cannot be gone on with. */
	if (guest->renderer && guest->tie.fds[0] < 0)
		guest_drop_renderer(guest);
	while (!guest->deaths.given_up) {
		int ret = guest_start_worker(guest, true);
		if (ret == 0) {
			loop_remove(&guest->vmm);
			return;
		}
		worker_finish(&guest->worker);
		guest_lose_worker(guest, strerror(-ret));
	}
}

bool guest_restart(struct guest *guest)
{
	deaths_forgive(&guest->deaths);
	deaths_forgive(&guest->render_deaths);
	if (!guest->running)
		return false;
	log_info("guest %s: new processes for it, as is asked for", guest->config->name);
	if (guest->renderer)
		worker_kill(&guest->renderer->worker);
	if (guest->worker.pid)
		worker_end(&guest->worker); /* guest_worker_ended follows */
	else
		guest_take_over(guest);
	return true;
}

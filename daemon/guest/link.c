/* SPDX-License-Identifier: MIT */
/* mullion-guest's link to mulliond. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "daemon/guest/guest.h"
#include "protocol/link.h"

#define CAPSETS_MAX_BYTES 65536
/* No screen shows more positions of a cursor than one in this time. */
#define CURSOR_PAUSE_NS (2 * NSEC_PER_MSEC)

static void handle_start(struct guest_process *guest, const struct link_guest_start *start,
	int fds[static IO_FDS_MAX])
{
	struct gpu_config config = {
		.n_heads = start->n_heads,
		.modes_serial = start->heads_serial,
		.virgl = start->flags & LINK_GUEST_VIRGL,
		.quota = start->quota,
	};
	struct stat st;

	guest->takeover.on = start->flags & LINK_GUEST_TAKEOVER;
	memcpy(config.name, start->name, sizeof(config.name));
	memcpy(config.modes, start->heads, sizeof(config.modes));
	log_set_guest(config.name);
	if (memfd_check_sealed(fds[0], sizeof(struct state)) == 0)
		guest->state = memfd_map(fds[0], sizeof(struct state), PROT_READ | PROT_WRITE);
	if (fds[1] >= 0 && fstat(fds[1], &st) == 0 && st.st_size <= CAPSETS_MAX_BYTES &&
		(size_t)st.st_size >= LIMIT_CAPSETS * sizeof(struct link_capset)) {
		guest->capsets = memfd_map(fds[1], st.st_size, PROT_READ);
		guest->capsets_bytes = guest->capsets ? st.st_size : 0;
	}
	config.capsets = guest->capsets;
	config.capsets_bytes = guest->capsets_bytes;
	int ret = guest->state ? front_init(guest, &config) : -EINVAL;
	if (ret < 0) {
		log_error("cannot start: %s", strerror(-ret));
		loop_stop(&guest->loop, 1);
	}
}

static void handle_renderer(struct guest_process *guest, bool adopted, int fds[static IO_FDS_MAX])
{
	if (adopted) {
		for (int i = 0; i < 4 && guest->takeover.on; i++) {
			fd_close(&guest->takeover.renderer[i]);
			guest->takeover.renderer[i] = fds[i];
			fds[i] = -1;
		}
		return;
	}
	int ret = remote_renderer_open(&guest->remote, fds[0], fds[1], fds[2], fds[3]);

	for (int i = 0; i < 4; i++)
		fds[i] = -1;
	if (ret < 0) {
		log_warn("cannot use the renderer: %s", strerror(-ret));
		gpu_remote_gone(&guest->gpu);
		return;
	}
	gpu_remote_started(&guest->gpu);
}

static void link_tell(struct loop_hook *hook);

/* Another mulliond: it is told what the one before it knew. */
static void link_resync(struct guest_process *guest)
{
	struct link_resync done = guest->resync;

	done.type = LINK_RESYNC_DONE;
	done.devices = inputs_connected(guest);
	if (channel_send(&guest->link, &done, sizeof(done), NULL, 0) < 0) {
		channel_want_write(&guest->link);
		return;
	}
	guest->resync.serial = 0;
	log_info("goes on with another mulliond");
	vhost_user_keep_all(&guest->connection);
	inputs_keep_all(guest);
	/* Which heads are on before what they show: no window says that it has no picture. */
	guest->scanouts_changed = guest->cursors_moved = (1u << guest->gpu.n_heads) - 1;
	link_tell(&guest->tell);
	pixman_renderer_resync(&guest->local);
	if (!done.has_renderer && guest->remote.up) {
		remote_renderer_close(&guest->remote);
		gpu_remote_gone(&guest->gpu);
	}
	if (guest->gpu.remote_state == GPU_REMOTE_STARTING)
		link_ask_for_renderer(guest, LINK_RENDERER_WANTED);
}

static void handle_journal(struct guest_process *guest, const struct link_guest_journal *message,
	int fds[static JOURNAL_FDS])
{
	if (message->device != LINK_DEVICE_GPU) {
		inputs_journal(guest, message->device, fds);
		return;
	}
	journal_finish(&guest->journal);
	for (int i = 0; i < JOURNAL_FDS; i++) {
		guest->journal.fds[i] = fds[i];
		fds[i] = -1;
	}
}

static void handle_socket(
	struct guest_process *guest, const struct link_guest_socket *message, int *fd)
{
	if (message->device != LINK_DEVICE_GPU) {
		inputs_connect(guest, message, fd);
		return;
	}
	int take_fd = *fd;
	*fd = -1;
	int ret = guest->takeover.on ? takeover_begin(guest, take_fd) :
				       front_connect(guest, take_fd);
	if (ret == 0)
		return;
	log_error("cannot serve the VMM: %s", strerror(-ret));
	loop_stop(&guest->loop, 1);
}

static bool plane_fits(uint32_t head, uint32_t plane)
{
	return head < LIMIT_HEADS && plane < LINK_PLANE_COUNT;
}

/* Should the daemon not read just now, it does not hear of it: it does not wait for ever. */
static void handle_copy(struct guest_process *guest, const struct link_copy_wanted *message)
{
	struct link_copy copy = { .type = LINK_COPY, .head = message->head, .id = message->id };

	if (message->head >= LIMIT_HEADS)
		return;
	int fd = pixman_renderer_copy(&guest->local, &copy);
	channel_send(&guest->link, &copy, sizeof(copy), &fd, fd >= 0);
	fd_close(&fd);
}

static void link_handle(struct channel *channel, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX], size_t n_fds)
{
	struct guest_process *guest = container_of(channel, struct guest_process, link);
	const struct link_frame_done *done = message;
	const struct link_picture_released *released = message;
	const struct link_guest_renderer *renderer = message;
	const struct link_keep *kept = message;

	/* Its mulliond ended before it had told it all that there is to serve. */
	if (type == LINK_RESYNC && !guest->connected && !inputs_connected(guest))
		loop_stop(&guest->loop, 1);
	if (!guest->state != (type == LINK_GUEST_START)) {
		fd_close_all(fds, n_fds);
		return;
	}
	switch (type) {
	case LINK_GUEST_START:
		handle_start(guest, message, fds);
		break;
	case LINK_GUEST_HEADS:
		front_set_heads(guest, message);
		break;
	case LINK_GUEST_QUOTA:
		guest->gpu.config.quota = ((const struct link_guest_quota *)message)->quota;
		break;
	case LINK_GUEST_SOCKET:
		handle_socket(guest, message, &fds[0]);
		break;
	case LINK_GUEST_JOURNAL:
		handle_journal(guest, message, fds);
		break;
	case LINK_GUEST_KEPT:
		if (kept->device != LINK_DEVICE_GPU)
			inputs_keep(guest, kept, &fds[0]);
		else if (guest->takeover.on)
			kept_put(&guest->takeover.kept, kept->kind, kept->index, &fds[0]);
		break;
	case LINK_GUEST_INPUT:
		inputs_send(guest, message);
		break;
	case LINK_GUEST_UDMABUF:
		pixman_renderer_set_udmabuf(&guest->local, fds[0]);
		fds[0] = -1;
		break;
	case LINK_GUEST_RENDERER:
		handle_renderer(guest, renderer->adopted, fds);
		break;
	case LINK_GUEST_RENDERER_GONE:
		remote_renderer_close(&guest->remote);
		gpu_remote_gone(&guest->gpu);
		break;
	case LINK_RESYNC:
		guest->resync = *(const struct link_resync *)message;
		link_resync(guest);
		break;
	case LINK_GUEST_TAP:
		taps_add(guest, message, fds[0]);
		fds[0] = -1;
		break;
	case LINK_FRAME_DONE:
		if (plane_fits(done->head, done->plane))
			pixman_renderer_frame_done(&guest->local, done);
		break;
	case LINK_PICTURE_RELEASED:
		if (plane_fits(released->head, released->plane))
			pixman_renderer_released(&guest->local, released);
		break;
	case LINK_PICTURE_REFUSED:
		if (plane_fits(released->head, released->plane))
			pixman_renderer_refused(&guest->local, released);
		break;
	case LINK_COPY_WANTED:
		handle_copy(guest, message);
		break;
	}
	fd_close_all(fds, n_fds);
}

static void link_closed(struct channel *channel, int error)
{
	struct guest_process *guest = container_of(channel, struct guest_process, link);

	if (error)
		log_error("the link to mulliond broke: %s", strerror(-error));
	loop_stop(&guest->loop, error ? 1 : 0);
}

static void link_writable(struct channel *channel)
{
	struct guest_process *guest = container_of(channel, struct guest_process, link);

	if (guest->resync.serial)
		link_resync(guest);
	if (guest->connection.keeps_due)
		vhost_user_keep_due(&guest->connection);
	inputs_tell(guest);
	if (guest->state)
		pixman_renderer_present(&guest->local);
	link_tell_later(guest);
}

static const struct channel_rule link_rules[] = {
	[LINK_GUEST_START] = { sizeof(struct link_guest_start), 1, 2 },
	[LINK_GUEST_HEADS] = { sizeof(struct link_guest_heads), 0, 0 },
	[LINK_GUEST_QUOTA] = { sizeof(struct link_guest_quota), 0, 0 },
	[LINK_GUEST_SOCKET] = { sizeof(struct link_guest_socket), 1, 1 },
	[LINK_GUEST_JOURNAL] = { sizeof(struct link_guest_journal), JOURNAL_FDS, JOURNAL_FDS },
	[LINK_GUEST_KEPT] = { sizeof(struct link_keep), 1, 1 },
	[LINK_GUEST_INPUT] = { sizeof(struct link_guest_input), 0, 0 },
	[LINK_GUEST_UDMABUF] = { sizeof(struct link_guest_udmabuf), 1, 1 },
	[LINK_GUEST_RENDERER] = { sizeof(struct link_guest_renderer), 4, 4 },
	[LINK_GUEST_RENDERER_GONE] = { sizeof(struct link_guest_renderer_gone), 0, 0 },
	[LINK_RESYNC] = { sizeof(struct link_resync), 0, 0 },
	[LINK_GUEST_TAP] = { sizeof(struct link_guest_tap), 1, 1 },
	[LINK_FRAME_DONE] = { sizeof(struct link_frame_done), 0, 0 },
	[LINK_PICTURE_RELEASED] = { sizeof(struct link_picture_released), 0, 0 },
	[LINK_PICTURE_REFUSED] = { sizeof(struct link_picture_released), 0, 0 },
	[LINK_COPY_WANTED] = { sizeof(struct link_copy_wanted), 0, 0 },
};

static const struct channel_interface link_interface = {
	.rules = link_rules,
	.n_rules = sizeof(link_rules) / sizeof(link_rules[0]),
	.handle = link_handle,
	.closed = link_closed,
	.writable = link_writable,
};

/* -- what the daemon is told -- */

static int send_scanout(struct guest_process *guest, uint32_t head)
{
	const struct state_head *state = &guest->state->heads[head];
	const struct state_resource *resource =
		gpu_resource_find(&guest->gpu.table, state->resource);
	struct link_scanout message = {
		.type = LINK_SCANOUT,
		.head = head,
		.serial = state->serial,
		.width_px = state->width_px,
		.height_px = state->height_px,
		.remote = resource && gpu_home(&guest->gpu, resource) == &guest->remote.base,
		.blob = resource && resource->kind == STATE_RESOURCE_BLOB,
	};
	return channel_send(&guest->link, &message, sizeof(message), NULL, 0);
}

static int send_cursor(struct guest_process *guest, uint32_t head)
{
	const struct state_head *state = &guest->state->heads[head];
	struct link_cursor_move message = {
		.type = LINK_CURSOR_MOVE,
		.head = head,
		.x = state->cursor_x,
		.y = state->cursor_y,
		.visible = state->cursor_resource != 0,
	};
	return channel_send(&guest->link, &message, sizeof(message), NULL, 0);
}

/* Sends for each head in the set; what could not be sent stays in it. */
static void send_for_heads(struct guest_process *guest, uint32_t *set,
	int (*send)(struct guest_process *guest, uint32_t head))
{
	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		if ((*set & 1u << i) && send(guest, i) == 0)
			*set &= ~(1u << i);
	}
	if (*set)
		channel_want_write(&guest->link);
}

static void link_tell(struct loop_hook *hook)
{
	struct guest_process *guest = container_of(hook, struct guest_process, tell);

	send_for_heads(guest, &guest->scanouts_changed, send_scanout);
	if (guest->inputs.leds_due)
		inputs_tell(guest);
	if (!guest->cursors_moved)
		return;
	int64_t now = clock_now_ns();
	int64_t since = now - guest->cursor_told_ns;
	if (since < CURSOR_PAUSE_NS) {
		/* Once: to set a timer is dearer than all else that a move costs. */
		if (!guest->cursor_paused)
			loop_timer_set(&guest->cursor_pause, CURSOR_PAUSE_NS - since);
		guest->cursor_paused = true;
		return;
	}
	guest->cursor_told_ns = now;
	send_for_heads(guest, &guest->cursors_moved, send_cursor);
}

static void link_cursor_pause_over(struct loop_timer *timer)
{
	struct guest_process *guest = container_of(timer, struct guest_process, cursor_pause);

	guest->cursor_paused = false;
	link_tell_later(guest);
}

void link_tell_later(struct guest_process *guest)
{
	loop_hook_arm(&guest->loop, &guest->tell);
}

void link_ask_for_renderer(struct guest_process *guest, uint32_t type)
{
	struct link_renderer_wanted message = { .type = type };
	if (channel_send(&guest->link, &message, sizeof(message), NULL, 0) < 0)
		log_warn("cannot ask for a renderer");
}

bool link_keep(struct guest_process *guest, uint32_t device, enum vhost_user_keep kind,
	uint32_t index, int fd)
{
	static const uint32_t kinds[] = {
		[VHOST_USER_KEEP_GPU_SOCKET] = LINK_KEEP_GPU_SOCKET,
		[VHOST_USER_KEEP_BACKEND_SOCKET] = LINK_KEEP_BACKEND_SOCKET,
		[VHOST_USER_KEEP_REGION] = LINK_KEEP_REGION,
		[VHOST_USER_KEEP_KICK] = LINK_KEEP_KICK,
		[VHOST_USER_KEEP_CALL] = LINK_KEEP_CALL,
		[VHOST_USER_KEEP_ERR] = LINK_KEEP_ERR,
	};
	struct link_keep message = {
		.type = fd >= 0 ? LINK_KEEP : LINK_FORGET,
		.device = device,
		.kind = kinds[kind],
		.index = index,
	};
	if (channel_send(&guest->link, &message, sizeof(message), &fd, fd >= 0) == 0)
		return true;
	channel_want_write(&guest->link);
	return false;
}

int link_open(struct guest_process *guest, int take_fd)
{
	loop_hook_init(&guest->tell, link_tell);
	takeover_init(&guest->takeover);
	journal_init(&guest->journal);
	vhost_user_connection_init(&guest->connection);
	channel_init(&guest->link);
	int ret = loop_timer_init(&guest->cursor_pause, &guest->loop, link_cursor_pause_over);
	if (ret < 0) {
		fd_close(&take_fd);
		return ret;
	}
	return channel_open(&guest->link, &guest->loop, take_fd, &link_interface);
}

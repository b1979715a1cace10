/* SPDX-License-Identifier: MIT */
/* Between the VMM's connection, the device, its renderers and the link. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "daemon/guest/guest.h"

/* -- the connection asks the device -- */

static uint64_t front_features(void *data)
{
	struct guest_process *guest = data;
	return gpu_features(&guest->gpu);
}

static void front_set_features(void *data, uint64_t features)
{
	struct guest_process *guest = data;
	gpu_set_features(&guest->gpu, features);
	taps_features(guest, features);
	if (features & (1ull << VIRTIO_GPU_F_VIRGL))
		link_ask_for_renderer(guest, LINK_RENDERER_EXPECTED);
}

static void front_config_read(void *data, uint32_t offset, void *to, uint32_t len)
{
	struct guest_process *guest = data;
	gpu_config_read(&guest->gpu, offset, to, len);
}

static void front_config_write(void *data, uint32_t offset, const void *from, uint32_t len)
{
	struct guest_process *guest = data;
	gpu_config_write(&guest->gpu, offset, from, len);
}

static void front_kicked(void *data, uint32_t queue)
{
	struct guest_process *guest = data;
	guest->state->counters.driver_ready = 1;
	gpu_process(&guest->gpu, queue);
}

static void front_stopped(void *data, uint32_t queue)
{
	struct guest_process *guest = data;
	guest->state->counters.driver_ready = 0;
}

static void front_memory_changed(void *data)
{
	struct guest_process *guest = data;
	gpu_memory_changed(&guest->gpu);
}

static void front_reset(void *data)
{
	struct guest_process *guest = data;
	log_limited(&guest->resets, LOG_LEVEL_INFO, "the guest starts afresh");
	taps_reset(guest);
	gpu_reset(&guest->gpu);
}

static bool front_keep(void *data, enum vhost_user_keep kind, uint32_t index, int fd)
{
	return link_keep(data, LINK_DEVICE_GPU, kind, index, fd);
}

static void front_trouble(void *data, const char *what)
{
	struct guest_process *guest = data;
	char *trouble = guest->state->counters.trouble;

	if (*what && strcmp(trouble, what))
		log_warn("%s", what);
	snprintf(trouble, sizeof(guest->state->counters.trouble), "%s", what);
}

static void front_config_told(void *data, enum backend_channel_result result)
{
	static const uint32_t changes[] = {
		[BACKEND_CHANNEL_TAKEN] = STATE_CONFIG_CHANGE_TAKEN,
		[BACKEND_CHANNEL_REFUSED] = STATE_CONFIG_CHANGE_REFUSED,
		[BACKEND_CHANNEL_MISSING] = STATE_CONFIG_CHANGE_MISSING,
	};
	struct guest_process *guest = data;
	guest->state->counters.config_change = changes[result];
}

static void front_closed(void *data, const char *why)
{
	struct guest_process *guest = data;

	guest->connected = false;
	guest->gpu.queues = NULL;
	if (why)
		log_warn("the VMM sends %s: dropped", why);
	else
		log_info("the VMM is gone");
	if (!taps_end(guest))
		loop_stop(&guest->loop, 0);
}

static const char *const queue_names[] = { "control", "cursor" };

const struct vhost_user_device front_device = {
	.queue_names = queue_names,
	.n_queues = VIRTIO_GPU_QUEUE_COUNT,
	.features = front_features,
	.set_features = front_set_features,
	.config_bytes = GPU_CONFIG_BYTES,
	.config_read = front_config_read,
	.config_write = front_config_write,
	.kicked = front_kicked,
	.stopped = front_stopped,
	.memory_changed = front_memory_changed,
	.reset = front_reset,
	.keep = front_keep,
	.config_told = front_config_told,
	.trouble = front_trouble,
	.closed = front_closed,
};

/* -- the device asks the rest -- */

static void front_notify(void *data, uint32_t queue)
{
	struct guest_process *guest = data;
	vhost_user_notify_later(&guest->connection, queue);
}

static void front_again(void *data, uint32_t queue)
{
	struct guest_process *guest = data;
	guest->again_queues |= 1u << queue;
	loop_timer_set(&guest->again, 1);
}

static void front_again_now(struct loop_timer *timer)
{
	struct guest_process *guest = container_of(timer, struct guest_process, again);
	uint32_t queues = guest->again_queues;

	guest->again_queues = 0;
	for (uint32_t i = 0; i < VIRTIO_GPU_QUEUE_COUNT; i++) {
		if (queues & 1u << i)
			gpu_process(&guest->gpu, i);
	}
}

static void front_renderer_wanted(void *data)
{
	link_ask_for_renderer(data, LINK_RENDERER_WANTED);
}

static void front_want_later(void *data, int64_t delay_ns)
{
	struct guest_process *guest = data;
	loop_timer_set(&guest->want, delay_ns);
}

static void front_want_now(struct loop_timer *timer)
{
	struct guest_process *guest = container_of(timer, struct guest_process, want);
	gpu_want_remote(&guest->gpu);
}

static void front_scanout_changed(void *data, uint32_t head)
{
	struct guest_process *guest = data;
	guest->scanouts_changed |= 1u << head;
	link_tell_later(guest);
}

static void front_cursor_moved(void *data, uint32_t head)
{
	struct guest_process *guest = data;
	guest->cursors_moved |= 1u << head;
	link_tell_later(guest);
}

static void front_taken(void *data, uint32_t queue, const void *bytes, size_t len)
{
	taps_command(data, queue, bytes, len);
}

static void front_refused(void *data, uint32_t type, uint32_t response)
{
	taps_refused(data, type, response);
}

static const struct gpu_listener front_gpu_listener = {
	.notify = front_notify,
	.again = front_again,
	.renderer_wanted = front_renderer_wanted,
	.want_later = front_want_later,
	.scanout_changed = front_scanout_changed,
	.cursor_moved = front_cursor_moved,
	.taken = front_taken,
	.refused = front_refused,
};

/* -- the remote renderer tells the device -- */

static void front_completed(void *data, uint64_t seq, uint32_t response)
{
	struct guest_process *guest = data;
	gpu_remote_completed(&guest->gpu, seq, response);
}

static void front_room(void *data)
{
	struct guest_process *guest = data;
	gpu_remote_room(&guest->gpu);
}

/* The daemon ends it; LINK_GUEST_RENDERER_GONE comes back as after any death. */
static void front_broken(void *data)
{
	link_ask_for_renderer(data, LINK_RENDERER_BROKEN);
}

static void front_flushed(void *data, uint64_t seq, uint32_t response)
{
	struct guest_process *guest = data;
	gpu_local_completed(&guest->gpu, seq);
}

static const struct renderer_listener front_local_listener = {
	.completed = front_flushed,
};

static const struct renderer_listener front_renderer_listener = {
	.completed = front_completed,
	.room = front_room,
	.broken = front_broken,
};

/* -- life -- */

/* front_finish may follow however it ends. */
int front_init(struct guest_process *guest, const struct gpu_config *config)
{
	const struct guest_memory *memory = &guest->connection.memory;

	remote_renderer_init(&guest->remote, &guest->loop, memory, &guest->state->remote,
		&front_renderer_listener, guest);
	int tapped = taps_init(guest);
	int again = loop_timer_init(&guest->again, &guest->loop, front_again_now);
	int want = loop_timer_init(&guest->want, &guest->loop, front_want_now);
	int inputs = inputs_init(guest);
	int ret = pixman_renderer_init(&guest->local, &guest->loop, memory, &guest->link);
	if (ret == 0)
		ret = tapped;
	if (ret == 0)
		ret = again;
	if (ret == 0)
		ret = want;
	if (ret == 0)
		ret = inputs;
	if (ret == 0 && (!config->n_heads || config->n_heads > LIMIT_HEADS))
		ret = -EINVAL;
	if (ret < 0)
		return ret;
	pixman_renderer_pace(&guest->local, &front_local_listener, guest);
	return gpu_init(&guest->gpu, config, guest->state, memory, &guest->local.base,
		config->virgl ? &guest->remote.base : NULL, &front_gpu_listener, guest);
}

int front_connect(struct guest_process *guest, int take_fd)
{
	if (guest->connected) {
		fd_close(&take_fd);
		return 0;
	}
	int ret = vhost_user_connection_open(&guest->connection, &guest->loop, take_fd,
		&guest->journal, &guest->state->gpu, guest->state->regions, &front_device, guest);
	if (ret < 0)
		return ret;
	guest->connected = true;
	guest->gpu.queues = guest->connection.queues;
	log_info("a VMM is connected");
	return 0;
}

void front_set_heads(struct guest_process *guest, const struct link_guest_heads *heads)
{
	gpu_set_heads(&guest->gpu, heads);
	guest->state->counters.config_change = STATE_CONFIG_CHANGE_NONE;
	if (guest->connected)
		vhost_user_config_changed(&guest->connection);
}

void front_finish(struct guest_process *guest)
{
	if (!guest->state)
		return;
	vhost_user_connection_finish(&guest->connection);
	inputs_finish(guest);
	remote_renderer_close(&guest->remote);
	pixman_renderer_finish(&guest->local);
	loop_timer_finish(&guest->again);
	loop_timer_finish(&guest->want);
	taps_finish(guest);
	gpu_finish(&guest->gpu);
}

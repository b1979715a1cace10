/* SPDX-License-Identifier: MIT */
/* A renderer in a process of its own: calls become records, completions come back. */
#include "backends/remote/renderer.h"

#include <errno.h>
#include <string.h>

#include "backends/guest_memory.h"
#include "base/log.h"

_Static_assert(RENDER_RECORD_MAX >= sizeof(struct render_record) + VIRTIO_GPU_COMMAND_MAX,
	"every command that the device takes can be passed on");

static struct remote_renderer *from_base(struct renderer *base)
{
	return container_of(base, struct remote_renderer, base);
}

static enum render_want want_of(struct renderer_ticket ticket)
{
	return ticket.wait == RENDERER_WAIT_FENCED ? RENDER_WANT_FENCED : RENDER_WANT_EXECUTED;
}

static bool remote_has_room(struct renderer *base)
{
	struct remote_renderer *r = from_base(base);
	return r->up && render_ring_has_room(&r->ring);
}

static void remote_give_up(struct remote_renderer *r, const char *why)
{
	log_warn("the renderer %s: given up", why);
	remote_renderer_close(r);
	r->listener->broken(r->data);
}

/*
 * What cannot wait (a reset, other memory) finds a ring that a stuck renderer left
 * full: it is of no more use. The daemon sees its end and says so.
 */
static void remote_overrun(struct remote_renderer *r)
{
	remote_give_up(r, "does not keep up");
}

static uint32_t remote_execute(struct renderer *base, const struct virtio_gpu_command *command,
	struct renderer_ticket ticket)
{
	struct remote_renderer *r = from_base(base);
	struct virtio_gpu_command c = virtio_gpu_command_in_3d(command);
	uint32_t max = RENDER_RECORD_MAX - sizeof(struct render_record);

	if (!r->up)
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	void *payload = render_ring_begin(&r->ring, RENDER_COMMAND, want_of(ticket), ticket.seq, max);
	if (!payload) {
		remote_overrun(r);
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	}
	uint32_t bytes = encode_virtio_gpu_command(&c, payload, max);
	if (!bytes)
		return VIRTIO_GPU_RESP_ERR_UNSPEC; /* nothing was committed */
	render_ring_commit(&r->ring, bytes);
	return 0;
}

/* A record whose answer nobody waits for; it is completed with a seq of 0. */
static void remote_send(struct remote_renderer *r, enum render_kind kind, const void *payload,
	uint32_t bytes)
{
	void *record = render_ring_begin(&r->ring, kind, RENDER_WANT_EXECUTED, 0, bytes);

	if (!record) {
		remote_overrun(r);
		return;
	}
	if (bytes)
		memcpy(record, payload, bytes);
	render_ring_commit(&r->ring, bytes);
}

static void remote_scanout(struct renderer *base, uint32_t head,
	const struct renderer_scanout *scanout)
{
	struct remote_renderer *r = from_base(base);

	if (!r->up)
		return;
	struct render_scanout record = {
		.head = head,
		.resource = scanout->resource,
		.x = scanout->area.x,
		.y = scanout->area.y,
		.width_px = scanout->area.width,
		.height_px = scanout->area.height,
		.serial = scanout->serial,
	};
	remote_send(r, RENDER_SCANOUT, &record, sizeof(record));
}

static uint32_t remote_flush(struct renderer *base, uint32_t head, struct picture_box box,
	int64_t flush_ns, struct renderer_ticket ticket)
{
	struct remote_renderer *r = from_base(base);

	if (!r->up)
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	struct render_flush *record = render_ring_begin(&r->ring, RENDER_FLUSH, want_of(ticket),
		ticket.seq, sizeof(*record));
	if (!record) {
		remote_overrun(r);
		return VIRTIO_GPU_RESP_ERR_UNSPEC;
	}
	*record = (struct render_flush){
		.head = head,
		.x = box.x,
		.y = box.y,
		.width_px = box.width,
		.height_px = box.height,
		.flush_ns = flush_ns,
	};
	render_ring_commit(&r->ring, sizeof(*record));
	return 0;
}

static void remote_cursor(struct renderer *base, uint32_t head, uint32_t resource, uint32_t hot_x,
	uint32_t hot_y, uint64_t serial)
{
	struct remote_renderer *r = from_base(base);

	if (!r->up)
		return;
	struct render_cursor record = {
		.head = head,
		.resource = resource,
		.hot_x = hot_x,
		.hot_y = hot_y,
		.serial = serial,
	};
	remote_send(r, RENDER_CURSOR, &record, sizeof(record));
}

static int remote_send_regions(struct remote_renderer *r)
{
	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++) {
		const struct guest_region *region = &r->memory->regions[i];
		struct render_message_region message = {
			.type = RENDER_MESSAGE_REGION_SET,
			.guest_addr = region->guest_addr,
			.size_bytes = region->size_bytes,
			.fd_offset = region->fd_offset,
		};
		if (!region->map)
			continue;
		int ret = channel_send(&r->channel, &message, sizeof(message), &region->fd, 1);
		if (ret < 0)
			return ret;
	}
	struct render_message_regions_done done = {
		.type = RENDER_MESSAGE_REGIONS_DONE,
		.generation = ++r->ring.kept->generation,
	};
	return channel_send(&r->channel, &done, sizeof(done), NULL, 0);
}

static void remote_memory_changed(struct renderer *base)
{
	struct remote_renderer *r = from_base(base);

	if (!r->up)
		return;
	r->ring.kept->moves = 1;
	int ret = remote_send_regions(r);
	if (ret < 0) {
		remote_give_up(r, "takes no memory regions");
		return;
	}
	struct render_regions record = { .generation = r->ring.kept->generation };
	remote_send(r, RENDER_REGIONS, &record, sizeof(record));
	r->ring.kept->moves = 0;
}

static void remote_reset(struct renderer *base)
{
	struct remote_renderer *r = from_base(base);

	if (r->up)
		remote_send(r, RENDER_RESET, NULL, 0);
}

static const struct renderer_interface remote_interface = {
	.name = "remote",
	.has_room = remote_has_room,
	.execute = remote_execute,
	.scanout = remote_scanout,
	.flush = remote_flush,
	.cursor = remote_cursor,
	.memory_changed = remote_memory_changed,
	.reset = remote_reset,
};

static void remote_complete(struct loop_source *source, uint32_t events)
{
	struct remote_renderer *r = container_of(source, struct remote_renderer, complete);
	struct render_completion completion;
	int ret = 0;

	eventfd_drain(source->fd);
	while (r->up && (ret = render_ring_peek(&r->ring, &completion)) > 0) {
		if (completion.seq)
			r->listener->completed(r->data, completion.seq, completion.response);
		if (r->up)
			render_ring_drop(&r->ring);
	}
	if (ret < 0) {
		remote_give_up(r, "completes what it was not given");
		return;
	}
	r->listener->room(r->data);
}

/* The renderer sends nothing over the socket; the daemon tells when it is gone. */
static const struct channel_rule no_rules[1];

static void channel_handle_none(struct channel *channel, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX], size_t n_fds)
{
}

static void channel_handle_closed(struct channel *channel, int error)
{
}

static const struct channel_interface channel_none = {
	.rules = no_rules,
	.n_rules = 1,
	.handle = channel_handle_none,
	.closed = channel_handle_closed,
};

void remote_renderer_init(struct remote_renderer *r, struct loop *loop,
	const struct guest_memory *memory, struct state_remote *kept,
	const struct renderer_listener *listener, void *data)
{
	*r = (struct remote_renderer){
		.base.interface = &remote_interface,
		.loop = loop,
		.memory = memory,
		.listener = listener,
		.data = data,
	};
	render_ring_init(&r->ring, kept);
	channel_init(&r->channel);
}

static int remote_watch(struct remote_renderer *r, int take_socket)
{
	int ret = channel_open(&r->channel, r->loop, take_socket, &channel_none);
	if (ret == 0)
		ret = loop_add(r->loop, &r->complete, r->ring.complete_fd, EPOLLIN, remote_complete);
	r->up = ret == 0;
	return ret;
}

int remote_renderer_open(struct remote_renderer *r, int take_memfd, int take_submit_fd,
	int take_complete_fd, int take_socket)
{
	remote_renderer_close(r);
	int ret = render_ring_open(&r->ring, take_memfd, take_submit_fd, take_complete_fd);
	if (ret < 0) {
		fd_close(&take_socket);
		return ret;
	}
	ret = remote_watch(r, take_socket);
	if (ret < 0) {
		remote_renderer_close(r);
		return ret;
	}
	r->ring.kept->generation = 0;
	remote_memory_changed(&r->base);
	return 0;
}

int remote_renderer_adopt(struct remote_renderer *r, int take_memfd, int take_submit_fd,
	int take_complete_fd, int take_socket)
{
	remote_renderer_close(r);
	int ret = render_ring_adopt(&r->ring, take_memfd, take_submit_fd, take_complete_fd);
	if (ret < 0) {
		fd_close(&take_socket);
		return ret;
	}
	ret = remote_watch(r, take_socket);
	/* A set of regions that was told in part cannot be told to its end. */
	if (ret == 0 && r->ring.kept->moves)
		ret = -EPROTO;
	if (ret < 0)
		remote_renderer_close(r);
	return ret;
}

void remote_renderer_close(struct remote_renderer *r)
{
	r->up = false;
	loop_remove(&r->complete);
	channel_finish(&r->channel);
	render_ring_finish(&r->ring);
}

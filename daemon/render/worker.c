/* SPDX-License-Identifier: MIT */
/*
 * mullion-render at work. One turn of the loop takes a bounded number of records,
 * so that the daemon's messages and the fences are seen between them.
 *
 * A guest's fences are held, for a moment, until its screens are as far as it is
 * (backends/pace.h): so it draws at their pace, and not frames for nobody.
 */
#include "daemon/render/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/log.h"
#include "protocol/budget.h"
#include "protocol/link.h"
#include "protocol/virtio_gpu.h"

#define TURN_RECORDS 64
#define TURN_NS (2 * NSEC_PER_MSEC)

static void worker_end(struct worker *worker, int status, const char *why)
{
	if (worker->loop.stop)
		return;
	log_line(status ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "ends: %s", why);
	loop_stop(&worker->loop, status);
}

static void worker_complete(struct worker *worker, uint64_t seq, uint32_t response)
{
	if (ring_complete(&worker->ring, seq, response) < 0)
		worker_end(worker, EXIT_FAILURE, "completions overflow");
}

static void worker_retire(struct worker *worker)
{
	const struct fence *fence;

	while ((fence = fences_oldest(&worker->fences)) &&
		!heads_hold(&worker->heads, worker->fences.tail) &&
		library_fence_signalled(&worker->library, fence->fence)) {
		worker_complete(worker, fence->seq, fence->response);
		fences_pop(&worker->fences);
	}
	loop_hook_arm(&worker->loop, &worker->turn_end);
	if (!fence || !heads_hold(&worker->heads, worker->fences.tail))
		return;
	int64_t delay_ns = heads_deadline_ns(&worker->heads) - clock_now_ns();
	loop_timer_set(&worker->hold, delay_ns ? delay_ns : 1);
}

static void worker_handle_hold(struct loop_timer *timer)
{
	struct worker *worker = container_of(timer, struct worker, hold);

	heads_expire(&worker->heads, clock_now_ns());
	worker_retire(worker);
}

/*
 * Others need not wait for the GPU until this process is gone. What the program gave it is
 * waited for: while it lasts this process answers for it, and is ended if that hangs.
 */
static void worker_leave_client(struct worker *worker)
{
	if (budget_end(&worker->budget))
		loop_stop(&worker->loop, EXIT_SUCCESS);
}

static void worker_handle_fence(struct library *library)
{
	struct worker *worker = container_of(library, struct worker, library);

	if (worker->client.connection.fd >= 0) {
		client_handle_fence(&worker->client);
	} else if (!worker->client_left) {
		worker_retire(worker);
		heads_fence_signalled(&worker->heads);
	}
	budget_fence_signalled(&worker->budget);
	if (worker->client_left)
		worker_leave_client(worker);
}

static void worker_answer(
	struct worker *worker, const struct render_record *record, uint32_t response)
{
	if (!(record->want & RENDER_WANT_FENCED)) {
		if (record->want & RENDER_WANT_EXECUTED)
			worker_complete(worker, record->seq, response);
		return;
	}
	/* What failed gave the GPU nothing to do. */
	if (response < VIRTIO_GPU_RESP_ERR_UNSPEC && !budget_fence(&worker->budget))
		log_warn("no fence: the library has no memory");
	struct fence fence = {
		.seq = record->seq,
		.response = response,
		.fence = worker->library.fence_made,
	};
	if (!fences_push(&worker->fences, fence)) {
		worker_end(worker, EXIT_FAILURE, "more fenced records in flight than agreed");
		return;
	}
	worker_retire(worker);
}

/* 0: the stream runs. It is a private copy, 4-aligned, until the next record. */
static uint32_t worker_begin_submission(
	struct worker *worker, const struct virtio_gpu_command *command)
{
	if (command->submit.size % 4)
		return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
	return submit_begin(&worker->stream, command->header.ctx_id, (uint32_t *)command->tail,
		command->submit.size / 4);
}

static uint32_t worker_handle_command(struct worker *worker, const void *payload, size_t len)
{
	struct virtio_gpu_command command;

	uint32_t response =
		decode_virtio_gpu_command(payload, len, VIRTIO_GPU_QUEUE_CONTROL, &command);
	if (response)
		return response;
	if (command.header.type == VIRTIO_GPU_CMD_SUBMIT_3D)
		return worker_begin_submission(worker, &command);
	return renderer_execute(&worker->renderer, &command);
}

static uint32_t worker_handle_regions(struct worker *worker, const void *payload, size_t len)
{
	const struct render_regions *regions = payload;

	worker->awaits_regions = true;
	worker->awaited_generation = regions->generation;
	return VIRTIO_GPU_RESP_OK_NODATA;
}

static uint32_t worker_handle_reset(struct worker *worker, const void *payload, size_t len)
{
	heads_reset(&worker->heads);
	renderer_reset(&worker->renderer);
	return VIRTIO_GPU_RESP_OK_NODATA;
}

static uint32_t worker_handle_scanout(struct worker *worker, const void *payload, size_t len)
{
	return heads_scanout(&worker->heads, payload);
}

static uint32_t worker_handle_flush(struct worker *worker, const void *payload, size_t len)
{
	return heads_flush(&worker->heads, payload, worker->fences.head);
}

static uint32_t worker_handle_cursor(struct worker *worker, const void *payload, size_t len)
{
	return heads_cursor(&worker->heads, payload);
}

static const struct record_rule {
	uint32_t bytes_min, bytes_max; /* of the payload */
	uint32_t (*handle)(struct worker *worker, const void *payload, size_t len);
} record_rules[RENDER_KIND_COUNT] = {
#define EXACT(type) sizeof(type), sizeof(type)
	[RENDER_COMMAND] = { VIRTIO_GPU_HEADER_BYTES, RENDER_RECORD_MAX, worker_handle_command },
	[RENDER_REGIONS] = { EXACT(struct render_regions), worker_handle_regions },
	[RENDER_RESET] = { 0, 0, worker_handle_reset },
	[RENDER_SCANOUT] = { EXACT(struct render_scanout), worker_handle_scanout },
	[RENDER_FLUSH] = { EXACT(struct render_flush), worker_handle_flush },
	[RENDER_CURSOR] = { EXACT(struct render_cursor), worker_handle_cursor },
#undef EXACT
};

/* False: mullion-guest does not speak our language. */
static bool worker_execute(struct worker *worker)
{
	const struct render_record *record = &worker->record;

	worker->popped = false;
	if (record->kind >= RENDER_KIND_COUNT)
		return false;
	const struct record_rule *rule = &record_rules[record->kind];
	if (worker->payload_bytes < rule->bytes_min || worker->payload_bytes > rule->bytes_max)
		return false;
	/* This one may take long: what is done already must not wait for it. */
	ring_notify(&worker->ring);
	budget_heartbeat_begin(&worker->budget);
	uint32_t response = rule->handle(worker, worker->payload, worker->payload_bytes);
	if (!worker->stream.runs) {
		budget_sent(&worker->budget, 0);
		worker_answer(worker, record, response);
	}
	budget_heartbeat_end(&worker->budget);
	return true;
}

static void worker_run_stream(struct worker *worker)
{
	uint32_t response;

	budget_heartbeat_begin(&worker->budget);
	if (submit_run(&worker->stream, &response))
		worker_answer(worker, &worker->record, response);
	budget_heartbeat_end(&worker->budget);
}

/* True: the guest's memory is as the ring wants it. */
static bool worker_has_regions(struct worker *worker)
{
	if (!worker->awaits_regions)
		return true;
	if (!regions_reached(&worker->regions, worker->awaited_generation))
		return false;
	worker->awaits_regions = false;
	struct guest_memory *memory = regions_take(&worker->regions);
	if (memory)
		renderer_replace_memory(&worker->renderer, memory);
	return true;
}

/* 1: there is a record to carry out, 0: the ring is empty, -EPROTO. */
static int worker_next(struct worker *worker)
{
	int ret;

	do {
		ret = ring_pop(&worker->ring, &worker->record, &worker->payload,
			&worker->payload_bytes);
	} while ((ret > 0 && worker->record.kind == RENDER_PAD) ||
		 (ret == 0 && !ring_sleep(&worker->ring)));
	worker->popped = ret > 0;
	return ret;
}

static void worker_turn(struct worker *worker)
{
	int64_t end_ns = clock_now_ns() + TURN_NS;

	loop_hook_arm(&worker->loop, &worker->turn_end);
	for (int i = 0; i < TURN_RECORDS && !worker->loop.stop; i++) {
		if (!worker_has_regions(worker)) {
			budget_idle(&worker->budget);
			return; /* worker_handle_regions_ready goes on */
		}
		int ret = worker->popped || worker->stream.runs ? 1 : worker_next(worker);
		if (ret == 0) {
			budget_idle(&worker->budget);
			return;
		}
		if (ret > 0 && !budget_take(&worker->budget))
			return; /* worker_handle_ready goes on */
		if (ret > 0 && worker->stream.runs)
			worker_run_stream(worker);
		else if (ret < 0 || !worker_execute(worker))
			worker_end(worker, EXIT_FAILURE, "the guest's process broke the ring");
		if (clock_now_ns() > end_ns)
			break;
	}
	eventfd_signal(worker->ring.submit_fd); /* more to do, after the others had their turn */
}

static void worker_handle_ready(struct budget *budget)
{
	struct worker *worker = container_of(budget, struct worker, budget);

	if (worker->client.connection.fd >= 0)
		client_go_on(&worker->client);
	else
		worker_turn(worker);
}

static void worker_handle_submit(struct loop_source *source, uint32_t events)
{
	struct worker *worker = container_of(source, struct worker, submit);

	eventfd_drain(source->fd);
	worker_turn(worker);
}

static void worker_handle_regions_ready(struct regions *regions)
{
	worker_turn(container_of(regions, struct worker, regions));
}

static void worker_handle_regions_closed(struct regions *regions)
{
	worker_end(container_of(regions, struct worker, regions), EXIT_SUCCESS,
		"the guest's process closed the render socket");
}

static void worker_handle_turn_end(struct loop_hook *hook)
{
	struct worker *worker = container_of(hook, struct worker, turn_end);

	if (worker->started)
		ring_notify(&worker->ring);
}

static void worker_handle_resource_gone(struct renderer *renderer, struct resource *resource)
{
	struct worker *worker = container_of(renderer, struct worker, renderer);
	heads_forget(&worker->heads, resource);
}

/* fds: ring memfd, submit eventfd, complete eventfd, render socket, budget memfd. */
static int worker_start(struct worker *worker, const void *message, int fds[static 5])
{
	struct link_render_start start;
	memcpy(&start, message, sizeof(start));

	if (worker->started || start.ring_bytes != RENDER_RING_BYTES)
		return -EPROTO;
	start.name[sizeof(start.name) - 1] = '\0';
	log_set_guest(start.name);
	worker->renderer.quota.limit_bytes = start.memory_bytes;

	int ret = ring_open(&worker->ring, fds[0], fds[1], fds[2]);
	fds[0] = fds[1] = fds[2] = -1;
	if (ret < 0)
		return ret;
	ret = regions_open(&worker->regions, &worker->loop, fds[3]);
	fds[3] = -1;
	if (ret < 0)
		return ret;
	ret = budget_open(&worker->budget, &worker->loop, fds[4]);
	fds[4] = -1;
	if (ret < 0)
		return ret;
	ret = fd_set_nonblock(worker->ring.submit_fd);
	if (ret < 0)
		return ret;
	ret = loop_add(&worker->loop, &worker->submit, worker->ring.submit_fd, EPOLLIN,
		worker_handle_submit);
	if (ret < 0)
		return ret;
	worker->started = true;
	log_info("serves this guest, %s", worker->library.gl_renderer);
	worker_turn(worker);
	return 0;
}

static void worker_handle_client_closed(struct client *client, const char *why)
{
	struct worker *worker = container_of(client, struct worker, client);
	struct link_client_ended ended = { .type = LINK_CLIENT_ENDED };

	if (why) {
		ended.over_memory = !strcmp(why, VTEST_WHY_MEMORY);
		snprintf(ended.reason, sizeof(ended.reason), "%s", why);
	}
	channel_send(&worker->link, &ended, sizeof(ended), NULL, 0);
	worker->client_left = true;
	worker_leave_client(worker);
}

/* fds: the connection, budget memfd, memory memfd. */
static int worker_serve_client(struct worker *worker, const void *message, int fds[static 3])
{
	struct link_render_client start;
	memcpy(&start, message, sizeof(start));

	if (worker->started || start.slot >= MEMORY_SLOTS)
		return -EPROTO;
	worker->started = true;
	start.name[sizeof(start.name) - 1] = '\0';
	log_set_guest(start.name);
	int ret = budget_open(&worker->budget, &worker->loop, fds[1]);
	fds[1] = -1;
	if (ret == 0)
		ret = memfd_check_sealed(fds[2], MEMORY_BYTES);
	if (ret < 0)
		return ret;
	worker->memory = memfd_map(fds[2], MEMORY_BYTES, PROT_READ | PROT_WRITE);
	if (!worker->memory)
		return -errno;
	worker->renderer.quota = (struct quota){
		.limit_bytes = start.memory_bytes,
		.slots = worker->memory,
		.n_slots = MEMORY_SLOTS,
		.slot = start.slot,
	};
	ret = client_open(&worker->client, &worker->loop, fds[0]);
	fds[0] = -1;
	return ret;
}

/* Another mulliond: it is told what the one before it knew. */
static void worker_resync(struct worker *worker)
{
	struct link_resync done = worker->resync;

	done.type = LINK_RESYNC_DONE;
	if (channel_send(&worker->link, &done, sizeof(done), NULL, 0) < 0) {
		channel_want_write(&worker->link);
		return;
	}
	worker->resync.serial = 0;
	heads_resync(&worker->heads);
}

static const struct channel_rule link_rules[LINK_TYPE_COUNT] = {
	[LINK_RESYNC] = { sizeof(struct link_resync), 0, 0 },
	[LINK_BUDGET] = { sizeof(struct link_budget), 0, 0 },
	[LINK_RENDER_START] = { sizeof(struct link_render_start), 5, 5 },
	[LINK_RENDER_MEMORY] = { sizeof(struct link_render_memory), 0, 0 },
	[LINK_RENDER_CLIENT] = { sizeof(struct link_render_client), 3, 3 },
	[LINK_COPY_WANTED] = { sizeof(struct link_copy_wanted), 0, 0 },
	[LINK_FRAME_DONE] = { sizeof(struct link_frame_done), 0, 0 },
	[LINK_PICTURE_RELEASED] = { sizeof(struct link_picture_released), 0, 0 },
	[LINK_PICTURE_REFUSED] = { sizeof(struct link_picture_released), 0, 0 },
};

static void worker_handle_link(struct channel *channel, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX], size_t n_fds)
{
	struct worker *worker = container_of(channel, struct worker, link);
	int ret = 0;

	/* Reading back waits for the GPU. */
	budget_heartbeat_begin(&worker->budget);
	if (type == LINK_FRAME_DONE)
		heads_frame_done(&worker->heads, message);
	if (type == LINK_PICTURE_RELEASED)
		heads_released(&worker->heads, message);
	if (type == LINK_PICTURE_REFUSED)
		heads_refused(&worker->heads, message);
	if (type == LINK_COPY_WANTED)
		heads_copy(&worker->heads, message);
	if (type == LINK_RESYNC) {
		worker->resync = *(const struct link_resync *)message;
		worker_resync(worker);
	}
	budget_heartbeat_end(&worker->budget);
	if (type == LINK_FRAME_DONE)
		worker_retire(worker);
	if (type == LINK_RENDER_START)
		ret = worker_start(worker, message, fds);
	if (type == LINK_RENDER_MEMORY)
		worker->renderer.quota.limit_bytes =
			((const struct link_render_memory *)message)->memory_bytes;
	if (type == LINK_RENDER_CLIENT)
		ret = worker_serve_client(worker, message, fds);
	fd_close_all(fds, n_fds);
	budget_look(&worker->budget);
	if (ret < 0)
		worker_end(worker, EXIT_FAILURE, strerror(-ret));
}

static void worker_handle_link_closed(struct channel *channel, int error)
{
	worker_end(container_of(channel, struct worker, link), error ? EXIT_FAILURE : EXIT_SUCCESS,
		error ? strerror(-error) : "mulliond closed the link");
}

static void worker_handle_link_writable(struct channel *channel)
{
	struct worker *worker = container_of(channel, struct worker, link);

	if (worker->resync.serial)
		worker_resync(worker);
	budget_tell(&worker->budget);
	heads_present(&worker->heads);
}

static const struct channel_interface link_interface = {
	.rules = link_rules,
	.n_rules = LINK_TYPE_COUNT,
	.handle = worker_handle_link,
	.closed = worker_handle_link_closed,
	.writable = worker_handle_link_writable,
};

void worker_init(struct worker *worker)
{
	*worker = (struct worker){ .loop.epoll_fd = -1, .hold.source.fd = -1 };
	list_init(&worker->loop.hooks);
	channel_init(&worker->link);
	library_init(&worker->library);
	worker->library.handle_fence = worker_handle_fence;
	renderer_init(&worker->renderer, &worker->library);
	worker->renderer.handle_resource_gone = worker_handle_resource_gone;
	client_init(&worker->client, &worker->renderer, &worker->budget, &worker->stream);
	worker->client.handle_closed = worker_handle_client_closed;
	heads_init(&worker->heads, &worker->link, &worker->renderer);
	ring_init(&worker->ring);
	budget_init(&worker->budget, &worker->link, &worker->library);
	worker->budget.handle_ready = worker_handle_ready;
	submit_init(&worker->stream, &worker->renderer, &worker->budget);
	regions_init(&worker->regions);
	worker->regions.handle_ready = worker_handle_regions_ready;
	worker->regions.handle_closed = worker_handle_regions_closed;
	loop_hook_init(&worker->turn_end, worker_handle_turn_end);
}

static int worker_send_ready(struct worker *worker, int capsets_fd, uint32_t capsets_bytes)
{
	struct link_render_ready ready = {
		.type = LINK_RENDER_READY,
		.dmabuf = worker->library.exports,
		.capsets_bytes = capsets_bytes,
	};

	memcpy(ready.renderer, worker->library.gl_renderer, sizeof(ready.renderer));
	return channel_send(&worker->link, &ready, sizeof(ready), &capsets_fd, 1);
}

int worker_open(struct worker *worker, int take_link_fd, int capsets_fd, uint32_t capsets_bytes)
{
	int ret = loop_init(&worker->loop);
	if (ret < 0) {
		fd_close(&take_link_fd);
		return ret;
	}
	ret = channel_open(&worker->link, &worker->loop, take_link_fd, &link_interface);
	if (ret == 0)
		ret = loop_timer_init(&worker->hold, &worker->loop, worker_handle_hold);
	if (ret < 0)
		return ret;
	ret = library_watch(&worker->library, &worker->loop);
	if (ret < 0)
		return ret;
	return worker_send_ready(worker, capsets_fd, capsets_bytes);
}

int worker_run(struct worker *worker)
{
	int status = loop_run(&worker->loop);
	if (status >= 0)
		return status;
	log_error("event loop: %s", strerror(-status));
	return EXIT_FAILURE;
}

void worker_finish(struct worker *worker)
{
	loop_hook_disarm(&worker->turn_end);
	loop_timer_finish(&worker->hold);
	heads_finish(&worker->heads);
	client_finish(&worker->client);
	renderer_finish(&worker->renderer);
	regions_finish(&worker->regions);
	loop_remove(&worker->submit);
	ring_finish(&worker->ring);
	budget_finish(&worker->budget);
	if (worker->memory)
		munmap(worker->memory, MEMORY_BYTES);
	library_finish(&worker->library);
	channel_finish(&worker->link);
	loop_finish(&worker->loop);
}

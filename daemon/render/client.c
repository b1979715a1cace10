/* SPDX-License-Identifier: MIT */
/* What the commands of a container's program do on the library. */
#include "daemon/render/client.h"

#include <errno.h>
#include <string.h>

#include "backends/virgl/capsets.h"
#include "backends/virgl/renderer.h"
#include "backends/virgl/resource.h"
#include "base/io.h"
#include "base/log.h"
#include "daemon/render/budget.h"
#include "daemon/render/submit.h"

#define CLIENT_CONTEXT 1
#define STREAM_REFUSED "a stream that cannot be"

static struct log_limit transfer_limit;

static uint32_t client_execute(struct client *client, struct virtio_gpu_command *command)
{
	command->header.ctx_id = CLIENT_CONTEXT;
	return renderer_execute(client->renderer, command);
}

/* NULL: it was carried out. */
static const char *client_reason(uint32_t response, const char *otherwise)
{
	switch (response) {
	case VIRTIO_GPU_RESP_OK_NODATA:
		return NULL;
	case VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY:
		return VTEST_WHY_MEMORY;
	case VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID:
		return "a resource id that is taken, or is nobody's";
	default:
		return otherwise;
	}
}

static size_t client_capset(void *data, uint32_t id, void *caps, size_t room)
{
	struct client *client = data;

	budget_heartbeat_begin(client->budget);
	size_t len = capset_fill(id, caps, room);
	budget_heartbeat_end(client->budget);
	return len;
}

static const char *client_create_context(void *data, uint32_t capset, const char *name, size_t len)
{
	struct client *client = data;
	struct virtio_gpu_command command = {
		.header.type = VIRTIO_GPU_CMD_CTX_CREATE,
		.ctx_create = { .context_init = capset },
	};
	size_t room = sizeof(command.ctx_create.name);

	command.ctx_create.name_len = len < room ? len : room;
	memcpy(command.ctx_create.name, name, command.ctx_create.name_len);
	budget_heartbeat_begin(client->budget);
	uint32_t response = client_execute(client, &command);
	budget_heartbeat_end(client->budget);
	return client_reason(response, "a context of a capset that is not offered");
}

/* Attached to the context, and with memory if it is to have some. */
static const char *client_equip_resource(
	struct client *client, const struct vtest_command *create, int *fd)
{
	struct virtio_gpu_command attach = {
		.header.type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE,
		.resource_id = create->resource_id,
	};
	uint32_t bytes = create->create.memory_bytes;

	const char *why = client_reason(client_execute(client, &attach), "no context");
	if (why || !bytes)
		return why;
	if (!quota_has_room(&client->renderer->quota, bytes))
		return VTEST_WHY_MEMORY;
	*fd = memfd_create_sealed("mullion-vtest", bytes);
	int ret = *fd < 0 ? *fd
			  : renderer_attach_memory(client->renderer,
				    renderer_find_resource(client->renderer, create->resource_id),
				    *fd, bytes);
	if (ret < 0)
		fd_close(fd);
	return ret < 0 ? VTEST_WHY_MEMORY : NULL;
}

static const char *client_create_resource(void *data, const struct vtest_command *command, int *fd)
{
	struct client *client = data;
	struct virtio_gpu_command create = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D,
		.resource_id = command->resource_id,
		.create_3d = {
			.target = command->create.target,
			.format = command->create.format,
			.bind = command->create.bind,
			.width = command->create.width,
			.height = command->create.height,
			.depth = command->create.depth,
			.array_size = command->create.array_size,
			.last_level = command->create.last_level,
			.nr_samples = command->create.nr_samples,
		},
	};

	budget_heartbeat_begin(client->budget);
	const char *why = client_reason(
		client_execute(client, &create), "a resource of a kind that cannot be");
	if (!why) {
		renderer_find_resource(client->renderer, command->resource_id)->born =
			client->idle.submitted;
		why = client_equip_resource(client, command, fd);
	}
	budget_heartbeat_end(client->budget);
	return why;
}

static const char *client_unref_resource(void *data, uint32_t id)
{
	struct client *client = data;
	struct virtio_gpu_command command = {
		.header.type = VIRTIO_GPU_CMD_RESOURCE_UNREF,
		.resource_id = id,
	};

	budget_heartbeat_begin(client->budget);
	uint32_t response = client_execute(client, &command);
	budget_heartbeat_end(client->budget);
	return client_reason(response, NULL);
}

static bool client_hold(void *data, uint64_t bytes)
{
	struct client *client = data;

	if (!quota_has_room(&client->renderer->quota, bytes))
		return false;
	quota_add(&client->renderer->quota, bytes);
	return true;
}

static void client_release(void *data, uint64_t bytes)
{
	struct client *client = data;
	quota_sub(&client->renderer->quota, bytes);
}

/*
 * Mesa shows a frame by reading it back from a resource that it made to be shown; a frame
 * of which parts changed in several pieces, with nothing submitted in between.
 */
static void client_look_for_frame(struct client *client, const struct vtest_command *command)
{
	const struct resource *resource =
		renderer_find_resource(client->renderer, command->resource_id);

	if (!resource || command->transfer.level || client->shown == client->idle.submitted ||
		!(resource->info.bind & (VIRGL_BIND_DISPLAY_TARGET | VIRGL_BIND_SCANOUT)))
		return;
	client->shown = client->idle.submitted;
	budget_count_frame(client->budget);
}

/*
 * One that does not fit its resource moves nothing, and the client goes on: so it is with
 * virglrenderer's own server.
 */
static const char *client_transfer(
	void *data, const struct vtest_command *command, bool from_host, void *bytes)
{
	struct client *client = data;
	const struct vtest_box *box = &command->transfer.box;
	struct virtio_gpu_command transfer = {
		.header = {
			.type = from_host ? VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D :
					    VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D,
			.ctx_id = CLIENT_CONTEXT,
		},
		.resource_id = command->resource_id,
		.transfer_3d = {
			.box = { box->x, box->y, box->z, box->width, box->height, box->depth },
			.offset = command->transfer.offset,
			.level = command->transfer.level,
			.stride = command->transfer.stride,
			.layer_stride = command->transfer.layer_stride,
		},
	};

	budget_heartbeat_begin(client->budget);
	uint32_t response = bytes ? renderer_transfer(client->renderer, &transfer, bytes,
					    command->transfer.data_bytes)
				  : renderer_execute(client->renderer, &transfer);
	budget_heartbeat_end(client->budget);
	if (response == VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID)
		return client_reason(response, NULL);
	if (from_host && response == VIRTIO_GPU_RESP_OK_NODATA) {
		client_look_for_frame(client, command);
		idle_read_back(&client->idle);
	}
	if (response != VIRTIO_GPU_RESP_OK_NODATA)
		log_limited(&transfer_limit, LOG_LEVEL_DEBUG, "%s of resource %u does not fit it",
			vtest_command_name(command->id), command->resource_id);
	return NULL;
}

static const char *client_run_submission(struct client *client, bool *waits)
{
	uint32_t response;

	do {
		budget_heartbeat_begin(client->budget);
		*waits = !submit_run(client->submit, &response);
		budget_heartbeat_end(client->budget);
	} while (*waits && budget_take(client->budget));
	return *waits ? NULL : client_reason(response, STREAM_REFUSED);
}

static const char *client_submit(void *data, uint32_t *dwords, size_t n_dwords, bool *waits)
{
	struct client *client = data;

	budget_heartbeat_begin(client->budget);
	idle_submit(&client->idle);
	uint32_t response = submit_begin(client->submit, CLIENT_CONTEXT, dwords, n_dwords);
	budget_heartbeat_end(client->budget);
	return response ? client_reason(response, STREAM_REFUSED)
			: client_run_submission(client, waits);
}

void client_go_on(struct client *client)
{
	const char *why = NULL;
	bool waits = false;

	if (client->submit->runs)
		why = client_run_submission(client, &waits);
	if (why)
		vtest_connection_close(&client->connection, why);
	else if (!waits)
		vtest_connection_resume(&client->connection);
}

/*
 * Mesa makes a resource behind a submission, uses it for nothing, and asks for it as for a
 * fence. Any other may be in use by all that was submitted.
 */
static bool client_is_idle(void *data, uint32_t id, bool waits)
{
	struct client *client = data;
	const struct resource *resource = renderer_find_resource(client->renderer, id);
	bool is_fence = resource && !resource->named;

	client->awaited = is_fence ? resource->born : client->idle.submitted;
	budget_heartbeat_begin(client->budget);
	bool done = (is_fence && waits && idle_will_read(&client->idle, client->awaited)) ||
		    idle_is_done(&client->idle, client->awaited);
	budget_heartbeat_end(client->budget);
	return done;
}

void client_handle_fence(struct client *client)
{
	if (client->connection.wait == VTEST_WAIT_IDLE &&
		idle_is_done(&client->idle, client->awaited))
		vtest_connection_resume(&client->connection);
}

static bool client_may_go_on(void *data)
{
	struct client *client = data;
	return budget_take(client->budget);
}

static void client_waits_for_client(void *data)
{
	struct client *client = data;

	if (idle_may_start(&client->idle)) {
		budget_heartbeat_begin(client->budget);
		budget_start(client->budget);
		budget_heartbeat_end(client->budget);
	}
	budget_idle(client->budget);
}

static void client_closed(void *data, const char *why)
{
	struct client *client = data;
	client->handle_closed(client, why);
}

static const struct vtest_handler client_handler = {
	.may_go_on = client_may_go_on,
	.waits_for_client = client_waits_for_client,
	.capset = client_capset,
	.create_context = client_create_context,
	.create_resource = client_create_resource,
	.unref_resource = client_unref_resource,
	.hold = client_hold,
	.release = client_release,
	.transfer = client_transfer,
	.submit = client_submit,
	.is_idle = client_is_idle,
	.closed = client_closed,
};

void client_init(struct client *client, struct renderer *renderer, struct budget *budget,
	struct submit *submit)
{
	*client = (struct client){ .renderer = renderer, .budget = budget, .submit = submit };
	client->idle.budget = budget;
	vtest_connection_init(&client->connection);
}

int client_open(struct client *client, struct loop *loop, int take_fd)
{
	return vtest_connection_open(&client->connection, loop, take_fd, &client_handler, client);
}

void client_finish(struct client *client)
{
	vtest_connection_finish(&client->connection);
}

/* SPDX-License-Identifier: MIT */
/* The guest's memory as mullion-guest passes it on. */
#include "daemon/render/regions.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "protocol/render.h"

static const struct channel_rule regions_rules[RENDER_MESSAGE_COUNT] = {
	[RENDER_MESSAGE_REGION_SET] = { sizeof(struct render_message_region), 1, 1 },
	[RENDER_MESSAGE_REGIONS_DONE] = { sizeof(struct render_message_regions_done), 0, 0 },
};

static void regions_handle_set(struct regions *regions, const void *message, int fds[])
{
	struct render_message_region set;
	memcpy(&set, message, sizeof(set));

	struct guest_region region = {
		.guest_addr = set.guest_addr,
		.user_addr = set.guest_addr, /* nobody asks for it here */
		.size_bytes = set.size_bytes,
		.fd_offset = set.fd_offset,
	};
	int fd = fds[0];
	fds[0] = -1;
	int ret = guest_memory_add(&regions->coming, &region, fd);
	if (ret < 0)
		log_warn("region of %" PRIu64 " bytes at 0x%" PRIx64 " is left out: %s",
			region.size_bytes, region.guest_addr, strerror(-ret));
}

static void regions_handle_done(struct regions *regions, const void *message)
{
	struct render_message_regions_done done;
	memcpy(&done, message, sizeof(done));

	guest_memory_finish(&regions->ready);
	regions->ready = regions->coming;
	guest_memory_init(&regions->coming);
	regions->ready_generation = done.generation;
	regions->has_ready = true;
	regions->is_taken = false;
	regions->handle_ready(regions);
}

static void regions_handle(struct channel *channel, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX], size_t n_fds)
{
	struct regions *regions = container_of(channel, struct regions, channel);

	switch ((enum render_message_type)type) {
	case RENDER_MESSAGE_REGION_SET:
		regions_handle_set(regions, message, fds);
		break;
	case RENDER_MESSAGE_REGIONS_DONE:
		regions_handle_done(regions, message);
		break;
	case RENDER_MESSAGE_INVALID:
	case RENDER_MESSAGE_COUNT:
		break;
	}
	fd_close_all(fds, n_fds);
}

static void regions_handle_channel_closed(struct channel *channel, int error)
{
	struct regions *regions = container_of(channel, struct regions, channel);

	if (error)
		log_warn("the guest's process broke the render socket's protocol: %s",
			strerror(-error));
	regions->handle_closed(regions);
}

static const struct channel_interface regions_interface = {
	.rules = regions_rules,
	.n_rules = RENDER_MESSAGE_COUNT,
	.handle = regions_handle,
	.closed = regions_handle_channel_closed,
};

void regions_init(struct regions *regions)
{
	*regions = (struct regions){ 0 };
	channel_init(&regions->channel);
	guest_memory_init(&regions->coming);
	guest_memory_init(&regions->ready);
}

int regions_open(struct regions *regions, struct loop *loop, int take_fd)
{
	return channel_open(&regions->channel, loop, take_fd, &regions_interface);
}

void regions_finish(struct regions *regions)
{
	channel_finish(&regions->channel);
	guest_memory_finish(&regions->coming);
	guest_memory_finish(&regions->ready);
}

bool regions_reached(const struct regions *regions, uint32_t generation)
{
	return regions->has_ready && (int32_t)(regions->ready_generation - generation) >= 0;
}

struct guest_memory *regions_take(struct regions *regions)
{
	if (!regions->has_ready || regions->is_taken)
		return NULL;
	regions->is_taken = true;
	return &regions->ready;
}

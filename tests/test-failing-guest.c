/* SPDX-License-Identifier: MIT */
/* Out of memory, descriptors or mappings: mullion-guest, also one that takes over. */
#include "tests/failing_cases.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/io.h"
#include "daemon/guest/guest.h"
#include "protocol/render.h"

#define MEMORY_BYTES 65536u
#define MEMORY_ADDR 0x10000u

static const struct gpu_config config = {
	.n_heads = 2,
	.virgl = true,
	.quota = { 1 << 20, 8, 8, 8, 8 },
};

/* Its link is open, and LINK_GUEST_START came. */
static struct guest_process guest;
static int daemon_end, vmm_end, render_end;

static void ground(bool started)
{
	int fds[2];

	memset(&guest, 0, sizeof(guest));
	daemon_end = vmm_end = render_end = -1;
	assert_int_equal(loop_init(&guest.loop), 0);
	if (!started)
		return;
	assert_int_equal(channel_pair(fds), 0);
	daemon_end = fds[1];
	assert_int_equal(link_open(&guest, fds[0]), 0);
	guest.state = mmap(NULL, sizeof(*guest.state), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int unground(int result)
{
	takeover_finish(&guest.takeover);
	front_finish(&guest);
	channel_finish(&guest.link);
	loop_timer_finish(&guest.cursor_pause);
	loop_finish(&guest.loop);
	if (guest.state)
		munmap(guest.state, sizeof(*guest.state));
	fd_close(&daemon_end);
	fd_close(&vmm_end);
	fd_close(&render_end);
	return result;
}

static int socket_from(int *other)
{
	int fds[2];

	assert_int_equal(channel_pair(fds), 0);
	*other = fds[1];
	return fds[0];
}

static int run_link(void)
{
	ground(false);
	int fd = socket_from(&daemon_end);
	return unground(TRY(link_open(&guest, fd)));
}

static int run_front(void)
{
	ground(true);
	return unground(TRY(front_init(&guest, &config)));
}

static int run_connect(void)
{
	ground(true);
	assert_int_equal(front_init(&guest, &config), 0);
	int fd = socket_from(&vmm_end);
	return unground(TRY(front_connect(&guest, fd)));
}

/* A device whose rings run, with a resource that has a backing. */
static void put_state(void)
{
	struct state *state = guest.state;

	state->gpu.features = 1ull << 32 | 1;
	state->regions[0] = (struct state_region){ .guest_addr = MEMORY_ADDR,
		.size_bytes = MEMORY_BYTES,
		.user_addr = MEMORY_ADDR,
		.used = 1 };
	for (uint32_t i = 0; i < STATE_QUEUES; i++) {
		struct state_queue *queue = &state->gpu.queues[i];
		queue->size = 16;
		queue->enabled = queue->started = queue->kick_known = 1;
		queue->desc_addr = MEMORY_ADDR + 0x1000 * i;
		queue->avail_addr = queue->desc_addr + 0x400;
		queue->used_addr = queue->desc_addr + 0x800;
	}
	state->resources[0] = (struct state_resource){ .id = 1,
		.format = 2,
		.width = 16,
		.height = 16,
		.backing = 0,
		.n_entries = 1,
		.bytes = 1024 };
	state->blocks[0].next = STATE_NONE;
	state->blocks[0].used = 1;
	state->blocks[0].entries[0].addr = MEMORY_ADDR + 0x4000;
	state->blocks[0].entries[0].len = 1024;
	state->contexts[0].id = 1;
	state->ends.resources = state->ends.blocks = state->ends.contexts = 1;
	state->remote.state = STATE_REMOTE_RUNNING;
}

static int run_takeover(void)
{
	struct takeover *takeover = &guest.takeover;

	ground(true);
	assert_int_equal(front_init(&guest, &config), 0);
	put_state();
	takeover->on = true;
	takeover->kept.regions[0] = memfd_create_sealed("memory", MEMORY_BYTES);
	for (uint32_t i = 0; i < STATE_QUEUES; i++) {
		takeover->kept.kicks[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		takeover->kept.calls[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	takeover->renderer[0] = memfd_create_sealed("ring", RENDER_RING_BYTES);
	takeover->renderer[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	takeover->renderer[2] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	takeover->renderer[3] = socket_from(&render_end);
	int fd = socket_from(&vmm_end);
	return unground(TRY(takeover_begin(&guest, fd)));
}

static const struct failing_case cases[] = {
	{ "link_open", run_link, false },
	{ "front_init", run_front, false },
	{ "front_connect", run_connect, false },
	/* Without the renderer it goes on, and without what a resource held. */
	{ "takeover_begin", run_takeover, true },
};

static void test_failing(void **state)
{
	for (size_t i = 0; i < N(cases); i++)
		failing_run(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_failing) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

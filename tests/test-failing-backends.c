/* SPDX-License-Identifier: MIT */
/* Out of memory, descriptors or mappings: base, back ends, mullion-render's side of its ring. */
#include "tests/failing_cases.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "backends/guest_memory.h"
#include "backends/pixman/image.h"
#include "backends/pixman/renderer.h"
#include "backends/presenter.h"
#include "backends/remote/renderer.h"
#include "backends/swapchain.h"
#include "backends/vhost-user/connection.h"
#include "backends/virtio/gpu.h"
#include "backends/vtest/connection.h"
#include "base/channel.h"
#include "base/idmap.h"
#include "daemon/render/regions.h"
#include "daemon/render/ring.h"

#define FORMAT_B8G8R8X8 2u
#define SIDE 16u

static void handle_none(struct channel *channel, uint32_t type, const void *message,
	int fds[static IO_FDS_MAX], size_t n_fds)
{
	fail();
}

static void closed_none(struct channel *channel, int error)
{
	fail();
}

static const struct channel_interface no_messages = { .handle = handle_none,
	.closed = closed_none };

/* What most of them stand on. */
static struct loop loop;
static struct channel channel;
static int peer;

static void ground(void)
{
	int fds[2];

	assert_int_equal(loop_init(&loop), 0);
	assert_int_equal(channel_pair(fds), 0);
	channel_init(&channel);
	assert_int_equal(channel_open(&channel, &loop, fds[0], &no_messages), 0);
	peer = fds[1];
}

static int unground(int result)
{
	channel_finish(&channel);
	close(peer);
	loop_finish(&loop);
	return result;
}

/* -- base -- */

static int run_loop(void)
{
	struct loop one;
	int ret = TRY(loop_init(&one));

	loop_finish(&one);
	return ret;
}

static void handle_timer(struct loop_timer *timer)
{
	fail();
}

static int run_timer(void)
{
	struct loop_timer timer = { .source.fd = -1 };

	ground();
	int ret = TRY(loop_timer_init(&timer, &loop, handle_timer));
	loop_timer_finish(&timer);
	return unground(ret);
}

static int run_channel(void)
{
	struct channel one;
	int fds[2] = { -1, -1 };

	ground();
	channel_init(&one);
	assert_int_equal(channel_pair(fds), 0);
	int ret = TRY(channel_open(&one, &loop, fds[0], &no_messages));
	channel_finish(&one);
	close(fds[1]);
	return unground(ret);
}

static int run_channel_pair(void)
{
	int fds[2] = { -1, -1 };
	int ret = TRY(channel_pair(fds));

	fd_close_all(fds, 2);
	return ret;
}

static int run_memfd(void)
{
	int fd = TRY(memfd_create_sealed("test", 4096));

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int run_memfd_map(void)
{
	int fd = memfd_create_sealed("test", 4096);
	void *map = NULL;
	int ret = TRY_THERE((map = memfd_map(fd, 4096, PROT_READ)));

	if (map)
		munmap(map, 4096);
	close(fd);
	return ret;
}

static int run_fd_dup(void)
{
	int fd = TRY(fd_dup(0));

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int run_idmap(void)
{
	struct idmap map;

	idmap_init(&map);
	int ret = TRY(idmap_insert(&map, 1, &map));
	idmap_finish(&map);
	return ret;
}

/* -- back ends -- */

static int run_guest_memory(void)
{
	struct guest_region region = { .guest_addr = 0x1000, .size_bytes = 4096 };
	struct guest_memory memory;

	int fd = memfd_create_sealed("test", 4096);

	guest_memory_init(&memory);
	int ret = TRY(guest_memory_add(&memory, &region, fd));
	guest_memory_finish(&memory);
	return ret;
}

static int run_swapchain(void)
{
	struct swapchain chain;
	struct swapchain_target target;

	ground();
	swapchain_init(&chain, &channel, 0, 0);
	swapchain_reset(&chain, SIDE, SIDE, 0x34325258);
	swapchain_damage(&chain, (struct picture_box){ 0, 0, SIDE, SIDE }, 1);
	int ret = TRY_THERE(swapchain_begin(&chain, &target));
	swapchain_finish(&chain);
	return unground(ret);
}

static int run_pixman_renderer(void)
{
	static struct pixman_renderer renderer;
	struct guest_memory memory;

	ground();
	guest_memory_init(&memory);
	int ret = TRY(pixman_renderer_init(&renderer, &loop, &memory, &channel));
	pixman_renderer_finish(&renderer);
	return unground(ret);
}

static int run_image(void)
{
	struct image *image = NULL;
	int ret = TRY_THERE((image = image_create(FORMAT_B8G8R8X8, SIDE, SIDE)));

	image_destroy(image);
	return ret;
}

static int run_image_blob(void)
{
	struct image *image = NULL;
	int ret = TRY_THERE((image = image_create_blob()));

	image_destroy(image);
	return ret;
}

/* In plain memory still, but it can be shown. */
static int run_image_share(void)
{
	struct image *image = image_create(FORMAT_B8G8R8X8, SIDE, SIDE);
	int ret = TRY_THERE(image_share(image));

	image_destroy(image);
	return ret;
}

static int run_gpu_table(void)
{
	const struct link_quota quota = { 1 << 20, 8, 8, 8, 8 };
	struct state *state = calloc(1, sizeof(*state));
	struct gpu_table table;
	int ret = TRY(gpu_table_init(&table, state, &quota));

	gpu_table_finish(&table);
	free(state);
	return ret;
}

static int run_gpu(void)
{
	const struct gpu_config config = { .n_heads = 1, .quota = { 1 << 20, 8, 8, 8, 8 } };
	static const struct gpu_listener listener;
	struct state *state = calloc(1, sizeof(*state));
	struct gpu *gpu = calloc(1, sizeof(*gpu));
	struct renderer local = { 0 };
	struct guest_memory memory;

	guest_memory_init(&memory);
	int ret = TRY(gpu_init(gpu, &config, state, &memory, &local, NULL, &listener, NULL));
	gpu_finish(gpu);
	free(gpu);
	free(state);
	return ret;
}

static int run_remote(void)
{
	static const struct renderer_listener listener;
	static struct remote_renderer renderer;
	struct state_remote kept = { 0 };
	struct guest_memory memory;
	int fds[2];

	ground();
	guest_memory_init(&memory);
	assert_int_equal(channel_pair(fds), 0);
	int ring = memfd_create_sealed("ring", RENDER_RING_BYTES);
	int submit = eventfd(0, EFD_CLOEXEC), complete = eventfd(0, EFD_CLOEXEC);
	remote_renderer_init(&renderer, &loop, &memory, &kept, &listener, NULL);
	int ret = TRY(remote_renderer_open(&renderer, ring, submit, complete, fds[0]));
	remote_renderer_close(&renderer);
	close(fds[1]);
	return unground(ret);
}

static int run_vhost_user(void)
{
	static const char *const names[] = { "control", "cursor" };
	static const struct vhost_user_device device = { .queue_names = names, .n_queues = 2 };
	static struct vhost_user_connection connection;
	struct state *state = calloc(1, sizeof(*state));
	struct journal journal;
	int fds[2];

	ground();
	assert_int_equal(channel_pair(fds), 0);
	journal_init(&journal);
	vhost_user_connection_init(&connection);
	int ret = TRY(vhost_user_connection_open(
		&connection, &loop, fds[0], &journal, &state->gpu, state->regions, &device, NULL));
	vhost_user_connection_finish(&connection);
	close(fds[1]);
	free(state);
	return unground(ret);
}

static void no_close(void *data, const char *why)
{
}

static int run_vtest(void)
{
	static const struct vtest_handler handler = { .closed = no_close };
	struct vtest_connection connection;
	int fds[2];

	ground();
	assert_int_equal(channel_pair(fds), 0);
	vtest_connection_init(&connection);
	int ret = TRY(vtest_connection_open(&connection, &loop, fds[0], &handler, NULL));
	vtest_connection_finish(&connection);
	close(fds[1]);
	return unground(ret);
}

/* -- mullion-render -- */

static int run_ring(void)
{
	struct ring ring;
	int memfd = memfd_create_sealed("ring", RENDER_RING_BYTES);
	int submit = eventfd(0, EFD_CLOEXEC), complete = eventfd(0, EFD_CLOEXEC);

	ring_init(&ring);
	int ret = TRY(ring_open(&ring, memfd, submit, complete));
	ring_finish(&ring);
	return ret;
}

static int run_regions(void)
{
	static struct regions regions;
	int fds[2];

	ground();
	assert_int_equal(channel_pair(fds), 0);
	regions_init(&regions);
	int ret = TRY(regions_open(&regions, &loop, fds[0]));
	regions_finish(&regions);
	close(fds[1]);
	return unground(ret);
}

/* -- presenters -- */

static const struct presenter_config presenter_config = {
	.guest = "test",
	.n_heads = 2,
	.heads = { { 640, 480, 60000 }, { 640, 480, 60000 } },
	.wayland_display = "/nonexistent/wayland-0",
};

static int run_presenter(const struct presenter_interface *interface)
{
	static const struct presenter_listener listener;
	struct presenter *presenter = NULL;

	ground();
	int ret = TRY_THERE(
		(presenter = interface->create(&loop, &presenter_config, &listener, NULL)));
	if (presenter)
		interface->destroy(presenter);
	return unground(ret);
}

static int run_headless(void)
{
	return run_presenter(&presenter_headless);
}

static int run_wayland(void)
{
	return run_presenter(&presenter_wayland);
}

static const struct failing_case cases[] = {
	{ "loop_init", run_loop, false }, { "loop_timer_init", run_timer, false },
	{ "channel_pair", run_channel_pair, false }, { "channel_open", run_channel, false },
	{ "memfd_create_sealed", run_memfd, false }, { "memfd_map", run_memfd_map, false },
	{ "fd_dup", run_fd_dup, false }, { "idmap_insert", run_idmap, false },
	{ "guest_memory_add", run_guest_memory, false },
	{ "swapchain_begin", run_swapchain, false },
	{ "pixman_renderer_init", run_pixman_renderer, false },
	{ "image_create", run_image, false }, { "image_create_blob", run_image_blob, false },
	{ "image_share", run_image_share, false }, { "gpu_table_init", run_gpu_table, false },
	{ "gpu_init", run_gpu, false }, { "remote_renderer_open", run_remote, false },
	{ "vhost_user_connection_open", run_vhost_user, false },
	{ "vtest_connection_open", run_vtest, false }, { "ring_open", run_ring, false },
	{ "regions_open", run_regions, false }, { "headless presenter", run_headless, false },
	{ "wayland presenter", run_wayland, true }, /* it waits for a compositor */
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

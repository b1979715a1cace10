/* SPDX-License-Identifier: MIT */
/*
 * Deaths of a guest's processes under load: the VM's requests are answered once each and
 * in order, its heads go on, and so do all others. The number of kills is KILLS.
 */
#include "fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "guest/virgl.h"
#include "scene.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define KILLS 200
#define BACKINGS 4

static struct fixture fixture;
static struct guest *guest = &fixture.guest;
static struct gpu *gpu = &fixture.guest.gpu;
static struct guest other; /* on g2: it is to notice nothing */
static struct virtio_gpu_rect all = { .width = FIXTURE_WIDTH_PX, .height = FIXTURE_HEIGHT_PX };
static struct picture pattern;
static atomic_bool calls_set;

static int group_setup(void **state)
{
	pattern = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 4);
	return fixture_start(&fixture, 1, 2,
		"max-deaths = 256\n"
		"[guest g2]\nheads = 2\nhead0 = 320x200\nhead1 = 320x200\n"
		"[guest g3]\nhang-limit = 1s\nheads = 2\nhead0 = 320x200\nhead1 = 320x200\n");
}

static int group_teardown(void **state)
{
	picture_finish(&pattern);
	return fixture_stop(&fixture);
}

static void boot(uint32_t n, struct guest *which)
{
	fixture_boot(&fixture, n, which,
		&(struct guest_options){ .vmm.features = 1ull << VIRTIO_GPU_F_VIRGL |
						 1ull << VIRTIO_GPU_F_EDID });
	which->gpu.timeout_ms = which->vmm.options.timeout_ms = 20000;
}

static int test_setup(void **state)
{
	boot(1, guest);
	return 0;
}

static int test_teardown(void **state)
{
	fixture_unboot(&fixture, 1, guest);
	return 0;
}

/* -- its processes -- */

static void kill_process(uint32_t n, const char *name)
{
	int pid = fixture_number(&fixture, n, name);

	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
}

/* Until it is another one. */
static int await_other(uint32_t n, const char *name, int before)
{
	for (uint32_t i = 0; i < 1000; i++) {
		int pid = fixture_number(&fixture, n, name);
		if (pid > 0 && pid != before)
			return pid;
		usleep(10000);
	}
	fail_msg("there is no other %s", name);
	return 0;
}

/* -- one death at a time -- */

static void test_guest_process_dies(void **state)
{
	struct picture after = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 9);
	struct span backing = fixture_show(guest, 1, 0, &pattern);

	fixture_expect(&fixture, 1, guest, 0, &pattern);
	int pid = fixture_number(&fixture, 1, "guest_pid");
	kill_process(1, "guest_pid");
	await_other(1, "guest_pid", pid);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	/* It knows the resource, its backing and where it is shown. */
	assert_int_equal(gpu_create_2d(gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 8, 8),
		VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	memcpy(backing.data, after.pixels, backing.size);
	assert_int_equal(gpu_transfer_to_host_2d(gpu, 1, all, 0), OK);
	assert_int_equal(gpu_flush(gpu, 1, all), OK);
	fixture_expect(&fixture, 1, guest, 0, &after);
	assert_int_equal(gpu_unref(gpu, 1), OK);
	assert_int_equal(gpu_unref(gpu, 1), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	fixture_expect_shown(&fixture, "died 1 times");
	picture_finish(&after);
}

/* A head that changes while nobody is there to tell the VM: the next process does. */
static void test_head_changes_meanwhile(void **state)
{
	const struct virtio_gpu_display_one *one = &gpu->last.display_info.pmodes[0];
	struct virtio_gpu_config config = { 0 };
	int pid = fixture_number(&fixture, 1, "guest_pid");

	for (uint32_t width = 640; width < 643; width++) {
		char words[64];
		snprintf(words, sizeof(words), "head set g1 0 %ux480", width);
		uint32_t changes = guest->vmm.config_changes;
		kill_process(1, "guest_pid");
		assert_int_equal(fixture_ctl(&fixture, words), 0);
		pid = await_other(1, "guest_pid", pid);
		for (uint32_t i = 0; i < 1000 && guest->vmm.config_changes == changes; i++) {
			vmm_dispatch(&guest->vmm);
			usleep(10000);
		}
		assert_true(guest->vmm.config_changes > changes);
		assert_int_equal(vmm_get_config(&guest->vmm, 0, &config, sizeof(config)), 0);
		assert_int_equal(config.events_read, VIRTIO_GPU_EVENT_DISPLAY);
		assert_int_equal(gpu_get_display_info(gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
		assert_int_equal(one->r.width, width);
	}
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 320x200"), 0);
}

/* A thousand, of which the last is the ring's own again. */
static void *set_calls(void *data)
{
	struct ring *ring = guest->vmm.rings[0];
	int *other_call = data;

	for (uint64_t i = 0; i <= 1000; i++) {
		uint64_t queue = 0;
		assert_int_equal(vmm_call(&guest->vmm, VMM_REQUEST_SET_VRING_CALL, &queue,
					 sizeof(queue),
					 i < 1000 ? other_call : &ring->call_remote_fd, 1),
			0);
	}
	atomic_store(&calls_set, true);
	return NULL;
}

/* What a mulliond that does not read is to keep is answered once it has it, and so survives. */
static void test_keeps_late(void **state)
{
	int other_call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct picture after = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 9);
	struct span backing = fixture_show(guest, 1, 0, &pattern);
	pthread_t thread;

	fixture_expect(&fixture, 1, guest, 0, &pattern);
	int pid = fixture_number(&fixture, 1, "guest_pid");
	for (int round = 0; round < 2; round++) {
		atomic_store(&calls_set, false);
		assert_int_equal(kill(fixture.daemon.pid, SIGSTOP), 0);
		assert_int_equal(pthread_create(&thread, NULL, set_calls, &other_call), 0);
		usleep(200000);
		assert_false(atomic_load(&calls_set));
		if (round)
			assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(kill(fixture.daemon.pid, SIGCONT), 0);
		pthread_join(thread, NULL);
		memcpy(backing.data, after.pixels, backing.size);
		assert_int_equal(gpu_transfer_to_host_2d(gpu, 1, all, 0), OK);
		assert_int_equal(gpu_flush(gpu, 1, all), OK);
		fixture_expect(&fixture, 1, guest, 0, &after);
	}
	await_other(1, "guest_pid", pid);
	kill_process(1, "guest_pid");
	assert_int_equal(gpu_flush(gpu, 1, all), OK);
	close(other_call);
	picture_finish(&after);
}

/* The renderer does not notice: contexts live on, with all their state. */
static void test_contexts_outlive_guest_process(void **state)
{
	scene_start(guest);
	assert_int_equal(scene_draw(guest, true), OK);
	scene_expect(&fixture, 1, guest, true);
	int render = fixture_number(&fixture, 1, "render_pid"), pid = fixture_number(&fixture, 1, "guest_pid");
	kill_process(1, "guest_pid");
	scene_expect(&fixture, 1, guest, true);
	await_other(1, "guest_pid", pid);
	assert_int_equal(scene_draw(guest, false), OK);
	scene_expect(&fixture, 1, guest, false);
	assert_int_equal(fixture_number(&fixture, 1, "render_pid"), render);
}

/* Nobody asks for anything: the new renderer has the resources all the same. */
static void test_renderer_dies(void **state)
{
	scene_start(guest);
	assert_int_equal(scene_draw(guest, true), OK);
	scene_expect(&fixture, 1, guest, true);
	int render = fixture_number(&fixture, 1, "render_pid");
	kill_process(1, "render_pid");
	await_other(1, "render_pid", render);
	assert_int_equal(scene_draw(guest, false), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	fixture_expect_shown(&fixture, "restart the guest's compositor");
	assert_int_equal(gpu_context_destroy(gpu, SCENE_CONTEXT), OK);
	assert_int_equal(gpu_unref(gpu, SCENE_TARGET), OK);
	scene_start(guest);
	assert_int_equal(scene_draw(guest, false), OK);
	scene_expect(&fixture, 1, guest, false);
}

/* Each pixel takes a long loop: the GPU is not done with it for minutes. */
static int draw_endlessly(struct guest *of)
{
	struct gpu_resource_3d vertices = {
		.target = VIRGL_TARGET_BUFFER,
		.format = VIRGL_FORMAT_R8,
		.bind = VIRGL_BIND_VERTEX_BUFFER,
		.width = 3 * sizeof(struct virgl_vertex),
		.height = 1,
		.depth = 1,
		.array_size = 1,
	};
	struct virgl_stream stream;

	assert_int_equal(gpu_create_3d(&of->gpu, 4, &vertices), OK);
	assert_int_equal(gpu_context_attach(&of->gpu, SCENE_CONTEXT, 4), OK);
	virgl_stream_init(&stream);
	virgl_draw_endlessly(&stream, 200, 4, FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX);
	of->gpu.fenced = true;
	int type = gpu_submit_3d(&of->gpu, SCENE_CONTEXT, stream.words, virgl_stream_bytes(&stream));
	of->gpu.fenced = false;
	virgl_stream_finish(&stream);
	return type == OK ? gpu_flush(&of->gpu, SCENE_TARGET, all) : type;
}

/* A renderer that is stuck is one that is dead: what waits for it fails, and another comes. */
static void test_renderer_hangs(void **state)
{
	struct guest third;

	boot(3, &third);
	scene_start(&third);
	assert_int_equal(scene_draw(&third, true), OK);
	scene_expect(&fixture, 3, &third, true);
	int render = fixture_number(&fixture, 3, "render_pid"), type;
	size_t log_before = fixture_log_lines(&fixture);
	assert_int_equal(draw_endlessly(&third), VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_true(fixture_log_has(&fixture, log_before, "for more than 1000 ms"));
	await_other(3, "render_pid", render);
	do
		type = scene_draw(&third, false);
	while (type == VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(type, VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	fixture_show(&third, 1, 0, &pattern);
	fixture_expect(&fixture, 3, &third, 0, &pattern);
	fixture_unboot(&fixture, 3, &third);
}

/* It does nothing at all: heads that it does not draw go on. */
static void test_renderer_stopped(void **state)
{
	scene_start(guest);
	int render = fixture_number(&fixture, 1, "render_pid");
	assert_int_equal(kill(render, SIGSTOP), 0);
	fixture_show(guest, 1, 1, &pattern);
	fixture_expect(&fixture, 1, guest, 1, &pattern);
	assert_int_equal(kill(render, SIGKILL), 0);
	await_other(1, "render_pid", render);
}

static void test_both_die(void **state)
{
	scene_start(guest);
	assert_int_equal(scene_draw(guest, true), OK);
	int render = fixture_number(&fixture, 1, "render_pid"), pid = fixture_number(&fixture, 1, "guest_pid");
	assert_int_equal(kill(render, SIGKILL) + kill(pid, SIGKILL), 0);
	await_other(1, "guest_pid", pid);
	await_other(1, "render_pid", render);
	assert_int_equal(scene_draw(guest, false), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(gpu_context_destroy(gpu, SCENE_CONTEXT), OK);
	assert_int_equal(gpu_unref(gpu, SCENE_TARGET), OK);
	scene_start(guest);
	assert_int_equal(scene_draw(guest, false), OK);
	scene_expect(&fixture, 1, guest, false);
}

static void test_restart_command(void **state)
{
	fixture_show(guest, 1, 0, &pattern);
	int pid = fixture_number(&fixture, 1, "guest_pid");
	assert_int_equal(fixture_ctl(&fixture, "restart g1"), 0);
	await_other(1, "guest_pid", pid);
	assert_int_equal(gpu_flush(gpu, 1, all), OK);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
}

/* Its VM is paused: it goes on where it was, with what came meanwhile. */
static void test_dies_while_paused(void **state)
{
	fixture_show(guest, 1, 0, &pattern);
	assert_int_equal(guest_pause(guest), 0);
	int pid = fixture_number(&fixture, 1, "guest_pid");
	kill_process(1, "guest_pid");
	await_other(1, "guest_pid", pid);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	assert_int_equal(guest_resume(guest), 0);
	assert_int_equal(gpu_flush(gpu, 1, all), OK);
	assert_int_equal(gpu_unref(gpu, 1), OK);
}

/* Five deaths are too many; what the guest asks for meanwhile is answered by who comes then. */
static void test_given_up(void **state)
{
	struct gpu_request *request;
	struct virtio_gpu_ctrl_hdr command = { .type = VIRTIO_GPU_CMD_GET_DISPLAY_INFO };

	boot(2, &other);
	fixture_show(&other, 1, 0, &pattern);
	for (int i = 0, pid = 0; i < 5; i++) {
		pid = await_other(2, "guest_pid", pid);
		assert_int_equal(kill(pid, SIGKILL), 0);
	}
	for (uint32_t i = 0; fixture_number(&fixture, 2, "guest_pid") > 0; i++)
		assert_true(i < 1000);
	assert_int_equal(fixture_number(&fixture, 2, "guest_deaths"), 5);
	assert_int_equal(gpu_queue(&other.gpu, &other.control, &command, sizeof(command), NULL, 0,
				 sizeof(struct virtio_gpu_resp_display_info), &request),
		0);
	ring_kick(&other.control);
	fixture_expect(&fixture, 2, &other, 0, &pattern); /* the last picture stays */
	assert_int_equal(fixture_ctl(&fixture, "restart g2"), 0);
	assert_int_equal(gpu_wait(&other.gpu, request), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	assert_int_equal(gpu_flush(&other.gpu, 1, all), OK);
	fixture_unboot(&fixture, 2, &other);
}

/* -- under load -- */

struct load {
	struct guest *guest;
	struct span backings[BACKINGS];
	atomic_bool stop;
	uint64_t n_commands, n_errors;
	int broken; /* what a batch ended with, if it was no answer */
	pthread_t thread;
};

static bool load_batch(struct load *load, uint32_t n, void (*fill)(struct load *load))
{
	struct gpu *to = &load->guest->gpu;
	uint32_t types[64];

	gpu_batch_begin(to);
	fill(load);
	int count = gpu_batch_end(to, types, 64);
	if (count != (int)n) {
		load->broken = count;
		return false;
	}
	load->n_commands += count;
	for (int i = 0; i < count; i++) {
		bool is_error = types[i] >= VIRTIO_GPU_RESP_ERR_UNSPEC;
		if (is_error && !load->n_errors++)
			print_message("the first error: 0x%x to command %d of a batch\n", types[i], i);
	}
	return true;
}

static void fill_2d(struct load *load)
{
	struct gpu *to = &load->guest->gpu;

	for (uint32_t i = 0; i < BACKINGS; i++) {
		uint32_t id = 10 + i;
		gpu_create_2d(to, id, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, FIXTURE_WIDTH_PX,
			FIXTURE_HEIGHT_PX);
		gpu_attach_backing(to, id, &load->backings[i], 1);
		gpu_transfer_to_host_2d(to, id, all, 0);
		gpu_set_scanout(to, i % 2, id, all);
		gpu_flush(to, id, all);
		gpu_move_cursor(to, i % 2, 0, i, i);
		gpu_detach_backing(to, id);
		gpu_unref(to, id);
	}
}

static void *load_2d(void *data)
{
	struct load *load = data;

	while (!atomic_load(&load->stop) && load_batch(load, 8 * BACKINGS, fill_2d))
		;
	return NULL;
}

static void fill_3d(struct load *load)
{
	struct gpu *to = &load->guest->gpu;

	/* In a batch, without an answer yet, it does not come to its flush. */
	for (uint32_t i = 0; i < 8; i++) {
		scene_draw(load->guest, i % 2);
		gpu_flush(to, SCENE_TARGET, all);
	}
	gpu_get_display_info(to);
}

static void *load_3d(void *data)
{
	struct load *load = data;

	while (!atomic_load(&load->stop) && load_batch(load, 17, fill_3d))
		;
	return NULL;
}

static void load_start(struct load *load, struct guest *of, void *(*run)(void *data))
{
	*load = (struct load){ .guest = of };
	for (uint32_t i = 0; i < BACKINGS; i++)
		load->backings[i] = memory_alloc(
			&of->memory, FIXTURE_WIDTH_PX * FIXTURE_HEIGHT_PX * 4, 4096);
	of->gpu.fenced = true;
	of->gpu.late_fences = 0;
	assert_int_equal(pthread_create(&load->thread, NULL, run, load), 0);
}

static void load_stop(struct load *load)
{
	atomic_store(&load->stop, true);
	pthread_join(load->thread, NULL);
	load->guest->gpu.fenced = false;
	assert_int_equal(load->broken, 0);
	assert_int_equal(load->guest->gpu.late_fences, 0);
	assert_int_equal(load->guest->gpu.in_flight, 0);
	assert_true(load->n_commands > KILLS);
}

/* Kills at random moments, of the process that is there then or not quite yet. */
static void kill_often(uint32_t n, const char *name, uint32_t kills, uint32_t max_ms)
{
	unsigned seed = time(NULL);
	const char *wanted = getenv("TEST_SEED");

	seed = wanted ? strtoul(wanted, NULL, 0) : seed;
	print_message("seed %u\n", seed);
	for (uint32_t i = 0; i < kills;) {
		int pid = fixture_number(&fixture, n, name);
		usleep(rand_r(&seed) % (max_ms * 1000));
		/* It may be dead and not known to be. */
		i += pid > 0 && kill(pid, SIGKILL) == 0;
	}
}

static void *kill_some(void *data)
{
	kill_often(1, "guest_pid", 50, 20);
	atomic_store((atomic_bool *)data, true);
	return NULL;
}

/* While the VMM sets up its rings and asks for their bases, again and again. */
static void test_killed_during_requests(void **state)
{
	atomic_bool over = false;
	pthread_t killer;
	uint32_t rounds = 0;
	uint64_t features;

	fixture_show(guest, 1, 0, &pattern);
	assert_int_equal(pthread_create(&killer, NULL, kill_some, &over), 0);
	for (; !atomic_load(&over); rounds++) {
		assert_int_equal(guest_pause(guest), 0);
		/* Each comes as soon as the one before is answered. */
		for (int i = 0; i < 100; i++)
			assert_int_equal(
				vmm_get_u64(&guest->vmm, VMM_REQUEST_GET_FEATURES, &features), 0);
		assert_int_equal(guest_resume(guest), 0);
		assert_int_equal(gpu_flush(gpu, 1, all), OK);
	}
	pthread_join(killer, NULL);
	print_message("%u pauses\n", rounds);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
}

static void check_load(
	void *(*run)(void *data), const char *victim, uint32_t max_ms, bool errors)
{
	struct load load, beside;

	boot(2, &other);
	int other_pid = fixture_number(&fixture, 2, "guest_pid");
	/* On a busy machine one process after the other dies before it has come to anything. */
	guest->gpu.timeout_ms = 300000;
	if (run == load_3d)
		scene_start(guest);
	load_start(&load, guest, run);
	load_start(&beside, &other, load_2d);
	kill_often(1, victim, KILLS, max_ms);
	load_stop(&load);
	load_stop(&beside);
	print_message("%lu commands and %lu errors, beside %lu and %lu\n",
		(unsigned long)load.n_commands, (unsigned long)load.n_errors,
		(unsigned long)beside.n_commands, (unsigned long)beside.n_errors);
	assert_int_equal(beside.n_errors, 0);
	assert_true(errors || load.n_errors == 0);
	assert_int_equal(fixture_number(&fixture, 2, "guest_pid"), other_pid);
	fixture_show(guest, 1, 0, &pattern);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	fixture_unboot(&fixture, 2, &other);
}

static void test_guest_process_killed_often(void **state)
{
	check_load(load_2d, "guest_pid", 20, false);
}

/* Contexts and all that is in flight live through every one of them. */
static void test_guest_process_killed_often_3d(void **state)
{
	check_load(load_3d, "guest_pid", 20, false);
	assert_int_equal(scene_draw(guest, true), OK);
}

static void test_renderer_killed_often(void **state)
{
	/* The next one after one that dies while it gets the tables has to wait for a second. */
	check_load(load_3d, "render_pid", 100, true);
	assert_int_equal(gpu_context_destroy(gpu, SCENE_CONTEXT), OK);
	assert_int_equal(gpu_unref(gpu, SCENE_TARGET), OK);
	scene_start(guest);
	assert_int_equal(scene_draw(guest, false), OK);
	scene_expect(&fixture, 1, guest, false);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_guest_process_dies, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(
			test_head_changes_meanwhile, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_keeps_late, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(
			test_contexts_outlive_guest_process, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_renderer_dies, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_renderer_hangs, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_renderer_stopped, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_both_die, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_restart_command, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_dies_while_paused, test_setup, test_teardown),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test_setup_teardown(
			test_killed_during_requests, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(
			test_guest_process_killed_often, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(
			test_guest_process_killed_often_3d, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(
			test_renderer_killed_often, test_setup, test_teardown),
	};

	fixture_find_programs(argc, argv);
	if (getenv("TEST_FILTER"))
		cmocka_set_test_filter(getenv("TEST_FILTER"));
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

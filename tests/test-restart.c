/* SPDX-License-Identifier: MIT */
/* Restarts of mulliond under a service manager: no VMM and no 3D context notices. */
#include "fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "scene.h"
#include "service_manager.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define RESTARTS 20
#define LIMIT_MS SERVICE_MANAGER_LIMIT_MS

static struct fixture fixture;
static struct service_manager manager;
static struct guest *guest = &fixture.guest;
static struct gpu *gpu = &fixture.guest.gpu;
static struct virtio_gpu_rect all = { .width = FIXTURE_WIDTH_PX, .height = FIXTURE_HEIGHT_PX };
static struct picture pattern;

static int group_setup(void **state)
{
	service_manager_start(&manager);
	pattern = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 4);
	return fixture_start(&fixture, 2, 1, "max-deaths = 1\n"); /* g2's */
}

static int group_teardown(void **state)
{
	picture_finish(&pattern);
	return service_manager_finish(&manager, &fixture);
}

static void start_3d(uint32_t n, struct guest *of)
{
	char last[32];

	scene_start(of);
	snprintf(last, sizeof(last), "g%u/budget/0", n);
	service_manager_expect(&manager, last, true);
}

static int test_setup(void **state)
{
	service_manager_boot(&manager, &fixture, 1, guest);
	return 0;
}

static int test_teardown(void **state)
{
	fixture_unboot(&fixture, 1, guest);
	service_manager_expect(&manager, "g1/state/0", false); /* nothing is left of a guest whose VMM is gone */
	assert_int_equal(manager.store.refused_count, 0);
	return 0;
}

/* -- processes -- */

/* The process of a stored pidfd. */
static pid_t stored_pid(const char *name)
{
	char path[64], line[128];
	int pid = 0;

	service_manager_expect(&manager, name, true);
	pthread_mutex_lock(&manager.lock);
	struct stored *stored = service_store_find(&manager.store, name);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", stored->fd);
	pthread_mutex_unlock(&manager.lock);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL && sscanf(line, "Pid: %d", &pid) != 1)
		;
	fclose(file);
	assert_true(pid > 0);
	return pid;
}

static void kill_stored(const char *name)
{
	pid_t strays[16];
	pid_t pid = stored_pid(name);
	char path[32];

	kill(pid, SIGKILL);
	snprintf(path, sizeof(path), "/proc/%d", pid);
	for (uint32_t ms = 0; access(path, F_OK) == 0 && ms < 5000; ms++) {
		process_strays(strays, 16);
		usleep(1000);
	}
	assert_int_not_equal(access(path, F_OK), 0);
}

/* -- tests -- */

static void check_2d_goes_on(int signal)
{
	struct picture other = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 9);

	struct span backing = fixture_show(guest, 1, 0, &pattern);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	pid_t pid = stored_pid("g1/guest-process/0");
	/* Transferred and not flushed: not to be seen before it is. */
	memcpy(backing.data, other.pixels, backing.size);
	assert_int_equal(gpu_transfer_to_host_2d(gpu, 1, all, 0), OK);
	service_manager_restart(&manager, &fixture, signal);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	assert_int_equal(stored_pid("g1/guest-process/0"), pid);
	assert_int_equal(gpu_flush(gpu, 1, all), OK);
	fixture_expect(&fixture, 1, guest, 0, &other);
	picture_finish(&other);
}

static void test_2d_ended(void **state)
{
	uint32_t stopping = manager.store.stopping_count;

	check_2d_goes_on(SIGTERM);
	assert_int_equal(manager.store.stopping_count, stopping + 1);
}

static void test_2d_killed(void **state)
{
	check_2d_goes_on(SIGKILL);
}

/* A format that is copied for the screen. */
static void test_2d_converted(void **state)
{
	struct span backing = memory_alloc(&guest->memory, pattern.width_px * pattern.height_px * 4,
		4096);
	struct picture swapped = picture_make(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX);

	memcpy(backing.data, pattern.pixels, backing.size);
	for (uint32_t i = 0; i < FIXTURE_WIDTH_PX * FIXTURE_HEIGHT_PX; i++) {
		uint32_t pixel = pattern.pixels[i];
		swapped.pixels[i] =
			(pixel & 0xff) << 16 | (pixel & 0xff00) | (pixel >> 16 & 0xff);
	}
	assert_int_equal(gpu_create_2d(gpu, 2, VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM,
				 FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX),
		OK);
	assert_int_equal(gpu_attach_backing(gpu, 2, &backing, 1), OK);
	assert_int_equal(gpu_transfer_to_host_2d(gpu, 2, all, 0), OK);
	assert_int_equal(gpu_set_scanout(gpu, 0, 2, all), OK);
	assert_int_equal(gpu_flush(gpu, 2, all), OK);
	fixture_expect(&fixture, 1, guest, 0, &swapped);
	service_manager_restart(&manager, &fixture, SIGTERM);
	fixture_expect(&fixture, 1, guest, 0, &swapped);
	picture_finish(&swapped);
}

static void check_3d_goes_on(int signal)
{
	start_3d(1, guest);
	assert_int_equal(scene_draw(guest, true), OK);
	scene_expect(&fixture, 1, guest, true);
	pid_t pid = stored_pid("g1/render-process/0");
	service_manager_restart(&manager, &fixture, signal);
	scene_expect(&fixture, 1, guest, true);
	assert_int_equal(scene_draw(guest, false), OK);
	scene_expect(&fixture, 1, guest, false);
	assert_int_equal(stored_pid("g1/render-process/0"), pid);
}

static void test_3d_ended(void **state)
{
	check_3d_goes_on(SIGTERM);
}

static void test_3d_killed(void **state)
{
	check_3d_goes_on(SIGKILL);
}

/* The renderer's death while nobody is there to see it is told by the next mulliond. */
static void test_renderer_dies_meanwhile(void **state)
{
	start_3d(1, guest);
	assert_int_equal(scene_draw(guest, true), OK);
	service_manager_end(&manager, &fixture, SIGKILL);
	kill_stored("g1/render-process/0");
	service_manager_begin(&manager, &fixture);
	fixture_show(guest, 1, 0, &pattern);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	assert_int_equal(scene_draw(guest, true), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(gpu_context_destroy(gpu, SCENE_CONTEXT), OK);
	assert_int_equal(gpu_unref(gpu, SCENE_TARGET), OK);
	start_3d(1, guest);
	assert_int_equal(scene_draw(guest, false), OK);
	scene_expect(&fixture, 1, guest, false);
}

/* A VMM that comes while no mulliond runs waits for the next one. */
static void *boot_meanwhile(void *data)
{
	struct guest *other = data;

	fixture_boot(&fixture, 2, other, &(struct guest_options){ 0 });
	return NULL;
}

static void test_connects_meanwhile(void **state)
{
	static struct guest other;
	pthread_t thread;

	service_manager_end(&manager, &fixture, SIGTERM);
	assert_int_equal(pthread_create(&thread, NULL, boot_meanwhile, &other), 0);
	service_manager_begin(&manager, &fixture);
	pthread_join(thread, NULL);
	fixture_show(&other, 1, 0, &pattern);
	fixture_expect(&fixture, 2, &other, 0, &pattern);
	fixture_unboot(&fixture, 2, &other);
}

/* So does mullion-guest's, and another one takes over with the renderer that is there. */
static void test_guest_dies_meanwhile(void **state)
{
	start_3d(1, guest);
	assert_int_equal(scene_draw(guest, true), OK);
	pid_t pid = stored_pid("g1/guest-process/0");
	service_manager_end(&manager, &fixture, SIGKILL);
	kill_stored("g1/guest-process/0");
	service_manager_begin(&manager, &fixture);
	scene_expect(&fixture, 1, guest, true);
	assert_int_equal(scene_draw(guest, false), OK);
	scene_expect(&fixture, 1, guest, false);
	assert_int_not_equal(stored_pid("g1/guest-process/0"), pid);
	assert_false(guest->control.broken);
}

/* Both gone, what it had given to be kept meanwhile is kept all the same. */
static void test_keeps_meanwhile(void **state)
{
	int call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct ring *ring = guest->vmm.rings[0];
	uint64_t queue = 0;

	assert_int_equal(vmm_call(&guest->vmm, VMM_REQUEST_SET_VRING_CALL, &queue, sizeof(queue),
				 &call, 1),
		0);
	assert_int_equal(fixture_ctl(&fixture, "show g1"), 0);
	service_manager_end(&manager, &fixture, SIGKILL);
	assert_int_equal(vmm_call(&guest->vmm, VMM_REQUEST_SET_VRING_CALL, &queue, sizeof(queue),
				 &ring->call_remote_fd, 1),
		0);
	kill_stored("g1/guest-process/0");
	service_manager_begin(&manager, &fixture);
	fixture_show(guest, 1, 0, &pattern);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	close(call);
}

/* Processes that were taken over are watched as any. */
static void test_dies_afterwards(void **state)
{
	start_3d(1, guest);
	assert_int_equal(scene_draw(guest, true), OK);
	service_manager_restart(&manager, &fixture, SIGTERM);
	scene_expect(&fixture, 1, guest, true);
	kill_stored("g1/guest-process/0");
	assert_int_equal(scene_draw(guest, false), OK);
	scene_expect(&fixture, 1, guest, false);
	service_manager_restart(&manager, &fixture, SIGTERM);
	kill_stored("g1/render-process/0");
	fixture_show(guest, 1, 0, &pattern);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	assert_int_equal(scene_draw(guest, true), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	service_manager_restart(&manager, &fixture, SIGTERM);
	assert_int_equal(fixture_ctl(&fixture, "restart g1"), 0);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
}

/* What was given up is tried again by another mulliond: perhaps that was what it is for. */
static void test_given_up(void **state)
{
	static struct guest other;
	size_t line = fixture_log_lines(&fixture);

	service_manager_boot(&manager, &fixture, 2, &other);
	fixture_show(&other, 1, 0, &pattern);
	kill_stored("g2/guest-process/0");
	for (uint32_t ms = 0; !fixture_log_has(&fixture, line, "given up") && ms < LIMIT_MS; ms += 10)
		usleep(10000);
	service_manager_expect(&manager, "g2/guest-process/0", false);
	service_manager_restart(&manager, &fixture, SIGTERM);
	assert_int_equal(gpu_transfer_to_host_2d(&other.gpu, 1, all, 0), OK);
	assert_int_equal(gpu_flush(&other.gpu, 1, all), OK);
	fixture_expect(&fixture, 2, &other, 0, &pattern);
	fixture_unboot(&fixture, 2, &other);
}

/* Of a VM that leaves while nothing serves it nothing is kept: all of its memory, for one. */
static void test_vmm_leaves_given_up(void **state)
{
	static struct guest other;
	size_t line = fixture_log_lines(&fixture);

	service_manager_boot(&manager, &fixture, 2, &other);
	kill_stored("g2/guest-process/0");
	for (uint32_t ms = 0; !fixture_log_has(&fixture, line, "given up") && ms < LIMIT_MS; ms += 10)
		usleep(10000);
	service_manager_expect(&manager, "g2/guest-process/0", false);
	service_manager_expect(&manager, "g2/region/0", true);
	fixture_unboot(&fixture, 2, &other);
	service_manager_expect(&manager, "g2/region/0", false);
	service_manager_expect(&manager, "g2/state/0", false);
	service_manager_boot(&manager, &fixture, 2, &other);
	fixture_show(&other, 1, 0, &pattern);
	fixture_expect(&fixture, 2, &other, 0, &pattern);
	fixture_unboot(&fixture, 2, &other);
}

/*
 * An upgrade whose mulliond speaks another language: both processes are ended, another
 * mullion-guest takes over, and 3D is lost alone.
 */
static void test_other_version(void **state)
{
	start_3d(1, guest);
	assert_int_equal(scene_draw(guest, true), OK);
	fixture_show(guest, 1, 0, &pattern);
	pid_t guest_pid = stored_pid("g1/guest-process/0");
	pid_t render_pid = stored_pid("g1/render-process/0");
	service_manager_end(&manager, &fixture, SIGTERM);
	strcpy(service_store_find(&manager.store, "g1/guest-link/5")->name, "g1/guest-link/0");
	strcpy(service_store_find(&manager.store, "g1/render-link/5")->name, "g1/render-link/0");
	service_manager_begin(&manager, &fixture);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	assert_int_equal(scene_draw(guest, true), VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID);
	assert_int_equal(gpu_context_destroy(gpu, SCENE_CONTEXT), OK);
	assert_int_equal(gpu_unref(gpu, SCENE_TARGET), OK);
	start_3d(1, guest);
	assert_int_equal(scene_draw(guest, false), OK);
	scene_expect(&fixture, 1, guest, false);
	assert_int_not_equal(stored_pid("g1/guest-process/0"), guest_pid);
	assert_int_not_equal(stored_pid("g1/render-process/0"), render_pid);
	service_manager_expect(&manager, "g1/guest-link/0", false);
}

static void test_vmm_leaves_meanwhile(void **state)
{
	service_manager_end(&manager, &fixture, SIGKILL);
	fixture_unboot(&fixture, 1, guest);
	service_manager_begin(&manager, &fixture);
	service_manager_expect(&manager, "g1/state/0", false);
	service_manager_expect(&manager, "g1/guest-link/5", false);
	service_manager_boot(&manager, &fixture, 1, guest);
	fixture_show(guest, 1, 0, &pattern);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
}

/* A mulliond that cannot start leaves all as it was for one that can. */
static void test_cannot_start(void **state)
{
	char config[96];

	fixture_show(guest, 1, 0, &pattern);
	service_manager_end(&manager, &fixture, SIGTERM);
	size_t stored = manager.store.count;
	snprintf(config, sizeof(config), "%s/config", fixture.dir);
	FILE *file = fopen(config, "ae");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	long right = ftell(file);
	fputs("\n[guest g1]\n", file);
	fclose(file);
	service_manager_spawn(&manager, &fixture);
	for (uint32_t ms = 0; process_alive(&fixture.daemon) && ms < 10000; ms++)
		usleep(1000);
	assert_false(process_alive(&fixture.daemon));
	assert_int_not_equal(fixture.daemon.status, 0);
	assert_int_equal(manager.store.count, stored);
	assert_int_equal(truncate(config, right), 0);
	service_manager_begin(&manager, &fixture);
	fixture_expect(&fixture, 1, guest, 0, &pattern);
}

/* -- under load -- */

struct load {
	struct guest *guest;
	pthread_t thread;
	bool is_3d;
	atomic_bool ends;
	uint64_t rounds;
	int failed; /* the first answer that was not OK */
};

static int load_2d(struct gpu *of)
{
	gpu_batch_begin(of);
	for (uint32_t i = 0; i < 4; i++) {
		gpu_transfer_to_host_2d(of, 1, all, 0);
		gpu_flush(of, 1, all);
	}
	int n = gpu_batch_end(of, NULL, 0);
	return n == 8 && of->batch_errors == 0 ? OK : n < 0 ? n : -EIO;
}

static void *load_run(void *data)
{
	struct load *load = data;

	while (!load->ends && load->failed == 0) {
		int type = load->is_3d ? scene_draw(load->guest, load->rounds % 2) :
					 load_2d(&load->guest->gpu);
		if (type != OK)
			load->failed = type;
		load->rounds++;
	}
	return NULL;
}

static void load_start(struct load *load)
{
	if (load->is_3d)
		start_3d(2, load->guest);
	else
		fixture_show(load->guest, 1, 0, &pattern);
	load->guest->gpu.fenced = load->is_3d;
	assert_int_equal(pthread_create(&load->thread, NULL, load_run, load), 0);
}

static void load_end(struct load *load)
{
	load->ends = true;
	pthread_join(load->thread, NULL);
	assert_int_equal(load->failed, 0);
	assert_true(load->rounds > RESTARTS);
	/* What was asked is answered, once: the ring takes nothing that it did not give. */
	assert_false(load->guest->control.broken);
	assert_int_equal(load->guest->gpu.in_flight, 0);
	assert_int_equal(load->guest->control.used->idx, load->guest->control.avail_idx);
}

static void test_under_load(void **state)
{
	static struct guest other;
	struct load loads[] = { { .guest = guest }, { .guest = &other, .is_3d = true } };

	service_manager_boot(&manager, &fixture, 2, &other);
	load_start(&loads[0]);
	load_start(&loads[1]);
	pid_t pids[] = { stored_pid("g1/guest-process/0"), stored_pid("g2/guest-process/0"),
		stored_pid("g2/render-process/0") };
	for (uint32_t i = 0; i < RESTARTS; i++) {
		usleep(20000 + i * 3000);
		service_manager_restart(&manager, &fixture, i % 2 ? SIGKILL : SIGTERM);
	}
	load_end(&loads[0]);
	load_end(&loads[1]);
	assert_int_equal(pids[0], stored_pid("g1/guest-process/0"));
	assert_int_equal(pids[1], stored_pid("g2/guest-process/0"));
	assert_int_equal(pids[2], stored_pid("g2/render-process/0"));
	fixture_expect(&fixture, 1, guest, 0, &pattern);
	assert_int_equal(scene_draw(&other, true), OK);
	scene_expect(&fixture, 2, &other, true);
	fixture_unboot(&fixture, 2, &other);
	service_manager_expect(&manager, "g2/render-process/0", false);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_2d_ended, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_2d_killed, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_2d_converted, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_3d_ended, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_3d_killed, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(
			test_renderer_dies_meanwhile, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_guest_dies_meanwhile, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_keeps_meanwhile, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_dies_afterwards, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_given_up, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(
			test_vmm_leaves_given_up, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_other_version, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_connects_meanwhile, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_vmm_leaves_meanwhile, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_cannot_start, test_setup, test_teardown),
		cmocka_unit_test_setup_teardown(test_under_load, test_setup, test_teardown),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

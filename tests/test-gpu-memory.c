/* SPDX-License-Identifier: MIT */
/*
 * Memory that the kernel accounts to renderers: the text is the test's own, and so are the
 * renderers, which do nothing. Guests, the loop and the ends of processes are mulliond's.
 */
#include "tests/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "daemon/config.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "daemon/guest_info.h"
#include "daemon/sockets.h"

#define MIB (UINT64_C(1) << 20)
#define LIMIT (64 * MIB)
#define WAIT_NS (60 * NSEC_PER_SEC)

static struct daemon the_daemon;
static struct guest *vm, *apps;
static char directory[] = "/tmp/mullion-gpu-memory-XXXXXX";
static char config_path[64];

static void node_changed(void *data, struct render_node *node)
{
}

static const struct renderers_listener no_listener = { .changed = node_changed };

static struct guest *make_guest(const char *name)
{
	struct guest *guest = guest_create(&the_daemon, config_guest_find(the_daemon.config, name));

	assert_non_null(guest);
	list_append(&the_daemon.guests, &guest->link);
	return guest;
}

static int setup(void **state)
{
	struct settings_errors errors;

	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(config_path, sizeof(config_path), "%s/mullion.conf", directory);
	FILE *file = fopen(config_path, "we");
	assert_non_null(file);
	fprintf(file,
		"[mulliond]\npresenter = headless\nsocket-dir = %s/sockets\nrender-node = none\n"
		"[guest vm]\nmemory = 64M\n[guest apps]\ntype = container\nmemory = 64M\n",
		directory);
	assert_int_equal(fclose(file), 0);
	the_daemon = (struct daemon){ .signals.fd = -1 };
	list_init(&the_daemon.guests);
	events_init(&the_daemon.events);
	store_init(&the_daemon.store);
	renderers_init(&the_daemon.renderers, &the_daemon.loop, &no_listener, NULL);
	assert_int_equal(config_load(config_path, &the_daemon.config, &errors), 0);
	assert_int_equal(loop_init(&the_daemon.loop), 0);
	assert_int_equal(mediator_init(&the_daemon.mediator, &the_daemon.loop, 1, false), 0);
	assert_int_equal(store_open(&the_daemon.store, &the_daemon.loop), 0);
	assert_int_equal(sockets_prepare(the_daemon.config), 0);
	vm = make_guest("vm");
	apps = make_guest("apps");
	return 0;
}

static int teardown(void **state)
{
	char command[96];

	guest_destroy(vm);
	guest_destroy(apps);
	renderers_finish(&the_daemon.renderers);
	mediator_finish(&the_daemon.mediator);
	store_finish(&the_daemon.store);
	loop_finish(&the_daemon.loop);
	config_destroy(the_daemon.config);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* -- renderers -- */

struct fake {
	struct renderer_process *process;
	pid_t pid;
	int peer_fd, text_fd;
};

static void account(const struct fake *fake, uint64_t bytes)
{
	char text[128];
	int len = snprintf(text, sizeof(text),
		"drm-driver:\tamdgpu\ndrm-memory-vram:\t%" PRIu64 " KiB\ndrm-memory-gtt: \t0 KiB\n",
		bytes / 1024);

	assert_int_equal(ftruncate(fake->text_fd, 0), 0);
	assert_int_equal(pwrite(fake->text_fd, text, len, 0), len);
}

/* With 8 MiB of its driver's. */
static struct fake fake_start(
	struct render_node *node, const struct renderer_owner *owner, void *data)
{
	struct fake fake = { .text_fd = memfd_create("fdinfo", MFD_CLOEXEC) };
	int fds[2];

	assert_int_equal(channel_pair(fds), 0);
	fake.peer_fd = fds[1];
	fake.pid = fork();
	if (fake.pid == 0) {
		poll(NULL, 0, 600 * 1000);
		_exit(1);
	}
	fake.process =
		render_node_adopt(node, owner, data, fds[0], syscall(SYS_pidfd_open, fake.pid, 0));
	assert_non_null(fake.process);
	struct gpu_file *file = &fake.process->file;
	file->info_fds[0] = fd_dup(fake.text_fd);
	file->info_fds[1] = memfd_create("fdinfo", MFD_CLOEXEC);
	account(&fake, 8 * MIB);
	gpu_file_mark(file);
	return fake;
}

static void fake_finish(struct fake *fake)
{
	kill(fake->pid, SIGKILL);
	waitpid(fake->pid, NULL, 0);
	close(fake->peer_fd);
	close(fake->text_fd);
}

static void stop(struct loop_timer *timer)
{
	loop_stop(timer->source.loop, 0);
}

/* Until the number is seen. */
static void run_until(const uint64_t *number, uint64_t value)
{
	int64_t end_ns = clock_now_ns() + WAIT_NS;
	struct loop_timer timer;

	assert_int_equal(loop_timer_init(&timer, &the_daemon.loop, stop), 0);
	while (*number != value) {
		assert_true(clock_now_ns() < end_ns);
		loop_timer_set(&timer, 10 * NSEC_PER_MSEC);
		the_daemon.loop.stop = false;
		loop_run(&the_daemon.loop);
	}
	loop_timer_finish(&timer);
}

static void feel(struct loop_timer *pulse)
{
	pulse->handle(pulse);
}

/* While it is known: nobody decided to kill it. */
static bool runs(const struct fake *fake)
{
	return fake->process->worker.link.fd >= 0;
}

static void assert_killed(const struct fake *fake)
{
	siginfo_t info = { 0 };

	assert_int_equal(waitid(P_PID, fake->pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(info.si_code, CLD_KILLED);
	assert_int_equal(info.si_status, SIGKILL);
}

/* Standard error goes to a file until log_give. */
static int log_take(int *stderr_fd)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	*stderr_fd = dup(STDERR_FILENO);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	return fd;
}

static void log_give(int fd, int stderr_fd, char *text, size_t size)
{
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
	ssize_t n = pread(fd, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
}

static uint64_t shown(const struct guest *guest)
{
	static struct guest_info info;

	guest_describe(guest, &info);
	return info.memory_bytes;
}

/* -- a VM -- */

static void test_vm(void **state)
{
	struct fake fake = fake_start(vm->node, &guest_renderer_owner, vm);
	char line[512];
	int stderr_fd;

	assert_int_equal(budget_make(&vm->budget), 0);
	vm->renderer = fake.process;
	guest_restore_renderer(vm);
	feel(&vm->pulse);
	assert_int_equal(vm->gpu_bytes, 0);
	/* A driver's own on top of what the guest may have. */
	account(&fake, 8 * MIB + 2 * LIMIT);
	feel(&vm->pulse);
	assert_int_equal(vm->gpu_bytes, 2 * LIMIT);
	/* As if its VM were connected. */
	assert_int_equal(keep_open(&vm->keep), 0);
	vm->running = true;
	assert_int_equal(shown(vm), 2 * LIMIT);
	vm->running = false;
	assert_true(runs(&fake));
	account(&fake, 8 * MIB + 2 * LIMIT + 2 * MIB);
	int log_fd = log_take(&stderr_fd);
	feel(&vm->pulse);
	log_give(log_fd, stderr_fd, line, sizeof(line));
	assert_non_null(strstr(line, "guest vm: its mullion-render is ended"));
	assert_non_null(strstr(line, "hold 130 MiB of GPU memory"));
	assert_non_null(strstr(line, "the 64 MiB that it may have"));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_false(runs(&fake));
	run_until(&vm->render_deaths.n, 1);
	assert_killed(&fake);
	assert_null(vm->renderer);
	assert_int_equal(vm->gpu_bytes, 0);
	fake_finish(&fake);
}

/* -- programs of a container -- */

static struct client *add_client(uint32_t slot, struct fake *fake)
{
	struct client *client = client_create(apps, slot, 1);

	assert_non_null(client);
	assert_int_equal(budget_make(&client->budget), 0);
	*fake = fake_start(apps->node, &client_owner, client);
	client->renderer = fake->process;
	client_start_time(client);
	return client;
}

/* Whoever has the most goes, the other stays. */
static void test_container(void **state)
{
	struct fake small, large;
	struct client *client = add_client(0, &small);

	add_client(1, &large);
	feel(&apps->clients.pulse);
	assert_int_equal(shown(apps), 0);
	account(&small, 8 * MIB + LIMIT / 2);
	account(&large, 8 * MIB + LIMIT);
	feel(&apps->clients.pulse);
	assert_int_equal(shown(apps), LIMIT / 2 + LIMIT);
	/* What it says itself is not more on top of that. */
	atomic_store(&apps->clients.memory[0], 5 * MIB);
	assert_int_equal(client_memory_bytes(client), LIMIT / 2);
	atomic_store(&apps->clients.memory[0], 50 * MIB);
	assert_int_equal(client_memory_bytes(client), 50 * MIB);
	assert_true(runs(&small) && runs(&large));
	account(&large, 8 * MIB + 3 * LIMIT / 2 + 2 * MIB);
	feel(&apps->clients.pulse);
	assert_false(runs(&large));
	run_until(&apps->clients.died, 1);
	assert_killed(&large);
	assert_true(runs(&small));
	feel(&apps->clients.pulse);
	assert_true(runs(&small));
	assert_int_equal(apps->clients.n, 1);
	fake_finish(&small);
	fake_finish(&large);
}

static void set_memory(uint64_t bytes)
{
	struct config_guest wanted = *apps->config;

	wanted.memory_bytes = bytes;
	assert_int_equal(guest_change(apps, &wanted), 0);
}

/* A limit that is lowered takes nothing away; what was given back is not given again. */
static void test_lowered(void **state)
{
	struct fake first, second;

	add_client(0, &first);
	account(&first, 8 * MIB + 2 * LIMIT);
	feel(&apps->clients.pulse);
	set_memory(LIMIT / 8);
	set_memory(LIMIT / 4);
	feel(&apps->clients.pulse);
	assert_true(runs(&first));
	account(&first, 8 * MIB + LIMIT / 2);
	feel(&apps->clients.pulse);
	account(&first, 8 * MIB + LIMIT);
	feel(&apps->clients.pulse);
	assert_false(runs(&first));
	run_until(&apps->clients.died, 1);
	/* Nor is more than there was. */
	set_memory(LIMIT);
	add_client(0, &second);
	account(&second, 8 * MIB + 2 * LIMIT);
	feel(&apps->clients.pulse);
	set_memory(LIMIT / 8);
	account(&second, 8 * MIB + 2 * LIMIT + 2 * MIB);
	feel(&apps->clients.pulse);
	assert_false(runs(&second));
	run_until(&apps->clients.died, 2);
	fake_finish(&first);
	fake_finish(&second);
}

/* Numbers that no machine has. */
static void test_huge(void **state)
{
	struct fake fakes[2];

	add_client(0, &fakes[0]);
	add_client(1, &fakes[1]);
	account(&fakes[0], UINT64_MAX);
	account(&fakes[1], UINT64_MAX);
	feel(&apps->clients.pulse);
	assert_in_range(shown(apps), UINT64_C(1) << 50, UINT64_C(1) << 52);
	run_until(&apps->clients.died, 1);
	fake_finish(&fakes[0]);
	fake_finish(&fakes[1]);
}

/* Nothing is known, nothing is wrong. */
static void test_no_account(void **state)
{
	struct fake fake;
	struct client *client = add_client(0, &fake);

	fd_close(&fake.process->file.info_fds[1]);
	account(&fake, UINT64_MAX);
	feel(&apps->clients.pulse);
	assert_int_equal(client->gpu_bytes, 0);
	gpu_file_finish(&fake.process->file);
	feel(&apps->clients.pulse);
	assert_int_equal(client->gpu_bytes, 0);
	assert_true(runs(&fake));
	fake_finish(&fake);
}

/* -- files -- */

/* /dev/null is no GPU: the kernel says where it is read, and nothing else. */
static void test_files(void **state)
{
	struct gpu_file file;
	struct drm_usage usage = { .has_time = true };
	int n = count_fds();

	gpu_file_init(&file);
	assert_false(gpu_file_read(&file, &usage));
	assert_int_equal(gpu_file_open(&file, "/dev/null"), 0);
	assert_true(gpu_file_read(&file, &usage));
	assert_false(usage.has_time || usage.has_memory);
	assert_true(gpu_file_read(&file, &usage));
	gpu_file_finish(&file);
	assert_false(gpu_file_read(&file, &usage));
	assert_int_equal(gpu_file_open(&file, "/dev/none"), -ENOENT);
	assert_int_equal(gpu_file_open(&file, "/"), -EISDIR);
	assert_int_equal(count_fds(), n);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_vm),
		CASE(test_container),
		CASE(test_lowered),
		CASE(test_huge),
		CASE(test_no_account),
		cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

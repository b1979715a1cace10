/* SPDX-License-Identifier: MIT */
/* A small service manager. */
#include "service_manager.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS SERVICE_MANAGER_LIMIT_MS

static void sleep_ms(uint32_t ms)
{
	struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

/* Whoever finds the socket empty and then has the lock knows that all is done. */
static void receive(struct service_manager *manager)
{
	pthread_mutex_lock(&manager->lock);
	service_store_receive(&manager->store, manager->fd);
	pthread_mutex_unlock(&manager->lock);
}

static void *manager_run(void *data)
{
	struct service_manager *manager = data;
	struct pollfd poll_fd = { .fd = manager->fd, .events = POLLIN };
	bool ends = false;

	while (!ends) {
		if (poll(&poll_fd, 1, 20) == 1)
			receive(manager);
		pthread_mutex_lock(&manager->lock);
		ends = manager->ends;
		pthread_mutex_unlock(&manager->lock);
	}
	return NULL;
}

/* -- life -- */

void service_manager_start(struct service_manager *manager)
{
	char path[128];

	memset(manager, 0, sizeof(*manager));
	strcpy(manager->dir, "/tmp/mullion-manager.XXXXXX");
	assert_non_null(mkdtemp(manager->dir));
	snprintf(path, sizeof(path), "%s/notify", manager->dir);
	manager->fd = service_store_listen(path);
	assert_true(manager->fd >= 0);
	pthread_mutex_init(&manager->lock, NULL);
	assert_int_equal(pthread_create(&manager->thread, NULL, manager_run, manager), 0);
}

void service_manager_stop(struct service_manager *manager)
{
	char path[128];

	pthread_mutex_lock(&manager->lock);
	manager->ends = true;
	pthread_mutex_unlock(&manager->lock);
	pthread_join(manager->thread, NULL);
	service_store_finish(&manager->store);
	close(manager->fd);
	snprintf(path, sizeof(path), "%s/notify", manager->dir);
	unlink(path);
	rmdir(manager->dir);
	unsetenv("NOTIFY_SOCKET");
}

static uint32_t read_count(struct service_manager *manager, const uint32_t *count)
{
	pthread_mutex_lock(&manager->lock);
	uint32_t now = *count;
	pthread_mutex_unlock(&manager->lock);
	return now;
}

/* What the dead one has said is heard before anything else happens. */
static void drain(struct service_manager *manager)
{
	struct pollfd poll_fd = { .fd = manager->fd, .events = POLLIN };

	while (poll(&poll_fd, 1, 0) == 1)
		sleep_ms(1);
	pthread_mutex_lock(&manager->lock);
	pthread_mutex_unlock(&manager->lock);
}

void service_manager_end(struct service_manager *manager, struct fixture *fixture, int signal)
{
	assert_true(process_alive(&fixture->daemon));
	kill(fixture->daemon.pid, signal);
	for (uint32_t ms = 0; process_alive(&fixture->daemon) && ms < LIMIT_MS; ms++)
		sleep_ms(1);
	assert_int_equal(fixture->daemon.pid, 0);
	drain(manager);
}

void service_manager_spawn(struct service_manager *manager, struct fixture *fixture)
{
	int fds[SERVICE_STORE_MAX];
	size_t count = service_store_hand_over(&manager->store, fds);

	assert_int_equal(fixture_restart(fixture, fds, count), 0);
	unsetenv("LISTEN_FDNAMES");
}

void service_manager_begin(struct service_manager *manager, struct fixture *fixture)
{
	uint32_t ready_before = read_count(manager, &manager->store.ready_count);

	service_manager_spawn(manager, fixture);
	for (uint32_t ms = 0; ms < LIMIT_MS; ms++) {
		if (read_count(manager, &manager->store.ready_count) != ready_before)
			return;
		if (!process_alive(&fixture->daemon))
			break;
		sleep_ms(1);
	}
	fixture_fail(fixture, "mulliond is not ready", -ETIMEDOUT);
	fail();
}

void service_manager_restart(struct service_manager *manager, struct fixture *fixture, int signal)
{
	service_manager_end(manager, fixture, signal);
	service_manager_begin(manager, fixture);
}

void service_manager_expect(struct service_manager *manager, const char *name, bool is_stored)
{
	for (uint32_t ms = 0; ms < LIMIT_MS; ms += 10) {
		pthread_mutex_lock(&manager->lock);
		bool there = service_store_find(&manager->store, name) != NULL;
		pthread_mutex_unlock(&manager->lock);
		if (there == is_stored)
			return;
		sleep_ms(10);
	}
	fail_msg("%s is %sin the store", name, is_stored ? "not " : "still ");
}

void service_manager_boot(struct service_manager *manager, struct fixture *fixture, uint32_t n,
	struct guest *guest)
{
	char last[32];

	fixture_boot(fixture, n, guest,
		&(struct guest_options){
			.vmm.timeout_ms = LIMIT_MS,
			.vmm.features = 1ull << VIRTIO_GPU_F_VIRGL | 1ull << VIRTIO_GPU_F_EDID,
		});
	guest->gpu.timeout_ms = LIMIT_MS;
	snprintf(last, sizeof(last), "g%u/state/0", n);
	service_manager_expect(manager, last, true);
}

int service_manager_finish(struct service_manager *manager, struct fixture *fixture)
{
	pid_t strays[16];

	service_manager_end(manager, fixture, SIGTERM);
	service_manager_stop(manager);
	/* One that was still opening its driver sees it only then. */
	for (uint32_t ms = 0; process_strays(strays, 16) != 0 && ms < LIMIT_MS; ms += 10)
		sleep_ms(10);
	return fixture_stop(fixture);
}

/* SPDX-License-Identifier: MIT */
#ifndef SERVICE_MANAGER_H
#define SERVICE_MANAGER_H

/*
 * What systemd 252 is to mulliond, in a test's own process: a thread reads what comes
 * for the store.
 *
 * The test looks at the store and spoils it only while no mulliond runs.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"
#include "service_store.h"

#define SERVICE_MANAGER_LIMIT_MS 20000 /* a renderer may take long to start */

struct service_manager {
	char dir[64];
	int fd; /* of the socket; owned */
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	struct service_store store;
	bool ends;
};

/* Names its socket in the environment, for the mulliond that is started next. */
void service_manager_start(struct service_manager *manager);
/* The store goes, and with it the last end of what is in it. */
void service_manager_stop(struct service_manager *manager);

/* Ends the fixture's mulliond by this signal and starts another; asserts that it is ready. */
void service_manager_restart(struct service_manager *manager, struct fixture *fixture, int signal);
/* The parts of it; spawn leaves open whether it starts. */
void service_manager_end(struct service_manager *manager, struct fixture *fixture, int signal);
void service_manager_spawn(struct service_manager *manager, struct fixture *fixture);
void service_manager_begin(struct service_manager *manager, struct fixture *fixture);

/* A guest that can do 3D, all of which is stored that a successor needs: mulliond may be killed. */
void service_manager_boot(struct service_manager *manager, struct fixture *fixture, uint32_t n,
	struct guest *guest);
/* Asserts that it comes to be in the store, or to be gone from it. */
void service_manager_expect(struct service_manager *manager, const char *name, bool is_stored);
/* Stopped for good: the manager drops its store, by which all processes end. As fixture_stop(). */
int service_manager_finish(struct service_manager *manager, struct fixture *fixture);

#endif

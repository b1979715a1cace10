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

#endif

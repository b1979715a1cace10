/* SPDX-License-Identifier: MIT */
#ifndef SERVICE_STORE_H
#define SERVICE_STORE_H

/*
 * What systemd 252 keeps for a service, and the messages by which it comes there
 * (sd_notify(3)). As there, an open file is stored once, a second name for it is not
 * taken, and a name may be had twice.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/process.h"

#define SERVICE_STORE_MAX PROCESS_MAX_FDS

struct service_store {
	struct stored {
		char name[256];
		int fd; /* owned */
	} stored[SERVICE_STORE_MAX];
	size_t count;
	uint32_t ready_count, stopping_count;
	uint32_t refused_count; /* messages that systemd would not understand */
};

/* A socket of the manager's at `path`, named in the environment; or a negative errno. */
int service_store_listen(const char *path);
/* Takes the next message; false: there is none. */
bool service_store_receive(struct service_store *store, int fd);
void service_store_finish(struct service_store *store);

/* NULL: there is none. */
struct stored *service_store_find(struct service_store *store, const char *name);
void service_store_remove(struct service_store *store, const char *name);
/* Takes `take_fd`. */
void service_store_add(struct service_store *store, const char *name, int take_fd);

/* For process_spawn_fds(): the descriptors, their names in the environment. How many. */
size_t service_store_hand_over(const struct service_store *store, int fds[SERVICE_STORE_MAX]);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_CLIENT_H
#define DAEMON_CLIENT_H

/*
 * The programs of a container: each connection to its socket is a client, which gets a
 * mullion-render of its own that serves it directly. What ends one touches no other.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "daemon/budget.h"
#include "daemon/guest_stats.h"
#include "daemon/mediator.h"

struct guest;
struct renderer_process;

struct client {
	struct list link; /* of clients.list */
	struct guest *guest;
	int fd;        /* the connection until a renderer has it; owned */
	uint32_t slot; /* in the memory page */
	pid_t pid;     /* of the program */
	char program[16];
	struct renderer_process *renderer; /* owned; NULL: waits for one */
	struct budget budget;
	struct mediator_client time; /* on the GPU */
	bool ended; /* it said so: its renderer is about to go */
	bool killed;  /* its renderer was, and is about to end */
	uint64_t gpu_bytes; /* that the kernel accounts to the renderer's files */
};

struct clients {
	struct list list; /* in the order in which they came */
	uint32_t n;
	int memory_fd;                   /* the page of protocol/budget.h; owned; -1: not opened */
	_Atomic uint64_t *memory;        /* mapped */
	struct loop_timer pulse;         /* looks at the renderers' while there are some */
	uint64_t connected, died;        /* so far: clients, and renderers of them */
	struct client_stats others;      /* of those that are gone and were not CLIENTS_NAMED */
	struct log_limit refusals, ends; /* lines that clients can cause */
};

/* So that finish is safe before open. */
void clients_init(struct clients *clients);
/* With what an earlier mulliond left. 0 or negative errno. */
int clients_open(struct guest *guest);
/* All connections end. */
void clients_finish(struct guest *guest);
/* Their renderers go on, and another mulliond takes over. Only clients_finish may follow. */
void clients_leave(struct guest *guest);

/* A connection to the guest's socket. */
void clients_accept(struct guest *guest, int listen_fd);
/* A renderer became ready, or none can be had. */
void clients_node_changed(struct guest *guest);

/* client_restore.c, and what it needs of client.c */
extern const struct renderer_owner client_owner;
struct client *client_create(struct guest *guest, uint32_t slot, pid_t pid);
void client_destroy(struct client *client);
/* Its renderer serves it: from now on it may have GPU time. */
void client_start_time(struct client *client);
void clients_watch(struct clients *clients);
/* What an earlier mulliond left goes on, if it `can`; else it ends. */
void clients_restore(struct guest *guest, bool can);
/* Puts into the store what makes its renderer adoptable; or takes it out. */
void client_store(const struct client *client);
void client_unstore(struct guest *guest, uint32_t slot);

/* In the order in which they came; NULL for the first, NULL after the last. */
const struct client *client_next(const struct guest *guest, const struct client *previous);
/* Number `index` of them; NULL: there are not so many. */
const struct client *client_find(const struct guest *guest, uint32_t index);
uint64_t client_memory_bytes(const struct client *client);
uint64_t clients_memory_bytes(const struct guest *guest);
/* Adds what it got. */
void client_count(const struct client *client, struct client_stats *stats);

#endif

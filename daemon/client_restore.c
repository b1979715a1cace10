/* SPDX-License-Identifier: MIT */
/*
 * Clients over a restart of mulliond: their connections are their renderers', which go on.
 * In the store are, for each, its renderer's link and process and the page that they share.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/client.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "protocol/budget.h"

#define KIND_PROCESS "client-process"
#define KIND_BUDGET "client-budget"

/* One that speaks another version of the link is not found. */
static const char *link_kind(void)
{
	static char kind[32];

	snprintf(kind, sizeof(kind), "client-link-%u", LINK_VERSION);
	return kind;
}

void client_store(const struct client *client)
{
	struct store *store = &client->guest->daemon->store;
	const char *name = client->guest->config->name;

	store_put(store, name, KIND_BUDGET, client->slot, client->budget.fd);
	store_put(store, name, KIND_PROCESS, client->slot, client->renderer->worker.process.fd);
	store_put(store, name, link_kind(), client->slot, client->renderer->worker.link.fd);
}

void client_unstore(struct guest *guest, uint32_t slot)
{
	struct store *store = &guest->daemon->store;
	const char *name = guest->config->name;

	store_remove(store, name, link_kind(), slot);
	store_remove(store, name, KIND_PROCESS, slot);
	store_remove(store, name, KIND_BUDGET, slot);
}

/* Takes all three. */
static void client_restore(
	struct guest *guest, uint32_t slot, int link_fd, int pidfd, int budget_fd)
{
	struct client *client = client_create(guest, slot, 0);

	if (!client) {
		int fds[] = { link_fd, pidfd, budget_fd };
		fd_close_all(fds, 3);
		return;
	}
	if (!budget_adopt(&client->budget, budget_fd)) {
		fd_close(&link_fd);
		fd_close(&pidfd);
	} else {
		budget_get_client(&client->budget, &client->pid, client->program);
		client->renderer =
			render_node_adopt(guest->node, &client_owner, client, link_fd, pidfd);
	}
	if (!client->renderer) {
		client_destroy(client);
		return;
	}
	client_store(client);
	client_start_time(client);
}

void clients_restore(struct guest *guest, bool can)
{
	struct store *store = &guest->daemon->store;
	const char *name = guest->config->name;

	for (uint32_t slot = 0; slot < MEMORY_SLOTS; slot++) {
		int link_fd = store_take(store, name, link_kind(), slot);
		int pidfd = store_take(store, name, KIND_PROCESS, slot);
		int budget_fd = store_take(store, name, KIND_BUDGET, slot);
		if (can && link_fd >= 0 && pidfd >= 0 && budget_fd >= 0) {
			client_restore(guest, slot, link_fd, pidfd, budget_fd);
			continue;
		}
		atomic_store(&guest->clients.memory[slot], 0);
		if (link_fd < 0 && pidfd < 0 && budget_fd < 0)
			continue;
		client_unstore(guest, slot);
		if (pidfd >= 0)
			syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
		fd_close(&link_fd);
		fd_close(&pidfd);
		fd_close(&budget_fd);
	}
	clients_watch(&guest->clients);
	if (guest->clients.n)
		log_info("guest %s: goes on with %u clients", name, guest->clients.n);
}

/* SPDX-License-Identifier: MIT */
/* The programs of a container, each with a renderer. */
#include "daemon/client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "protocol/budget.h"

#define PULSE_NS (250 * NSEC_PER_MSEC)

/* Text of an outsider that goes into the log. */
static void text_take(char *to, size_t size, const char *from)
{
	size_t i = 0;

	for (; i < size - 1 && from[i]; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[i] = '\0';
}

/* -- the end of one -- */

void client_destroy(struct client *client)
{
	struct guest *guest = client->guest;

	mediator_client_stop(&client->time);
	if (client->slot >= CLIENTS_NAMED)
		client_count(client, &guest->clients.others);
	list_remove(&client->link);
	guest->clients.n--;
	client_unstore(guest, client->slot);
	if (client->renderer)
		renderer_process_abandon(client->renderer);
	if (!guest->daemon->leaves)
		atomic_store(&guest->clients.memory[client->slot], 0);
	budget_finish(&client->budget);
	fd_close(&client->fd);
	free(client);
}

static void client_say_end(const struct client *client, const char *why)
{
	log_limited(&client->guest->clients.ends, LOG_LEVEL_WARN,
		"guest %s: the connection of %s (pid %d) is closed: %s",
		client->guest->config->name, client->program, client->pid, why);
}

static void client_end(struct client *client, const char *why)
{
	client_say_end(client, why);
	client_destroy(client);
}

static void client_renderer_gone(void *owner, const char *how, bool clean)
{
	struct client *client = owner;
	char why[128];

	client->renderer = NULL;
	if (clean || client->ended) {
		client_destroy(client);
		return;
	}
	client->guest->clients.died++;
	snprintf(why, sizeof(why), "its mullion-render %s", how);
	client_end(client, why);
}

/* It left; or it was over its memory limit, or against the protocol: the end follows. */
static bool client_handle_ended(struct client *client, const struct link_client_ended *message)
{
	const struct config_guest *config = client->guest->config;
	char reason[LINK_REASON_BYTES];

	if (client->ended)
		return false;
	client->ended = true;
	text_take(reason, sizeof(reason), message->reason);
	if (message->over_memory)
		snprintf(reason, sizeof(reason), "its guest may have %" PRIu64 " MiB (memory)",
			config->memory_bytes >> 20);
	if (reason[0])
		client_say_end(client, reason);
	return true;
}

static bool client_handle_render(
	void *owner, uint32_t type, const void *message, int fds[static IO_FDS_MAX])
{
	struct client *client = owner;

	mediator_client_look(&client->time);
	return type == LINK_BUDGET ||
	       (type == LINK_CLIENT_ENDED && client_handle_ended(client, message));
}

const struct renderer_owner client_owner = {
	.message = client_handle_render,
	.gone = client_renderer_gone,
};

/* -- its renderer -- */

void clients_watch(struct clients *clients)
{
	loop_timer_set(&clients->pulse, clients->n ? PULSE_NS : 0);
}

void client_start_time(struct client *client)
{
	mediator_client_start(&client->time, &client->guest->time, client->budget.page,
		&client->renderer->worker.link, &client->renderer->file);
	client->time.pid = client->pid;
	memcpy(client->time.program, client->program, sizeof(client->time.program));
}

static int client_start(struct client *client)
{
	struct clients *clients = &client->guest->clients;
	struct link_render_client start = {
		.type = LINK_RENDER_CLIENT,
		.slot = client->slot,
		.memory_bytes = client->guest->config->memory_bytes,
	};
	int fds[] = { client->fd, client->budget.fd, clients->memory_fd };

	memcpy(start.name, client->guest->config->name, sizeof(start.name));
	int ret = channel_send(&client->renderer->worker.link, &start, sizeof(start), fds, 3);
	fd_close(&client->fd);
	if (ret < 0)
		return ret;
	client_store(client);
	clients_watch(clients);
	client_start_time(client);
	return 0;
}

/* False: it has to wait, and so has whoever comes after it. */
static bool client_try(struct client *client)
{
	struct guest *guest = client->guest;
	struct render_node *node = guest->node;
	char why[160];

	if (guest->strikes.given_up) {
		snprintf(why, sizeof(why),
			"its guest's renderers hung too often: 'mullionctl release %s'",
			guest->config->name);
		client_end(client, why);
		return true;
	}
	if (render_node_is_given_up(node)) {
		client_end(client, "no renderer could be started");
		return true;
	}
	client->renderer = render_node_take(node, &client_owner, client);
	if (!client->renderer)
		return false;
	int ret = client_start(client);
	if (ret < 0)
		client_end(client, strerror(-ret));
	return true;
}

void clients_node_changed(struct guest *guest)
{
	struct client *client, *next;

	list_for_each_safe (client, next, &guest->clients.list, link) {
		if (client->fd >= 0 && !client_try(client))
			return;
	}
}

static void client_kill(struct client *client)
{
	client->killed = true;
	worker_kill(&client->renderer->worker);
}

/* For the log, which hears of a renderer that is killed. */
static const char *client_who(const struct client *client)
{
	static char who[64];

	snprintf(who, sizeof(who), "the mullion-render of %s (pid %d)", client->program,
		client->pid);
	return who;
}

/* They have their guest's memory together: over it, whoever has the most of it goes. */
static void clients_weigh(struct clients *clients)
{
	struct client *client, *largest = NULL;
	uint64_t sum = 0;

	list_for_each (client, &clients->list, link) {
		if (!client->renderer || client->killed)
			continue;
		client->gpu_bytes = gpu_file_memory_bytes(&client->renderer->file);
		sum += client->gpu_bytes;
		if (!largest || client->gpu_bytes > largest->gpu_bytes)
			largest = client;
	}
	if (largest && guest_memory_is_over(largest->guest, sum, client_who(largest)))
		client_kill(largest);
}

/* Calls of the library, or the GPU, that do not come back: their end is seen as any other. */
static void clients_feel_pulse(struct loop_timer *timer)
{
	struct clients *clients = container_of(timer, struct clients, pulse);
	struct client *client;

	list_for_each (client, &clients->list, link) {
		if (client->renderer && !client->killed &&
			guest_renderer_hangs(client->guest, &client->budget, &client->time,
				client_who(client)))
			client_kill(client);
	}
	clients_weigh(clients);
	clients_watch(clients);
}

/* -- who comes -- */

static void client_name(struct client *client)
{
	char path[64], line[sizeof(client->program) + 1] = "";

	snprintf(path, sizeof(path), "/proc/%d/comm", client->pid);
	FILE *file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
	text_take(client->program, sizeof(client->program), line[0] ? line : "a program");
}

static uint32_t clients_free_slot(const struct clients *clients)
{
	bool taken[MEMORY_SLOTS] = { false };
	const struct client *client;
	uint32_t slot = 0;

	list_for_each (client, &clients->list, link)
		taken[client->slot] = true;
	while (taken[slot])
		slot++;
	return slot;
}

struct client *client_create(struct guest *guest, uint32_t slot, pid_t pid)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->guest = guest;
	client->fd = -1;
	client->slot = slot;
	client->pid = pid;
	budget_init(&client->budget);
	mediator_client_init(&client->time);
	list_append(&guest->clients.list, &client->link);
	guest->clients.n++;
	return client;
}

void clients_accept(struct guest *guest, int listen_fd)
{
	struct clients *clients = &guest->clients;
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	if (clients->n >= guest->config->max_clients) {
		log_limited(&clients->refusals, LOG_LEVEL_WARN,
			"guest %s: a connection of pid %d is refused: it has %u already "
			"(max-clients)",
			guest->config->name, peer.pid, clients->n);
		fd_close(&fd);
		return;
	}
	struct client *client = client_create(guest, clients_free_slot(clients), peer.pid);
	if (!client) {
		fd_close(&fd);
		return;
	}
	client->fd = fd;
	client_name(client);
	clients->connected++;
	int ret = budget_make(&client->budget);
	if (ret < 0) {
		client_end(client, strerror(-ret));
		return;
	}
	budget_set_client(&client->budget, client->pid, client->program);
	clients_node_changed(guest);
}

/* -- all of them -- */

void clients_init(struct clients *clients)
{
	*clients = (struct clients){ .memory_fd = -1, .pulse.source.fd = -1 };
	list_init(&clients->list);
}

int clients_open(struct guest *guest)
{
	struct clients *clients = &guest->clients;
	struct store *store = &guest->daemon->store;

	clients->memory_fd = store_take(store, guest->config->name, "memory", 0);
	bool found = memfd_check_sealed(clients->memory_fd, MEMORY_BYTES) == 0;
	if (!found) {
		fd_close(&clients->memory_fd);
		clients->memory_fd = memfd_create_sealed("mullion-memory", MEMORY_BYTES);
	}
	if (clients->memory_fd < 0)
		return clients->memory_fd;
	clients->memory = memfd_map(clients->memory_fd, MEMORY_BYTES, PROT_READ | PROT_WRITE);
	if (!clients->memory)
		return -ENOMEM;
	store_put(store, guest->config->name, "memory", 0, clients->memory_fd);
	int ret = loop_timer_init(&clients->pulse, &guest->daemon->loop, clients_feel_pulse);
	if (ret == 0)
		clients_restore(guest, found);
	return ret;
}

void clients_leave(struct guest *guest)
{
	struct client *client;

	list_for_each (client, &guest->clients.list, link) {
		if (client->renderer)
			renderer_process_leave(client->renderer);
		client->renderer = NULL;
	}
}

void clients_finish(struct guest *guest)
{
	struct clients *clients = &guest->clients;
	struct client *client, *next;

	list_for_each_safe (client, next, &clients->list, link)
		client_destroy(client);
	loop_timer_finish(&clients->pulse);
	if (clients->memory)
		munmap(clients->memory, MEMORY_BYTES);
	if (clients->memory_fd >= 0)
		store_remove(&guest->daemon->store, guest->config->name, "memory", 0);
	fd_close(&clients->memory_fd);
	clients_init(clients);
}

const struct client *client_next(const struct guest *guest, const struct client *previous)
{
	const struct list *next = previous ? previous->link.next : guest->clients.list.next;
	return next == &guest->clients.list ? NULL : container_of(next, struct client, link);
}

const struct client *client_find(const struct guest *guest, uint32_t index)
{
	const struct client *client = client_next(guest, NULL);

	while (client && index--)
		client = client_next(guest, client);
	return client;
}

/* What it says, and no more than there is; or what the kernel says, if that is more. */
uint64_t client_memory_bytes(const struct client *client)
{
	uint64_t bytes = atomic_load(&client->guest->clients.memory[client->slot]);
	return MAX(MIN(bytes, client->guest->config->memory_bytes), client->gpu_bytes);
}

uint64_t clients_memory_bytes(const struct guest *guest)
{
	uint64_t sum = 0;

	for (const struct client *c = client_next(guest, NULL); c; c = client_next(guest, c))
		sum += client_memory_bytes(c);
	return sum;
}

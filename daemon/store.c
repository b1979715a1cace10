/* SPDX-License-Identifier: MIT */
/* The service manager's store of descriptors. */
#include "daemon/store.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"

/* A manager that does not read while this much comes would be given up on by people too. */
#define QUEUE_MAX 4096
#define FINISH_LIMIT_MS 1000

struct store_message {
	struct list link;
	int fd; /* owned; -1: none */
	char text[SERVICE_NAME_MAX + 64];
};

static struct log_limit store_log_limit;

void store_init(struct store *store)
{
	*store = (struct store){ .source.fd = -1 };
	list_init(&store->queue);
}

bool store_is_managed(const struct store *store)
{
	return store->source.fd >= 0;
}

/* -- to the manager -- */

static void message_destroy(struct store *store, struct store_message *message)
{
	list_remove(&message->link);
	store->n_queue--;
	fd_close(&message->fd);
	free(message);
}

/* False: it does not read just now. */
static bool message_send(struct store *store, const struct store_message *message)
{
	size_t n_fds = message->fd >= 0;
	ssize_t n = io_send(store->source.fd, message->text, strlen(message->text), &message->fd,
		n_fds);

	if (n == -EAGAIN)
		return false;
	if (n < 0)
		log_limited(&store_log_limit, LOG_LEVEL_WARN, "the service manager cannot be told: %s",
			strerror(-n));
	return true;
}

static void queue_send(struct store *store)
{
	struct store_message *message, *next;

	list_for_each_safe(message, next, &store->queue, link) {
		if (!message_send(store, message))
			return;
		message_destroy(store, message);
	}
}

static void store_writable(struct loop_source *source, uint32_t events)
{
	struct store *store = container_of(source, struct store, source);

	queue_send(store);
	if (!store->n_queue)
		loop_remove(source);
}

/* Takes `take_fd`. */
static void store_send(struct store *store, int take_fd, const char *format, const char *what)
{
	struct store_message *message = calloc(1, sizeof(*message));

	if (!message || store->n_queue == QUEUE_MAX) {
		log_limited(&store_log_limit, LOG_LEVEL_WARN,
			"the service manager does not read: a restart of mulliond may cost guests");
		free(message);
		fd_close(&take_fd);
		return;
	}
	message->fd = take_fd;
	snprintf(message->text, sizeof(message->text), format, what);
	list_append(&store->queue, &message->link);
	store->n_queue++;
	queue_send(store);
	if (store->n_queue && !store->source.loop)
		loop_add(store->loop, &store->source, store->source.fd, EPOLLOUT, store_writable);
}

void store_notify(struct store *store, const char *what)
{
	if (store_is_managed(store))
		store_send(store, -1, "%s", what);
}

/* -- what is stored -- */

static void name_make(char name[static SERVICE_NAME_MAX], const char *guest, const char *kind,
	uint32_t index)
{
	snprintf(name, SERVICE_NAME_MAX, "%s/%s/%u", guest, kind, index);
}

static void remove_name(struct store *store, const char *name)
{
	store_send(store, -1, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

void store_remove(struct store *store, const char *guest, const char *kind, uint32_t index)
{
	char name[SERVICE_NAME_MAX];

	if (!store_is_managed(store))
		return;
	name_make(name, guest, kind, index);
	remove_name(store, name);
}

void store_put(struct store *store, const char *guest, const char *kind, uint32_t index, int fd)
{
	char name[SERVICE_NAME_MAX];

	if (!store_is_managed(store))
		return;
	name_make(name, guest, kind, index);
	remove_name(store, name);
	/* Unasked, the manager drops what hangs up: that is for us to see. */
	int copy = fd_dup(fd);
	if (copy >= 0)
		store_send(store, copy, "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
}

int store_take(struct store *store, const char *guest, const char *kind, uint32_t index)
{
	char name[SERVICE_NAME_MAX];

	name_make(name, guest, kind, index);
	for (size_t i = 0; i < store->n_found; i++) {
		int fd = store->found[i].fd;
		if (fd < 0 || strcmp(store->found[i].name, name))
			continue;
		store->found[i].fd = -1;
		return fd;
	}
	return -1;
}

size_t store_drop_found(struct store *store, char name[static SERVICE_NAME_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < store->n_found; i++) {
		struct service_fd *found = &store->found[i];
		if (found->fd < 0)
			continue;
		fd_close(&found->fd);
		if (store_is_managed(store) && found->name[0])
			remove_name(store, found->name);
		memcpy(name, found->name, SERVICE_NAME_MAX);
		n++;
	}
	free(store->found);
	store->found = NULL;
	store->n_found = 0;
	return n;
}

/* -- life -- */

void store_open(struct store *store, struct loop *loop)
{
	store->loop = loop;
	store->n_found = service_take_fds(&store->found);
	int fd = service_notify_open();
	if (fd < 0 && fd != -ENOENT)
		log_warn("NOTIFY_SOCKET: %s", strerror(-fd));
	store->source.fd = fd < 0 ? -1 : fd;
}

void store_finish(struct store *store)
{
	struct store_message *message, *next;
	struct pollfd poll_fd = { .fd = store->source.fd, .events = POLLOUT };

	while (store->n_queue && poll(&poll_fd, 1, FINISH_LIMIT_MS) == 1)
		queue_send(store);
	list_for_each_safe(message, next, &store->queue, link)
		message_destroy(store, message);
	for (size_t i = 0; i < store->n_found; i++)
		fd_close(&store->found[i].fd);
	free(store->found);
	loop_remove(&store->source);
	fd_close(&store->source.fd);
	store_init(store);
}

/* SPDX-License-Identifier: MIT */
/* The service manager's store of descriptors. */
#include "daemon/store.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

/*
 * A guest's VMM may give descriptors without end, and the manager of all services is not
 * to be kept busy by it: so many messages, then a rest in which what comes for the same
 * name replaces what waits. A VM with two heads that starts needs about three hundred.
 */
#define BURST_MESSAGES 1000
#define REST_NS (200 * NSEC_PER_MSEC)
#define FINISH_LIMIT_MS 1000

/* One name's content as it is to be, or words to the manager. */
struct store_change {
	struct list link;
	int fd;       /* owned; -1: nothing is to be stored */
	bool removed; /* what was there is taken out already */
	char name[SERVICE_NAME_MAX]; /* empty: `words` */
	const char *words;           /* static */
};

static struct log_limit store_log_limit;

void store_init(struct store *store)
{
	*store = (struct store){ .source.fd = -1, .rest.source.fd = -1, .budget = BURST_MESSAGES };
	list_init(&store->queue);
}

bool store_is_managed(const struct store *store)
{
	return store->source.fd >= 0;
}

/* -- to the manager -- */

/* False: it does not read just now. */
static bool tell(struct store *store, const char *text, int fd)
{
	ssize_t n = io_send(store->source.fd, text, strlen(text), &fd, fd >= 0);

	if (n == -EAGAIN)
		return false;
	if (store->budget)
		store->budget--;
	if (n < 0)
		log_limited(&store_log_limit, LOG_LEVEL_WARN, "the service manager cannot be told: %s",
			strerror(-n));
	return true;
}

static bool change_send(struct store *store, struct store_change *change)
{
	char text[SERVICE_NAME_MAX + 64];

	if (!change->name[0])
		return tell(store, change->words, -1);
	snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%s", change->name);
	if (!change->removed && !tell(store, text, -1))
		return false;
	change->removed = true;
	if (change->fd < 0)
		return true;
	/* Unasked, the manager drops what hangs up: that is for us to see. */
	snprintf(text, sizeof(text), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", change->name);
	return tell(store, text, change->fd);
}

static void change_destroy(struct store_change *change)
{
	list_remove(&change->link);
	fd_close(&change->fd);
	free(change);
}

static void queue_send(struct store *store)
{
	struct store_change *change, *next;

	list_for_each_safe(change, next, &store->queue, link) {
		if (!store->budget || !change_send(store, change))
			return;
		change_destroy(change);
	}
}

static void store_writable(struct loop_source *source, uint32_t events);

/* Sends what may be sent, and sees to it that the rest follows. */
static void queue_go_on(struct store *store)
{
	queue_send(store);
	bool waits = !list_empty(&store->queue) && store->budget;
	if (waits && !store->source.loop)
		loop_add(store->loop, &store->source, store->source.fd, EPOLLOUT, store_writable);
	else if (!waits)
		loop_remove(&store->source);
	if (!store->rests && store->budget < BURST_MESSAGES) {
		store->rests = true;
		loop_timer_set(&store->rest, REST_NS);
	}
}

static void store_writable(struct loop_source *source, uint32_t events)
{
	queue_go_on(container_of(source, struct store, source));
}

static void store_rested(struct loop_timer *timer)
{
	struct store *store = container_of(timer, struct store, rest);

	store->rests = false;
	store->budget = BURST_MESSAGES;
	queue_go_on(store);
}

static struct store_change *change_for(struct store *store, const char *name)
{
	struct store_change *change;

	list_for_each(change, &store->queue, link) {
		if (name[0] && !strcmp(change->name, name))
			return change;
	}
	change = calloc(1, sizeof(*change));
	if (!change) {
		log_limited(&store_log_limit, LOG_LEVEL_WARN,
			"no memory to store %s: a restart of mulliond may cost its guest", name);
		return NULL;
	}
	change->fd = -1;
	snprintf(change->name, sizeof(change->name), "%s", name);
	list_append(&store->queue, &change->link);
	return change;
}

void store_notify(struct store *store, const char *words)
{
	struct store_change *change = store_is_managed(store) ? change_for(store, "") : NULL;

	if (!change)
		return;
	change->words = words;
	queue_go_on(store);
}

/* -- what is stored -- */

static void name_make(char name[static SERVICE_NAME_MAX], const char *guest, const char *kind,
	uint32_t index)
{
	snprintf(name, SERVICE_NAME_MAX, "%s/%s/%u", guest, kind, index);
}

/* Takes `take_fd`; -1: nothing. */
static void store_set(struct store *store, const char *name, int take_fd)
{
	struct store_change *change = change_for(store, name);

	if (!change) {
		fd_close(&take_fd);
		return;
	}
	fd_close(&change->fd);
	change->fd = take_fd;
	queue_go_on(store);
}

void store_remove(struct store *store, const char *guest, const char *kind, uint32_t index)
{
	char name[SERVICE_NAME_MAX];

	name_make(name, guest, kind, index);
	if (store_is_managed(store))
		store_set(store, name, -1);
}

void store_put(struct store *store, const char *guest, const char *kind, uint32_t index, int fd)
{
	char name[SERVICE_NAME_MAX];

	name_make(name, guest, kind, index);
	if (store_is_managed(store))
		store_set(store, name, fd_dup(fd));
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
			store_set(store, found->name, -1);
		memcpy(name, found->name, SERVICE_NAME_MAX);
		n++;
	}
	free(store->found);
	store->found = NULL;
	store->n_found = 0;
	return n;
}

/* -- life -- */

int store_open(struct store *store, struct loop *loop)
{
	store->loop = loop;
	store->n_found = service_take_fds(&store->found);
	int fd = service_notify_open();
	if (fd < 0 && fd != -ENOENT)
		log_warn("NOTIFY_SOCKET: %s", strerror(-fd));
	if (fd < 0)
		return 0;
	store->source.fd = fd;
	return loop_timer_init(&store->rest, loop, store_rested);
}

void store_finish(struct store *store)
{
	struct store_change *change, *next;
	struct pollfd poll_fd = { .fd = store->source.fd, .events = POLLOUT };

	do {
		store->budget = BURST_MESSAGES;
		queue_send(store);
	} while (!list_empty(&store->queue) && poll(&poll_fd, 1, FINISH_LIMIT_MS) == 1);
	list_for_each_safe(change, next, &store->queue, link)
		change_destroy(change);
	for (size_t i = 0; i < store->n_found; i++)
		fd_close(&store->found[i].fd);
	free(store->found);
	loop_remove(&store->source);
	loop_timer_finish(&store->rest);
	fd_close(&store->source.fd);
	store_init(store);
}

/* SPDX-License-Identifier: MIT */
/* Asking screens what they are. */
#include "compositor/kms/probe.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drmMode.h>

#include "base/clock.h"
#include "base/log.h"

static void probe_ask(const struct kms_probe *probe)
{
	drmModeRes *resources = drmModeGetResources(probe->fd);

	for (int i = 0; resources && i < resources->count_connectors; i++) {
		uint32_t id = resources->connectors[i];
		if (probe->connector_id == 0 || probe->connector_id == id)
			drmModeFreeConnector(drmModeGetConnector(probe->fd, id));
	}
	drmModeFreeResources(resources);
}

/* With nothing of the compositor's but the card: no client waits for this one to end. */
static void probe_run(const void *data)
{
	const struct kms_probe *probe = data;

	if (probe->fd > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, probe->fd - 1, 0);
	close_range(probe->fd + 1, ~0U, 0);
	probe_ask(probe);
	_exit(EXIT_SUCCESS);
}

/* Where there is no other process for it. */
static void probe_ask_here(const struct kms_probe *probe, const char *why)
{
	static struct log_limit limit;

	log_limited(&limit, LOG_LEVEL_WARN, "screens are asked in the loop: %s", why);
	probe_ask(probe);
}

static void probe_handle_end(struct child *child, int status)
{
	struct kms_probe *probe = container_of(child, struct kms_probe, child);
	uint32_t connector_id = probe->connector_id, next_id = probe->next_id;
	bool has_next = probe->has_next;

	loop_timer_set(&probe->limit, 0);
	if (status != 0 && !probe->is_late)
		probe_ask_here(probe, "who asked was killed");
	probe->has_next = false;
	probe->handle(probe, connector_id);
	if (has_next)
		kms_probe_start(probe, next_id);
}

static void probe_handle_limit(struct loop_timer *timer)
{
	static struct log_limit limit;
	struct kms_probe *probe = container_of(timer, struct kms_probe, limit);

	log_limited(&limit, LOG_LEVEL_WARN,
		"the driver has not said for %" PRId64 " s what is plugged in: who asks is killed; "
		"until it is gone no screen is seen to come or go (a cable, a screen, the driver?)",
		probe->limit_ns / NSEC_PER_SEC);
	probe->is_late = true;
	kill(probe->child.pid, SIGKILL);
}

void kms_probe_start(struct kms_probe *probe, uint32_t connector_id)
{
	/* What is asked already may be older than what has happened since. */
	if (probe->child.pid) {
		bool is_other = probe->has_next && probe->next_id != connector_id;
		probe->next_id = is_other ? 0 : connector_id;
		probe->has_next = true;
		return;
	}
	probe->connector_id = connector_id;
	probe->is_late = false;
	int ret = child_start(&probe->child, probe->limit.source.loop, probe_run, probe,
		probe_handle_end);
	if (ret == 0) {
		loop_timer_set(&probe->limit, probe->limit_ns);
		return;
	}
	probe_ask_here(probe, strerror(-ret));
	probe->handle(probe, connector_id);
}

int kms_probe_init(struct kms_probe *probe, struct loop *loop, int fd, int64_t limit_ns,
	void (*handle)(struct kms_probe *probe, uint32_t connector_id))
{
	*probe = (struct kms_probe){ .limit_ns = limit_ns, .fd = fd, .handle = handle };
	return loop_timer_init(&probe->limit, loop, probe_handle_limit);
}

void kms_probe_finish(struct kms_probe *probe)
{
	child_stop(&probe->child);
	loop_timer_finish(&probe->limit);
}

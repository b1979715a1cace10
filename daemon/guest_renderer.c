/* SPDX-License-Identifier: MIT */
/* A guest's mullion-render: given when it is wanted, watched, given up. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "protocol/render.h"

#define PULSE_NS (250 * NSEC_PER_MSEC)

static void guest_tell_renderer_gone(struct guest *guest)
{
	struct link_guest_renderer_gone message = { .type = LINK_GUEST_RENDERER_GONE };

	if (guest->running)
		channel_send(&guest->worker.link, &message, sizeof(message), NULL, 0);
}

static int guest_tie(struct guest *guest, struct channel *render)
{
	struct link_render_start start = {
		.type = LINK_RENDER_START,
		.ring_bytes = RENDER_RING_BYTES,
		.memory_bytes = guest->config->memory_bytes,
	};

	memcpy(start.name, guest->config->name, sizeof(start.name));
	int ret = budget_make(&guest->budget);
	if (ret == 0)
		ret = tie_make(&guest->tie, render, &start, guest->budget.fd);
	if (ret == 0)
		ret = tie_send(&guest->tie, &guest->worker.link, false);
	if (ret < 0)
		return ret;
	tie_store(&guest->tie, &guest->daemon->store, guest->config->name);
	store_put(&guest->daemon->store, guest->config->name, "budget", 0, guest->budget.fd);
	loop_timer_set(&guest->pulse, PULSE_NS);
	mediator_client_start(&guest->vm_time, &guest->time, guest->budget.page, render,
		&guest->renderer->file);
	return 0;
}

void guest_drop_renderer(struct guest *guest)
{
	mediator_client_stop(&guest->vm_time);
	guest->links[HEAD_SOURCE_RENDER] = NULL;
	guest->resync[HEAD_SOURCE_RENDER] = 0;
	guest_unstore_worker(guest, HEAD_SOURCE_RENDER);
	if (guest->renderer)
		renderer_process_abandon(guest->renderer);
	guest->renderer = NULL;
	tie_unstore(&guest->tie, &guest->daemon->store, guest->config->name);
	tie_finish(&guest->tie);
	store_remove(&guest->daemon->store, guest->config->name, "budget", 0);
	budget_finish(&guest->budget);
	guest->gpu_bytes = 0;
	loop_timer_set(&guest->pulse, 0);
	for (uint32_t i = 0; i < guest->modes.n; i++)
		head_source_lost(&guest->heads[i], HEAD_SOURCE_RENDER);
	copies_worker_gone(&guest->copies[HEAD_SOURCE_RENDER]);
}

/* One that does not come back, or holds too much: its end is seen as any other. */
static void guest_feel_pulse(struct loop_timer *timer)
{
	struct guest *guest = container_of(timer, struct guest, pulse);

	if (!guest->renderer)
		return;
	guest->gpu_bytes = gpu_file_memory_bytes(&guest->renderer->file);
	if (guest_renderer_hangs(guest, &guest->budget, &guest->vm_time, "its mullion-render") ||
		guest_memory_is_over(guest, guest->gpu_bytes, "its mullion-render")) {
		worker_kill(&guest->renderer->worker);
		return;
	}
	loop_timer_set(&guest->pulse, PULSE_NS);
}

int guest_init_renderer(struct guest *guest)
{
	tie_init(&guest->tie);
	budget_init(&guest->budget);
	return loop_timer_init(&guest->pulse, &guest->daemon->loop, guest_feel_pulse);
}

void guest_restore_renderer(struct guest *guest)
{
	struct store *store = &guest->daemon->store;

	tie_restore(&guest->tie, store, guest->config->name);
	if (!guest->renderer)
		return;
	loop_timer_set(&guest->pulse, PULSE_NS);
	mediator_client_start(&guest->vm_time, &guest->time, guest->budget.page,
		&guest->renderer->worker.link, &guest->renderer->file);
}

void guest_expect_renderer(struct guest *guest, bool expect)
{
	if (!guest->node || guest->renderer_expected == expect)
		return;
	guest->renderer_expected = expect;
	render_node_expect(guest->node, expect);
}

/* Give it a renderer if it waits for one and one is ready. */
void guest_try_renderer(struct guest *guest)
{
	if (!guest->renderer_wanted || !guest->running)
		return;
	if (!guest->node || render_node_is_given_up(guest->node) ||
		guest->render_deaths.given_up || guest->strikes.given_up) {
		guest->renderer_wanted = false;
		guest_tell_renderer_gone(guest);
		return;
	}
	if (guest->renderer)
		return;
	guest->renderer = render_node_take(guest->node, &guest_renderer_owner, guest);
	if (!guest->renderer)
		return; /* the next one to be ready is ours */
	guest->renderer_wanted = false;
	guest_expect_renderer(guest, false);
	guest->renderer_starts++;
	guest->links[HEAD_SOURCE_RENDER] = &guest->renderer->worker.link;
	guest_store_worker(guest, HEAD_SOURCE_RENDER, &guest->renderer->worker);
	int ret = guest_tie(guest, &guest->renderer->worker.link);
	if (ret < 0) {
		log_warn("guest %s: cannot give it a renderer: %s", guest->config->name,
			strerror(-ret));
		guest_drop_renderer(guest);
		guest_tell_renderer_gone(guest);
	}
}

static void guest_renderer_gone(void *data, const char *how, bool clean)
{
	struct guest *guest = data;

	events_raise(&guest->daemon->events, EVENT_RENDERER_DIED, guest->config->name, -1);
	log_warn("guest %s: its mullion-render %s; its 3D contexts are lost", guest->config->name,
		how);
	guest->renderer = NULL;
	deaths_add(&guest->render_deaths, clock_now_ns());
	if (guest->render_deaths.given_up)
		log_error("guest %s: its mullion-render died %u times in a minute: given up, it has "
			  "2D only until 'mullionctl restart %s'",
			guest->config->name, guest->render_deaths.max, guest->config->name);
	guest_drop_renderer(guest);
	guest_tell_renderer_gone(guest);
	guest_tell_heads(guest);
}

static bool guest_handle_render(
	void *data, uint32_t type, const void *message, int fds[static IO_FDS_MAX])
{
	struct guest *guest = data;

	mediator_client_look(&guest->vm_time);
	if (type == LINK_BUDGET)
		return true;
	if (type == LINK_RESYNC_DONE) {
		guest_handle_resync(guest, HEAD_SOURCE_RENDER, message);
		return true;
	}
	if (type == LINK_COPY && !guest->resync[HEAD_SOURCE_RENDER])
		return copies_handle(&guest->copies[HEAD_SOURCE_RENDER], message, &fds[0]);
	return guest_handle_picture(guest, HEAD_SOURCE_RENDER, type, message, fds);
}

const struct renderer_owner guest_renderer_owner = {
	.message = guest_handle_render,
	.gone = guest_renderer_gone,
};

int guest_copy(struct guest *guest, uint32_t head, struct copy **copy,
	void (*done)(void *data, const struct screenshot_result *result), void *data)
{
	int source = guest->heads[head].source;

	if (source < 0 || !guest->links[source])
		return -ENOTSUP;
	return copy_start(copy, &guest->copies[source], guest->links[source],
		&guest->daemon->loop, head, done, data);
}

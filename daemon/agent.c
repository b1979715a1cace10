/* SPDX-License-Identifier: MIT */
/* The agent in a guest: a line to it, a byte from it. */
#include "daemon/agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/io.h"

/* What a guest can make us do: so many bytes in so much time. */
#define READ_BYTES 16
#define READ_PAUSE_NS (50 * NSEC_PER_MSEC)

static void agent_disconnect(struct agent *agent)
{
	loop_remove(&agent->source);
	fd_close(&agent->fd);
	agent->state = AGENT_STATE_NONE;
	agent->len = agent->sent = 0;
	agent->due = false;
}

static size_t print_mode(char *to, const struct link_head *head)
{
	if (!head->enabled)
		return sprintf(to, " off");
	return sprintf(to, " %ux%u@%u.%03u", head->width_px, head->height_px,
		head->refresh_mhz / 1000, head->refresh_mhz % 1000);
}

static void agent_print(struct agent *agent)
{
	agent->len = sprintf(agent->line, "heads");
	for (uint32_t i = 0; i < agent->n_heads; i++)
		agent->len += print_mode(agent->line + agent->len, &agent->heads[i]);
	agent->line[agent->len++] = '\n';
	agent->sent = 0;
	agent->due = false;
	agent->state = AGENT_STATE_TOLD;
}

/* The next line only when the last is answered: of several changes meanwhile the newest is told. */
static bool agent_is_free(const struct agent *agent)
{
	return agent->sent == agent->len &&
		(agent->state == AGENT_STATE_DONE || agent->state == AGENT_STATE_HELPLESS);
}

static void agent_send(struct agent *agent)
{
	if (agent->due && agent_is_free(agent))
		agent_print(agent);
	if (agent->sent < agent->len) {
		ssize_t n = io_send(agent->fd, agent->line + agent->sent,
			agent->len - agent->sent, NULL, 0);
		if (n < 0 && n != -EAGAIN) {
			agent_disconnect(agent);
			return;
		}
		agent->sent += n > 0 ? n : 0;
	}
	loop_change(&agent->source,
		(agent->rests ? 0 : EPOLLIN) | (agent->sent < agent->len ? EPOLLOUT : 0));
}

/*
 * False: it is no byte of ours. An answer too many means nothing: an agent that died has
 * left a line to the next one.
 */
static bool agent_take(struct agent *agent, char byte)
{
	switch (byte) {
	case '?':
		agent->state = AGENT_STATE_DONE;
		agent->due = true;
		return true;
	case '+':
	case '-':
		if (agent->state != AGENT_STATE_NONE)
			agent->state = byte == '+' ? AGENT_STATE_DONE : AGENT_STATE_HELPLESS;
		return true;
	default:
		return false;
	}
}

static void agent_read(struct agent *agent)
{
	char bytes[READ_BYTES];
	int fds[IO_FDS_MAX];
	size_t n_fds;

	ssize_t n = io_recv(agent->fd, bytes, sizeof(bytes), fds, &n_fds);
	fd_close_all(fds, n_fds);
	if (n == -EAGAIN)
		return;
	bool is_sound = n_fds == 0;
	for (ssize_t i = 0; i < n && is_sound; i++)
		is_sound = agent_take(agent, bytes[i]);
	if (n > 0 && is_sound)
		return;
	if (n > 0)
		log_limited(&agent->nonsense, LOG_LEVEL_WARN,
			"guest %s: what comes from its agent is none of its answers: disconnected",
			agent->guest);
	agent_disconnect(agent);
}

static void agent_dispatch(struct loop_source *source, uint32_t events)
{
	struct agent *agent = container_of(source, struct agent, source);

	if (events & ~EPOLLOUT) {
		agent_read(agent);
		agent->rests = true;
		loop_timer_set(&agent->pause, READ_PAUSE_NS);
	}
	if (agent->fd >= 0)
		agent_send(agent);
}

static void agent_handle_pause(struct loop_timer *timer)
{
	struct agent *agent = container_of(timer, struct agent, pause);

	agent->rests = false;
	if (agent->fd >= 0)
		agent_send(agent);
}

static void agent_accept(struct loop_source *source, uint32_t events)
{
	struct agent *agent = container_of(source, struct agent, listen);
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	/* A VMM that starts again may be here before the end of the last one is seen. */
	if (fd < 0)
		return;
	agent_disconnect(agent);
	agent->fd = fd;
	if (loop_add(agent->loop, &agent->source, fd, EPOLLIN, agent_dispatch) < 0)
		agent_disconnect(agent);
}

int agent_init(struct agent *agent, struct loop *loop, const char *guest, int take_listen_fd)
{
	*agent = (struct agent){
		.loop = loop, .guest = guest, .listen_fd = take_listen_fd, .fd = -1,
	};
	int ret = loop_timer_init(&agent->pause, loop, agent_handle_pause);
	if (ret == 0)
		ret = loop_add(loop, &agent->listen, take_listen_fd, EPOLLIN, agent_accept);
	return ret;
}

void agent_finish(struct agent *agent)
{
	if (!agent->loop)
		return;
	agent_disconnect(agent);
	loop_remove(&agent->listen);
	fd_close(&agent->listen_fd);
	loop_timer_finish(&agent->pause);
}

void agent_tell(struct agent *agent, const struct link_head *heads, uint32_t n_heads)
{
	agent->n_heads = n_heads;
	memcpy(agent->heads, heads, n_heads * sizeof(heads[0]));
	if (agent->state == AGENT_STATE_NONE)
		return;
	agent->due = true;
	agent_send(agent);
}

/* SPDX-License-Identifier: MIT */
/* mullionctl top: asks mulliond each second, and reads keys. */
#include <errno.h>
#include <inttypes.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tools/ctl.h"
#include "tools/top_screen.h"

#define PERIOD_NS NSEC_PER_SEC
/* The second answer comes soon, so that there is something to be seen. */
#define FIRST_PERIOD_NS (200 * NSEC_PER_MSEC)

struct top {
	const struct ctl *ctl;
	struct varlink_client client;
	struct top_view view;
	int64_t next_ns; /* when to ask again */
};

static void top_say(struct top *top, const char *text)
{
	snprintf(top->view.message, sizeof(top->view.message), "%s", text);
}

/* What was shown stays, until there is another one. */
static void top_lose(struct top *top, int error)
{
	varlink_disconnect(&top->client);
	top->view.lost = true;
	snprintf(top->view.message, sizeof(top->view.message),
		"mulliond is gone (%s): trying again", strerror(-error));
}

static void top_take(struct top *top, struct json_object *stats)
{
	struct top_view *view = &top->view;

	json_object_put(view->before);
	view->before = view->after;
	view->after = json_object_get(stats);
	if (!view->lost)
		return;
	/* It counts from 0 again. */
	json_object_put(view->before);
	view->before = NULL;
	view->lost = false;
	top_say(top, "mulliond is there again");
}

static int top_call(struct top *top, const char *method, struct json_object *take_parameters,
	struct varlink_reply *reply)
{
	int ret = top->client.fd < 0 ? varlink_connect(&top->client, top->ctl->socket) : 0;

	if (ret == 0)
		return varlink_call(&top->client, method, take_parameters, reply);
	json_object_put(take_parameters);
	return ret;
}

static void top_ask(struct top *top)
{
	struct varlink_reply reply;
	int ret = top_call(top, CONTROL("Stats"), NULL, &reply);

	if (ret < 0) {
		top_lose(top, ret);
	} else {
		if (reply.error)
			top_lose(top, -EPROTO);
		else
			top_take(top, reply.parameters);
		varlink_reply_finish(&reply);
	}
	top->next_ns = clock_now_ns() + (top->view.before || top->view.lost ? PERIOD_NS : FIRST_PERIOD_NS);
}

/* A quarter more or less, one at least. mulliond knows what it may be. */
static void top_change_weight(struct top *top, int sign)
{
	struct top_view *view = &top->view;
	struct json_object *guest = top_chosen(view);
	int64_t weight = get_int(guest, "weight"), step = weight / 4;
	struct varlink_reply reply;
	char text[VALUE_TEXT];

	if (!guest || view->lost)
		return;
	weight += sign * (step ? step : 1);
	snprintf(text, sizeof(text), "%" PRId64, weight);
	struct json_object *parameters = guest_parameters(view->chosen);
	json_object_object_add(parameters, "weight", json_object_new_string(text));
	int ret = top_call(top, CONTROL("Set"), parameters, &reply);
	if (ret < 0) {
		top_lose(top, ret);
		return;
	}
	snprintf(view->message, sizeof(view->message), "%s: weight %s%s%s", view->chosen, text,
		reply.error ? ": " : "", reply.error ? get_string(reply.parameters, "reason") : "");
	/* Pressed again soon, it goes on from there. */
	if (!reply.error)
		json_object_object_add(guest, "weight", json_object_new_int64(weight));
	varlink_reply_finish(&reply);
}

/* False: it was the last. */
static bool top_handle_key(struct top *top, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
	case 27:
		return false;
	case 's':
		top->view.sort = (top->view.sort + 1) % TOP_SORT_COUNT;
		break;
	case 'p':
		top->view.programs = !top->view.programs;
		break;
	case '+':
		top_change_weight(top, 1);
		break;
	case '-':
		top_change_weight(top, -1);
		break;
	case KEY_UP:
	case 'k':
		top_choose(&top->view, -1);
		break;
	case KEY_DOWN:
	case 'j':
		top_choose(&top->view, 1);
		break;
	}
	return true;
}

static void top_run(struct top *top)
{
	int key = ERR;

	do {
		int64_t wait_ns = top->next_ns - clock_now_ns();
		if (wait_ns <= 0) {
			top_ask(top);
			wait_ns = top->next_ns - clock_now_ns();
		}
		top_draw(&top->view);
		timeout(wait_ns > 0 ? wait_ns / NSEC_PER_MSEC + 1 : 0);
		key = getch();
	} while (key == ERR || top_handle_key(top, key));
}

static void screen_start(void)
{
	cbreak();
	noecho();
	keypad(stdscr, true);
	set_escdelay(25);
	curs_set(0);
	if (getenv("NO_COLOR") || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(1, COLOR_GREEN, -1);
}

int ctl_top(const struct ctl *ctl)
{
	struct top top = { .ctl = ctl, .client.fd = -1 };

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail("top needs a terminal: 'mullionctl stats' prints its numbers once");
	/* The first time, what is wrong is said as by any command. */
	struct varlink_reply reply;
	int status = ctl_call(ctl, CONTROL("Stats"), NULL, &reply);
	if (status != EXIT_OK)
		return status;
	top_take(&top, reply.parameters);
	varlink_reply_finish(&reply);
	top.next_ns = clock_now_ns() + FIRST_PERIOD_NS;

	SCREEN *screen = newterm(NULL, stdout, stdin);
	bool able = screen && tigetstr("cup");
	if (able) {
		screen_start();
		top_run(&top);
	}
	if (screen) {
		endwin();
		delscreen(screen);
	}
	varlink_disconnect(&top.client);
	json_object_put(top.view.before);
	json_object_put(top.view.after);
	return able ? EXIT_OK : fail("this terminal (TERM) cannot be drawn on");
}

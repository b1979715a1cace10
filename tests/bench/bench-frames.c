/* SPDX-License-Identifier: MIT */
/*
 * How long a guest's frame takes from its flush to the compositor: mulliond's own
 * count (wl_surface.commit, sent), while a guest draws at a steady pace. Beside it
 * stands what the machine takes for two such messages and nothing else.
 */
#include <errno.h>
#include <json-c/json.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hop.h"
#include "load.h"
#include "table.h"
#include "target.h"
#include "tests/compositor.h"

struct options {
	const char *start, *mulliond, *mullionctl;
	uint32_t rounds, seconds, rate;
};

/* What mulliond says of the head. */
struct frames {
	int64_t flushed, presented, p50_us, p99_us;
};

static const char *const FRAME_LOADS[] = {
	"transfer+flush 64x64, 1 a kick",
	"transfer+flush 1920x1080",
};
static const char *const TARGETS[] = { "mullion", "bare" };

static struct table latencies = { .title = "us from flush to wl_surface.commit" };

static const struct load *load_named(const char *name)
{
	for (uint32_t i = 0; i < LOAD_COUNT; i++)
		if (strcmp(LOADS[i].name, name) == 0)
			return &LOADS[i];
	return NULL;
}

static void sleep_until(struct timespec *at, uint32_t step_ns)
{
	at->tv_nsec += step_ns;
	if (at->tv_nsec >= 1000000000) {
		at->tv_nsec -= 1000000000;
		at->tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, at, NULL);
}

/* Steps at their time, not as fast as they go: that is how a guest at rest wakes us. */
static int pace(
	const struct options *options, const struct load *load, struct gpu *gpu, struct hop *hop)
{
	uint32_t half_ns = 500000000 / options->rate;
	struct timespec at;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &at);
	for (uint32_t i = 0; err == 0 && i < options->seconds * options->rate; i++) {
		sleep_until(&at, half_ns);
		hop_send(hop);
		sleep_until(&at, half_ns);
		err = load->step(gpu, 1);
	}
	return err;
}

static struct json_object *head_of(struct json_object *answer)
{
	struct json_object *guest = NULL, *heads = NULL;

	if (!json_object_object_get_ex(answer, "guest", &guest) ||
		!json_object_object_get_ex(guest, "heads", &heads))
		return NULL;
	return json_object_array_get_idx(heads, 0);
}

static int64_t number(struct json_object *object, const char *key)
{
	return json_object_get_int64(json_object_object_get(object, key));
}

static int ask(const struct options *options, const char *dir, struct frames *frames)
{
	char command[2 * PATH_MAX], text[16384];

	snprintf(command, sizeof(command), "%s --socket %s/control.sock --json show g1",
		options->mullionctl, dir);

	FILE *pipe = popen(command, "re");

	if (pipe == NULL)
		return -errno;

	size_t length = fread(text, 1, sizeof(text) - 1, pipe);

	text[length] = '\0';
	if (pclose(pipe) != 0)
		return -EREMOTEIO;

	struct json_object *answer = json_tokener_parse(text);
	struct json_object *head = head_of(answer);

	if (head != NULL)
		*frames = (struct frames){
			.flushed = number(head, "frames_flushed"),
			.presented = number(head, "frames_presented"),
			.p50_us = number(head, "latency_p50_us"),
			.p99_us = number(head, "latency_p99_us"),
		};
	json_object_put(answer);
	return head != NULL ? 0 : -EPROTO;
}

static void record(const struct options *options, const struct load *load,
	const struct frames *frames, struct hop *hop)
{
	double p50_us, p99_us;
	char name[96];

	hop_quantiles(hop, &p50_us, &p99_us);
	snprintf(name, sizeof(name), "%s: p50", load->name);
	table_add(&latencies, name, 0, (double)frames->p50_us);
	table_add(&latencies, name, 1, p50_us);
	snprintf(name, sizeof(name), "%s: p99", load->name);
	table_add(&latencies, name, 0, (double)frames->p99_us);
	table_add(&latencies, name, 1, p99_us);
	/* Slower than the compositor's screen, so nothing may be left out. */
	if (frames->presented * 10 < frames->flushed * 9)
		fprintf(stderr, "bench-frames: only %lld of %lld frames were presented\n",
			(long long)frames->presented, (long long)frames->flushed);
}

static int measure(const struct options *options, const struct compositor *compositor,
	struct hop *hop, const struct load *load)
{
	static struct target target;
	struct frames frames = { 0 };
	char command[2 * PATH_MAX];

	snprintf(command, sizeof(command), "%s %s {dir} {count} pixman %s", options->start,
		options->mulliond, compositor->socket);
	target.command = command;
	target.socket = "{dir}/g{n}/gpu.sock";

	int err = target_start(&target, 1);

	if (err < 0)
		return err;
	err = load_prepare(&target.guests[0]);
	if (err == 0)
		err = pace(options, load, &target.guests[0].gpu, hop);
	if (err == 0)
		err = ask(options, target.dir, &frames);
	target_stop(&target);
	if (err == 0)
		record(options, load, &frames, hop);
	return err;
}

static int run(const struct options *options, struct compositor *compositor, struct hop *hop)
{
	int err = compositor_start(compositor, NULL);

	if (err == 0)
		err = hop_start(hop);
	for (uint32_t round = 0; err == 0 && round < options->rounds; round++)
		for (size_t i = 0; err == 0 && i < sizeof(FRAME_LOADS) / sizeof(FRAME_LOADS[0]);
			i++)
			err = measure(options, compositor, hop, load_named(FRAME_LOADS[i]));
	return err;
}

/* All of it, or what else runs on the machine would be what is measured. */
static void take_priority(void)
{
	struct sched_param priority = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &priority) < 0)
		fprintf(stderr,
			"bench-frames: no real-time priority (%s): other programs' time "
			"is in the numbers\n",
			strerror(errno));
}

int main(int argc, char **argv)
{
	struct compositor compositor;
	struct hop hop = { .fd = -1 };

	if (argc != 7) {
		fprintf(stderr, "usage: bench-frames START-MULLIOND MULLIOND MULLIONCTL ROUNDS "
				"SECONDS RATE\n");
		return EXIT_FAILURE;
	}

	struct options options = {
		.start = argv[1],
		.mulliond = argv[2],
		.mullionctl = argv[3],
		.rounds = (uint32_t)atoi(argv[4]),
		.seconds = (uint32_t)atoi(argv[5]),
		.rate = (uint32_t)atoi(argv[6]),
	};

	take_priority();

	int err = compositor_init(&compositor, COMPOSITOR_SWAY, 1, LOAD_WIDTH_PX, LOAD_HEIGHT_PX);

	if (err == 0)
		err = run(&options, &compositor, &hop);
	hop_stop(&hop);
	compositor_finish(&compositor);
	if (err < 0)
		fprintf(stderr, "bench-frames: %s\n", strerror(-err));
	printf("\n%u flushes a second, medians of %u rounds of %u s", options.rate, options.rounds,
		options.seconds);
	table_print(&latencies, TARGETS, 2);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

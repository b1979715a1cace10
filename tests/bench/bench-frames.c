/* SPDX-License-Identifier: MIT */
/*
 * How long a guest's frame takes from its flush to the compositor: mulliond's own
 * count (wl_surface.commit, sent), while a guest draws at a steady pace.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
static const char *const TARGETS[] = { "mullion" };

static struct table latencies = { .title = "us from flush to wl_surface.commit" };

static const struct load *load_named(const char *name)
{
	for (uint32_t i = 0; i < LOAD_COUNT; i++)
		if (strcmp(LOADS[i].name, name) == 0)
			return &LOADS[i];
	return NULL;
}

/* Steps at their time, not as fast as they go: that is how a guest at rest wakes us. */
static int pace(const struct load *load, struct gpu *gpu, uint32_t rate, uint32_t steps)
{
	struct timespec at;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &at);
	for (uint32_t i = 0; err == 0 && i < steps; i++) {
		at.tv_nsec += 1000000000 / rate;
		if (at.tv_nsec >= 1000000000) {
			at.tv_nsec -= 1000000000;
			at.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
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
	const struct frames *frames)
{
	char name[96];

	snprintf(name, sizeof(name), "%s at %u/s: p50", load->name, options->rate);
	table_add(&latencies, name, 0, (double)frames->p50_us);
	snprintf(name, sizeof(name), "%s at %u/s: p99", load->name, options->rate);
	table_add(&latencies, name, 0, (double)frames->p99_us);
	/* Slower than the compositor's screen, so nothing may be left out. */
	if (frames->presented * 10 < frames->flushed * 9)
		fprintf(stderr, "bench-frames: only %lld of %lld frames were presented\n",
			(long long)frames->presented, (long long)frames->flushed);
}

static int measure(const struct options *options, const struct compositor *compositor,
	const struct load *load)
{
	static struct target target;
	struct frames frames;
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
		err = pace(load, &target.guests[0].gpu, options->rate,
			options->seconds * options->rate);
	if (err == 0)
		err = ask(options, target.dir, &frames);
	target_stop(&target);
	if (err == 0)
		record(options, load, &frames);
	return err;
}

static int run(const struct options *options, struct compositor *compositor)
{
	int err = compositor_start(compositor, NULL);

	for (uint32_t round = 0; err == 0 && round < options->rounds; round++)
		for (size_t i = 0; err == 0 && i < sizeof(FRAME_LOADS) / sizeof(FRAME_LOADS[0]); i++)
			err = measure(options, compositor, load_named(FRAME_LOADS[i]));
	return err;
}

int main(int argc, char **argv)
{
	struct compositor compositor;

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
	int err = compositor_init(
		&compositor, COMPOSITOR_SWAY, 1, LOAD_WIDTH_PX, LOAD_HEIGHT_PX);

	if (err == 0)
		err = run(&options, &compositor);
	compositor_finish(&compositor);
	if (err < 0)
		fprintf(stderr, "bench-frames: %s\n", strerror(-err));
	table_print(&latencies, TARGETS, 1);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
/*
 * GPU time under contention, by work completed: clients of containers draw the same frames
 * over and over, with work always queued, and count those that the GPU is done with. What
 * the daemon itself says of shares is not asked.
 *
 *     bench-share BUILD-DIRECTORY [SECONDS]
 */
#include "../fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drawer.h"

#define WARM_UP_S 2

static const char conf[] =
	"render-node = none\n"
	"[guest one]\ntype = container\nweight = 100\n"
	"[guest two]\ntype = container\nweight = 200\n"
	"[guest four]\ntype = container\nweight = 400\n"
	"[guest timed]\ntype = container\nreservation = 6ms/16ms\n"
	"[guest untimed]\ntype = container\n";

static struct fixture fixture;
static uint32_t seconds = 10;

/* Of all its threads. */
static double cpu_of(int pid)
{
	char path[64], line[1024];
	unsigned long user, system;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	bool read = fgets(line, sizeof(line), file);
	fclose(file);
	char *at = read ? strrchr(line, ')') : NULL;
	if (!at || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
			   &system) != 2)
		return 0;
	return (double)(user + system) / sysconf(_SC_CLK_TCK);
}

/* All draw at once; `done` is how many submissions of each were done in the measured time. */
static void run(struct drawer *drawers, uint32_t n, uint32_t *done)
{
	for (uint32_t i = 0; i < n; i++) {
		drawers[i].fixture = &fixture;
		drawer_start(&drawers[i]);
	}
	for (uint32_t i = 0; i < n; i++)
		drawer_begin(&drawers[i]);
	sleep(WARM_UP_S);
	for (uint32_t i = 0; i < n; i++)
		drawers[i].renderer = fixture_shown(&fixture, drawers[i].guest, "render_pid", 0);
	for (uint32_t i = 0; i < n; i++) {
		drawers[i].cpu_s = -cpu_of(drawers[i].renderer);
		done[i] = atomic_load(&drawers[i].done);
	}
	sleep(seconds);
	for (uint32_t i = 0; i < n; i++) {
		done[i] = atomic_load(&drawers[i].done) - done[i];
		drawers[i].cpu_s += cpu_of(drawers[i].renderer);
	}
	for (uint32_t i = 0; i < n; i++) {
		drawer_end(&drawers[i]);
		drawer_finish(&drawers[i]);
	}
}

static double alone(uint32_t n_draws)
{
	struct drawer drawer = { .guest = "one", .n_draws = n_draws };
	uint32_t done;

	run(&drawer, 1, &done);
	return (double)done / seconds;
}

/* Warmed-up hogs with weights 1, 2 and 4. */
static double measure_weights(uint32_t n_draws, double alone_rate)
{
	static struct drawer drawers[3];
	uint32_t done[3];

	memset(drawers, 0, sizeof(drawers));
	drawers[0] = (struct drawer){ .guest = "one", .n_draws = n_draws };
	drawers[1] = (struct drawer){ .guest = "two", .n_draws = n_draws };
	drawers[2] = (struct drawer){ .guest = "four", .n_draws = n_draws };
	run(drawers, 3, done);
	double sum = done[0] + done[1] + done[2];
	double cpu_s = drawers[0].cpu_s + drawers[1].cpu_s + drawers[2].cpu_s;
	printf("weights 1:2:4, %u draws a submission: %u %u %u done, all %.1f %% of one alone\n", n_draws,
		done[0], done[1], done[2], 100 * sum / seconds / alone_rate);
	for (uint32_t i = 0; i < 3; i++)
		printf("  due %5.2f %%, did %5.2f %%, its renderer had %5.2f %% of their CPU time\n",
			100.0 * (1 << i) / 7, 100 * done[i] / sum, 100 * drawers[i].cpu_s / cpu_s);
	return sum / seconds;
}

/* Three are connected, one of them idle: what the two do of what three do. */
static void measure_idle(uint32_t n_draws, double rate)
{
	static struct drawer drawers[2], idle;
	uint32_t done[2];

	memset(drawers, 0, sizeof(drawers));
	memset(&idle, 0, sizeof(idle));
	idle.fixture = &fixture;
	idle.guest = "four";
	idle.n_draws = 1;
	drawers[0] = (struct drawer){ .guest = "one", .n_draws = n_draws };
	drawers[1] = (struct drawer){ .guest = "two", .n_draws = n_draws };
	drawer_start(&idle);
	run(drawers, 2, done);
	drawer_finish(&idle);
	printf("the third idle: %u and %u done, together %.1f %% of what three did\n", done[0],
		done[1], 100.0 * (done[0] + done[1]) / seconds / rate);
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return left < right ? -1 : left > right;
}

static void measure_frames(const char *guest, uint32_t n_draws, uint32_t hogs)
{
	static struct drawer drawers[4];
	uint32_t done[4], late = 0;

	memset(drawers, 0, sizeof(drawers));
	drawers[0] = (struct drawer){ .guest = guest, .n_draws = n_draws, .frames = true };
	drawers[1] = (struct drawer){ .guest = "one", .n_draws = 8 * n_draws };
	drawers[2] = (struct drawer){ .guest = "two", .n_draws = 8 * n_draws };
	drawers[3] = (struct drawer){ .guest = "four", .n_draws = 8 * n_draws };
	run(drawers, 1 + hogs, done);
	uint32_t n = atomic_load(&drawers[0].done), from = WARM_UP_S * 60;
	for (uint32_t i = from; i < n; i++)
		late += drawers[0].late_ns[i] > 0;
	if (n <= from) {
		printf("60 Hz, %s, beside %u hogs: only %u frames\n", guest, hogs, n);
		return;
	}
	qsort(drawers[0].took_ns + from, n - from, sizeof(int64_t), compare);
	int64_t *took = drawers[0].took_ns + from;
	printf("60 Hz, %s, beside %u hogs: %u of %u frames late; a frame takes p50 %.1f p99 %.1f max %.1f ms\n",
		guest, hogs, late, n - from, took[(n - from) / 2] / 1e6, took[(n - from) * 99 / 100] / 1e6,
		took[n - from - 1] / 1e6);
}

int main(int argc, char **argv)
{
	fixture_find_programs(argc, argv);
	if (argc > 2)
		seconds = atoi(argv[2]);
	if (fixture_start(&fixture, 0, 0, conf) < 0)
		return 1;
	for (uint32_t n_draws = 4; n_draws <= 64; n_draws *= 16) {
		double rate = alone(n_draws);
		printf("alone, %u draws a submission: %.1f a second, %.2f ms each\n", n_draws, rate,
			1000 / rate);
		measure_idle(n_draws, measure_weights(n_draws, rate));
	}
	measure_frames("untimed", 4, 0);
	measure_frames("untimed", 4, 3);
	measure_frames("timed", 4, 3);
	return fixture_stop(&fixture) < 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The policy of GPU time beside GVT-g's, for a simulated hour of each load. Prints what
 * came of it, and fails if ours does not keep what it promises.
 *
 *     sim [MINUTES]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/param.h>

#include "tests/sim/gpu.h"

#define SHARE_ERROR_MAX 0.01
#define LOST_MAX 0.005

static const struct sim_scheduler *const schedulers[] = { &sim_mullion, &sim_gvt };

static void print_head(void)
{
	printf("%-24s %-8s %7s %7s %7s %26s %26s %7s %7s\n", "", "", "share", "lag,", "idle",
		"wait, ms", "frame delay, ms", "frames", "switch");
	printf("%-24s %-8s %7s %7s %7s %8s %8s %8s %8s %8s %8s %7s %7s\n", "load", "policy",
		"error", "ms", "lost", "p50", "p99", "max", "p50", "p99", "max", "late", "a s");
}

static double quantile_ms(const struct histogram *histogram, unsigned percent, uint64_t max_ns)
{
	return MIN(histogram_quantile_us(histogram, percent) / 1e3, max_ns / 1e6);
}

static void print_times(const struct histogram *histogram, uint64_t max_ns)
{
	if (histogram->n)
		printf(" %8.2f %8.2f %8.2f", quantile_ms(histogram, 50, max_ns),
			quantile_ms(histogram, 99, max_ns), max_ns / 1e6);
	else
		printf(" %8s %8s %8s", "", "", "");
}

static void print_result(
	const char *load, const char *policy, const struct result *result, double seconds)
{
	printf("%-24s %-8s %6.2f%% %7.1f %6.2f%%", load, policy, result->share_error * 100,
		result->lag_max_ns / 1e6, result->lost * 100);
	print_times(&result->waits, result->wait_max_ns);
	print_times(&result->delays, result->delay_max_ns);
	if (result->frames)
		printf(" %6.2f%%", 100. * result->late / result->frames);
	else
		printf(" %7s", "");
	printf(" %7.0f\n", result->switches / seconds);
}

/* What no guest may be ahead or behind: a slice, and the longest command that cannot be cut. */
static uint64_t lag_bound_ns(const struct load *load)
{
	uint64_t command_ns = 0;

	for (uint32_t i = 0; i < LOAD_GROUPS; i++)
		command_ns = MAX(command_ns, load->groups[i].command_ns);
	return POLICY_SLICE_DEFAULT_NS + command_ns;
}

/* Says what is broken, if it is. */
static bool keeps(bool kept, const struct load *load, const char *promise, double bound)
{
	if (!kept)
		printf("FAILED: %s: %s %g\n", load->name, promise, bound);
	return kept;
}

static bool check(const struct load *load, const struct result *result)
{
	bool kept = keeps(result->share_error <= SHARE_ERROR_MAX, load, "share error at most",
		SHARE_ERROR_MAX);

	kept &= keeps(result->lost <= LOST_MAX, load, "idle time lost at most", LOST_MAX);
	kept &= keeps(result->lag_max_ns <= lag_bound_ns(load), load, "lag in ns at most",
		lag_bound_ns(load));
	if (!load->delay_max_ns)
		return kept;
	kept &= keeps(result->late == 0, load, "late frames at most", 0);
	kept &= keeps(result->delay_max_ns <= load->delay_max_ns, load, "frame delay in ns at most",
		load->delay_max_ns);
	return kept;
}

int main(int argc, char **argv)
{
	uint64_t minutes = argc > 1 ? strtoul(argv[1], NULL, 10) : 60;
	bool kept = true;

	if (argc > 2 || !minutes) {
		fprintf(stderr, "usage: sim [MINUTES]\n");
		return 2;
	}
	print_head();
	for (uint32_t i = 0; i < n_loads; i++) {
		for (uint32_t s = 0; s < sizeof(schedulers) / sizeof(schedulers[0]); s++) {
			struct result result;

			if (schedulers[s] == &sim_gvt && loads[i].not_gvt)
				continue;
			result = gpu_simulate(&loads[i], schedulers[s], minutes * 60 * SECOND);
			print_result(
				s ? "" : loads[i].name, schedulers[s]->name, &result, minutes * 60);
			if (schedulers[s] == &sim_mullion)
				kept &= check(&loads[i], &result);
		}
	}
	return kept ? 0 : 1;
}

/* SPDX-License-Identifier: MIT */
/* Load on vhost-user-gpu back ends, side by side: what they do in a second and what it costs. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "table.h"
#include "target.h"

struct options {
	struct target targets[TABLE_MAX_TARGETS];
	uint32_t target_count;
	uint32_t rounds;
	uint32_t duration_ms;
	const char *only;
	bool skip_memory;
};

static const uint32_t MEMORY_GUESTS[] = { 1, 4, 16 };

static struct table rates = { .title = "operations/s" };
static struct table bytes = { .title = "MB/s" };
static struct table latencies = { .title = "us from kick to used entry" };
static struct table cpu = { .title = "back end, CPU us an operation" };
static struct table drain = { .title = "VMM's GPU socket, CPU us an operation" };
static struct table memory = { .title = "back end, MB (PSS without guest memory)" };

static void usage(FILE *to)
{
	fprintf(to,
		"usage: bench-gpu [--rounds N] [--ms N] [--only TEXT] [--no-memory] TARGET...\n"
		"a target is: [--target NAME] [--exec COMMAND] [--socket PATH] [--memory-only] "
		"[--settle S]\n"
		"  --exec COMMAND  starts the back end; {dir} {n} {count} {socket} are filled in\n"
		"  --socket PATH   its socket; {dir} and {n} are filled in (default "
		"{dir}/{n}.sock)\n"
		"  --memory-only   no loads are run on it\n"
		"  --settle S      it rests so many seconds before its memory is measured\n"
		"  --only TEXT     loads whose name holds TEXT\n"
		"The ratios are against the last target.\n");
}

static struct target *current_target(struct options *options)
{
	if (options->target_count == 0)
		options->targets[options->target_count++].name = "back end";
	return &options->targets[options->target_count - 1];
}

static bool options_parse(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{ "target", required_argument, NULL, 't' },
		{ "exec", required_argument, NULL, 'e' },
		{ "socket", required_argument, NULL, 's' },
		{ "memory-only", no_argument, NULL, 'M' },
		{ "settle", required_argument, NULL, 'S' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "ms", required_argument, NULL, 'm' },
		{ "only", required_argument, NULL, 'o' },
		{ "no-memory", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	options->rounds = 5;
	options->duration_ms = 300;
	while ((c = getopt_long(argc, argv, "", names, NULL)) >= 0) {
		switch (c) {
		case 't':
			if (options->target_count == TABLE_MAX_TARGETS)
				return false;
			options->targets[options->target_count++].name = optarg;
			break;
		case 'e':
			current_target(options)->command = optarg;
			break;
		case 's':
			current_target(options)->socket = optarg;
			break;
		case 'M':
			current_target(options)->memory_only = true;
			break;
		case 'S':
			current_target(options)->settle_s = (unsigned)atoi(optarg);
			break;
		case 'r':
			options->rounds = (uint32_t)atoi(optarg);
			break;
		case 'm':
			options->duration_ms = (uint32_t)atoi(optarg);
			break;
		case 'o':
			options->only = optarg;
			break;
		case 'n':
			options->skip_memory = true;
			break;
		case 'h':
			usage(stdout);
			exit(EXIT_SUCCESS);
		default:
			return false;
		}
	}
	return optind == argc && options->target_count != 0 && options->rounds != 0 &&
	       options->rounds <= TABLE_MAX_ROUNDS;
}

static uint64_t drain_cpu_ns(struct guest *guest)
{
	struct timespec used = { 0 };
	clockid_t clock;

	if (guest->display.stop_fd >= 0 &&
		pthread_getcpuclockid(guest->display.thread, &clock) == 0)
		clock_gettime(clock, &used);
	return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

static void record(const struct load *load, uint32_t index, const struct load_result *result,
	uint64_t cpu_ns, uint64_t drain_ns)
{
	char name[96];

	table_add(&rates, load->name, index, result->operations_per_s);
	if (load->operation_bytes != 0)
		table_add(&bytes, load->name, index, result->bytes_per_s / 1e6);
	if (load->latency) {
		snprintf(name, sizeof(name), "%s: p50", load->name);
		table_add(&latencies, name, index, result->p50_us);
		snprintf(name, sizeof(name), "%s: p99", load->name);
		table_add(&latencies, name, index, result->p99_us);
	}
	table_add(&cpu, load->name, index, (double)cpu_ns / 1e3 / (double)result->operations);
	table_add(&drain, load->name, index, (double)drain_ns / 1e3 / (double)result->operations);
}

static int measure_load(
	const struct load *load, struct target *target, uint32_t index, uint32_t duration_ms)
{
	struct guest *guest = &target->guests[0];
	struct load_result result;
	int err = load_run(load, guest, duration_ms / 10 + 1, &result);

	if (err == 0) {
		uint64_t cpu_ns = target_cpu_ns(target), drain_ns = drain_cpu_ns(guest);

		err = load_run(load, guest, duration_ms, &result);
		if (err == 0)
			record(load, index, &result, target_cpu_ns(target) - cpu_ns,
				drain_cpu_ns(guest) - drain_ns);
	}
	if (err < 0)
		fprintf(stderr, "bench-gpu: %s: %s: %s\n", target->name, load->name,
			strerror(-err));
	return err;
}

static int measure_round(struct options *options, uint32_t index)
{
	struct target *target = &options->targets[index];
	int err = target_start(target, 1);

	if (err < 0)
		return err;
	err = load_prepare(&target->guests[0]);
	for (uint32_t i = 0; err == 0 && i < LOAD_COUNT; i++)
		if (options->only == NULL || strstr(LOADS[i].name, options->only) != NULL)
			err = measure_load(&LOADS[i], target, index, options->duration_ms);
	target_stop(target);
	return err;
}

/* Each guest has shown one frame on a head of 1920x1080 and is idle now. */
static int measure_memory(struct options *options, uint32_t index, uint32_t guests)
{
	struct target *target = &options->targets[index];
	char name[32];
	int err = target_start(target, guests);

	if (err < 0)
		return err;
	for (uint32_t i = 0; err == 0 && i < guests; i++)
		err = load_prepare(&target->guests[i]);
	if (err < 0) {
		fprintf(stderr, "bench-gpu: %s: %u guests: %s\n", target->name, guests,
			strerror(-err));
	} else {
		sleep(target->settle_s);
		snprintf(name, sizeof(name), "%u guest%s", guests, guests == 1 ? "" : "s");
		table_add(&memory, name, index, (double)target_pss_kib(target) / 1024);
	}
	target_stop(target);
	return err;
}

static bool can_have_many(const struct target *target)
{
	return target->command != NULL ||
	       (target->socket != NULL && strstr(target->socket, "{n}") != NULL);
}

static int run(struct options *options)
{
	int err = 0;

	/* Alternating, so that what the machine does meanwhile hits all alike. */
	for (uint32_t round = 0; err == 0 && round < options->rounds; round++) {
		fprintf(stderr, "round %u of %u\n", round + 1, options->rounds);
		for (uint32_t i = 0; err == 0 && i < options->target_count; i++)
			if (!options->targets[i].memory_only)
				err = measure_round(options, i);
	}
	if (options->skip_memory)
		return err;
	for (size_t m = 0; m < sizeof(MEMORY_GUESTS) / sizeof(MEMORY_GUESTS[0]); m++)
		for (uint32_t i = 0; err == 0 && i < options->target_count; i++)
			if (MEMORY_GUESTS[m] == 1 || can_have_many(&options->targets[i]))
				err = measure_memory(options, i, MEMORY_GUESTS[m]);
	return err;
}

int main(int argc, char **argv)
{
	static struct options options;
	const char *names[TABLE_MAX_TARGETS];

	if (!options_parse(&options, argc, argv)) {
		usage(stderr);
		return EXIT_FAILURE;
	}
	for (uint32_t i = 0; i < options.target_count; i++)
		names[i] = options.targets[i].name;

	int err = run(&options);

	if (rates.row_count == 0)
		return EXIT_FAILURE;
	printf("medians of %u rounds of %u ms a load\n", options.rounds, options.duration_ms);
	const struct table *tables[] = { &rates, &bytes, &latencies, &cpu, &drain, &memory };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		table_print(tables[i], names, options.target_count);
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
/* mullion-replay: plays what mullionctl record wrote, without a VM, see mullion-replay(1). */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "tools/record_reader.h"
#include "tools/replay/frames.h"
#include "tools/replay/player.h"

#define EXIT_USAGE 2
#define MEMORY_DEFAULT (UINT64_C(4) << 30)
/* In its own time, but nobody waits through a guest's night. */
#define PAUSE_MAX_NS (10 * NSEC_PER_SEC)

struct replay {
	const char *path;
	int fd;               /* owned */
	const char *renderer; /* --renderer, or NULL */
	const char *render_node;
	uint64_t memory_bytes;
	uint32_t loops;
	uint32_t cut; /* --cut, or 0 */
	bool realtime;
	struct record_reader reader;
	struct player player;
	struct frames frames;
	uint64_t time_ns; /* of the last record, all loops together */
};

static void usage(FILE *out)
{
	fputs("usage: mullion-replay [OPTION]... FILE\n"
	      "\n"
	      "  --renderer virgl|pixman   default: virgl if the guest used 3D\n"
	      "  --render-node PATH        for virgl; default: software\n"
	      "  --realtime                at the guest's pace; default: as fast as can be\n"
	      "  --loop N                  N times\n"
	      "  --cut N                   streams into chunks of N commands that draw\n"
	      "  --every N                 the checksum of every Nth frame of a head\n"
	      "  --png DIR                 the pictures of these frames, and the last\n"
	      "  --memory SIZE             for resources and their backing, such as 512M; default: "
	      "4G\n"
	      "  --verbose                 commands that are refused\n"
	      "\n"
	      "  FILE is what mullionctl record wrote; '-': standard input\n",
		out);
}

static int fail(const struct replay *replay, const char *what)
{
	fflush(stdout);
	fprintf(stderr, "mullion-replay: %s: %s\n", replay->path, what);
	return EXIT_FAILURE;
}

static void handle_flushed(struct player *player, uint32_t head)
{
	struct replay *replay = player->data;
	frames_flushed(&replay->frames, player, head);
}

static void handle_hiding(struct player *player, uint32_t head)
{
	struct replay *replay = player->data;
	frames_hiding(&replay->frames, player, head);
}

static const struct player_listener player_listener = {
	.flushed = handle_flushed,
	.hiding = handle_hiding,
};

static bool wants_virgl(const struct replay *replay)
{
	if (replay->renderer)
		return strcmp(replay->renderer, "virgl") == 0;
	/* What the driver took may come later; what the device had to offer is here. */
	return replay->reader.header.n_capsets > 0;
}

static void wait_for(uint64_t *at_ns, uint64_t *last_ns, uint64_t time_ns)
{
	uint64_t pause = time_ns > *last_ns ? time_ns - *last_ns : 0;

	*last_ns = time_ns > *last_ns ? time_ns : *last_ns;
	*at_ns += pause < PAUSE_MAX_NS ? pause : PAUSE_MAX_NS;
	struct timespec until = { .tv_sec = *at_ns / NSEC_PER_SEC,
		.tv_nsec = *at_ns % NSEC_PER_SEC };
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

/* From the first record to the last. */
static int play_all(struct replay *replay)
{
	struct record_reader *reader = &replay->reader;
	uint64_t at_ns = clock_now_ns(), last_ns = 0;
	struct record record;
	int more = 1;

	while (more > 0 && !reader->reason && !reader->ended) {
		while (record_reader_next(reader, &record)) {
			if (replay->realtime)
				wait_for(&at_ns, &last_ns, record.time_ns);
			player_play(&replay->player, &record);
			last_ns = record.time_ns;
		}
		more = record_reader_fill(reader, replay->fd);
	}
	replay->time_ns += last_ns;
	if (more < 0)
		return fail(replay, strerror(-more));
	if (reader->reason)
		return fail(replay, reader->reason);
	if (!reader->ended)
		return fail(replay, record_reader_is_cut(reader) ? "it ends within a record"
								 : "its end is missing");
	return EXIT_SUCCESS;
}

/* Reads until the header is there. */
static int read_header(struct replay *replay)
{
	struct record_reader *reader = &replay->reader;
	int more = 1;

	while (more > 0 && !record_reader_start(reader) && !reader->reason)
		more = record_reader_fill(reader, replay->fd);
	if (more < 0)
		return fail(replay, strerror(-more));
	if (reader->reason)
		return fail(replay, reader->reason);
	if (!reader->started)
		return fail(replay, "it ends within its header");
	if (!(reader->header.flags & RECORD_FLAG_DATA))
		return fail(replay, "a trace, without the guest's memory: it cannot be played");
	return EXIT_SUCCESS;
}

static void print_result(const struct replay *replay, int64_t took_ns)
{
	const struct player_counts *counts = &replay->player.counts;
	double seconds = (double)took_ns / NSEC_PER_SEC;

	printf("%" PRIu64 " commands, %" PRIu64 " refused (%" PRIu64 " when recorded)\n",
		counts->commands, counts->refused, counts->refused_recorded);
	printf("%" PRIu64 " frames in %.3f s: %.1f frames/s (the guest took %.3f s)\n",
		counts->frames, seconds, seconds > 0 ? counts->frames / seconds : 0,
		(double)replay->time_ns / NSEC_PER_SEC);
	fflush(stdout);
	if (counts->skipped_3d)
		fprintf(stderr,
			"mullion-replay: %" PRIu64 " commands of 3D were skipped: they need "
			"--renderer virgl\n",
			counts->skipped_3d);
	if (counts->skipped_contexts)
		fprintf(stderr,
			"mullion-replay: %" PRIu64 " commands were skipped, of contexts that "
			"were there before the recording: begin it before the VM\n",
			counts->skipped_contexts);
	if (replay->reader.ended && replay->reader.why == RECORD_END_LOST)
		fputs("mullion-replay: the recording ends where something was lost\n", stderr);
}

static int replay_run(struct replay *replay)
{
	int status = read_header(replay);
	if (status != EXIT_SUCCESS)
		return status;
	int ret = player_init(&replay->player,
		wants_virgl(replay) ? PLAYER_RENDERER_VIRGL : PLAYER_RENDERER_PIXMAN,
		replay->render_node, replay->memory_bytes);
	if (ret < 0)
		return fail(replay, "there is no renderer to play it on");
	if (replay->cut && !player_cut(&replay->player, replay->cut))
		return fail(replay, "only what is played on virgl can be cut");
	replay->player.listener = &player_listener;
	replay->player.data = replay;
	int64_t start_ns = clock_now_ns();
	for (uint32_t i = 0; i < replay->loops && status == EXIT_SUCCESS; i++) {
		if (i) {
			lseek(replay->fd, 0, SEEK_SET);
			record_reader_restart(&replay->reader);
			player_reset(&replay->player);
			frames_restart(&replay->frames);
		}
		status = play_all(replay);
	}
	/* Reading the pictures back also waits for the GPU. */
	frames_end(&replay->frames, &replay->player);
	print_result(replay, clock_now_ns() - start_ns);
	replay->player.listener = NULL;
	player_finish(&replay->player);
	if (replay->frames.error && status == EXIT_SUCCESS)
		status = fail(replay, strerror(-replay->frames.error));
	return status;
}

static bool parse_count(const char *text, uint32_t *count)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	*count = value;
	return *text >= '0' && *text <= '9' && !*end && value > 0 && value <= UINT32_MAX;
}

/* "512M", "4G" */
static bool parse_size(const char *text, uint64_t *bytes)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);
	bool is_giga = *end == 'G';

	if (*text < '0' || *text > '9' || (!is_giga && *end != 'M') || end[1] || !value ||
		value > 1 << 20)
		return false;
	*bytes = (uint64_t)value << (is_giga ? 30 : 20);
	return true;
}

static bool parse_options(struct replay *replay, int argc, char **argv)
{
	static const struct option options[] = {
		{ "renderer", required_argument, NULL, 'r' },
		{ "render-node", required_argument, NULL, 'n' },
		{ "realtime", no_argument, NULL, 't' },
		{ "loop", required_argument, NULL, 'l' },
		{ "cut", required_argument, NULL, 'c' },
		{ "every", required_argument, NULL, 'e' },
		{ "png", required_argument, NULL, 'p' },
		{ "memory", required_argument, NULL, 'm' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool right = true;
	int option;

	while (right && (option = getopt_long(argc, argv, "hv", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			replay->renderer = optarg;
			right = strcmp(optarg, "virgl") == 0 || strcmp(optarg, "pixman") == 0;
			break;
		case 'n':
			replay->render_node = optarg;
			break;
		case 't':
			replay->realtime = true;
			break;
		case 'l':
			right = parse_count(optarg, &replay->loops);
			break;
		case 'c':
			right = parse_count(optarg, &replay->cut);
			break;
		case 'e':
			right = parse_count(optarg, &replay->frames.every);
			break;
		case 'p':
			replay->frames.png = optarg;
			break;
		case 'm':
			right = parse_size(optarg, &replay->memory_bytes);
			break;
		case 'v':
			log_init("mullion-replay", LOG_LEVEL_DEBUG);
			break;
		case 'h':
			usage(stdout);
			exit(EXIT_SUCCESS);
		default:
			return false;
		}
	}
	replay->path = optind == argc - 1 ? argv[optind] : NULL;
	return right && replay->path;
}

int main(int argc, char **argv)
{
	struct replay replay = { .fd = -1, .memory_bytes = MEMORY_DEFAULT, .loops = 1 };

	log_init("mullion-replay", LOG_LEVEL_WARN);
	if (!parse_options(&replay, argc, argv)) {
		usage(stderr);
		return EXIT_USAGE;
	}
	bool is_stdin = strcmp(replay.path, "-") == 0;
	replay.fd = is_stdin ? fd_dup(STDIN_FILENO) : open(replay.path, O_RDONLY | O_CLOEXEC);
	if (replay.fd < 0)
		return fail(&replay, strerror(errno));
	if (replay.loops > 1 && lseek(replay.fd, 0, SEEK_CUR) < 0)
		return fail(&replay, "what comes from a pipe can be played once only");
	if (record_reader_init(&replay.reader) < 0)
		return fail(&replay, strerror(ENOMEM));
	int status = replay_run(&replay);
	record_reader_finish(&replay.reader);
	fd_close(&replay.fd);
	return status;
}

/* SPDX-License-Identifier: MIT */
/* mullionctl trace and record: records from the guest, as text or to a file. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/io.h"
#include "tools/ctl.h"
#include "tools/record_print.h"
#include "tools/record_reader.h"

struct tap {
	struct varlink_reply reply;
	uint64_t limit_bytes; /* of a recording; what sends it may not keep to it */
	int signal_fd;        /* SIGINT and SIGTERM end it as the guest would */
	bool waits;           /* for the guest's VM */
	bool stopped;
	struct record_reader reader;
};

static int tap_open(struct tap *tap, const struct ctl *ctl, const char *method)
{
	sigset_t signals;

	*tap = (struct tap){ .signal_fd = -1, .reply.fd = -1 };
	int status = ctl_call(ctl, method, guest_parameters(ctl->args[0]), &tap->reply);
	if (status != EXIT_OK)
		return status;
	if (tap->reply.fd < 0 || record_reader_init(&tap->reader) < 0)
		return fail("mulliond sent no socket");
	tap->limit_bytes = get_int(tap->reply.parameters, "limit");
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	tap->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	tap->waits =
		json_object_get_boolean(json_object_object_get(tap->reply.parameters, "waits"));
	if (tap->waits)
		fprintf(stderr, "mullionctl: waiting for the VM of \"%s\"\n", ctl->args[0]);
	return EXIT_OK;
}

static void tap_close(struct tap *tap)
{
	record_reader_finish(&tap->reader);
	fd_close(&tap->signal_fd);
	varlink_reply_finish(&tap->reply);
}

/* 1: there is more; 0: the end, or stopped; negative errno. */
static int tap_read(struct tap *tap)
{
	struct pollfd fds[] = {
		{ .fd = tap->reply.fd, .events = POLLIN },
		{ .fd = tap->signal_fd, .events = POLLIN },
	};

	if (poll(fds, 2, -1) < 0)
		return errno == EINTR ? 1 : -errno;
	tap->stopped = fds[1].revents;
	return tap->stopped ? 0 : record_reader_fill(&tap->reader, tap->reply.fd);
}

static int fail_record(const struct record_reader *reader)
{
	return fail("what came is %s", reader->reason);
}

static int fail_limit(void)
{
	return fail("the recording became as long as record-limit allows (mullion.conf(5))");
}

/* What a trace or recording that ended has to say. */
static int tap_end(const struct tap *tap, const char *guest)
{
	const struct record_reader *reader = &tap->reader;

	if (!reader->started && !tap->stopped && tap->waits)
		return fail("mulliond ended before the VM of \"%s\" came", guest);
	if (!reader->started && !tap->stopped)
		return fail("\"%s\" is traced by as many as can be already", guest);
	if (!reader->ended && !tap->stopped)
		return fail("the mullion-guest of \"%s\" ended before its last word", guest);
	if (!reader->ended)
		return EXIT_OK;
	switch (reader->why) {
	case RECORD_END_LOST:
		return fail("the recording is of no use: something was lost, because its file "
			    "was written too slowly");
	case RECORD_END_FULL:
		return fail_limit();
	default:
		return EXIT_OK;
	}
}

static int trace_to(struct tap *tap, FILE *out)
{
	struct record record;
	int more;

	while ((more = tap_read(tap)) > 0) {
		while (record_reader_next(&tap->reader, &record))
			record_print(out, &record);
		if (fflush(out) != 0)
			return fail("standard output: %s", strerror(errno));
		if (tap->reader.reason)
			return fail_record(&tap->reader);
	}
	return more < 0 ? fail("%s", strerror(-more)) : EXIT_OK;
}

int ctl_trace(const struct ctl *ctl)
{
	struct tap tap;
	int status = tap_open(&tap, ctl, CONTROL("Trace"));

	if (status == EXIT_OK)
		status = trace_to(&tap, stdout);
	if (status == EXIT_OK)
		status = tap_end(&tap, ctl->args[0]);
	tap_close(&tap);
	return status;
}

/* The last record is of ours: who records has stopped. */
static void write_stopped(FILE *out, uint64_t time_ns)
{
	struct record end = {
		.kind = RECORD_END,
		.time_ns = time_ns,
		.end.why = RECORD_END_STOPPED,
	};
	uint8_t bytes[RECORD_START_MAX];

	fwrite(bytes, 1, encode_record_start(&end, bytes), out);
}

/* Whole records only, so that what was stopped at any time can be played. */
static int record_to(struct tap *tap, FILE *out, const char *path, uint64_t *n_commands)
{
	struct record record = { 0 };
	uint64_t time_ns = 0, n_bytes = 0;
	int more;

	while ((more = tap_read(tap)) > 0) {
		while (record_reader_next(&tap->reader, &record)) {
			*n_commands += record.kind == RECORD_COMMAND;
			time_ns = record.time_ns;
		}
		if (tap->reader.reason)
			return fail_record(&tap->reader);
		n_bytes += tap->reader.taken;
		if (n_bytes > tap->limit_bytes)
			return fail_limit();
		record_reader_write_taken(&tap->reader, out);
		if (fflush(out) != 0)
			return fail("%s: %s", path, strerror(errno));
	}
	if (tap->stopped && tap->reader.started)
		write_stopped(out, time_ns);
	return more < 0 ? fail("%s", strerror(-more)) : EXIT_OK;
}

static int record_file(struct tap *tap, const struct ctl *ctl, const char *path)
{
	bool is_stdout = strcmp(path, "-") == 0;
	uint64_t n_commands = 0;
	FILE *out = is_stdout ? stdout : fopen(path, "wb");

	if (!out)
		return fail("%s: %s", path, strerror(errno));
	int status = record_to(tap, out, path, &n_commands);
	if (status == EXIT_OK)
		status = tap_end(tap, ctl->args[0]);
	long bytes = is_stdout ? -1 : ftell(out);
	if ((is_stdout ? fflush(out) : fclose(out)) != 0 && status == EXIT_OK)
		status = fail("%s: %s", path, strerror(errno));
	if (status == EXIT_OK && !is_stdout)
		printf("%s: %llu commands, %ld bytes\n", path, (unsigned long long)n_commands,
			bytes);
	return status;
}

int ctl_record(const struct ctl *ctl)
{
	struct tap tap;
	/* An older recording is not lost to a guest that there is not. */
	int status = tap_open(&tap, ctl, CONTROL("Record"));

	if (status == EXIT_OK)
		status = record_file(&tap, ctl, ctl->args[1]);
	tap_close(&tap);
	return status;
}

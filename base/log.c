/* SPDX-License-Identifier: MIT */
/* Lines on standard error, with a limit for those that outsiders can cause. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static const char *log_program = "mullion";
static char log_guest[80];
static enum log_level log_level_max = LOG_LEVEL_INFO;
static int log_to_journal;

void log_init(const char *program, enum log_level max)
{
	log_program = program;
	log_level_max = max;
	log_to_journal = getenv("JOURNAL_STREAM") != NULL;
}

enum log_level log_max(void)
{
	return log_level_max;
}

void log_set_guest(const char *guest)
{
	snprintf(log_guest, sizeof(log_guest), " %s", guest);
}

enum log_level log_level_inherited(void)
{
	const char *value = getenv(LOG_ENVIRONMENT);
	return value && *value >= '0' && *value <= '3' ? (enum log_level)(*value - '0') :
							 LOG_LEVEL_INFO;
}

/* One write(2) a line, so that lines of several processes do not mix. */
static void log_write(enum log_level level, unsigned suppressed, const char *fmt, va_list args)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	static const int priorities[] = { 3, 4, 6, 7 };
	char line[1024];
	size_t len = 0;

	if (log_to_journal)
		len += snprintf(line, sizeof(line), "<%d>", priorities[level]);
	len += snprintf(line + len, sizeof(line) - len, "%s%s: ", log_program, log_guest);
	if (level != LOG_LEVEL_INFO)
		len += snprintf(line + len, sizeof(line) - len, "%s: ", names[level]);
	int n = vsnprintf(line + len, sizeof(line) - len, fmt, args);
	len += n > 0 ? (size_t)n : 0;
	if (suppressed && len < sizeof(line))
		len += snprintf(line + len, sizeof(line) - len, " (and %u more like it)", suppressed);
	if (len > sizeof(line) - 1)
		len = sizeof(line) - 1;
	line[len] = '\n';
	ssize_t written = write(STDERR_FILENO, line, len + 1);
	(void)written;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	if (level > log_level_max)
		return;
	va_list args;
	va_start(args, fmt);
	log_write(level, 0, fmt, args);
	va_end(args);
}

void log_limited(struct log_limit *limit, enum log_level level, const char *fmt, ...)
{
	if (level > log_level_max)
		return;
	int64_t now = clock_now_ns();
	if (!limit->count || now - limit->window_start_ns > 10 * NSEC_PER_SEC) {
		limit->window_start_ns = now;
		limit->count = 0;
	}
	if (limit->count >= LOG_LIMIT_BURST) {
		limit->suppressed++;
		return;
	}
	limit->count++;
	va_list args;
	va_start(args, fmt);
	log_write(level, limit->suppressed, fmt, args);
	va_end(args);
	limit->suppressed = 0;
}

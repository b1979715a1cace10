/* SPDX-License-Identifier: MIT */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * Lines on standard error, prefixed with program and guest. Under systemd
 * (JOURNAL_STREAM set) each line carries its level as <N>.
 */

#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* `name` is borrowed and must outlive all logging. */
void log_init(const char *program, enum log_level max);
enum log_level log_max(void);
/* What a worker inherits from the daemon: LOG_ENVIRONMENT with the level's number. */
#define LOG_ENVIRONMENT "MULLION_LOG_LEVEL"
enum log_level log_level_inherited(void);
/* The guest this process serves, appended to the program's name. Copied. */
void log_set_guest(const char *guest);

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *fmt, ...);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/*
 * For lines that someone outside can cause: at most `LOG_LIMIT_BURST` lines in
 * ten seconds of each limit; how many were left out is said with the next one.
 */
struct log_limit {
	int64_t window_start_ns;
	unsigned count;
	unsigned suppressed;
};

#define LOG_LIMIT_BURST 5

__attribute__((format(printf, 3, 4))) void log_limited(
	struct log_limit *limit, enum log_level level, const char *fmt, ...);

#endif

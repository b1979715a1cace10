/* SPDX-License-Identifier: MIT */
#ifndef FIXTURE_H
#define FIXTURE_H

/*
 * A mulliond of the test's own: its configuration, sockets and log in a fresh
 * directory, guests g1 to gN with heads of 320x200, screenshots by mullionctl.
 * Stopped by pid; a daemon that leaves a process behind fails the test.
 *
 * The programs are found under $MULLION_BUILD_ROOT, else under argv[1] given to
 * fixture_main(). With $MULLION_TEST_BACKEND set (a command with {socket}), the
 * tests run against that back end instead, one process a guest, and look at the
 * pictures on the GPU socket: so a test can be tried on QEMU's own.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "guest.h"
#include "guest/process.h"
#include "picture.h"

#define FIXTURE_MAX_GUESTS 8
#define FIXTURE_WIDTH_PX 320
#define FIXTURE_HEIGHT_PX 200

struct fixture {
	char dir[64];
	char log_path[128];
	const char *foreign; /* $MULLION_TEST_BACKEND or NULL */
	struct process daemon;
	struct process foreign_processes[FIXTURE_MAX_GUESTS + 1];
	uint32_t guest_count, head_count;
	struct guest guest; /* the one most tests use; booted by fixture_boot() */
};

void fixture_find_programs(int argc, char **argv);

/* Returns 0 or a negative errno, said on stderr. extra: further configuration or NULL. */
int fixture_start(
	struct fixture *fixture, uint32_t guest_count, uint32_t head_count, const char *extra);
/* A mulliond again, after the first one ended, on the same configuration: a service manager
 * that hands over descriptors. */
int fixture_restart(struct fixture *fixture, const int *fds, size_t fd_count);
/* -ECHILD when processes were left behind, -ETIMEDOUT when SIGTERM was not enough. */
int fixture_stop(struct fixture *fixture);

/* Where guest number n (from 1) is to be reached; starts a foreign back end if there is one. */
int fixture_socket(struct fixture *fixture, uint32_t n, char *path, size_t size_bytes);

/* guest_init() and guest_boot() on guest n; asserts that it boots. */
void fixture_boot(struct fixture *fixture, uint32_t n, struct guest *guest,
	const struct guest_options *options);
/* guest_finish(), and the end of its foreign back end. */
void fixture_unboot(struct fixture *fixture, uint32_t n, struct guest *guest);

/* A resource of the picture's size with backing in one piece, filled and shown on the head;
 * asserts each answer. Returns the backing. */
struct span fixture_show(
	struct guest *guest, uint32_t resource, uint32_t head, const struct picture *picture);

/* Skips the test, and says why, when the back end is not ours. */
void fixture_skip_foreign(const struct fixture *fixture, const char *why);

/* Starts one, its words to the log; the caller stops it. */
int fixture_spawn(struct fixture *fixture, struct process *process, char *const argv[]);
/* Runs a program of the build's tools, argv[0], its words to the log. 0, or a negative errno. */
int fixture_run(struct fixture *fixture, char *const argv[]);

/* A program of the build tree, "tools/mullionctl". */
void fixture_program(const char *name, char *path, size_t size);

/* What head shows, or a negative errno. The caller frees with picture_finish(). */
int fixture_screenshot(struct fixture *fixture, uint32_t n, struct guest *guest, uint32_t head,
	struct picture *picture);

/* Asserts that the head comes to show exactly this within two seconds. */
void fixture_expect(struct fixture *fixture, uint32_t n, struct guest *guest, uint32_t head,
	const struct picture *expected);

/* Runs "mullionctl ARGUMENTS", words between blanks; its exit status, or a negative errno.
 * What it printed is in DIR/ctl. */
int fixture_ctl(struct fixture *fixture, const char *arguments);
/* Asserts that "mullionctl show g1" comes to say this. */
void fixture_expect_shown(struct fixture *fixture, const char *text);

/* The nth (from 0) number after "NAME": in what `mullionctl --json show GUEST` prints; 0: none. */
int fixture_shown(struct fixture *fixture, const char *guest, const char *name, uint32_t nth);
/* The number after "NAME": in what `mullionctl show` prints of guest n; 0: there is none. */
int fixture_number(struct fixture *fixture, uint32_t n, const char *name);
/* Asserts that the head comes to show nothing. */
void fixture_expect_dark(struct fixture *fixture, uint32_t n, struct guest *guest, uint32_t head);

/* Lines in the daemon's log so far; whether one from that line on holds the text. */
size_t fixture_log_lines(const struct fixture *fixture);
bool fixture_log_has(const struct fixture *fixture, size_t from_line, const char *text);

/* Asserts that such a line comes. */
void fixture_expect_log(struct fixture *fixture, size_t from_line, const char *text);

/* Says what went wrong, with the log, and returns err. */
int fixture_fail(struct fixture *fixture, const char *what, int err);

#endif

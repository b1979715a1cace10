/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAILING_ALLOC_H
#define TESTS_FAILING_ALLOC_H

/*
 * The n-th allocation fails, be it of memory, of a mapping or of a descriptor. Include
 * it in one file of a test that is linked with --wrap for each of FAILING_CALLS
 * (tests/meson.build: `failing_alloc`). Calls from within the C library and others
 * are not seen.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* Allocations until one fails; negative: none does. */
static int alloc_countdown = -1;

/* With the error that the call has for it. */
static inline int alloc_fails(int error)
{
	if (alloc_countdown < 0 || alloc_countdown-- > 0)
		return 0;
	errno = error;
	return 1;
}

/* Each: type, what failing returns, its error, name, parameters, arguments. */
#define FAILING_CALLS(CALL)                                                                        \
	CALL(void *, NULL, ENOMEM, malloc, (size_t size), (size))                                  \
	CALL(void *, NULL, ENOMEM, calloc, (size_t n, size_t size), (n, size))                     \
	CALL(void *, NULL, ENOMEM, realloc, (void *old, size_t size), (old, size))                 \
	CALL(void *, NULL, ENOMEM, reallocarray, (void *old, size_t n, size_t size),               \
		(old, n, size))                                                                    \
	CALL(char *, NULL, ENOMEM, strdup, (const char *text), (text))                             \
	CALL(FILE *, NULL, ENOMEM, open_memstream, (char **text, size_t *size), (text, size))      \
	CALL(void *, MAP_FAILED, ENOMEM, mmap64,                                                   \
		(void *at, size_t len, int prot, int flags, int fd, off_t offset),                 \
		(at, len, prot, flags, fd, offset))                                                \
	CALL(int, -1, EMFILE, memfd_create, (const char *name, unsigned flags), (name, flags))     \
	CALL(int, -1, ENOSPC, ftruncate64, (int fd, off_t size), (fd, size))                       \
	CALL(int, -1, EMFILE, epoll_create1, (int flags), (flags))                                 \
	CALL(int, -1, ENOSPC, epoll_ctl, (int epoll, int op, int fd, struct epoll_event *event),   \
		(epoll, op, fd, event))                                                            \
	CALL(int, -1, EMFILE, timerfd_create, (int clock, int flags), (clock, flags))              \
	CALL(int, -1, EMFILE, eventfd, (unsigned value, int flags), (value, flags))                \
	CALL(int, -1, EMFILE, socket, (int domain, int type, int protocol),                        \
		(domain, type, protocol))                                                          \
	CALL(int, -1, EMFILE, socketpair, (int domain, int type, int protocol, int fds[2]),        \
		(domain, type, protocol, fds))                                                     \
	CALL(int, -1, EMFILE, signalfd, (int fd, const void *mask, int flags), (fd, mask, flags))  \
	CALL(int, -1, EAGAIN, fork, (void), ())                                                    \
	CALL(FILE *, NULL, EMFILE, fopen64, (const char *path, const char *mode), (path, mode))

#define FAILING_CALL(type, failed, error, name, parameters, arguments)                             \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return alloc_fails(error) ? failed : __real_##name arguments;                      \
	}
FAILING_CALLS(FAILING_CALL)

/* F_DUPFD_CLOEXEC is how descriptors are duplicated. */
int __real_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...)
{
	va_list args;
	va_start(args, command);
	long argument = va_arg(args, long);
	va_end(args);
	if (command == F_DUPFD_CLOEXEC && alloc_fails(EMFILE))
		return -1;
	return __real_fcntl64(fd, command, argument);
}

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = va_arg(args, mode_t);
	va_end(args);
	return alloc_fails(EMFILE) ? -1 : __real_open64(path, flags, mode);
}

#endif

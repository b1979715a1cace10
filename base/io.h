/* SPDX-License-Identifier: MIT */
#ifndef BASE_IO_H
#define BASE_IO_H

/* File descriptors: closing, passing over sockets, shared memory. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Most descriptors that one message may carry (vhost-user's SET_MEM_TABLE: 8). */
#define IO_FDS_MAX 8

/* Closes `*fd` unless negative, and sets it to -1. */
void fd_close(int *fd);
void fd_close_all(int *fds, size_t n);
/* A CLOEXEC duplicate, or negative errno. */
int fd_dup(int fd);
int fd_set_nonblock(int fd);

/*
 * recvmsg with descriptors, CLOEXEC. Returns bytes (0: end of stream, no
 * descriptors), or negative errno. `fds` has room for IO_FDS_MAX; `*n_fds` is written always.
 * A message whose descriptors were cut (too many) is -EPROTO, none of them kept.
 * With `MSG_TRUNC` semantics: on SEQPACKET a longer message is -EMSGSIZE.
 */
ssize_t io_recv(int fd, void *buf, size_t len, int fds[static IO_FDS_MAX], size_t *n_fds);
/* The same, and all of it stays to be received; the descriptors are duplicates. */
ssize_t io_peek(int fd, void *buf, size_t len, int fds[static IO_FDS_MAX], size_t *n_fds);
/* sendmsg with descriptors (borrowed), never SIGPIPE. Bytes or negative errno. */
ssize_t io_send(int fd, const void *buf, size_t len, const int *fds, size_t n_fds);

/*
 * A memfd of `size` bytes, sealed against shrinking and growing: whoever maps it
 * never meets SIGBUS. Descriptor or negative errno.
 */
int memfd_create_sealed(const char *name, size_t size);
/* 0 if `fd` is a memfd that cannot shrink and has at least `size` bytes, else negative errno. */
int memfd_check_sealed(int fd, size_t size);
/* A shared mapping of all `size` bytes, or NULL with errno. */
void *memfd_map(int fd, size_t size, int prot);

/* Add 1 to an eventfd / read and clear it. Never blocks; errors do not matter. */
void eventfd_signal(int fd);
void eventfd_drain(int fd);

#endif

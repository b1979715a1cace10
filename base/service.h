/* SPDX-License-Identifier: MIT */
#ifndef BASE_SERVICE_H
#define BASE_SERVICE_H

/*
 * What a service and its manager say to each other without a library: sd_notify(3)
 * and sd_listen_fds(3), as systemd 252 has them.
 */

#include <stddef.h>

#define SERVICE_NAME_MAX 256 /* of a descriptor, with its terminator */

/* A socket connected to $NOTIFY_SOCKET, not blocking. -ENOENT: no manager; or negative errno. */
int service_notify_open(void);
/* Words of sd_notify(3), now or not at all. */
void service_notify(const char *words);

struct service_fd {
	char name[SERVICE_NAME_MAX]; /* cut where it was longer: no name of ours is */
	int fd;
};

/*
 * The descriptors that the manager handed over, CLOEXEC; `*fds` is to be freed. 0 if they
 * are not for this process or do not make sense. The environment forgets them.
 */
size_t service_take_fds(struct service_fd **fds);

#endif

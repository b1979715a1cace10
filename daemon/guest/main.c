/* SPDX-License-Identifier: MIT */
/*
 * mullion-guest: serves one guest's rings. No graphics library, no files, no
 * network; it starts with one descriptor, its link to mulliond.
 *
 *   start        arguments, the loop, the link
 *   locked down  from here on only what sandbox.c lists
 *   first byte   the link says who the guest is and hands over the VMM's socket
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/guest/guest.h"

/* Large (the command buffer is in it) and one a process. */
static struct guest_process guest;

int main(int argc, char **argv)
{
	if (argc != 3 || strcmp(argv[1], "--link")) {
		fprintf(stderr, "mullion-guest is started by mulliond\n");
		return 2;
	}
	int link_fd = atoi(argv[2]);
	signal(SIGPIPE, SIG_IGN); /* a VMM's channel may be a pipe */
	log_init("mullion-guest", log_level_inherited());

	int ret = loop_init(&guest.loop);
	if (ret == 0)
		ret = link_open(&guest, link_fd);
	if (ret == 0)
		ret = sandbox_lock();
	if (ret < 0) {
		log_error("cannot start: %s", strerror(-ret));
		return 1;
	}
	ret = loop_run(&guest.loop);
	front_finish(&guest);
	channel_finish(&guest.link);
	loop_finish(&guest.loop);
	return ret < 0 ? 1 : ret;
}

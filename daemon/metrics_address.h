/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_METRICS_ADDRESS_H
#define DAEMON_METRICS_ADDRESS_H

/*
 * Where metrics are served, as the configuration says it: "unix:/path", "127.0.0.1:9464" or
 * "[::1]:9464". Of networks the machine's own alone: nothing is encrypted there, and nobody
 * is asked who he is.
 */

#include <stdbool.h>
#include <sys/socket.h>

#define METRICS_ADDRESS_MAX 128
#define METRICS_ADDRESS_EXPECTED                                                                   \
	"unix:/PATH, 127.0.0.1:PORT or [::1]:PORT, no other machine's"

/* False: it is none. `path`, of "unix:", is within the text; else NULL, and `address` is set. */
bool metrics_address_parse(
	const char *text, const char **path, struct sockaddr_storage *address, socklen_t *len);

#endif

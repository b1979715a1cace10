/* SPDX-License-Identifier: MIT */
/* Where metrics are served. */
#include "daemon/metrics_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/value.h"

/* What is before the colon into `host`, which has room for any address. */
static bool split(const char *text, char host[static INET6_ADDRSTRLEN + 2], in_port_t *port)
{
	const char *colon = strrchr(text, ':');
	uint64_t number;

	if (!colon || colon - text > INET6_ADDRSTRLEN + 1)
		return false;
	memcpy(host, text, colon - text);
	host[colon - text] = '\0';
	if (!value_parse_uint(colon + 1, 1, 65535, &number))
		return false;
	*port = htons(number);
	return true;
}

bool metrics_address_parse(
	const char *text, const char **path, struct sockaddr_storage *address, socklen_t *len)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	char host[INET6_ADDRSTRLEN + 2];
	in_port_t port;

	if (strncmp(text, "unix:", 5) == 0) {
		*path = text + 5;
		return value_is_path(*path);
	}
	*path = NULL;
	if (!split(text, host, &port))
		return false;
	if (strcmp(host, "[::1]") == 0) {
		v6.sin6_port = port;
		memcpy(address, &v6, sizeof(v6));
		*len = sizeof(v6);
		return true;
	}
	if (inet_pton(AF_INET, host, &v4.sin_addr) != 1 ||
		ntohl(v4.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return false;
	v4.sin_port = port;
	memcpy(address, &v4, sizeof(v4));
	*len = sizeof(v4);
	return true;
}

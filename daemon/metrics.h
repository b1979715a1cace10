/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

/*
 * Numbers of all guests in the OpenMetrics text format, version 1.0.0, for Prometheus and
 * whoever reads the same.
 */

#include <stddef.h>

#define METRICS_CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct daemon;

/* The whole text, with a NUL behind its `len` bytes; the caller frees it. NULL: no memory. */
char *metrics_print(struct daemon *daemon, size_t *len);

#endif

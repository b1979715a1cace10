/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

/* mulliond's configuration, read when it starts and again when it is asked to. */

struct config;
struct daemon;

/* Says each error in the log. 0 or negative errno. */
int daemon_load_config(struct daemon *daemon, struct config **config);
/*
 * Reads the file again. If it is wrong nothing changes. Guests that are new in it appear;
 * those that are gone from it end, but for those that somebody is connected to; of the rest
 * changes what may change at once (daemon/config_keys.h), and the log says what does not.
 * Devices are given as the file has it.
 */
void daemon_reload(struct daemon *daemon);

#endif

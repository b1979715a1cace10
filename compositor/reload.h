/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_RELOAD_H
#define COMPOSITOR_RELOAD_H

/* The configuration, read when the program starts and again when it is asked to. */

struct config;
struct options;
struct server;
struct settings_errors;

/*
 * The file, if one was named or the default one is there; without the command line. What
 * is wrong is in `errors`, and said in the log. 0 or negative errno.
 */
int reload_read(
	const struct options *options, struct config **config, struct settings_errors *errors);
/* What is configured and not there, in the log: it may come yet. */
void reload_say_missing(const struct server *server);
/*
 * In the place of the server's, if all of it is right; else nothing changes. All is then
 * as it has it, but for keys of [compositor] of which the log says that they need a restart.
 */
int reload(struct server *server, const struct options *options, struct settings_errors *errors);

#endif

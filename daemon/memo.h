/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_MEMO_H
#define DAEMON_MEMO_H

/*
 * What the next mulliond is to know of a guest, or of this one, that no file says: what
 * `mullionctl set` changed, as text that the configuration's parsers take, and how often its
 * renderers hung. In a sealed memfd for the store; whoever reads one believes none of it.
 *
 * Texts belong to a state of the configuration file (`file`): with another file, they are
 * forgotten, as they are when the file is read again.
 */

#include <stdbool.h>
#include <stdint.h>

struct deaths;
struct memo_page;

#define MEMO_TEXT 2048

struct memo {
	int fd;                 /* owned; -1: none */
	struct memo_page *page; /* mapped */
};

/* So that finish is safe before open. */
void memo_init(struct memo *memo);
/* An earlier mulliond's (-1: none), taken in every case; a fresh one where it is not one.
 * 0 or negative errno. */
int memo_open(struct memo *memo, int take_fd);
void memo_finish(struct memo *memo);

/* The key is this text from now on. False: there is no room. */
bool memo_set(struct memo *memo, uint64_t file, const char *key, const char *text);
void memo_forget(struct memo *memo);
/* All of it, "KEY=TEXT\n" each; empty: nothing was set, or with another file. */
void memo_get(const struct memo *memo, uint64_t file, char text[static MEMO_TEXT]);

void memo_set_strikes(struct memo *memo, const struct deaths *strikes);
/* Their number, times and whether it was too often; `now_ns` is after all of them. */
void memo_get_strikes(const struct memo *memo, struct deaths *strikes, int64_t now_ns);

#endif

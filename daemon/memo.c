/* SPDX-License-Identifier: MIT */
/* What the next mulliond is to know that no file says. */
#include "daemon/memo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/io.h"
#include "daemon/deaths.h"

#define MEMO_VERSION 1

struct memo_page {
	uint32_t version, given_up;
	uint64_t n_strikes;
	int64_t strikes_ns[DEATHS_MAX];
	uint64_t file;
	char text[MEMO_TEXT]; /* ends with a NUL, if it is sound */
};

void memo_init(struct memo *memo)
{
	*memo = (struct memo){ .fd = -1 };
}

static bool memo_adopt(struct memo *memo, int take_fd)
{
	memo->fd = take_fd;
	if (memfd_check_sealed(take_fd, sizeof(*memo->page)) == 0)
		memo->page = memfd_map(take_fd, sizeof(*memo->page), PROT_READ | PROT_WRITE);
	return memo->page != NULL;
}

int memo_open(struct memo *memo, int take_fd)
{
	if (memo_adopt(memo, take_fd) && memo->page->version == MEMO_VERSION)
		return 0;
	memo_finish(memo);
	int fd = memfd_create_sealed("mullion-memo", sizeof(*memo->page));
	if (fd < 0)
		return fd;
	if (!memo_adopt(memo, fd)) {
		memo_finish(memo);
		return -ENOMEM;
	}
	memo->page->version = MEMO_VERSION;
	return 0;
}

void memo_finish(struct memo *memo)
{
	if (memo->page)
		munmap(memo->page, sizeof(*memo->page));
	fd_close(&memo->fd);
	memo_init(memo);
}

/* -- texts -- */

void memo_get(const struct memo *memo, uint64_t file, char text[static MEMO_TEXT])
{
	memcpy(text, memo->page->text, MEMO_TEXT);
	text[memo->page->file == file ? MEMO_TEXT - 1 : 0] = '\0';
}

void memo_forget(struct memo *memo)
{
	memset(memo->page->text, 0, MEMO_TEXT);
}

/* Takes the key's line out. */
static void text_remove(char *text, const char *key)
{
	size_t len = strlen(key);

	while (*text) {
		char *end = strchr(text, '\n');
		size_t line = end ? (size_t)(end + 1 - text) : strlen(text);
		if (strncmp(text, key, len) == 0 && text[len] == '=')
			memmove(text, text + line, strlen(text + line) + 1);
		else
			text += line;
	}
}

bool memo_set(struct memo *memo, uint64_t file, const char *key, const char *value)
{
	char text[MEMO_TEXT];

	memo_get(memo, file, text);
	text_remove(text, key);
	size_t len = strlen(text), room = MEMO_TEXT - len;
	if ((size_t)snprintf(text + len, room, "%s=%s\n", key, value) >= room)
		return false;
	memcpy(memo->page->text, text, MEMO_TEXT);
	memo->page->file = file;
	return true;
}

/* -- strikes -- */

void memo_set_strikes(struct memo *memo, const struct deaths *strikes)
{
	memcpy(memo->page->strikes_ns, strikes->when_ns, sizeof(memo->page->strikes_ns));
	memo->page->n_strikes = strikes->n;
	memo->page->given_up = strikes->given_up;
}

void memo_get_strikes(const struct memo *memo, struct deaths *strikes, int64_t now_ns)
{
	for (uint32_t i = 0; i < DEATHS_MAX; i++) {
		int64_t when_ns = memo->page->strikes_ns[i];
		strikes->when_ns[i] = when_ns > 0 && when_ns <= now_ns ? when_ns : 0;
	}
	strikes->n = memo->page->n_strikes;
	strikes->given_up = memo->page->given_up != 0;
}

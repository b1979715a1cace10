/* SPDX-License-Identifier: MIT */
/*
 * inih splits settings into keys and values. All else happens in its reader,
 * through which each line passes first: a wrong line and a section's never
 * reach inih, and a setting that inih does not tell of was none.
 */
#include "base/ini_file.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <ini.h>

#include "base/utf8.h"

#define INI_FILE_SHOWN 64 /* characters of a wrong line */

struct ini_file {
	const struct ini_file_interface *interface;
	void *data;
	FILE *stream;
	unsigned line;
	size_t bytes;
	char text[INI_FILE_LINE_MAX + 1]; /* the line, without its end and leading space */
	bool unsettled;                   /* it must be a setting, and inih has not said so yet */
	bool stop;
	int error; /* errno of reading */
};

static void ini_file_error(struct ini_file *file, const char *what)
{
	if (!file->interface->error(file->data, file->line, what))
		file->stop = true;
}

static void ini_file_expected(struct ini_file *file, const char *expected)
{
	char what[256];

	snprintf(what, sizeof(what), "expected %s, got \"%.*s\"", expected, INI_FILE_SHOWN,
		file->text);
	ini_file_error(file, what);
}

/* UTF-8 without control characters except tabs. */
static bool is_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = text[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return utf8_valid(text, len);
}

enum ini_line {
	INI_LINE_OK,
	INI_LINE_LONG,
	INI_LINE_NONE,
};

/* One line into `buf`, without its end; what does not fit is skipped. */
static enum ini_line ini_file_take_line(
	struct ini_file *file, char buf[static INI_FILE_LINE_MAX], size_t *len)
{
	size_t n = 0;
	int c = 0;

	for (; file->bytes <= INI_FILE_BYTES_MAX; n++) {
		c = getc(file->stream);
		file->bytes += c != EOF;
		if (c == EOF || c == '\n')
			break;
		if (n < INI_FILE_LINE_MAX)
			buf[n] = c;
	}
	if (c == EOF && ferror(file->stream)) {
		file->error = errno ? errno : EIO;
		return INI_LINE_NONE;
	}
	if (c == EOF && !n)
		return INI_LINE_NONE;
	*len = n;
	return n > INI_FILE_LINE_MAX ? INI_LINE_LONG : INI_LINE_OK;
}

/* The next line into `text`: empty where it is wrong. False at the end. */
static bool ini_file_next(struct ini_file *file)
{
	char line[INI_FILE_LINE_MAX];
	size_t len, skip = 0;

	file->text[0] = '\0';
	enum ini_line result = ini_file_take_line(file, line, &len);
	if (result == INI_LINE_NONE)
		return false;
	file->line++;
	if (file->bytes > INI_FILE_BYTES_MAX) {
		ini_file_error(file, "the file is larger than 1 MiB");
		return false;
	}
	if (result == INI_LINE_LONG) {
		ini_file_error(file, "the line is longer than 192 characters");
		return true;
	}
	if (file->line == 1 && len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
		skip = 3; /* a byte order mark */
	if (len > skip && line[len - 1] == '\r')
		len--;
	while (skip < len && (line[skip] == ' ' || line[skip] == '\t'))
		skip++;
	if (!is_text(line + skip, len - skip)) {
		ini_file_error(file, "the line is no text in UTF-8, or has control characters");
		return true;
	}
	memcpy(file->text, line + skip, len - skip);
	file->text[len - skip] = '\0';
	return true;
}

static void ini_file_section(struct ini_file *file)
{
	char name[INI_FILE_LINE_MAX + 1];
	size_t len = strcspn(file->text, "]");
	const char *after = file->text + len;

	if (*after == ']')
		after += 1 + strspn(after + 1, " \t");
	if (file->text[len] != ']' || (*after && *after != ';' && *after != '#')) {
		char expected[INI_FILE_SHOWN];
		snprintf(expected, sizeof(expected), "a section such as %s",
			file->interface->example);
		ini_file_expected(file, expected);
		return;
	}
	memcpy(name, file->text + 1, len - 1);
	name[len - 1] = '\0';
	file->interface->section(file->data, file->line, name);
}

static void ini_file_settle(struct ini_file *file)
{
	if (file->unsettled)
		ini_file_expected(file, "KEY = VALUE");
	file->unsettled = false;
}

/* inih's fgets: one line a call. */
static char *ini_file_feed(char *str, int num, void *stream)
{
	struct ini_file *file = stream;

	assert(num > INI_FILE_LINE_MAX + 2);
	ini_file_settle(file);
	if (file->stop || !ini_file_next(file))
		return NULL;
	if (file->text[0] == '[')
		ini_file_section(file);
	else
		file->unsettled = file->text[0] && !strchr(";#", file->text[0]);
	sprintf(str, "%s\n", file->unsettled ? file->text : "");
	return str;
}

/* Without a name or a value only where inih was built to call for those too. */
static int ini_file_handle(void *user, const char *section, const char *name, const char *value)
{
	struct ini_file *file = user;

	if (!name || !*name || !value)
		return 1;
	file->unsettled = false;
	file->interface->setting(file->data, file->line, name, value);
	return 1;
}

int ini_file_read(const char *path, const struct ini_file_interface *interface, void *data)
{
	struct ini_file file = { .interface = interface, .data = data };

	file.stream = fopen(path, "re");
	if (!file.stream)
		return -errno;
	ini_parse_stream(ini_file_feed, &file, ini_file_handle, &file);
	fclose(file.stream);
	return -file.error;
}

/* SPDX-License-Identifier: MIT */
#ifndef BASE_INI_FILE_H
#define BASE_INI_FILE_H

/*
 * An INI file as inih understands it, with what inih leaves out: numbers of
 * lines, sections without settings, an error for each wrong line. A line is a
 * section, a setting, a comment (';' or '#' first) or empty; none continues
 * another, and " ;" starts a comment behind a value.
 */

#include <stdbool.h>

#define INI_FILE_BYTES_MAX (1024 * 1024)
#define INI_FILE_LINE_MAX 192 /* inih as built by default holds 200 */

/* The texts are UTF-8 without control characters, and valid during the call. */
struct ini_file_interface {
	const char *example; /* of a section, for errors: "[guest NAME]" */
	void (*section)(void *data, unsigned line, const char *name);
	void (*setting)(void *data, unsigned line, const char *key, const char *value);
	/* The line is wrong. False: read no more. */
	bool (*error)(void *data, unsigned line, const char *what);
};

/* 0 or negative errno: of opening and reading the file, not of what is in it. */
int ini_file_read(const char *path, const struct ini_file_interface *interface, void *data);

#endif

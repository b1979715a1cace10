/* SPDX-License-Identifier: MIT */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

/* A configuration file of a test's own, as the program reads it that is linked with it. */

#include <stddef.h>

#include "base/settings.h"
#include "tests/config_wrong.h"

struct config;

extern char config_file_path[];
/* What was said of the last one. */
extern struct settings_errors config_file_errors;

/* Of all tests. */
int config_file_setup(void **state);
int config_file_teardown(void **state);

/* As config_load. */
int config_file_load(const char *text, size_t len, struct config **config);
/* Nothing is said of it. */
struct config *config_file_load_good(const char *text);
/* Each is refused, and what is wrong with it is all that is said. */
void config_file_refuse(const struct config_wrong *wrongs, size_t n);
/* Error `i` without the path at its start, which is there. */
const char *config_file_error(size_t i);

#endif

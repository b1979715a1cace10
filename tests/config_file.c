/* SPDX-License-Identifier: MIT */
/* A configuration file of a test's own. */
#include "tests/config_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit.h"

/* Each program has one, for a struct config of its own. */
int config_load(const char *path, struct config **config, struct settings_errors *errors);

char config_file_path[] = "/tmp/test-config-XXXXXX";
struct settings_errors config_file_errors;

int config_file_setup(void **state)
{
	int fd = mkstemp(config_file_path);

	return fd < 0 ? -1 : close(fd);
}

int config_file_teardown(void **state)
{
	return unlink(config_file_path);
}

int config_file_load(const char *text, size_t len, struct config **config)
{
	FILE *file = fopen(config_file_path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	return config_load(config_file_path, config, &config_file_errors);
}

struct config *config_file_load_good(const char *text)
{
	struct config *config = NULL;

	int ret = config_file_load(text, strlen(text), &config);
	if (ret < 0)
		print_error("%s\n", config_file_errors.lines[0]);
	assert_int_equal(ret, 0);
	assert_int_equal(config_file_errors.n, 0);
	return config;
}

const char *config_file_error(size_t i)
{
	size_t len = strlen(config_file_path);

	assert_memory_equal(config_file_errors.lines[i], config_file_path, len);
	return config_file_errors.lines[i] + len;
}

void config_file_refuse(const struct config_wrong *wrongs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct config *config = NULL;
		int ret = config_file_load(wrongs[i].text, strlen(wrongs[i].text), &config);
		if (ret != -EINVAL)
			print_error("taken: %s\n", wrongs[i].text);
		assert_int_equal(ret, -EINVAL);
		assert_null(config);
		assert_string_equal(config_file_error(0), wrongs[i].error);
		assert_int_equal(config_file_errors.n, 1);
		assert_false(config_file_errors.more);
	}
}

/* SPDX-License-Identifier: MIT */
/* What the next mulliond is to know: texts and strikes, also of one that is not sound. */
#include "tests/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "daemon/deaths.h"
#include "daemon/memo.h"

static char text[MEMO_TEXT];

static const char *get(const struct memo *memo, uint64_t file)
{
	memo_get(memo, file, text);
	return text;
}

static void test_texts(void **state)
{
	struct memo memo, next;

	memo_init(&memo);
	assert_int_equal(memo_open(&memo, -1), 0);
	assert_string_equal(get(&memo, 0), "");
	assert_true(memo_set(&memo, 7, "weight", "300"));
	assert_true(memo_set(&memo, 7, "cap", "50%"));
	assert_true(memo_set(&memo, 7, "weight", "2"));
	assert_string_equal(get(&memo, 7), "cap=50%\nweight=2\n");
	memo_init(&next);
	assert_int_equal(memo_open(&next, fd_dup(memo.fd)), 0);
	memo_finish(&memo);
	assert_string_equal(get(&next, 8), "");
	assert_string_equal(get(&next, 7), "cap=50%\nweight=2\n");
	/* Of another file: what was is over. */
	assert_true(memo_set(&next, 8, "cap", "1%"));
	assert_string_equal(get(&next, 8), "cap=1%\n");
	memo_forget(&next);
	assert_string_equal(get(&next, 8), "");
	memo_finish(&next);
}

static void test_no_room(void **state)
{
	char key[32], value[64];
	struct memo memo;
	uint32_t n = 0;

	memset(value, 'x', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	memo_init(&memo);
	assert_int_equal(memo_open(&memo, -1), 0);
	do {
		snprintf(key, sizeof(key), "key%u", n);
	} while (memo_set(&memo, 1, key, value) && n++ < MEMO_TEXT);
	assert_in_range(n, 20, 40);
	assert_true(strlen(get(&memo, 1)) > MEMO_TEXT - 80);
	assert_null(strstr(text, key));
	assert_true(memo_set(&memo, 1, "key3", "y"));
	assert_non_null(strstr(get(&memo, 1), "key3=y\n"));
	memo_finish(&memo);
}

static void test_strikes(void **state)
{
	struct deaths before, after;
	struct memo memo;

	memo_init(&memo);
	assert_int_equal(memo_open(&memo, -1), 0);
	deaths_init(&before, 2, 1000);
	deaths_add(&before, 5000);
	memo_set_strikes(&memo, &before);
	deaths_init(&after, 2, 1000);
	memo_get_strikes(&memo, &after, 6000);
	assert_false(after.given_up);
	deaths_add(&after, 7000);
	assert_true(after.given_up);
	assert_int_equal(after.n, 2);
	memo_set_strikes(&memo, &after);
	/* Times that are not over yet are none. */
	deaths_init(&before, 2, 1000);
	memo_get_strikes(&memo, &before, 4999);
	assert_true(before.given_up);
	deaths_forgive(&after);
	memo_set_strikes(&memo, &after);
	memo_get_strikes(&memo, &before, 8000);
	assert_false(before.given_up);
	memo_finish(&memo);
}

/* Neither is one, or it says what nobody wrote. */
static void test_unsound(void **state)
{
	struct deaths strikes;
	struct memo memo;

	memo_init(&memo);
	assert_int_equal(memo_open(&memo, open("/dev/null", O_RDWR | O_CLOEXEC)), 0);
	memo_finish(&memo);
	assert_int_equal(memo_open(&memo, memfd_create_sealed("short", 16)), 0);
	memo_finish(&memo);
	int fd = memfd_create_sealed("noise", 8192);
	uint8_t *bytes = memfd_map(fd, 8192, PROT_READ | PROT_WRITE);
	memset(bytes, 0xff, 8192);
	assert_int_equal(memo_open(&memo, fd_dup(fd)), 0); /* another version: a fresh one */
	assert_string_equal(get(&memo, UINT64_MAX), "");
	memo_finish(&memo);
	bytes[0] = 1, bytes[1] = bytes[2] = bytes[3] = 0;
	assert_int_equal(memo_open(&memo, fd), 0);
	assert_int_equal(strlen(get(&memo, UINT64_MAX)), MEMO_TEXT - 1);
	assert_true(memo_set(&memo, 1, "weight", "3"));
	assert_string_equal(get(&memo, 1), "weight=3\n");
	deaths_init(&strikes, 256, 1000);
	memo_get_strikes(&memo, &strikes, 1000);
	deaths_add(&strikes, 2000);
	assert_int_equal(strikes.n, 0); /* as wide as it is */
	memo_finish(&memo);
	munmap(bytes, 8192);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_strikes),
		cmocka_unit_test(test_unsound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

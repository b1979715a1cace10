/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAILING_CASES_H
#define TESTS_FAILING_CASES_H

/*
 * Every error path of what makes an object: each allocation in it fails in turn, until
 * none does. It must then say so, and what was made of it goes without a descriptor
 * left behind (and without memory, as a sanitizer sees).
 */

#include "tests/failing_alloc.h"
#include "tests/unit.h"

/* The call of a case that is about it: 0, or it failed. */
static int failing_nth, failing_fired;

#define TRY(call)                                                                                  \
	({                                                                                         \
		alloc_countdown = failing_nth;                                                     \
		__typeof__(call) result = (call);                                                  \
		failing_fired = alloc_countdown < 0;                                               \
		alloc_countdown = -1;                                                              \
		result;                                                                            \
	})
/* Within the call: it has met the failure already. */
static inline bool failing_has_fired(void)
{
	return failing_nth >= 0 && alloc_countdown < 0;
}
/* Of what gives a pointer or a truth. */
#define TRY_THERE(call) (TRY(call) ? 0 : -1)

struct failing_case {
	const char *name;
	/* Makes what is needed, tries, and frees all. What the try came to. */
	int (*run)(void);
	/* It does without what fails: the object is there all the same. */
	bool may_do_without;
};

static void failing_run(const struct failing_case *test)
{
	failing_nth = -1;
	failing_fired = 0;
	assert_int_equal(test->run(), 0); /* what is made once only */
	int n_failures = 0, before = count_fds();
	for (failing_nth = 0;; failing_nth++) {
		int result = test->run();
		int after = count_fds();
		if (after != before)
			fail_msg("%s, allocation %d: %d descriptors before, %d after", test->name,
				failing_nth, before, after);
		if (!failing_fired) {
			assert_int_equal(result, 0);
			break;
		}
		n_failures++;
		if (result == 0 && !test->may_do_without)
			fail_msg("%s: allocation %d failed and nobody says so", test->name,
				failing_nth);
		if (result > 0)
			fail_msg("%s, allocation %d: %d", test->name, failing_nth, result);
	}
	/* Else the case tests nothing. */
	if (n_failures == 0)
		fail_msg("%s allocates nothing", test->name);
	print_message("%s: %d allocations\n", test->name, n_failures);
}

#endif

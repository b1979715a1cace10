/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ABANDONED_OBJECTS_H
#define TESTS_ABANDONED_OBJECTS_H

/*
 * For tests whose Wayland clients end in the middle, as broken ones do: libwayland does not
 * free the proxies of a connection that is gone, and no leak is seen in that. Elsewhere it is one.
 */

const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libwayland-client";
}

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAILING_ALLOC_H
#define TESTS_FAILING_ALLOC_H

/*
 * The n-th allocation fails. Include it in one file of a test that is linked with
 * --wrap=malloc, calloc and reallocarray (tests/meson.build: `failing_alloc`).
 */

#include <stddef.h>

/* Allocations until one fails; negative: none does. */
static int alloc_countdown = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);

static int alloc_fails(void)
{
	return alloc_countdown >= 0 && alloc_countdown-- == 0;
}

void *__wrap_malloc(size_t size)
{
	return alloc_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return alloc_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return alloc_fails() ? NULL : __real_reallocarray(old, n, size);
}

#endif

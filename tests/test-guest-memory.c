/* SPDX-License-Identifier: MIT */
/* Regions of guest memory: what is mapped, and which addresses are in it. */
#include "tests/unit.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/guest_memory.h"
#include "base/io.h"

#define PAGE 4096u
#define GUEST 0x40000000u
#define USER 0x7f0000000000u

struct fixture {
	struct guest_memory memory;
	int fds_before;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->fds_before = count_fds();
	guest_memory_init(&f->memory);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	guest_memory_finish(&f->memory);
	guest_memory_finish(&f->memory);
	assert_int_equal(count_fds(), f->fds_before);
	free(f);
	return 0;
}

static int file_of(size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

static int add(struct fixture *f, uint64_t guest, uint64_t user, uint64_t size, uint64_t offset,
	int take_fd)
{
	struct guest_region region = {
		.guest_addr = guest,
		.user_addr = user,
		.size_bytes = size,
		.fd_offset = offset,
	};
	return guest_memory_add(&f->memory, &region, take_fd);
}

static void test_addresses(void **state)
{
	struct fixture *f = *state;
	int fd = file_of(3 * PAGE);

	pwrite(fd, "x", 1, PAGE);
	assert_int_equal(add(f, GUEST, USER, 2 * PAGE, PAGE, fd), 0);
	char *at = guest_memory_at(&f->memory, GUEST, 2 * PAGE);
	assert_non_null(at);
	assert_int_equal(*at, 'x');
	assert_ptr_equal(guest_memory_at(&f->memory, GUEST + 5, 1), at + 5);
	assert_ptr_equal(guest_memory_at(&f->memory, GUEST + 2 * PAGE - 1, 1), at + 2 * PAGE - 1);
	assert_null(guest_memory_at(&f->memory, GUEST + 2 * PAGE - 1, 2));
	assert_null(guest_memory_at(&f->memory, GUEST + 2 * PAGE, 1));
	assert_null(guest_memory_at(&f->memory, GUEST - 1, 1));
	assert_null(guest_memory_at(&f->memory, GUEST - 1, 2));
	assert_null(guest_memory_at(&f->memory, GUEST + 1, UINT64_MAX));
	assert_null(guest_memory_at(&f->memory, UINT64_MAX, 2));

	assert_ptr_equal(guest_memory_at_user(&f->memory, USER + 5, 1), at + 5);
	assert_null(guest_memory_at_user(&f->memory, GUEST, 1));
	assert_null(guest_memory_at_user(&f->memory, USER, 2 * PAGE + 1));
	assert_null(guest_memory_at_user(&f->memory, UINT64_MAX, UINT64_MAX));

	assert_int_equal(guest_memory_run(&f->memory, GUEST), 2 * PAGE);
	assert_int_equal(guest_memory_run(&f->memory, GUEST + 2 * PAGE - 1), 1);
	assert_int_equal(guest_memory_run(&f->memory, GUEST + 2 * PAGE), 0);
	assert_int_equal(guest_memory_run(&f->memory, GUEST - 1), 0);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(add(f, GUEST, USER, 0, 0, file_of(PAGE)), -EINVAL);
	assert_int_equal(add(f, GUEST, USER, PAGE, 1, file_of(2 * PAGE)), -EINVAL);
	assert_int_equal(add(f, GUEST, USER, PAGE, PAGE - 16, file_of(2 * PAGE)), -EINVAL);
	assert_int_equal(add(f, UINT64_MAX - 5, USER, PAGE, 0, file_of(PAGE)), -EINVAL);
	assert_int_equal(add(f, GUEST, UINT64_MAX - 5, PAGE, 0, file_of(PAGE)), -EINVAL);
	assert_int_equal(add(f, GUEST, USER, UINT64_MAX, 0, file_of(PAGE)), -EINVAL);
	assert_int_equal(add(f, GUEST, USER, PAGE + 1, 0, file_of(PAGE)), -ERANGE);
	assert_int_equal(add(f, GUEST, USER, PAGE, PAGE, file_of(2 * PAGE - 1)), -ERANGE);
	assert_int_equal(add(f, GUEST, USER, PAGE, 1ull << 62, file_of(PAGE)), -ERANGE);
	assert_int_equal(add(f, GUEST, USER, PAGE, 0, eventfd(0, EFD_CLOEXEC)), -ERANGE);
	assert_int_equal(add(f, GUEST, USER, PAGE, 0, -1), -EBADF);
	assert_int_equal(guest_memory_run(&f->memory, GUEST), 0);
}

static void test_overlaps(void **state)
{
	struct fixture *f = *state;
	uint64_t far_guest = GUEST + 100 * PAGE, far_user = USER + 100 * PAGE;

	assert_int_equal(add(f, GUEST, USER, 2 * PAGE, 0, file_of(2 * PAGE)), 0);
	assert_int_equal(add(f, GUEST, far_user, PAGE, 0, file_of(PAGE)), -EEXIST);
	assert_int_equal(add(f, GUEST + 2 * PAGE - 1, far_user, PAGE, 0, file_of(PAGE)), -EEXIST);
	assert_int_equal(add(f, GUEST - PAGE + 1, far_user, PAGE, 0, file_of(PAGE)), -EEXIST);
	assert_int_equal(add(f, GUEST - PAGE, far_user, 9 * PAGE, 0, file_of(9 * PAGE)), -EEXIST);
	assert_int_equal(add(f, far_guest, USER + PAGE, PAGE, 0, file_of(PAGE)), -EEXIST);
	/* Neighbours on both sides are none. */
	assert_int_equal(add(f, GUEST + 2 * PAGE, USER + 2 * PAGE, PAGE, 0, file_of(PAGE)), 1);
	assert_int_equal(add(f, GUEST - PAGE, USER - PAGE, PAGE, 0, file_of(PAGE)), 2);
	/* One range is in one region, even where the next one follows. */
	assert_null(guest_memory_at(&f->memory, GUEST, 3 * PAGE));
}

static void test_slots(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < GUEST_MEMORY_REGIONS; i++)
		assert_int_equal(
			add(f, GUEST + i * PAGE, USER + i * PAGE, PAGE, 0, file_of(PAGE)), i);
	assert_int_equal(add(f, 0, 0, PAGE, 0, file_of(PAGE)), -ENOSPC);

	struct guest_region gone = {
		.guest_addr = GUEST + 7 * PAGE,
		.user_addr = USER + 7 * PAGE,
		.size_bytes = PAGE,
	};
	assert_int_equal(guest_memory_remove(&f->memory, &gone), 7);
	assert_int_equal(guest_memory_remove(&f->memory, &gone), -ENOENT);
	assert_null(guest_memory_at(&f->memory, gone.guest_addr, 1));
	assert_non_null(guest_memory_at(&f->memory, gone.guest_addr - 1, 1));
	assert_int_equal(add(f, 0, 0, PAGE, 0, file_of(PAGE)), 7);
	guest_memory_clear(&f->memory);
	assert_null(guest_memory_at(&f->memory, 0, 1));
	assert_int_equal(add(f, GUEST, USER, PAGE, 0, file_of(PAGE)), 0);
}

static void test_remove_must_match(void **state)
{
	struct fixture *f = *state;
	struct guest_region region = {
		.guest_addr = GUEST,
		.user_addr = USER,
		.size_bytes = 2 * PAGE,
	};

	assert_int_equal(guest_memory_add(&f->memory, &region, file_of(2 * PAGE)), 0);
	region.size_bytes = PAGE;
	assert_int_equal(guest_memory_remove(&f->memory, &region), -ENOENT);
	region.size_bytes = 2 * PAGE;
	region.user_addr++;
	assert_int_equal(guest_memory_remove(&f->memory, &region), -ENOENT);
	region.user_addr--;
	region.guest_addr = 0;
	assert_int_equal(guest_memory_remove(&f->memory, &region), -ENOENT);
	region.guest_addr = GUEST;
	assert_int_equal(guest_memory_remove(&f->memory, &region), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_addresses),
		TEST(test_refused),
		TEST(test_overlaps),
		TEST(test_slots),
		TEST(test_remove_must_match),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

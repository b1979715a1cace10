/* SPDX-License-Identifier: MIT */
/* The bounded reader and writer, and how ranges and products are judged. */
#include "tests/unit.h"

#include "protocol/bounds.h"
#include "protocol/reader.h"

static const uint8_t bytes[15] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static void test_reads_little_endian(void **state)
{
	struct reader r = reader_over(bytes, sizeof(bytes));

	assert_int_equal(read_u8(&r), 1);
	assert_int_equal(read_u16(&r), 0x0302);
	assert_int_equal(read_u32(&r), 0x07060504);
	assert_int_equal(reader_left(&r), 8);
	assert_false(reader_done(&r));
	assert_true(read_u64(&r) == 0x0f0e0d0c0b0a0908u);
	assert_true(reader_done(&r));
	assert_int_equal(reader_left(&r), 0);
}

static void test_short_read_is_sticky(void **state)
{
	struct reader r = reader_over(bytes, 3);

	assert_int_equal(read_u32(&r), 0);
	assert_true(r.failed);
	/* Three bytes are there, but nothing is read after a failure. */
	assert_int_equal(read_u8(&r), 0);
	assert_int_equal(reader_left(&r), 0);
	assert_false(reader_done(&r));
	assert_null(read_view(&r, 0));
}

static void test_short_read_gives_zero(void **state)
{
	struct reader r = reader_over(bytes, 7);
	uint8_t to[8];

	memset(to, 0xff, sizeof(to));
	read_bytes(&r, to, sizeof(to));
	for (size_t i = 0; i < sizeof(to); i++)
		assert_int_equal(to[i], 0);
}

static void test_view(void **state)
{
	struct reader r = reader_over(bytes, sizeof(bytes));

	read_u8(&r);
	assert_ptr_equal(read_view(&r, 14), bytes + 1);
	assert_ptr_equal(read_view(&r, 0), bytes + 15);
	assert_true(reader_done(&r));
	assert_null(read_view(&r, 1));
	assert_true(r.failed);
}

static void test_absurd_lengths(void **state)
{
	struct reader r = reader_over(bytes, sizeof(bytes));
	struct reader nothing = reader_over(NULL, 0);
	uint8_t room[4];
	struct writer w = writer_over(room, sizeof(room));
	volatile size_t absurd = SIZE_MAX; /* unknown to a compiler that would warn */

	read_u8(&r);
	assert_null(read_view(&r, absurd));
	assert_int_equal(read_u64(&nothing), 0);
	assert_true(nothing.failed);
	write_u8(&w, 1);
	write_zero(&w, absurd);
	assert_true(w.failed);
	assert_int_equal(w.pos, 1);
}

static void test_writes_what_is_read(void **state)
{
	uint8_t room[18];
	struct writer w = writer_over(room, sizeof(room));

	write_u8(&w, 1);
	write_u16(&w, 0x0302);
	write_u32(&w, 0x07060504);
	write_u64(&w, 0x0f0e0d0c0b0a0908u);
	assert_memory_equal(room, bytes, sizeof(bytes));
	write_zero(&w, 3);
	assert_false(w.failed);
	assert_int_equal(w.pos, sizeof(room));
	assert_int_equal(room[17], 0);
}

static void test_full_writer_is_sticky(void **state)
{
	uint8_t room[4] = { 0 };
	struct writer w = writer_over(room, sizeof(room));

	write_u8(&w, 9);
	write_u32(&w, UINT32_MAX);
	assert_true(w.failed);
	/* One byte would fit: it is not written. */
	write_u8(&w, 9);
	assert_int_equal(w.pos, 1);
	assert_int_equal(room[1], 0);
}

static void test_range_fits(void **state)
{
	assert_true(range_fits(0, 0, 0));
	assert_true(range_fits(10, 0, 10));
	assert_true(range_fits(0, 10, 10));
	assert_true(range_fits(9, 1, 10));
	assert_false(range_fits(9, 2, 10));
	assert_false(range_fits(11, 0, 10));
	assert_false(range_fits(1, UINT64_MAX, 10));
	assert_false(range_fits(UINT64_MAX, 1, 10));
	assert_false(range_fits(UINT64_MAX, 1, UINT64_MAX));
	assert_true(range_fits(UINT64_MAX, 0, UINT64_MAX));
	assert_true(range_fits(0, UINT64_MAX, UINT64_MAX));
}

static void test_mul_fits(void **state)
{
	uint64_t product = 7;

	assert_false(mul_fits(UINT64_MAX, 2, &product));
	assert_false(mul_fits(1ull << 32, 1ull << 32, &product));
	assert_int_equal(product, 7);
	assert_true(mul_fits(UINT32_MAX, UINT32_MAX, &product));
	assert_true(product == 0xfffffffe00000001u);
	assert_true(mul_fits(UINT64_MAX, 0, &product));
	assert_int_equal(product, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_little_endian),
		cmocka_unit_test(test_short_read_is_sticky),
		cmocka_unit_test(test_short_read_gives_zero),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_absurd_lengths),
		cmocka_unit_test(test_writes_what_is_read),
		cmocka_unit_test(test_full_writer_is_sticky),
		cmocka_unit_test(test_range_fits),
		cmocka_unit_test(test_mul_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

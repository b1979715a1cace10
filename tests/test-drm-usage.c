/* SPDX-License-Identifier: MIT */
/* DRM's fdinfo: texts as drivers of Linux print them, and texts that no kernel prints. */
#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "protocol/drm_usage.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

/* What each file has, whatever it is of. */
#define FILE_LINES "pos:\t0\nflags:\t02100002\nmnt_id:\t26\nino:\t284\n"

static struct drm_usage parse(const char *text)
{
	struct drm_usage usage;
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1); /* without a zero behind it */

	assert_non_null(copy);
	memcpy(copy, text, len);
	drm_usage_parse(&usage, copy, len);
	free(copy);
	return usage;
}

static void assert_time(const char *text, uint64_t ns)
{
	struct drm_usage usage = parse(text);

	assert_true(usage.has_time);
	assert_int_equal(usage.engine_ns, ns);
}

static void assert_memory(const char *text, uint64_t bytes)
{
	struct drm_usage usage = parse(text);

	assert_true(usage.has_memory);
	assert_int_equal(usage.memory_bytes, bytes);
}

static void assert_nothing(const char *text)
{
	struct drm_usage usage = parse(text);

	assert_false(usage.has_time);
	assert_false(usage.has_memory);
	assert_int_equal(usage.engine_ns, 0);
	assert_int_equal(usage.memory_bytes, 0);
}

/* -- drivers -- */

static void test_i915(void **state)
{
	static const char linux_6_1[] = FILE_LINES
		"drm-driver:\ti915\n"
		"drm-pdev:\t0000:00:02.0\n"
		"drm-client-id:\t7\n"
		"drm-engine-render:\t9288864723 ns\n"
		"drm-engine-copy:\t2035071108 ns\n"
		"drm-engine-video:\t500 ns\n"
		"drm-engine-capacity-video:\t2\n"
		"drm-engine-video-enhance:\t0 ns\n";
	/* With memory; with GuC without time, until the driver could tell. */
	static const char linux_6_8[] = FILE_LINES
		"drm-driver:\ti915\n"
		"drm-client-id:\t7\n"
		"drm-pdev:\t0000:00:02.0\n"
		"drm-total-system0:\t100 MiB\n"
		"drm-shared-system0:\t8 MiB\n"
		"drm-active-system0:\t0\n"
		"drm-resident-system0:\t20 MiB\n"
		"drm-purgeable-system0:\t4 MiB\n"
		"drm-total-stolen-system0:\t0\n"
		"drm-shared-stolen-system0:\t0\n"
		"drm-active-stolen-system0:\t0\n"
		"drm-resident-stolen-system0:\t0\n"
		"drm-purgeable-stolen-system0:\t0\n";

	assert_time(linux_6_1, 9288864723 + 2035071108 + 250);
	assert_false(parse(linux_6_1).has_memory);
	assert_memory(linux_6_8, 16 * MIB);
	assert_false(parse(linux_6_8).has_time);
}

static void test_amdgpu(void **state)
{
	static const char linux_6_1[] = FILE_LINES
		"pasid:\t32771\n"
		"drm-driver:\tamdgpu\n"
		"drm-pdev:\t0000:0b:00.0\n"
		"drm-client-id:\t5049\n"
		"drm-memory-vram:\t102400 KiB\n"
		"drm-memory-gtt: \t2048 KiB\n"
		"drm-memory-cpu: \t0 KiB\n"
		"drm-engine-gfx:\t1500000 ns\n"
		"drm-engine-enc_1:\t500000 ns\n";
	/* The same of memory by its two names. */
	static const char linux_6_14[] = FILE_LINES
		"drm-driver:\tamdgpu\n"
		"drm-client-id:\t73\n"
		"drm-pdev:\t0000:0b:00.0\n"
		"pasid:\t32771\n"
		"drm-total-vram:\t4 MiB\n"
		"drm-resident-vram:\t3 MiB\n"
		"drm-memory-vram:\t3072 KiB\n"
		"amd-evicted-vram:\t0 KiB\n"
		"drm-engine-gfx:\t12 ns\n";
	/* One that did nothing yet. */
	static const char idle[] = "drm-driver:\tamdgpu\ndrm-client-id:\t5050\n";

	assert_time(linux_6_1, 2000000);
	assert_memory(linux_6_1, 102 * MIB);
	assert_time(linux_6_14, 12);
	assert_memory(linux_6_14, 3 * MIB);
	assert_nothing(idle);
}

static void test_msm(void **state)
{
	static const char linux_6_1[] = FILE_LINES
		"drm-driver:\tmsm\n"
		"drm-client-id:\t3\n"
		"drm-engine-gpu:\t77431990 ns\n"
		"drm-cycles-gpu:\t3400000\n"
		"drm-maxfreq-gpu:\t800000000 Hz\n";
	static const char linux_6_6[] = FILE_LINES
		"drm-driver:\tmsm\n"
		"drm-client-id:\t3\n"
		"drm-engine-gpu:\t5 ns\n"
		"drm-total-memory:\t9000 KiB\n"
		"drm-shared-memory:\t0\n"
		"drm-active-memory:\t0\n"
		"drm-resident-memory:\t8192 KiB\n"
		"drm-purgeable-memory:\t8192 KiB\n";

	assert_time(linux_6_1, 77431990);
	assert_time(linux_6_6, 5);
	assert_memory(linux_6_6, 0);
}

/* It has cycles in place of time. */
static void test_xe(void **state)
{
	static const char text[] = FILE_LINES
		"drm-driver:\txe\n"
		"drm-client-id:\t14\n"
		"drm-pdev:\t0000:03:00.0\n"
		"drm-total-vram0:\t23 MiB\n"
		"drm-shared-vram0:\t16 MiB\n"
		"drm-resident-vram0:\t22 MiB\n"
		"drm-total-cycles-rcs:\t7655183225\n"
		"drm-cycles-rcs:\t28257900\n"
		"drm-cycles-ccs:\t0\n"
		"drm-total-cycles-ccs:\t7655183225\n"
		"drm-engine-capacity-ccs:\t4\n";

	assert_false(parse(text).has_time);
	assert_memory(text, 22 * MIB);
}

/* virtio_gpu of 6.1, vgem, a file that is no GPU's. */
static void test_without(void **state)
{
	assert_nothing(FILE_LINES);
	assert_nothing("");
	assert_nothing("\n\n\n");
}

/* -- texts that no kernel prints -- */

static void test_units(void **state)
{
	assert_memory("drm-memory-a: 5\n", 5);
	assert_memory("drm-memory-a: 5 KiB\ndrm-memory-b:1 MiB\n", 5 * KIB + MIB);
	assert_memory("drm-memory-a: \t 5 \tKiB \r\n", 5 * KIB);
	assert_nothing("drm-memory-a: 5 GB\n");
	assert_nothing("drm-memory-a: 5 KiBs\n");
	assert_nothing("drm-engine-a: 5 us\n");
	assert_nothing("drm-engine-a: 5\n");
	assert_nothing("drm-engine-a: ns\n");
	assert_nothing("drm-engine-a:\n");
	assert_nothing("drm-engine-a\n");
	assert_nothing("drm-engine-a: -5 ns\n");
	assert_nothing("drm-engine-: 5 ns\n");
	assert_nothing("DRM-engine-a: 5 ns\n");
	assert_nothing(": 5 ns\n");
}

static void test_large_numbers(void **state)
{
	assert_time("drm-engine-a: 18446744073709551615 ns\n", UINT64_MAX);
	assert_time("drm-engine-a: 18446744073709551616 ns\n", UINT64_MAX);
	assert_time("drm-engine-a: 99999999999999999999999999999999999999999 ns\n", UINT64_MAX);
	assert_time("drm-engine-a: 18446744073709551615 ns\ndrm-engine-b: 1 ns\n", UINT64_MAX);
	assert_memory("drm-memory-a: 18446744073709551615 KiB\n", UINT64_MAX);
	assert_memory("drm-memory-a: 18014398509481984 KiB\n", UINT64_MAX);
	assert_memory("drm-memory-a: 17592186044416 MiB\n", UINT64_MAX);
	assert_memory("drm-memory-a: 1\ndrm-purgeable-a: 9 MiB\n", 0);
}

/* Of what is said twice the last counts; a capacity of none is one. */
static void test_twice(void **state)
{
	assert_time("drm-engine-a: 5 ns\ndrm-engine-a: 7 ns\n", 7);
	assert_time("drm-engine-a: 5 ns\ndrm-engine-ab: 7 ns\n", 12);
	assert_time("drm-engine-ab: 5 ns\ndrm-engine-a: 7 ns\n", 12);
	assert_time("drm-engine-capacity-a: 3\ndrm-engine-a: 9 ns\n", 3);
	assert_time("drm-engine-capacity-a: 0\ndrm-engine-a: 9 ns\n", 9);
	assert_time("drm-engine-capacity-a: 3 of 4\ndrm-engine-a: 9 ns\n", 9);
	assert_nothing("drm-engine-capacity-a: 3\n");
	assert_nothing("drm-engine-capacity-a: 3 ns\n");
}

/* Text that ends within a line: of a number one digit may be missing. */
static void test_truncated(void **state)
{
	static const char text[] = "drm-engine-a: 5 ns\ndrm-engine-b: 70 ns\n";

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		struct drm_usage usage;
		char *copy = malloc(len ? len : 1);
		assert_non_null(copy);
		memcpy(copy, text, len);
		drm_usage_parse(&usage, copy, len);
		free(copy);
		assert_int_equal(usage.has_time, len >= strlen("drm-engine-a: 5 ns\n"));
		assert_int_equal(usage.engine_ns, usage.has_time ? 5 : 0);
	}
}

static void test_many(void **state)
{
	char text[100 * 64], *end = text;

	for (int i = 0; i < 100; i++)
		end += sprintf(end, "drm-engine-%d: 1 ns\ndrm-memory-%d: 1\n", i, i);
	/* The first of them; none is written where there is no room. */
	assert_time(text, 16);
	assert_memory(text, 16);
	assert_time("drm-engine-a: 1 ns\n"
		    "drm-engine-a-name-longer-than-any-that-a-driver-has: 5 ns\n", 1);
}

/* Every byte of a real text changed to every other: nothing bad, whatever comes of it. */
static void test_bytes(void **state)
{
	static const char text[] = "drm-engine-a: 50 ns\ndrm-engine-capacity-a: 2\n"
				   "drm-resident-m: 70 KiB\ndrm-purgeable-m: 7 MiB\n";
	struct drm_usage usage;
	char changed[sizeof(text) - 1];

	for (size_t i = 0; i < sizeof(changed); i++) {
		for (int c = 0; c < 256; c++) {
			memcpy(changed, text, sizeof(changed));
			changed[i] = c;
			drm_usage_parse(&usage, changed, sizeof(changed));
			assert_true(usage.has_time || !usage.engine_ns);
			assert_true(usage.has_memory || !usage.memory_bytes);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_i915),
		cmocka_unit_test(test_amdgpu),
		cmocka_unit_test(test_msm),
		cmocka_unit_test(test_xe),
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_large_numbers),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

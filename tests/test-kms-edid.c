/* SPDX-License-Identifier: MIT */
/* Who made a screen: of good EDIDs, cut ones, and ones with bytes at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "compositor/kms/edid.h"
#include "protocol/edid.h"

#define ROUNDS 20000

static uint8_t edid[EDID_MAX_BYTES];
static size_t size_bytes;
static struct screen_identity identity;
static uint32_t state_of_random;

static uint32_t random_next(void)
{
	state_of_random = state_of_random * 1664525 + 1013904223;
	return state_of_random >> 8;
}

static int setup(void **state)
{
	const struct edid_head head = {
		.guest = "cluster", .width_px = 1920, .height_px = 1080, .refresh_mhz = 60000
	};

	state_of_random = 1;
	size_bytes = edid_make(&head, edid);
	return 0;
}

static bool text_is_clean(const char *text)
{
	for (const char *at = text; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	}
	return utf8_valid(text, strlen(text));
}

static void check_clean(void)
{
	assert_true(text_is_clean(identity.make));
	assert_true(text_is_clean(identity.model));
	assert_true(text_is_clean(identity.serial));
}

static void sums_repair(void)
{
	for (size_t block = 0; block + EDID_BLOCK_BYTES <= size_bytes; block += EDID_BLOCK_BYTES) {
		uint8_t sum = 0;
		for (size_t i = 0; i < EDID_BLOCK_BYTES - 1; i++)
			sum += edid[block + i];
		edid[block + EDID_BLOCK_BYTES - 1] = -sum;
	}
}

static void test_good(void **state)
{
	kms_edid_read(&identity, edid, size_bytes);
	assert_string_equal(identity.make, "PNP(MUL)");
	assert_non_null(strstr(identity.model, "cluster"));
	assert_true(identity.serial[0] != '\0');
	check_clean();
}

static void test_cut(void **state)
{
	for (size_t size = 0; size < EDID_BLOCK_BYTES; size++) {
		memset(&identity, 'x', sizeof(identity));
		kms_edid_read(&identity, edid, size);
		assert_string_equal(identity.make, "");
		assert_string_equal(identity.model, "");
		assert_string_equal(identity.serial, "");
	}
}

/* A name of control characters and of what is no UTF-8. */
static void test_name(void **state)
{
	static const uint8_t bad[] = { 0x01, 0x1b, 0xff, 0xc3, 0x28, 0x7f };

	for (size_t i = 54; i < 126; i += 18) {
		if (edid[i] == 0 && edid[i + 1] == 0 && edid[i + 3] == 0xfc)
			memcpy(&edid[i + 5], bad, sizeof(bad));
	}
	sums_repair();
	kms_edid_read(&identity, edid, size_bytes);
	assert_true(identity.model[0] != '\0');
	check_clean();
}

static void test_random(void **state)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		setup(NULL);
		state_of_random = round;
		for (uint32_t n = random_next() % 16; n > 0; n--)
			edid[random_next() % size_bytes] = random_next();
		if (round % 2)
			sums_repair();
		kms_edid_read(&identity, edid, size_bytes);
		check_clean();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_cut, setup),
		cmocka_unit_test_setup(test_name, setup),
		cmocka_unit_test_setup(test_random, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

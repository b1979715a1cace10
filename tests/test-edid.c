/* SPDX-License-Identifier: MIT */
/* EDIDs of many heads, judged by edid-decode, which knows the standards better than we. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "protocol/edid.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static bool have_edid_decode(void)
{
	return system("command -v edid-decode >/dev/null") == 0;
}

/* What edid-decode says of it; failing ends the test with all of that. */
static void decode(const uint8_t *edid, size_t len, char *text, size_t size)
{
	char path[] = "/tmp/test-edid-XXXXXX", command[128];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, edid, len), len);
	close(fd);
	snprintf(command, sizeof(command), "edid-decode --check %s 2>&1", path);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	size_t got = fread(text, 1, size - 1, pipe);
	text[got] = '\0';
	int status = pclose(pipe);
	unlink(path);
	if (WEXITSTATUS(status) != 0 || !strstr(text, "EDID conformity: PASS"))
		fail_msg("%s", text);
}

static const struct {
	uint32_t width, height, refresh_mhz, width_mm, height_mm;
	size_t bytes;
} modes[] = {
	{ 640, 480, 60000, 0, 0, 128 },
	{ 800, 600, 60000, 300, 225, 128 },
	{ 1024, 768, 60000, 0, 0, 128 },
	{ 1280, 400, 60000, 292, 91, 128 }, /* a cluster */
	{ 1280, 720, 59940, 0, 0, 128 },
	{ 1280, 800, 75000, 0, 0, 128 },
	{ 1366, 768, 60000, 0, 0, 128 },
	{ 1440, 900, 60000, 0, 0, 128 },
	{ 1600, 1200, 60000, 0, 0, 128 },
	{ 1920, 720, 60000, 0, 0, 128 },
	{ 720, 1920, 60000, 109, 292, 128 },
	{ 1920, 1080, 60000, 531, 299, 128 },
	{ 1920, 1080, 144000, 0, 0, 128 },
	{ 1920, 1080, 240000, 0, 0, 128 },
	{ 1920, 1200, 60000, 0, 0, 128 },
	{ 1921, 1081, 60000, 0, 0, 128 },
	{ 1919, 1079, 23976, 0, 0, 128 },
	{ 2560, 1440, 60000, 0, 0, 128 },
	{ 3440, 1440, 60000, 0, 0, 128 },
	{ 3840, 2160, 60000, 0, 0, 128 },
	{ 3840, 2160, 30000, 3000, 1700, 128 },
	{ 4095, 1714, 60000, 0, 0, 128 },
	{ 16, 16, 60000, 0, 0, 128 },
	{ 128, 64, 20000, 0, 0, 128 },
	{ 1, 1, 1, 1, 1, 128 },
	{ 3840, 2160, 144000, 0, 0, 256 },
	{ 4096, 2160, 60000, 0, 0, 256 },
	{ 5120, 2880, 60000, 0, 0, 256 },
	{ 7680, 4320, 60000, 1872, 1053, 256 },
	{ 7680, 4320, 30000, 5000, 4000, 256 },
	{ 7680, 4320, 120000, 0, 0, 256 },
	{ 1080, 7680, 60000, 0, 0, 256 },
	{ 1000000, 1000000, 1000000, 0, 0, 256 },
};

static void test_conformity(void **state)
{
	(void)state;
	static char text[16384];
	if (!have_edid_decode()) {
		print_message("edid-decode is not installed\n");
		skip();
	}
	for (size_t i = 0; i < N(modes); i++) {
		const struct edid_head head = {
			.guest = "cluster",
			.head = i,
			.width_px = modes[i].width,
			.height_px = modes[i].height,
			.refresh_mhz = modes[i].refresh_mhz,
			.width_mm = modes[i].width_mm,
			.height_mm = modes[i].height_mm,
		};
		uint8_t edid[EDID_MAX_BYTES];
		size_t len = edid_make(&head, edid);
		assert_int_equal(len, modes[i].bytes);
		decode(edid, len, text, sizeof(text));
		char mode[32], name[32];
		snprintf(mode, sizeof(mode), "%ux%u ", head.width_px, head.height_px);
		snprintf(name, sizeof(name), "Product Name: 'cluster-%zu'", i);
		assert_non_null(strstr(text, name));
		assert_non_null(strstr(text, "Manufacturer: MUL"));
		bool clamped = head.width_px < EDID_MIN_SIZE_PX || head.width_px > EDID_MAX_SIZE_PX;
		if (!clamped && !strstr(text, mode))
			fail_msg("no %s in:\n%s", mode, text);
	}
}

/* The mode of the first detailed timing. */
static void assert_first_timing(const uint8_t *edid, uint32_t width, uint32_t height)
{
	const uint8_t *d = edid + 54;
	assert_int_equal(d[2] | (d[4] & 0xf0) << 4, width);
	assert_int_equal(d[5] | (d[7] & 0xf0) << 4, height);
}

static uint32_t refresh_of_first_timing(const uint8_t *edid)
{
	const uint8_t *d = edid + 54;
	uint64_t clock_hz = (d[0] | d[1] << 8) * UINT64_C(10000);
	uint32_t columns = (d[2] | (d[4] & 0xf0) << 4) + (d[3] | (d[4] & 0x0f) << 8);
	uint32_t lines = (d[5] | (d[7] & 0xf0) << 4) + (d[6] | (d[7] & 0x0f) << 8);
	return clock_hz * 1000 / columns / lines;
}

static void test_preferred(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(modes); i++) {
		const struct edid_head head = { .guest = "a",
			.width_px = modes[i].width,
			.height_px = modes[i].height,
			.refresh_mhz = modes[i].refresh_mhz };
		uint8_t edid[EDID_MAX_BYTES];
		if (edid_make(&head, edid) != 128 || head.width_px < EDID_MIN_SIZE_PX)
			continue;
		assert_first_timing(edid, head.width_px, head.height_px);
		/* The clock comes in steps of 10 kHz. */
		uint32_t step = head.width_px < 200 ? 200 : 50;
		uint32_t refresh_mhz = refresh_of_first_timing(edid);
		assert_in_range(refresh_mhz, head.refresh_mhz - step, head.refresh_mhz + step);
	}
}

static void test_reduced(void **state)
{
	(void)state;
	uint8_t edid[EDID_MAX_BYTES];
	struct edid_head head = { "a", 0, 7680, 4320, 60000, 0, 0 };
	assert_int_equal(edid_make(&head, edid), 256);
	assert_first_timing(edid, 3840, 2160);
	assert_int_equal(edid[24] & 0x02, 0); /* not called native */
	head = (struct edid_head){ "a", 0, 3840, 2160, 144000, 0, 0 };
	assert_int_equal(edid_make(&head, edid), 256);
	assert_first_timing(edid, 3840, 2160);
	assert_in_range(refresh_of_first_timing(edid), 59900, 60100);
}

static void make_name(const char *guest, uint32_t number, uint8_t edid[static EDID_MAX_BYTES])
{
	const struct edid_head head = { guest, number, 1024, 768, 60000, 0, 0 };
	assert_int_equal(edid_make(&head, edid), 128);
}

static void assert_name(const char *guest, uint32_t number, const char *name)
{
	uint8_t edid[EDID_MAX_BYTES];
	char field[14] = { 0 };
	make_name(guest, number, edid);
	memcpy(field, edid + 90 + 5, 13);
	char *end = strchr(field, '\n');
	if (end)
		*end = '\0';
	assert_string_equal(field, name);
}

static void test_name(void **state)
{
	(void)state;
	assert_name("cockpit", 0, "cockpit-0");
	assert_name("cockpit", 15, "cockpit-15");
	assert_name("a-guest-of-a-long-name", 3, "a-guest-of--3");
	assert_name("a-guest-of-a-long-name", 4294967295, "a--4294967295");
	assert_name("", 1, "-1");
	assert_name("caf\xc3\xa9 bar\n", 1, "caf___bar_-1");
}

/* Product code, serial number, name and serial string of no two heads are all the same. */
static void test_distinct(void **state)
{
	(void)state;
	static const char *const guests[] = { "a", "b", "cluster", "rear", "rear-left",
		"a-guest-of-a-long-name", "a-guest-of-a-long-game" };
	uint8_t seen[N(guests) * 16][EDID_MAX_BYTES];
	size_t n = 0;
	for (size_t i = 0; i < N(guests); i++) {
		for (uint32_t head = 0; head < 16; head++, n++) {
			make_name(guests[i], head, seen[n]);
			for (size_t j = 0; j < n; j++) {
				assert_memory_not_equal(seen[n] + 10, seen[j] + 10, 2);
				assert_memory_not_equal(seen[n] + 12, seen[j] + 12, 4);
				assert_memory_not_equal(seen[n] + 113, seen[j] + 113, 8);
			}
		}
	}
	uint8_t again[EDID_MAX_BYTES];
	make_name(guests[0], 0, again);
	assert_memory_equal(again, seen[0], 128);
}

/* Nothing is offered that is larger than the preferred mode. */
static void test_usual_modes(void **state)
{
	(void)state;
	uint8_t edid[EDID_MAX_BYTES];
	struct edid_head head = { "a", 0, 1366, 768, 60000, 0, 0 };
	edid_make(&head, edid);
	assert_int_equal(edid[35], 0x21); /* 640x480, 800x600 */
	assert_int_equal(edid[36], 0x08); /* 1024x768 */
	assert_int_equal(edid[38], 1280 / 8 - 31);
	assert_int_equal(edid[39], 3 << 6); /* 1280x720 */
	assert_int_equal(edid[40] << 8 | edid[41], 0x0101);

	head.width_px = 1280, head.height_px = 400;
	edid_make(&head, edid);
	assert_int_equal(edid[35] | edid[36] | edid[37], 0);
	for (int i = 38; i < 54; i++)
		assert_int_equal(edid[i], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conformity),
		cmocka_unit_test(test_preferred),
		cmocka_unit_test(test_reduced),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_distinct),
		cmocka_unit_test(test_usual_modes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

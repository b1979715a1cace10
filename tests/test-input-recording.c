/* SPDX-License-Identifier: MIT */
/* Recordings of libinput's and evemu's tools, good and hostile, and what guests get of them. */
#include "tests/unit.h"

#include <errno.h>
#include <stdio.h>

#include "backends/input_script.h"
#include "tests/input_said.h"
#include "tools/input_player.h"

#define HEAD 1

static void say_all(const struct input_recording *recording)
{
	struct input_player player;

	assert_int_equal(input_player_init(&player, recording, HEAD), 0);
	for (uint32_t i = 0; i < recording->n_frames; i++) {
		struct input_frame frame;
		uint32_t device = input_player_frame(&player, i, &frame);
		for (uint32_t j = 0; j < frame.n; j++)
			assert_true(input_script_takes(device, &frame.events[j]));
		snprintf(said + strlen(said), sizeof(said) - strlen(said), "%lld ",
			(long long)recording->frames[i].time_us);
		if (frame.n)
			say_frame(NULL, device, &frame);
		else
			strcat(said, "nothing\n");
	}
}

static const char *data_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", getenv("MULLION_TEST_INPUT"), name);
	return path;
}

static void assert_file(const char *name, const char *expected, int line)
{
	struct input_recording recording;

	said[0] = '\0';
	if (input_recording_load(&recording, data_path(name)) < 0)
		fail_msg("%s: %s", name, recording.reason);
	say_all(&recording);
	input_recording_finish(&recording);
	assert_said_at(expected, line);
}

static void test_files(void **state)
{
	assert_file("touch.yml",
		"0 touch1: id=12 mx=8192 my=8192\n"
		"11985 touch1: slot=1 id=13 mx=32767 my=0 major=3277 turn=-45\n"
		"1000250 touch1: id=-1 slot=0 id=-1\n",
		__LINE__);
	/* As the tools themselves wrote it, in a guest to which the first one was played. */
	assert_file("libinput-record.yml",
		"0 touch1: slot=0 id=165 mx=8192 my=8192\n"
		"169 touch1: slot=1 id=166 mx=32767 my=0 major=3277 turn=-45\n"
		"988859 touch1: slot=0 id=-1 slot=1 id=-1\n",
		__LINE__);
	assert_file("evemu-record.evemu",
		"1 touch1: slot=0 id=173 mx=8192 my=8192\n"
		"12010 touch1: slot=1 id=174 mx=32767 my=0 major=3277 turn=-45\n"
		"1000675 touch1: slot=0 id=-1 slot=1 id=-1\n",
		__LINE__);
	assert_file("keyboard-and-mouse.yml",
		"0 keyboard: key29=1\n"
		"100000 mouse: rel0=-3 rel1=4\n"
		"500000 nothing\n"
		"600000 mouse: rel11=120\n"
		"700000 keyboard: key29=0\n",
		__LINE__);
	assert_file("pointer.evemu",
		"1 pointer1: x=16384 y=32767\n"
		"1500000 pointer1: key272=1\n"
		"1600000 pointer1: x=0 key272=0 rel11=-240\n",
		__LINE__);
}

/* -- texts -- */

static int read_text(struct input_recording *recording, const char *text, size_t len)
{
	/* An exact copy: a byte too far is one that a sanitizer sees. */
	char *copy = malloc(len + !len);

	memcpy(copy, text, len);
	int ret = input_recording_read(recording, copy, len);
	free(copy);
	return ret;
}

#define E(us, type, code, value) "E: 0.0000" us " " type " " code " " value "\n"
#define SYN(us) E(us, "0000", "0000", "0")

static void assert_text(const char *text, const char *expected, int line)
{
	struct input_recording recording;

	said[0] = '\0';
	if (read_text(&recording, text, strlen(text)) < 0)
		fail_msg("line %d: %s", line, recording.reason);
	say_all(&recording);
	input_recording_finish(&recording);
	assert_said_at(expected, line);
}

static void test_devices(void **state)
{
	/* Without a description: by what it does. */
	assert_text(E("01", "0001", "001e", "1") SYN("01"), "1 keyboard: key30=1\n", __LINE__);
	assert_text(E("01", "0002", "0000", "70000") E("01", "0002", "0001", "-1") SYN("01"),
		"1 mouse: rel0=32767 rel1=-1\n", __LINE__);
	assert_text(E("01", "0002", "0007", "1") SYN("02"), "2 keys: rel7=1\n", __LINE__);
	/* A touch screen that knows of one finger. */
	assert_text("N: old panel\r\nA: 00 0 100\r\nA: 01 0 200 0 0\r\n" E("01", "0003", "0000",
			    "50") E("01", "0003", "0001", "50") E("01", "0001", "014a", "1")
			    SYN("01") E("02", "0001", "014a", "0") SYN("03"),
		"1 touch1: mx=16384 my=8192 id=0\n3 touch1: id=-1\n", __LINE__);
	/* More fingers than a guest has slots; an id beyond its range. */
	assert_text("A: 2f 0 30 0 0\nA: 35 0 10 0 0\nA: 36 0 10 0 0\n" E("01", "0003", "002f", "16")
			    E("01", "0003", "0039", "5") E("01", "0003", "002f", "15")
				    E("01", "0003", "0039", "65537") E("01", "0003", "0035", "11")
					    E("01", "0003", "0036", "-1") SYN("01"),
		"1 touch1: slot=15 id=1 mx=32767 my=0\n", __LINE__);
	/* Palms; a pen and a dial are fingers. */
	assert_text("A: 35 0 10 0 0\nA: 36 0 10 0 0\n" E("01", "0003", "0037", "2") SYN("01")
			    E("02", "0003", "0037", "1") SYN("02") E("03", "0003", "0037", "10")
				    SYN("03"),
		"1 touch1: tool=2\n2 touch1: tool=0\n3 touch1: tool=0\n", __LINE__);
	/* A palm; a dial that was put on the screen is a finger. */
	assert_text("A: 35 0 10\nA: 36 0 10\n" E("01", "0003", "0039", "1") E("01", "0003", "0037",
			    "10") SYN("01") E("02", "0003", "0037", "2") SYN("02"),
		"1 touch1: id=1 tool=0\n2 touch1: tool=2\n", __LINE__);
	/* The widest ranges. */
	assert_text("A: 00 -2147483648 2147483647\nA: 01 -1 0\n" E("01", "0003", "0000",
			    "2147483647") E("01", "0003", "0001", "-2147483648") SYN("01"),
		"1 pointer1: x=32767 y=0\n", __LINE__);
	/* What has no end is of no frame. */
	assert_text(E("01", "0001", "001e", "1") SYN("01") E("02", "0001", "001e", "0"),
		"1 keyboard: key30=1\n", __LINE__);
}

static void assert_unplayable(const char *text, const char *reason)
{
	struct input_recording recording;
	struct input_player player;

	assert_int_equal(read_text(&recording, text, strlen(text)), 0);
	assert_int_equal(input_player_init(&player, &recording, HEAD), -EINVAL);
	assert_string_equal(player.reason, reason);
	input_recording_finish(&recording);
}

static void test_unplayable(void **state)
{
	assert_unplayable("N: pad\nP: 01\nA: 35 0 9\nA: 36 0 9\n" E("01", "0003", "0035", "1")
				  SYN("01"),
		"\"pad\" is a touch pad, and guests have none");
	assert_unplayable("N: pen\x1b[1m\n" E("01", "0001", "0140", "1") SYN("01"),
		"\"pen?[1m\" is a tablet with a pen, and guests have none");
	assert_unplayable(E("01", "0003", "0000", "1") E("01", "0003", "0001", "1")
				  E("01", "0001", "0130", "1") SYN("01"),
		"\"\" is a joystick, and guests have none");
	assert_unplayable(E("01", "0003", "0000", "1") E("01", "0003", "0001", "1") SYN("01"),
		"\"\" is recorded without the range of its axes");
}

static void assert_refused(const char *text, size_t len, const char *reason)
{
	struct input_recording recording;

	int ret = read_text(&recording, text, len);
	if (ret != -EINVAL || !strstr(recording.reason, reason))
		fail_msg("expected \"%s\", got %d, \"%s\"", reason, ret, recording.reason);
	input_recording_finish(&recording);
}

#define YAML(text) "version: 1\ndevices:\n- evdev:\n    name: x\n" text
#define EVENTS(text) YAML("  events:\n  - evdev:\n" text)

static void test_refused(void **state)
{
	static const char *const refused[][2] = {
		{ "", "no recording of evemu or libinput" },
		{ "\n\n", "no recording of evemu or libinput" },
		{ "hello", "no recording of evemu or libinput" },
		{ "- version: 1\n", "no recording of evemu or libinput" },
		{ "\x7f"
		  "ELF\x02\x01",
			"neither evemu's nor YAML" },
		{ "{", "neither evemu's nor YAML" },
		{ "a: b\n", "no recording of libinput: it has no version" },
		{ "version: 1\n", "nothing happens in it" },
		{ "version: 2\n", "line 1: a later version" },
		{ "version: one\n", "line 1: expected a number" },
		{ "version: [1]\n", "line 1: expected a number" },
		{ "? [version]\n: 1\n", "expected a name" },
		{ "version: 1\ndevices: 5\n", "line 2: expected a list" },
		{ "version: 1\ndevices:\n- 5\n", "line 3: expected a mapping" },
		{ "version: 1\ndevices: &a\n- *a\n", "line 3: no recording has aliases" },
		{ "x: [[[[[[[[[[[[[[[[[[[[[[[[", "deeper than any recording" },
		{ YAML("    codes: {1: 5}\n"), "line 5: expected a list" },
		{ YAML("    codes: {1: [5, x]}\n"), "line 5: expected a number" },
		{ YAML("    codes: {1: [768]}\n"),
			"line 5: there is no event of type 1, code 768" },
		{ YAML("    codes: {3: [64]}\n"), "there is no event of type 3, code 64" },
		{ YAML("    codes: {-1: [1]}\n"), "there is no event of type -1, code 1" },
		{ YAML("    codes: {1: [99999999999999999999]}\n"), "line 5: expected a number" },
		{ YAML("    absinfo: {0: [0, 1]}\n"), "line 5: expected five numbers" },
		{ YAML("    absinfo: {0: [0, 1, 0, 0, 0, 0]}\n"), "line 5: expected five numbers" },
		{ YAML("    absinfo: {64: [0, 1, 0, 0, 0]}\n"), "there is no absolute axis 64" },
		{ YAML("    absinfo: {0: [5, 4, 0, 0, 0]}\n"), "an axis cannot go from 5 to 4" },
		{ YAML("    absinfo: {0: [0, 4294967296, 0, 0, 0]}\n"),
			"an axis cannot go from 0" },
		{ YAML("    properties: [32]\n"), "there is no property 32" },
		{ YAML("    name: [x]\n"), "expected a name" },
		{ EVENTS("    - [0, 0, 1, 30]\n"), "line 7: expected five numbers" },
		{ EVENTS("    - [0, 0, 1, 30, 1.5]\n"), "line 7: expected a number" },
		{ EVENTS("    - [0, 0, 1, 30, 2147483648]\n"), "2147483648 is no event's value" },
		{ EVENTS("    - [-1, 0, 1, 30, 1]\n"), "that is no time" },
		{ EVENTS("    - [0, 1000000, 1, 30, 1]\n"), "that is no time" },
		{ EVENTS("    - [4294967295, 0, 1, 30, 1]\n"), "that is no time" },
		{ EVENTS("    - [0, 0, 32, 0, 1]\n"), "there is no event of type 32, code 0" },
		{ EVENTS("    - [0, 0, 0, 2, 0]\n"), "contacts without slots" },
		{ EVENTS("    - [0, 0, 1, 30, 1"), "neither evemu's nor YAML" },
		{ "E: 0.0 0 0\n", "line 1: expected an event" },
		{ "# EVEMU 1.3\nE: 0.1 1 1e 1 1\n", "line 2: expected an event" },
		{ "E: 0 1 1e 1\n", "expected an event" },
		{ "E: 0,5 1 1e 1\n", "expected an event" },
		{ "E: 0.-5 1 1e 1\n", "that is no time" },
		{ "E: -1.5 1 1e 1\n", "that is no time" },
		{ "E: 0.5 1 1e 99999999999999999999\n", "expected an event" },
		{ "E: 0.5 1 300 1\n", "there is no event of type 1, code 768" },
		{ "E: 0.5 2 10 1\n", "there is no event of type 2, code 16" },
		{ "E: 0.5 0 2 0\n", "contacts without slots" },
		{ "N: x\nB: 20 00\n", "line 2: expected a type of events" },
		{ "N: x\nB: 02 00 00 01\n", "there is no event of type 2, code 16" },
		{ "N: x\nB: 01 100\n", "expected bytes in hexadecimal" },
		{ "N: x\nB: 01 xy\n", "expected bytes in hexadecimal" },
		{ "N: x\nP: 00 00 00 00 01\n", "there is no property 32" },
		{ "N: x\nA: 00 1\n", "expected an axis" },
		{ "N: x\nA: 40 0 1\n", "there is no absolute axis 64" },
		{ "N: x\nQ: 0\n", "line 2: this is no line of evemu's" },
		{ "N: x\nversion: 1\n", "line 2: this is no line of evemu's" },
		{ "N: x\n", "nothing happens in it" },
	};

	for (size_t i = 0; i < N(refused); i++)
		assert_refused(refused[i][0], strlen(refused[i][0]), refused[i][1]);
	assert_refused("N: x\nE\0: 0", 10, "line 2: this is no line of evemu's");
}

/* What is too much of something that may be there. */
static void test_too_much(void **state)
{
	static char text[1 << 20];
	size_t n = sprintf(text, "N: x\n");

	for (int i = 0; i <= INPUT_FRAME_EVENTS; i++)
		n += sprintf(text + n, E("01", "0001", "001e", "1"));
	assert_refused(text, n, "line 130: more than 128 events happen at once");

	n = sprintf(text, "version: 1\ndevices:\n");
	for (int i = 0; i <= RECORDING_DEVICES_MAX; i++)
		n += sprintf(text + n, "- node: x\n");
	assert_refused(text, n, "line 19: more than 16 devices");

	n = sprintf(text, "N: ");
	memset(text + n, 'x', 5000);
	assert_refused(text, n + 5000, "line 1: this is no line of evemu's");

	n = sprintf(text, "x: ");
	memset(text + n, '[', 1 << 18);
	assert_refused(text, n + (1 << 18), "deeper than any recording");

	n = sprintf(text, "N: x\nB: 01");
	for (int i = 0; i < 200; i++)
		n += sprintf(text + n, " 00");
	n += sprintf(text + n, "\nB: 01 01\n");
	assert_refused(text, n, "there is no event of type 1, code 1600");
}

/* Plays what can be: a guest takes all of it. */
static void play_taken(const struct input_recording *recording)
{
	struct input_player player;
	struct input_frame frame;

	if (input_player_init(&player, recording, 0) < 0)
		return;
	for (uint32_t i = 0; i < recording->n_frames; i++) {
		uint32_t device = input_player_frame(&player, i, &frame);
		for (uint32_t j = 0; j < frame.n; j++)
			assert_true(input_script_takes(device, &frame.events[j]));
	}
}

/* Each file's beginnings, and with a byte that is another: refused with a reason, or not. */
static void test_damaged(void **state)
{
	static const char *const names[] = { "touch.yml", "keyboard-and-mouse.yml", "pointer.evemu",
		"libinput-record.yml", "evemu-record.evemu" };
	static char whole[16384], text[16384];
	struct input_recording recording;
	struct dice dice = dice_of(5);
	uint32_t n_good = 0;

	for (size_t i = 0; i < N(names) * 1000; i++) {
		FILE *file = fopen(data_path(names[i / 1000]), "r");
		assert_non_null(file);
		size_t n = fread(whole, 1, sizeof(whole), file);
		fclose(file);
		memcpy(text, whole, n);
		if (i & 1)
			n = dice_roll(&dice, n);
		else
			text[dice_roll(&dice, n)] = dice_roll(&dice, 256);
		int ret = read_text(&recording, text, n);
		n_good += ret == 0;
		assert_true(ret == 0 ? recording.n_frames > 0 : recording.reason[0] != '\0');
		if (ret == 0)
			play_taken(&recording);
		input_recording_finish(&recording);
	}
	assert_in_range(n_good, 100, N(names) * 1000 - 100);
}

static void test_no_file(void **state)
{
	struct input_recording recording;

	assert_int_equal(input_recording_load(&recording, "/nonexistent"), -ENOENT);
	assert_int_equal(input_recording_load(&recording, "/"), -EISDIR);
	/* One that has no end. */
	assert_int_equal(input_recording_load(&recording, "/dev/zero"), -EINVAL);
	assert_string_equal(recording.reason, "it has more than 256 MiB");
	input_recording_finish(&recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_unplayable),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_no_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Which light is behind which panel, in a sysfs of the test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "compositor/kms/backlight.h"

#define CARD makedev(226, 0)

static char sys[64];

static void run(const char *format, const char *a, const char *b)
{
	char command[512], line[1024];

	snprintf(command, sizeof(command), format, a, b);
	snprintf(line, sizeof(line), "cd %s && %s", sys, command);
	assert_int_equal(system(line), 0);
}

/* A light of this name with that parent, at half of `max`. */
static void light_add(const char *name, const char *parent, const char *max)
{
	run("mkdir -p devices/%s/%s", parent, name);
	run("ln -s ../../devices/%s/%s class/backlight/", parent, name);
	run("ln -s .. class/backlight/%s/device%s", name, "");
	run("echo %s >class/backlight/%s/max_brightness", max, name);
	run("echo 1 >class/backlight/%s/brightness%s", name, "");
}

static unsigned brightness(const char *name)
{
	char path[256];
	unsigned value;

	snprintf(path, sizeof(path), "%s/class/backlight/%s/brightness", sys, name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%u", &value), 1);
	fclose(file);
	return value;
}

static int setup(void **state)
{
	strcpy(sys, "/tmp/test-backlight-XXXXXX");
	assert_non_null(mkdtemp(sys));
	run("mkdir -p dev/char class/backlight devices/gpu/drm/card0/card0-%s "
	    "devices/gpu/drm/card0/card0-%s",
		"eDP-1", "DP-1");
	run("ln -s ../../devices/gpu/drm/card0 dev/char/226:0%s%s", "", "");
	run("ln -s ../.. devices/gpu/drm/card0/device%s%s", "", "");
	return 0;
}

static int teardown(void **state)
{
	run("rm -r devices dev class && rmdir %s%s", sys, "");
	return 0;
}

static void test_of_connector(void **state)
{
	light_add("other", "gpu/drm/card0/card0-DP-1", "10");
	light_add("own", "gpu/drm/card0/card0-eDP-1", "1000");
	assert_int_equal(backlight_set(sys, CARD, "eDP-1", 50), 0);
	assert_int_equal(brightness("own"), 500);
	assert_int_equal(brightness("other"), 1);
	assert_int_equal(backlight_set(sys, CARD, "DP-1", 100), 0);
	assert_int_equal(brightness("other"), 10);
	/* Dark is only what is asked for as that. */
	assert_int_equal(backlight_set(sys, CARD, "DP-1", 1), 0);
	assert_int_equal(brightness("other"), 1);
	assert_int_equal(backlight_set(sys, CARD, "DP-1", 0), 0);
	assert_int_equal(brightness("other"), 0);
}

/* The firmware's knows only of the card: it is that of what is built in. */
static void test_of_card(void **state)
{
	light_add("firmware", "gpu", "100");
	assert_int_equal(backlight_set(sys, CARD, "DP-1", 70), -ENOTSUP);
	assert_int_equal(backlight_set(sys, CARD, "eDP-1", 70), 0);
	assert_int_equal(brightness("firmware"), 70);
}

static void test_none(void **state)
{
	light_add("elsewhere", "keyboard", "100");
	assert_int_equal(backlight_set(sys, CARD, "eDP-1", 70), -ENOTSUP);
	assert_int_equal(backlight_set(sys, makedev(226, 1), "eDP-1", 70), -ENOTSUP);
	assert_int_equal(brightness("elsewhere"), 1);
	run("rmdir class/backlight 2>/dev/null || rm -r class/backlight%s%s", "", "");
	assert_int_equal(backlight_set(sys, CARD, "eDP-1", 70), -ENOTSUP);
	run("mkdir class/backlight%s%s", "", "");
}

/* What cannot be written is said, and what says nonsense does no harm. */
static void test_refused(void **state)
{
	light_add("own", "gpu/drm/card0/card0-eDP-1", "nonsense");
	assert_int_equal(backlight_set(sys, CARD, "eDP-1", 50), 0);
	assert_int_equal(brightness("own"), 1);
	run("rm class/backlight/own/brightness && mkdir class/backlight/own/brightness%s%s", "",
		"");
	assert_int_equal(backlight_set(sys, CARD, "eDP-1", 50), -EISDIR);
	run("rm class/backlight/own/max_brightness%s%s", "", "");
	assert_int_equal(backlight_set(sys, CARD, "eDP-1", 50), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_of_connector, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_card, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

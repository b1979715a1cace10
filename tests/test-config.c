/* SPDX-License-Identifier: MIT */
/* The configuration file: what it gives, and what each wrong line is answered with. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/config.h"
#include "protocol/input.h"
#include "tests/config_file.h"

static int setup(void **state)
{
	int ret = config_file_setup(state);

	return ret < 0 ? ret : setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1);
}

static void test_defaults(void **state)
{
	struct config *config = config_file_load_good("[guest a]\n");
	const struct config_guest *guest = config_guest_find(config, "a");

	assert_int_equal(config->presenter, CONFIG_PRESENTER_WAYLAND);
	assert_string_equal(config->wayland_display, "");
	assert_string_equal(config->socket_dir, "/run/user/1000/mullion");
	assert_string_equal(config->socket_group, "");
	assert_string_equal(config->user, "mullion");
	assert_true(config->user_is_default);
	assert_string_equal(config->render_node, "auto");
	assert_int_equal(config->log_level, LOG_LEVEL_INFO);
	assert_int_equal(config->n_guests, 1);
	assert_non_null(guest);
	assert_string_equal(guest->name, "a");
	assert_int_equal(guest->n_heads, 1);
	assert_int_equal(guest->max_heads, 1);
	assert_true(guest->resize_follows);
	assert_int_equal(guest->inputs,
		1u << INPUT_TOUCH | 1u << INPUT_POINTER | 1u << INPUT_KEYBOARD | 1u << INPUT_MOUSE);
	assert_int_equal(guest->heads[0].width_px, 1024);
	assert_int_equal(guest->heads[0].height_px, 768);
	assert_int_equal(guest->heads[0].refresh_mhz, 60000);
	assert_int_equal(guest->renderer, CONFIG_RENDERER_VIRGL);
	assert_int_equal(guest->presenter, CONFIG_PRESENTER_WAYLAND);
	assert_string_equal(guest->render_node, "auto");
	assert_int_equal(guest->memory_bytes, UINT64_C(512) << 20);
	assert_int_equal(guest->max_contexts, 1024);
	assert_int_equal(guest->max_resources, 16384);
	assert_int_equal(guest->max_backing_entries, 1 << 20);
	assert_int_equal(guest->max_fences, 1024);
	assert_int_equal(guest->trace_bytes, 16 << 20);
	assert_int_equal(guest->record_bytes, UINT64_C(1) << 30);
	assert_int_equal(guest->hang_limit_ms, 0); /* as the render node has it */
	assert_null(config_guest_find(config, "b"));
	config_destroy(config);
}

static void test_container(void **state)
{
	struct config *config = config_file_load_good("[guest a]\n"
						      "type = container\n"
						      "render-node = none\n"
						      "hang-limit = 2s\n"
						      "memory = 64M\n"
						      "[guest b]\n"
						      "type = container\n"
						      "max-clients = 256\n"
						      "[guest c]\n"
						      "type = vm\n"
						      "heads = 2\n");
	const struct config_guest *a = config_guest_find(config, "a");
	char path[CONFIG_PATH_MAX];

	assert_int_equal(a->type, CONFIG_TYPE_CONTAINER);
	assert_int_equal(a->max_clients, 32);
	assert_int_equal(a->hang_limit_ms, 2000);
	config_guest_socket(config, a, config_guest_device(a), path);
	assert_string_equal(path, "/run/user/1000/mullion/a/vtest.sock");
	assert_int_equal(config_guest_find(config, "b")->max_clients, 256);
	assert_int_equal(config_guest_find(config, "c")->type, CONFIG_TYPE_VM);
	assert_int_equal(config_guest_find(config, "c")->n_heads, 2);
	config_destroy(config);
}

static void test_inputs(void **state)
{
	struct config *config = config_file_load_good("[input wide.left]\n"
						      "device = /dev/input/by-path/a-event\n"
						      "guest = a\n"
						      "head = 1\n"
						      "area = 0,0,1920x720 of 3840x720\n"
						      "calibration = -1.0 0  1 0 .5 -0.25\n"
						      "[guest a]\n"
						      "heads = 2\n"
						      "[guest b]\n"
						      "input = touch keys\n"
						      "[input wide.right]\n"
						      "device = /dev/input/by-path/a-event\n"
						      "guest = b\n"
						      "area = 1,0,1x1 of 2x1\n"
						      "[input knob]\n"
						      "device = /dev/input/event9\n"
						      "guest = b\n"
						      "kind = keys\n");
	const struct config_input *left = config_input_find(config, "wide.left");
	const struct config_input *knob = config_input_find(config, "knob");
	const float matrix[] = { -1, 0, 1, 0, 0.5f, -0.25f };
	const struct input_area area = { 0, 0, 1920, 720, 3840, 720 };

	assert_int_equal(config->n_inputs, 3);
	assert_string_equal(left->device, "/dev/input/by-path/a-event");
	assert_string_equal(left->guest, "a");
	assert_int_equal(left->head, 1);
	assert_memory_equal(&left->area, &area, sizeof(area));
	assert_memory_equal(left->calibration, matrix, sizeof(matrix));
	assert_int_equal(left->kind, CONFIG_INPUT_AUTO);
	assert_int_equal(knob->head, 0);
	assert_memory_equal(&knob->area, &area_whole, sizeof(area_whole));
	assert_memory_equal(knob->calibration, uncalibrated, sizeof(uncalibrated));
	assert_int_equal(knob->kind, CONFIG_INPUT_KEYS);
	assert_null(config_input_find(config, "wide"));
	config_destroy(config);
}

static void test_everything(void **state)
{
	/* The guest before the daemon, which it still inherits from. */
	struct config *config =
		config_file_load_good("\xef\xbb\xbf; a comment\n"
				      "[guest desk.top_1-x]\r\n"
				      "heads=16\n"
				      "  head15 : 1920x1080@59.94 ; the last\n"
				      "\thead0 = 32x16384@500\n"
				      "stale-after = 2s\n"
				      "head0-stale-after = 500ms\n"
				      "head15-output = DP-1\n"
				      "stale-picture = /usr/share/stale.png\n"
				      "memory = 4G\n"
				      "max-contexts = 4096\n"
				      "max-resources = 16384\n"
				      "max-backing-entries = 2031616\n"
				      "max-fences = 1024\n"
				      "trace-limit = 1G\n"
				      "record-limit = 1024G\n"
				      "[mulliond] # all of it\n"
				      "presenter = headless\n"
				      "wayland-display = wayland-7\n"
				      "socket-dir = /srv/m\xc3\xbcll\n"
				      "socket-group = kvm\n"
				      "user = worker$\n"
				      "render-node = /dev/dri/by-path/pci-0000:00:02.0-render\n"
				      "log-level = debug\n"
				      "[guest car]\n"
				      "renderer = pixman\n"
				      "render-node = none\n"
				      "presenter = wayland\n"
				      "max-contexts = 1\n"
				      "max-resources = 2\n"
				      "max-backing-entries = 3\n"
				      "max-fences = 4\n"
				      "trace-limit = 64K\n"
				      "record-limit = 65536\n"
				      "memory = 4194304"); /* no end of line */
	const struct config_guest *guest = config_guest_find(config, "desk.top_1-x");
	char socket[CONFIG_PATH_MAX];

	assert_string_equal(config->wayland_display, "wayland-7");
	assert_string_equal(config->socket_dir, "/srv/m\xc3\xbcll");
	assert_string_equal(config->socket_group, "kvm");
	assert_string_equal(config->user, "worker$");
	assert_false(config->user_is_default);
	assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(guest->n_heads, 16);
	assert_int_equal(guest->max_heads, 16);
	assert_int_equal(guest->heads[15].width_px, 1920);
	assert_int_equal(guest->heads[15].refresh_mhz, 59940);
	assert_int_equal(guest->heads[0].width_px, 32);
	assert_int_equal(guest->heads[0].height_px, 16384);
	assert_int_equal(guest->heads[0].refresh_mhz, 500000);
	assert_int_equal(guest->heads[1].width_px, 1024);
	assert_int_equal(guest->heads[0].stale_after_ms, 500);
	assert_string_equal(guest->heads[15].output, "DP-1");
	assert_string_equal(guest->heads[0].output, "");
	assert_int_equal(guest->heads[15].stale_after_ms, 2000);
	assert_string_equal(guest->stale_picture, "/usr/share/stale.png");
	assert_int_equal(guest->memory_bytes, UINT64_C(4) << 30);
	assert_int_equal(guest->max_contexts, 4096);
	assert_int_equal(guest->max_resources, 16384);
	assert_int_equal(guest->max_backing_entries, 2031616);
	assert_int_equal(guest->max_fences, 1024);
	assert_int_equal(guest->trace_bytes, 1 << 30);
	assert_int_equal(guest->record_bytes, UINT64_C(1) << 40);
	assert_int_equal(guest->presenter, CONFIG_PRESENTER_HEADLESS);
	assert_string_equal(guest->render_node, "/dev/dri/by-path/pci-0000:00:02.0-render");

	assert_ptr_equal(container_of(guest->link.next, struct config_guest, link),
		config_guest_find(config, "car"));
	config_control_path(config, socket);
	assert_string_equal(socket, "/srv/m\xc3\xbcll/control.sock");
	config_guest_dir(config, guest, socket);
	assert_string_equal(socket, "/srv/m\xc3\xbcll/desk.top_1-x");
	config_guest_socket(config, guest, "gpu", socket);
	assert_string_equal(socket, "/srv/m\xc3\xbcll/desk.top_1-x/gpu.sock");

	guest = config_guest_find(config, "car");
	assert_int_equal(guest->renderer, CONFIG_RENDERER_PIXMAN);
	assert_int_equal(guest->presenter, CONFIG_PRESENTER_WAYLAND);
	assert_string_equal(guest->render_node, "none");
	assert_int_equal(guest->memory_bytes, 4 << 20);
	assert_int_equal(guest->max_contexts, 1);
	assert_int_equal(guest->max_resources, 2);
	assert_int_equal(guest->max_backing_entries, 3);
	assert_int_equal(guest->max_fences, 4);
	assert_int_equal(guest->trace_bytes, 64 << 10);
	assert_int_equal(guest->record_bytes, 64 << 10);
	config_destroy(config);
}

static void test_wrong(void **state)
{
	config_file_refuse(config_wrongs, config_wrongs_n);
}

/* The longest paths that fit do, with the longest device. */
static void test_longest(void **state)
{
	struct config *config = config_file_load_good("[mulliond]\nsocket-dir = /" SIXTY "\n"
						      "[guest " TEN TEN "1234]\n");
	char socket[CONFIG_PATH_MAX];

	config_guest_socket(
		config, config_guest_find(config, TEN TEN "1234"), "123456789012345", socket);
	assert_int_equal(strlen(socket), CONFIG_PATH_MAX - 1);
	config_destroy(config);
}

static void test_all_errors(void **state)
{
	static const char text[] = "x = 1\n"
				   "[guest a]\n"
				   "heads = many\n"
				   "head0 = wide\n"
				   "nonsense\n"
				   "[guest ?]\n"
				   "heads = any\n" /* of a guest that is none: not looked at */
				   "[mulliond]\n"
				   "presenter = x11\n";
	static const unsigned lines[] = { 1, 3, 4, 5, 6, 9 };
	struct config *config;

	assert_int_equal(config_file_load(text, strlen(text), &config), -EINVAL);
	assert_int_equal(config_file_errors.n, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(strtoul(config_file_error(i) + 1, NULL, 10), lines[i]);
}

static void test_many_errors(void **state)
{
	struct config *config;
	char text[4000] = "";

	for (size_t i = 0; i < 100; i++)
		strcat(text, "nonsense\n");
	assert_int_equal(config_file_load(text, strlen(text), &config), -EINVAL);
	assert_int_equal(config_file_errors.n, SETTINGS_ERRORS_MAX);
	assert_true(config_file_errors.more);
	assert_string_equal(config_file_error(19), ":20: expected KEY = VALUE, got \"nonsense\"");
}

static void test_many_guests(void **state)
{
	struct config *config;
	char text[16384];
	size_t len = 0;

	for (size_t i = 0; i <= CONFIG_GUESTS_MAX; i++)
		len += sprintf(text + len, "[guest g%zu]\n", i);
	assert_int_equal(config_file_load(text, len, &config), -EINVAL);
	assert_int_equal(config_file_errors.n, 1);
	assert_string_equal(
		config_file_error(0), ":257: [guest g256]: there are 256 guests already");
}

/* Devices, and parts of one. */
static void test_many_inputs(void **state)
{
	struct config *config;
	char text[32768] = "[guest a]\n";
	size_t len = strlen(text);

	for (size_t i = 0; i <= CONFIG_INPUTS_MAX; i++)
		len += sprintf(text + len, "[input i%zu]\ndevice = /dev/i%zu\nguest = a\n", i, i);
	assert_int_equal(config_file_load(text, len, &config), -EINVAL);
	assert_int_equal(config_file_errors.n, 1);
	assert_string_equal(
		config_file_error(0), ":770: [input i256]: there are 256 inputs already");

	len = sprintf(text, "[guest a]\n");
	for (size_t i = 0; i <= AREAS_MAX; i++)
		len += sprintf(text + len,
			"[input i%zu]\ndevice = /dev/i\nguest = a\narea = %zu,0,1x1 of 17x1\n", i,
			i);
	assert_int_equal(config_file_load(text, len, &config), -EINVAL);
	assert_int_equal(config_file_errors.n, 1);
	assert_string_equal(
		config_file_error(0), ": [input i16]: a device has at most 16 sections");
}

static void test_environment(void **state)
{
	static const char text[] = "[guest a]\n";
	struct config *config;
	char long_dir[200];

	unsetenv("XDG_RUNTIME_DIR");
	if (geteuid() == 0) {
		config = config_file_load_good(text);
		assert_string_equal(config->socket_dir, "/run/mullion");
		config_destroy(config);
	} else {
		assert_int_equal(config_file_load(text, strlen(text), &config), -EINVAL);
		assert_string_equal(config_file_error(0),
			": there is no XDG_RUNTIME_DIR: set socket-dir in [mulliond]");
	}
	memset(long_dir, 'x', sizeof(long_dir));
	long_dir[0] = '/';
	long_dir[sizeof(long_dir) - 1] = '\0';
	setenv("XDG_RUNTIME_DIR", long_dir, 1);
	assert_int_equal(config_file_load(text, strlen(text), &config), -EINVAL);
	assert_string_equal(config_file_error(0),
		": XDG_RUNTIME_DIR is no short absolute path: set socket-dir in [mulliond]");
	setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1);
}

static void test_no_file(void **state)
{
	struct config *config;

	assert_int_equal(
		config_load("/nonexistent/mullion.conf", &config, &config_file_errors), -ENOENT);
	assert_string_equal(config_file_errors.lines[0],
		"/nonexistent/mullion.conf: No such file or directory");
	assert_int_equal(config_load("/tmp", &config, &config_file_errors), -EISDIR);
	assert_string_equal(config_file_errors.lines[0], "/tmp: Is a directory");
	assert_int_equal(config_file_errors.n, 1);
}

static void test_hostile(void **state)
{
	static char text[3 << 20];
	struct config *config;

	/* NUL bytes */
	assert_int_equal(config_file_load("[guest a]\nheads = 2\0\n", 21, &config), -EINVAL);
	assert_string_equal(config_file_error(0), ":2: " TEXT_EXPECTED);
	/* one endless line */
	memset(text, 'x', sizeof(text));
	assert_int_equal(config_file_load(text, sizeof(text), &config), -EINVAL);
	assert_string_equal(config_file_error(0), ":1: the file is larger than 1 MiB");
	assert_int_equal(config_file_errors.n, 1);
	/* empty lines without end */
	memset(text, '\n', sizeof(text));
	assert_int_equal(config_file_load(text, sizeof(text), &config), -EINVAL);
	assert_int_equal(config_file_errors.n, 1);
	/* a device without end; the errors' limit ends it */
	assert_int_equal(config_load("/dev/urandom", &config, &config_file_errors), -EINVAL);
	assert_int_equal(config_load("/dev/zero", &config, &config_file_errors), -EINVAL);
	/* nothing at all is a daemon without guests */
	config = config_file_load_good("");
	assert_int_equal(config->n_guests, 0);
	config_destroy(config);
	/* a value that fills its line is shown in part */
	memset(text, 'x', 192);
	memcpy(text, "[guest a]\nhead0=", 16);
	assert_int_equal(config_file_load(text, 192, &config), -EINVAL);
	assert_int_equal(
		strlen(config_file_error(0)), strlen(":2: head0: " MODE_EXPECTED "\"\"") + 64);
}

/* Bytes of a good file changed at random: taken or refused, never more (sanitizers watch). */
static void test_mutations(void **state)
{
	static const char good[] = "[mulliond]\nsocket-dir = /run/m\nlog-level = info\n"
				   "[guest a]\nheads = 2\nhead1 = 800x600@59.9\nmemory = 1G ; x\n"
				   "[guest b]\nrenderer = pixman\nrender-node = /dev/dri/card0\n";
	static const char likely[] = "[]=;#:\n\r\t @x.019KMG\0\xff\xc3";
	unsigned seed = 1;

	for (int i = 0; i < 5000; i++) {
		char text[sizeof(good) - 1];
		struct config *config = NULL;
		memcpy(text, good, sizeof(text));
		for (int k = rand_r(&seed) % 4; k >= 0; k--)
			text[rand_r(&seed) % sizeof(text)] =
				likely[rand_r(&seed) % (sizeof(likely) - 1)];
		size_t len = rand_r(&seed) % 8 ? sizeof(text) : rand_r(&seed) % sizeof(text);
		int ret = config_file_load(text, len, &config);
		if (ret == 0) {
			assert_int_equal(config_file_errors.n, 0);
		} else {
			assert_int_equal(ret, -EINVAL);
			assert_in_range(config_file_errors.n, 1, SETTINGS_ERRORS_MAX);
			assert_null(config);
		}
		config_destroy(config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_inputs),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_all_errors),
		cmocka_unit_test(test_many_errors),
		cmocka_unit_test(test_many_guests),
		cmocka_unit_test(test_many_inputs),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, setup, config_file_teardown);
}

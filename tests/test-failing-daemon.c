/* SPDX-License-Identifier: MIT */
/* Out of memory, descriptors or mappings: mulliond. */
#include "tests/failing_cases.h"

#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"
#include "base/varlink.h"
#include "daemon/config.h"
#include "daemon/control.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "daemon/keep.h"
#include "daemon/reload.h"
#include "daemon/screenshot.h"
#include "daemon/sockets.h"
#include "protocol/link.h"

#define FOURCC_XR24 0x34325258

/* A daemon with one guest that uses 2D and a window of nobody's. */
static struct daemon the_daemon;
static char directory[] = "/tmp/mullion-failing-XXXXXX";
static char config_path[64], reload_path[64], socket_path[64];

static const struct renderers_listener no_renderers;

static void write_config(void)
{
	assert_non_null(mkdtemp(directory));
	snprintf(config_path, sizeof(config_path), "%s/mullion.conf", directory);
	snprintf(socket_path, sizeof(socket_path), "%s/test.sock", directory);
	FILE *file = fopen(config_path, "we");
	assert_non_null(file);
	fprintf(file,
		"[mulliond]\npresenter = headless\nsocket-dir = %s/sockets\n"
		"[guest one]\nrenderer = pixman\nheads = 2\n[guest two]\n"
		"[guest apps]\ntype = container\n"
		"[input panel]\ndevice = /dev/input/none\nguest = one\n",
		directory);
	assert_int_equal(fclose(file), 0);
	snprintf(reload_path, sizeof(reload_path), "%s/other.conf", directory);
	file = fopen(reload_path, "we");
	assert_non_null(file);
	fprintf(file,
		"[mulliond]\npresenter = headless\nsocket-dir = %s/sockets\n"
		"[guest one]\nrenderer = pixman\nheads = 2\nweight = 7\n"
		"[guest three]\nrenderer = pixman\n",
		directory);
	assert_int_equal(fclose(file), 0);
}

static void ground(void)
{
	struct settings_errors errors;

	the_daemon = (struct daemon){
		.signals.fd = -1,
		.loop.epoll_fd = -1,
		.mediator.timer.source.fd = -1,
	};
	list_init(&the_daemon.guests);
	given_devices_init(&the_daemon.given, &the_daemon);
	store_init(&the_daemon.store);
	renderers_init(&the_daemon.renderers, &the_daemon.loop, &no_renderers, &the_daemon);
	assert_int_equal(config_load(config_path, &the_daemon.config, &errors), 0);
	assert_int_equal(loop_init(&the_daemon.loop), 0);
	assert_int_equal(mediator_init(&the_daemon.mediator, &the_daemon.loop, 1, false), 0);
	assert_int_equal(store_open(&the_daemon.store, &the_daemon.loop), 0);
	assert_int_equal(sockets_prepare(the_daemon.config), 0);
}

static int unground(int result)
{
	renderers_finish(&the_daemon.renderers);
	mediator_finish(&the_daemon.mediator);
	store_finish(&the_daemon.store);
	loop_finish(&the_daemon.loop);
	config_destroy(the_daemon.config);
	return result;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static int run_config(void)
{
	struct settings_errors errors;
	struct config *config = NULL;
	int ret = TRY(config_load(config_path, &config, &errors));

	/* Who reads the log must be told why. */
	if (ret < 0)
		assert_true(errors.n > 0);
	config_destroy(config);
	return ret;
}

static int run_keep(void)
{
	struct keep keep;

	ground();
	keep_init(&keep, &the_daemon.store, "one");
	int ret = TRY(keep_open(&keep));
	keep_finish(&keep);
	return unground(ret);
}

static int run_socket(void)
{
	ground();
	int fd = TRY(socket_listen(the_daemon.config, socket_path));
	int ret = fd < 0 ? fd : 0;
	fd_close(&fd);
	return unground(ret);
}

static void worker_ended(struct worker *worker, const char *how, bool clean)
{
	fail();
}

static const struct channel_interface no_messages;
static const struct worker_config worker_config = {
	.program = "no-such-program",
	.link = &no_messages,
	.ended = worker_ended,
};

static int run_worker(void)
{
	struct worker worker;

	ground();
	int ret = TRY(worker_start(&worker, &the_daemon.loop, &worker_config, NULL, 0));
	worker_finish(&worker);
	return unground(ret);
}

/* Its first renderer cannot be started: then it tries again. */
static int run_render_node(void)
{
	ground();
	return unground(TRY_THERE(renderers_node(&the_daemon.renderers, "none")));
}

static int run_varlink(void)
{
	static const struct varlink_info info = { "a", "b", "c", "d" };
	static const struct varlink_interface interfaces[1] = { { .name = "org.example.test",
		.description = "interface org.example.test" } };
	struct varlink_server *server = NULL;

	ground();
	int fd = socket_listen(the_daemon.config, socket_path);
	int ret = TRY(varlink_server_create(&server, &the_daemon.loop, fd, &info, interfaces, 1));
	if (ret == 0)
		varlink_server_destroy(server);
	return unground(ret);
}

static int run_control(void)
{
	struct control *control = NULL;

	ground();
	int fd = socket_listen(the_daemon.config, socket_path);
	int ret =
		TRY(control_create(&control, &the_daemon.loop, fd, the_daemon.config, &the_daemon));
	if (ret == 0)
		control_destroy(control);
	return unground(ret);
}

static int run_agent(void)
{
	struct agent agent;

	ground();
	int fd = socket_listen(the_daemon.config, socket_path);
	int ret = TRY(agent_init(&agent, &the_daemon.loop, "one", fd));
	agent_finish(&agent);
	return unground(ret);
}

static void shot_done(void *data, const struct screenshot_result *result)
{
	fail();
}

static int run_screenshot(void)
{
	struct picture picture = { .kind = PICTURE_KIND_SHM,
		.fd = memfd_create_sealed("picture", 4096),
		.width_px = 16,
		.height_px = 16,
		.stride_bytes = 64,
		.fourcc = FOURCC_XR24 };
	struct screenshot *shot = NULL;

	ground();
	int ret = TRY(screenshot_start(&shot, &the_daemon.loop, &picture, shot_done, NULL));
	if (ret == 0)
		screenshot_cancel(shot);
	fd_close(&picture.fd);
	return unground(ret);
}

static int run_copy(void)
{
	struct copies copies;
	struct channel link;
	struct copy *copy = NULL;
	int fds[2];

	ground();
	assert_int_equal(channel_pair(fds), 0);
	channel_init(&link);
	assert_int_equal(channel_open(&link, &the_daemon.loop, fds[0], &no_messages), 0);
	copies_init(&copies);
	int ret = TRY(copy_start(&copy, &copies, &link, &the_daemon.loop, 0, shot_done, NULL));
	if (ret == 0)
		copy_cancel(copy);
	assert_true(list_empty(&copies.waiting));
	channel_finish(&link);
	close(fds[1]);
	return unground(ret);
}

static int run_input_host(void)
{
	struct input_host host;

	ground();
	input_host_init(&host);
	int ret = TRY(input_host_open(&host, &the_daemon.loop));
	input_host_finish(&host);
	return unground(ret);
}

static int open_given(void)
{
	given_devices_open(&the_daemon.given);
	return 0;
}

static int run_given(void)
{
	ground();
	struct guest *guest =
		guest_create(&the_daemon, config_guest_find(the_daemon.config, "one"));
	assert_non_null(guest);
	list_append(&the_daemon.guests, &guest->link);
	int ret = TRY(open_given());
	given_devices_finish(&the_daemon.given);
	guest_destroy(guest);
	return unground(ret);
}

static int run_guest_of(const char *name)
{
	struct guest *guest = NULL;

	ground();
	int ret = TRY_THERE(
		(guest = guest_create(&the_daemon, config_guest_find(the_daemon.config, name))));
	if (guest) {
		list_append(&the_daemon.guests, &guest->link);
		guest_destroy(guest);
	}
	return unground(ret);
}

static int run_guest(void)
{
	return run_guest_of("one");
}

static int run_guest_virgl(void)
{
	return run_guest_of("two");
}

static int run_guest_container(void)
{
	return run_guest_of("apps");
}

/* A connection that is there already: it is taken, or closed. */
static int run_client(void)
{
	struct guest *guest;
	int connected;

	ground();
	guest = guest_create(&the_daemon, config_guest_find(the_daemon.config, "apps"));
	assert_non_null(guest);
	list_append(&the_daemon.guests, &guest->link);
	int fd = socket_listen(the_daemon.config, socket_path);
	assert_true(fd >= 0);
	connected = connect_to(socket_path);
	int ret = TRY((clients_accept(guest, fd), guest->clients.n == 1 ? 0 : -ENOMEM));
	guest_destroy(guest);
	close(connected);
	close(fd);
	unlink(socket_path);
	return unground(ret);
}

/* All of the file is taken, or what there was goes on. */
static int run_reload(void)
{
	static const char *const names[] = { "one", "two" };
	struct guest *guest, *next;

	ground();
	the_daemon.config_path = reload_path;
	the_daemon.verbose = true;
	for (size_t i = 0; i < N(names); i++) {
		guest = guest_create(&the_daemon, config_guest_find(the_daemon.config, names[i]));
		assert_non_null(guest);
		list_append(&the_daemon.guests, &guest->link);
	}
	int ret = TRY((daemon_reload(&the_daemon), guest_find(&the_daemon, "three") ? 0 : -ENOMEM));
	assert_non_null(guest_find(&the_daemon, "one"));
	assert_true(ret < 0 || guest_find(&the_daemon, "one")->config->terms.weight == 7);
	list_for_each_safe (guest, next, &the_daemon.guests, link)
		guest_destroy(guest);
	return unground(ret);
}

static const struct failing_case cases[] = {
	{ "config_load", run_config, false },
	{ "keep_open", run_keep, false },
	{ "socket_listen", run_socket, false },
	{ "worker_start", run_worker, false },
	{ "renderers_node", run_render_node, true }, /* it is tried again */
	{ "varlink_server_create", run_varlink, false },
	{ "control_create", run_control, false },
	{ "agent_init", run_agent, false },
	{ "screenshot_start", run_screenshot, false },
	{ "copy_start", run_copy, false },
	{ "input_host_open", run_input_host, false },
	{ "given_devices_open", run_given, true },
	{ "guest_create", run_guest, true }, /* it does without its agent */
	{ "guest_create, with a render node", run_guest_virgl, true },
	{ "guest_create, a container", run_guest_container, true }, /* a spare comes later */
	{ "clients_accept", run_client, true },
	{ "daemon_reload", run_reload, true }, /* it does without agents and spares */
};

static void test_failing(void **state)
{
	write_config();
	for (size_t i = 0; i < N(cases); i++)
		failing_run(&cases[i]);
	char command[96];
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_failing) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

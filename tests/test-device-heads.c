/* SPDX-License-Identifier: MIT */
/* Heads that come, go and change while a guest runs, and VMMs that answer nonsense to it. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONFIG "max-heads = 4\nhead2 = 800x600@75\n"
#define WAIT_MS 30000

static struct fixture fixture;
static struct guest *const guest = &fixture.guest;

static int group_setup(void **state)
{
	return fixture_start(&fixture, 1, 2, CONFIG);
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

static int uml_setup(void **state)
{
	fixture_boot(&fixture, 1, guest,
		&(struct guest_options){ .vmm.kind = VMM_KIND_UML });
	return 0;
}

static int qemu_setup(void **state)
{
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ .vmm.head_count = 4 });
	return 0;
}

/* A VMM that gives no channel: what it thinks of changes is known at once. */
static int silent_setup(void **state)
{
	fixture_boot(&fixture, 1, guest,
		&(struct guest_options){ .vmm.head_count = 4,
			.vmm.protocol_features = VMM_BIT(VMM_PROTOCOL_F_CONFIG) });
	return 0;
}

/* As the configuration has it, for the next test. */
static int test_teardown(void **state)
{
	fixture_unboot(&fixture, 1, guest);
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 320x200"), 0);
	assert_int_equal(fixture_ctl(&fixture, "head set g1 1 320x200"), 0);
	assert_int_equal(fixture_ctl(&fixture, "head remove g1 2"), 0);
	assert_int_equal(fixture_ctl(&fixture, "head remove g1 3"), 0);
	return 0;
}

static void wait_changes(uint32_t changes)
{
	uint64_t deadline_ns = vmm_now_ns() + WAIT_MS * UINT64_C(1000000);

	while (guest->vmm.config_changes < changes && vmm_now_ns() < deadline_ns) {
		poll(NULL, 0, 1);
		vmm_dispatch(&guest->vmm);
	}
	assert_int_equal(guest->vmm.config_changes, changes);
}

static uint32_t events_read(void)
{
	struct virtio_gpu_config config = { 0 };

	assert_int_equal(vmm_get_config(&guest->vmm, 0, &config, sizeof(config)), 0);
	return config.events_read;
}

static void assert_mode(uint32_t head, uint32_t x, uint32_t width, uint32_t height)
{
	const struct virtio_gpu_display_one *one;

	assert_int_equal(gpu_get_display_info(&guest->gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	one = &guest->gpu.last.display_info.pmodes[head];
	assert_int_equal(one->enabled, width != 0);
	assert_int_equal(one->r.x, x);
	assert_int_equal(one->r.width, width);
	assert_int_equal(one->r.height, height);
}

/* The first detailed timing of its EDID, E-EDID 1.4, 3.10.2. */
static void assert_edid(uint32_t head, uint32_t width, uint32_t height)
{
	const uint8_t *timing = guest->gpu.last.edid.edid + 54;

	assert_int_equal(gpu_get_edid(&guest->gpu, head), VIRTIO_GPU_RESP_OK_EDID);
	assert_int_equal(timing[2] | (timing[4] & 0xf0) << 4, width);
	assert_int_equal(timing[5] | (timing[7] & 0xf0) << 4, height);
}

/* The driver does as Linux's does: reads the event, asks again, clears it. */
static void test_config_change(void **state)
{
	assert_int_equal(events_read(), 0);
	assert_int_equal(guest->vmm.config.num_scanouts, 4);
	assert_mode(0, 0, 320, 200);
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 1366x768"), 0);
	wait_changes(1);
	assert_int_equal(events_read(), VIRTIO_GPU_EVENT_DISPLAY);
	assert_mode(0, 0, 1366, 768);
	assert_mode(1, 1366, 320, 200);
	assert_edid(0, 1366, 768);
	assert_edid(1, 320, 200);
	/* Others' bits are not this one's. */
	assert_int_equal(vmm_clear_events(&guest->vmm, ~VIRTIO_GPU_EVENT_DISPLAY), 0);
	assert_int_equal(events_read(), VIRTIO_GPU_EVENT_DISPLAY);
	assert_int_equal(vmm_clear_events(&guest->vmm, VIRTIO_GPU_EVENT_DISPLAY), 0);
	assert_int_equal(events_read(), 0);
	/* Nothing new: nothing is told. */
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 1366x768"), 0);
	assert_int_equal(fixture_ctl(&fixture, "head set g1 1 640x480"), 0);
	wait_changes(2);
}

static void test_add_and_remove(void **state)
{
	assert_mode(2, 0, 0, 0);
	assert_int_equal(fixture_ctl(&fixture, "head add g1"), 0);
	wait_changes(1);
	assert_mode(2, 640, 800, 600);
	assert_int_equal(fixture_ctl(&fixture, "head add g1 1920x1080"), 0);
	wait_changes(2);
	assert_mode(3, 1440, 1920, 1080);
	assert_int_not_equal(fixture_ctl(&fixture, "head add g1"), 0);
	assert_int_equal(fixture_ctl(&fixture, "head remove g1 1"), 0);
	wait_changes(3);
	assert_mode(1, 0, 0, 0);
	assert_mode(2, 320, 800, 600);
	/* The head with the lowest number comes back, in the mode that it had. */
	assert_int_equal(fixture_ctl(&fixture, "head add g1"), 0);
	wait_changes(4);
	assert_mode(1, 320, 320, 200);
}

/* What a removed head was given is answered as before, and can be looked at. */
static void test_scanout_of_removed_head(void **state)
{
	struct picture picture = picture_pattern(40, 30, 3);

	assert_int_equal(fixture_ctl(&fixture, "head remove g1 1"), 0);
	wait_changes(1);
	fixture_show(guest, 1, 1, &picture);
	fixture_expect(&fixture, 1, guest, 1, &picture);
	assert_int_equal(fixture_ctl(&fixture, "head add g1"), 0);
	wait_changes(2);
	fixture_expect(&fixture, 1, guest, 1, &picture);
	picture_finish(&picture);
}

/* A guest that reboots asks anyhow: what it was to be told does not wait for it. */
static void test_reboot_with_event(void **state)
{
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 640x480"), 0);
	wait_changes(1);
	assert_int_equal(guest_reboot(guest), 0);
	assert_mode(0, 0, 640, 480);
}

/* Changed while no VM ran: the next one finds it so. */
static void test_change_before_boot(void **state)
{
	fixture_unboot(&fixture, 1, guest);
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 640x480"), 0);
	assert_int_equal(fixture_ctl(&fixture, "head add g1"), 0);
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ .vmm.kind = VMM_KIND_UML });
	assert_mode(0, 0, 640, 480);
	assert_mode(2, 960, 800, 600);
	assert_int_equal(events_read(), 0);
}

/* QEMU owns the config space: it refuses, and people are told. */
static void test_refused(void **state)
{
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 640x480"), 0);
	wait_changes(1);
	fixture_expect_shown(&fixture,
		"head 0 should be 640x480: the VMM owns the configuration and no agent is connected");
	/* It is asked no more. */
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 640x400"), 0);
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 640x480"), 0);
	fixture_expect_shown(&fixture, "no agent is connected");
	wait_changes(1);
	/* A new driver asks; another size than the one that it was told is its own choice. */
	struct picture picture = picture_pattern(40, 30, 4);
	assert_mode(0, 0, 640, 480);
	fixture_show(guest, 1, 0, &picture);
	fixture_expect_shown(
		&fixture, "head 0 should be 640x480: the guest knows, and shows another mode");
	picture_finish(&picture);
}

/* QEMU's max_outputs is the last word. */
static void test_fewer_outputs(void **state)
{
	fixture_unboot(&fixture, 1, guest);
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ .vmm.head_count = 2 });
	assert_int_equal(fixture_ctl(&fixture, "head add g1"), 0);
	fixture_expect_shown(&fixture,
		"head 2 should be 800x600: the VMM gives the guest fewer heads (max_outputs)");
}

/* -- VMMs that break the protocol on the channel for the back end's requests -- */

/* A channel of the test's own in place of the VMM's; returns its end. */
static int channel_take(void)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(vmm_call(&guest->vmm, VMM_REQUEST_SET_BACKEND_REQ_FD, NULL, 0, &ends[1], 1),
		0);
	close(ends[1]);
	return ends[0];
}

struct answer {
	uint32_t request, flags, size;
	uint64_t status;
} __attribute__((packed));

static const struct answer bad_answers[] = {
	{ 1, VMM_FLAG_VERSION | VMM_FLAG_REPLY, 8, 0 },
	{ UINT32_MAX, VMM_FLAG_VERSION | VMM_FLAG_REPLY, 8, 0 },
	{ 2, VMM_FLAG_VERSION, 8, 0 },
	{ 2, VMM_FLAG_REPLY, 8, 0 },
	{ 2, VMM_FLAG_VERSION | VMM_FLAG_REPLY | VMM_FLAG_NEED_REPLY, 8, 0 },
	{ 2, VMM_FLAG_VERSION | VMM_FLAG_REPLY, 0, 0 },
	{ 2, VMM_FLAG_VERSION | VMM_FLAG_REPLY, UINT32_MAX, 0 },
};

static void expect_closed(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char byte;

	assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

static void expect_request(int fd)
{
	uint32_t header[3];

	assert_int_equal(recv(fd, header, sizeof(header), MSG_WAITALL), sizeof(header));
	assert_int_equal(header[0], VMM_BACKEND_REQUEST_CONFIG_CHANGE);
	assert_int_equal(header[1], VMM_FLAG_VERSION | VMM_FLAG_NEED_REPLY);
	assert_int_equal(header[2], 0);
}

static uint32_t width = 1000;

static void change(void)
{
	char command[64];

	snprintf(command, sizeof(command), "head set g1 0 %ux200", ++width);
	assert_int_equal(fixture_ctl(&fixture, command), 0);
}

static void test_bad_answers(void **state)
{
	for (size_t i = 0; i < sizeof(bad_answers) / sizeof(bad_answers[0]); i++) {
		int fd = channel_take();
		change();
		expect_request(fd);
		assert_int_equal(
			send(fd, &bad_answers[i], sizeof(bad_answers[i]), 0), sizeof(bad_answers[i]));
		expect_closed(fd);
	}
	fixture_expect_shown(&fixture, "no agent is connected");
}

static void test_unasked(void **state)
{
	struct answer good = { 2, VMM_FLAG_VERSION | VMM_FLAG_REPLY, 8, 0 };
	int null = fileno(stdin), fd = channel_take();

	assert_int_equal(send(fd, &good, sizeof(good), 0), sizeof(good));
	expect_closed(fd);
	/* Two answers where one was asked for, in one go. */
	struct answer two[2] = { good, good };
	fd = channel_take();
	change();
	expect_request(fd);
	assert_int_equal(send(fd, two, sizeof(two), 0), sizeof(two));
	expect_closed(fd);
	/* A descriptor with it. */
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec iov = { &good, sizeof(good) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	memcpy(CMSG_DATA(&control.header), &null, sizeof(null));
	fd = channel_take();
	change();
	expect_request(fd);
	assert_int_equal(sendmsg(fd, &message, 0), sizeof(good));
	expect_closed(fd);
}

/* Its answer comes in pieces, and late: changes meanwhile are told as one. */
static void test_slow_answer(void **state)
{
	struct answer good = { 2, VMM_FLAG_VERSION | VMM_FLAG_REPLY, 8, 0 };
	int fd = channel_take();

	for (int i = 0; i < 5; i++)
		change();
	expect_request(fd);
	assert_mode(1, width, 320, 200); /* the guest is served meanwhile */
	for (size_t i = 0; i < sizeof(good); i++)
		assert_int_equal(send(fd, (char *)&good + i, 1, 0), 1);
	expect_request(fd);
	assert_int_equal(send(fd, &good, sizeof(good), 0), sizeof(good));
	change();
	expect_request(fd);
	close(fd);
	fixture_expect_shown(&fixture, "no agent is connected");
}

/* Nobody reads: the pipe fills, the guest is served, the newest state is told in the end. */
static void test_full_pipe(void **state)
{
	char bytes[4096] = { 0 };
	size_t filled = 0;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(ends[1], bytes, sizeof(bytes)) > 0)
		filled += sizeof(bytes);
	assert_int_equal(vmm_call(&guest->vmm, VMM_REQUEST_SET_BACKEND_REQ_FD, NULL, 0, &ends[1], 1),
		0);
	close(ends[1]);
	change();
	change();
	assert_int_equal(gpu_get_display_info(&guest->gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	for (; filled; filled -= sizeof(bytes))
		assert_int_equal(read(ends[0], bytes, sizeof(bytes)), sizeof(bytes));
	struct pollfd poll_fd = { .fd = ends[0], .events = POLLIN };
	assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
	assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 12);
	/* Its reader goes: that is all that happens. */
	close(ends[0]);
	change();
	fixture_expect_shown(&fixture, "no agent is connected");
	assert_int_equal(gpu_get_display_info(&guest->gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
}

static void test_no_channel(void **state)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(null >= 0);
	vmm_send(&guest->vmm, VMM_REQUEST_SET_BACKEND_REQ_FD, VMM_FLAG_VERSION, 0, NULL, 0, &null, 1);
	close(null);
	assert_true(vmm_is_dropped(&guest->vmm, WAIT_MS));
	assert_true(fixture_log_has(
		&fixture, 0, "a channel for our requests that is no socket and no pipe"));
}

/* -- the agent in the guest -- */

static int agent_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/g1/agent.sock", fixture.dir);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void agent_say(int fd, const char *bytes)
{
	assert_int_equal(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
}

static void agent_expect(int fd, const char *line)
{
	char bytes[512] = { 0 };

	for (size_t len = 0; len < sizeof(bytes) - 1 && !strchr(bytes, '\n'); len++) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
		assert_int_equal(recv(fd, bytes + len, 1, 0), 1);
	}
	assert_string_equal(bytes, line);
}

/* It is told when it asks and when something changes, the next when it has answered. */
static void test_agent(void **state)
{
	int fd = agent_connect();

	change();
	fixture_expect_shown(&fixture, "no agent is connected");
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 1366x768@59.79"), 0);
	agent_say(fd, "?");
	agent_expect(fd, "heads 1366x768@59.790 320x200@60.000 off off\n");
	fixture_expect_shown(&fixture, "the agent in the guest has not answered yet");
	assert_int_equal(fixture_ctl(&fixture, "head add g1"), 0);
	assert_int_equal(fixture_ctl(&fixture, "head remove g1 1"), 0);
	agent_say(fd, "+");
	agent_expect(fd, "heads 1366x768@59.790 off 800x600@75.000 off\n");
	agent_say(fd, "-");
	fixture_expect_shown(&fixture, "nothing in the guest takes modes from the agent");
	assert_int_equal(fixture_ctl(&fixture, "head set g1 0 640x480"), 0);
	agent_expect(fd, "heads 640x480@60.000 off 800x600@75.000 off\n");
	agent_say(fd, "+");
	fixture_expect_shown(&fixture, "the agent has set it, and the guest shows another mode");
	/* It starts again. */
	agent_say(fd, "?");
	agent_expect(fd, "heads 640x480@60.000 off 800x600@75.000 off\n");
	agent_say(fd, "?");
	agent_expect(fd, "heads 640x480@60.000 off 800x600@75.000 off\n");
	/* Its VMM does. */
	int other = agent_connect();
	expect_closed(fd);
	agent_say(other, "?");
	agent_expect(other, "heads 640x480@60.000 off 800x600@75.000 off\n");
	close(other);
	fixture_expect_shown(&fixture, "no agent is connected");
}

static void test_bad_agent(void **state)
{
	static const char *const bad[] = { "x", "?x", "+\n", "\xff", "heads 1x1@1\n" };
	char flood[4096];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = agent_connect();
		agent_say(fd, bad[i]);
		struct pollfd poll_fd = { .fd = fd, .events = POLLRDHUP };
		assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
		close(fd);
	}
	assert_true(fixture_log_has(&fixture, 0, "is none of its answers: disconnected"));
	/* Without end, and it never reads: nobody else notices. */
	int fd = agent_connect();
	memset(flood, '?', sizeof(flood));
	for (int i = 0; i < 200; i++)
		send(fd, flood, sizeof(flood), MSG_DONTWAIT | MSG_NOSIGNAL);
	for (int i = 0; i < 20; i++) {
		change();
		send(fd, flood, sizeof(flood), MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	assert_mode(0, 0, width, 200);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
	close(fd);
	/* Answers to what was not asked mean nothing. */
	fd = agent_connect();
	agent_say(fd, "++--");
	change();
	fixture_expect_shown(&fixture, "no agent is connected");
	agent_say(fd, "?");
	char expected[80];
	snprintf(expected, sizeof(expected), "heads %ux200@60.000 320x200@60.000 off off\n", width);
	agent_expect(fd, expected);
	close(fd);
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(test_##name, setup, test_teardown)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		TEST(config_change, uml_setup),
		TEST(add_and_remove, uml_setup),
		TEST(scanout_of_removed_head, uml_setup),
		TEST(reboot_with_event, uml_setup),
		TEST(change_before_boot, uml_setup),
		TEST(refused, qemu_setup),
		TEST(fewer_outputs, qemu_setup),
		TEST(bad_answers, qemu_setup),
		TEST(unasked, qemu_setup),
		TEST(slow_answer, qemu_setup),
		TEST(full_pipe, qemu_setup),
		TEST(no_channel, qemu_setup),
		TEST(agent, silent_setup),
		TEST(bad_agent, silent_setup),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

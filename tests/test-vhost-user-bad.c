/* SPDX-License-Identifier: MIT */
/*
 * Bad vhost-user messages and bad memory, sent to the real daemon. Each is
 * refused (an acknowledgement that is not 0, an empty config reply) or costs
 * the sender its connection, with a line in the log; a second guest never
 * notices, and the first may start anew.
 */
#include "fixture.h"

#include <errno.h>
#include <linux/vhost_types.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DROP_TIMEOUT_MS 2000
#define BYSTANDER 2
#define MESON_SKIP 77

static struct fixture fixture;
static struct guest *const guest = &fixture.guest;
static struct guest bystander;

static int group_setup(void **state)
{
	int err = fixture_start(&fixture, 2, 1, NULL);

	if (err < 0)
		return err;
	fixture_boot(&fixture, BYSTANDER, &bystander, &(struct guest_options){ 0 });
	return 0;
}

static int group_teardown(void **state)
{
	fixture_unboot(&fixture, BYSTANDER, &bystander);
	return fixture_stop(&fixture);
}

/* The bystander lives, and the offender's place is free again. */
static void assert_no_harm(void)
{
	assert_int_equal(gpu_get_display_info(&bystander.gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	fixture_boot(&fixture, 1, guest, &(struct guest_options){ .vmm.timeout_ms = 3000 });
	assert_int_equal(gpu_get_display_info(&guest->gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	fixture_unboot(&fixture, 1, guest);
}

enum stage {
	STAGE_CONNECTED, /* nothing said yet */
	STAGE_REALIZED,  /* negotiated, no memory */
	STAGE_RUNNING,
};

static void reach(enum stage stage, const struct guest_options *options)
{
	char path[128];

	if (stage == STAGE_RUNNING) {
		fixture_boot(&fixture, 1, guest, options);
		return;
	}
	guest_init(guest, options);
	assert_int_equal(fixture_socket(&fixture, 1, path, sizeof(path)), 0);
	assert_int_equal(vmm_connect(&guest->vmm, path), 0);
	if (stage == STAGE_REALIZED)
		assert_int_equal(vmm_realize(&guest->vmm), 0);
}

/* Whether what was sent last is refused or drops the connection, and the log says so. */
static void assert_refused(const char *what, size_t log_before)
{
	struct vmm_reply reply;
	uint64_t status = 0;

	guest->vmm.options.timeout_ms = DROP_TIMEOUT_MS;

	int err = vmm_receive(&guest->vmm, &reply);

	if (err == 0) {
		memcpy(&status, reply.payload, sizeof(status));
		for (size_t i = 0; i < reply.fd_count; i++)
			close(reply.fds[i]);
	}
	if (err == 0 && reply.size_bytes != 0 && status == 0)
		fail_msg("%s: accepted", what);
	if (err == -ETIMEDOUT)
		fail_msg("%s: neither answered nor dropped", what);
	if (fixture_log_lines(&fixture) == log_before)
		fail_msg("%s: nothing in the log", what);
}

struct bad_message {
	const char *what;
	enum stage stage;
	uint32_t request, flags, claimed_bytes;
	uint32_t sent_bytes;
	uint32_t fd_count;
	uint64_t words[5];
};

#define CALL (VMM_FLAG_VERSION | VMM_FLAG_NEED_REPLY)

static const struct bad_message HEADERS[] = {
	{ "version 0", STAGE_CONNECTED, VMM_REQUEST_GET_FEATURES, 0, 0, 0, 0, { 0 } },
	{ "version 2", STAGE_CONNECTED, VMM_REQUEST_GET_FEATURES, 2, 0, 0, 0, { 0 } },
	{ "a reply", STAGE_CONNECTED, VMM_REQUEST_GET_FEATURES, 5, 0, 0, 0, { 0 } },
	{ "request 0", STAGE_REALIZED, 0, CALL, 0, 0, 0, { 0 } },
	{ "request 99", STAGE_REALIZED, 99, CALL, 0, 0, 0, { 0 } },
	{ "request of all ones", STAGE_REALIZED, UINT32_MAX, CALL, 0, 0, 0, { 0 } },
	{ "size of all ones", STAGE_CONNECTED, VMM_REQUEST_SET_FEATURES, 1, UINT32_MAX, 8, 0,
		{ 0 } },
	{ "size of 1 MiB", STAGE_REALIZED, VMM_REQUEST_SET_CONFIG, CALL, 1 << 20, 40, 0, { 0 } },
	{ "unknown request of 1 GiB", STAGE_CONNECTED, 77, 1, 1 << 30, 8, 0, { 0 } },
};

static const struct bad_message SIZES[] = {
	{ "GET_FEATURES with payload", STAGE_CONNECTED, VMM_REQUEST_GET_FEATURES, 1, 8, 8, 0,
		{ 0 } },
	{ "SET_FEATURES of 0", STAGE_REALIZED, VMM_REQUEST_SET_FEATURES, CALL, 0, 0, 0, { 0 } },
	{ "SET_FEATURES of 4", STAGE_REALIZED, VMM_REQUEST_SET_FEATURES, CALL, 4, 4, 0, { 0 } },
	{ "SET_FEATURES of 16", STAGE_REALIZED, VMM_REQUEST_SET_FEATURES, CALL, 16, 16, 0, { 0 } },
	{ "SET_PROTOCOL_FEATURES of 12", STAGE_REALIZED, VMM_REQUEST_SET_PROTOCOL_FEATURES, CALL,
		12, 12, 0, { 0 } },
	{ "SET_VRING_NUM of 4", STAGE_REALIZED, VMM_REQUEST_SET_VRING_NUM, CALL, 4, 4, 0, { 0 } },
	{ "SET_VRING_NUM of 12", STAGE_REALIZED, VMM_REQUEST_SET_VRING_NUM, CALL, 12, 12, 0,
		{ 0 } },
	{ "SET_VRING_ADDR of 8", STAGE_REALIZED, VMM_REQUEST_SET_VRING_ADDR, CALL, 8, 8, 0, { 0 } },
	{ "SET_VRING_ENABLE of 0", STAGE_REALIZED, VMM_REQUEST_SET_VRING_ENABLE, CALL, 0, 0, 0,
		{ 0 } },
	{ "GET_VRING_BASE of 0", STAGE_REALIZED, VMM_REQUEST_GET_VRING_BASE, 1, 0, 0, 0, { 0 } },
	{ "SET_MEM_TABLE of 4", STAGE_REALIZED, VMM_REQUEST_SET_MEM_TABLE, CALL, 4, 4, 0, { 0 } },
	{ "SET_MEM_TABLE shorter than its count", STAGE_REALIZED, VMM_REQUEST_SET_MEM_TABLE, CALL,
		40, 40, 1, { 2, 0, 4096, 4096, 0 } },
	{ "SET_MEM_TABLE of 2^32-1 regions", STAGE_REALIZED, VMM_REQUEST_SET_MEM_TABLE, CALL, 40,
		40, 1, { UINT32_MAX, 0, 4096, 4096, 0 } },
	{ "ADD_MEM_REG of 32", STAGE_REALIZED, VMM_REQUEST_ADD_MEM_REG, CALL, 32, 32, 1,
		{ 0, 0, 4096, 4096 } },
	{ "GET_CONFIG of 4", STAGE_REALIZED, VMM_REQUEST_GET_CONFIG, 1, 4, 4, 0, { 0 } },
	{ "GET_CONFIG that claims more than it has room for", STAGE_REALIZED,
		VMM_REQUEST_GET_CONFIG, 1, 28, 28, 0, { UINT64_C(200) << 32 } },
	{ "GET_CONFIG past the end of 32 bits", STAGE_REALIZED, VMM_REQUEST_GET_CONFIG, 1, 28, 28,
		0, { UINT64_C(16) << 32 | 0xfffffff8u } },
	{ "SET_CONFIG past the config space", STAGE_REALIZED, VMM_REQUEST_SET_CONFIG, CALL, 28, 28,
		0, { UINT64_C(16) << 32 | 4096 } },
	{ "SET_CONFIG past the end of 32 bits", STAGE_REALIZED, VMM_REQUEST_SET_CONFIG, CALL, 28,
		28, 0, { UINT64_C(16) << 32 | 0xfffffff8u } },
	{ "SET_CONFIG that claims more than it has", STAGE_REALIZED, VMM_REQUEST_SET_CONFIG, CALL,
		16, 16, 0, { UINT64_C(16) << 32 } },
};

static const struct bad_message DESCRIPTORS[] = {
	{ "GET_FEATURES with a fd", STAGE_CONNECTED, VMM_REQUEST_GET_FEATURES, 1, 0, 0, 1, { 0 } },
	{ "SET_VRING_KICK without its fd", STAGE_REALIZED, VMM_REQUEST_SET_VRING_KICK, CALL, 8, 8,
		0, { 0 } },
	{ "SET_VRING_KICK with two", STAGE_REALIZED, VMM_REQUEST_SET_VRING_KICK, CALL, 8, 8, 2,
		{ 0 } },
	{ "SET_VRING_KICK with one that it denies", STAGE_REALIZED, VMM_REQUEST_SET_VRING_KICK,
		CALL, 8, 8, 1, { VMM_NO_FD } },
	{ "SET_VRING_CALL with 16", STAGE_REALIZED, VMM_REQUEST_SET_VRING_CALL, CALL, 8, 8, 16,
		{ 0 } },
	{ "SET_VRING_NUM with one", STAGE_REALIZED, VMM_REQUEST_SET_VRING_NUM, CALL, 8, 8, 1,
		{ UINT64_C(64) << 32 } },
	{ "SET_BACKEND_REQ_FD without one", STAGE_REALIZED, VMM_REQUEST_SET_BACKEND_REQ_FD, CALL, 0,
		0, 0, { 0 } },
	{ "SET_BACKEND_REQ_FD with two", STAGE_REALIZED, VMM_REQUEST_SET_BACKEND_REQ_FD, CALL, 0, 0,
		2, { 0 } },
	{ "GPU_SET_SOCKET without one", STAGE_REALIZED, VMM_REQUEST_GPU_SET_SOCKET, CALL, 0, 0, 0,
		{ 0 } },
	{ "ADD_MEM_REG without one", STAGE_REALIZED, VMM_REQUEST_ADD_MEM_REG, CALL, 40, 40, 0,
		{ 0, 0, 4096, 4096, 0 } },
	{ "ADD_MEM_REG with two", STAGE_REALIZED, VMM_REQUEST_ADD_MEM_REG, CALL, 40, 40, 2,
		{ 0, 0, 4096, 4096, 0 } },
	{ "ADD_MEM_REG with an eventfd", STAGE_REALIZED, VMM_REQUEST_ADD_MEM_REG, CALL, 40, 40, 1,
		{ 0, 0, 4096, 4096, 0 } },
	{ "SET_MEM_TABLE without its fd", STAGE_REALIZED, VMM_REQUEST_SET_MEM_TABLE, CALL, 40, 40,
		0, { 1, 0, 4096, 4096, 0 } },
	{ "SET_MEM_TABLE with an eventfd", STAGE_REALIZED, VMM_REQUEST_SET_MEM_TABLE, CALL, 40, 40,
		1, { 1, 0, 4096, 4096, 0 } },
	{ "SET_MEM_TABLE with two for one region", STAGE_REALIZED, VMM_REQUEST_SET_MEM_TABLE, CALL,
		40, 40, 2, { 1, 0, 4096, 4096, 0 } },
};

#define VRING(index, value)                                                                        \
	{                                                                                          \
		(uint64_t)(value) << 32 | (index)                                                  \
	}

static const struct bad_message VRINGS[] = {
	{ "SET_VRING_NUM of ring 2", STAGE_REALIZED, VMM_REQUEST_SET_VRING_NUM, CALL, 8, 8, 0,
		VRING(2, 64) },
	{ "SET_VRING_NUM of ring 2^32-1", STAGE_REALIZED, VMM_REQUEST_SET_VRING_NUM, CALL, 8, 8, 0,
		VRING(UINT32_MAX, 64) },
	{ "SET_VRING_NUM of 0", STAGE_REALIZED, VMM_REQUEST_SET_VRING_NUM, CALL, 8, 8, 0,
		VRING(0, 0) },
	{ "SET_VRING_NUM of 65536", STAGE_REALIZED, VMM_REQUEST_SET_VRING_NUM, CALL, 8, 8, 0,
		VRING(0, 65536) },
	{ "SET_VRING_NUM of 100", STAGE_REALIZED, VMM_REQUEST_SET_VRING_NUM, CALL, 8, 8, 0,
		VRING(0, 100) },
	{ "SET_VRING_BASE of ring 7", STAGE_REALIZED, VMM_REQUEST_SET_VRING_BASE, CALL, 8, 8, 0,
		VRING(7, 0) },
	{ "SET_VRING_BASE of 65536", STAGE_REALIZED, VMM_REQUEST_SET_VRING_BASE, CALL, 8, 8, 0,
		VRING(0, 65536) },
	{ "GET_VRING_BASE of ring 2", STAGE_RUNNING, VMM_REQUEST_GET_VRING_BASE, 1, 8, 8, 0,
		VRING(2, 0) },
	{ "SET_VRING_ENABLE of ring 2", STAGE_RUNNING, VMM_REQUEST_SET_VRING_ENABLE, CALL, 8, 8, 0,
		VRING(2, 1) },
	{ "SET_VRING_ENABLE of 2", STAGE_RUNNING, VMM_REQUEST_SET_VRING_ENABLE, CALL, 8, 8, 0,
		VRING(0, 2) },
	{ "SET_VRING_KICK of ring 2", STAGE_REALIZED, VMM_REQUEST_SET_VRING_KICK, CALL, 8, 8, 1,
		{ 2 } },
	{ "SET_VRING_CALL of ring 255", STAGE_REALIZED, VMM_REQUEST_SET_VRING_CALL, CALL, 8, 8, 1,
		{ 255 } },
	{ "SET_VRING_ADDR of ring 2", STAGE_RUNNING, VMM_REQUEST_SET_VRING_ADDR, CALL, 40, 40, 0,
		{ 2 } },
};

static void send_bad(const struct bad_message *message)
{
	int fds[16];

	for (uint32_t i = 0; i < message->fd_count; i++)
		fds[i] = eventfd(0, EFD_CLOEXEC);

	int err = vmm_send(&guest->vmm, message->request, message->flags, message->claimed_bytes,
		message->words, message->sent_bytes, fds, message->fd_count);

	assert_true(err == 0 || err == -ECONNRESET);
	for (uint32_t i = 0; i < message->fd_count; i++)
		close(fds[i]);
}

static void run_messages(const struct bad_message *messages, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		reach(messages[i].stage, &(struct guest_options){ 0 });

		size_t log_before = fixture_log_lines(&fixture);

		send_bad(&messages[i]);
		assert_refused(messages[i].what, log_before);
		fixture_unboot(&fixture, 1, guest);
	}
	assert_no_harm();
}

#define RUN(table) run_messages(table, sizeof(table) / sizeof((table)[0]))

static void test_headers(void **state)
{
	RUN(HEADERS);
}

static void test_sizes(void **state)
{
	RUN(SIZES);
}

static void test_descriptors(void **state)
{
	RUN(DESCRIPTORS);
}

static void test_vrings(void **state)
{
	RUN(VRINGS);
}

/* Rings that do not lie in memory, or not where a ring may lie (virtio 1.2, 2.7). */
static void test_ring_addresses(void **state)
{
	static const struct {
		const char *what;
		uint64_t desc, avail, used;
	} offsets[] = {
		{ "descriptors before the memory", UINT64_MAX - 0xffff, 0x2000, 0x3000 },
		{ "descriptors past the memory", GUEST_MEMORY_BYTES, 0x2000, 0x3000 },
		{ "descriptors over the end", GUEST_MEMORY_BYTES - 512, 0x2000, 0x3000 },
		{ "available ring over the end", 0x1000, GUEST_MEMORY_BYTES - 64, 0x3000 },
		{ "used ring over the end", 0x1000, 0x2000, GUEST_MEMORY_BYTES - 256 },
		{ "descriptors not aligned to 16", 0x1008, 0x2000, 0x3000 },
		{ "available ring not aligned to 2", 0x1000, 0x2001, 0x3000 },
		{ "used ring not aligned to 4", 0x1000, 0x2000, 0x3002 },
	};

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		reach(STAGE_RUNNING, &(struct guest_options){ .own_memory = false });

		uint64_t base = memory_region_user_addr(&guest->memory.regions[0]);
		struct vhost_vring_addr addr = {
			.desc_user_addr = base + offsets[i].desc,
			.avail_user_addr = base + offsets[i].avail,
			.used_user_addr = base + offsets[i].used,
		};
		size_t log_before = fixture_log_lines(&fixture);

		assert_int_equal(guest_pause(guest), 0);
		assert_int_equal(vmm_call_vring(&guest->vmm, VMM_REQUEST_SET_VRING_NUM, 0, 64), 0);
		/* It may be judged at once or when the ring is started. */
		if (vmm_send(&guest->vmm, VMM_REQUEST_SET_VRING_ADDR, CALL, sizeof(addr), &addr,
			    sizeof(addr), NULL, 0) == 0) {
			struct vmm_reply reply;
			uint64_t status = 0;
			int err = vmm_receive(&guest->vmm, &reply);

			memcpy(&status, reply.payload, sizeof(status));
			if (err == 0 && status == 0 &&
				vmm_call_vring(&guest->vmm, VMM_REQUEST_SET_VRING_ENABLE, 0, 1) ==
					0)
				ring_notify(&guest->control);
		}
		for (uint32_t k = 0; k < 100 && fixture_log_lines(&fixture) == log_before; k++)
			vmm_is_dropped(&guest->vmm, 10);
		if (fixture_log_lines(&fixture) == log_before)
			fail_msg("%s: nothing in the log", offsets[i].what);
		fixture_unboot(&fixture, 1, guest);
	}
	assert_no_harm();
}

/* Regions that make no sense, each by ADD_MEM_REG and by SET_MEM_TABLE. */
static void test_regions(void **state)
{
	static const struct {
		const char *what;
		uint64_t gpa, size_bytes, user_addr, offset;
	} regions[] = {
		{ "of no size", 0, 0, 0x10000000, 0 },
		{ "past the end of the guest's addresses", UINT64_MAX - 4095, 8192, 0x10000000, 0 },
		{ "past the end of the VMM's addresses", 0, 8192, UINT64_MAX - 4095, 0 },
		{ "past the end of file offsets", 0, 8192, 0x10000000, UINT64_MAX - 4095 },
		{ "with a file that is shorter", 0, 1 << 20, 0x10000000, 0 },
		{ "that begins after its file", 0, 4096, 0x10000000, 1 << 20 },
		{ "of 2^63 bytes", 0, UINT64_C(1) << 63, 0x10000000, 0 },
	};

	for (size_t i = 0; i < 2 * sizeof(regions) / sizeof(regions[0]); i++) {
		size_t r = i / 2;
		uint64_t payload[5] = { i % 2, regions[r].gpa, regions[r].size_bytes,
			regions[r].user_addr, regions[r].offset };
		uint32_t request = i % 2 ? VMM_REQUEST_SET_MEM_TABLE : VMM_REQUEST_ADD_MEM_REG;
		int fd = memfd_create("guest-memory", MFD_CLOEXEC);

		assert_int_equal(ftruncate(fd, 16384), 0);
		reach(STAGE_REALIZED, &(struct guest_options){ 0 });

		size_t log_before = fixture_log_lines(&fixture);

		assert_int_equal(vmm_send(&guest->vmm, request, CALL, sizeof(payload), payload,
					 sizeof(payload), &fd, 1),
			0);
		assert_refused(regions[r].what, log_before);
		close(fd);
		fixture_unboot(&fixture, 1, guest);
	}
	assert_no_harm();
}

static void test_overlapping_regions(void **state)
{
	struct memory memory;

	reach(STAGE_REALIZED, &(struct guest_options){ 0 });
	memory_init(&memory);
	for (uint32_t i = 0; i < 2; i++)
		assert_true(memory_add_region(&memory, &(struct memory_region_options){
							       .gpa = i * 4096,
							       .size_bytes = 16384,
						       }) >= 0);

	uint64_t payload[9] = { 2 };
	int fds[2] = { memory.regions[0].fd, memory.regions[1].fd };

	for (uint32_t i = 0; i < 2; i++) {
		payload[1 + 4 * i] = memory.regions[i].gpa;
		payload[2 + 4 * i] = memory.regions[i].size_bytes;
		payload[3 + 4 * i] = memory_region_user_addr(&memory.regions[i]);
	}

	size_t log_before = fixture_log_lines(&fixture);

	assert_int_equal(vmm_send(&guest->vmm, VMM_REQUEST_SET_MEM_TABLE, CALL, sizeof(payload),
				 payload, sizeof(payload), fds, 2),
		0);
	assert_refused("regions that overlap", log_before);
	memory_finish(&memory);
	fixture_unboot(&fixture, 1, guest);
	assert_no_harm();
}

/* ADD_MEM_REG without end: refused at the limit that GET_MAX_MEM_SLOTS named. */
static void test_too_many_regions(void **state)
{
	int fd = memfd_create("guest-memory", MFD_CLOEXEC);
	uint64_t limit = 0, count = 0;
	int err = 0;

	assert_int_equal(ftruncate(fd, 4096), 0);
	reach(STAGE_REALIZED, &(struct guest_options){ 0 });
	assert_int_equal(vmm_get_u64(&guest->vmm, VMM_REQUEST_GET_MAX_MEM_SLOTS, &limit), 0);
	assert_in_range(limit, 1, 4096);
	while (err == 0 && count <= limit) {
		uint64_t payload[5] = { 0, count * 4096, 4096, 0x10000000 + count * 4096, 0 };

		err = vmm_call(
			&guest->vmm, VMM_REQUEST_ADD_MEM_REG, payload, sizeof(payload), &fd, 1);
		count++;
	}
	assert_true(err < 0);
	assert_int_equal(count, limit + 1);
	close(fd);
	fixture_unboot(&fixture, 1, guest);
	assert_no_harm();
}

static void boot_expecting_trouble(const struct memory_region_options *region)
{
	char path[128];

	guest_init(guest, &(struct guest_options){ .own_memory = true, .vmm.timeout_ms = 1000 });
	assert_true(memory_add_region(&guest->memory, region) >= 0);
	assert_int_equal(fixture_socket(&fixture, 1, path, sizeof(path)), 0);
	guest_boot(guest, path);
	guest->gpu.timeout_ms = 500;
}

/* share=off: nothing can work, and nobody else says why. */
static void test_private_memory(void **state)
{
	size_t log_before = fixture_log_lines(&fixture);

	boot_expecting_trouble(&(struct memory_region_options){
		.size_bytes = GUEST_MEMORY_BYTES,
		.is_private = true,
	});
	if (guest->running)
		assert_true(gpu_get_display_info(&guest->gpu) < 0);
	assert_true(fixture_log_has(&fixture, log_before, "share"));
	fixture_unboot(&fixture, 1, guest);
	assert_no_harm();
}

/* QEMU kicks each ring when it starts it, with nothing in it: no reason to doubt the memory. */
static void test_early_kick(void **state)
{
	size_t log_before = fixture_log_lines(&fixture);
	uint64_t slots;

	boot_expecting_trouble(&(struct memory_region_options){ .size_bytes = GUEST_MEMORY_BYTES });
	ring_notify(&guest->control);
	/* Two turns of its loop, so that the kick was seen. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			vmm_get_u64(&guest->vmm, VMM_REQUEST_GET_MAX_MEM_SLOTS, &slots), 0);
	assert_int_equal(gpu_get_display_info(&guest->gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	assert_false(fixture_log_has(&fixture, log_before, "share"));
	fixture_unboot(&fixture, 1, guest);
}

/* QEMU's memory-backend-ram has no file at all, and so an empty table. */
static void test_no_memory(void **state)
{
	uint64_t empty = 0;
	size_t log_before;

	reach(STAGE_REALIZED, &(struct guest_options){ 0 });
	log_before = fixture_log_lines(&fixture);
	vmm_send(&guest->vmm, VMM_REQUEST_SET_MEM_TABLE, CALL, 8, &empty, 8, NULL, 0);
	vmm_call_vring(&guest->vmm, VMM_REQUEST_SET_VRING_ENABLE, 0, 1);
	vmm_is_dropped(&guest->vmm, 300);
	assert_true(fixture_log_has(&fixture, log_before, "memory"));
	fixture_unboot(&fixture, 1, guest);
	assert_no_harm();
}

static void test_short_file(void **state)
{
	size_t log_before = fixture_log_lines(&fixture);

	boot_expecting_trouble(&(struct memory_region_options){
		.size_bytes = GUEST_MEMORY_BYTES,
		.file_bytes = GUEST_MEMORY_BYTES / 2,
	});
	assert_false(guest->running);
	assert_true(fixture_log_lines(&fixture) > log_before);
	fixture_unboot(&fixture, 1, guest);
	assert_no_harm();
}

/* The file is cut while the guest runs: SIGBUS for whoever touches it. */
static void test_file_cut_later(void **state)
{
	boot_expecting_trouble(&(struct memory_region_options){
		.size_bytes = GUEST_MEMORY_BYTES,
		.unsealed = true,
	});
	if (guest->running) {
		int fd = guest->memory.regions[0].fd;

		assert_int_equal(ftruncate(fd, 0), 0);
		ring_notify(&guest->control);
		vmm_is_dropped(&guest->vmm, 300);
		/* So that this side may touch it again. */
		assert_int_equal(ftruncate(fd, GUEST_MEMORY_BYTES), 0);
	}
	fixture_unboot(&fixture, 1, guest);
	assert_no_harm();
}

/* Every possible request, with nothing, with a word and with much: no crash, no hang. */
static void test_sweep(void **state)
{
	static const uint32_t sizes[] = { 0, 4, 8, 40, 256 };
	static const uint8_t zeros[256];

	for (uint32_t request = 0; request < 48; request++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			reach(STAGE_REALIZED, &(struct guest_options){ 0 });
			vmm_send(&guest->vmm, request, CALL, sizes[i], zeros, sizes[i], NULL, 0);
			vmm_is_dropped(&guest->vmm, 0);
			fixture_unboot(&fixture, 1, guest);
		}
	}
	assert_no_harm();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_vrings),
		cmocka_unit_test(test_ring_addresses),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_overlapping_regions),
		cmocka_unit_test(test_too_many_regions),
		cmocka_unit_test(test_private_memory),
		cmocka_unit_test(test_early_kick),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_short_file),
		cmocka_unit_test(test_file_cut_later),
		cmocka_unit_test(test_sweep),
	};

	if (getenv("MULLION_TEST_BACKEND") != NULL) {
		print_message("skipped: another back end need not survive this\n");
		return MESON_SKIP;
	}
	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

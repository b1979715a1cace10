/* SPDX-License-Identifier: MIT */
/* vhost-user requests: exact sizes and descriptor counts, all others refused. */
#include "tests/unit.h"

#include "protocol/vhost_user.h"

#define CONFIG_BYTES 16u /* what the config requests of the table below are about */

/* By QEMU's docs/interop/vhost-user.rst, not by our decoder. */
static const struct {
	uint32_t request;
	const char *name;
	uint32_t size;
	uint32_t fds_min, fds_max;
} requests[] = {
	{ 1, "GET_FEATURES", 0, 0, 0 },
	{ 2, "SET_FEATURES", 8, 0, 0 },
	{ 3, "SET_OWNER", 0, 0, 0 },
	{ 4, "RESET_OWNER", 0, 0, 0 },
	{ 5, "SET_MEM_TABLE", 8 + 2 * 32, 2, 2 },
	{ 8, "SET_VRING_NUM", 8, 0, 0 },
	{ 9, "SET_VRING_ADDR", 40, 0, 0 },
	{ 10, "SET_VRING_BASE", 8, 0, 0 },
	{ 11, "GET_VRING_BASE", 8, 0, 0 },
	{ 12, "SET_VRING_KICK", 8, 1, 1 },
	{ 13, "SET_VRING_CALL", 8, 1, 1 },
	{ 14, "SET_VRING_ERR", 8, 1, 1 },
	{ 15, "GET_PROTOCOL_FEATURES", 0, 0, 0 },
	{ 16, "SET_PROTOCOL_FEATURES", 8, 0, 0 },
	{ 17, "GET_QUEUE_NUM", 0, 0, 0 },
	{ 18, "SET_VRING_ENABLE", 8, 0, 0 },
	{ 21, "SET_BACKEND_REQ_FD", 0, 1, 1 },
	{ 24, "GET_CONFIG", 12 + CONFIG_BYTES, 0, 0 },
	{ 25, "SET_CONFIG", 12 + CONFIG_BYTES, 0, 0 },
	{ 33, "GPU_SET_SOCKET", 0, 1, 1 },
	{ 34, "RESET_DEVICE", 0, 0, 0 },
	{ 36, "GET_MAX_MEM_SLOTS", 0, 0, 0 },
	{ 37, "ADD_MEM_REG", 40, 1, 1 },
	{ 38, "REM_MEM_REG", 40, 0, 1 },
};

static uint8_t payload[VHOST_USER_PAYLOAD_MAX];

static void put_u32(size_t at, uint32_t value)
{
	memcpy(payload + at, &value, sizeof(value));
}

static void put_u64(size_t at, uint64_t value)
{
	memcpy(payload + at, &value, sizeof(value));
}

/* A payload that every request of its size takes. */
static void fill_payload(uint32_t request)
{
	memset(payload, 0, sizeof(payload));
	if (request == VHOST_USER_SET_MEM_TABLE)
		put_u32(0, 2);
	if (request == VHOST_USER_GET_CONFIG || request == VHOST_USER_SET_CONFIG)
		put_u32(4, CONFIG_BYTES);
}

/* Decoded from a copy of exactly that size, so that the sanitizer sees one byte more. */
static const char *decode(
	uint32_t request, uint32_t size, size_t n_fds, struct vhost_user_message *message)
{
	struct vhost_user_header header = {
		.request = request,
		.flags = VHOST_USER_VERSION,
		.size = size,
	};
	uint8_t *copy = malloc(size ? size : 1);

	assert_null(vhost_user_check_header(&header));
	memcpy(copy, payload, size);
	const char *wrong = decode_vhost_user(&header, copy, n_fds, message);
	free(copy);
	return wrong;
}

static void test_every_request(void **state)
{
	struct vhost_user_message message;

	for (size_t i = 0; i < N(requests); i++) {
		fill_payload(requests[i].request);
		assert_string_equal(vhost_user_request_name(requests[i].request), requests[i].name);
		for (uint32_t size = 0; size <= VHOST_USER_PAYLOAD_MAX; size++) {
			bool right = size == requests[i].size;
			/* More room for regions than there are: as User Mode Linux sends it. */
			if (requests[i].request == VHOST_USER_SET_MEM_TABLE)
				right = size >= 72 && (size - 8) % 32 == 0;
			const char *wrong =
				decode(requests[i].request, size, requests[i].fds_min, &message);
			if (right != !wrong)
				fail_msg("%s of %u bytes: %s", requests[i].name, size,
					wrong ? wrong : "taken");
		}
	}
}

static void test_every_descriptor_count(void **state)
{
	struct vhost_user_message message;

	for (size_t i = 0; i < N(requests); i++) {
		fill_payload(requests[i].request);
		for (size_t n = 0; n <= 9; n++) {
			bool right = n >= requests[i].fds_min && n <= requests[i].fds_max;
			const char *wrong =
				decode(requests[i].request, requests[i].size, n, &message);
			if (right != !wrong)
				fail_msg("%s with %zu descriptors: %s", requests[i].name, n,
					wrong ? wrong : "taken");
		}
	}
}

static void test_headers(void **state)
{
	for (uint32_t request = 0; request < 300; request++) {
		bool known = false;
		for (size_t i = 0; i < N(requests); i++)
			known |= requests[i].request == request;
		struct vhost_user_header header = { request, VHOST_USER_VERSION, 0 };
		assert_int_equal(!vhost_user_check_header(&header), known);
		if (!known)
			assert_string_equal(vhost_user_request_name(request), "unknown");
	}
	struct vhost_user_header right = { 1, VHOST_USER_VERSION | VHOST_USER_FLAG_NEED_REPLY, 0 };
	assert_null(vhost_user_check_header(&right));
	struct vhost_user_header wrong[] = {
		{ 1, 0, 0 },
		{ 1, 2, 0 },
		{ 1, 3, 0 },
		{ 1, VHOST_USER_VERSION | VHOST_USER_FLAG_REPLY, 0 },
		{ 1, VHOST_USER_VERSION, VHOST_USER_PAYLOAD_MAX + 1 },
		{ 1, VHOST_USER_VERSION, UINT32_MAX },
		{ UINT32_MAX, VHOST_USER_VERSION, 0 },
	};
	for (size_t i = 0; i < N(wrong); i++)
		assert_non_null(vhost_user_check_header(&wrong[i]));
}

static void test_numbers(void **state)
{
	struct vhost_user_message m;

	memset(payload, 0, sizeof(payload));
	put_u64(0, 0x0123456789abcdef);
	assert_null(decode(VHOST_USER_SET_FEATURES, 8, 0, &m));
	assert_true(m.u64 == 0x0123456789abcdef);
	assert_null(decode(VHOST_USER_SET_VRING_NUM, 8, 0, &m));
	assert_int_equal(m.vring_state.index, 0x89abcdef);
	assert_int_equal(m.vring_state.num, 0x01234567);

	put_u32(0, 1);
	put_u32(4, 2);
	put_u64(8, 30);
	put_u64(16, 40);
	put_u64(24, 50);
	put_u64(32, 60);
	assert_null(decode(VHOST_USER_SET_VRING_ADDR, 40, 0, &m));
	assert_int_equal(m.vring_addr.index, 1);
	assert_int_equal(m.vring_addr.flags, 2);
	assert_int_equal(m.vring_addr.desc, 30);
	assert_int_equal(m.vring_addr.used, 40);
	assert_int_equal(m.vring_addr.avail, 50);
	assert_int_equal(m.vring_addr.log, 60);

	assert_null(decode(VHOST_USER_ADD_MEM_REG, 40, 1, &m));
	assert_int_equal(m.region.guest_addr, 30);
	assert_int_equal(m.region.size_bytes, 40);
	assert_int_equal(m.region.user_addr, 50);
	assert_int_equal(m.region.fd_offset, 60);
}

static void test_vring_descriptors(void **state)
{
	struct vhost_user_message m;

	for (uint32_t r = VHOST_USER_SET_VRING_KICK; r <= VHOST_USER_SET_VRING_ERR; r++) {
		memset(payload, 0, sizeof(payload));
		put_u64(0, 7);
		assert_null(decode(r, 8, 1, &m));
		assert_int_equal(m.vring_fd.index, 7);
		assert_false(m.vring_fd.no_fd);
		assert_non_null(decode(r, 8, 0, &m));
		put_u64(0, 0x1ff);
		assert_null(decode(r, 8, 0, &m));
		assert_int_equal(m.vring_fd.index, 255);
		assert_true(m.vring_fd.no_fd);
		assert_non_null(decode(r, 8, 1, &m));
	}
}

static void test_mem_tables(void **state)
{
	struct vhost_user_message m;

	memset(payload, 0, sizeof(payload));
	for (uint32_t i = 0; i < 8 * 32 / 8; i++)
		put_u64(8 + 8 * i, i);
	for (uint32_t n = 0; n <= 8; n++) {
		put_u32(0, n);
		assert_null(decode(VHOST_USER_SET_MEM_TABLE, 8 + n * 32, n, &m));
		assert_int_equal(m.table.n, n);
		for (uint32_t i = 0; i < n; i++) {
			assert_int_equal(m.table.regions[i].guest_addr, 4 * i);
			assert_int_equal(m.table.regions[i].size_bytes, 4 * i + 1);
			assert_int_equal(m.table.regions[i].user_addr, 4 * i + 2);
			assert_int_equal(m.table.regions[i].fd_offset, 4 * i + 3);
		}
		if (n)
			assert_non_null(decode(VHOST_USER_SET_MEM_TABLE, 8 + (n - 1) * 32, n, &m));
		assert_non_null(decode(VHOST_USER_SET_MEM_TABLE, 8 + n * 32, n + 1, &m));
	}
	put_u32(0, 9);
	assert_non_null(decode(VHOST_USER_SET_MEM_TABLE, 8 + 8 * 32, 8, &m));
	put_u32(0, UINT32_MAX);
	assert_non_null(decode(VHOST_USER_SET_MEM_TABLE, 8 + 8 * 32, 8, &m));
}

/* User Mode Linux (arch/um/drivers/virtio_uml.c): one region, always room for two. */
static void test_mem_table_of_uml(void **state)
{
	struct vhost_user_message m;

	memset(payload, 0, sizeof(payload));
	put_u32(0, 1);
	put_u64(8, 0x1000);
	assert_null(decode(VHOST_USER_SET_MEM_TABLE, 72, 1, &m));
	assert_int_equal(m.table.n, 1);
	assert_int_equal(m.table.regions[0].guest_addr, 0x1000);
	assert_non_null(decode(VHOST_USER_SET_MEM_TABLE, 72, 2, &m));
	assert_non_null(decode(VHOST_USER_SET_MEM_TABLE, 71, 1, &m));
	assert_non_null(decode(VHOST_USER_SET_MEM_TABLE, 73, 1, &m));
}

static void test_config(void **state)
{
	struct vhost_user_header header = { VHOST_USER_SET_CONFIG, VHOST_USER_VERSION, 0 };
	struct vhost_user_message m;

	memset(payload, 0, sizeof(payload));
	put_u32(0, 4);
	put_u32(8, 1);
	for (uint32_t n = 0; n <= VHOST_USER_CONFIG_MAX; n++) {
		put_u32(4, n);
		header.size = 12 + n;
		assert_null(decode_vhost_user(&header, payload, 0, &m));
		assert_int_equal(m.config.offset, 4);
		assert_int_equal(m.config.size, n);
		assert_int_equal(m.config.flags, 1);
		assert_ptr_equal(m.config.data, payload + 12);
		if (n)
			assert_non_null(decode(VHOST_USER_SET_CONFIG, 12 + n - 1, 0, &m));
		if (n < VHOST_USER_CONFIG_MAX)
			assert_non_null(decode(VHOST_USER_SET_CONFIG, 12 + n + 1, 0, &m));
	}
	put_u32(4, UINT32_MAX);
	assert_non_null(decode(VHOST_USER_SET_CONFIG, VHOST_USER_PAYLOAD_MAX, 0, &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_request),
		cmocka_unit_test(test_every_descriptor_count),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_vring_descriptors),
		cmocka_unit_test(test_mem_tables),
		cmocka_unit_test(test_mem_table_of_uml),
		cmocka_unit_test(test_config),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

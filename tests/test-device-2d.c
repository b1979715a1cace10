/* SPDX-License-Identifier: MIT */
/* Heads, pictures and cursor of a 2D guest on the real daemon, pixel by pixel. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OK VIRTIO_GPU_RESP_OK_NODATA
#define BYTES_PP 4u

static struct fixture fixture;
static struct gpu *gpu = &fixture.guest.gpu;

static int group_setup(void **state)
{
	return fixture_start(&fixture, 2, 2, NULL);
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

static int test_setup(void **state)
{
	fixture_boot(&fixture, 1, &fixture.guest, &(struct guest_options){ 0 });
	return 0;
}

static int test_teardown(void **state)
{
	fixture_unboot(&fixture, 1, &fixture.guest);
	return 0;
}

static bool is_one_of(int type, int a, int b)
{
	return type == a || type == b;
}

static struct span alloc(size_t size_bytes)
{
	struct span span = memory_alloc(&fixture.guest.memory, size_bytes, 4096);

	assert_non_null(span.data);
	return span;
}

static void expect(uint32_t scanout, const struct picture *picture)
{
	fixture_expect(&fixture, 1, &fixture.guest, scanout, picture);
}

static void test_display_info(void **state)
{
	assert_int_equal(gpu_get_display_info(gpu), VIRTIO_GPU_RESP_OK_DISPLAY_INFO);
	assert_int_equal(gpu->last_written_bytes, sizeof(gpu->last.display_info));
	for (uint32_t i = 0; i < VIRTIO_GPU_MAX_SCANOUTS; i++) {
		const struct virtio_gpu_display_one *one = &gpu->last.display_info.pmodes[i];

		assert_int_equal(one->enabled, i < fixture.head_count);
		if (i >= fixture.head_count)
			continue;
		assert_int_equal(one->r.width, FIXTURE_WIDTH_PX);
		assert_int_equal(one->r.height, FIXTURE_HEIGHT_PX);
	}
}

/* VESA E-EDID 1.4: header, checksums, and the first detailed timing as the head's size. */
static void test_edid(void **state)
{
	fixture_skip_foreign(&fixture, "its EDIDs are the VMM's");

	static const uint8_t header[8] = { 0, 255, 255, 255, 255, 255, 255, 0 };
	uint8_t first[128];

	for (uint32_t head = 0; head < fixture.head_count; head++) {
		const struct virtio_gpu_resp_edid *edid = &gpu->last.edid;

		assert_int_equal(gpu_get_edid(gpu, head), VIRTIO_GPU_RESP_OK_EDID);
		assert_true(edid->size >= 128 && edid->size <= 1024 && edid->size % 128 == 0);
		assert_memory_equal(edid->edid, header, sizeof(header));
		assert_int_equal(edid->edid[126], edid->size / 128 - 1);
		for (uint32_t block = 0; block < edid->size; block += 128) {
			uint8_t sum = 0;

			for (uint32_t i = 0; i < 128; i++)
				sum = (uint8_t)(sum + edid->edid[block + i]);
			assert_int_equal(sum, 0);
		}

		const uint8_t *timing = &edid->edid[54];

		assert_int_equal(timing[2] | (timing[4] & 0xf0) << 4, FIXTURE_WIDTH_PX);
		assert_int_equal(timing[5] | (timing[7] & 0xf0) << 4, FIXTURE_HEIGHT_PX);
		if (head == 0)
			memcpy(first, edid->edid, sizeof(first));
		else
			assert_memory_not_equal(first, edid->edid, sizeof(first));
	}
	assert_true(is_one_of(gpu_get_edid(gpu, fixture.head_count),
		VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID, VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER));
	assert_true(gpu_get_edid(gpu, UINT32_MAX) >= VIRTIO_GPU_RESP_ERR_UNSPEC);
}

static void test_full_frame(void **state)
{
	struct picture picture = picture_pattern(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX, 1);

	fixture_show(&fixture.guest, 1, 0, &picture);
	expect(0, &picture);
	picture_finish(&picture);
}

/* The channels of each format by the bytes in memory: its name lists them from the first on. */
static void test_formats(void **state)
{
	fixture_skip_foreign(&fixture, "it sends any format as if it were x8r8g8b8");

	static const struct {
		uint32_t format;
		uint8_t r, g, b; /* where in the pixel */
	} formats[] = {
		{ VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM, 2, 1, 0 },
		{ VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, 2, 1, 0 },
		{ VIRTIO_GPU_FORMAT_A8R8G8B8_UNORM, 1, 2, 3 },
		{ VIRTIO_GPU_FORMAT_X8R8G8B8_UNORM, 1, 2, 3 },
		{ VIRTIO_GPU_FORMAT_R8G8B8A8_UNORM, 0, 1, 2 },
		{ VIRTIO_GPU_FORMAT_X8B8G8R8_UNORM, 3, 2, 1 },
		{ VIRTIO_GPU_FORMAT_A8B8G8R8_UNORM, 3, 2, 1 },
		{ VIRTIO_GPU_FORMAT_R8G8B8X8_UNORM, 0, 1, 2 },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct picture picture = picture_pattern(16, 8, (uint32_t)i);
		struct virtio_gpu_rect all = gpu_rect(0, 0, 16, 8);
		struct span backing = alloc(16 * 8 * BYTES_PP);
		uint32_t resource = 10 + (uint32_t)i;

		memset(backing.data, 0xff, backing.size);
		for (uint32_t p = 0; p < 16 * 8; p++) {
			uint8_t *bytes = backing.data + p * BYTES_PP;

			bytes[formats[i].r] = (uint8_t)(picture.pixels[p] >> 16);
			bytes[formats[i].g] = (uint8_t)(picture.pixels[p] >> 8);
			bytes[formats[i].b] = (uint8_t)picture.pixels[p];
		}
		assert_int_equal(gpu_create_2d(gpu, resource, formats[i].format, 16, 8), OK);
		assert_int_equal(gpu_attach_backing(gpu, resource, &backing, 1), OK);
		assert_int_equal(gpu_transfer_to_host_2d(gpu, resource, all, 0), OK);
		assert_int_equal(gpu_set_scanout(gpu, 0, resource, all), OK);
		assert_int_equal(gpu_flush(gpu, resource, all), OK);
		expect(0, &picture);
		picture_finish(&picture);
	}
}

/* Backing in pieces of odd sizes, not in order of address, from both regions. */
static void test_scattered_backing(void **state)
{
	enum {
		WIDTH = 61,
		HEIGHT = 37,
		PIECES = 9
	};
	struct picture picture = picture_pattern(WIDTH, HEIGHT, 3);
	struct span pieces[PIECES];
	size_t left = WIDTH * HEIGHT * BYTES_PP, at = 0;

	fixture_unboot(&fixture, 1, &fixture.guest);
	fixture_boot(&fixture, 1, &fixture.guest,
		&(struct guest_options){ .high_memory_bytes = 1 << 20 });
	for (int i = PIECES - 1; i >= 0; i--) {
		size_t bytes = i == PIECES - 1 ? left - (size_t)(PIECES - 1) * 1003 : 1003;

		pieces[i] = memory_alloc_in(&fixture.guest.memory, (size_t)i % 2, bytes, 4);
		assert_non_null(pieces[i].data);
	}
	for (int i = 0; i < PIECES; i++) {
		memcpy(pieces[i].data, (uint8_t *)picture.pixels + at, pieces[i].size);
		at += pieces[i].size;
	}
	assert_int_equal(at, left);
	assert_int_equal(
		gpu_create_2d(gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, WIDTH, HEIGHT), OK);
	assert_int_equal(gpu_attach_backing(gpu, 1, pieces, PIECES), OK);
	assert_int_equal(gpu_transfer_to_host_2d(gpu, 1, gpu_rect(0, 0, WIDTH, HEIGHT), 0), OK);
	assert_int_equal(gpu_set_scanout(gpu, 0, 1, gpu_rect(0, 0, WIDTH, HEIGHT)), OK);
	assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, WIDTH, HEIGHT)), OK);
	expect(0, &picture);
	picture_finish(&picture);
}

/* virtio 1.2, 5.7.6.8: offset is where the rectangle begins in the backing. */
static void test_partial_transfer(void **state)
{
	enum {
		WIDTH = 40,
		HEIGHT = 30,
		X = 7,
		Y = 5,
		W = 11,
		H = 9
	};
	struct picture picture = picture_pattern(WIDTH, HEIGHT, 4);
	struct picture second = picture_pattern(WIDTH, HEIGHT, 5);
	struct span backing = fixture_show(&fixture.guest, 1, 0, &picture);

	memcpy(backing.data, second.pixels, backing.size);
	assert_int_equal(
		gpu_transfer_to_host_2d(gpu, 1, gpu_rect(X, Y, W, H), (Y * WIDTH + X) * BYTES_PP),
		OK);
	assert_int_equal(gpu_flush(gpu, 1, gpu_rect(X, Y, W, H)), OK);
	for (uint32_t y = Y; y < Y + H; y++)
		for (uint32_t x = X; x < X + W; x++)
			picture.pixels[y * WIDTH + x] = second.pixels[y * WIDTH + x];
	expect(0, &picture);

	/* The same place from another one: the lines keep the resource's stride. */
	assert_int_equal(gpu_transfer_to_host_2d(gpu, 1, gpu_rect(X, Y, W, H), 0), OK);
	assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, WIDTH, HEIGHT)), OK);
	for (uint32_t y = 0; y < H; y++)
		for (uint32_t x = 0; x < W; x++)
			picture.pixels[(Y + y) * WIDTH + X + x] = second.pixels[y * WIDTH + x];
	expect(0, &picture);
	picture_finish(&picture);
	picture_finish(&second);
}

static void test_single_pixels(void **state)
{
	struct picture picture = picture_pattern(33, 17, 6);
	struct span backing = fixture_show(&fixture.guest, 1, 0, &picture);
	static const uint32_t corners[4][2] = { { 0, 0 }, { 32, 0 }, { 0, 16 }, { 32, 16 } };

	for (size_t i = 0; i < 4; i++) {
		uint32_t x = corners[i][0], y = corners[i][1];
		uint32_t value = 0x102030u + (uint32_t)i, offset = (y * 33 + x) * BYTES_PP;

		memcpy(backing.data + offset, &value, sizeof(value));
		picture.pixels[y * 33 + x] = value;
		assert_int_equal(gpu_transfer_to_host_2d(gpu, 1, gpu_rect(x, y, 1, 1), offset), OK);
		assert_int_equal(gpu_flush(gpu, 1, gpu_rect(x, y, 1, 1)), OK);
	}
	expect(0, &picture);
	picture_finish(&picture);
}

/* A head may show a part of a resource, and two heads parts of the same. */
static void test_scanout_of_a_part(void **state)
{
	fixture_skip_foreign(&fixture, "it sends a part with the resource's coordinates");

	enum {
		WIDTH = 64,
		HEIGHT = 24
	};
	struct picture whole = picture_pattern(WIDTH, HEIGHT, 7);
	struct picture part[2] = { picture_make(32, 20), picture_make(32, 24) };
	static const struct virtio_gpu_rect rects[2] = { { 3, 4, 32, 20 }, { 32, 0, 32, 24 } };

	fixture_show(&fixture.guest, 1, 0, &whole);
	for (uint32_t head = 0; head < 2; head++) {
		assert_int_equal(gpu_set_scanout(gpu, head, 1, rects[head]), OK);
		for (uint32_t y = 0; y < rects[head].height; y++)
			for (uint32_t x = 0; x < rects[head].width; x++)
				part[head].pixels[y * rects[head].width + x] =
					picture_pattern_at(rects[head].x + x, rects[head].y + y, 7);
	}
	assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, WIDTH, HEIGHT)), OK);
	for (uint32_t head = 0; head < 2; head++) {
		expect(head, &part[head]);
		picture_finish(&part[head]);
	}
	picture_finish(&whole);
}

static void test_two_heads(void **state)
{
	struct picture a = picture_pattern(50, 40, 8), b = picture_pattern(30, 20, 9);

	fixture_show(&fixture.guest, 1, 0, &a);
	fixture_show(&fixture.guest, 2, 1, &b);
	expect(0, &a);
	expect(1, &b);
	picture_finish(&a);
	picture_finish(&b);
}

/* Double buffering: the head goes from one resource to another and back. */
static void test_page_flip(void **state)
{
	struct picture pictures[2] = { picture_pattern(48, 32, 10), picture_pattern(48, 32, 11) };
	struct virtio_gpu_rect all = gpu_rect(0, 0, 48, 32);

	fixture_show(&fixture.guest, 1, 0, &pictures[0]);
	fixture_show(&fixture.guest, 2, 0, &pictures[1]);
	expect(0, &pictures[1]);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(gpu_set_scanout(gpu, 0, 1 + i % 2, all), OK);
		assert_int_equal(gpu_flush(gpu, 1 + i % 2, all), OK);
		expect(0, &pictures[i % 2]);
	}
	picture_finish(&pictures[0]);
	picture_finish(&pictures[1]);
}

static void test_scanout_off(void **state)
{
	struct picture picture = picture_pattern(48, 32, 12);

	fixture_show(&fixture.guest, 1, 0, &picture);
	assert_int_equal(gpu_set_scanout(gpu, 0, 0, gpu_rect(0, 0, 0, 0)), OK);
	assert_int_equal(gpu_set_scanout(gpu, 0, 0, gpu_rect(0, 0, 0, 0)), OK);
	assert_int_equal(gpu_set_scanout(gpu, 0, 1, gpu_rect(0, 0, 48, 32)), OK);
	assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, 48, 32)), OK);
	expect(0, &picture);
	/* A resource may go while it is shown. */
	assert_int_equal(gpu_unref(gpu, 1), OK);
	assert_int_equal(
		gpu_flush(gpu, 1, gpu_rect(0, 0, 48, 32)), VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	fixture_show(&fixture.guest, 1, 0, &picture);
	expect(0, &picture);
	picture_finish(&picture);
}

/* What was transferred stays when the backing goes. */
static void test_detach_backing(void **state)
{
	struct picture picture = picture_pattern(48, 32, 13);
	struct span backing = fixture_show(&fixture.guest, 1, 0, &picture);

	assert_int_equal(gpu_detach_backing(gpu, 1), OK);
	memset(backing.data, 0, backing.size);
	assert_int_equal(gpu_flush(gpu, 1, gpu_rect(0, 0, 48, 32)), OK);
	expect(0, &picture);
	assert_true(gpu_transfer_to_host_2d(gpu, 1, gpu_rect(0, 0, 48, 32), 0) >=
		    VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_true(gpu_detach_backing(gpu, 1) >= VIRTIO_GPU_RESP_ERR_UNSPEC);
	assert_int_equal(gpu_attach_backing(gpu, 1, &backing, 1), OK);
	assert_true(gpu_attach_backing(gpu, 1, &backing, 1) >= VIRTIO_GPU_RESP_ERR_UNSPEC);
	picture_finish(&picture);
}

static void test_cursor(void **state)
{
	struct picture picture = picture_pattern(64, 64, 30);
	struct span backing = alloc(64 * 64 * BYTES_PP);
	const int bad = VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;

	memcpy(backing.data, picture.pixels, backing.size);
	assert_int_equal(gpu_create_2d(gpu, 1, VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM, 64, 64), OK);
	assert_int_equal(gpu_attach_backing(gpu, 1, &backing, 1), OK);
	assert_int_equal(gpu_transfer_to_host_2d(gpu, 1, gpu_rect(0, 0, 64, 64), 0), OK);
	/* Linux leaves no room for a response. */
	assert_int_equal(gpu_update_cursor(gpu, 0, 1, 20, 30, 4, 5), 0);
	assert_int_equal(gpu_move_cursor(gpu, 0, 1, 21, 31), 0);
	assert_int_equal(gpu_move_cursor(gpu, 0, 1, UINT32_MAX, UINT32_MAX), 0);
	if (fixture.foreign != NULL) {
		struct timespec moment = { 0, 50000000 };

		nanosleep(&moment, NULL);
		vmm_dispatch(&fixture.guest.vmm);
		assert_int_equal(fixture.guest.display.cursor.updates, 1);
		assert_int_equal(fixture.guest.display.cursor.moves, 2);
		assert_int_equal(fixture.guest.display.cursor.hot_y, 5);
		assert_memory_equal(
			fixture.guest.display.cursor.pixels, picture.pixels, backing.size);
		picture_finish(&picture);
		return;
	}

	gpu->cursor_response_bytes = sizeof(struct virtio_gpu_ctrl_hdr);
	assert_int_equal(gpu_update_cursor(gpu, 0, 1, 20, 30, 63, 63), OK);
	assert_int_equal(gpu_update_cursor(gpu, 0, 0, 20, 30, 0, 0), OK);
	assert_int_equal(gpu_update_cursor(gpu, 0, 99, 20, 30, 0, 0),
		VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID);
	assert_int_equal(gpu_update_cursor(gpu, 17, 1, 20, 30, 0, 0),
		VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID);
	/* virtio 1.2, 5.7.6.10: 64x64 and nothing else. */
	assert_int_equal(gpu_create_2d(gpu, 2, VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM, 32, 32), OK);
	assert_int_equal(gpu_create_2d(gpu, 3, VIRTIO_GPU_FORMAT_B8G8R8A8_UNORM, 64, 65), OK);
	assert_int_equal(gpu_update_cursor(gpu, 0, 2, 20, 30, 0, 0), bad);
	assert_int_equal(gpu_update_cursor(gpu, 0, 3, 20, 30, 0, 0), bad);
	picture_finish(&picture);
}

/* A guest without EDID, indirect tables and event_idx: the plainest there is. */
static void test_plain_guest(void **state)
{
	struct picture picture = picture_pattern(40, 30, 40);

	fixture_unboot(&fixture, 1, &fixture.guest);
	fixture_boot(&fixture, 1, &fixture.guest,
		&(struct guest_options){
			.vmm.features = VMM_BIT(32),
			.vmm.protocol_features = VMM_BIT(VMM_PROTOCOL_F_CONFIG),
		});
	fixture_show(&fixture.guest, 1, 0, &picture);
	expect(0, &picture);
	picture_finish(&picture);
}

#define DEVICE_TEST(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		DEVICE_TEST(test_display_info),
		DEVICE_TEST(test_edid),
		DEVICE_TEST(test_full_frame),
		DEVICE_TEST(test_formats),
		DEVICE_TEST(test_scattered_backing),
		DEVICE_TEST(test_partial_transfer),
		DEVICE_TEST(test_single_pixels),
		DEVICE_TEST(test_scanout_of_a_part),
		DEVICE_TEST(test_two_heads),
		DEVICE_TEST(test_page_flip),
		DEVICE_TEST(test_scanout_off),
		DEVICE_TEST(test_detach_backing),
		DEVICE_TEST(test_cursor),
		DEVICE_TEST(test_plain_guest),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

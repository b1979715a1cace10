/* SPDX-License-Identifier: MIT */
/* Scenes for a screen's planes. */
#include "tests/planes_world.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "compositor/surface/buffer.h"
#include "compositor/surface/dmabuf.h"
#include "tests/fake_planes.h"
#include "tests/unit.h"

struct kms_device device;
struct kms_planes planes;
struct kms_state_head state;
struct ways ways;
struct scene scene;
struct scene_item items[ITEMS_MAX];

/* -- a scene -- */

struct buffer *buffer_of_dmabuf(uint32_t width, uint32_t height, uint32_t fourcc)
{
	struct dmabuf_plane plane = { .fd = eventfd(0, EFD_CLOEXEC), .stride_bytes = width * 4 };
	struct buffer *buffer = calloc(1, sizeof(*buffer));

	wl_signal_init(&buffer->gone);
	buffer->kind = BUFFER_DMABUF;
	buffer->width_px = width;
	buffer->height_px = height;
	buffer->dmabuf = dmabuf_create(
		width, height, (struct format){ fourcc, DRM_FORMAT_MOD_LINEAR }, &plane, 1);
	return buffer_ref(buffer);
}

/* px for px, the scene's topmost; its buffer is the scene's. */
struct scene_item *add(struct buffer *take_buffer, int32_t x, int32_t y)
{
	struct scene_item *item = &items[scene.n_items++];
	const pixman_box32_t box = { x, y, x + take_buffer->width_px, y + take_buffer->height_px };

	*item = (struct scene_item){
		.buffer = take_buffer,
		.to_buffer = { { { 1, 0, -x }, { 0, 1, -y }, { 0, 0, 1 } } },
		.box = box,
		.clip = box,
		.is_opaque = buffer_is_opaque(take_buffer),
	};
	return item;
}

struct scene_item *add_window(void)
{
	return add(buffer_of_dmabuf(FAKE_WIDTH, FAKE_HEIGHT, DRM_FORMAT_XRGB8888), 0, 0);
}

struct scene_item *add_part(int32_t x, int32_t y)
{
	return add(buffer_of_dmabuf(64, 64, DRM_FORMAT_XRGB8888), x, y);
}

struct scene_item *add_colour(int32_t x, int32_t y, int32_t side)
{
	const pixman_color_t red = { 0xffff, 0, 0, 0xffff };
	struct scene_item *item = add(buffer_create_colour(&red), x, y);

	item->box.x2 = item->clip.x2 = x + side;
	item->box.y2 = item->clip.y2 = y + side;
	return item;
}

void scene_empty(void)
{
	for (uint32_t i = 0; i < scene.n_items; i++)
		buffer_unref(items[i].buffer);
	scene.n_items = 0;
}

int planes_world_setup(void **unused)
{
	fake_planes_init(&device);
	scene.items = items;
	state = (struct kms_state_head){ .width_px = FAKE_WIDTH, .height_px = FAKE_HEIGHT };
	ways = (struct ways){ 0 };
	return kms_planes_init(&planes, &device);
}

int planes_world_teardown(void **unused)
{
	scene_empty();
	kms_planes_finish(&planes);
	fake_planes_finish(&device);
	return 0;
}

/* -- frames -- */

void frame_with(const pixman_box32_t *damage)
{
	pixman_region32_t region;

	pixman_region32_init_rect(
		&region, damage->x1, damage->y1, damage->x2 - damage->x1, damage->y2 - damage->y1);
	kms_planes_spread(&planes, &scene, &region, &state, PAINTED);
	kms_planes_given(&planes, &state, &scene, &ways);
	kms_planes_shown(&planes, &state);
	pixman_region32_fini(&region);
}

static bool is_new(void)
{
	for (uint32_t i = 0; i < ways.n && i < WAYS_MAX; i++) {
		if (ways.items[i].reason == WAY_REASON_NEW)
			return true;
	}
	return false;
}

/* The first frame of a layout is painted; one of the next is as it stays. */
void frames(void)
{
	static const pixman_box32_t all = { 0, 0, FAKE_WIDTH, FAKE_HEIGHT };

	frame_with(&all);
	for (int tries = 0; tries < 10000; tries++) {
		frame_with(&all);
		if (!is_new())
			return;
		usleep(1000);
	}
	fail_msg("no search");
}

void expect(uint32_t item, enum way way, enum way_reason reason)
{
	assert_string_equal(way_text(ways.items[item].way), way_text(way));
	assert_int_equal(ways.items[item].reason, reason);
}

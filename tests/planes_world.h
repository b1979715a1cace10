/* SPDX-License-Identifier: MIT */
#ifndef PLANES_WORLD_H
#define PLANES_WORLD_H

/*
 * A screen's planes (fake_planes.h), a scene for them, and what came of it: one of each a
 * test. Asserts that all goes well.
 */

#include <stdint.h>

#include "compositor/kms/planes.h"
#include "compositor/ways.h"

#define PAINTED 999 /* the framebuffer of what is painted */
#define ITEMS_MAX 64

struct buffer;

extern struct kms_device device;
extern struct kms_planes planes;
extern struct kms_state_head state;
extern struct ways ways;
extern struct scene scene;
extern struct scene_item items[ITEMS_MAX];

int planes_world_setup(void **unused);
int planes_world_teardown(void **unused);

struct buffer *buffer_of_dmabuf(uint32_t width, uint32_t height, uint32_t fourcc);
/* px for px, the scene's topmost; its buffer is the scene's. */
struct scene_item *add(struct buffer *take_buffer, int32_t x, int32_t y);
/* A dma-buf that fills the screen; one of 64x64; a square of one colour. */
struct scene_item *add_window(void);
struct scene_item *add_part(int32_t x, int32_t y);
struct scene_item *add_colour(int32_t x, int32_t y, int32_t side);
void scene_empty(void);

void frame_with(const pixman_box32_t *damage);
/* The first frame of a layout is painted; one of the next is as it stays. */
void frames(void);
void expect(uint32_t item, enum way way, enum way_reason reason);

#define PLANES_TEST(name)                                                                          \
	cmocka_unit_test_setup_teardown(name, planes_world_setup, planes_world_teardown)

#endif

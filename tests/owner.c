/* SPDX-License-Identifier: MIT */
/* A presenter's owner, in place of the daemon. */
#include "tests/owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "base/clock.h"
#include "base/io.h"

#define POLL_NS (5 * NSEC_PER_MSEC)

static void owner_handle_frame_done(void *data, uint32_t head, enum presenter_plane plane)
{
	struct owner *owner = data;

	assert_true(!owner->in_call);
	owner->frames_done[head][plane]++;
	assert_true(owner->frames_done[head][plane] <= owner->shows[head][plane]);
	if (!owner->destroys_in_frame_done)
		return;
	owner->interface->destroy(owner->presenter);
	owner->presenter = NULL;
}

static void owner_handle_released(void *data, struct picture *picture)
{
	struct owner *owner = data;

	assert_true(!owner->in_call);
	container_of(picture, struct owner_picture, picture)->released++;
}

static void owner_handle_failed(void *data, struct picture *picture)
{
	struct owner *owner = data;

	assert_true(!owner->in_call);
	container_of(picture, struct owner_picture, picture)->failed++;
}

static void owner_handle_closed(void *data, uint32_t head)
{
	struct owner *owner = data;

	assert_true(!owner->in_call);
	owner->closed[head]++;
}

static void owner_handle_committed(void *data, uint32_t head, int64_t flush_ns)
{
	struct owner *owner = data;

	assert_true(!owner->in_call);
	owner->committed[head]++;
}

static void owner_handle_discarded(void *data, uint32_t head)
{
	struct owner *owner = data;

	assert_true(!owner->in_call);
	owner->discarded[head]++;
}

static void owner_handle_presented(
	void *data, uint32_t head, int64_t flush_ns, int64_t presented_ns)
{
	struct owner *owner = data;

	assert_true(!owner->in_call);
	owner->presented[head]++;
	owner->presented_ns[head] = presented_ns;
	if (!presented_ns)
		return;
	owner->timed[head]++;
	assert_true(presented_ns >= flush_ns);
	assert_true(presented_ns <= clock_now_ns() + NSEC_PER_SEC);
}

static void owner_handle_resized(void *data, uint32_t head, uint32_t width_px, uint32_t height_px)
{
	struct owner *owner = data;

	assert_true(!owner->in_call);
	owner->resized[head].times++;
	owner->resized[head].width_px = width_px;
	owner->resized[head].height_px = height_px;
}

static const struct presenter_listener owner_listener = {
	.frame_done = owner_handle_frame_done,
	.released = owner_handle_released,
	.failed = owner_handle_failed,
	.closed = owner_handle_closed,
	.committed = owner_handle_committed,
	.presented = owner_handle_presented,
	.resized = owner_handle_resized,
	.discarded = owner_handle_discarded,
};

static void owner_handle_poll(struct loop_timer *timer)
{
	struct owner *owner = container_of(timer, struct owner, poll);

	owner->is_met = owner->condition && owner->condition(owner->condition_data);
	if (owner->is_met || clock_now_ns() >= owner->deadline_ns)
		loop_stop(&owner->loop, 0);
	else
		loop_timer_set(&owner->poll, POLL_NS);
}

void owner_init(struct owner *owner, const struct presenter_interface *interface,
	const char *display, uint32_t n_heads, uint32_t width_px, uint32_t height_px)
{
	owner_init_output(owner, interface, display, n_heads, width_px, height_px, NULL);
}

void owner_init_output(struct owner *owner, const struct presenter_interface *interface,
	const char *display, uint32_t n_heads, uint32_t width_px, uint32_t height_px,
	const char *output)
{
	struct presenter_config config = {
		.guest = "g1",
		.n_heads = n_heads,
		.wayland_display = display,
		.outputs = { output },
	};
	for (uint32_t i = 0; i < n_heads; i++)
		config.heads[i] = (struct presenter_head_config){ width_px, height_px, 60000 };
	owner_init_with(owner, interface, &config);
}

void owner_init_with(struct owner *owner, const struct presenter_interface *interface,
	const struct presenter_config *config)
{
	assert_true(config->n_heads <= OWNER_HEADS);
	*owner = (struct owner){ .interface = interface };
	int ret = loop_init(&owner->loop);
	assert_int_equal(ret, 0);
	ret = loop_timer_init(&owner->poll, &owner->loop, owner_handle_poll);
	assert_int_equal(ret, 0);
	owner->presenter = interface->create(&owner->loop, config, &owner_listener, owner);
	assert_true(owner->presenter);
}

void owner_finish(struct owner *owner)
{
	if (!owner->interface)
		return;
	owner->interface->destroy(owner->presenter);
	owner->presenter = NULL;
	loop_timer_finish(&owner->poll);
	loop_finish(&owner->loop);
	owner->interface = NULL;
}

bool owner_run_until(struct owner *owner, bool (*condition)(void *data), void *data, int limit_ms)
{
	owner->condition = condition;
	owner->condition_data = data;
	owner->deadline_ns = clock_now_ns() + limit_ms * NSEC_PER_MSEC;
	owner->is_met = false;
	owner->loop.stop = false;
	loop_timer_set(&owner->poll, 1);
	loop_run(&owner->loop);
	return owner->is_met;
}

void owner_run_for(struct owner *owner, int ms)
{
	owner_run_until(owner, NULL, NULL, ms);
}

static bool owner_is_done(void *data)
{
	struct owner *owner = data;

	for (uint32_t i = 0; i < OWNER_HEADS; i++) {
		for (int plane = 0; plane < 2; plane++) {
			if (owner->frames_done[i][plane] != owner->shows[i][plane])
				return false;
		}
	}
	return true;
}

bool owner_run_until_done(struct owner *owner)
{
	return owner_run_until(owner, owner_is_done, owner, OWNER_LIMIT_MS);
}

struct owner_head {
	const struct owner *owner;
	uint32_t head;
};

static bool owner_has_seen(void *data)
{
	const struct owner *owner = ((struct owner_head *)data)->owner;
	uint32_t head = ((struct owner_head *)data)->head;

	return owner->presented[head] + owner->discarded[head] == owner->committed[head];
}

bool owner_run_until_seen(struct owner *owner, uint32_t head)
{
	struct owner_head wanted = { owner, head };

	return owner_run_until(owner, owner_has_seen, &wanted, OWNER_LIMIT_MS);
}

void owner_import(struct owner *owner, struct owner_picture *picture, uint32_t width_px,
	uint32_t height_px, uint32_t fourcc, bool bottom_up)
{
	/* Neither offset nor stride as one would guess. */
	uint32_t stride_bytes = (width_px + 3) * 4, offset_bytes = 4096;
	size_t size_bytes = offset_bytes + (size_t)stride_bytes * height_px;
	int fd = memfd_create_sealed("picture", size_bytes);

	assert_true(fd >= 0);
	*picture = (struct owner_picture){
		.picture = {
			.kind = PICTURE_KIND_SHM,
			.fd = fd,
			.width_px = width_px,
			.height_px = height_px,
			.stride_bytes = stride_bytes,
			.offset_bytes = offset_bytes,
			.fourcc = fourcc,
			.modifier = DRM_FORMAT_MOD_LINEAR,
			.bottom_up = bottom_up,
		},
		.pixels = memfd_map(fd, size_bytes, PROT_READ | PROT_WRITE),
		.size_bytes = size_bytes,
	};
	assert_true(picture->pixels);
	owner->in_call = true;
	int ret = owner->interface->import(owner->presenter, &picture->picture);
	owner->in_call = false;
	assert_int_equal(ret, 0);
}

void owner_forget(struct owner *owner, struct owner_picture *picture)
{
	owner->in_call = true;
	if (owner->presenter)
		owner->interface->forget(owner->presenter, &picture->picture);
	owner->in_call = false;
	assert_true(!picture->picture.presenter_data);
	munmap(picture->pixels, picture->size_bytes);
	fd_close(&picture->picture.fd);
}

void owner_show(struct owner *owner, uint32_t head, struct owner_picture *picture,
	const struct picture_box *damage)
{
	struct picture_box all = {
		.width = picture->picture.width_px,
		.height = picture->picture.height_px,
	};

	assert_true(owner->shows[head][0] == owner->frames_done[head][0]);
	owner->shows[head][0]++;
	owner->in_call = true;
	owner->interface->show(owner->presenter, head, &picture->picture, damage ? damage : &all,
		clock_now_ns());
	owner->in_call = false;
}

void owner_show_new(struct owner *owner, struct owner_picture *picture, uint32_t head,
	uint32_t width_px, uint32_t height_px, uint32_t seed)
{
	owner_import(owner, picture, width_px, height_px, DRM_FORMAT_XRGB8888, seed % 2);
	owner_picture_fill(
		picture, &(struct picture_box){ .width = width_px, .height = height_px }, seed);
	owner_show(owner, head, picture, NULL);
}

void owner_blank(struct owner *owner, uint32_t head)
{
	owner->in_call = true;
	owner->interface->blank(owner->presenter, head);
	owner->in_call = false;
}

void owner_cursor(struct owner *owner, uint32_t head, struct owner_picture *picture, uint32_t hot_x,
	uint32_t hot_y)
{
	assert_true(owner->shows[head][1] == owner->frames_done[head][1]);
	owner->shows[head][1]++;
	owner->in_call = true;
	owner->interface->cursor(
		owner->presenter, head, picture ? &picture->picture : NULL, hot_x, hot_y);
	owner->in_call = false;
}

void owner_cursor_move(struct owner *owner, uint32_t head, int32_t x, int32_t y)
{
	owner->in_call = true;
	owner->interface->cursor_move(owner->presenter, head, x, y);
	owner->in_call = false;
}

void owner_notice(struct owner *owner, uint32_t head, const char *text, bool covers)
{
	owner->in_call = true;
	owner->interface->notice(owner->presenter, head, text, covers);
	owner->in_call = false;
}

void owner_set_mode(struct owner *owner, uint32_t head, uint32_t width_px, uint32_t height_px)
{
	struct presenter_head_config mode = { width_px, height_px, 60000 };

	owner->in_call = true;
	owner->interface->set_mode(owner->presenter, head, &mode);
	owner->in_call = false;
}

void owner_open(struct owner *owner, uint32_t head)
{
	owner->in_call = true;
	owner->interface->open(owner->presenter, head);
	owner->in_call = false;
}

const char *owner_trouble(struct owner *owner)
{
	struct presenter_state state;

	owner->interface->describe(owner->presenter, &state);
	return state.trouble;
}

static void owner_print_difference(
	uint32_t output, const struct image *shot, const struct image *expected)
{
	size_t count = (size_t)expected->width_px * expected->height_px;
	size_t wrong = image_difference(shot, expected), printed = 0;

	fprintf(stderr, "output %u, %ux%u: %zu px are not as expected\n", output, shot->width_px,
		shot->height_px, wrong);
	if (shot->width_px != expected->width_px || shot->height_px != expected->height_px)
		return;
	for (size_t i = 0; i < count && printed < 3; i++) {
		if (shot->pixels[i] == expected->pixels[i] || expected->pixels[i] == IMAGE_ANY)
			continue;
		fprintf(stderr, "  (%zu, %zu): %06x instead of %06x\n", i % shot->width_px,
			i / shot->width_px, shot->pixels[i], expected->pixels[i]);
		printed++;
	}
}

void owner_expect(struct owner *owner, const struct compositor *compositor, uint32_t output,
	struct image expected)
{
	int64_t deadline_ns = clock_now_ns() + OWNER_LIMIT_MS * NSEC_PER_MSEC;
	bool is_late = false;
	size_t wrong = 1;

	while (wrong && !is_late) {
		struct image shot = { 0 };
		owner_run_for(owner, 10);
		int ret = compositor_screenshot(compositor, output, &shot);
		assert_int_equal(ret, 0);
		wrong = image_difference(&shot, &expected);
		is_late = clock_now_ns() >= deadline_ns;
		if (wrong && is_late)
			owner_print_difference(output, &shot, &expected);
		image_finish(&shot);
	}
	image_finish(&expected);
	assert_int_equal(wrong, 0);
}

void owner_picture_set(
	struct owner_picture *picture, uint32_t x, uint32_t y, uint8_t alpha, uint32_t colour)
{
	const struct picture *to = &picture->picture;
	uint32_t row = to->bottom_up ? to->height_px - 1 - y : y;
	uint32_t pixel = colour & 0xffffff;

	if (to->fourcc == DRM_FORMAT_XBGR8888 || to->fourcc == DRM_FORMAT_ABGR8888)
		pixel = (colour & 0xff) << 16 | (colour & 0xff00) | (colour >> 16 & 0xff);
	pixel |= (uint32_t)alpha << 24;
	picture->pixels[(to->offset_bytes + (size_t)row * to->stride_bytes) / 4 + x] = pixel;
}

uint32_t owner_pattern(uint32_t x, uint32_t y, uint32_t seed)
{
	uint32_t v = x * 2654435761u ^ y * 2246822519u ^ seed * 3266489917u;

	return (v ^ v >> 13) & 0xffffff;
}

void owner_pattern_draw(const struct image *image, uint32_t x, uint32_t y,
	const struct picture_box *box, uint32_t seed)
{
	for (uint32_t row = 0; row < box->height; row++) {
		for (uint32_t column = 0; column < box->width; column++)
			*image_at(image, x + column, y + row) =
				owner_pattern(box->x + column, box->y + row, seed);
	}
}

struct image owner_pattern_image(const struct picture_box *box, uint32_t seed)
{
	struct image image = image_make(box->width, box->height, 0);

	owner_pattern_draw(&image, 0, 0, box, seed);
	return image;
}

/* weston's screenshooter takes the unused byte for alpha: it is opaque where there is none. */
void owner_picture_fill(struct owner_picture *picture, const struct picture_box *box, uint32_t seed)
{
	uint32_t fourcc = picture->picture.fourcc;
	bool has_alpha = fourcc == DRM_FORMAT_ARGB8888 || fourcc == DRM_FORMAT_ABGR8888;

	for (uint32_t y = box->y; y < box->y + box->height; y++) {
		for (uint32_t x = box->x; x < box->x + box->width; x++)
			owner_picture_set(picture, x, y, has_alpha ? (uint8_t)(x + y) : 255,
				owner_pattern(x, y, seed));
	}
}

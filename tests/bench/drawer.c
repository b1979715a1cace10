/* SPDX-License-Identifier: MIT */
/* A container's program that draws the same frame over and over. */
#include "drawer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define QUEUED 3 /* submissions that a hog has in flight */

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* The shader loops for a while, so that a submission costs the GPU and little else. */
void drawer_start(struct drawer *drawer)
{
	static const char shader[] = "FRAG\n"
				     "DCL IN[0], COLOR, LINEAR\n"
				     "DCL OUT[0], COLOR\n"
				     "DCL TEMP[0..1]\n"
				     "IMM[0] FLT32 { 0.5, 0.0, 1.0, 64.0 }\n"
				     "  0: MOV TEMP[0], IN[0]\n"
				     "  1: MOV TEMP[1], IMM[0].yyyy\n"
				     "  2: BGNLOOP\n"
				     "  3: MAD TEMP[0], TEMP[0], IMM[0].xxxx, IN[0]\n"
				     "  4: ADD TEMP[1].x, TEMP[1].xxxx, IMM[0].zzzz\n"
				     "  5: SLT TEMP[1].y, IMM[0].wwww, TEMP[1].xxxx\n"
				     "  6: IF TEMP[1].yyyy\n"
				     "  7: BRK\n"
				     "  8: ENDIF\n"
				     "  9: ENDLOOP\n"
				     " 10: MOV OUT[0], TEMP[0]\n"
				     " 11: END\n";
	static const struct virgl_vertex corners[3] = {
		{ { -1, -1, 0, 1 }, { 1, 0, 0, 1 } },
		{ { 3, -1, 0, 1 }, { 1, 0, 0, 1 } },
		{ { -1, 3, 0, 1 }, { 1, 0, 0, 1 } },
	};
	uint32_t vertices[] = { 4, VIRGL_TARGET_BUFFER, VIRGL_FORMAT_R8, VIRGL_BIND_VERTEX_BUFFER,
		sizeof(corners), 1, 1, 1, 0, 0, 0 };
	char path[160];

	snprintf(path, sizeof(path), "%s/%s/vtest.sock", drawer->fixture->dir, drawer->guest);
	assert_int_equal(process_wait_socket((struct process *)&drawer->fixture->daemon, path, VTEST_WAIT_MS), 0);
	client_start(&drawer->client, path, 2);
	client_create(&drawer->client, &drawer->target, 1, 256, 256);
	client_send(&drawer->client, 11, CREATE2, vertices, 11);
	struct virgl_stream *stream = &drawer->stream;
	virgl_stream_init(stream);
	virgl_create_surface(stream, 1, drawer->target.id, VIRGL_FORMAT_B8G8R8A8);
	virgl_set_framebuffer(stream, 1);
	virgl_triangle_state(stream, 200, 4, 256, 256);
	virgl_create_shader(stream, 210, VIRGL_SHADER_FRAGMENT, shader);
	virgl_bind_shader(stream, 210, VIRGL_SHADER_FRAGMENT);
	virgl_inline_write(stream, 4, 0, corners, sizeof(corners));
	virgl_draw(stream, VIRGL_PRIMITIVE_TRIANGLES, 0, 3);
	client_send(&drawer->client, stream->count, SUBMIT, stream->words, stream->count);
	client_busy_wait(&drawer->client, true);
	virgl_stream_reset(stream);
	for (uint32_t i = 0; i < drawer->n_draws; i++)
		virgl_draw(stream, VIRGL_PRIMITIVE_TRIANGLES, 0, 3);
}

void drawer_finish(struct drawer *drawer)
{
	client_disconnect(&drawer->client);
	target_finish(&drawer->target);
	virgl_stream_finish(&drawer->stream);
}

static void drawer_submit(struct drawer *drawer)
{
	uint32_t wait[2] = { 0, 1 };

	client_send(&drawer->client, drawer->stream.count, SUBMIT, drawer->stream.words,
		drawer->stream.count);
	client_send(&drawer->client, 2, BUSY_WAIT, wait, 2);
}

static void drawer_await(struct drawer *drawer)
{
	uint32_t busy;
	client_expect(&drawer->client, 1, BUSY_WAIT, &busy);
}

static void draw_hog(struct drawer *drawer)
{
	for (uint32_t i = 0; i < QUEUED; i++)
		drawer_submit(drawer);
	while (!atomic_load(&drawer->stop)) {
		drawer_await(drawer);
		atomic_fetch_add(&drawer->done, 1);
		drawer_submit(drawer);
	}
	for (uint32_t i = 0; i < QUEUED; i++)
		drawer_await(drawer);
}

static void draw_frames(struct drawer *drawer)
{
	int64_t begin_ns = now_ns();

	for (uint32_t i = 0; i < DRAWER_FRAMES_MAX && !atomic_load(&drawer->stop); i++) {
		int64_t due_ns = begin_ns + i * (int64_t)DRAWER_FRAME_NS;
		struct timespec at = { due_ns / 1000000000, due_ns % 1000000000 };

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		int64_t from_ns = now_ns();
		drawer_submit(drawer);
		drawer_await(drawer);
		drawer->took_ns[i] = now_ns() - from_ns;
		drawer->late_ns[i] = now_ns() - due_ns - DRAWER_FRAME_NS;
		atomic_fetch_add(&drawer->done, 1);
	}
}

static void *draw(void *data)
{
	struct drawer *drawer = data;

	if (drawer->frames)
		draw_frames(drawer);
	else
		draw_hog(drawer);
	return NULL;
}

void drawer_begin(struct drawer *drawer)
{
	atomic_store(&drawer->stop, false);
	pthread_create(&drawer->thread, NULL, draw, drawer);
}

void drawer_end(struct drawer *drawer)
{
	atomic_store(&drawer->stop, true);
	pthread_join(drawer->thread, NULL);
}

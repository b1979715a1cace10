/* SPDX-License-Identifier: MIT */
/*
 * A program and a VM draw while others want the GPU all the time: their streams are cut, and
 * their pictures are the same as alone.
 */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/virgl.h"
#include "scene.h"
#include "vtest_client.h"

#define SIDE_PX 96
#define TRIANGLES 64
#define ROUNDS 20
#define HOGS 2

static struct fixture fixture;
static atomic_bool stop;

static void path_of(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s/vtest.sock", fixture.dir, name);
	assert_int_equal(process_wait_socket(&fixture.daemon, path, VTEST_WAIT_MS), 0);
}

/* A program with a target, and triangles at random in a buffer: the same ones each time. */
struct artist {
	struct client client;
	struct target target;
	struct virgl_stream stream; /* all of it at once */
};

static float coordinate(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return (float)(*seed >> 16) / 32768.0f - 1.0f;
}

static void artist_start(struct artist *artist, const char *name)
{
	static struct virgl_vertex vertices[3 * TRIANGLES];
	uint32_t create[] = { 4, VIRGL_TARGET_BUFFER, VIRGL_FORMAT_R8, VIRGL_BIND_VERTEX_BUFFER,
		sizeof(vertices), 1, 1, 1, 0, 0, 0 };
	uint32_t seed = 7;
	char path[160];

	for (uint32_t i = 0; i < 3 * TRIANGLES; i++)
		vertices[i] = (struct virgl_vertex){
			{ coordinate(&seed), coordinate(&seed), 0, 1 },
			{ coordinate(&seed), coordinate(&seed), coordinate(&seed), 1 },
		};
	path_of(name, path, sizeof(path));
	client_start(&artist->client, path, 2);
	client_create(&artist->client, &artist->target, 1, SIDE_PX, SIDE_PX);
	client_send(&artist->client, 11, CREATE2, create, 11);
	struct virgl_stream *stream = &artist->stream;
	virgl_stream_init(stream);
	virgl_create_surface(stream, 1, artist->target.id, VIRGL_FORMAT_B8G8R8A8);
	virgl_triangle_state(stream, 200, 4, SIDE_PX, SIDE_PX);
	virgl_inline_write(stream, 4, 0, vertices, sizeof(vertices));
	client_send(&artist->client, stream->count, SUBMIT, stream->words, stream->count);
	virgl_stream_reset(stream);
	virgl_set_framebuffer(stream, 1);
	virgl_clear(stream, 0, 0, 0, 1);
	for (uint32_t i = 0; i < TRIANGLES; i++)
		virgl_draw(stream, VIRGL_PRIMITIVE_TRIANGLES, 3 * i, 3);
}

static void artist_finish(struct artist *artist)
{
	client_disconnect(&artist->client);
	target_finish(&artist->target);
	virgl_stream_finish(&artist->stream);
}

static void artist_draw(struct artist *artist)
{
	client_send(&artist->client, artist->stream.count, SUBMIT, artist->stream.words,
		artist->stream.count);
}

/* Into the target's memory. */
static void artist_look(struct artist *artist)
{
	const struct target *target = &artist->target;
	uint32_t get[] = { target->id, 0, 0, 0, 0, target->width_px, target->height_px, 1,
		target->bytes, 0 };

	client_send(&artist->client, 10, GET2, get, 10);
	client_busy_wait(&artist->client, true);
}

/* Always with something queued. */
static void *be_a_hog(void *data)
{
	struct artist hog;
	uint32_t wait[2] = { 0, 1 }, busy;

	artist_start(&hog, data);
	artist_draw(&hog);
	client_send(&hog.client, 2, BUSY_WAIT, wait, 2);
	while (!atomic_load(&stop)) {
		artist_draw(&hog);
		client_send(&hog.client, 2, BUSY_WAIT, wait, 2);
		client_expect(&hog.client, 1, BUSY_WAIT, &busy);
	}
	client_expect(&hog.client, 1, BUSY_WAIT, &busy);
	artist_finish(&hog);
	return NULL;
}

static void hogs_start(pthread_t threads[static HOGS])
{
	atomic_store(&stop, false);
	for (int i = 0; i < HOGS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, be_a_hog, i ? "hog2" : "hog1"), 0);
}

static void hogs_stop(pthread_t threads[static HOGS])
{
	atomic_store(&stop, true);
	for (int i = 0; i < HOGS; i++)
		pthread_join(threads[i], NULL);
}

/* Of what mullionctl stats says: the guests with this number above 0. */
static uint32_t guests_with(const char *key)
{
	char path[96], bytes[32768], quoted[64];
	uint32_t n = 0;

	assert_int_equal(fixture_ctl(&fixture, "--json stats"), 0);
	snprintf(path, sizeof(path), "%s/ctl", fixture.dir);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	bytes[fread(bytes, 1, sizeof(bytes) - 1, file)] = '\0';
	fclose(file);
	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	for (char *at = bytes; (at = strstr(at, quoted)); at++)
		n += atoi(at + strlen(quoted)) > 0;
	return n;
}

static void test_program(void **state)
{
	uint8_t *alone = malloc(SIDE_PX * SIDE_PX * 4);
	pthread_t threads[HOGS];
	struct artist artist;

	artist_start(&artist, "apps");
	artist_draw(&artist);
	artist_look(&artist);
	memcpy(alone, artist.target.memory, artist.target.bytes);
	assert_memory_not_equal(alone, alone + SIDE_PX * SIDE_PX * 2, SIDE_PX * SIDE_PX * 2);
	assert_int_equal(guests_with("chunks"), 0);
	hogs_start(threads);
	for (int i = 0; i < ROUNDS || guests_with("chunks") < 3; i++) {
		memset(artist.target.memory, 0, artist.target.bytes);
		artist_draw(&artist);
		artist_look(&artist);
		assert_memory_equal(alone, artist.target.memory, artist.target.bytes);
	}
	hogs_stop(threads);
	artist_finish(&artist);
	free(alone);
}

static void test_vm(void **state)
{
	struct guest *guest = &fixture.guest;
	pthread_t threads[HOGS];

	fixture_boot(&fixture, 1, guest,
		&(struct guest_options){ .vmm.features = 1ull << VIRTIO_GPU_F_VIRGL });
	guest->gpu.timeout_ms = 20000;
	scene_start(guest);
	hogs_start(threads);
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(scene_draw(guest, i % 2), VIRTIO_GPU_RESP_OK_NODATA);
		scene_expect(&fixture, 1, guest, i % 2);
	}
	hogs_stop(threads);
	fixture_unboot(&fixture, 1, guest);
}

static int group_setup(void **state)
{
	return fixture_start(&fixture, 1, 1,
		"render-node = none\n[guest apps]\ntype = container\nslice = 1ms\n"
		"[guest hog1]\ntype = container\n[guest hog2]\ntype = container\nweight = 300\n");
}

static int group_teardown(void **state)
{
	return fixture_stop(&fixture);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_vm),
	};

	fixture_find_programs(argc, argv);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

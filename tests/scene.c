/* SPDX-License-Identifier: MIT */
/* A guest that draws with 3D. */
#include "scene.h"

#include "guest/virgl.h"

#define OK VIRTIO_GPU_RESP_OK_NODATA

static const struct virtio_gpu_rect all = { .width = FIXTURE_WIDTH_PX, .height = FIXTURE_HEIGHT_PX };

static void submit(struct gpu *to, struct virgl_stream *stream)
{
	assert_int_equal(
		gpu_submit_3d(to, SCENE_CONTEXT, stream->words, virgl_stream_bytes(stream)), OK);
	virgl_stream_reset(stream);
}

void scene_start(struct guest *of)
{
	struct gpu_resource_3d target = {
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8X8,
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SCANOUT,
		.width = FIXTURE_WIDTH_PX,
		.height = FIXTURE_HEIGHT_PX,
		.depth = 1,
		.array_size = 1,
	};
	struct virgl_stream stream;

	virgl_stream_init(&stream);
	assert_int_equal(gpu_context_create(&of->gpu, SCENE_CONTEXT, 0, "test"), OK);
	assert_int_equal(gpu_create_3d(&of->gpu, SCENE_TARGET, &target), OK);
	assert_int_equal(gpu_context_attach(&of->gpu, SCENE_CONTEXT, SCENE_TARGET), OK);
	virgl_create_surface(&stream, 100, SCENE_TARGET, VIRGL_FORMAT_B8G8R8X8);
	virgl_set_framebuffer(&stream, 100);
	submit(&of->gpu, &stream);
	virgl_stream_finish(&stream);
	assert_int_equal(gpu_set_scanout(&of->gpu, 0, SCENE_TARGET, all), OK);
}

int scene_draw(struct guest *of, bool red)
{
	struct virgl_stream stream;

	virgl_stream_init(&stream);
	virgl_clear(&stream, red ? 1.0f : 0.0f, 0.0f, red ? 0.0f : 1.0f, 1.0f);
	int type = gpu_submit_3d(&of->gpu, SCENE_CONTEXT, stream.words, virgl_stream_bytes(&stream));
	virgl_stream_finish(&stream);
	return type == OK ? gpu_flush(&of->gpu, SCENE_TARGET, all) : type;
}

void scene_expect(struct fixture *fixture, uint32_t n, struct guest *of, bool red)
{
	struct picture picture = picture_make(FIXTURE_WIDTH_PX, FIXTURE_HEIGHT_PX);

	for (uint32_t i = 0; i < FIXTURE_WIDTH_PX * FIXTURE_HEIGHT_PX; i++)
		picture.pixels[i] = red ? 0xff0000 : 0x0000ff;
	fixture_expect(fixture, n, of, 0, &picture);
	picture_finish(&picture);
}

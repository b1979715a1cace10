/* SPDX-License-Identifier: MIT */
#include "tests/virgl_host.h"

#include <stdio.h>
#include <stdlib.h>

#include "backends/virgl/renderer.h"
#include "protocol/virgl_format.h"
#include "protocol/virgl_protocol.h"

static struct library library;
static struct renderer renderer;

void host_start(void)
{
	library_init(&library);
	if (library_open(&library, -1, -1) < 0)
		exit(77);
	renderer_init(&renderer, &library);
	renderer.quota.limit_bytes = 1u << 30;
}

void host_finish(void)
{
	renderer_finish(&renderer);
	library_finish(&library);
}

static uint32_t host_execute(struct virtio_gpu_command command)
{
	return renderer_execute(&renderer, &command);
}

uint32_t host_create_context(uint32_t id)
{
	return host_execute((struct virtio_gpu_command){
		.header = { .type = VIRTIO_GPU_CMD_CTX_CREATE, .ctx_id = id } });
}

uint32_t host_destroy_context(uint32_t id)
{
	return host_execute((struct virtio_gpu_command){
		.header = { .type = VIRTIO_GPU_CMD_CTX_DESTROY, .ctx_id = id } });
}

static uint32_t host_create(uint32_t context, struct virtio_gpu_command create)
{
	create.header.type = VIRTIO_GPU_CMD_RESOURCE_CREATE_3D;
	uint32_t response = host_execute(create);
	if (response != VIRTIO_GPU_RESP_OK_NODATA)
		return response;
	return host_execute((struct virtio_gpu_command){
		.header = { .type = VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, .ctx_id = context },
		.resource_id = create.resource_id });
}

uint32_t host_create_buffer(uint32_t context, uint32_t id, uint32_t bind, uint32_t bytes)
{
	return host_create(context, (struct virtio_gpu_command){ .resource_id = id,
					    .create_3d = {
						    .target = VIRGL_TARGET_BUFFER,
						    .format = VIRGL_FORMAT_R8_UNORM,
						    .bind = bind,
						    .width = bytes,
						    .height = 1,
						    .depth = 1,
						    .array_size = 1,
					    } });
}

uint32_t host_create_texture(uint32_t context, uint32_t id, uint32_t bind, uint32_t size_px)
{
	return host_create(context, (struct virtio_gpu_command){ .resource_id = id,
					    .create_3d = {
						    .target = VIRGL_TARGET_2D,
						    .format = VIRGL_FORMAT_R8G8B8A8_UNORM,
						    .bind = bind,
						    .width = size_px,
						    .height = size_px,
						    .depth = 1,
						    .array_size = 1,
					    } });
}

uint32_t host_unref(uint32_t id)
{
	return host_execute((struct virtio_gpu_command){
		.header = { .type = VIRTIO_GPU_CMD_RESOURCE_UNREF }, .resource_id = id });
}

uint32_t host_detach(uint32_t context, uint32_t id)
{
	return host_execute((struct virtio_gpu_command){
		.header = { .type = VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, .ctx_id = context },
		.resource_id = id });
}

uint32_t host_submit(uint32_t context, const uint32_t *words, size_t count)
{
	return host_execute((struct virtio_gpu_command){
		.header = { .type = VIRTIO_GPU_CMD_SUBMIT_3D, .ctx_id = context },
		.submit = { .size = (uint32_t)count * 4 },
		.tail = (const uint8_t *)words,
		.tail_len = count * 4 });
}

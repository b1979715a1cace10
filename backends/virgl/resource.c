/* SPDX-License-Identifier: MIT */
/* A 3D resource, its twin in the library and the guest memory behind it. */
#include "backends/virgl/resource.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <virglrenderer.h>

#include "backends/guest_memory.h"
#include "backends/virgl/storage.h"
#include "base/io.h"

struct resource *resource_create(
	uint32_t id, const struct virgl_resource *info, struct storage *storage)
{
	struct virgl_renderer_resource_create_args args = {
		.handle = id,
		.target = info->target,
		.format = info->format,
		.bind = info->bind,
		.width = info->width,
		.height = info->height,
		.depth = info->depth,
		.array_size = info->array_size,
		.last_level = info->last_level,
		.nr_samples = info->nr_samples,
		.flags = info->flags,
	};

	struct resource *resource = calloc(1, sizeof(*resource));
	if (!resource)
		return NULL;
	resource->id = id;
	resource->info = *info;
	if (storage_create_resource(storage, id, info)) {
		resource->info.flags &= ~VIRGL_RESOURCE_Y_0_TOP;
	} else if (virgl_renderer_resource_create(&args, NULL, 0) != 0) {
		free(resource);
		return NULL;
	}
	return resource;
}

void resource_destroy(struct resource *resource)
{
	if (!resource)
		return;
	resource_detach_backing(resource);
	virgl_renderer_resource_unref(resource->id);
	free(resource);
}

/*
 * Guest addresses to pointers. An entry may lie across regions, and neighbours
 * in our address space become one: with a single one the library copies less.
 */
static int backing_translate(struct backing *backing, const struct guest_memory *memory)
{
	uint32_t room = 0, n = 0;
	struct iovec *iov = NULL;
	uint64_t total = 0;
	int ret;

	for (uint32_t i = 0; i < backing->n_entries; i++) {
		struct virtio_gpu_entry entry = backing->entries[i];
		total += entry.len;
		while (entry.len) {
			uint64_t run = guest_memory_run(memory, entry.addr);
			uint32_t take = run < entry.len ? run : entry.len;
			char *at = guest_memory_at(memory, entry.addr, take);
			ret = -EFAULT;
			if (!take || !at)
				goto fail;
			entry.addr += take;
			entry.len -= take;
			if (n && (char *)iov[n - 1].iov_base + iov[n - 1].iov_len == at) {
				iov[n - 1].iov_len += take;
				continue;
			}
			if (n == room) {
				room = room ? room * 2 : 16;
				struct iovec *more = reallocarray(iov, room, sizeof(*iov));
				ret = -ENOMEM;
				if (!more)
					goto fail;
				iov = more;
			}
			iov[n++] = (struct iovec){ .iov_base = at, .iov_len = take };
		}
	}
	ret = -E2BIG; /* the library adds them up in 32 bits */
	if (total > UINT32_MAX)
		goto fail;
	backing->iov = iov;
	backing->n_iov = n;
	return 0;
fail:
	free(iov);
	return ret;
}

int backing_init(struct backing *backing, const struct virtio_gpu_command *command,
	const struct guest_memory *memory)
{
	uint32_t n = command->attach_backing.n_entries;

	*backing = (struct backing){ .n_entries = n };
	/* One more, so that an empty list is attached as well. */
	backing->entries = calloc((size_t)n + 1, sizeof(*backing->entries));
	if (!backing->entries)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		backing->entries[i] = virtio_gpu_entry_at(command, i);
	int ret = backing_translate(backing, memory);
	if (ret < 0)
		backing_finish(backing);
	return ret;
}

void backing_finish(struct backing *backing)
{
	if (backing->map)
		munmap(backing->map, backing->iov->iov_len);
	free(backing->entries);
	free(backing->iov);
	*backing = (struct backing){ 0 };
}

/* Tells the library and the decoder what there is. */
static void resource_lend_backing(struct resource *resource)
{
	struct backing *backing = &resource->backing;

	resource->info.backing_bytes = 0;
	resource->info.backing_first_bytes = 0;
	if (!backing->n_iov)
		return;
	virgl_renderer_resource_attach_iov(resource->id, backing->iov, backing->n_iov);
	for (uint32_t i = 0; i < backing->n_iov; i++)
		resource->info.backing_bytes += backing->iov[i].iov_len;
	resource->info.backing_first_bytes = backing->iov[0].iov_len;
}

void resource_attach_backing(struct resource *resource, struct backing *take_backing)
{
	resource->backing = *take_backing;
	*take_backing = (struct backing){ 0 };
	resource_lend_backing(resource);
}

int resource_attach_memory(struct resource *resource, int fd, uint32_t bytes)
{
	struct backing backing = { .iov = calloc(1, sizeof(*backing.iov)), .n_iov = 1 };

	if (!backing.iov)
		return -ENOMEM;
	backing.map = memfd_map(fd, bytes, PROT_READ | PROT_WRITE);
	if (!backing.map) {
		free(backing.iov);
		return -ENOMEM;
	}
	*backing.iov = (struct iovec){ .iov_base = backing.map, .iov_len = bytes };
	resource_attach_backing(resource, &backing);
	return 0;
}

void resource_detach_backing(struct resource *resource)
{
	virgl_renderer_resource_detach_iov(resource->id, NULL, NULL);
	backing_finish(&resource->backing);
	resource_lend_backing(resource);
}

void resource_move_backing(struct resource *resource, const struct guest_memory *memory)
{
	struct backing *backing = &resource->backing;

	if (!backing->entries)
		return;
	virgl_renderer_resource_detach_iov(resource->id, NULL, NULL);
	free(backing->iov);
	backing->iov = NULL;
	backing->n_iov = 0;
	/* Where it fails the resource has no memory until the guest's next change. */
	backing_translate(backing, memory);
	resource_lend_backing(resource);
}

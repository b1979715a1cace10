/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VIRGL_RESOURCE_H
#define BACKENDS_VIRGL_RESOURCE_H

/*
 * A 3D resource: what the guest said of it, its twin in the library under the
 * same id, and the guest memory behind it.
 *
 * The guest names its memory by address. The addresses are kept: when the VMM
 * changes the guest's memory they are translated again.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "protocol/virgl.h"
#include "protocol/virtio_gpu.h"

struct guest_memory;
struct storage;

struct backing {
	struct virtio_gpu_entry *entries; /* as the guest gave them; NULL: none attached */
	uint32_t n_entries;
	struct iovec *iov; /* lent to the library; NULL: not in guest memory just now */
	uint32_t n_iov;
	void *map; /* of memory that is not the guest's: all of it; owned */
};

struct resource {
	uint32_t id;
	struct virgl_resource info;
	uint64_t charged_bytes;
	struct backing backing;
	bool named;        /* by a stream: it may be in use */
	uint32_t born;     /* what its client had submitted by then */
	bool unexportable; /* as a dma-buf: found out once */
};

/* Makes it in the library too, in the storage if it is for that. NULL: the library refused or no
 * memory. */
struct resource *resource_create(
	uint32_t id, const struct virgl_resource *info, struct storage *storage);
/* Gone from all contexts of the library. */
void resource_destroy(struct resource *resource);

/*
 * What the guest's entries mean now. -EFAULT: not all of it is guest memory;
 * -E2BIG: 4 GiB or more; -ENOMEM. A backing is freed with backing_finish.
 */
int backing_init(struct backing *backing, const struct virtio_gpu_command *command,
	const struct guest_memory *memory);
void backing_finish(struct backing *backing);

/* Takes the backing. There is none attached. */
void resource_attach_backing(struct resource *resource, struct backing *take_backing);
void resource_detach_backing(struct resource *resource);
/* A memfd of so many bytes as its backing. There is none attached. 0 or -ENOMEM. */
int resource_attach_memory(struct resource *resource, int fd, uint32_t bytes);
/* Where the entries are in `memory`; both memories are mapped still. */
void resource_move_backing(struct resource *resource, const struct guest_memory *memory);

#endif

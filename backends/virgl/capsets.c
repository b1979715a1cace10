/* SPDX-License-Identifier: MIT */
/* The capability sets that the library has to offer, in a memfd for the daemon. */
#include "backends/virgl/capsets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <virglrenderer.h>

#include "base/io.h"
#include "protocol/link.h"
#include "protocol/virgl.h"

/*
 * virtio 1.2, 5.7.6.8.4. Venus (4) and the DRM native contexts (6) come here,
 * with flags for virgl_renderer_init and a check of their streams.
 */
static const uint32_t capset_ids[] = {
	VIRGL_CAPSET_VIRGL,
	VIRGL_CAPSET_VIRGL2,
};

#define CAPSET_COUNT (sizeof(capset_ids) / sizeof(capset_ids[0]))

_Static_assert(CAPSET_COUNT <= LIMIT_CAPSETS, "capsets");

bool capset_offered(uint32_t id)
{
	for (size_t i = 0; i < CAPSET_COUNT; i++) {
		if (capset_ids[i] == id)
			return true;
	}
	return false;
}

size_t capset_fill(uint32_t id, void *caps, size_t room)
{
	uint32_t version = 0, size = 0;

	if (!capset_offered(id))
		return 0;
	virgl_renderer_get_cap_set(id, &version, &size);
	if (!size || size > room)
		return 0;
	virgl_renderer_fill_caps(id, version, caps);
	return virgl_capset_filter(id, caps, size) ? size : 0;
}

/* Where each set lies; the size of all. */
static uint32_t capsets_lay_out(struct link_capset capsets[static LIMIT_CAPSETS])
{
	uint32_t end = LIMIT_CAPSETS * sizeof(struct link_capset);

	memset(capsets, 0, LIMIT_CAPSETS * sizeof(struct link_capset));
	for (size_t i = 0; i < CAPSET_COUNT; i++) {
		uint32_t version = 0, size = 0;
		virgl_renderer_get_cap_set(capset_ids[i], &version, &size);
		if (!size)
			continue;
		capsets[i] = (struct link_capset){
			.id = capset_ids[i],
			.version = version,
			.offset = end,
			.size = size,
		};
		end += (size + 7) & ~7u;
	}
	return end;
}

int capsets_create(uint32_t *bytes)
{
	struct link_capset capsets[LIMIT_CAPSETS];
	uint32_t size = capsets_lay_out(capsets);

	int fd = memfd_create_sealed("mullion-capsets", size);
	if (fd < 0)
		return fd;
	uint8_t *map = memfd_map(fd, size, PROT_READ | PROT_WRITE);
	if (!map) {
		fd_close(&fd);
		return -ENOMEM;
	}
	memcpy(map, capsets, sizeof(capsets));
	for (size_t i = 0; i < LIMIT_CAPSETS; i++) {
		const struct link_capset *capset = &capsets[i];
		if (!capset->id)
			continue;
		if (!capset_fill(capset->id, map + capset->offset, capset->size))
			memset(map + i * sizeof(*capset), 0, sizeof(*capset));
	}
	munmap(map, size);
	/* All guests' processes get it: none may write to it. */
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) < 0) {
		int err = -errno;
		fd_close(&fd);
		return err;
	}
	*bytes = size;
	return fd;
}

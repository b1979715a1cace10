/* SPDX-License-Identifier: MIT */
/* Framebuffers of clients' dma-bufs. */
#include "compositor/kms/import.h"

#include <stdlib.h>
#include <xf86drmMode.h>

#include "base/list.h"
#include "compositor/kms/device.h"
#include "compositor/kms/framebuffer.h"
#include "compositor/surface/dmabuf.h"

/* With its own format, and with that without alpha. */
struct import {
	struct wl_listener dmabuf_destroyed;
	int fd; /* of the card; borrowed */
	struct import_framebuffer {
		uint32_t fourcc, id; /* a fourcc of 0: not asked for yet */
	} framebuffers[2];
};

static void import_handle_destroyed(struct wl_listener *listener, void *data)
{
	struct import *import = container_of(listener, struct import, dmabuf_destroyed);

	for (uint32_t i = 0; i < 2; i++) {
		if (import->framebuffers[i].id)
			drmModeRmFB(import->fd, import->framebuffers[i].id);
	}
	free(import);
}

static struct import *import_get(const struct kms_device *device, struct dmabuf *dmabuf)
{
	struct wl_listener *listener = wl_signal_get(&dmabuf->destroyed, import_handle_destroyed);

	if (listener)
		return container_of(listener, struct import, dmabuf_destroyed);
	struct import *import = calloc(1, sizeof(*import));
	if (!import)
		return NULL;
	import->fd = device->fd;
	import->dmabuf_destroyed.notify = import_handle_destroyed;
	wl_signal_add(&dmabuf->destroyed, &import->dmabuf_destroyed);
	return import;
}

uint32_t kms_import(const struct kms_device *device, struct dmabuf *dmabuf, uint32_t fourcc)
{
	struct import *import = import_get(device, dmabuf);

	for (uint32_t i = 0; import && i < 2; i++) {
		struct import_framebuffer *framebuffer = &import->framebuffers[i];
		if (!framebuffer->fourcc) {
			framebuffer->fourcc = fourcc;
			if (kms_framebuffer_add(device->fd, dmabuf, fourcc, &framebuffer->id) < 0)
				framebuffer->id = 0;
		}
		if (framebuffer->fourcc == fourcc)
			return framebuffer->id;
	}
	return 0;
}

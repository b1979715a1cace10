/* SPDX-License-Identifier: MIT */
/* A guest's 3D context. */
#include "backends/virgl/context.h"

#include <stdlib.h>
#include <virglrenderer.h>

#include "backends/virgl/resource.h"

struct context *context_create(uint32_t id, uint32_t capset, const char *name, uint32_t name_len)
{
	struct context *context = calloc(1, sizeof(*context));
	if (!context)
		return NULL;
	if (virgl_renderer_context_create_with_flags(id, capset, name_len, name) != 0) {
		free(context);
		return NULL;
	}
	/*
	 * 0.10.4 leaves the new one current in GL and still believes in the one before:
	 * what that one sends next would be drawn here.
	 */
	virgl_renderer_force_ctx_0();
	context->id = id;
	context->capset = capset;
	idmap_init(&context->resources);
	return context;
}

void context_destroy(struct context *context)
{
	if (!context)
		return;
	virgl_renderer_context_destroy(context->id);
	idmap_finish(&context->resources);
	free(context);
}

int context_attach(struct context *context, struct resource *resource)
{
	int ret = idmap_insert(&context->resources, resource->id, resource);
	if (ret < 0)
		return ret;
	virgl_renderer_ctx_attach_resource(context->id, resource->id);
	return 0;
}

void context_detach(struct context *context, struct resource *resource)
{
	if (idmap_remove(&context->resources, resource->id))
		virgl_renderer_ctx_detach_resource(context->id, resource->id);
}

static const struct virgl_resource *context_find_resource(void *data, uint32_t id)
{
	struct context *context = data;
	struct resource *resource = idmap_find(&context->resources, id);
	return resource ? &resource->info : NULL;
}

struct virgl_lookup context_lookup(struct context *context)
{
	return (struct virgl_lookup){ .resource_find = context_find_resource, .data = context };
}

/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_VIRGL_H
#define PROTOCOL_VIRGL_H

/*
 * Virgl: the command streams of SUBMIT_3D, the arguments of RESOURCE_CREATE_3D
 * and TRANSFER_*_3D, and the capsets, judged before a renderer sees them. The
 * rules are those of virglrenderer 0.10.4 (its decoder's lengths and limits),
 * with what its later releases learned to check, and what Mesa's encoder sends.
 *
 * Nothing here keeps state between calls, allocates, or asserts on what a guest
 * sent. A stream is a private copy: nobody changes it between check and use.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/virgl_protocol.h"

/* A resource as its RESOURCE_CREATE_3D described it (virtio 1.2, 5.7.6.9). */
struct virgl_resource {
	uint32_t target; /* enum virgl_target */
	uint32_t format; /* see virgl_format.h */
	uint32_t bind;   /* VIRGL_BIND_* */
	uint32_t width, height, depth;
	uint32_t array_size;
	uint32_t last_level;
	uint32_t nr_samples;
	uint32_t flags; /* VIRGL_RESOURCE_* */
	/* Guest memory attached now, all of it and its first entry; 0: none. */
	uint64_t backing_bytes;
	uint64_t backing_first_bytes;
};

/* In pixels; a buffer counts bytes in x and width. Laid out as virglrenderer wants its box. */
struct virgl_box {
	uint32_t x, y, z;
	uint32_t width, height, depth;
};

/* What a transfer between a resource and memory names. */
struct virgl_transfer {
	struct virgl_box box;
	uint32_t level;
	uint32_t stride;       /* bytes from row to row; 0: as the level has it */
	uint32_t layer_stride; /* bytes from layer to layer; 0: as the level has it */
	uint64_t offset;       /* of the box's first byte in that memory */
	bool from_host;        /* from the resource to memory */
};

/* What this host takes; the renderer's own limits may be smaller. */
struct virgl_limits {
	uint32_t max_texture_2d_px; /* width and height, 1D too */
	uint32_t max_texture_3d_px;
	uint32_t max_texture_cube_px;
	uint32_t max_layers;
	uint64_t max_bytes; /* of one resource, one sample a pixel */
	bool blobs;         /* PIPE_RESOURCE_CREATE and SET_TYPE may be sent */
	/* A shader's text may come in several commands, as Mesa sends one that is very long. */
	bool long_shaders;
};

extern const struct virgl_limits virgl_limits_default;

/* One command of a stream, a view of it. */
struct virgl_command {
	const uint32_t *dwords; /* the header, then `length` dwords */
	size_t offset;          /* of the header in the stream, in dwords */
	uint16_t length;
	uint8_t opcode;
	uint8_t object;
};

/* An object of a context. */
struct virgl_object_info {
	uint8_t type;  /* enum virgl_object; a multisampled surface is a surface */
	uint8_t stage; /* of a shader */
	/* Of a shader, whose text may come in several commands: all of it, and what came. */
	uint32_t text_dwords, text_dwords_here;
	/* If so, what came with this one. Who is told gathers it, and has it all, with an end. */
	const uint32_t *part;
	uint32_t part_dwords;
	char *text;
};

/*
 * What is bound by number. virglrenderer 0.10.4 keeps a pointer to these and no
 * reference: who destroys one has to unbind it first.
 */
enum virgl_slot {
	VIRGL_SLOT_UNIFORM_BUFFER,
	VIRGL_SLOT_SHADER_BUFFER,
	VIRGL_SLOT_SHADER_IMAGE,
	VIRGL_SLOT_ATOMIC_BUFFER, /* of stage 0 */
	VIRGL_SLOT_SAMPLER_STATE, /* from here on an object's id, not a resource's */
	VIRGL_SLOT_DSA,           /* index 0 of stage 0 */
	VIRGL_SLOT_END,           /* not one of them */
};

/*
 * What the checker asks its caller about the context that sent the stream, and
 * what it tells of each command that it found right, in their order. The caller
 * undoes what it was told if the stream is refused in the end.
 *
 * Objects and slots are those of the current sub-context. A context has
 * sub-context 0 from the start to the end.
 */
struct virgl_lookup {
	/* The resource of this id if it is attached to the context, else NULL. */
	const struct virgl_resource *(*resource_find)(void *data, uint32_t id);
	/* NULL: no such object. */
	const struct virgl_object_info *(*object_find)(void *data, uint32_t id);
	/* The object is now so; with NULL it is no more. */
	void (*object_set)(void *data, const struct virgl_command *command, uint32_t id,
		const struct virgl_object_info *info);
	/* These make it the current one, and sub-context 0 after it was destroyed. */
	bool (*sub_context_create)(void *data, const struct virgl_command *command, uint32_t id);
	bool (*sub_context_select)(void *data, uint32_t id);
	bool (*sub_context_destroy)(void *data, uint32_t id);
	/* 0: nothing is bound there. */
	void (*slot_set)(
		void *data, enum virgl_slot slot, uint32_t stage, uint32_t index, uint32_t id);
	void *data; /* borrowed */
};

struct virgl_decode_error {
	size_t dword;       /* where the refused command starts */
	uint8_t opcode;     /* of that command */
	uint8_t object;     /* its object type */
	const char *reason; /* a constant, for the log */
};

/*
 * Walks a stream: takes the command at `*offset` and moves behind it. False at
 * the end, and where a command would reach beyond it; `*offset` then stays.
 * The opcode may be unknown: this looks at headers only.
 */
bool virgl_stream_next(
	const uint32_t *dwords, size_t n_dwords, size_t *offset, struct virgl_command *command);

/* All commands known, their lengths, ids, indices and boxes right? Else `*error` says which not. */
bool virgl_stream_check(const uint32_t *dwords, size_t n_dwords, const struct virgl_limits *limits,
	const struct virgl_lookup *lookup, struct virgl_decode_error *error);

/* Names as the protocol spells them, without prefix; "unknown" for what it has not. */
const char *virgl_opcode_name(uint8_t opcode);
const char *virgl_object_name(uint8_t object);

/* Are these arguments of RESOURCE_CREATE_3D sound? `*bytes` is then what it will take. */
bool virgl_resource_check(
	const struct virgl_resource *resource, const struct virgl_limits *limits, uint64_t *bytes);
/* Of all levels, layers and samples; UINT64_MAX where that does not fit. */
uint64_t virgl_resource_bytes(const struct virgl_resource *resource);
/* Host memory named by an OpenGL buffer: not a texture, not kept in plain memory. */
bool virgl_resource_is_gl_buffer(const struct virgl_resource *resource);

/* Layers (3D: slices) of a level; `level` is at most last_level. */
uint32_t virgl_resource_layers(const struct virgl_resource *resource, uint32_t level);
/* The level exists and the box, empty or not, lies within it. */
bool virgl_box_check(
	const struct virgl_resource *resource, uint32_t level, const struct virgl_box *box);
/*
 * TRANSFER_TO_HOST_3D, TRANSFER_FROM_HOST_3D and their like in streams: the box
 * is not empty and lies within its level, the strides are not smaller than it,
 * and all its bytes lie within `memory_bytes` of the other side's memory.
 */
bool virgl_transfer_check(const struct virgl_resource *resource,
	const struct virgl_transfer *transfer, uint64_t memory_bytes);

/* How the bytes of a transfer lie in that memory, from its offset on. */
struct virgl_layout {
	uint64_t row_bytes, rows, layers;
	uint64_t stride, layer_stride;
};

/* Of a transfer that virgl_transfer_check finds right. */
void virgl_transfer_layout(const struct virgl_resource *resource,
	const struct virgl_transfer *transfer, struct virgl_layout *layout);

/*
 * Does the command take bytes from the backing of resource `*memory` into resource
 * `*resource`? The lengths are checked, nothing else is.
 */
bool virgl_command_reads(const struct virgl_command *command, uint32_t *memory, uint32_t *resource,
	struct virgl_transfer *transfer);

#define VIRGL_CAPSET_VIRGL 1
#define VIRGL_CAPSET_VIRGL2 2

/*
 * Takes out of a renderer's capset what streams may not contain here: opcodes
 * and formats not known to this decoder, limits beyond its own. `caps` is
 * `len` bytes of capset `id`, changed in place. False: not a capset of Virgl.
 */
bool virgl_capset_filter(uint32_t id, void *caps, size_t len);

#endif

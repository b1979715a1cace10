/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: streams that make, bind and destroy objects and sub-contexts, one after the
 * other, against a model: tables as plain as can be, copied before each stream. Each
 * command is three bytes: what, a small id, a small number; 0 ends a stream.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "backends/virgl/objects.h"

#define IDS 8
#define SUBS 4
#define RESOURCES 4
#define ROOM (20u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct model {
	struct model_sub {
		bool there;
		uint8_t types[IDS]; /* 0: none */
		uint8_t stages[IDS];
		uint8_t parts[IDS]; /* of 3, of a shader; 3: whole */
		uint32_t uniform[2], sampler[2], dsa;
	} subs[SUBS];
	uint32_t current;
};

static const struct virgl_resource buffer = {
	.target = VIRGL_TARGET_BUFFER,
	.format = 64,
	.bind = VIRGL_BIND_CONSTANT_BUFFER,
	.width = 64,
	.height = 1,
	.depth = 1,
	.array_size = 1,
};

static const struct virgl_resource *find(void *data, uint32_t id)
{
	(void)data;
	return id > 0 && id <= RESOURCES ? &buffer : NULL;
}

#define HEADER(opcode, object, length) ((opcode) | (object) << 8 | (uint32_t)(length) << 16)

enum what {
	WHAT_END,
	WHAT_DSA,
	WHAT_SAMPLER,
	WHAT_SHADER,
	WHAT_SHADER_PART,
	WHAT_SHADER_MORE,
	WHAT_DESTROY,
	WHAT_BIND_DSA,
	WHAT_BIND_SAMPLER,
	WHAT_BIND_SHADER,
	WHAT_UNIFORM,
	WHAT_SUB_CREATE,
	WHAT_SUB_SET,
	WHAT_SUB_DESTROY,
	WHAT_NONSENSE,
	WHAT_COUNT,
};

static const uint8_t destroyed[] = { VIRGL_OBJECT_DSA, VIRGL_OBJECT_SAMPLER_STATE,
	VIRGL_OBJECT_SHADER };

/* Writes the command; how many dwords. */
static size_t put(uint32_t *d, enum what what, uint32_t id, uint32_t number)
{
	uint32_t stage = number & 1;
	switch (what) {
	case WHAT_DSA:
		d[0] = HEADER(VIRGL_OPCODE_CREATE_OBJECT, VIRGL_OBJECT_DSA, 5);
		d[1] = id;
		return 6;
	case WHAT_SAMPLER:
		d[0] = HEADER(VIRGL_OPCODE_CREATE_OBJECT, VIRGL_OBJECT_SAMPLER_STATE, 9);
		d[1] = id;
		return 10;
	case WHAT_SHADER:
	case WHAT_SHADER_PART:
		d[0] = HEADER(VIRGL_OPCODE_CREATE_OBJECT, VIRGL_OBJECT_SHADER, 6);
		d[1] = id;
		d[2] = stage;
		d[3] = what == WHAT_SHADER ? 4 : 12;
		d[6] = what == WHAT_SHADER ? 'A' : 0x41414141;
		return 7;
	case WHAT_SHADER_MORE:
		d[0] = HEADER(VIRGL_OPCODE_CREATE_OBJECT, VIRGL_OBJECT_SHADER, 6);
		d[1] = id;
		d[2] = stage;
		d[3] = (number & 2 ? 8 : 4) | 1u << 31;
		d[6] = number & 2 ? 'A' : 0x41414141;
		return 7;
	case WHAT_DESTROY:
		d[0] = HEADER(VIRGL_OPCODE_DESTROY_OBJECT, destroyed[number % 3], 1);
		d[1] = id;
		return 2;
	case WHAT_BIND_DSA:
		d[0] = HEADER(VIRGL_OPCODE_BIND_OBJECT, VIRGL_OBJECT_DSA, 1);
		d[1] = id;
		return 2;
	case WHAT_BIND_SAMPLER:
		d[0] = HEADER(VIRGL_OPCODE_BIND_SAMPLER_STATES, 0, 3);
		d[1] = stage;
		d[3] = id;
		return 4;
	case WHAT_BIND_SHADER:
		d[0] = HEADER(VIRGL_OPCODE_BIND_SHADER, 0, 2);
		d[1] = id;
		d[2] = stage;
		return 3;
	case WHAT_UNIFORM:
		d[0] = HEADER(VIRGL_OPCODE_SET_UNIFORM_BUFFER, 0, 5);
		d[1] = stage;
		d[4] = 16;
		d[5] = id;
		return 6;
	case WHAT_SUB_CREATE:
		d[0] = HEADER(VIRGL_OPCODE_CREATE_SUB_CTX, 0, 1);
		d[1] = id % SUBS;
		return 2;
	case WHAT_SUB_SET:
		d[0] = HEADER(VIRGL_OPCODE_SET_SUB_CTX, 0, 1);
		d[1] = id % SUBS;
		return 2;
	case WHAT_SUB_DESTROY:
		d[0] = HEADER(VIRGL_OPCODE_DESTROY_SUB_CTX, 0, 1);
		d[1] = id % SUBS;
		return 2;
	default:
		d[0] = 0xff;
		return 1;
	}
}

static bool model_destroy(struct model_sub *sub, uint32_t id, uint32_t type)
{
	if (!id || !sub->types[id])
		return true;
	if (sub->types[id] != type)
		return false;
	sub->types[id] = 0;
	for (int i = 0; i < 2; i++)
		if (sub->sampler[i] == id)
			sub->sampler[i] = 0;
	if (sub->dsa == id)
		sub->dsa = 0;
	return true;
}

/* The same, by the model. False: refused. */
static bool model_run(struct model *model, enum what what, uint32_t id, uint32_t number)
{
	struct model_sub *sub = &model->subs[model->current];
	uint32_t stage = number & 1, other = id % SUBS;
	bool fresh = id && !sub->types[id];
	switch (what) {
	case WHAT_DSA:
	case WHAT_SAMPLER:
		if (fresh)
			sub->types[id] =
				what == WHAT_DSA ? VIRGL_OBJECT_DSA : VIRGL_OBJECT_SAMPLER_STATE;
		return fresh;
	case WHAT_SHADER:
	case WHAT_SHADER_PART:
		if (fresh) {
			sub->types[id] = VIRGL_OBJECT_SHADER;
			sub->stages[id] = stage;
			sub->parts[id] = what == WHAT_SHADER ? 3 : 1;
		}
		return fresh;
	case WHAT_SHADER_MORE:
		if (!id || sub->types[id] != VIRGL_OBJECT_SHADER || sub->stages[id] != stage ||
			sub->parts[id] != (number & 2 ? 2 : 1))
			return false;
		sub->parts[id]++;
		return true;
	case WHAT_DESTROY:
		return model_destroy(sub, id, destroyed[number % 3]);
	case WHAT_BIND_DSA:
		if (id && sub->types[id] != VIRGL_OBJECT_DSA)
			return false;
		sub->dsa = id;
		return true;
	case WHAT_BIND_SAMPLER:
		if (id && sub->types[id] != VIRGL_OBJECT_SAMPLER_STATE)
			return false;
		sub->sampler[stage] = id;
		return true;
	case WHAT_BIND_SHADER:
		return !id || (sub->types[id] == VIRGL_OBJECT_SHADER && sub->stages[id] == stage &&
				      sub->parts[id] == 3);
	case WHAT_UNIFORM:
		if (id > RESOURCES)
			return false;
		sub->uniform[stage] = id;
		return true;
	case WHAT_SUB_CREATE:
		if (model->subs[other].there)
			return false;
		model->subs[other] = (struct model_sub){ .there = true };
		model->current = other;
		return true;
	case WHAT_SUB_SET:
		if (model->subs[other].there)
			model->current = other;
		return model->subs[other].there;
	case WHAT_SUB_DESTROY:
		if (!other || !model->subs[other].there)
			return false;
		model->subs[other].there = false;
		if (model->current == other)
			model->current = 0;
		return true;
	default:
		return false;
	}
}

static void compare(struct objects *objects, const struct model *model)
{
	uint32_t selected = objects->current->id, n_others = 0;
	assert(selected == model->current);
	for (uint32_t i = 0; i < SUBS; i++) {
		const struct model_sub *sub = &model->subs[i];
		struct sub_context *real = i ? idmap_find(&objects->others, i) : &objects->first;
		assert((real != NULL) == sub->there);
		if (!real)
			continue;
		n_others += i > 0;
		assert(real->slots[VIRGL_SLOT_DSA][0][0] == sub->dsa);
		for (int stage = 0; stage < 2; stage++) {
			assert(real->slots[VIRGL_SLOT_SAMPLER_STATE][stage][0] ==
				sub->sampler[stage]);
			assert(real->slots[VIRGL_SLOT_UNIFORM_BUFFER][stage][0] ==
				sub->uniform[stage]);
		}
		for (uint32_t id = 1; id < IDS; id++) {
			const struct object *object = idmap_find(&real->objects, id);
			assert((object ? object->info.type : 0) == sub->types[id]);
			if (object && object->info.text)
				assert(object->info.text_dwords_here == sub->parts[id]);
		}
	}
	assert(objects->others.n_used == n_others);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint32_t stream[16384];
	struct objects objects;
	struct model model = { .subs[0].there = true };
	const struct virgl_lookup lookup = { find, objects_find, objects_set,
		objects_create_sub_context, objects_select_sub_context, objects_destroy_sub_context,
		objects_set_slot, &objects };

	objects_init(&objects);
	while (len >= 3) {
		struct model after = model;
		bool right = true;
		size_t n = 0;
		for (; len >= 3 && data[0] % WHAT_COUNT != WHAT_END && n < 16000;
			data += 3, len -= 3) {
			enum what what = data[0] % WHAT_COUNT;
			memset(stream + n, 0, 10 * sizeof(uint32_t));
			n += put(stream + n, what, data[1] % IDS, data[2]);
			right = right && model_run(&after, what, data[1] % IDS, data[2]);
		}
		if (len >= 3)
			data += 3, len -= 3;
		struct virgl_decode_error error;
		uint64_t before = objects.bytes;
		objects_begin(&objects, ROOM - before);
		bool taken = virgl_stream_check(stream, n, &virgl_limits_default, &lookup, &error);
		assert(taken == right && !objects.exhausted);
		if (taken) {
			objects_commit(&objects);
			model = after;
		} else {
			objects_abort(&objects);
			assert(objects.bytes == before);
		}
		compare(&objects, &model);
	}
	objects_finish(&objects);
	return 0;
}

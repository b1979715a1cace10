/* SPDX-License-Identifier: MIT */
/*
 * Commands of Virgl as text.
 *
 * A layout is the names of a command's dwords in their order, a space between.
 * A letter after ':' says what a dword holds (see print_field); the fields from
 * '[' on repeat to the command's end.
 */
#include "protocol/virgl_print.h"

#include <string.h>

#define BOX "x y z width height depth"

static const char *const command_layouts[VIRGL_OPCODE_END] = {
	[VIRGL_OPCODE_NOP] = "",
	[VIRGL_OPCODE_BIND_OBJECT] = "handle",
	[VIRGL_OPCODE_DESTROY_OBJECT] = "handle",
	[VIRGL_OPCODE_SET_VIEWPORT_STATE] = "first [scale_x:f scale_y:f scale_z:f x:f y:f z:f",
	[VIRGL_OPCODE_SET_FRAMEBUFFER_STATE] = "colors depth [color",
	[VIRGL_OPCODE_SET_VERTEX_BUFFERS] = "[stride offset resource",
	[VIRGL_OPCODE_CLEAR] = "buffers:x red:f green:f blue:f alpha:f depth:d stencil:x",
	[VIRGL_OPCODE_DRAW_VBO] =
		"start count mode:p indexed instances bias:i first_instance restart "
		"restart_index:x min max:x streamout patch draw_id indirect "
		"indirect_offset indirect_stride draws count_offset count_resource",
	[VIRGL_OPCODE_RESOURCE_INLINE_WRITE] =
		"resource level usage:_ stride layer_stride " BOX " data:b",
	[VIRGL_OPCODE_SET_SAMPLER_VIEWS] = "stage:s first [view",
	[VIRGL_OPCODE_SET_INDEX_BUFFER] = "resource size offset",
	[VIRGL_OPCODE_SET_CONSTANT_BUFFER] = "stage:s index data:b",
	[VIRGL_OPCODE_SET_STENCIL_REF] = "ref:x",
	[VIRGL_OPCODE_SET_BLEND_COLOR] = "red:f green:f blue:f alpha:f",
	[VIRGL_OPCODE_SET_SCISSOR_STATE] = "first [min:h max:h",
	[VIRGL_OPCODE_BLIT] = "bits:x min:h max:h to level format " BOX " from level format " BOX,
	[VIRGL_OPCODE_RESOURCE_COPY_REGION] = "to level x y z from level " BOX,
	[VIRGL_OPCODE_BIND_SAMPLER_STATES] = "stage:s first [state",
	[VIRGL_OPCODE_BEGIN_QUERY] = "query",
	[VIRGL_OPCODE_END_QUERY] = "query",
	[VIRGL_OPCODE_GET_QUERY_RESULT] = "query wait",
	[VIRGL_OPCODE_SET_POLYGON_STIPPLE] = "data:b",
	[VIRGL_OPCODE_SET_CLIP_STATE] = "data:b",
	[VIRGL_OPCODE_SET_SAMPLE_MASK] = "mask:x",
	[VIRGL_OPCODE_SET_STREAMOUT_TARGETS] = "append:x [target",
	[VIRGL_OPCODE_SET_RENDER_CONDITION] = "query inverted mode",
	[VIRGL_OPCODE_SET_UNIFORM_BUFFER] = "stage:s index offset length resource",
	[VIRGL_OPCODE_SET_SUB_CTX] = "id",
	[VIRGL_OPCODE_CREATE_SUB_CTX] = "id",
	[VIRGL_OPCODE_DESTROY_SUB_CTX] = "id",
	[VIRGL_OPCODE_BIND_SHADER] = "shader stage:s",
	[VIRGL_OPCODE_SET_TESS_STATE] = "outer:f outer:f outer:f outer:f inner:f inner:f",
	[VIRGL_OPCODE_SET_MIN_SAMPLES] = "samples",
	[VIRGL_OPCODE_SET_SHADER_BUFFERS] = "stage:s first [offset length resource",
	[VIRGL_OPCODE_SET_SHADER_IMAGES] = "stage:s first [format access:x layers:x level resource",
	[VIRGL_OPCODE_MEMORY_BARRIER] = "flags:x",
	[VIRGL_OPCODE_LAUNCH_GRID] = "block_x block_y block_z grid_x grid_y grid_z indirect offset",
	[VIRGL_OPCODE_SET_FRAMEBUFFER_STATE_NO_ATTACH] = "size:h layers_samples:h",
	[VIRGL_OPCODE_TEXTURE_BARRIER] = "flags:x",
	[VIRGL_OPCODE_SET_ATOMIC_BUFFERS] = "first [offset length resource",
	[VIRGL_OPCODE_SET_DEBUG_FLAGS] = "data:b",
	[VIRGL_OPCODE_GET_QUERY_RESULT_QBO] = "query resource wait type offset index",
	[VIRGL_OPCODE_TRANSFER3D] =
		"resource level usage:_ stride layer_stride " BOX " offset direction:t",
	[VIRGL_OPCODE_END_TRANSFERS] = "",
	[VIRGL_OPCODE_COPY_TRANSFER3D] =
		"resource level usage:_ stride layer_stride " BOX " memory offset flags:x",
	[VIRGL_OPCODE_SET_TWEAKS] = "tweak value",
	[VIRGL_OPCODE_CLEAR_TEXTURE] = "resource level " BOX " value:x value:x value:x value:x",
	[VIRGL_OPCODE_PIPE_RESOURCE_CREATE] = "target format bind:x width height depth array_size "
					      "last_level samples flags:x blob",
	[VIRGL_OPCODE_PIPE_RESOURCE_SET_TYPE] = "resource format bind:x width height usage "
						"modifier:x modifier:x [stride offset",
	[VIRGL_OPCODE_GET_MEMORY_INFO] = "resource",
	[VIRGL_OPCODE_SEND_STRING_MARKER] = "length text:m",
	[VIRGL_OPCODE_LINK_SHADER] = "[shader",
};

static const char *const object_layouts[VIRGL_OBJECT_END] = {
	[VIRGL_OBJECT_BLEND] = "handle flags:x logic_op [target:x",
	[VIRGL_OBJECT_RASTERIZER] =
		"handle flags:x point_size:f sprite:x stipple_clip:x line_width:f "
		"offset_units:f offset_scale:f offset_clamp:f",
	[VIRGL_OBJECT_DSA] = "handle depth_alpha:x stencil:x stencil:x alpha_ref:f",
	[VIRGL_OBJECT_SHADER] = "handle stage:s length:x tokens outputs data:b",
	[VIRGL_OBJECT_VERTEX_ELEMENTS] = "handle [offset divisor buffer format",
	[VIRGL_OBJECT_SAMPLER_VIEW] = "handle resource format:x layers:h levels:x swizzle:x",
	[VIRGL_OBJECT_SAMPLER_STATE] =
		"handle bits:x lod_bias:f min_lod:f max_lod:f border:x border:x "
		"border:x border:x",
	[VIRGL_OBJECT_SURFACE] = "handle resource format level layers:h",
	[VIRGL_OBJECT_QUERY] = "handle type:h offset resource",
	[VIRGL_OBJECT_STREAMOUT_TARGET] = "handle resource offset size",
	[VIRGL_OBJECT_MSAA_SURFACE] = "handle resource format level layers:h samples",
};

static const char *const primitives[] = {
	"POINTS",
	"LINES",
	"LINE_LOOP",
	"LINE_STRIP",
	"TRIANGLES",
	"TRIANGLE_STRIP",
	"TRIANGLE_FAN",
	"QUADS",
	"QUAD_STRIP",
	"POLYGON",
	"LINES_ADJACENCY",
	"LINE_STRIP_ADJACENCY",
	"TRIANGLES_ADJACENCY",
	"TRIANGLE_STRIP_ADJACENCY",
	"PATCHES",
};

static const char *const stages[VIRGL_SHADER_STAGE_END] = {
	[VIRGL_SHADER_STAGE_VERTEX] = "VERTEX",
	[VIRGL_SHADER_STAGE_FRAGMENT] = "FRAGMENT",
	[VIRGL_SHADER_STAGE_GEOMETRY] = "GEOMETRY",
	[VIRGL_SHADER_STAGE_TESS_CTRL] = "TESS_CTRL",
	[VIRGL_SHADER_STAGE_TESS_EVAL] = "TESS_EVAL",
	[VIRGL_SHADER_STAGE_COMPUTE] = "COMPUTE",
};

static const char *const directions[] = { [1] = "to_host", [2] = "from_host" };

static void print_named(struct text *text, const char *const *names, size_t n_names, uint32_t value)
{
	if (value < n_names && names[value])
		text_add(text, "%s", names[value]);
	else
		text_add(text, "%u", value);
}

#define PRINT_NAMED(text, names, value)                                                            \
	print_named(text, names, sizeof(names) / sizeof(names[0]), value)

/* The field's dwords from `d` on, `left` of them, at least one; how many it has. */
static uint32_t print_field(struct text *text, const char *name, int name_len, char kind,
	const uint32_t *d, uint32_t left)
{
	float number;
	double wide;

	if (kind == '_') /* of no meaning */
		return 1;
	text_add(text, " %.*s=", name_len, name);
	switch (kind) {
	case 'x':
		text_add(text, "0x%x", d[0]);
		return 1;
	case 'i':
		text_add(text, "%d", (int32_t)d[0]);
		return 1;
	case 'f':
		memcpy(&number, d, sizeof(number));
		text_add(text, "%g", (double)number);
		return 1;
	case 'd': /* a double in two */
		if (left < 2)
			return left;
		memcpy(&wide, d, sizeof(wide));
		text_add(text, "%g", wide);
		return 2;
	case 'h': /* two halves */
		text_add(text, "%u,%u", d[0] & 0xffff, d[0] >> 16);
		return 1;
	case 'p':
		PRINT_NAMED(text, primitives, d[0]);
		return 1;
	case 's':
		PRINT_NAMED(text, stages, d[0]);
		return 1;
	case 't':
		PRINT_NAMED(text, directions, d[0]);
		return 1;
	case 'b': /* all that follows */
		text_add(text, "%uB", left * 4);
		return left;
	case 'm':
		text_add_foreign(text, d, (size_t)left * 4);
		return left;
	default:
		text_add(text, "%u", d[0]);
		return 1;
	}
}

static void print_fields(
	struct text *text, const char *layout, const uint32_t *dwords, uint32_t n_dwords)
{
	const char *at = layout, *repeat = NULL;
	uint32_t i = 0;

	while (i < n_dwords && !text->full) {
		if (*at == ' ')
			at++;
		if (*at == '[')
			repeat = ++at;
		if (!*at)
			at = repeat;
		if (!at)
			return;
		int len = strcspn(at, " :");
		char kind = at[len] == ':' ? at[len + 1] : 'u';
		i += print_field(text, at, len, kind, dwords + i, n_dwords - i);
		at += len + (at[len] == ':' ? 2 : 0);
	}
}

void virgl_command_print(const struct virgl_command *command, struct text *text)
{
	const char *layout = NULL;

	text_add(text, "%s", virgl_opcode_name(command->opcode));
	if (command->opcode == VIRGL_OPCODE_CREATE_OBJECT ||
		command->opcode == VIRGL_OPCODE_BIND_OBJECT ||
		command->opcode == VIRGL_OPCODE_DESTROY_OBJECT)
		text_add(text, " %s", virgl_object_name(command->object));
	if (command->opcode == VIRGL_OPCODE_CREATE_OBJECT && command->object < VIRGL_OBJECT_END)
		layout = object_layouts[command->object];
	else if (command->opcode < VIRGL_OPCODE_END)
		layout = command_layouts[command->opcode];
	if (layout)
		print_fields(text, layout, command->dwords + 1, command->length);
	else
		text_add(text, " opcode=%u dwords=%u", command->opcode, command->length);
}

/* SPDX-License-Identifier: MIT */
/* The shaders. */
#include "compositor/paint/gl_program.h"

#include <errno.h>

#include "base/log.h"

#define BATCH 64 /* boxes that are drawn together */

enum {
	ATTRIBUTE_AT
};

/* The first row of a target is the first in memory: GL's lowest. */
static const char vertex_source[] = "uniform vec2 size;\n"
				    "uniform mat3 to_texture;\n"
				    "attribute vec2 at;\n"
				    "varying vec2 from;\n"
				    "void main() {\n"
				    "	from = (to_texture * vec3(at, 1.0)).xy;\n"
				    "	gl_Position = vec4(2.0 * at / size - 1.0, 0.0, 1.0);\n"
				    "}\n";

#define PRECISION                                                                                  \
	"#ifdef GL_FRAGMENT_PRECISION_HIGH\n"                                                      \
	"precision highp float;\n"                                                                 \
	"#else\n"                                                                                  \
	"precision mediump float;\n"                                                               \
	"#endif\n"
#define OF_TEXTURE(sampler)                                                                        \
	"uniform " sampler " picture;\n"                                                           \
	"uniform float least_alpha;\n"                                                             \
	"varying vec2 from;\n"                                                                     \
	"void main() {\n"                                                                          \
	"	vec4 px = texture2D(picture, from);\n"                                                   \
	"	gl_FragColor = vec4(px.rgb, max(px.a, least_alpha));\n"                                  \
	"}\n"

static const char *const fragment_sources[GL_PROGRAMS] = {
	[GL_PROGRAM_COLOUR] = PRECISION "uniform vec4 colour;\n"
					"void main() {\n"
					"	gl_FragColor = colour;\n"
					"}\n",
	[GL_PROGRAM_TEXTURE] = PRECISION OF_TEXTURE("sampler2D"),
	[GL_PROGRAM_EXTERNAL] =
		"#extension GL_OES_EGL_image_external : require\n" PRECISION OF_TEXTURE(
			"samplerExternalOES"),
};

static GLuint shader_create(GLenum kind, const char *source)
{
	GLuint shader = glCreateShader(kind);
	char words[256] = "";
	GLint is_good = GL_FALSE;

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &is_good);
	if (is_good)
		return shader;
	glGetShaderInfoLog(shader, sizeof(words), NULL, words);
	log_warn("GL takes no shader: %s", words);
	glDeleteShader(shader);
	return 0;
}

static int gl_program_init(struct gl_program *program, const char *fragment_source)
{
	GLuint vertex = shader_create(GL_VERTEX_SHADER, vertex_source);
	GLuint fragment = shader_create(GL_FRAGMENT_SHADER, fragment_source);
	GLint is_good = GL_FALSE;

	program->name = vertex && fragment ? glCreateProgram() : 0;
	if (program->name) {
		glAttachShader(program->name, vertex);
		glAttachShader(program->name, fragment);
		glBindAttribLocation(program->name, ATTRIBUTE_AT, "at");
		glLinkProgram(program->name);
		glGetProgramiv(program->name, GL_LINK_STATUS, &is_good);
	}
	glDeleteShader(vertex);
	glDeleteShader(fragment);
	if (!is_good)
		return -EIO;
	program->size = glGetUniformLocation(program->name, "size");
	program->to_texture = glGetUniformLocation(program->name, "to_texture");
	program->colour = glGetUniformLocation(program->name, "colour");
	program->least_alpha = glGetUniformLocation(program->name, "least_alpha");
	return 0;
}

int gl_programs_init(struct gl_program programs[static GL_PROGRAMS], bool has_external)
{
	for (int i = 0; i < GL_PROGRAMS; i++)
		programs[i] = (struct gl_program){ 0 };
	int ret =
		gl_program_init(&programs[GL_PROGRAM_COLOUR], fragment_sources[GL_PROGRAM_COLOUR]);
	if (ret == 0)
		ret = gl_program_init(
			&programs[GL_PROGRAM_TEXTURE], fragment_sources[GL_PROGRAM_TEXTURE]);
	if (ret == 0 && has_external)
		ret = gl_program_init(
			&programs[GL_PROGRAM_EXTERNAL], fragment_sources[GL_PROGRAM_EXTERNAL]);
	return ret;
}

void gl_programs_finish(struct gl_program programs[static GL_PROGRAMS])
{
	for (int i = 0; i < GL_PROGRAMS; i++)
		glDeleteProgram(programs[i].name);
}

static void gl_program_set_colour(const struct gl_program *program, const pixman_color_t *colour)
{
	glUniform4f(program->colour, colour->red / 65535.0f, colour->green / 65535.0f,
		colour->blue / 65535.0f, colour->alpha / 65535.0f);
}

static void gl_program_set_texture(const struct gl_program *program, const struct gl_paint *paint)
{
	GLenum target =
		paint->kind == GL_PROGRAM_EXTERNAL ? GL_TEXTURE_EXTERNAL_OES : GL_TEXTURE_2D;
	GLint filter = paint->is_moved_only ? GL_NEAREST : GL_LINEAR;
	const struct pixman_f_transform *matrix = &paint->to_texture;
	GLfloat columns[9];

	for (int i = 0; i < 9; i++) {
		int row = i % 3, column = i / 3;
		double side_px = row == 0 ? paint->width_px : row == 1 ? paint->height_px : 1;
		columns[i] = matrix->m[row][column] / side_px;
	}
	glUniformMatrix3fv(program->to_texture, 1, GL_FALSE, columns);
	glUniform1f(program->least_alpha, paint->is_opaque ? 1 : 0);
	glBindTexture(target, paint->texture);
	glTexParameteri(target, GL_TEXTURE_MIN_FILTER, filter);
	glTexParameteri(target, GL_TEXTURE_MAG_FILTER, filter);
	glTexParameteri(target, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(target, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

static void draw_boxes(const pixman_box32_t *boxes, int n)
{
	static const int triangles[6] = { 0, 1, 2, 2, 1, 3 };
	GLfloat corners[BATCH][6][2];

	for (int i = 0; i < n; i++) {
		const pixman_box32_t *box = &boxes[i];
		for (int j = 0; j < 6; j++) {
			int corner = triangles[j];
			corners[i][j][0] = corner % 2 ? box->x2 : box->x1;
			corners[i][j][1] = corner / 2 ? box->y2 : box->y1;
		}
	}
	glVertexAttribPointer(ATTRIBUTE_AT, 2, GL_FLOAT, GL_FALSE, 0, corners);
	glDrawArrays(GL_TRIANGLES, 0, n * 6);
}

void gl_program_paint(const struct gl_program programs[static GL_PROGRAMS],
	const struct gl_paint *paint, const pixman_region32_t *boxes, uint32_t width_px,
	uint32_t height_px)
{
	const struct gl_program *program = &programs[paint->kind];
	int n;
	const pixman_box32_t *box = pixman_region32_rectangles((pixman_region32_t *)boxes, &n);

	glUseProgram(program->name);
	glUniform2f(program->size, width_px, height_px);
	if (paint->kind == GL_PROGRAM_COLOUR)
		gl_program_set_colour(program, &paint->colour);
	else
		gl_program_set_texture(program, paint);
	if (paint->blends)
		glEnable(GL_BLEND);
	else
		glDisable(GL_BLEND);
	glEnableVertexAttribArray(ATTRIBUTE_AT);
	for (; n > 0; n -= BATCH, box += BATCH)
		draw_boxes(box, n < BATCH ? n : BATCH);
}

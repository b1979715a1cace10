/* SPDX-License-Identifier: MIT */
/*
 * The scene: a backdrop, a cube whose faces are windows of coloured panes
 * between bars, a number in seven segments for people and the row of blocks of
 * number-code.h for read-number. Flat rectangles are cleared through a scissor;
 * everything with a shape goes through shaders.
 */
#include "number-scene.h"

#include "number-code.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct vertex {
	float position[3], normal[3], uv[2];
};

struct matrix {
	float m[16]; /* by columns, as GL wants it */
};

static const char backdrop_vertex[] =
	"attribute vec2 position;\n"
	"varying vec2 at;\n"
	"void main() { at = position; gl_Position = vec4(position, 0.999, 1.0); }\n";

static const char backdrop_fragment[] =
	"precision mediump float;\n"
	"varying vec2 at;\n"
	"void main() {\n"
	"	vec3 low = vec3(0.93, 0.45, 0.30), high = vec3(0.07, 0.10, 0.25);\n"
	"	float glow = max(0.0, 1.0 - length(at * vec2(0.9, 1.1) + vec2(0.0, 0.25)));\n"
	"	gl_FragColor = vec4(mix(low, high, clamp(at.y * 0.55 + 0.6, 0.0, 1.0)) + 0.25 * glow, 1.0);\n"
	"}\n";

static const char cube_vertex[] =
	"uniform mat4 matrix, model;\n"
	"attribute vec3 position, normal;\n"
	"attribute vec2 uv;\n"
	"varying vec3 toward, facing;\n"
	"varying vec2 at;\n"
	"void main() {\n"
	"	at = uv;\n"
	"	facing = mat3(model) * normal;\n"
	"	toward = vec3(0.0, 0.0, 5.0) - (model * vec4(position, 1.0)).xyz;\n"
	"	gl_Position = matrix * vec4(position, 1.0);\n"
	"}\n";

static const char cube_fragment[] =
	"precision mediump float;\n"
	"uniform vec3 tint;\n"
	"varying vec3 toward, facing;\n"
	"varying vec2 at;\n"
	"void main() {\n"
	"	vec2 pane = floor(at * 3.0), inside = abs(fract(at * 3.0) - 0.5);\n"
	"	float bar = step(0.44, max(inside.x, inside.y));\n"
	"	vec3 n = normalize(facing), eye = normalize(toward), sun = normalize(vec3(0.5, 0.7, 0.9));\n"
	"	float lit = 0.35 + 0.65 * max(dot(n, sun), 0.0);\n"
	"	float shine = pow(max(dot(n, normalize(sun + eye)), 0.0), 40.0);\n"
	"	vec3 glass = 0.5 + 0.5 * cos(6.28 * (dot(pane, vec2(0.11, 0.19)) + tint));\n"
	"	vec3 color = mix(glass * lit, vec3(0.16, 0.12, 0.10) * (lit + 0.4), bar);\n"
	"	gl_FragColor = vec4(color + (1.0 - 0.7 * bar) * shine, 1.0);\n"
	"}\n";

static const char flat_vertex[] =
	"attribute vec2 position;\n"
	"void main() { gl_Position = vec4(position, -0.999, 1.0); }\n";

static const char flat_fragment[] =
	"precision mediump float;\n"
	"uniform vec4 color;\n"
	"void main() { gl_FragColor = color; }\n";

enum { ATTRIBUTE_POSITION, ATTRIBUTE_NORMAL, ATTRIBUTE_UV };

static GLuint
shader_create(GLenum kind, const char *source)
{
	GLuint shader = glCreateShader(kind);
	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	GLint good = 0;
	glGetShaderiv(shader, GL_COMPILE_STATUS, &good);
	if (!good) {
		char log[1024] = "";
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		fprintf(stderr, "number: shader: %s\n", log);
	}
	return shader;
}

/* 0 on failure. */
static GLuint
program_create(const char *vertex, const char *fragment)
{
	GLuint program = glCreateProgram();
	GLuint shaders[2] = {
		shader_create(GL_VERTEX_SHADER, vertex),
		shader_create(GL_FRAGMENT_SHADER, fragment),
	};
	for (int i = 0; i < 2; i++) {
		glAttachShader(program, shaders[i]);
		glDeleteShader(shaders[i]);
	}
	glBindAttribLocation(program, ATTRIBUTE_POSITION, "position");
	glBindAttribLocation(program, ATTRIBUTE_NORMAL, "normal");
	glBindAttribLocation(program, ATTRIBUTE_UV, "uv");
	glLinkProgram(program);
	GLint good = 0;
	glGetProgramiv(program, GL_LINK_STATUS, &good);
	if (!good) {
		fprintf(stderr, "number: a program does not link\n");
		glDeleteProgram(program);
		return 0;
	}
	return program;
}

/* Six faces of two triangles; face f looks along axis f % 3, up or down it. */
static void
cube_fill(struct vertex vertices[static 36])
{
	static const float corners[6][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 0}, {1, 1}, {0, 1}};
	for (int face = 0; face < 6; face++) {
		int axis = face % 3;
		float sign = face < 3 ? 1.0f : -1.0f;
		for (int i = 0; i < 6; i++) {
			struct vertex *v = &vertices[6 * face + i];
			memset(v, 0, sizeof(*v));
			v->uv[0] = corners[i][0];
			v->uv[1] = corners[i][1];
			v->normal[axis] = sign;
			v->position[axis] = sign;
			v->position[(axis + 1) % 3] = sign * (2.0f * v->uv[0] - 1.0f);
			v->position[(axis + 2) % 3] = 2.0f * v->uv[1] - 1.0f;
		}
	}
}

static struct matrix
matrix_multiply(const struct matrix *a, const struct matrix *b)
{
	struct matrix out = {0};
	for (int column = 0; column < 4; column++) {
		for (int row = 0; row < 4; row++) {
			for (int k = 0; k < 4; k++) {
				out.m[4 * column + row] += a->m[4 * k + row] * b->m[4 * column + k];
			}
		}
	}
	return out;
}

static struct matrix
matrix_perspective(float aspect)
{
	const float near = 1.0f, far = 20.0f, focal = 2.2f;
	return (struct matrix){{
		focal / aspect, 0, 0, 0,
		0, focal, 0, 0,
		0, 0, (far + near) / (near - far), -1,
		0, 0, 2 * far * near / (near - far), 0,
	}};
}

static struct matrix
matrix_turn(float around_x, float around_y)
{
	float cx = cosf(around_x), sx = sinf(around_x), cy = cosf(around_y), sy = sinf(around_y);
	return (struct matrix){{
		cy, sx * sy, -cx * sy, 0,
		0, cx, sx, 0,
		sy, -sx * cy, cx * cy, 0,
		0, 0.25f, 0, 1,
	}};
}

static void
backdrop_draw(const struct scene *scene)
{
	glUseProgram(scene->backdrop);
	glBindBuffer(GL_ARRAY_BUFFER, scene->quad_vertices);
	glEnableVertexAttribArray(ATTRIBUTE_POSITION);
	glVertexAttribPointer(ATTRIBUTE_POSITION, 2, GL_FLOAT, GL_FALSE, 0, NULL);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

static void
cube_draw(const struct scene *scene, float aspect, double seconds)
{
	float direction = scene->head % 2 ? -1.0f : 1.0f;
	struct matrix model = matrix_turn(0.45f + 0.2f * (float)sin(seconds * 0.7),
		direction * (0.6f + (float)fmod(seconds * 0.8, 6.283185307)));
	struct matrix view = {{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, -6, 1}};
	struct matrix eye = matrix_multiply(&view, &model);
	struct matrix projection = matrix_perspective(aspect);
	struct matrix matrix = matrix_multiply(&projection, &eye);
	float shift = 0.35f * (float)scene->head;

	glUseProgram(scene->cube);
	glUniformMatrix4fv(scene->cube_matrix, 1, GL_FALSE, matrix.m);
	glUniformMatrix4fv(scene->cube_model, 1, GL_FALSE, model.m);
	glUniform3f(scene->cube_tint, 0.0f + shift, 0.33f + shift, 0.55f + shift);
	glBindBuffer(GL_ARRAY_BUFFER, scene->cube_vertices);
	const struct {
		GLint size;
		size_t offset;
	} attributes[] = {
		[ATTRIBUTE_POSITION] = {3, offsetof(struct vertex, position)},
		[ATTRIBUTE_NORMAL] = {3, offsetof(struct vertex, normal)},
		[ATTRIBUTE_UV] = {2, offsetof(struct vertex, uv)},
	};
	for (GLuint i = 0; i < 3; i++) {
		glEnableVertexAttribArray(i);
		glVertexAttribPointer(i, attributes[i].size, GL_FLOAT, GL_FALSE,
			sizeof(struct vertex), (const void *)attributes[i].offset);
	}
	glEnable(GL_DEPTH_TEST);
	glDrawArrays(GL_TRIANGLES, 0, 36);
	glDisable(GL_DEPTH_TEST);
	glDisableVertexAttribArray(ATTRIBUTE_NORMAL);
	glDisableVertexAttribArray(ATTRIBUTE_UV);
}

/* One seven-segment digit, its lower left corner at x, y. Bits: top, top right,
 * bottom right, bottom, bottom left, top left, middle. */
static void
digit_draw(int digit, int x, int y, int width, int height)
{
	static const unsigned char segments[10] = {
		0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f,
	};
	int bar = width / 5, half = height / 2;
	const int rects[7][4] = {
		{0, height - bar, width, bar},
		{width - bar, half, bar, height - half},
		{width - bar, 0, bar, half},
		{0, 0, width, bar},
		{0, 0, bar, half},
		{0, half, bar, height - half},
		{0, half - bar / 2, width, bar},
	};
	for (int i = 0; i < 7; i++) {
		if (segments[digit] >> i & 1) {
			glScissor(x + rects[i][0], y + rects[i][1], rects[i][2], rects[i][3]);
			glClear(GL_COLOR_BUFFER_BIT);
		}
	}
}

static void
digits_draw(const struct scene *scene, int width, int height)
{
	char text[16];
	int count = snprintf(text, sizeof(text), "%u", scene->number);
	int digit_height = height / 9, digit_width = digit_height * 3 / 5;
	int step = digit_width * 7 / 5;
	int y = height / NUMBER_CODE_ROW_FRACTION + height / 32;
	int x = (width - (count * step - (step - digit_width))) / 2;
	glClearColor(1.0f, 0.97f, 0.90f, 1.0f);
	for (int i = 0; i < count; i++) {
		digit_draw(text[i] - '0', x + i * step, y, digit_width, digit_height);
	}
}

/* Triangles and uniforms, so that the number itself has gone through shaders. */
static void
cells_draw(const struct scene *scene, int from, int to, float red, float green, float blue)
{
	float left = 2.0f * (float)from / NUMBER_CODE_CELLS - 1.0f;
	float right = 2.0f * (float)to / NUMBER_CODE_CELLS - 1.0f;
	float top = -1.0f + 2.0f / NUMBER_CODE_ROW_FRACTION;
	const float corners[8] = {left, -1, right, -1, left, top, right, top};
	glUniform4f(scene->flat_color, red, green, blue, 1.0f);
	glVertexAttribPointer(ATTRIBUTE_POSITION, 2, GL_FLOAT, GL_FALSE, 0, corners);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

static void
code_draw(const struct scene *scene)
{
	uint64_t code = number_code_encode(scene->number, scene->head);
	int marker = NUMBER_CODE_MARKER_CELLS, last = NUMBER_CODE_CELLS - marker;
	glUseProgram(scene->flat);
	glBindBuffer(GL_ARRAY_BUFFER, 0);
	glEnableVertexAttribArray(ATTRIBUTE_POSITION);
	cells_draw(scene, 0, marker, 0.9f, 0.05f, 0.05f);
	cells_draw(scene, marker, last, 0.04f, 0.04f, 0.04f);
	cells_draw(scene, last, NUMBER_CODE_CELLS, 0.05f, 0.05f, 0.9f);
	for (int bit = 0; bit < NUMBER_CODE_BITS; bit++) {
		if (code >> (NUMBER_CODE_BITS - 1 - bit) & 1) {
			cells_draw(scene, marker + bit, marker + bit + 1, 0.95f, 0.95f, 0.95f);
		}
	}
}

int
scene_init(struct scene *scene, uint32_t number, uint8_t head)
{
	*scene = (struct scene){.number = number, .head = head};
	scene->backdrop = program_create(backdrop_vertex, backdrop_fragment);
	scene->cube = program_create(cube_vertex, cube_fragment);
	scene->flat = program_create(flat_vertex, flat_fragment);
	if (!scene->backdrop || !scene->cube || !scene->flat) {
		scene_finish(scene);
		return -EINVAL;
	}
	scene->cube_matrix = glGetUniformLocation(scene->cube, "matrix");
	scene->cube_model = glGetUniformLocation(scene->cube, "model");
	scene->cube_tint = glGetUniformLocation(scene->cube, "tint");
	scene->flat_color = glGetUniformLocation(scene->flat, "color");

	static const float quad[8] = {-1, -1, 1, -1, -1, 1, 1, 1};
	struct vertex cube[36];
	cube_fill(cube);
	glGenBuffers(1, &scene->quad_vertices);
	glBindBuffer(GL_ARRAY_BUFFER, scene->quad_vertices);
	glBufferData(GL_ARRAY_BUFFER, sizeof(quad), quad, GL_STATIC_DRAW);
	glGenBuffers(1, &scene->cube_vertices);
	glBindBuffer(GL_ARRAY_BUFFER, scene->cube_vertices);
	glBufferData(GL_ARRAY_BUFFER, sizeof(cube), cube, GL_STATIC_DRAW);
	return 0;
}

void
scene_finish(struct scene *scene)
{
	glDeleteProgram(scene->backdrop);
	glDeleteProgram(scene->cube);
	glDeleteProgram(scene->flat);
	glDeleteBuffers(1, &scene->quad_vertices);
	glDeleteBuffers(1, &scene->cube_vertices);
	*scene = (struct scene){0};
}

void
scene_draw(const struct scene *scene, int width_px, int height_px, double seconds)
{
	glViewport(0, 0, width_px, height_px);
	glClear(GL_DEPTH_BUFFER_BIT);
	backdrop_draw(scene);
	cube_draw(scene, (float)width_px / (float)height_px, seconds);
	code_draw(scene);
	glEnable(GL_SCISSOR_TEST);
	digits_draw(scene, width_px, height_px);
	glDisable(GL_SCISSOR_TEST);
}

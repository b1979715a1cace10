/* SPDX-License-Identifier: MIT */
/*
 * A program of OpenGL ES 3.1 without a window: a compute shader that counts, whose result
 * it checks, and a picture. Prints what drew it, and sums of both that are the same
 * wherever the same driver draws.
 */
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl31.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 4096
#define SIZE_PX 128

static const char compute_text[] =
	"#version 310 es\n"
	"layout(local_size_x = 64) in;\n"
	"layout(std430, binding = 0) buffer Numbers { uint numbers[]; };\n"
	"layout(binding = 0) uniform atomic_uint count;\n"
	"void main() {\n"
	"	uint i = gl_GlobalInvocationID.x;\n"
	"	numbers[i] = numbers[i] * 2654435761u + i * i;\n"
	"	if (numbers[i] % 3u == 0u)\n"
	"		atomicCounterIncrement(count);\n"
	"}\n";

static const char vertex_text[] = "#version 310 es\n"
				  "out vec3 color;\n"
				  "void main() {\n"
				  "	float x = float(gl_VertexID & 1), y = float(gl_VertexID >> 1);\n"
				  "	color = vec3(x, y, 1.0 - x * y);\n"
				  "	gl_Position = vec4(x * 1.5 - 0.8, y * 1.3 - 0.7, 0.0, 1.0);\n"
				  "}\n";

static const char fragment_text[] = "#version 310 es\n"
				    "precision highp float;\n"
				    "in vec3 color;\n"
				    "out vec4 pixel;\n"
				    "void main() {\n"
				    "	pixel = vec4(fract(color * 5.0), 1.0);\n"
				    "}\n";

static void die(const char *what)
{
	fprintf(stderr, "gles31: %s\n", what);
	exit(EXIT_FAILURE);
}

static void context_make(void)
{
	static const EGLint attributes[] = { EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION,
		1, EGL_NONE };
	PFNEGLGETPLATFORMDISPLAYEXTPROC get_display =
		(PFNEGLGETPLATFORMDISPLAYEXTPROC)eglGetProcAddress("eglGetPlatformDisplayEXT");

	EGLDisplay display = get_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	if (!eglInitialize(display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_ES_API))
		die("no EGL");
	EGLContext context = eglCreateContext(
		display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (!context || !eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
		die("no context of OpenGL ES 3.1");
}

static void shader_attach(GLuint program, GLenum type, const char *text)
{
	GLuint shader = glCreateShader(type);
	GLint is_compiled;
	char log[1024];

	glShaderSource(shader, 1, &text, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &is_compiled);
	if (!is_compiled) {
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		die(log);
	}
	glAttachShader(program, shader);
}

static void program_use(GLuint program)
{
	GLint is_linked;

	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &is_linked);
	if (!is_linked)
		die("a program does not link");
	glUseProgram(program);
}

static uint32_t sum_add(uint32_t sum, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ ((const uint8_t *)bytes)[i]) * 16777619u;
	return sum;
}

static void compute(void)
{
	uint32_t numbers[N], expected = 0, zero = 0;
	GLuint program = glCreateProgram(), buffers[2];

	for (uint32_t i = 0; i < N; i++)
		numbers[i] = i ^ 0x5a5a;
	shader_attach(program, GL_COMPUTE_SHADER, compute_text);
	program_use(program);
	glGenBuffers(2, buffers);
	glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, buffers[0]);
	glBufferData(GL_SHADER_STORAGE_BUFFER, sizeof(numbers), numbers, GL_DYNAMIC_COPY);
	glBindBufferBase(GL_ATOMIC_COUNTER_BUFFER, 0, buffers[1]);
	glBufferData(GL_ATOMIC_COUNTER_BUFFER, sizeof(zero), &zero, GL_DYNAMIC_COPY);
	glDispatchCompute(N / 64, 1, 1);
	glMemoryBarrier(GL_ALL_BARRIER_BITS);
	const uint32_t *got = glMapBufferRange(
		GL_SHADER_STORAGE_BUFFER, 0, sizeof(numbers), GL_MAP_READ_BIT);
	if (!got)
		die("the result cannot be read");
	for (uint32_t i = 0; i < N; i++) {
		numbers[i] = numbers[i] * 2654435761u + i * i;
		expected += numbers[i] % 3 == 0;
	}
	if (memcmp(got, numbers, sizeof(numbers)) != 0)
		die("the compute shader computed something else");
	glUnmapBuffer(GL_SHADER_STORAGE_BUFFER);
	const uint32_t *count = glMapBufferRange(
		GL_ATOMIC_COUNTER_BUFFER, 0, sizeof(zero), GL_MAP_READ_BIT);
	if (!count || *count != expected)
		die("the compute shader counted something else");
	printf("computed: %08x\n", sum_add(2166136261u, numbers, sizeof(numbers)));
}

static void draw(void)
{
	static uint8_t pixels[SIZE_PX * SIZE_PX * 4];
	GLuint program = glCreateProgram(), texture, framebuffer, array;

	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIZE_PX, SIZE_PX);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
	shader_attach(program, GL_VERTEX_SHADER, vertex_text);
	shader_attach(program, GL_FRAGMENT_SHADER, fragment_text);
	program_use(program);
	glGenVertexArrays(1, &array);
	glBindVertexArray(array);
	glViewport(0, 0, SIZE_PX, SIZE_PX);
	glClearColor(0.2f, 0.4f, 0.6f, 1.0f);
	glClear(GL_COLOR_BUFFER_BIT);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
	glReadPixels(0, 0, SIZE_PX, SIZE_PX, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	if (glGetError() != GL_NO_ERROR)
		die("drawing failed");
	if (!memcmp(pixels, pixels + sizeof(pixels) / 2 + SIZE_PX * 2, 4))
		die("nothing was drawn");
	printf("drawn: %08x\n", sum_add(2166136261u, pixels, sizeof(pixels)));
}

int main(void)
{
	context_make();
	printf("renderer: %s\n", glGetString(GL_RENDERER));
	compute();
	draw();
	return EXIT_SUCCESS;
}

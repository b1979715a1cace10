/* SPDX-License-Identifier: MIT */
/*
 * A VMM and a 3D driver (tests/guest.h) that do what they are told, a line at a
 * time, for tests that look at the screen between two commands.
 *
 * vmm-shell SOCKET: reads commands from stdin, answers each with a line: "ok", or
 * what went wrong. Numbers are decimal, colours RRGGBB.
 *
 *   texture ID FORMAT FLAGS WIDTH HEIGHT  a 3D resource with backing
 *   plain ID FORMAT FLAGS WIDTH HEIGHT    one that is not meant for a head
 *   blob ID PIECES WIDTH HEIGHT           guest memory as it is, in so many pieces, x8r8g8b8
 *   write ID SEED                         picture_pattern() into that memory
 *   show HEAD ID                          the whole blob
 *   part HEAD ID WIDTH HEIGHT STRIDE OFFSET  a picture anywhere in the blob
 *   paint ID SEED                         uploads picture_pattern()
 *   clear ID COLOUR                       draws, in GL
 *   copy ID FROM                          all of another one, as it is
 *   blit ID FROM                          the same, by drawing
 *   scanout HEAD ID X Y WIDTH HEIGHT      ID 0: the head shows nothing
 *   flush ID X Y WIDTH HEIGHT
 *   flip HEAD COUNT COLOUR ID ID          clears and flips them in turn, the last COLOUR
 *   unref ID
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "guest/virgl.h"
#include "picture.h"

#define CONTEXT 1u
#define IDS 64u
#define SURFACE_FIRST 100u /* its surface's handle, from the resource's id */
#define MEMORY_BYTES (UINT64_C(96) << 20)
#define TIMEOUT_MS 30000
#define PIECES_MAX 4096u
#define WORDS_MAX 8

/* virgl_protocol.h */
#define COMMAND_BLIT 16
#define COMMAND_RESOURCE_COPY_REGION 17
#define BLIT_MASK_RGBA 0xfu

struct texture {
	uint32_t format, width_px, height_px; /* 0: none */
	struct span backing;
	uint32_t pieces; /* of a blob */
	bool has_surface;
};

struct shell {
	struct guest guest;
	struct virgl_stream stream;
	struct texture textures[IDS];
	uint32_t words[WORDS_MAX]; /* after the command's name */
};

static bool shell_create(struct shell *shell, uint32_t bind)
{
	const uint32_t *w = shell->words;
	struct gpu *gpu = &shell->guest.gpu;
	struct texture *texture = &shell->textures[w[0]];
	struct gpu_resource_3d what = {
		.target = VIRGL_TARGET_2D,
		.format = w[1],
		.flags = w[2],
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW | bind,
		.width = w[3],
		.height = w[4],
		.depth = 1,
		.array_size = 1,
	};

	*texture = (struct texture){
		.format = w[1],
		.width_px = w[3],
		.height_px = w[4],
		.backing = memory_alloc(&shell->guest.memory, (size_t)w[3] * w[4] * 4, 4096),
	};
	return texture->backing.data &&
	       gpu_create_3d(gpu, w[0], &what) == VIRTIO_GPU_RESP_OK_NODATA &&
	       gpu_attach_backing(gpu, w[0], &texture->backing, 1) == VIRTIO_GPU_RESP_OK_NODATA &&
	       gpu_context_attach(gpu, CONTEXT, w[0]) == VIRTIO_GPU_RESP_OK_NODATA;
}

static bool shell_texture(struct shell *shell)
{
	return shell_create(shell, VIRGL_BIND_SCANOUT);
}

static bool shell_plain(struct shell *shell)
{
	return shell_create(shell, 0);
}

static bool shell_paint(struct shell *shell)
{
	struct texture *texture = &shell->textures[shell->words[0]];
	struct gpu_transfer_3d all = {
		.box = { .w = texture->width_px, .h = texture->height_px, .d = 1 },
	};
	struct picture pattern =
		picture_pattern(texture->width_px, texture->height_px, shell->words[1]);

	memcpy(texture->backing.data, pattern.pixels, texture->backing.size);
	picture_finish(&pattern);
	return gpu_transfer_to_host_3d(&shell->guest.gpu, CONTEXT, shell->words[0], &all) ==
	       VIRTIO_GPU_RESP_OK_NODATA;
}

static int shell_submit(struct shell *shell)
{
	struct virgl_stream *stream = &shell->stream;

	int type = gpu_submit_3d(
		&shell->guest.gpu, CONTEXT, stream->words, virgl_stream_bytes(stream));
	virgl_stream_reset(stream);
	return type;
}

static bool shell_draw(struct shell *shell, uint32_t id, uint32_t colour)
{
	struct texture *texture = &shell->textures[id];
	struct virgl_stream *stream = &shell->stream;

	if (!texture->has_surface)
		virgl_create_surface(stream, SURFACE_FIRST + id, id, texture->format);
	texture->has_surface = true;
	virgl_set_framebuffer(stream, SURFACE_FIRST + id);
	virgl_clear(stream, (colour >> 16 & 0xff) / 255.0f, (colour >> 8 & 0xff) / 255.0f,
		(colour & 0xff) / 255.0f, 0.0f);
	return shell_submit(shell) == VIRTIO_GPU_RESP_OK_NODATA;
}

static bool shell_clear(struct shell *shell)
{
	return shell_draw(shell, shell->words[0], shell->words[1]);
}

/* Pages in pieces of one size, the last piece of the memory first. */
static bool shell_blob(struct shell *shell)
{
	static struct span pieces[PIECES_MAX];
	const uint32_t *w = shell->words;
	struct texture *texture = &shell->textures[w[0]];
	size_t bytes = (size_t)w[2] * w[3] * 4;

	if (!w[1] || w[1] > PIECES_MAX)
		return false;
	size_t piece = (bytes / w[1] + 4095) / 4096 * 4096;
	*texture = (struct texture){
		.width_px = w[2],
		.height_px = w[3],
		.backing = memory_alloc(&shell->guest.memory, piece * w[1], 4096),
		.pieces = w[1],
	};
	for (uint32_t i = 0; i < w[1]; i++)
		pieces[i] = (struct span){
			.gpa = texture->backing.gpa + (w[1] - 1 - i) * piece,
			.size = piece,
		};
	return texture->backing.data &&
	       gpu_create_blob(&shell->guest.gpu, 0, w[0], VIRTIO_GPU_BLOB_MEM_GUEST,
		       VIRTIO_GPU_BLOB_FLAG_USE_SHAREABLE, 0, bytes, pieces, w[1]) ==
		       VIRTIO_GPU_RESP_OK_NODATA;
}

static bool shell_write(struct shell *shell)
{
	struct texture *texture = &shell->textures[shell->words[0]];
	struct picture pattern =
		picture_pattern(texture->width_px, texture->height_px, shell->words[1]);
	const uint8_t *from = (const uint8_t *)pattern.pixels;
	size_t bytes = (size_t)pattern.width_px * pattern.height_px * 4;
	size_t piece = texture->pieces ? texture->backing.size / texture->pieces : 0;

	for (uint32_t i = 0; i < texture->pieces && i * piece < bytes; i++) {
		size_t rest = bytes - i * piece;
		memcpy((uint8_t *)texture->backing.data + (texture->pieces - 1 - i) * piece,
			from + i * piece, rest < piece ? rest : piece);
	}
	picture_finish(&pattern);
	return texture->pieces;
}

static bool shell_show(struct shell *shell)
{
	const uint32_t *w = shell->words;
	const struct texture *texture = &shell->textures[w[1]];
	uint32_t width = texture->width_px, height = texture->height_px;

	return gpu_set_scanout_blob(&shell->guest.gpu, w[0], w[1], gpu_rect(0, 0, width, height),
		       width, height, VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, width * 4, 0) ==
	       VIRTIO_GPU_RESP_OK_NODATA;
}

static bool shell_part(struct shell *shell)
{
	const uint32_t *w = shell->words;

	return gpu_set_scanout_blob(&shell->guest.gpu, w[0], w[1], gpu_rect(0, 0, w[2], w[3]), w[2],
		       w[3], VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM, w[4], w[5]) ==
	       VIRTIO_GPU_RESP_OK_NODATA;
}

static void stream_words(
	struct virgl_stream *stream, uint32_t command, const uint32_t *words, size_t n)
{
	virgl_begin(stream, command, 0);
	for (size_t i = 0; i < n; i++)
		virgl_word(stream, words[i]);
	virgl_end(stream);
}

static bool shell_copy(struct shell *shell)
{
	uint32_t to = shell->words[0], from = shell->words[1];
	const struct texture *texture = &shell->textures[to];
	const uint32_t words[] = { to, 0, 0, 0, 0, from, 0, 0, 0, 0, texture->width_px,
		texture->height_px, 1 };

	stream_words(&shell->stream, COMMAND_RESOURCE_COPY_REGION, words, sizeof(words) / 4);
	return shell_submit(shell) == VIRTIO_GPU_RESP_OK_NODATA;
}

static bool shell_blit(struct shell *shell)
{
	uint32_t to = shell->words[0], from = shell->words[1];
	const struct texture *texture = &shell->textures[to];
	uint32_t width = texture->width_px, height = texture->height_px;
	const uint32_t words[] = { BLIT_MASK_RGBA, 0, 0, to, 0, texture->format, 0, 0, 0, width,
		height, 1, from, 0, shell->textures[from].format, 0, 0, 0, width, height, 1 };

	stream_words(&shell->stream, COMMAND_BLIT, words, sizeof(words) / 4);
	return shell_submit(shell) == VIRTIO_GPU_RESP_OK_NODATA;
}

static bool shell_scanout(struct shell *shell)
{
	const uint32_t *w = shell->words;
	return gpu_set_scanout(&shell->guest.gpu, w[0], w[1], gpu_rect(w[2], w[3], w[4], w[5])) ==
	       VIRTIO_GPU_RESP_OK_NODATA;
}

static bool shell_flush(struct shell *shell)
{
	const uint32_t *w = shell->words;
	return gpu_flush(&shell->guest.gpu, w[0], gpu_rect(w[1], w[2], w[3], w[4])) ==
	       VIRTIO_GPU_RESP_OK_NODATA;
}

/* Each frame has a colour that is seen nowhere else in this run. */
static bool shell_flip(struct shell *shell)
{
	const uint32_t *w = shell->words;

	for (uint32_t i = 0; i < w[1]; i++) {
		uint32_t id = w[3 + i % 2];
		const struct texture *texture = &shell->textures[id];
		struct virtio_gpu_rect all = gpu_rect(0, 0, texture->width_px, texture->height_px);
		if (!shell_draw(shell, id, i + 1 == w[1] ? w[2] : 0x010101 * (i + 1)) ||
			gpu_set_scanout(&shell->guest.gpu, w[0], id, all) !=
				VIRTIO_GPU_RESP_OK_NODATA ||
			gpu_flush(&shell->guest.gpu, id, all) != VIRTIO_GPU_RESP_OK_NODATA)
			return false;
	}
	return true;
}

static bool shell_unref(struct shell *shell)
{
	struct texture *texture = &shell->textures[shell->words[0]];

	if (gpu_unref(&shell->guest.gpu, shell->words[0]) != VIRTIO_GPU_RESP_OK_NODATA)
		return false;
	memory_free(&shell->guest.memory, texture->backing);
	*texture = (struct texture){ 0 };
	return true;
}

#define BIT(n) (1u << (n))

static const struct command {
	const char *name;
	uint32_t n_words, ids, colours; /* which words are ids, which colours: bits */
	bool (*act)(struct shell *shell);
} commands[] = {
	{ "texture", 5, BIT(0), 0, shell_texture },
	{ "plain", 5, BIT(0), 0, shell_plain },
	{ "blob", 4, BIT(0), 0, shell_blob },
	{ "write", 2, BIT(0), 0, shell_write },
	{ "show", 2, BIT(1), 0, shell_show },
	{ "part", 6, BIT(1), 0, shell_part },
	{ "paint", 2, BIT(0), 0, shell_paint },
	{ "clear", 2, BIT(0), BIT(1), shell_clear },
	{ "copy", 2, BIT(0) | BIT(1), 0, shell_copy },
	{ "blit", 2, BIT(0) | BIT(1), 0, shell_blit },
	{ "scanout", 6, BIT(1), 0, shell_scanout },
	{ "flush", 5, BIT(0), 0, shell_flush },
	{ "flip", 5, BIT(3) | BIT(4), BIT(2), shell_flip },
	{ "unref", 1, BIT(0), 0, shell_unref },
};

static bool command_read_words(const struct command *command, uint32_t words[static WORDS_MAX])
{
	for (uint32_t i = 0; i < command->n_words; i++) {
		const char *word = strtok(NULL, " \n");
		if (!word)
			return false;
		words[i] = strtoul(word, NULL, command->colours & BIT(i) ? 16 : 10);
		if ((command->ids & BIT(i)) && words[i] >= IDS)
			return false;
	}
	return true;
}

static const struct command *command_read(struct shell *shell, char *line)
{
	const char *name = strtok(line, " \n");

	for (size_t i = 0; name && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, name))
			return command_read_words(&commands[i], shell->words) ? &commands[i] : NULL;
	}
	return NULL;
}

static void shell_run(struct shell *shell)
{
	char line[256];

	while (fgets(line, sizeof(line), stdin)) {
		const struct command *command = command_read(shell, line);
		if (!command)
			puts("no such command");
		else if (!command->act(shell))
			printf("%s: response 0x%x\n", command->name,
				shell->guest.gpu.last.header.type);
		else
			puts("ok");
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	static struct shell shell;

	if (argc != 2) {
		fprintf(stderr, "usage: vmm-shell SOCKET\n");
		return 2;
	}
	guest_init(&shell.guest, &(struct guest_options){
		.memory_bytes = MEMORY_BYTES,
		.vmm = {
			.head_count = 2,
			.timeout_ms = TIMEOUT_MS,
			.features = VMM_BIT(VIRTIO_GPU_F_VIRGL) | VMM_BIT(VIRTIO_GPU_F_EDID) |
				VMM_BIT(VIRTIO_GPU_F_RESOURCE_BLOB),
		},
	});
	virgl_stream_init(&shell.stream);
	int ret = guest_boot(&shell.guest, argv[1]);
	if (ret == 0) {
		shell.guest.gpu.timeout_ms = TIMEOUT_MS;
		ret = VIRTIO_GPU_RESP_OK_NODATA;
		if (shell.guest.vmm.features & VMM_BIT(VIRTIO_GPU_F_VIRGL))
			ret = gpu_context_create(&shell.guest.gpu, CONTEXT, 0, "vmm-shell");
	}
	if (ret == VIRTIO_GPU_RESP_OK_NODATA) {
		puts("ok");
		fflush(stdout);
		shell_run(&shell);
		ret = 0;
	} else {
		printf("does not boot: %d\n", ret);
		ret = 1;
	}
	virgl_stream_finish(&shell.stream);
	guest_finish(&shell.guest);
	return ret;
}

/* SPDX-License-Identifier: MIT */
/*
 * A compositor (tests/stub.h) that looks into the dma-bufs which it is given, as a
 * GPU would: through the descriptor, at what is there at that moment.
 *
 * screen: says its socket, then answers each line of stdin. "dmabuf SEED": the last
 * picture that was committed is one and holds picture_pattern(), all of it? "ok", or why not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/loop.h"
#include "picture.h"
#include "tests/stub.h"

struct screen {
	struct loop loop;
	struct loop_source input;
	struct stub stub;
};

static const char *content_check(const struct stub_content *content, uint32_t seed)
{
	size_t bytes = content->offset + (size_t)content->stride * content->height;
	const char *answer = "ok";

	if (!content->is_mapped || !content->is_dmabuf)
		return "no dma-buf is shown";
	const uint8_t *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, content->fd, 0);
	if (map == MAP_FAILED)
		return "the dma-buf cannot be mapped";
	for (uint32_t y = 0; y < (uint32_t)content->height; y++) {
		const uint32_t *row = (const void *)(map + content->offset + y * content->stride);
		for (uint32_t x = 0; x < (uint32_t)content->width; x++) {
			if ((row[x] & 0xffffff) != (picture_pattern_at(x, y, seed) & 0xffffff))
				answer = "the dma-buf holds something else";
		}
	}
	munmap((void *)map, bytes);
	return answer;
}

static void screen_handle_line(struct loop_source *source, uint32_t events)
{
	struct screen *screen = container_of(source, struct screen, input);
	const struct stub *stub = &screen->stub;
	const struct stub_content *shown =
		stub->subsurface.is_dmabuf ? &stub->subsurface : &stub->root;
	char line[64];
	uint32_t seed;

	ssize_t n = read(STDIN_FILENO, line, sizeof(line) - 1);
	if (n <= 0) {
		loop_stop(&screen->loop, 0);
		return;
	}
	line[n] = '\0';
	bool known = sscanf(line, "dmabuf %u", &seed) == 1;
	puts(known ? content_check(shown, seed) : "no such command");
	fflush(stdout);
}

int main(void)
{
	static struct screen screen;

	if (loop_init(&screen.loop) < 0)
		return 1;
	stub_init(&screen.stub);
	stub_start(&screen.stub);
	stub_resume(&screen.stub, &screen.loop);
	puts(screen.stub.socket);
	fflush(stdout);
	if (loop_add(&screen.loop, &screen.input, STDIN_FILENO, EPOLLIN, screen_handle_line) < 0)
		return 1;
	loop_run(&screen.loop);
	stub_finish(&screen.stub);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * How long mullion-compositor answers nobody while it takes screenshots of 3840x2160: a
 * client asks again and again, at once when it was answered, and sees the longest wait.
 * The pictures are not looked at.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wayland-client.h>

#include "base/clock.h"
#include "base/log.h"
#include "tests/compositor.h"

#define WIDTH 3840
#define HEIGHT 2160
#define SHOTS 40
#define ROUNDS_MAX 4000000

static const char call[] = "{\"method\":\"org.mullion.Compositor.Screenshot\","
			   "\"parameters\":{\"output\":\"HEADLESS-1\"}}";

static int control_connect(const struct compositor *compositor)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/mullion-compositor.sock",
		compositor->dir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

/* false: there was none. */
static bool take(int fd)
{
	char reply[4096], control[CMSG_SPACE(sizeof(int))];
	struct iovec bytes = { reply, sizeof(reply) };
	struct msghdr message = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	int picture;

	if (send(fd, call, sizeof(call), 0) != sizeof(call) ||
		recvmsg(fd, &message, MSG_CMSG_CLOEXEC) <= 0 || !CMSG_FIRSTHDR(&message))
		return false;
	memcpy(&picture, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(picture));
	close(picture);
	return true;
}

static int take_all(const struct compositor *compositor)
{
	int64_t begun_ns = clock_now_ns();

	int fd = control_connect(compositor);
	for (int i = 0; i < SHOTS; i++) {
		if (fd < 0 || !take(fd))
			return EXIT_FAILURE;
	}
	printf("a screenshot takes %.1f ms\n", (clock_now_ns() - begun_ns) / 1e6 / SHOTS);
	return EXIT_SUCCESS;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Until the child has ended, if there is one. */
static void ask(struct wl_display *display, pid_t child, int64_t *waits_ns, const char *when)
{
	size_t n = 0;
	int status;

	while (n < ROUNDS_MAX && (child ? waitpid(child, &status, WNOHANG) == 0 : n < 20000)) {
		int64_t begun_ns = clock_now_ns();
		if (wl_display_roundtrip(display) < 0)
			return;
		waits_ns[n++] = clock_now_ns() - begun_ns;
	}
	qsort(waits_ns, n, sizeof(*waits_ns), compare);
	printf("%s: answered after p50 %.3f, p99 %.3f ms, at most %.2f, %.2f, %.2f ms\n", when,
		waits_ns[n / 2] / 1e6, waits_ns[n * 99 / 100] / 1e6, waits_ns[n - 1] / 1e6,
		waits_ns[n - 2] / 1e6, waits_ns[n - 3] / 1e6);
}

int main(void)
{
	int64_t *waits_ns = malloc(sizeof(*waits_ns) * ROUNDS_MAX);
	struct compositor compositor;
	struct wl_display *display;

	log_init("bench", LOG_LEVEL_WARN);
	if (!waits_ns || compositor_init(&compositor, COMPOSITOR_MULLION, 1, WIDTH, HEIGHT) < 0)
		return EXIT_FAILURE;
	int ret = compositor_start(&compositor, "");
	display = ret == 0 ? wl_display_connect(compositor.socket) : NULL;
	if (display) {
		ask(display, 0, waits_ns, "at rest");
		fflush(stdout);
		pid_t child = fork();
		if (child == 0) {
			int status = take_all(&compositor);
			fflush(stdout);
			_exit(status);
		}
		ask(display, child, waits_ns, "beside screenshots");
		wl_display_disconnect(display);
	}
	compositor_finish(&compositor);
	free(waits_ns);
	return display ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
/* Plays mulliond and mullion-guest to one real mullion-render. */
#include "render_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/channel.h"
#include "base/clock.h"
#include "protocol/budget.h"

/* The program's end of the link in the program. */
#define LINK_FD 7

static void peer_exec(int link_fd)
{
	const char *root = getenv("MULLION_BUILD_ROOT");
	const char *node = getenv("MULLION_RENDER_NODE");
	char program[PATH_MAX], number[16];

	snprintf(program, sizeof(program), "%s/daemon/mullion-render", root ? root : ".");
	if (dup2(link_fd, LINK_FD) < 0)
		_exit(127);
	snprintf(number, sizeof(number), "%d", LINK_FD);
	for (int i = 1; node && i <= 2; i++) {
		if (dup2(open(node, O_RDWR | O_CLOEXEC), LINK_FD + i) < 0)
			_exit(127);
	}
	if (node)
		execl(program, program, "--link", number, "--device", NULL);
	else
		execl(program, program, "--link", number, NULL);
	_exit(127);
}

static bool wait_readable(int fd, int wait_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int ret;

	do {
		ret = poll(&pfd, 1, wait_ms);
	} while (ret < 0 && errno == EINTR);
	return ret > 0;
}

static void peer_take_ready(struct peer *peer)
{
	int fds[IO_FDS_MAX];
	size_t n_fds;

	assert_true(wait_readable(peer->link_fd, 30000));
	ssize_t n = io_recv(peer->link_fd, &peer->ready, sizeof(peer->ready), fds, &n_fds);
	assert_int_equal(n, sizeof(peer->ready));
	assert_int_equal(peer->ready.type, LINK_RENDER_READY);
	assert_int_equal(n_fds, 1);
	assert_int_equal(memfd_check_sealed(fds[0], peer->ready.capsets_bytes), 0);
	peer->capsets = memfd_map(fds[0], peer->ready.capsets_bytes, PROT_READ);
	assert_non_null(peer->capsets);
	/* Other guests' processes have it too. */
	assert_int_equal(mprotect(peer->capsets, 4096, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(pwrite(fds[0], "", 1, 0), -1);
	close(fds[0]);
}

void peer_start(struct peer *peer)
{
	int link[2];
	int64_t start_ns = clock_now_ns();

	memset(peer, 0, sizeof(*peer));
	peer->socket_fd = peer->submit_fd = peer->complete_fd = peer->memory_fd = -1;
	assert_int_equal(channel_pair(link), 0);
	peer->pid = fork();
	assert_true(peer->pid >= 0);
	if (peer->pid == 0)
		peer_exec(link[1]);
	close(link[1]);
	peer->link_fd = link[0];
	peer_take_ready(peer);
	peer->ready_ns = clock_now_ns() - start_ns;
}

void peer_serve_bare(struct peer *peer, uint64_t quota_bytes)
{
	struct link_render_start start = {
		.type = LINK_RENDER_START,
		.ring_bytes = RENDER_RING_BYTES,
		.name = "test",
		.memory_bytes = quota_bytes,
	};
	int pair[2];

	int ring_fd = memfd_create_sealed("ring", RENDER_RING_BYTES);
	assert_true(ring_fd >= 0);
	peer->ring = memfd_map(ring_fd, RENDER_RING_BYTES, PROT_READ | PROT_WRITE);
	assert_non_null(peer->ring);
	peer->page = (struct render_page *)peer->ring;
	peer->submit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	peer->complete_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_int_equal(channel_pair(pair), 0);
	peer->socket_fd = pair[0];

	int budget_fd = memfd_create_sealed("budget", BUDGET_BYTES);
	assert_true(budget_fd >= 0);
	struct budget_page *page = memfd_map(budget_fd, BUDGET_BYTES, PROT_READ | PROT_WRITE);
	assert_non_null(page);
	atomic_store(&page->grant.value, 1 << BUDGET_SERIAL_SHIFT | BUDGET_HELD);
	munmap(page, BUDGET_BYTES);
	int fds[] = { ring_fd, peer->submit_fd, peer->complete_fd, pair[1], budget_fd };
	assert_int_equal(io_send(peer->link_fd, &start, sizeof(start), fds, 5), sizeof(start));
	close(ring_fd);
	close(budget_fd);
	close(pair[1]);
	peer->memory_fd = memfd_create_sealed("memory", PEER_MEMORY_BYTES);
	peer->memory = memfd_map(peer->memory_fd, PEER_MEMORY_BYTES, PROT_READ | PROT_WRITE);
	assert_non_null(peer->memory);
}

void peer_serve(struct peer *peer, uint64_t quota_bytes)
{
	peer_serve_bare(peer, quota_bytes);
	peer_send_region(peer, peer->memory_fd, PEER_MEMORY_ADDR, PEER_MEMORY_BYTES, 0);
	peer_send_regions_done(peer);
}

void peer_send_region(
	struct peer *peer, int fd, uint64_t guest_addr, uint64_t size_bytes, uint64_t fd_offset)
{
	struct render_message_region message = {
		.type = RENDER_MESSAGE_REGION_SET,
		.guest_addr = guest_addr,
		.size_bytes = size_bytes,
		.fd_offset = fd_offset,
	};
	assert_int_equal(
		io_send(peer->socket_fd, &message, sizeof(message), &fd, 1), sizeof(message));
}

void peer_send_regions_done(struct peer *peer)
{
	struct render_message_regions_done message = {
		.type = RENDER_MESSAGE_REGIONS_DONE,
		.generation = ++peer->generation,
	};
	struct render_regions record = { .generation = peer->generation };

	assert_int_equal(
		io_send(peer->socket_fd, &message, sizeof(message), NULL, 0), sizeof(message));
	peer_put(peer, RENDER_REGIONS, 0, &record, sizeof(record), NULL, 0);
}

void peer_wake(struct peer *peer)
{
	if (atomic_exchange(&peer->page->submit_asleep.value, 0))
		eventfd_signal(peer->submit_fd);
}

static void peer_publish(struct peer *peer, uint32_t bytes)
{
	atomic_fetch_add(&peer->page->submit_head.value, bytes);
	peer_wake(peer);
}

/* Where `bytes` may be written at once. */
static uint8_t *peer_room(struct peer *peer, uint32_t bytes)
{
	int64_t end_ns = clock_now_ns() + PEER_WAIT_MS * NSEC_PER_MSEC;
	uint32_t head = atomic_load(&peer->page->submit_head.value);
	uint32_t at = head % RENDER_RECORDS_BYTES;
	uint32_t to_end = RENDER_RECORDS_BYTES - at;
	uint32_t need = to_end < bytes ? to_end + bytes : bytes;

	while (RENDER_RECORDS_BYTES - (head - atomic_load(&peer->page->submit_tail.value)) < need) {
		assert_true(clock_now_ns() < end_ns);
		usleep(100);
	}
	if (to_end < bytes) {
		struct render_record pad = { .bytes = to_end, .kind = RENDER_PAD };
		if (to_end >= sizeof(pad))
			memcpy(peer->ring + RENDER_RECORDS_OFFSET + at, &pad, sizeof(pad));
		peer_publish(peer, to_end);
		at = 0;
	}
	return peer->ring + RENDER_RECORDS_OFFSET + at;
}

uint64_t peer_put(struct peer *peer, uint16_t kind, uint16_t want, const void *payload, size_t len,
	const void *tail, size_t tail_len)
{
	struct render_record record = {
		.bytes = sizeof(record) + len + tail_len,
		.kind = kind,
		.want = want,
		.seq = ++peer->seq,
	};
	uint32_t padded = (record.bytes + 7) & ~7u;

	uint8_t *to = peer_room(peer, padded);
	memcpy(to, &record, sizeof(record));
	if (len)
		memcpy(to + sizeof(record), payload, len);
	if (tail_len)
		memcpy(to + sizeof(record) + len, tail, tail_len);
	peer_publish(peer, padded);
	return record.seq;
}

bool peer_completion(struct peer *peer, struct render_completion *completion, int wait_ms)
{
	uint32_t tail = atomic_load(&peer->page->complete_tail.value);

	atomic_store(&peer->page->complete_asleep.value, 1);
	while (atomic_load(&peer->page->complete_head.value) == tail) {
		if (!wait_readable(peer->complete_fd, wait_ms))
			return false;
		eventfd_drain(peer->complete_fd);
		atomic_store(&peer->page->complete_asleep.value, 1);
	}
	const struct render_completion *all =
		(const struct render_completion *)(peer->ring + RENDER_COMPLETIONS_OFFSET);
	*completion = all[tail % RENDER_COMPLETIONS];
	atomic_store(&peer->page->complete_tail.value, tail + 1);
	return true;
}

uint32_t peer_execute(struct peer *peer, uint16_t kind, const void *payload, size_t len,
	const void *tail, size_t tail_len)
{
	struct render_completion completion;

	uint64_t seq = peer_put(peer, kind, RENDER_WANT_EXECUTED, payload, len, tail, tail_len);
	assert_true(peer_completion(peer, &completion, PEER_WAIT_MS));
	assert_int_equal(completion.seq, seq);
	return completion.response;
}

static void peer_picture_finish(struct peer_picture *picture)
{
	if (picture->pixels)
		munmap(picture->pixels, picture->bytes);
	*picture = (struct peer_picture){ 0 };
}

static void peer_take_picture(struct peer *peer, const struct link_picture_add *add, int fd)
{
	assert_true(add->head < LIMIT_HEADS && add->plane < LINK_PLANE_COUNT);
	assert_true(add->slot < LIMIT_SLOTS);
	struct peer_picture *picture = &peer->pictures[add->head][add->plane][add->slot];
	peer_picture_finish(picture);
	picture->add = *add;
	if (add->kind == LINK_PICTURE_SHM) {
		picture->bytes = (size_t)add->stride_bytes * add->height_px;
		assert_int_equal(memfd_check_sealed(fd, add->offset_bytes + picture->bytes), 0);
		picture->pixels = memfd_map(fd, picture->bytes, PROT_READ);
		assert_non_null(picture->pixels);
	}
}

bool peer_frame(struct peer *peer, struct link_frame *frame, int wait_ms)
{
	_Alignas(8) uint8_t message[CHANNEL_MESSAGE_MAX];
	int fds[IO_FDS_MAX];
	size_t n_fds;

	while (wait_readable(peer->link_fd, wait_ms)) {
		ssize_t n = io_recv(peer->link_fd, message, sizeof(message), fds, &n_fds);
		if (n <= 0)
			return false;
		uint32_t type;
		memcpy(&type, message, sizeof(type));
		if (type == LINK_PICTURE_ADD) {
			assert_int_equal(n, sizeof(struct link_picture_add));
			assert_int_equal(n_fds, 1);
			peer_take_picture(peer, (const struct link_picture_add *)message, fds[0]);
		} else if (type == LINK_PICTURE_REMOVE) {
			const struct link_picture_remove *remove = (const void *)message;
			peer_picture_finish(
				&peer->pictures[remove->head][remove->plane][remove->slot]);
			peer->n_removed++;
		} else if (type == LINK_FRAME) {
			assert_int_equal(n, sizeof(*frame));
			memcpy(frame, message, sizeof(*frame));
			return true;
		}
		fd_close_all(fds, n_fds);
	}
	return false;
}

void peer_copy(struct peer *peer, uint32_t head, struct link_copy *copy, int *fd)
{
	static uint64_t id;
	struct link_copy_wanted wanted = { .type = LINK_COPY_WANTED, .head = head, .id = ++id };
	_Alignas(8) uint8_t message[CHANNEL_MESSAGE_MAX];
	int fds[IO_FDS_MAX];
	size_t n_fds;
	ssize_t n;

	assert_int_equal(
		io_send(peer->link_fd, &wanted, sizeof(wanted), NULL, 0), sizeof(wanted));
	for (;;) {
		assert_true(wait_readable(peer->link_fd, PEER_WAIT_MS));
		n = io_recv(peer->link_fd, message, sizeof(message), fds, &n_fds);
		assert_true(n >= (ssize_t)sizeof(copy->type));
		memcpy(&copy->type, message, sizeof(copy->type));
		if (copy->type == LINK_COPY)
			break;
		fd_close_all(fds, n_fds);
	}
	assert_int_equal(n, sizeof(*copy));
	memcpy(copy, message, sizeof(*copy));
	assert_int_equal(copy->head, head);
	assert_int_equal(copy->id, id);
	assert_int_equal(n_fds, copy->status == LINK_COPY_MADE ? 1 : 0);
	*fd = n_fds ? fds[0] : -1;
}

void peer_frame_done(struct peer *peer, uint32_t head, uint32_t plane)
{
	struct link_frame_done message = {
		.type = LINK_FRAME_DONE,
		.head = head,
		.plane = plane,
	};
	assert_int_equal(
		io_send(peer->link_fd, &message, sizeof(message), NULL, 0), sizeof(message));
}

void peer_release(struct peer *peer, const struct link_frame *frame)
{
	const struct link_picture_add *add =
		&peer->pictures[frame->head][frame->plane][frame->slot].add;
	struct link_picture_released message = {
		.type = LINK_PICTURE_RELEASED,
		.head = frame->head,
		.plane = frame->plane,
		.slot = frame->slot,
		.generation = add->generation,
	};
	assert_int_equal(
		io_send(peer->link_fd, &message, sizeof(message), NULL, 0), sizeof(message));
}

uint32_t peer_pixel(struct peer *peer, const struct link_frame *frame, uint32_t x, uint32_t y)
{
	const struct peer_picture *picture =
		&peer->pictures[frame->head][frame->plane][frame->slot];
	uint32_t pixel;

	assert_non_null(picture->pixels);
	assert_true(x < picture->add.width_px && y < picture->add.height_px);
	memcpy(&pixel, picture->pixels + (size_t)y * picture->add.stride_bytes + x * 4, 4);
	return pixel;
}

bool peer_is_alive(struct peer *peer)
{
	return kill(peer->pid, 0) == 0 && waitpid(peer->pid, NULL, WNOHANG) == 0;
}

void peer_forget(struct peer *peer)
{
	struct peer_picture *pictures = &peer->pictures[0][0][0];

	for (size_t i = 0; i < sizeof(peer->pictures) / sizeof(*pictures); i++)
		peer_picture_finish(&pictures[i]);
	if (peer->ring)
		munmap(peer->ring, RENDER_RING_BYTES);
	if (peer->memory)
		munmap(peer->memory, PEER_MEMORY_BYTES);
	munmap(peer->capsets, peer->ready.capsets_bytes);
	fd_close(&peer->link_fd);
	fd_close(&peer->socket_fd);
	fd_close(&peer->submit_fd);
	fd_close(&peer->complete_fd);
	fd_close(&peer->memory_fd);
}

void peer_expect_exit(struct peer *peer, int status)
{
	int64_t end_ns = clock_now_ns() + PEER_WAIT_MS * NSEC_PER_MSEC;
	int got;
	pid_t ended;

	while ((ended = waitpid(peer->pid, &got, WNOHANG)) == 0 && clock_now_ns() < end_ns)
		usleep(1000);
	if (ended != peer->pid) {
		kill(peer->pid, SIGKILL);
		waitpid(peer->pid, &got, 0);
		fail_msg("mullion-render did not end");
	}
	peer_forget(peer);
	if (WIFSIGNALED(got))
		fail_msg("mullion-render died of signal %d", WTERMSIG(got));
	assert_int_equal(WEXITSTATUS(got), status);
}

void peer_finish(struct peer *peer, int status)
{
	fd_close(&peer->link_fd);
	peer_expect_exit(peer, status);
}

long peer_status_kb(const struct peer *peer, const char *name)
{
	char path[64], line[256];
	long value = -1;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)peer->pid);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			value = atol(line + strlen(name) + 1);
	}
	fclose(file);
	return value;
}

/* SPDX-License-Identifier: MIT */
/* Copies that a renderer makes: every way to end, and answers that lie. */
#include "tests/unit.h"

#include <errno.h>

#include "base/channel.h"
#include "base/clock.h"
#include "daemon/copy.h"

#define FOURCC_XR24 0x34325258
#define HEAD 2

struct shot {
	struct copy *copy;
	struct screenshot_result result;
	unsigned n_done;
	struct shot *other; /* not NULL: cancelled by this one's end */
};

struct fixture {
	struct loop loop;
	struct channel link;
	int renderer; /* its end of the link */
	struct copies copies;
	int fds_before;
};

static struct fixture fixture;
static const struct channel_interface no_messages = { 0 };

static int setup(void **state)
{
	int fds[2];

	fixture.fds_before = count_fds();
	if (loop_init(&fixture.loop) < 0 || channel_pair(fds) < 0)
		return -1;
	fixture.renderer = fds[1];
	copies_init(&fixture.copies);
	return channel_open(&fixture.link, &fixture.loop, fds[0], &no_messages);
}

static int teardown(void **state)
{
	channel_finish(&fixture.link);
	fd_close(&fixture.renderer);
	loop_finish(&fixture.loop);
	return !list_empty(&fixture.copies.waiting) || count_fds() != fixture.fds_before;
}

static void handle_done(void *data, const struct screenshot_result *result)
{
	struct shot *shot = data;

	shot->result = *result;
	shot->n_done++;
	if (shot->other)
		copy_cancel(shot->other->copy);
	loop_stop(&fixture.loop, 0);
}

static uint64_t start(struct shot *shot)
{
	struct link_copy_wanted wanted;
	int fds[IO_FDS_MAX];
	size_t n_fds;

	assert_int_equal(copy_start(&shot->copy, &fixture.copies, &fixture.link, &fixture.loop,
				 HEAD, handle_done, shot),
		0);
	assert_int_equal(
		io_recv(fixture.renderer, &wanted, sizeof(wanted), fds, &n_fds), sizeof(wanted));
	assert_int_equal(wanted.type, LINK_COPY_WANTED);
	assert_int_equal(wanted.head, HEAD);
	assert_int_equal(shot->n_done, 0);
	return wanted.id;
}

static struct link_copy answer_of(uint64_t id)
{
	return (struct link_copy){
		.type = LINK_COPY,
		.head = HEAD,
		.id = id,
		.width_px = 5,
		.height_px = 3,
		.fourcc = FOURCC_XR24,
	};
}

/* Did the daemon take it? */
static bool answer(struct link_copy message, size_t bytes)
{
	int fd = bytes ? memfd_create_sealed("copy", bytes) : -1;

	bool sound = copies_handle(&fixture.copies, &message, &fd);
	fd_close(&fd);
	return sound;
}

/* Two clients want the same head: each has its own copy, in whatever order they come. */
static void test_answered(void **state)
{
	struct shot a = { 0 }, b = { 0 };
	uint64_t id_a = start(&a), id_b = start(&b);

	assert_int_not_equal(id_a, id_b);
	assert_true(answer(answer_of(id_b), 60));
	assert_int_equal(a.n_done, 0);
	assert_int_equal(b.n_done, 1);
	assert_int_equal(b.result.width_px, 5);
	assert_int_equal(b.result.height_px, 3);
	assert_int_equal(b.result.stride_bytes, 20);
	assert_int_equal(b.result.fourcc, FOURCC_XR24);
	assert_int_equal(memfd_check_sealed(b.result.fd, 60), 0);
	fd_close(&b.result.fd);
	assert_true(answer(answer_of(id_b), 60)); /* once more: nobody waits */
	assert_int_equal(b.n_done, 1);
	struct link_copy dark = {
		.type = LINK_COPY, .head = HEAD, .id = id_a, .status = LINK_COPY_DARK
	};
	assert_true(answer(dark, 0));
	assert_int_equal(a.n_done, 1);
	assert_int_equal(a.result.fd, -ENODATA);
}

static void test_cancelled(void **state)
{
	struct shot a = { 0 };
	uint64_t id = start(&a);

	copy_cancel(a.copy);
	copy_cancel(NULL);
	assert_true(answer(answer_of(id), 60));
	assert_int_equal(a.n_done, 0);
}

static void test_renderer_gone(void **state)
{
	struct shot a = { 0 }, b = { 0 }, c = { 0 };

	start(&a);
	start(&b);
	start(&c);
	a.other = &b; /* a client that goes while another is told */
	copies_worker_gone(&fixture.copies);
	assert_int_equal(a.result.fd, -ECONNRESET);
	assert_int_equal(b.n_done, 0);
	assert_int_equal(c.n_done, 1);
	fd_close(&fixture.renderer);
	assert_true(copy_start(&a.copy, &fixture.copies, &fixture.link, &fixture.loop, HEAD,
			    handle_done, &a) < 0);
}

static void test_never_answered(void **state)
{
	struct shot a = { 0 };
	int64_t begin_ns = clock_now_ns();

	start(&a);
	assert_int_equal(loop_run(&fixture.loop), 0);
	assert_int_equal(a.n_done, 1);
	assert_int_equal(a.result.fd, -ETIMEDOUT);
	assert_true(clock_now_ns() - begin_ns >= COPY_LIMIT_NS);
	fixture.loop.stop = false;
}

/* A renderer that reads nothing, and callers that do not stop asking. */
static void test_never_read(void **state)
{
	static struct shot shots[4096];
	size_t n = 0;
	int ret;

	while ((ret = copy_start(&shots[n].copy, &fixture.copies, &fixture.link, &fixture.loop,
			HEAD, handle_done, &shots[n])) == 0 &&
		n < N(shots) - 1)
		n++;
	assert_int_equal(ret, -ETIMEDOUT);
	copies_worker_gone(&fixture.copies);
}

static void test_lies(void **state)
{
	struct shot a = { 0 };
	uint64_t id = start(&a);
	struct link_copy bad;

	assert_false(answer(answer_of(0), 60));
	assert_false(answer(answer_of(id + 1), 60));
	assert_false(answer(answer_of(UINT64_MAX), 60));
	assert_false(answer(answer_of(id), 59));
	assert_false(answer(answer_of(id), 0));
	bad = answer_of(id);
	bad.head = HEAD + 1;
	assert_false(answer(bad, 60));
	for (enum link_copy_status status = LINK_COPY_DARK; status <= LINK_COPY_FAILED; status++) {
		bad = answer_of(id);
		bad.status = status;
		assert_false(answer(bad, 60));
	}
	bad = answer_of(id);
	bad.status = LINK_COPY_FAILED + 1;
	assert_false(answer(bad, 60));
	assert_false(answer(bad, 0));
	bad = answer_of(id);
	bad.width_px = 0;
	assert_false(answer(bad, 60));
	bad.width_px = LIMIT_PICTURE_PX + 1;
	assert_false(answer(bad, 1 << 20));
	bad.width_px = 1 << 30; /* times four is zero in 32 bits */
	assert_false(answer(bad, 60));
	bad = answer_of(id);
	bad.height_px = 0;
	assert_false(answer(bad, 60));
	bad.height_px = UINT32_MAX;
	assert_false(answer(bad, 60));
	bad = answer_of(id);
	bad.fourcc = 0;
	assert_false(answer(bad, 60));
	assert_int_equal(a.n_done, 0);
	copy_cancel(a.copy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answered),
		TEST(test_cancelled),
		TEST(test_renderer_gone),
		TEST(test_never_answered),
		TEST(test_never_read),
		TEST(test_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

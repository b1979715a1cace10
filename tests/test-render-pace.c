/* SPDX-License-Identifier: MIT */
/* mullion-render holds a guest's fences until the screen is as far; the test is the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "backends/pace.h"
#include "base/clock.h"
#include "render_driver.h"

#define ROUNDS 100
#define SOME 10 /* of the rounds; the machine may be slow */

static const struct virtio_gpu_rect whole = { .width = WIDTH_PX, .height = HEIGHT_PX };

static void start(struct peer *peer)
{
	struct virgl_stream stream;

	peer_start(peer);
	peer_serve(peer, PEER_QUOTA_BYTES);
	driver_target(peer, 0);
	driver_stream_clear(&stream, 0, 0, 0);
	assert_int_equal(driver_submit_and_wait(peer, 1, &stream), OK);
	virgl_stream_finish(&stream);
	assert_int_equal(driver_scanout(peer, 0, 1, whole, 1), OK);
}

/* A fenced submission; how long its fence took, from `since_ns`. */
static int64_t submit_after(struct peer *peer, int64_t since_ns)
{
	struct virgl_stream stream;

	virgl_stream_init(&stream);
	virgl_clear(&stream, 1, 0, 0, 1);
	assert_int_equal(driver_submit_and_wait(peer, 1, &stream), OK);
	virgl_stream_finish(&stream);
	return clock_now_ns() - since_ns;
}

static int64_t flush(struct peer *peer)
{
	int64_t now_ns = clock_now_ns();

	assert_int_equal(driver_flush(peer, 0, whole), OK);
	return now_ns;
}

static void take_frame(struct peer *peer)
{
	struct link_frame frame;

	assert_true(peer_frame(peer, &frame, PEER_WAIT_MS));
	peer_release(peer, &frame);
	peer_frame_done(peer, 0, LINK_PLANE_PRIMARY);
}

/* It knows that, before it reads what is put into the ring next. No frame is on the way. */
static void settle(struct peer *peer)
{
	struct link_copy copy;
	int fd;

	peer_copy(peer, 0, &copy, &fd);
	fd_close(&fd);
}

/* The screen takes each frame: nobody waits for the limit. */
static void test_at_its_pace(void **state)
{
	struct peer peer;
	unsigned in_time = 0;

	start(&peer);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t since_ns = flush(&peer);
		take_frame(&peer);
		settle(&peer);
		in_time += submit_after(&peer, since_ns) < PACE_LIMIT_NS;
	}
	assert_true(in_time >= SOME);
	peer_finish(&peer, 0);
}

/* It does not: that is waited for once, until it asks again. */
static void test_hidden(void **state)
{
	struct peer peer;

	start(&peer);
	for (int round = 0; round < 2; round++) {
		unsigned in_time = 0;
		int64_t since_ns = flush(&peer);
		assert_true(submit_after(&peer, since_ns) >= PACE_LIMIT_NS);
		for (int i = 0; i < ROUNDS; i++) {
			since_ns = flush(&peer);
			in_time += submit_after(&peer, since_ns) < PACE_LIMIT_NS;
		}
		assert_true(in_time >= SOME);
		/* The one that it has, and the newest. */
		take_frame(&peer);
		take_frame(&peer);
		settle(&peer);
	}
	peer_finish(&peer, 0);
}

/* What was sent before the flush is not held. */
static void test_before_the_flush(void **state)
{
	struct peer peer;
	struct virgl_stream stream;
	struct render_completion completion;
	uint64_t seq;

	start(&peer);
	virgl_stream_init(&stream);
	virgl_clear(&stream, 0, 1, 0, 1);
	int64_t since_ns = clock_now_ns();
	seq = driver_submit(&peer, 1, &stream, RENDER_WANT_FENCED);
	struct render_flush record = { .width_px = WIDTH_PX, .height_px = HEIGHT_PX };
	peer_put(&peer, RENDER_FLUSH, 0, &record, sizeof(record), NULL, 0);
	uint64_t after = driver_submit(&peer, 1, &stream, RENDER_WANT_FENCED);
	assert_true(peer_completion(&peer, &completion, PEER_WAIT_MS));
	assert_int_equal(completion.seq, seq);
	assert_true(peer_completion(&peer, &completion, PEER_WAIT_MS));
	assert_int_equal(completion.seq, after);
	assert_true(clock_now_ns() - since_ns >= PACE_LIMIT_NS);
	/* A head that is turned off holds nobody up. */
	take_frame(&peer);
	settle(&peer);
	peer_put(&peer, RENDER_FLUSH, 0, &record, sizeof(record), NULL, 0);
	after = driver_submit(&peer, 1, &stream, RENDER_WANT_FENCED);
	assert_int_equal(driver_scanout(&peer, 0, 0, whole, 2), OK);
	assert_true(peer_completion(&peer, &completion, PEER_WAIT_MS));
	assert_int_equal(completion.seq, after);
	virgl_stream_finish(&stream);
	peer_finish(&peer, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_its_pace),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_before_the_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* mullion-guest's side of the ring to a renderer, against a consumer made by hand. */
#include "tests/unit.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/remote/ring.h"
#include "base/io.h"

#define RESPONSE 0x1100

struct fixture {
	struct state_remote kept;
	struct render_ring ring;
	/* The consumer's side. */
	uint8_t *map;
	struct render_page *page;
	uint32_t tail;
	int submit_fd, complete_fd;
	int fds_before;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->fds_before = count_fds();
	int fd = memfd_create_sealed("ring", RENDER_RING_BYTES);
	f->map = memfd_map(fd, RENDER_RING_BYTES, PROT_READ | PROT_WRITE);
	f->page = (struct render_page *)f->map;
	f->submit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	f->complete_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	render_ring_init(&f->ring, &f->kept);
	assert_int_equal(
		render_ring_open(&f->ring, fd, fd_dup(f->submit_fd), fd_dup(f->complete_fd)), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	render_ring_finish(&f->ring);
	render_ring_finish(&f->ring);
	munmap(f->map, RENDER_RING_BYTES);
	fd_close(&f->submit_fd);
	fd_close(&f->complete_fd);
	assert_int_equal(count_fds(), f->fds_before);
	free(f);
	return 0;
}

static int take(struct render_ring *ring, struct render_completion *completion)
{
	int ret = render_ring_peek(ring, completion);

	if (ret == 1)
		render_ring_drop(ring);
	return ret;
}

static bool signalled(int fd)
{
	uint64_t value;
	return read(fd, &value, sizeof(value)) == sizeof(value);
}

/* -- the consumer, by the words of protocol/render.h -- */

/* The next record that is not padding; NULL: none. It stays until `consume`. */
static const struct render_record *peek(struct fixture *f)
{
	for (;;) {
		uint32_t head = atomic_load(&f->page->submit_head.value);
		uint32_t offset = f->tail % RENDER_RECORDS_BYTES;
		uint32_t to_end = RENDER_RECORDS_BYTES - offset;
		const struct render_record *record =
			(const void *)(f->map + RENDER_RECORDS_OFFSET + offset);

		assert_true(head - f->tail <= RENDER_RECORDS_BYTES);
		assert_int_equal(f->tail % 8, 0);
		if (head == f->tail)
			return NULL;
		if (to_end < sizeof(*record)) { /* no header fits: padding by itself */
			f->tail += to_end;
			continue;
		}
		assert_true(record->bytes >= sizeof(*record) && record->bytes <= to_end);
		assert_true(record->bytes <= head - f->tail);
		if (record->kind != RENDER_PAD)
			return record;
		assert_int_equal(record->bytes, to_end);
		f->tail += to_end;
	}
}

static void consume(struct fixture *f, const struct render_record *record)
{
	f->tail += (record->bytes + 7) & ~7u;
	atomic_store(&f->page->submit_tail.value, f->tail);
}

static void complete(struct fixture *f, uint64_t seq, uint32_t response)
{
	uint32_t head = atomic_load(&f->page->complete_head.value);
	struct render_completion *slots = (void *)(f->map + RENDER_COMPLETIONS_OFFSET);

	slots[head % RENDER_COMPLETIONS] = (struct render_completion){ seq, response, 0 };
	atomic_store(&f->page->complete_head.value, head + 1);
}

/* A record whose every byte tells its seq. */
static bool submit(struct fixture *f, uint64_t seq, uint32_t bytes)
{
	uint8_t *payload =
		render_ring_begin(&f->ring, RENDER_COMMAND, RENDER_WANT_FENCED, seq, bytes);

	if (!payload)
		return false;
	assert_int_equal((uintptr_t)payload % 8, 0);
	memset(payload, (uint8_t)seq, bytes);
	render_ring_commit(&f->ring, bytes);
	return true;
}

static void check_record(const struct render_record *record, uint64_t seq, uint32_t bytes)
{
	const uint8_t *payload = (const uint8_t *)(record + 1);

	assert_int_equal(record->kind, RENDER_COMMAND);
	assert_int_equal(record->want, RENDER_WANT_FENCED);
	assert_true(record->seq == seq);
	assert_int_equal(record->bytes, sizeof(*record) + bytes);
	for (uint32_t i = 0; i < bytes; i += 1 + bytes / 64)
		assert_int_equal(payload[i], (uint8_t)seq);
	if (bytes)
		assert_int_equal(payload[bytes - 1], (uint8_t)seq);
}

/* Take it and tell that it is done. */
static void pass(struct fixture *f, uint64_t seq, uint32_t bytes)
{
	const struct render_record *record = peek(f);
	struct render_completion completion;

	assert_non_null(record);
	check_record(record, seq, bytes);
	consume(f, record);
	complete(f, seq, RESPONSE);
	assert_int_equal(take(&f->ring, &completion), 1);
	assert_true(completion.seq == seq);
	assert_int_equal(completion.response, RESPONSE);
}

static void test_open_refused(void **state)
{
	int fds_before = count_fds();
	int shrinks = memfd_create("ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct state_remote kept = { 0 };
	struct render_ring ring;

	render_ring_init(&ring, &kept);
	assert_int_equal(ftruncate(shrinks, RENDER_RING_BYTES), 0);
	assert_int_equal(render_ring_open(&ring, shrinks, eventfd(0, 0), eventfd(0, 0)), -EPERM);
	assert_null(ring.map);
	assert_int_equal(render_ring_open(&ring, memfd_create_sealed("ring", RENDER_RING_BYTES - 1),
				 eventfd(0, 0), eventfd(0, 0)),
		-ERANGE);
	assert_int_equal(render_ring_open(&ring, -1, eventfd(0, 0), eventfd(0, 0)), -EPERM);
	render_ring_finish(&ring);
	assert_int_equal(count_fds(), fds_before);
}

static void test_wakes_who_sleeps(void **state)
{
	struct fixture *f = *state;

	assert_true(submit(f, 1, 8));
	assert_false(signalled(f->submit_fd));
	atomic_store(&f->page->submit_asleep.value, 1);
	assert_true(submit(f, 2, 8));
	assert_true(signalled(f->submit_fd));
	assert_int_equal(atomic_load(&f->page->submit_asleep.value), 0);
	assert_true(submit(f, 3, 8));
	assert_false(signalled(f->submit_fd));
	for (uint64_t seq = 1; seq <= 3; seq++)
		pass(f, seq, 8);
	assert_null(peek(f));
}

static void test_sleeps(void **state)
{
	struct fixture *f = *state;
	struct render_completion completion;

	/* From the start: the first completion is to be told. */
	assert_int_equal(atomic_load(&f->page->complete_asleep.value), 1);
	atomic_store(&f->page->complete_asleep.value, 0);
	submit(f, 1, 0);
	complete(f, 1, 5);
	assert_int_equal(take(&f->ring, &completion), 1);
	assert_int_equal(atomic_load(&f->page->complete_asleep.value), 0);
	assert_int_equal(take(&f->ring, &completion), 0);
	assert_int_equal(atomic_load(&f->page->complete_asleep.value), 1);
	assert_int_equal(atomic_load(&f->page->complete_tail.value), 1);
}

static void test_shorter_than_begun(void **state)
{
	struct fixture *f = *state;

	for (uint64_t seq = 1; seq < 50; seq++) {
		uint8_t *payload = render_ring_begin(&f->ring, RENDER_COMMAND, RENDER_WANT_FENCED,
			seq, RENDER_RECORD_MAX - sizeof(struct render_record));
		memset(payload, (uint8_t)seq, seq);
		render_ring_commit(&f->ring, seq);
		pass(f, seq, seq);
	}
}

/* Sizes at random, around the end many times, the consumer more or less behind. */
static void test_around_the_end(void **state)
{
	struct fixture *f = *state;
	struct dice dice = dice_of(1);
	static uint32_t sizes[RENDER_COMPLETIONS];
	uint64_t first = 1, next = 1;
	uint32_t max = RENDER_RECORD_MAX - sizeof(struct render_record);

	while (next < 20000) {
		uint32_t kind = dice_roll(&dice, 20);
		uint32_t bytes = kind == 0   ? dice_roll(&dice, max + 1)
				 : kind == 1 ? max
				 : kind < 8  ? dice_roll(&dice, 5000)
					     : dice_roll(&dice, 64);
		bool had_room = render_ring_has_room(&f->ring);
		bool sent = submit(f, next, bytes);
		assert_true(sent || !had_room);
		if (sent)
			sizes[next++ % RENDER_COMPLETIONS] = bytes;
		while (first < next && (!sent || dice_roll(&dice, 2))) {
			pass(f, first, sizes[first % RENDER_COMPLETIONS]);
			first++;
			sent = true;
		}
	}
	for (; first < next; first++)
		pass(f, first, sizes[first % RENDER_COMPLETIONS]);
	assert_null(peek(f));
	assert_int_equal(f->ring.in_flight, 0);
}

/* What is free says how much may be sent, to the last byte; nothing is overwritten. */
static void test_full(void **state)
{
	struct fixture *f = *state;
	uint32_t bytes = RENDER_RECORDS_BYTES / 8 - sizeof(struct render_record);

	for (uint64_t seq = 1; seq <= 8; seq++)
		assert_true(submit(f, seq, bytes));
	assert_false(render_ring_has_room(&f->ring));
	assert_false(submit(f, 9, 0));
	for (uint64_t seq = 1; seq <= 8; seq++)
		pass(f, seq, bytes);
	assert_true(render_ring_has_room(&f->ring));
}

static void test_completions_full(void **state)
{
	struct fixture *f = *state;
	uint64_t seq = 1;

	while (submit(f, seq, 0))
		seq++;
	assert_int_equal(seq, RENDER_COMPLETIONS + 1);
	assert_false(render_ring_has_room(&f->ring));
	for (uint64_t i = 1; i < seq; i++)
		pass(f, i, 0);
	assert_true(render_ring_has_room(&f->ring));
}

/* Eight bytes before the end there is no room for a header, not even of padding. */
static void test_no_header_beyond_the_end(void **state)
{
	struct fixture *f = *state;
	uint8_t *behind = mmap(f->ring.map + RENDER_RING_BYTES, 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	/* Where something else is mapped there already, only the ring itself can be looked at. */
	bool mine = behind != MAP_FAILED;
	uint32_t part = RENDER_RECORDS_BYTES / 8;

	for (uint64_t seq = 1; seq <= 8; seq++) {
		uint32_t bytes = part - sizeof(struct render_record) - (seq == 8 ? 8 : 0);
		assert_true(submit(f, seq, bytes));
		pass(f, seq, bytes);
	}
	assert_int_equal(f->ring.head, RENDER_RECORDS_BYTES - 8);
	assert_true(submit(f, 9, 40));
	pass(f, 9, 40);
	assert_null(peek(f));
	for (int i = 0; mine && i < 4096; i++)
		assert_int_equal(behind[i], 0);
	if (mine)
		munmap(behind, 4096);
}

static void test_lies(void **state)
{
	struct fixture *f = *state;
	struct render_completion completion;

	/* More is consumed than was written. */
	atomic_store(&f->page->submit_tail.value, 8);
	assert_false(render_ring_has_room(&f->ring));
	assert_false(submit(f, 1, 0));
	atomic_store(&f->page->submit_tail.value, UINT32_MAX - 7 - 2 * RENDER_RECORDS_BYTES);
	assert_false(render_ring_has_room(&f->ring));
	assert_false(submit(f, 1, 0));
	atomic_store(&f->page->submit_tail.value, 0);

	/* More is completed than was asked for. */
	static const uint32_t heads[] = { 1, 2, RENDER_COMPLETIONS, 1u << 31, UINT32_MAX };
	for (size_t i = 0; i < N(heads); i++) {
		atomic_store(&f->page->complete_head.value, heads[i]);
		assert_int_equal(take(&f->ring, &completion), -EPROTO);
	}
	atomic_store(&f->page->complete_head.value, 0);
	assert_true(submit(f, 1, 0));
	atomic_store(&f->page->complete_head.value, 2);
	assert_int_equal(take(&f->ring, &completion), -EPROTO);
}

/* Our own indices are not read back from the page. */
static void test_page_scribbled_over(void **state)
{
	struct fixture *f = *state;

	assert_true(submit(f, 1, 100));
	atomic_store(&f->page->submit_head.value, 12345);
	atomic_store(&f->page->complete_tail.value, 999);
	assert_true(submit(f, 2, 100));
	pass(f, 1, 100);
	pass(f, 2, 100);
	assert_int_equal(atomic_load(&f->page->complete_tail.value), 2);
}

/* -- a successor -- */

/* As the maker dies: its memory is gone, what it kept is not. */
static int adopt(struct fixture *f)
{
	int fd = memfd_create_sealed("ring", RENDER_RING_BYTES);
	uint8_t *copy = memfd_map(fd, RENDER_RING_BYTES, PROT_READ | PROT_WRITE);

	memcpy(copy, f->map, RENDER_RING_BYTES);
	munmap(f->map, RENDER_RING_BYTES);
	f->map = copy;
	f->page = (struct render_page *)copy;
	render_ring_finish(&f->ring);
	return render_ring_adopt(&f->ring, fd, fd_dup(f->submit_fd), fd_dup(f->complete_fd));
}

static void test_adopt(void **state)
{
	struct fixture *f = *state;
	struct render_completion completion;

	for (uint64_t seq = 1; seq <= 5; seq++)
		assert_true(submit(f, seq, 100));
	pass(f, 1, 100);
	consume(f, peek(f));
	complete(f, 2, RESPONSE);
	assert_int_equal(render_ring_peek(&f->ring, &completion), 1); /* and dies before it drops it */
	assert_int_equal(adopt(f), 0);
	assert_true(f->ring.sent.seq == 5);
	assert_int_equal(f->ring.in_flight, 4);
	assert_true(signalled(f->submit_fd));
	assert_true(signalled(f->complete_fd));
	assert_int_equal(take(&f->ring, &completion), 1);
	assert_true(completion.seq == 2);
	assert_true(submit(f, 6, 8));
	for (uint64_t seq = 3; seq <= 5; seq++)
		pass(f, seq, 100);
	pass(f, 6, 8);
	assert_int_equal(f->ring.in_flight, 0);
}

/* It died between its intent and the ring: the record did not go. */
static void test_adopt_unsent(void **state)
{
	struct fixture *f = *state;

	assert_true(submit(f, 1, 100));
	uint32_t head = atomic_load(&f->page->submit_head.value);
	assert_true(submit(f, 2, 64));
	atomic_store(&f->page->submit_head.value, head);
	assert_int_equal(adopt(f), 0);
	assert_true(f->ring.sent.seq == 1);
	assert_int_equal(f->ring.in_flight, 1);
	assert_true(submit(f, 2, 24));
	pass(f, 1, 100);
	pass(f, 2, 24);
}

/* A renderer that moved our index, a state that is nonsense. */
static void test_adopt_refused(void **state)
{
	struct fixture *f = *state;

	assert_true(submit(f, 1, 100));
	atomic_fetch_add(&f->page->submit_head.value, 8);
	assert_int_equal(adopt(f), -EPROTO);
	assert_null(f->ring.map);
	atomic_fetch_sub(&f->page->submit_head.value, 8);
	assert_int_equal(adopt(f), 0);
	f->kept.complete_tail += RENDER_COMPLETIONS;
	assert_int_equal(adopt(f), -EPROTO);
	f->kept.complete_tail -= RENDER_COMPLETIONS;
	f->kept.intent = UINT32_MAX; /* one of two, whatever it says */
	adopt(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_refused),
		TEST(test_wakes_who_sleeps),
		TEST(test_sleeps),
		TEST(test_shorter_than_begun),
		TEST(test_around_the_end),
		TEST(test_full),
		TEST(test_completions_full),
		TEST(test_no_header_beyond_the_end),
		TEST(test_lies),
		TEST(test_page_scribbled_over),
		cmocka_unit_test_setup_teardown(test_adopt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_adopt_unsent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_adopt_refused, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The mediator where the kernel accounts GPU time: its text is the test's own. */
#include "tests/mediator_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static int texts[MANY]; /* memfds, owned by the files */

static void say(struct renderer *renderer, const char *text)
{
	int fd = texts[renderer - world.renderers];

	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
}

/* So much so far, since the file was opened. */
static void account(struct renderer *renderer, uint64_t ns)
{
	char text[200];

	snprintf(text, sizeof(text),
		"pos:\t0\ndrm-driver:\ti915\ndrm-client-id:\t7\ndrm-engine-render:\t%" PRIu64
		" ns\ndrm-engine-copy:\t0 ns\n",
		ns);
	say(renderer, text);
}

static int setup(void **state)
{
	int ret = world_setup(state);

	for (uint32_t i = 0; i < MANY; i++) {
		struct gpu_file *file = &world.renderers[i].file;
		texts[i] = memfd_create("fdinfo", MFD_CLOEXEC);
		assert_true(texts[i] >= 0);
		file->info_fds[0] = texts[i];
		file->info_fds[1] = memfd_create("fdinfo", MFD_CLOEXEC);
	}
	return ret;
}

static int teardown(void **state)
{
	int ret = world_teardown(state);

	for (uint32_t i = 0; i < MANY; i++)
		gpu_file_finish(&world.renderers[i].file);
	return ret;
}

#undef CASE
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void open_accounted(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		account(&world.renderers[i], 5000 * MS); /* for its driver's start */
	open_all(n);
	for (uint32_t i = 0; i < n; i++)
		assert_true(world.renderers[i].guest.by_fdinfo);
}

/* As `run`: the kernel counts what each has, and what `other` takes besides, a part of the time. */
static void run_accounted(uint64_t ns, uint32_t n, double taken)
{
	uint64_t taken_ns = 0;

	for (uint64_t passed = 0; passed < ns; passed += STEP) {
		taken_ns += (uint64_t)(STEP * taken);
		for (uint32_t i = 0; i < n; i++) {
			struct renderer *renderer = &world.renderers[i];
			obey(renderer);
			account(renderer,
				5000 * MS + renderer->had_ns + (renderer == other ? taken_ns : 0));
		}
		pass(STEP);
	}
	mediator_charge(&world.mediator);
}

/* Alone it is charged what the kernel counted, whatever its page says. */
static void test_alone(void **state)
{
	open_accounted(1);
	want(honest, 1);
	atomic_store(&honest->page.busy.ns, 70 * MS);
	account(honest, 5003 * MS);
	pass(10 * MS);
	mediator_charge(&world.mediator);
	assert_int_equal(honest->client.used_ns, 3 * MS);
	assert_int_equal(honest->guest.used_ns, 3 * MS);
	/* Of engines that work side by side all are charged. */
	say(honest, "drm-engine-render: 5013000000 ns\ndrm-engine-copy: 8000000 ns\n");
	pass(10 * MS);
	mediator_charge(&world.mediator);
	assert_int_equal(honest->client.used_ns, 21 * MS);
}

/* But for the steps in which a grant goes back to the first. */
static void assert_equal_parts(void)
{
	assert_in_range(honest->had_ns, other->had_ns - 15 * MS, other->had_ns + SLICE);
	assert_in_range(honest->had_ns + other->had_ns, 950 * MS, 1000 * MS);
	assert_in_range(honest->client.used_ns, honest->had_ns, honest->had_ns + 25 * MS);
	assert_in_range(other->client.used_ns, other->had_ns, other->had_ns + 25 * MS);
}

/* Honest ones: shares are as by the clock. */
static void test_two_in_turn(void **state)
{
	open_accounted(2);
	want(other, 1);
	want(honest, 1);
	run_accounted(1000 * MS, 2, 0);
	assert_equal_parts();
}

/* What is taken without a grant is paid for: of both together each has its part. */
static void test_taken_without_grant(void **state)
{
	open_accounted(2);
	want(other, 1);
	want(honest, 1);
	run_accounted(1000 * MS, 2, 0.25);
	assert_in_range(other->had_ns, 375 * MS - 4 * SLICE, 375 * MS + SLICE);
	assert_in_range(honest->had_ns, 625 * MS - 4 * SLICE, 625 * MS + 4 * SLICE);
	assert_in_range(other->client.used_ns, other->had_ns + 240 * MS, other->had_ns + 260 * MS);
}

/* So is keeping others waiting for nothing. */
static void test_kept_idle(void **state)
{
	open_accounted(2);
	want(other, 1);
	want(honest, 1);
	for (uint64_t passed = 0; passed < 1000 * MS; passed += STEP) {
		obey(honest);
		account(honest, 5000 * MS + honest->had_ns);
		obey(other); /* which does nothing with it */
		pass(STEP);
	}
	mediator_charge(&world.mediator);
	assert_equal_parts();
}

/* Of two grants that are out each keeps half of the GPU from whoever waits. */
static void test_in_flight(void **state)
{
	open_accounted(3);
	mediator_set_in_flight(&world.mediator, 2);
	for (uint32_t i = 0; i < 3; i++)
		want(&world.renderers[i], 1);
	assert_true(holds(honest) && holds(other));
	account(other, 5000 * MS + MS);
	world.now_ns += MS;
	mediator_charge(&world.mediator);
	assert_int_equal(honest->client.used_ns, MS / 2);
	assert_int_equal(other->client.used_ns, MS);
}

/* Beside them one that an earlier mulliond started pays no more for the same. */
static void test_in_flight_beside_clock(void **state)
{
	struct renderer *adopted = &world.renderers[2];

	gpu_file_finish(&adopted->file);
	for (uint32_t i = 0; i < 2; i++)
		account(&world.renderers[i], 5000 * MS);
	open_all(3);
	mediator_set_in_flight(&world.mediator, 2);
	for (uint32_t i = 0; i < 3; i++)
		want(&world.renderers[i], 1);
	for (uint64_t passed = 0; passed < 1000 * MS; passed += STEP) {
		for (uint32_t i = 0; i < 3; i++) {
			struct renderer *renderer = &world.renderers[i];
			obey(renderer);
			if (renderer != adopted)
				account(renderer, 5000 * MS + renderer->had_ns / 2);
		}
		pass(STEP);
	}
	mediator_charge(&world.mediator);
	assert_true(honest->guest.by_fdinfo && !adopted->guest.by_fdinfo);
	assert_in_range(adopted->had_ns, honest->had_ns - 3 * SLICE, honest->had_ns + 3 * SLICE);
	assert_in_range(world.mediator.used_ns, 950 * MS, 1010 * MS);
}

/* A driver that counts work when it is done, much later: nothing is charged twice. */
static void test_counted_late(void **state)
{
	open_accounted(2);
	want(other, 1);
	want(honest, 1);
	for (uint64_t passed = 0; passed < 1000 * MS; passed += STEP) {
		for (uint32_t i = 0; i < 2; i++) {
			struct renderer *renderer = &world.renderers[i];
			obey(renderer);
			if (passed % (25 * MS) == 0)
				account(renderer, 5000 * MS + renderer->had_ns);
		}
		pass(STEP);
	}
	mediator_charge(&world.mediator);
	assert_equal_parts();
}

/* Some drivers name no engine until it has worked: what came before was charged by the clock. */
static void test_begins_late(void **state)
{
	say(honest, "drm-driver: amdgpu\ndrm-client-id: 7\n");
	open_all(1);
	assert_false(honest->guest.by_fdinfo);
	want(honest, 1);
	atomic_store(&honest->page.busy.ns, 4 * MS);
	account(honest, 5000 * MS);
	pass(10 * MS);
	mediator_charge(&world.mediator);
	assert_true(honest->guest.by_fdinfo);
	assert_int_equal(honest->client.used_ns, 4 * MS);
	account(honest, 5001 * MS);
	pass(10 * MS);
	mediator_charge(&world.mediator);
	assert_int_equal(honest->client.used_ns, 5 * MS);
}

/* A number that goes back, one as large as there is, no number. */
static void test_odd_texts(void **state)
{
	open_accounted(2);
	want(honest, 1);
	account(honest, 4000 * MS);
	pass(MS);
	say(honest, "");
	pass(MS);
	account(honest, 5000 * MS);
	mediator_charge(&world.mediator);
	assert_int_equal(honest->client.used_ns, 0);
	account(honest, 5002 * MS);
	mediator_charge(&world.mediator);
	assert_int_equal(honest->client.used_ns, 2 * MS);
	account(honest, UINT64_MAX);
	mediator_charge(&world.mediator);
	account(honest, 0);
	mediator_charge(&world.mediator);
	/* Others wait: then at least the clock counts. */
	uint64_t before_ns = honest->client.used_ns;
	want(other, 1);
	world.now_ns += MS;
	mediator_charge(&world.mediator);
	assert_int_equal(honest->client.used_ns - before_ns, MS);
}

/* Who has no grant is not looked at all the time. */
static void test_idle_ones_cost_little(void **state)
{
	open_accounted(2);
	want(honest, 1);
	account(other, 5001 * MS);
	for (int i = 0; i < 9; i++)
		pass(10 * MS);
	mediator_charge(&world.mediator);
	assert_int_equal(other->client.used_ns, 0);
	pass(10 * MS);
	mediator_charge(&world.mediator);
	assert_int_equal(other->client.used_ns, MS);
}

/* Its next renderer is one of an earlier mulliond, whose files are not ours. */
static void test_source_of_the_newest(void **state)
{
	open_accounted(1);
	mediator_client_stop(&honest->client);
	gpu_file_finish(&honest->file);
	start(honest);
	assert_false(honest->guest.by_fdinfo);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_alone),
		CASE(test_two_in_turn),
		CASE(test_taken_without_grant),
		CASE(test_kept_idle),
		CASE(test_in_flight),
		CASE(test_in_flight_beside_clock),
		CASE(test_counted_late),
		CASE(test_begins_late),
		CASE(test_odd_texts),
		CASE(test_idle_ones_cost_little),
		CASE(test_source_of_the_newest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * From a finger to the guest: how long a frame of a seat's touches takes from the compositor's
 * send to the used entry in the guest's ring, of its first event and of its last one; what is
 * lost of ten contacts at 1000 Hz, and what that costs.
 *
 *     bench-input BUILD-DIRECTORY [SECONDS]
 *
 * The compositor is this process, as the guest is: it looks at the ring all the while, so the
 * machine needs a CPU for that and another for the two processes that are measured.
 */
#include "../fixture.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wayland-server.h>

#include "../guest/input.h"
#include "../stub.h"
#include "drawer.h"

#define SAMPLES 2000
#define PAUSE_US 2000
#define CONTACTS 10
#define LIMIT_NS INT64_C(2000000000)

static const char conf[] = "presenter = wayland\n[guest hog]\ntype = container\n";

static struct fixture fixture;
static struct stub stub;
static struct loop loop;
static struct loop_timer pause_timer;
static struct guest guest;
static struct input_driver touch;
static struct drawer hog;
static int64_t first_ns[SAMPLES], whole_ns[SAMPLES];
static uint32_t serial;

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static void fail_with(const char *what)
{
	fixture_fail(&fixture, what, -EPROTO);
	exit(1);
}

/* -- the finger -- */

static void flush(void)
{
	wl_touch_send_frame(stub.touch);
	wl_display_flush_clients(stub.display);
}

static void press(uint32_t contacts)
{
	for (uint32_t i = 0; i < contacts; i++)
		wl_touch_send_down(stub.touch, ++serial, 0, stub.root_surface, i,
			wl_fixed_from_int(10 * i), wl_fixed_from_int(10));
	flush();
}

static void move(uint32_t contacts, uint32_t step)
{
	for (uint32_t i = 0; i < contacts; i++)
		wl_touch_send_motion(stub.touch, step, i,
			wl_fixed_from_int(10 * i) + step % 512, wl_fixed_from_int(20) + step % 256);
	flush();
}

static void lift(uint32_t contacts)
{
	for (uint32_t i = 0; i < contacts; i++)
		wl_touch_send_up(stub.touch, ++serial, 0, i);
	flush();
}

/* -- the guest -- */

/* Takes what is there. How many frames ended. */
static uint32_t drain(void)
{
	struct virtio_input_event event;
	uint32_t ends = 0;

	while (input_driver_next(&touch, &event, 0) == 0)
		ends += event.type == 0;
	return ends;
}

/* When there was something new in the ring. */
static int64_t await_used(void)
{
	int64_t from_ns = now_ns();

	while (*(volatile uint16_t *)&touch.event.used->idx == touch.event.last_used_idx) {
		if (now_ns() - from_ns > LIMIT_NS)
			fail_with("no event came");
	}
	return now_ns();
}

static void await_frame(void)
{
	int64_t from_ns = now_ns();

	while (!drain()) {
		if (now_ns() - from_ns > LIMIT_NS)
			fail_with("no frame came");
	}
}

/* -- what is measured -- */

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return left < right ? -1 : left > right;
}

static void print_quantiles(const char *what, int64_t *samples)
{
	qsort(samples, SAMPLES, sizeof(*samples), compare);
	printf("  %-12s p50 %6.1f us  p99 %6.1f us  max %7.1f us\n", what, samples[SAMPLES / 2] / 1e3,
		samples[SAMPLES * 99 / 100] / 1e3, samples[SAMPLES - 1] / 1e3);
}

static void handle_pause(struct loop_timer *timer)
{
	loop_stop(&loop, 0);
}

/* The compositor has other things to do as well: frame callbacks, answers. */
static void live(int64_t ns)
{
	loop_timer_set(&pause_timer, ns > 0 ? ns : 1);
	loop_run(&loop);
	vmm_dispatch(&touch.vmm);
}

static void measure_latency(uint32_t contacts, const char *beside)
{
	press(contacts);
	await_frame();
	for (uint32_t i = 0; i < SAMPLES; i++) {
		live(PAUSE_US * INT64_C(1000));
		int64_t sent_ns = now_ns();
		move(contacts, i);
		first_ns[i] = await_used() - sent_ns;
		await_frame();
		whole_ns[i] = now_ns() - sent_ns;
	}
	lift(contacts);
	await_frame();
	printf("%u contact%s, %s\n", contacts, contacts > 1 ? "s" : "", beside);
	print_quantiles("first event", first_ns);
	print_quantiles("whole frame", whole_ns);
}

/*
 * Frames that moved are counted at both ends: two that were sent late, at once, may find
 * buffers for one only. All that is down in the end is lifted, or await_frame fails.
 */
static void measure_rate(uint32_t seconds)
{
	uint32_t frames = 1000 * seconds, came = 0, late = 0;
	uint64_t cpu_ns;

	press(CONTACTS);
	await_frame();
	cpu_ns = process_tree_cpu_ns(fixture.daemon.pid);
	int64_t due_ns = now_ns();
	for (uint32_t i = 0; i < frames; i++) {
		due_ns += 1000000;
		while (now_ns() < due_ns)
			live((due_ns - now_ns()) / 2);
		late += now_ns() - due_ns > 1000000;
		came += drain();
		move(CONTACTS, i);
	}
	cpu_ns = process_tree_cpu_ns(fixture.daemon.pid) - cpu_ns;
	int64_t until_ns = now_ns() + 100000000;
	while (now_ns() < until_ns)
		came += drain();
	lift(CONTACTS);
	await_frame();
	printf("%u contacts at 1000 Hz for %u s: %u frames sent (%u late), %u came, %u became one with "
	       "another; %.1f %% of a CPU\n",
		CONTACTS, seconds, frames, late, came, frames - came,
		100.0 * cpu_ns / (seconds * 1e9));
}

/* All of it but the renderers: or what else the machine does is what is measured. */
static void take_priority(void)
{
	struct sched_param priority = { .sched_priority = 1 };
	pid_t pids[3] = { 0, fixture.daemon.pid, fixture_shown(&fixture, "g1", "guest_pid", 0) };
	int failed = 0;

	for (uint32_t i = 0; i < 3; i++)
		failed += sched_setscheduler(pids[i], SCHED_FIFO, &priority) < 0;
	if (failed)
		printf("(no real-time priority: other programs' time is in the numbers)\n");
}

static void start(void)
{
	char path[160];

	loop_init(&loop);
	loop_timer_init(&pause_timer, &loop, handle_pause);
	stub_init(&stub);
	stub_start(&stub);
	stub_resume(&stub, &loop);
	setenv("WAYLAND_DISPLAY", stub.socket, 1);
	if (fixture_start(&fixture, 1, 1, conf) < 0)
		exit(1);
	fixture_boot(&fixture, 1, &guest, &(struct guest_options){ 0 });
	snprintf(path, sizeof(path), "%s/g1/touch0.sock", fixture.dir);
	input_driver_init(&touch, &guest.memory, &(struct input_driver_options){ 0 });
	if (input_driver_boot(&touch, path) < 0)
		fail_with("no touch screen");
	for (uint32_t i = 0; i < 2000 && !(stub.touch && stub.root_surface && stub.root.is_mapped); i++)
		live(5000000);
	if (!stub.touch || !stub.root.is_mapped)
		fail_with("no window");
}

int main(int argc, char **argv)
{
	uint32_t seconds = argc > 2 ? atoi(argv[2]) : 60;

	fixture_find_programs(argc, argv);
	start();
	take_priority();
	measure_latency(1, "nothing else runs");
	measure_latency(CONTACTS, "nothing else runs");
	hog = (struct drawer){ .fixture = &fixture, .guest = "hog", .n_draws = 64 };
	drawer_start(&hog);
	drawer_begin(&hog);
	measure_latency(1, "a 3D guest at full load");
	measure_latency(CONTACTS, "a 3D guest at full load");
	drawer_end(&hog);
	drawer_finish(&hog);
	live(200000000);
	measure_rate(seconds);
	input_driver_finish(&touch);
	fixture_unboot(&fixture, 1, &guest);
	stub_finish(&stub);
	return fixture_stop(&fixture) < 0;
}

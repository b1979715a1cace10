/* SPDX-License-Identifier: MIT */
/* Renderers that cannot be started: the program is none. */
#include "tests/unit.h"

#include "base/io.h"
#include "daemon/renderers.h"

#define REST_NS (100 * INT64_C(1000000))

struct world {
	struct loop loop;
	struct renderers renderers;
	uint32_t n_changed;
	bool told; /* the guest, that it gets none */
};

/* As a guest that wants one (daemon/guest_renderer.c). */
static void changed(void *data, struct render_node *node)
{
	struct world *world = data;

	world->n_changed++;
	if (render_node_is_given_up(node)) {
		world->told = true;
		loop_stop(&world->loop, 0);
		return;
	}
	assert_null(render_node_take(node, NULL, NULL));
	/* Without an end it would be tried and tried. */
	assert_true(world->n_changed < 10);
}

static const struct renderers_listener listener = { .changed = changed };

static void stop(struct loop_timer *timer)
{
	loop_stop(timer->source.loop, 0);
}

static void run_for(struct world *world, int64_t ns)
{
	struct loop_timer timer;

	assert_int_equal(loop_timer_init(&timer, &world->loop, stop), 0);
	loop_timer_set(&timer, ns);
	world->loop.stop = false;
	loop_run(&world->loop);
	loop_timer_finish(&timer);
}

static void run_until_told(struct world *world)
{
	world->told = world->loop.stop = false;
	loop_run(&world->loop);
	assert_true(world->told);
}

/* A node that rendered and no longer does: who waits is told, and it is not tried without end. */
static void test_given_up(void **state)
{
	static struct world world;

	assert_int_equal(loop_init(&world.loop), 0);
	renderers_init(&world.renderers, &world.loop, &listener, &world);
	struct render_node *node = renderers_node(&world.renderers, "none");
	assert_non_null(node);
	node->probed = true;
	node->capsets_fd = memfd_create_sealed("capsets", 4096);
	run_until_told(&world);
	assert_int_equal(node->failures, 3);
	assert_int_equal(world.n_changed, 1);
	run_for(&world, REST_NS);
	assert_int_equal(node->failures, 3);
	assert_int_equal(world.n_changed, 1);
	assert_null(node->spare);
	/* Another VM's driver is a reason to look again. */
	render_node_expect(node, true);
	assert_false(render_node_is_given_up(node));
	run_until_told(&world);
	assert_int_equal(node->failures, 4);
	renderers_finish(&world.renderers);
	loop_finish(&world.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_given_up) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

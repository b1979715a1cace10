/* SPDX-License-Identifier: MIT */
/* Ids to pointers, against an array that is looked through. */
#include "tests/failing_alloc.h"
#include "tests/unit.h"

#include <errno.h>

#include "base/idmap.h"

#define IDS 600

static int values[IDS];

static void test_empty(void **state)
{
	struct idmap map;

	idmap_init(&map);
	assert_null(idmap_find(&map, 1));
	assert_null(idmap_find(&map, 0));
	assert_null(idmap_remove(&map, 1));
	idmap_for_each(slot, &map) fail();
	idmap_finish(&map);
}

static void test_zero_is_no_id(void **state)
{
	struct idmap map;

	idmap_init(&map);
	assert_int_equal(idmap_insert(&map, 1, &values[1]), 0);
	assert_null(idmap_find(&map, 0));
	assert_null(idmap_remove(&map, 0));
	assert_ptr_equal(idmap_find(&map, 1), &values[1]);
	idmap_finish(&map);
}

/* Ids that lie close together and ids that differ in high bits only. */
static uint32_t id_of(uint32_t i)
{
	return i % 2 ? i + 1 : (i + 1) << 20 | 1u << 31;
}

static void check_all(const struct idmap *map, const bool *present)
{
	uint32_t n = 0, visited = 0;

	for (uint32_t i = 0; i < IDS; i++) {
		assert_ptr_equal(idmap_find(map, id_of(i)), present[i] ? &values[i] : NULL);
		n += present[i];
	}
	idmap_for_each(slot, map)
	{
		uint32_t i = (int *)slot->value - values;
		assert_int_equal(slot->id, id_of(i));
		assert_true(present[i]);
		visited++;
	}
	assert_int_equal(map->n_used, n);
	assert_int_equal(visited, n);
}

static void test_random(void **state)
{
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct dice dice = dice_of(seed);
		bool present[IDS] = { false };
		struct idmap map;

		idmap_init(&map);
		for (int step = 0; step < 3000; step++) {
			uint32_t i = dice_roll(&dice, step < 1500 ? IDS : IDS / 10);
			void *expected = present[i] ? &values[i] : NULL;
			if (present[i])
				assert_ptr_equal(idmap_remove(&map, id_of(i)), expected);
			else
				assert_int_equal(idmap_insert(&map, id_of(i), &values[i]), 0);
			present[i] = !present[i];
			if (step % 100 == 0)
				check_all(&map, present);
		}
		check_all(&map, present);
		idmap_finish(&map);
	}
}

/* Whoever shares a bucket with a removed one is still found, around the end of the table too. */
static void test_removal_shifts_back(void **state)
{
	for (uint32_t seed = 0; seed < 200; seed++) {
		for (uint32_t gone = 0; gone < 12; gone++) {
			struct idmap map;
			idmap_init(&map);
			map.seed = seed;
			for (uint32_t i = 0; i < 12; i++)
				assert_int_equal(idmap_insert(&map, i + 1, &values[i]), 0);
			assert_ptr_equal(idmap_remove(&map, gone + 1), &values[gone]);
			for (uint32_t i = 0; i < 12; i++)
				assert_ptr_equal(
					idmap_find(&map, i + 1), i == gone ? NULL : &values[i]);
			idmap_finish(&map);
		}
	}
}

static void test_no_memory(void **state)
{
	bool present[IDS] = { false };
	struct idmap map;

	idmap_init(&map);
	for (uint32_t i = 0; i < IDS; i++) {
		alloc_countdown = 0;
		int ret = idmap_insert(&map, id_of(i), &values[i]);
		alloc_countdown = -1;
		if (ret == 0) {
			present[i] = true;
			continue;
		}
		assert_int_equal(ret, -ENOMEM);
		check_all(&map, present);
		assert_int_equal(idmap_insert(&map, id_of(i), &values[i]), 0);
		present[i] = true;
	}
	check_all(&map, present);
	idmap_finish(&map);
	assert_null(idmap_find(&map, id_of(0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_zero_is_no_id),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_removal_shifts_back),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

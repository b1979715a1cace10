/* SPDX-License-Identifier: MIT */
/* What a simulated GPU is given to do. */
#include "tests/sim/load.h"

/* clang-format off */
#define SLICE POLICY_SLICE_DEFAULT_NS
#define TERMS(...) .terms = { .slice_ns = SLICE, __VA_ARGS__ }
#define GUESTS(count, of, command, ...) \
	{ .n = (count), .kind = (of), .command_ns = (command), __VA_ARGS__ }
#define HOGS(count, command, ...) GUESTS(count, LOAD_HOG, command, TERMS(__VA_ARGS__))
#define VISITORS(count, command, ...) GUESTS(count, LOAD_VISITOR, command, TERMS(__VA_ARGS__))
#define HZ60(count, cost, ...) \
	GUESTS(count, LOAD_FRAMES, 1 * MS, .frame_ns = (cost), .period_ns = SECOND / 60, \
		TERMS(.weight = 100, __VA_ARGS__))

const struct load loads[] = {
	{
		.name = "4 equal hogs",
		.groups = { HOGS(4, 1 * MS, .weight = 100) },
	},
	{
		.name = "hogs 1:2:8",
		.groups = {
			HOGS(1, 1 * MS, .weight = 100),
			HOGS(1, 1 * MS, .weight = 200),
			HOGS(1, 1 * MS, .weight = 800),
		},
	},
	{
		.name = "2 hogs, 6 idle",
		.groups = {
			HOGS(2, 1 * MS, .weight = 100),
			GUESTS(6, LOAD_IDLE, 1 * MS, TERMS(.weight = 100)),
		},
	},
	{
		.name = "60 Hz, 3 hogs",
		.groups = { HZ60(1, 4 * MS), HOGS(3, 2 * MS, .weight = 100) },
	},
	{
		.name = "60 Hz reserved, 3 hogs",
		.groups = {
			HZ60(1, 6 * MS, .runtime_ns = 6 * MS, .period_ns = 16 * MS),
			HOGS(3, 2 * MS, .weight = 100),
		},
		.delay_max_ns = SLICE + 2 * MS,
	},
	{
		.name = "3 x 60 Hz reserved, hog",
		.groups = {
			HZ60(3, 4 * MS, .runtime_ns = 4 * MS, .period_ns = 16 * MS),
			HOGS(1, 2 * MS, .weight = 100),
		},
		/* Each may wait for the others' runtime besides. */
		.delay_max_ns = SLICE + 2 * MS + 2 * 4 * MS,
	},
	{
		.name = "30 ms commands, 2 hogs",
		.groups = {
			HOGS(1, 30 * MS, .weight = 100),
			HOGS(2, 1 * MS, .weight = 100),
		},
	},
	{
		.name = "blinker, 2 hogs",
		.groups = {
			GUESTS(1, LOAD_BLINKER, 2 * MS, .period_ns = MS / 10, TERMS(.weight = 100)),
			HOGS(2, 1 * MS, .weight = 100),
		},
	},
	{
		.name = "64 come and go",
		.groups = {
			VISITORS(32, 1 * MS, .weight = 100),
			VISITORS(16, 3 * MS, .weight = 50),
			VISITORS(16, 2 * MS, .weight = 400),
		},
	},
	{
		.name = "caps 10 % and 25 %, hog",
		.groups = {
			HOGS(1, 1 * MS, .weight = 100, .cap_percent = 10),
			HOGS(1, 1 * MS, .weight = 100, .cap_percent = 25),
			HOGS(1, 1 * MS, .weight = 100),
		},
		.not_gvt = true,
	},
	{
		.name = "caps 10 % and 25 %",
		.groups = {
			HOGS(1, 1 * MS, .weight = 100, .cap_percent = 10),
			HOGS(1, 20 * MS, .weight = 100, .cap_percent = 25),
		},
		.not_gvt = true,
	},
	{
		.name = "container of 16, VM",
		.groups = {
			GUESTS(1, LOAD_HOG, 1 * MS, .n_clients = 16, TERMS(.weight = 100)),
			HOGS(1, 1 * MS, .weight = 100),
		},
	},
};
/* clang-format on */

const uint32_t n_loads = sizeof(loads) / sizeof(loads[0]);

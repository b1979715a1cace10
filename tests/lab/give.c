/* SPDX-License-Identifier: MIT */
/*
 * Gives devices of the host (backends/libinput) and says each frame that comes of them.
 *
 * give auto|keys PATH [calibration A B C D E F] [X Y W H OFW OFH]...
 * The areas are heads 0, 1, ...; without one, the whole device is head 0. A frame is a
 * line (frames.h). A line on stdin is the LEDs that the guest has on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/libinput/given.h"
#include "base/log.h"
#include "frames.h"

static struct input_devices devices;
static struct loop loop;

static void read_leds(struct loop_source *source, uint32_t events)
{
	char text[16] = "";

	if (read(source->fd, text, sizeof(text) - 1) <= 0)
		loop_stop(&loop, 0);
	else
		input_devices_set_leds(&devices, atoi(text));
}

static char **read_calibration(char **arguments, float calibration[static INPUT_CALIBRATION])
{
	if (!*arguments || strcmp(*arguments, "calibration") != 0)
		return arguments;
	for (int i = 0; i < INPUT_CALIBRATION && *++arguments; i++)
		calibration[i] = strtof(*arguments, NULL);
	return arguments + 1;
}

static void add_parts(struct given *given, char **arguments)
{
	uint32_t numbers[6], n = 0, head = 0;
	struct input_area area = area_whole;

	for (; *arguments; arguments++) {
		numbers[n++] = atoi(*arguments);
		if (n < 6)
			continue;
		memcpy(&area, numbers, sizeof(area));
		given_add_part(given, &devices, head++, &area);
		n = 0;
	}
	if (!head)
		given_add_part(given, &devices, 0, &area);
}

int main(int argc, char **argv)
{
	static struct given given;
	float calibration[INPUT_CALIBRATION];
	struct loop_source leds = { 0 };
	struct input_host host;

	if (argc < 3)
		return 2;
	log_init("give", LOG_LEVEL_INFO);
	struct given_config config = {
		.name = "lab",
		.path = argv[2],
		.kind = strcmp(argv[1], "keys") == 0 ? GIVEN_KEYS : GIVEN_BY_LIBINPUT,
		.calibration = calibration,
	};
	memcpy(calibration, uncalibrated, sizeof(calibration));
	char **areas = read_calibration(argv + 3, calibration);
	input_host_init(&host);
	if (loop_init(&loop) < 0 || input_devices_init(&devices, say_frame, NULL) < 0 ||
		input_host_open(&host, &loop) < 0 ||
		loop_add(&loop, &leds, STDIN_FILENO, EPOLLIN, read_leds) < 0)
		return 1;
	given_init(&given, &host, &config);
	add_parts(&given, areas);
	given_open(&given);
	loop_run(&loop);
	given_finish(&given);
	input_devices_finish(&devices);
	input_host_finish(&host);
	loop_remove(&leds);
	loop_finish(&loop);
	return 0;
}

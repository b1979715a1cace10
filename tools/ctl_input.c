/* SPDX-License-Identifier: MIT */
/* mullionctl input: taps, keys and recordings for a guest. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "tools/ctl.h"
#include "tools/input_player.h"
#include "tools/input_sender.h"
#include "tools/key_code.h"

/* How long a finger or a key is down, which some programs look for only now and then. */
#define HOLD_NS (50 * NSEC_PER_MSEC)

static void sleep_until(int64_t time_ns)
{
	struct timespec time = { time_ns / NSEC_PER_SEC, time_ns % NSEC_PER_SEC };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

/* What follows happens a little later. */
static enum exit_status sender_hold(struct input_sender *sender)
{
	enum exit_status status = input_sender_flush(sender);

	sleep_until(clock_now_ns() + HOLD_NS);
	return status;
}

/* -- tap -- */

/* "12", "12.5" px or "50%"; px < `size_px`. False: said so. */
static bool parse_place(const char *text, int64_t size_px, int32_t *place)
{
	char *end;
	double number = strtod(text, &end);
	bool percent = strcmp(end, "%") == 0;
	double size = percent ? 100 : size_px;

	if (end == text || (*end && !percent) || text[strspn(text, "0123456789.")] != *end) {
		fail_usage("expected px such as 640, or a part such as 50%%, got \"%s\"", text);
		return false;
	}
	if (number >= size && !(percent && number == size)) {
		fail("%s is beyond the head, which has %lld px there", text, (long long)size_px);
		return false;
	}
	/* The middle of a pixel. */
	if (!percent)
		number += 0.5;
	*place = number * INPUT_ABS_MAX / size;
	return true;
}

static enum exit_status find_place(const struct ctl *ctl, const char *guest, uint32_t head,
	const char *x_text, const char *y_text, int32_t *x, int32_t *y)
{
	struct varlink_reply reply;
	enum exit_status status =
		ctl_call(ctl, CONTROL("ShowGuest"), guest_parameters(guest), &reply);

	if (status != EXIT_OK)
		return status;
	struct json_object *heads =
		get_array(json_object_object_get(reply.parameters, "guest"), "heads");
	struct json_object *there =
		head < array_length(heads) ? json_object_array_get_idx(heads, head) : NULL;
	if (!there)
		status = fail("guest \"%s\" has no head %u: 'mullionctl show %s' lists them", guest,
			head, guest);
	else if (!parse_place(x_text, get_int(there, "width"), x) ||
		 !parse_place(y_text, get_int(there, "height"), y))
		status = EXIT_FAILED;
	varlink_reply_finish(&reply);
	return status;
}

static enum exit_status input_tap(struct input_sender *sender, char **args)
{
	uint64_t head;
	int32_t x, y;

	if (!parse_head(args[0], &head))
		return EXIT_USAGE;
	enum exit_status status =
		find_place(sender->ctl, sender->guest, head, args[1], args[2], &x, &y);
	if (status != EXIT_OK)
		return status;
	struct input_frame frame = { .n = 4 };
	frame.events[0] = (struct input_frame_event){ EV_ABS, ABS_MT_SLOT, 0 };
	frame.events[1] = (struct input_frame_event){ EV_ABS, ABS_MT_TRACKING_ID, 0 };
	frame.events[2] = (struct input_frame_event){ EV_ABS, ABS_MT_POSITION_X, x };
	frame.events[3] = (struct input_frame_event){ EV_ABS, ABS_MT_POSITION_Y, y };
	uint32_t device = input_device(INPUT_TOUCH, head);
	status = input_sender_add(sender, device, &frame);
	if (status == EXIT_OK)
		status = sender_hold(sender);
	frame.n = 1;
	frame.events[0] = (struct input_frame_event){ EV_ABS, ABS_MT_TRACKING_ID, -1 };
	if (status == EXIT_OK)
		status = input_sender_add(sender, device, &frame);
	return status == EXIT_OK ? input_sender_flush(sender) : status;
}

/* -- key -- */

static enum exit_status add_key(struct input_sender *sender, const char *name, bool down)
{
	struct input_frame frame = { .n = 1 };
	uint32_t code;

	if (!key_code_parse(name, &code))
		return fail_usage(
			"expected a key such as KEY_ENTER, or its number, got \"%s\"", name);
	frame.events[0] = (struct input_frame_event){ EV_KEY, code, down };
	return input_sender_add(sender, input_device(INPUT_KEYBOARD, 0), &frame);
}

/* All of them down, in turn; then up, the last one first. */
static enum exit_status input_keys(struct input_sender *sender, char **names)
{
	enum exit_status status = EXIT_OK;
	int n = 0;

	for (; names[n] && status == EXIT_OK; n++)
		status = add_key(sender, names[n], true);
	if (status == EXIT_OK)
		status = sender_hold(sender);
	while (n && status == EXIT_OK)
		status = add_key(sender, names[--n], false);
	return status == EXIT_OK ? input_sender_flush(sender) : status;
}

/* -- play -- */

static enum exit_status play_all(struct input_sender *sender, struct input_player *player)
{
	const struct input_recording *recording = player->recording;
	const struct recording_frame *frames = recording->frames;
	int64_t start_ns = clock_now_ns() - frames[0].time_us * NSEC_PER_USEC;
	enum exit_status status = EXIT_OK;

	for (uint32_t i = 0; i < recording->n_frames && status == EXIT_OK; i++) {
		int64_t due_ns = start_ns + frames[i].time_us * NSEC_PER_USEC;
		struct input_frame frame;
		if (!sender->ctl->fast && due_ns > clock_now_ns()) {
			status = input_sender_flush(sender);
			sleep_until(due_ns);
		}
		uint32_t device = input_player_frame(player, i, &frame);
		if (status == EXIT_OK)
			status = input_sender_add(sender, device, &frame);
	}
	return status == EXIT_OK ? input_sender_flush(sender) : status;
}

static enum exit_status input_play(struct input_sender *sender, char **args)
{
	struct input_recording recording;
	struct input_player player;
	uint64_t head = 0;
	enum exit_status status;

	if (sender->ctl->head && !parse_head(sender->ctl->head, &head))
		return EXIT_USAGE;
	int ret = input_recording_load(&recording, args[0]);
	if (ret < 0)
		status = fail(
			"%s: %s", args[0], recording.reason[0] ? recording.reason : strerror(-ret));
	else if (input_player_init(&player, &recording, head) < 0)
		status = fail("%s: %s", args[0], player.reason);
	else
		status = play_all(sender, &player);
	input_recording_finish(&recording);
	return status;
}

static const struct {
	const char *name;
	int n_min, n_max;
	enum exit_status (*run)(struct input_sender *sender, char **args);
} verbs[] = {
	{ "tap", 3, 3, input_tap },
	{ "key", 1, 16, input_keys },
	{ "play", 1, 1, input_play },
};

int ctl_input(const struct ctl *ctl)
{
	struct input_sender sender;
	int n_args = 0;

	while (ctl->args[2 + n_args])
		n_args++;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(ctl->args[1], verbs[i].name) != 0 || n_args < verbs[i].n_min ||
			n_args > verbs[i].n_max)
			continue;
		enum exit_status status = input_sender_init(&sender, ctl, ctl->args[0]);
		if (status == EXIT_OK)
			status = verbs[i].run(&sender, ctl->args + 2);
		input_sender_finish(&sender);
		return status;
	}
	return fail_usage(
		"expected: mullionctl input GUEST tap HEAD X Y, input GUEST key CODE... or "
		"input GUEST play FILE");
}

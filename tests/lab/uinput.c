/* SPDX-License-Identifier: MIT */
/*
 * An input device of the kernel's (uinput) that does what it is told, a line at a time.
 *
 * uinput: reads commands from stdin, answers each with a line: "ok", or what went wrong.
 *
 *   touch NAME WIDTH HEIGHT   a multi-touch screen with 16 slots
 *   tablet NAME WIDTH HEIGHT  an absolute pointer with buttons and a wheel
 *   mouse NAME
 *   keyboard NAME             with LEDs
 *   knob NAME                 an encoder that is pressed as well
 *   events TYPE/CODE=VALUE... at once; numbers as linux/input-event-codes.h has them
 *   part TYPE/CODE=VALUE...   the same, without the end
 *   led CODE VALUE            waits until the LED was set so
 *   destroy                   it is pulled out
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/uinput.h>

#define LED_WAIT_MS 20000

static int fd = -1;
static char *name;
static int numbers[2];

static bool allow(int type, int bit_request, int first, int last)
{
	if (ioctl(fd, UI_SET_EVBIT, type) < 0)
		return false;
	for (int code = first; code <= last; code++) {
		if (ioctl(fd, bit_request, code) < 0)
			return false;
	}
	return true;
}

static bool axis(int code, int max, int resolution)
{
	struct uinput_abs_setup setup = {
		.code = code,
		.absinfo = { .maximum = max, .resolution = resolution },
	};
	return ioctl(fd, UI_ABS_SETUP, &setup) == 0;
}

static bool create(void)
{
	struct uinput_setup setup = {
		.id = { .bustype = BUS_USB, .vendor = 0x1209, .product = 1 }
	};

	snprintf(setup.name, sizeof(setup.name), "%s", name);
	return ioctl(fd, UI_DEV_SETUP, &setup) == 0 && ioctl(fd, UI_DEV_CREATE) == 0;
}

static bool begin(void)
{
	if (fd >= 0)
		close(fd);
	fd = open("/dev/uinput", O_RDWR | O_CLOEXEC);
	return fd >= 0;
}

static bool make_touch(void)
{
	return begin() && allow(EV_KEY, UI_SET_KEYBIT, BTN_TOUCH, BTN_TOUCH) &&
	       allow(EV_ABS, UI_SET_ABSBIT, ABS_X, ABS_Y) &&
	       ioctl(fd, UI_SET_PROPBIT, INPUT_PROP_DIRECT) == 0 &&
	       axis(ABS_X, numbers[0] - 1, 10) && axis(ABS_Y, numbers[1] - 1, 10) &&
	       axis(ABS_MT_SLOT, 15, 0) && axis(ABS_MT_TRACKING_ID, 65535, 0) &&
	       axis(ABS_MT_POSITION_X, numbers[0] - 1, 10) &&
	       axis(ABS_MT_POSITION_Y, numbers[1] - 1, 10) && create();
}

static bool make_tablet(void)
{
	return begin() && allow(EV_KEY, UI_SET_KEYBIT, BTN_LEFT, BTN_MIDDLE) &&
	       allow(EV_REL, UI_SET_RELBIT, REL_WHEEL, REL_WHEEL) &&
	       allow(EV_ABS, UI_SET_ABSBIT, ABS_X, ABS_Y) && axis(ABS_X, numbers[0] - 1, 0) &&
	       axis(ABS_Y, numbers[1] - 1, 0) && create();
}

static bool make_mouse(void)
{
	return begin() && allow(EV_KEY, UI_SET_KEYBIT, BTN_LEFT, BTN_MIDDLE) &&
	       allow(EV_REL, UI_SET_RELBIT, REL_X, REL_Y) &&
	       allow(EV_REL, UI_SET_RELBIT, REL_WHEEL, REL_WHEEL) && create();
}

static bool make_keyboard(void)
{
	return begin() && allow(EV_KEY, UI_SET_KEYBIT, KEY_ESC, KEY_F24) &&
	       allow(EV_LED, UI_SET_LEDBIT, LED_NUML, LED_SCROLLL) && create();
}

static bool make_knob(void)
{
	return begin() && allow(EV_KEY, UI_SET_KEYBIT, BTN_0, BTN_0) &&
	       allow(EV_REL, UI_SET_RELBIT, REL_DIAL, REL_DIAL) && create();
}

static bool emit(int type, int code, int value)
{
	struct input_event event = { .type = type, .code = code, .value = value };
	return write(fd, &event, sizeof(event)) == sizeof(event);
}

static bool send_part(void)
{
	const char *word;
	int type, code, value;

	while ((word = strtok(NULL, " \n"))) {
		if (sscanf(word, "%d/%d=%d", &type, &code, &value) != 3 || !emit(type, code, value))
			return false;
	}
	return true;
}

static bool send_events(void)
{
	return send_part() && emit(EV_SYN, SYN_REPORT, 0);
}

static bool wait_led(void)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct input_event event;

	while (poll(&poll_fd, 1, LED_WAIT_MS) == 1) {
		if (read(fd, &event, sizeof(event)) != sizeof(event))
			return false;
		if (event.type == EV_LED && event.code == numbers[0] && event.value == numbers[1])
			return true;
	}
	errno = ETIMEDOUT;
	return false;
}

static bool destroy(void)
{
	int old = fd;

	fd = -1;
	return close(old) == 0;
}

static const struct command {
	const char *name;
	bool named;
	int n_numbers;
	bool (*act)(void);
} commands[] = {
	{ "touch", true, 2, make_touch },
	{ "tablet", true, 2, make_tablet },
	{ "mouse", true, 0, make_mouse },
	{ "keyboard", true, 0, make_keyboard },
	{ "knob", true, 0, make_knob },
	{ "events", false, 0, send_events },
	{ "part", false, 0, send_part },
	{ "led", false, 2, wait_led },
	{ "destroy", false, 0, destroy },
};

static bool read_words(const struct command *command)
{
	if (command->named && !(name = strtok(NULL, " \n")))
		return false;
	for (int i = 0; i < command->n_numbers; i++) {
		const char *word = strtok(NULL, " \n");
		if (!word)
			return false;
		numbers[i] = atoi(word);
	}
	return true;
}

static const struct command *find_command(const char *word)
{
	for (size_t i = 0; word && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, word) == 0)
			return &commands[i];
	}
	return NULL;
}

int main(void)
{
	char line[1024];

	while (fgets(line, sizeof(line), stdin)) {
		const struct command *command = find_command(strtok(line, " \n"));
		if (!command || !read_words(command))
			puts("no such command");
		else if (!command->act())
			printf("%s: %s\n", command->name, strerror(errno));
		else
			puts("ok");
		fflush(stdout);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* mullionctl screen: mullion-compositor's screens. */
#include <stdio.h>
#include <string.h>

#include "tools/ctl.h"
#include "tools/table.h"

int fail_screen_reply(const struct varlink_reply *reply)
{
	const char *output = get_string(reply->parameters, "output");

	if (strcmp(reply->error, COMPOSITOR("NoSuchScreen")) == 0)
		return fail("there is no screen \"%s\": 'mullionctl screen list' shows them",
			get_string(reply->parameters, "screen"));
	if (strcmp(reply->error, COMPOSITOR("CannotSet")) == 0)
		return fail("screen \"%s\" stays as it is: %s",
			get_string(reply->parameters, "screen"),
			get_string(reply->parameters, "reason"));
	if (strcmp(reply->error, COMPOSITOR("NoSuchOutput")) == 0)
		return fail(
			"there is no output \"%s\": 'mullionctl screen list' shows them", output);
	if (strcmp(reply->error, COMPOSITOR("NoPicture")) == 0)
		return fail("no picture of output \"%s\": %s", output,
			get_string(reply->parameters, "reason"));
	if (strcmp(reply->error, COMPOSITOR("CannotReload")) == 0) {
		struct json_object *errors = get_array(reply->parameters, "errors");
		for (size_t i = 0; i < array_length(errors); i++)
			fail("%s", json_object_get_string(json_object_array_get_idx(errors, i)));
		return fail("the configuration is wrong: nothing changes");
	}
	return fail("mullion-compositor refused: %s %s", reply->error,
		json_object_to_json_string(reply->parameters));
}

static void add_hertz(struct table *table, int64_t width, int64_t height, int64_t mhz)
{
	table_add(table, "%dx%d@%d.%03d", (int)width, (int)height, (int)(mhz / 1000),
		(int)(mhz % 1000));
}

static void print_screens(struct json_object *screens)
{
	static const char *const titles[] = { "SCREEN", "MODE", "SCALE", "TRANSFORM", "PAINTER",
		"POWER", "FRAMES", "LATE", "UNPAINTED" };
	struct table table;

	table_init(&table, sizeof(titles) / sizeof(titles[0]));
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		table_add(&table, "%s", titles[i]);
	for (size_t i = 0; i < array_length(screens); i++) {
		struct json_object *screen = json_object_array_get_idx(screens, i);
		struct json_object *mode = json_object_object_get(screen, "mode");
		table_add(&table, "%s", get_string(screen, "name"));
		add_hertz(&table, get_int(mode, "width"), get_int(mode, "height"),
			get_int(mode, "refresh_mhz"));
		table_add(&table, "%.4g",
			json_object_get_double(json_object_object_get(screen, "scale")));
		table_add(&table, "%s", get_string(screen, "transform"));
		table_add(&table, "%s", get_string(screen, "painter"));
		table_add(&table, "%s", get_bool(screen, "on") ? "on" : "off");
		table_add(&table, "%lld", (long long)get_int(screen, "frames"));
		table_add(&table, "%lld", (long long)get_int(screen, "frames_late"));
		table_add(&table, "%lld", (long long)get_int(screen, "frames_scanned_out"));
	}
	table_print(&table, stdout, "");
	table_finish(&table);
}

static void print_pictures(struct json_object *screen)
{
	struct json_object *pictures = get_array(screen, "pictures");

	for (size_t i = 0; i < array_length(pictures); i++) {
		struct json_object *picture = json_object_array_get_idx(pictures, i);
		struct json_object *box = json_object_object_get(picture, "box");
		const char *reason = get_string(picture, "reason");
		printf("%s %dx%d+%d+%d: %s%s%s\n", get_string(screen, "name"),
			(int)get_int(box, "width"), (int)get_int(box, "height"),
			(int)get_int(box, "x"), (int)get_int(box, "y"), get_string(picture, "way"),
			reason[0] ? ": " : "", reason);
	}
}

static void add_outputs(struct table *table, struct json_object *screen)
{
	struct json_object *outputs = get_array(screen, "outputs");

	for (size_t i = 0; i < array_length(outputs); i++) {
		struct json_object *output = json_object_array_get_idx(outputs, i);
		struct json_object *place = json_object_object_get(output, "place");
		table_add(table, "%s", get_string(output, "name"));
		table_add(table, "%s", get_string(screen, "name"));
		table_add(table, "%d,%d", (int)get_int(place, "x"), (int)get_int(place, "y"));
		table_add(table, "%dx%d", (int)get_int(place, "width"),
			(int)get_int(place, "height"));
	}
}

static void print_outputs(struct json_object *screens)
{
	struct table table;

	table_init(&table, 4);
	table_add(&table, "OUTPUT");
	table_add(&table, "SCREEN");
	table_add(&table, "PLACE");
	table_add(&table, "SIZE");
	for (size_t i = 0; i < array_length(screens); i++)
		add_outputs(&table, json_object_array_get_idx(screens, i));
	table_print(&table, stdout, "");
	table_finish(&table);
}

static void print_windows(struct json_object *windows)
{
	struct table table;

	table_init(&table, 5);
	table_add(&table, "WINDOW");
	table_add(&table, "OUTPUT");
	table_add(&table, "LAYER");
	table_add(&table, "STATE");
	table_add(&table, "TITLE");
	for (size_t i = 0; i < array_length(windows); i++) {
		struct json_object *window = json_object_array_get_idx(windows, i);
		const char *state = get_string(window, "state");
		bool is_well = strcmp(state, "well") == 0;
		table_add(&table, "%s", get_string(window, "app_id"));
		table_add(&table, "%s", get_string(window, "output"));
		table_add(&table, "%s", get_string(window, "layer"));
		table_add(&table, "%s",
			!is_well                   ? state
			: get_bool(window, "seen") ? "seen"
						   : "covered");
		table_add(&table, "%s", get_string(window, "title"));
	}
	table_print(&table, stdout, "");
	table_finish(&table);
}

static int screen_list(const struct ctl *ctl)
{
	struct varlink_reply reply;
	int status = ctl_call(ctl, COMPOSITOR("List"), NULL, &reply);

	if (status != EXIT_OK)
		return status;
	if (ctl->json) {
		print_json(&reply);
	} else {
		struct json_object *screens = get_array(reply.parameters, "screens");
		print_screens(screens);
		for (size_t i = 0; i < array_length(screens); i++)
			print_pictures(json_object_array_get_idx(screens, i));
		puts("");
		print_outputs(screens);
		puts("");
		print_windows(get_array(reply.parameters, "windows"));
	}
	varlink_reply_finish(&reply);
	return EXIT_OK;
}

static int screen_screenshot(const struct ctl *ctl)
{
	struct json_object *parameters = json_object_new_object();

	json_object_object_add(parameters, "output", json_object_new_string(ctl->args[1]));
	return ctl_write_picture(ctl, COMPOSITOR("Screenshot"), parameters, ctl->args[2]);
}

static int screen_power(const struct ctl *ctl, bool is_on)
{
	struct json_object *parameters = json_object_new_object();

	json_object_object_add(parameters, "screen", json_object_new_string(ctl->args[1]));
	json_object_object_add(parameters, "on", json_object_new_boolean(is_on));
	return ctl_do(ctl, COMPOSITOR("SetPower"), parameters);
}

/* "80%", or without the sign. */
static int screen_brightness(const struct ctl *ctl)
{
	struct json_object *parameters;
	char number[8];
	uint64_t percent;
	size_t len = strlen(ctl->args[2]);

	snprintf(number, sizeof(number), "%.*s",
		(int)(len && ctl->args[2][len - 1] == '%' ? len - 1 : len), ctl->args[2]);
	if (!parse_number(number, 100, &percent) || percent == 0)
		return fail_usage(
			"expected a percentage from 1%% to 100%%, got \"%s\"", ctl->args[2]);
	parameters = json_object_new_object();
	json_object_object_add(parameters, "screen", json_object_new_string(ctl->args[1]));
	json_object_object_add(parameters, "percent", json_object_new_int(percent));
	return ctl_do(ctl, COMPOSITOR("SetBrightness"), parameters);
}

int ctl_screen(const struct ctl *ctl)
{
	const char *what = ctl->args[0];
	int n_args = 0;

	while (ctl->args[n_args])
		n_args++;
	if (strcmp(what, "list") == 0 && n_args == 1)
		return screen_list(ctl);
	if (strcmp(what, "screenshot") == 0 && n_args == 3)
		return screen_screenshot(ctl);
	if (strcmp(what, "power") == 0 && n_args == 3 && strcmp(ctl->args[2], "on") == 0)
		return screen_power(ctl, true);
	if (strcmp(what, "power") == 0 && n_args == 3 && strcmp(ctl->args[2], "off") == 0)
		return screen_power(ctl, false);
	if (strcmp(what, "brightness") == 0 && n_args == 3)
		return screen_brightness(ctl);
	if (strcmp(what, "reload") == 0 && n_args == 1)
		return ctl_do(ctl, COMPOSITOR("Reload"), NULL);
	return fail_usage(
		"expected: mullionctl screen list, screen screenshot OUTPUT FILE.png, "
		"screen power SCREEN on|off, screen brightness SCREEN PERCENT or screen reload");
}

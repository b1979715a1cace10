/* SPDX-License-Identifier: MIT */
/* org.mullion.Compositor.List. */
#include "compositor/config.h"
#include "compositor/control/call.h"
#include "compositor/layout.h"
#include "compositor/output.h"
#include "compositor/paint/painter.h"
#include "compositor/screen.h"
#include "compositor/server.h"
#include "compositor/shell/toplevel.h"

static const char *const healths[] = {
	[TOPLEVEL_WELL] = "well",
	[TOPLEVEL_MUTE] = "mute",
	[TOPLEVEL_STALE] = "stale",
};

static void add_signed(struct json_object *object, const char *key, int32_t value)
{
	json_object_object_add(object, key, json_object_new_int(value));
}

static void add_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

static void add_box(struct json_object *object, const char *key, int32_t x, int32_t y,
	int32_t width, int32_t height)
{
	struct json_object *box = json_object_new_object();

	add_signed(box, "x", x);
	add_signed(box, "y", y);
	add_signed(box, "width", width);
	add_signed(box, "height", height);
	json_object_object_add(object, key, box);
}

static struct json_object *describe_output(const struct output *output)
{
	struct json_object *object = json_object_new_object();
	const pixman_box32_t *box = &output->box;

	json_add_string(object, "name", output->name);
	add_box(object, "place", output->x, output->y, output->width, output->height);
	add_box(object, "box", box->x1, box->y1, box->x2 - box->x1, box->y2 - box->y1);
	return object;
}

static struct json_object *describe_mode(const struct screen_mode *mode)
{
	struct json_object *object = json_object_new_object();

	json_add_int(object, "width", mode->width_px);
	json_add_int(object, "height", mode->height_px);
	json_add_int(object, "refresh_mhz", mode->refresh_mhz);
	return object;
}

/* Which way each of the frame's went. */
static struct json_object *describe_pictures(const struct ways *ways)
{
	struct json_object *pictures = json_object_new_array();

	for (uint32_t i = 0; i < ways->n && i < WAYS_MAX; i++) {
		struct json_object *object = json_object_new_object();
		const struct way_of *of = &ways->items[i];
		const pixman_box32_t *box = &of->box;
		const char *reason = way_reason_text(of->reason);
		json_add_string(object, "way", way_text(of->way));
		if (reason)
			json_add_string(object, "reason", reason);
		if (of->plane_id)
			json_add_int(object, "plane", of->plane_id);
		add_box(object, "box", box->x1, box->y1, box->x2 - box->x1, box->y2 - box->y1);
		json_object_array_add(pictures, object);
	}
	return pictures;
}

static struct json_object *describe_screen(const struct screen *screen)
{
	struct json_object *object = json_object_new_object();
	struct json_object *outputs = json_object_new_array();
	const struct output *output;

	json_add_string(object, "name", screen->name);
	if (screen->identity.make[0])
		json_add_foreign(object, "make", screen->identity.make);
	if (screen->identity.model[0])
		json_add_foreign(object, "model", screen->identity.model);
	if (screen->identity.serial[0])
		json_add_foreign(object, "serial", screen->identity.serial);
	json_add_int(object, "width_mm", screen->width_mm);
	json_add_int(object, "height_mm", screen->height_mm);
	json_object_object_add(object, "mode", describe_mode(&screen->use.mode));
	json_add_string(object, "transform", config_transform_names[screen->use.transform]);
	json_object_object_add(
		object, "scale", json_object_new_double(screen->use.scale_120 / 120.0));
	json_add_string(object, "painter", screen->server->painters.current->name);
	add_bool(object, "on", !screen->is_off);
	json_add_int(object, "frames", screen->n_frames);
	json_add_int(object, "frames_late", screen->n_late);
	json_add_int(object, "frames_scanned_out", screen->ways.n_scanned_out);
	json_object_object_add(object, "pictures", describe_pictures(&screen->ways));
	list_for_each (output, &screen->outputs, screen_link)
		json_object_array_add(outputs, describe_output(output));
	json_object_object_add(object, "outputs", outputs);
	return object;
}

static struct json_object *describe_window(const struct toplevel *toplevel)
{
	struct json_object *object = json_object_new_object();
	const struct config_window *rule = layout_rule(toplevel);

	json_add_foreign(object, "app_id", toplevel->app_id);
	json_add_foreign(object, "title", toplevel->title);
	if (toplevel->output)
		json_add_string(object, "output", toplevel->output->name);
	json_add_string(
		object, "layer", rule && rule->layer == CONFIG_LAYER_ABOVE ? "above" : "normal");
	json_add_string(object, "state", healths[toplevel->health]);
	add_bool(object, "seen", layout_is_seen(toplevel));
	return object;
}

void control_list(struct varlink_call *call, struct json_object *parameters, void *data)
{
	const struct control *control = data;
	struct json_object *reply = json_object_new_object();
	struct json_object *screens = json_object_new_array();
	struct json_object *windows = json_object_new_array();
	const struct screen *screen;
	const struct toplevel *toplevel;

	list_for_each (screen, &control->server->screens, link)
		json_object_array_add(screens, describe_screen(screen));
	list_for_each (toplevel, &control->server->mapped, mapped_link)
		json_object_array_add(windows, describe_window(toplevel));
	json_object_object_add(reply, "screens", screens);
	json_object_object_add(reply, "windows", windows);
	varlink_reply(call, reply);
}

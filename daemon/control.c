/* SPDX-License-Identifier: MIT */
/* The methods of org.mullion.Control. */
#include "daemon/control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "daemon/config.h"
#include "daemon/copy.h"
#include "daemon/guest_info.h"
#include "daemon/screenshot.h"
#include "daemon/varlink.h"
#include "daemon/vm_args.h"

#define CONTROL_ERROR(name) "org.mullion.Control." name
#define CONTROL_MEMORY_MAX_BYTES (INT64_C(1) << 46)

struct control {
	struct loop *loop;
	const struct config *config;
	struct daemon *daemon;
	struct varlink_interface interface;
	struct varlink_server *server;
};

/* A call of Screenshot that waits for its copy. */
struct control_shot {
	struct varlink_call *call;
	struct json_object *parameters; /* the call's */
	struct screenshot *shot;        /* one of these; the other is NULL */
	struct copy *copy;
};

static const char control_description[] =
#include "org.mullion.Control.varlink.h"
	;

static void json_add_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

/* Text of which a worker may have had a hand in: printable ASCII remains. */
static void json_add_foreign(struct json_object *object, const char *key, const char *value)
{
	char clean[256];
	size_t i = 0;

	for (; value[i] && i < sizeof(clean) - 1; i++)
		clean[i] = value[i] >= ' ' && value[i] <= '~' ? value[i] : '?';
	clean[i] = '\0';
	json_add_string(object, key, clean);
}

static void json_add_int(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(
		object, key, json_object_new_int64(value < INT64_MAX ? value : INT64_MAX));
}

static void json_add_pid(struct json_object *object, const char *key, pid_t pid)
{
	if (pid > 0)
		json_add_int(object, key, pid);
}

static const char *guest_state_name(enum guest_state state)
{
	switch (state) {
	case GUEST_STATE_WAITING:
		return "waiting";
	case GUEST_STATE_CONNECTED:
		return "connected";
	case GUEST_STATE_RUNNING:
		return "running";
	case GUEST_STATE_PAUSED:
		return "paused";
	case GUEST_STATE_FAILED:
		return "failed";
	}
	abort();
}

/* virtio 1.2, 5.7.3 and 6. */
static struct json_object *json_features(uint64_t features)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ 0, "VIRGL" },
		{ 1, "EDID" },
		{ 2, "RESOURCE_UUID" },
		{ 3, "RESOURCE_BLOB" },
		{ 4, "CONTEXT_INIT" },
		{ 28, "INDIRECT_DESC" },
		{ 29, "EVENT_IDX" },
		{ 32, "VERSION_1" },
	};
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (features & UINT64_C(1) << names[i].bit)
			json_object_array_add(array, json_object_new_string(names[i].name));
	}
	return array;
}

static struct json_object *json_head(const struct guest_head_info *head)
{
	struct json_object *object = json_object_new_object();

	json_add_int(object, "width", head->width_px);
	json_add_int(object, "height", head->height_px);
	json_add_int(object, "refresh_mhz", head->refresh_mhz);
	json_object_object_add(object, "enabled", json_object_new_boolean(head->enabled));
	if (head->source)
		json_add_string(object, "source", head->source);
	json_add_int(object, "frames_flushed", head->frames_flushed);
	json_add_int(object, "frames_presented", head->frames_presented);
	json_add_int(object, "frames_dropped", head->frames_dropped);
	json_add_int(object, "rate_mhz", head->rate_mhz);
	json_add_int(object, "latency_p50_us", head->latency_p50_us);
	json_add_int(object, "latency_p99_us", head->latency_p99_us);
	return object;
}

static struct json_object *json_guest(struct control *control, const struct guest *guest)
{
	struct json_object *object = json_object_new_object();
	struct json_object *heads = json_object_new_array();
	struct guest_info info = { 0 };
	char socket[CONFIG_PATH_MAX];

	guest_describe(guest, &info);
	config_guest_socket(control->config, info.config, "gpu", socket);
	for (uint32_t i = 0; i < info.config->n_heads; i++)
		json_object_array_add(heads, json_head(&info.heads[i]));

	json_add_string(object, "name", info.config->name);
	json_add_string(object, "state", guest_state_name(info.state));
	if (*info.trouble)
		json_add_foreign(object, "trouble", info.trouble);
	json_add_string(object, "renderer",
		info.config->renderer == CONFIG_RENDERER_VIRGL ? "virgl" : "pixman");
	if (*info.renderer_device)
		json_add_foreign(object, "renderer_device", info.renderer_device);
	json_add_string(object, "render_node",
		info.render_node ? info.render_node : info.config->render_node);
	json_add_int(object, "renderer_starts", info.renderer_starts);
	json_add_foreign(object, "presenter", info.presenter);
	json_object_object_add(object, "features", json_features(info.features));
	json_add_pid(object, "vmm_pid", info.vmm_pid);
	json_add_pid(object, "guest_pid", info.guest_pid);
	json_add_pid(object, "render_pid", info.render_pid);
	json_add_int(object, "commands", info.commands);
	json_add_int(object, "commands_refused", info.commands_refused);
	json_add_int(object, "memory_used", info.memory_bytes);
	json_add_int(object, "memory_limit", info.config->memory_bytes);
	json_add_int(object, "resources", info.resources);
	json_add_int(object, "contexts", info.contexts);
	json_add_string(object, "socket", socket);
	json_object_object_add(object, "heads", heads);
	return object;
}

/* The guest that the call names, or NULL with the call answered. */
static struct guest *control_find_guest(
	struct control *control, struct varlink_call *call, struct json_object *parameters)
{
	const char *name = json_object_get_string(json_object_object_get(parameters, "guest"));
	struct guest *guest = guest_find(control->daemon, name);

	if (!guest) {
		struct json_object *reply = json_object_new_object();
		json_add_string(reply, "guest", name);
		varlink_error(call, CONTROL_ERROR("NoSuchGuest"), reply);
	}
	return guest;
}

static void control_list_guests(
	struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct json_object *reply = json_object_new_object();
	struct json_object *guests = json_object_new_array();

	for (struct guest *guest = guest_next(control->daemon, NULL); guest;
		guest = guest_next(control->daemon, guest))
		json_object_array_add(guests, json_guest(control, guest));
	json_object_object_add(reply, "guests", guests);
	varlink_reply(call, reply);
}

static void control_show_guest(
	struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct guest *guest = control_find_guest(control, call, parameters);

	if (!guest)
		return;
	struct json_object *reply = json_object_new_object();
	json_object_object_add(reply, "guest", json_guest(control, guest));
	varlink_reply(call, reply);
}

static void control_refuse_head(struct varlink_call *call, const char *error,
	struct json_object *parameters, const char *reason)
{
	struct json_object *reply = json_object_new_object();

	json_object_object_add(
		reply, "guest", json_object_get(json_object_object_get(parameters, "guest")));
	json_object_object_add(
		reply, "head", json_object_get(json_object_object_get(parameters, "head")));
	if (reason)
		json_add_string(reply, "reason", reason);
	varlink_error(call, error, reply);
}

static const char *picture_error(int error)
{
	switch (error) {
	case -ENODATA:
		return "it shows nothing";
	case -ENOTSUP:
		return "only its GPU can read it";
	case -ETIMEDOUT:
		return "the renderer does not answer";
	case -ENOTCONN:
	case -ECONNRESET:
		return "the renderer ended";
	default:
		return strerror(-error);
	}
}

static void control_refuse_picture(
	struct varlink_call *call, struct json_object *parameters, int error)
{
	control_refuse_head(call, CONTROL_ERROR("NoPicture"), parameters, picture_error(error));
}

static void shot_handle_done(void *data, const struct screenshot_result *result)
{
	struct control_shot *pending = data;
	struct json_object *reply;
	char format[] = { result->fourcc, result->fourcc >> 8, result->fourcc >> 16,
		result->fourcc >> 24, '\0' };

	if (result->fd < 0) {
		control_refuse_picture(pending->call, pending->parameters, result->fd);
		free(pending);
		return;
	}
	reply = json_object_new_object();
	json_add_int(reply, "width", result->width_px);
	json_add_int(reply, "height", result->height_px);
	json_add_int(reply, "stride", result->stride_bytes);
	json_add_foreign(reply, "format", format);
	json_add_int(reply, "descriptor", 0);
	varlink_reply_fd(pending->call, reply, result->fd);
	free(pending);
}

static void shot_handle_cancelled(void *data)
{
	struct control_shot *pending = data;

	screenshot_cancel(pending->shot);
	copy_cancel(pending->copy);
	free(pending);
}

/* Shared memory is read here; what a GPU holds, by the process that has that GPU. */
static int shot_start(struct control_shot *pending, struct control *control, struct guest *guest,
	uint32_t head, const struct picture *picture)
{
	if (picture->kind == PICTURE_KIND_DMABUF)
		return guest_copy(guest, head, &pending->copy, shot_handle_done, pending);
	return screenshot_start(&pending->shot, control->loop, picture, shot_handle_done, pending);
}

static void control_screenshot(
	struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct guest_info info = { 0 };
	int64_t head = json_object_get_int64(json_object_object_get(parameters, "head"));
	struct guest *guest = control_find_guest(control, call, parameters);

	if (!guest)
		return;
	guest_describe(guest, &info);
	if (head < 0 || head >= info.config->n_heads) {
		control_refuse_head(call, CONTROL_ERROR("NoSuchHead"), parameters, NULL);
		return;
	}
	const struct picture *picture = guest_picture(guest, head);
	if (!picture) {
		control_refuse_picture(call, parameters, -ENODATA);
		return;
	}
	struct control_shot *pending = calloc(1, sizeof(*pending));
	int ret = pending ? shot_start(pending, control, guest, head, picture) : -ENOMEM;
	if (ret < 0) {
		control_refuse_picture(call, parameters, ret);
		free(pending);
		return;
	}
	pending->call = call;
	pending->parameters = parameters;
	varlink_call_hold(call, shot_handle_cancelled, pending);
}

static void control_vm_args(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct guest_info info = { 0 };
	struct json_object *vmm = json_object_object_get(parameters, "vmm");
	struct json_object *memory = json_object_object_get(parameters, "memory");
	int64_t bytes = memory ? json_object_get_int64(memory) : (int64_t)VM_ARGS_MEMORY_DEFAULT;
	char socket[CONFIG_PATH_MAX];

	const struct vm_args_format *format =
		vm_args_find(vmm ? json_object_get_string(vmm) : "qemu");
	if (!format) {
		varlink_error_parameter(call, "vmm");
		return;
	}
	if (bytes <= 0 || bytes > CONTROL_MEMORY_MAX_BYTES || bytes & ((1 << 20) - 1)) {
		varlink_error_parameter(call, "memory");
		return;
	}
	struct guest *guest = control_find_guest(control, call, parameters);
	if (!guest)
		return;
	guest_describe(guest, &info);
	config_guest_socket(control->config, info.config, "gpu", socket);
	char *text = format->print(&(struct vm_args){
		.gpu_socket = socket, .n_heads = info.config->n_heads, .memory_bytes = bytes });

	struct json_object *reply = json_object_new_object();
	struct json_object *notes = json_object_new_array();
	for (size_t i = 0; format->notes[i]; i++)
		json_object_array_add(notes, json_object_new_string(format->notes[i]));
	json_add_string(reply, "text", text ? text : "");
	json_object_object_add(reply, "notes", notes);
	free(text);
	varlink_reply(call, reply);
}

static void control_version(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct json_object *reply = json_object_new_object();

	json_add_string(reply, "version", MULLION_VERSION);
	varlink_reply(call, reply);
}

static const struct varlink_parameter guest_parameters[] = {
	{ "guest", VARLINK_TYPE_STRING, false },
};

static const struct varlink_parameter screenshot_parameters[] = {
	{ "guest", VARLINK_TYPE_STRING, false },
	{ "head", VARLINK_TYPE_INT, false },
};

static const struct varlink_parameter vm_args_parameters[] = {
	{ "guest", VARLINK_TYPE_STRING, false },
	{ "vmm", VARLINK_TYPE_STRING, true },
	{ "memory", VARLINK_TYPE_INT, true },
};

static const struct varlink_method control_methods[] = {
	{ "ListGuests", NULL, 0, control_list_guests },
	{ "ShowGuest", guest_parameters, 1, control_show_guest },
	{ "Screenshot", screenshot_parameters, 2, control_screenshot },
	{ "VmArgs", vm_args_parameters, 3, control_vm_args },
	{ "Version", NULL, 0, control_version },
};

static const struct varlink_info control_info = {
	.vendor = "Mullion",
	.product = "mulliond",
	.version = MULLION_VERSION,
	.url = "",
};

int control_create(struct control **control_out, struct loop *loop, int take_fd,
	const struct config *config, struct daemon *daemon)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control) {
		fd_close(&take_fd);
		return -ENOMEM;
	}
	control->loop = loop;
	control->config = config;
	control->daemon = daemon;
	control->interface = (struct varlink_interface){
		.name = "org.mullion.Control",
		.description = control_description,
		.methods = control_methods,
		.n_methods = sizeof(control_methods) / sizeof(control_methods[0]),
		.data = control,
	};
	int ret = varlink_server_create(
		&control->server, loop, take_fd, &control_info, &control->interface, 1);
	if (ret < 0) {
		free(control);
		return ret;
	}
	*control_out = control;
	return 0;
}

void control_destroy(struct control *control)
{
	if (!control)
		return;
	varlink_server_destroy(control->server);
	free(control);
}

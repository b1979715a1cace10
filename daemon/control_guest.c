/* SPDX-License-Identifier: MIT */
/* Guests as org.mullion.Control describes them: ListGuests and ShowGuest. */
#include <stdlib.h>

#include "daemon/control_call.h"
#include "daemon/guest_stats.h"

const char *guest_state_name(enum guest_state state)
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

const char *guest_type_name(const struct guest_info *info)
{
	return info->config->type == CONFIG_TYPE_CONTAINER ? "container" : "vm";
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
	json_object_object_add(object, "fullscreen", json_object_new_boolean(head->fullscreen));
	json_object_object_add(object, "stale", json_object_new_boolean(head->stale));
	json_add_int(object, "stale_times", head->stale_times);
	json_object_object_add(object, "closed", json_object_new_boolean(head->closed));
	json_object_object_add(object, "wanted", json_object_new_boolean(head->wanted));
	json_add_int(object, "wanted_width", head->wanted_width_px);
	json_add_int(object, "wanted_height", head->wanted_height_px);
	if (head->note)
		json_add_string(object, "note", head->note);
	if (head->source)
		json_add_string(object, "source", head->source);
	if (head->paced_by)
		json_add_string(object, "paced_by", head->paced_by);
	json_add_int(object, "frames_flushed", head->frames_flushed);
	json_add_int(object, "frames_presented", head->frames_presented);
	json_add_int(object, "frames_dropped", head->frames_dropped);
	json_add_int(object, "frames_discarded", head->frames_discarded);
	json_add_int(object, "rate_mhz", head->rate_mhz);
	json_add_int(object, "latency_p50_us", head->latency_p50_us);
	json_add_int(object, "latency_p99_us", head->latency_p99_us);
	json_add_int(object, "seen_p50_us", head->seen_p50_us);
	json_add_int(object, "seen_p99_us", head->seen_p99_us);
	return object;
}

static struct json_object *json_clients(const struct guest *guest)
{
	struct json_object *array = json_object_new_array();
	struct guest_client_info info;
	struct client_stats stats;

	for (uint32_t i = 0; guest_describe_client(guest, i, &info) &&
			     guest_measure_client(guest, i, &stats); i++) {
		struct json_object *object = json_object_new_object();
		json_add_pid(object, "pid", info.pid);
		json_add_foreign(object, "program", info.program);
		json_add_pid(object, "render_pid", info.render_pid);
		json_add_int(object, "memory_used", info.memory_bytes);
		json_add_int(object, "submissions", stats.submissions);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *json_inputs(const struct guest *guest)
{
	struct json_object *array = json_object_new_array();
	struct guest_input_info info;

	for (uint32_t i = 0; guest_describe_input(guest, i, &info); i++) {
		struct json_object *object = json_object_new_object();
		json_add_string(object, "name", info.name);
		json_object_object_add(
			object, "connected", json_object_new_boolean(info.connected));
		json_add_int(object, "frames", info.frames);
		json_add_int(object, "coalesced", info.coalesced);
		json_add_int(object, "dropped", info.dropped);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *json_given(const struct guest *guest)
{
	struct json_object *array = json_object_new_array();
	struct guest_given_info info;

	for (uint32_t i = 0; guest_describe_given(guest, i, &info); i++) {
		struct json_object *object = json_object_new_object();
		json_add_string(object, "name", info.name);
		json_add_string(object, "device", info.device);
		json_object_object_add(object, "here", json_object_new_boolean(info.here));
		if (*info.trouble)
			json_add_string(object, "trouble", info.trouble);
		json_object_array_add(array, object);
	}
	return array;
}

static void json_add_used(struct json_object *object, const struct guest *guest)
{
	struct guest_stats stats;

	guest_measure(guest, &stats);
	json_add_us(object, "gpu_us", stats.used_ns);
	json_add_string(object, "gpu_source", stats.source);
	json_add_us(object, "due_us", stats.due_ns);
	json_add_int(object, "wait_p99_us", histogram_quantile_us(&stats.waits, 99));
}

static struct json_object *json_guest(struct control *control, const struct guest *guest)
{
	struct json_object *object = json_object_new_object();
	struct json_object *heads = json_object_new_array();
	struct guest_info info = { 0 };
	char socket[CONFIG_PATH_MAX];

	guest_describe(guest, &info);
	config_guest_socket(control->config, info.config, config_guest_device(info.config), socket);
	for (uint32_t i = 0; i < info.n_heads; i++)
		json_object_array_add(heads, json_head(&info.heads[i]));

	json_add_string(object, "name", info.config->name);
	json_add_string(object, "type", guest_type_name(&info));
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
	json_add_int(object, "renderer_deaths", info.renderer_deaths);
	json_add_int(object, "guest_deaths", info.guest_deaths);
	json_add_int(object, "hangs", info.hangs);
	json_add_int(object, "hang_limit_ms", info.hang_limit_ms);
	json_object_object_add(object, "quarantined", json_object_new_boolean(info.quarantined));
	json_add_terms(object, &info.config->terms);
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
	json_add_int(object, "resources_limit", info.config->max_resources);
	json_add_int(object, "contexts", info.contexts);
	json_add_int(object, "contexts_limit", info.config->max_contexts);
	json_add_int(object, "backing_entries", info.backing_entries);
	json_add_int(object, "backing_entries_limit", info.config->max_backing_entries);
	json_add_int(object, "fences", info.fences);
	json_add_int(object, "fences_limit", info.config->max_fences);
	json_add_int(object, "trace_used", info.trace_bytes);
	json_add_int(object, "trace_limit", info.config->trace_bytes);
	json_add_int(object, "record_used", info.record_bytes);
	json_add_int(object, "record_limit", info.config->record_bytes);
	json_add_used(object, guest);
	json_add_string(object, "socket", socket);
	json_object_object_add(object, "heads", heads);
	json_object_object_add(object, "inputs", json_inputs(guest));
	json_object_object_add(object, "given", json_given(guest));
	json_object_object_add(object, "clients", json_clients(guest));
	json_add_int(object, "clients_limit",
		info.config->type == CONFIG_TYPE_CONTAINER ? info.config->max_clients : 0);
	return object;
}

void control_list_guests(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct json_object *reply = json_object_new_object();
	struct json_object *guests = json_object_new_array();
	struct daemon_stats stats;

	daemon_measure(control->daemon, &stats);
	for (struct guest *guest = guest_next(control->daemon, NULL); guest;
		guest = guest_next(control->daemon, guest))
		json_object_array_add(guests, json_guest(control, guest));
	json_object_object_add(reply, "guests", guests);
	varlink_reply(call, reply);
}

void control_show_guest(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct guest *guest = control_find_guest(control, call, parameters);
	struct daemon_stats stats;

	if (!guest)
		return;
	daemon_measure(control->daemon, &stats);
	struct json_object *reply = json_object_new_object();
	json_object_object_add(reply, "guest", json_guest(control, guest));
	varlink_reply(call, reply);
}

/* SPDX-License-Identifier: MIT */
/* org.mullion.Control.Stats: what guests got of the GPU. */
#include <stdlib.h>

#include "base/clock.h"
#include "daemon/control_call.h"
#include "daemon/guest_stats.h"

static const char *standing_name(enum policy_standing standing)
{
	switch (standing) {
	case POLICY_STANDING_IDLE:
		return "idle";
	case POLICY_STANDING_CAPPED:
		return "capped";
	case POLICY_STANDING_RESERVED:
		return "reserved";
	case POLICY_STANDING_WEIGHTED:
		return "weighted";
	}
	abort();
}

static struct json_object *json_waits(const struct histogram *waits)
{
	struct json_object *array = json_object_new_array();

	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (!waits->counts[i])
			continue;
		struct json_object *wait = json_object_new_object();
		json_add_int(wait, "up_to_us", histogram_bucket_end_us(i));
		json_add_int(wait, "count", waits->counts[i]);
		json_object_array_add(array, wait);
	}
	return array;
}

static struct json_object *json_head_stats(const struct guest_info *info)
{
	struct json_object *array = json_object_new_array();

	for (uint32_t i = 0; i < info->n_heads; i++) {
		const struct guest_head_info *head = &info->heads[i];
		if (!head->enabled)
			continue;
		struct json_object *object = json_object_new_object();
		json_add_int(object, "head", i);
		json_add_int(object, "frames_flushed", head->frames_flushed);
		json_add_int(object, "frames_presented", head->frames_presented);
		json_add_int(object, "rate_mhz", head->rate_mhz);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *json_client_stats(const struct guest *guest)
{
	struct json_object *array = json_object_new_array();
	struct guest_client_info info;
	struct client_stats stats;

	for (uint32_t i = 0; guest_describe_client(guest, i, &info) &&
			     guest_measure_client(guest, i, &stats); i++) {
		struct json_object *object = json_object_new_object();
		json_add_pid(object, "pid", info.pid);
		json_add_foreign(object, "program", info.program);
		json_add_int(object, "connection", stats.connection);
		json_add_us(object, "gpu_us", stats.used_ns);
		json_add_us(object, "waited_us", stats.waited_ns);
		json_add_int(object, "grants", stats.grants);
		json_add_int(object, "chunks", stats.chunks);
		json_add_int(object, "submissions", stats.submissions);
		json_add_int(object, "frames", stats.frames);
		json_add_int(object, "memory_used", info.memory_bytes);
		json_object_array_add(array, object);
	}
	return array;
}

static void json_add_time(struct json_object *object, const struct guest_stats *stats)
{
	json_add_terms(object, &stats->terms);
	json_add_string(object, "standing", standing_name(stats->standing));
	json_add_string(object, "source", stats->source);
	json_add_us(object, "gpu_us", stats->used_ns);
	json_add_us(object, "due_us", stats->due_ns);
	json_add_us(object, "waited_us", stats->waited_ns);
	json_add_int(object, "wait_p50_us", histogram_quantile_us(&stats->waits, 50));
	json_add_int(object, "wait_p99_us", histogram_quantile_us(&stats->waits, 99));
	json_object_object_add(object, "waits", json_waits(&stats->waits));
	json_add_int(object, "grants", stats->grants);
	json_add_int(object, "chunks", stats->chunks);
	json_add_int(object, "submissions", stats->submissions);
	json_add_int(object, "frames", stats->frames);
}

static struct json_object *json_guest_stats(const struct guest *guest)
{
	struct json_object *object = json_object_new_object();
	struct guest_info info = { 0 };
	struct guest_stats stats;

	guest_describe(guest, &info);
	guest_measure(guest, &stats);
	json_add_string(object, "name", info.config->name);
	json_add_string(object, "type", guest_type_name(&info));
	json_add_string(object, "state", guest_state_name(info.state));
	json_add_time(object, &stats);
	json_add_int(object, "memory_used", info.memory_bytes);
	json_add_int(object, "memory_limit", info.config->memory_bytes);
	json_add_int(object, "renderer_starts", info.renderer_starts);
	json_add_int(object, "renderer_deaths", info.renderer_deaths);
	json_add_int(object, "hangs", info.hangs);
	json_object_object_add(object, "quarantined", json_object_new_boolean(info.quarantined));
	json_object_object_add(object, "heads", json_head_stats(&info));
	json_object_object_add(object, "clients", json_client_stats(guest));
	return object;
}

void control_stats(struct varlink_call *call, struct json_object *parameters, void *data)
{
	struct control *control = data;
	struct json_object *reply = json_object_new_object();
	struct json_object *guests = json_object_new_array();
	struct daemon_stats stats;

	daemon_measure(control->daemon, &stats);
	json_add_us(reply, "elapsed_us", stats.elapsed_ns);
	json_add_us(reply, "gpu_us", stats.used_ns);
	json_add_int(reply, "in_flight", stats.in_flight);
	json_object_object_add(reply, "mediation", json_object_new_boolean(stats.mediates));
	for (struct guest *guest = guest_next(control->daemon, NULL); guest;
		guest = guest_next(control->daemon, guest))
		json_object_array_add(guests, json_guest_stats(guest));
	json_object_object_add(reply, "guests", guests);
	varlink_reply(call, reply);
}

/* SPDX-License-Identifier: MIT */
/* What happened between two answers of Stats. */
#include "tools/stats_rate.h"

#include <string.h>

#include "tools/value.h"

int64_t stats_elapsed_us(struct json_object *before, struct json_object *after)
{
	int64_t elapsed_us = get_int(after, "elapsed_us") - get_int(before, "elapsed_us");

	return before && after && elapsed_us > 0 ? elapsed_us : 0;
}

/* NULL: it was not there. */
static struct json_object *find_guest(struct json_object *stats, const char *name)
{
	struct json_object *guests = get_array(stats, "guests");

	for (size_t i = 0; i < array_length(guests); i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);
		if (strcmp(get_string(guest, "name"), name) == 0)
			return guest;
	}
	return NULL;
}

static int64_t count_up_to(struct json_object *waits, int64_t up_to_us)
{
	for (size_t i = 0; i < array_length(waits); i++) {
		struct json_object *wait = json_object_array_get_idx(waits, i);
		if (get_int(wait, "up_to_us") == up_to_us)
			return get_int(wait, "count");
	}
	return 0;
}

static int64_t wait_p99_us(struct json_object *before, struct json_object *after)
{
	struct json_object *waits = get_array(after, "waits"), *old = get_array(before, "waits");
	int64_t counts[1024], n = 0, above = 0;
	size_t len = array_length(waits);

	if (len > sizeof(counts) / sizeof(counts[0]))
		return 0;
	for (size_t i = 0; i < len; i++) {
		struct json_object *wait = json_object_array_get_idx(waits, i);
		counts[i] = get_int(wait, "count") - count_up_to(old, get_int(wait, "up_to_us"));
		n += counts[i];
	}
	for (size_t i = len; n > 0 && i-- > 0;) {
		above += counts[i];
		if (above > n / 100)
			return get_int(json_object_array_get_idx(waits, i), "up_to_us");
	}
	return 0;
}

void stats_rate(struct json_object *before, struct json_object *after, size_t index,
	int64_t elapsed_us, struct stats_rate *rate)
{
	struct json_object *guest =
		json_object_array_get_idx(get_array(after, "guests"), index);
	struct json_object *old = find_guest(before, get_string(guest, "name"));

	*rate = (struct stats_rate){
		.name = get_string(guest, "name"),
		.standing = get_string(guest, "standing"),
		.weight = get_int(guest, "weight"),
		.share = (double)(get_int(guest, "gpu_us") - get_int(old, "gpu_us")) / elapsed_us,
		.due = (double)(get_int(guest, "due_us") - get_int(old, "due_us")) / elapsed_us,
		.wait_p99_us = wait_p99_us(old, guest),
		.memory_bytes = get_int(guest, "memory_used"),
		.memory_limit_bytes = get_int(guest, "memory_limit"),
		.fps = (get_int(guest, "frames") - get_int(old, "frames")) * 1e6 / elapsed_us,
		.heads = get_array(guest, "heads"),
		.clients = get_array(guest, "clients"),
	};
}

double stats_client_share(struct json_object *before, struct json_object *guest, size_t index,
	int64_t elapsed_us)
{
	struct json_object *client =
		json_object_array_get_idx(get_array(guest, "clients"), index);
	struct json_object *old =
		get_array(find_guest(before, get_string(guest, "name")), "clients");
	int64_t used_us = get_int(client, "gpu_us");

	for (size_t i = 0; i < array_length(old); i++) {
		struct json_object *other = json_object_array_get_idx(old, i);
		if (get_int(other, "connection") == get_int(client, "connection") &&
			get_int(other, "pid") == get_int(client, "pid"))
			used_us -= get_int(other, "gpu_us");
	}
	return (double)(used_us > 0 ? used_us : 0) / elapsed_us;
}

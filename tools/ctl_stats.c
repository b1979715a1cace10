/* SPDX-License-Identifier: MIT */
/* mullionctl stats. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/ctl.h"
#include "tools/table.h"

static void add_cells(struct table *table, const char *const *cells)
{
	for (; *cells; cells++)
		table_add(table, "%s", *cells);
}

static void add_us(struct table *table, int64_t us)
{
	char text[VALUE_TEXT];

	table_add(table, "%s", us ? format_us(text, us) : "");
}

static void add_guest(struct table *table, struct json_object *guest)
{
	char used[VALUE_TEXT];

	table_add(table, "%s", get_string(guest, "name"));
	table_add(table, "%" PRId64, get_int(guest, "weight"));
	table_add(table, "%s", get_string(guest, "standing"));
	add_us(table, get_int(guest, "gpu_us"));
	add_us(table, get_int(guest, "due_us"));
	add_us(table, get_int(guest, "wait_p50_us"));
	add_us(table, get_int(guest, "wait_p99_us"));
	table_add(table, "%" PRId64, get_int(guest, "grants"));
	table_add(table, "%" PRId64, get_int(guest, "chunks"));
	table_add(table, "%" PRId64, get_int(guest, "submissions"));
	table_add(table, "%" PRId64, get_int(guest, "frames"));
	table_add(table, "%s", format_bytes(used, get_int(guest, "memory_used")));
}

static void add_client(struct table *table, struct json_object *guest, struct json_object *client)
{
	char used[VALUE_TEXT];

	table_add(table, "%s", get_string(guest, "name"));
	table_add(table, "%" PRId64, get_int(client, "pid"));
	table_add(table, "%s", get_string(client, "program"));
	add_us(table, get_int(client, "gpu_us"));
	table_add(table, "%" PRId64, get_int(client, "grants"));
	table_add(table, "%" PRId64, get_int(client, "chunks"));
	table_add(table, "%" PRId64, get_int(client, "submissions"));
	table_add(table, "%" PRId64, get_int(client, "frames"));
	table_add(table, "%s", format_bytes(used, get_int(client, "memory_used")));
}

static void print_clients(struct json_object *guests)
{
	static const char *const heads[] = { "GUEST", "PID", "PROGRAM", "GPU TIME", "GRANTS",
		"CHUNKS", "SUBMISSIONS", "FRAMES", "MEMORY", NULL };
	struct table table;

	table_init(&table, sizeof(heads) / sizeof(heads[0]) - 1);
	add_cells(&table, heads);
	for (size_t i = 0; i < array_length(guests); i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);
		struct json_object *clients = get_array(guest, "clients");
		for (size_t k = 0; k < array_length(clients); k++)
			add_client(&table, guest, json_object_array_get_idx(clients, k));
	}
	if (table.n_cells > table.n_columns) {
		putchar('\n');
		table_print(&table, stdout, "");
	}
	table_finish(&table);
}

static void print_stats(struct json_object *stats)
{
	static const char *const heads[] = { "GUEST", "WEIGHT", "STANDING", "GPU TIME", "DUE",
		"WAIT 50 %", "WAIT 99 %", "GRANTS", "CHUNKS", "SUBMISSIONS", "FRAMES", "MEMORY",
		NULL };
	struct json_object *guests = get_array(stats, "guests");
	char elapsed[VALUE_TEXT], used[VALUE_TEXT];
	struct table table;

	printf("%s since mulliond started, %s of GPU time%s\n\n",
		format_us(elapsed, get_int(stats, "elapsed_us")),
		format_us(used, get_int(stats, "gpu_us")),
		get_bool(stats, "mediation") ? "" : "; mediation = off: nothing is divided");
	table_init(&table, sizeof(heads) / sizeof(heads[0]) - 1);
	add_cells(&table, heads);
	for (size_t i = 0; i < array_length(guests); i++)
		add_guest(&table, json_object_array_get_idx(guests, i));
	table_print(&table, stdout, "");
	table_finish(&table);
	print_clients(guests);
}

int ctl_stats(const struct ctl *ctl)
{
	struct varlink_reply reply;

	int status = ctl_call(ctl, CONTROL("Stats"), NULL, &reply);
	if (status != EXIT_OK)
		return status;
	if (ctl->json)
		print_json(&reply);
	else
		print_stats(reply.parameters);
	varlink_reply_finish(&reply);
	return EXIT_OK;
}

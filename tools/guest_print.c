/* SPDX-License-Identifier: MIT */
/* Guests for people. What is missing in the JSON is shown as missing, never trusted to be there. */
#include "tools/guest_print.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "tools/table.h"
#include "tools/value.h"

/* Thousandths without zeros at the end: 60000 is "60", 59940 is "59.94". */
static const char *format_milli(char buf[static 32], int64_t value)
{
	int len = snprintf(buf, 32, "%" PRId64 ".%03d", value / 1000, (int)(value % 1000));

	while (buf[len - 1] == '0')
		buf[--len] = '\0';
	if (buf[len - 1] == '.')
		buf[--len] = '\0';
	return buf;
}

static const char *state_explain(const char *state)
{
	static const struct {
		const char *state, *text;
	} texts[] = {
		{ "waiting", "waiting for a VMM ('mullionctl vm-args' says how to start one)" },
		{ "connected", "a VMM is connected; the guest's driver does not use the GPU yet" },
		{ "running", "running" },
		{ "paused", "paused by its VMM" },
		{ "failed", "given up" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].state, state) == 0)
			return texts[i].text;
	}
	return state;
}

static const char *head_view(struct json_object *head)
{
	if (get_bool(head, "closed"))
		return "closed";
	if (get_bool(head, "stale"))
		return "stale";
	return get_bool(head, "fullscreen") ? "full-screen" : "";
}

static bool head_enabled(struct json_object *head)
{
	return get_bool(head, "enabled");
}

/* Removed heads are only of interest while the guest does not know. */
static bool head_exists(struct json_object *head)
{
	return get_bool(head, "wanted") || head_enabled(head);
}

/* Words of one cell; what does not fit is left out. */
struct words {
	char text[512];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void words_add(
	struct words *words, const char *fmt, ...)
{
	char word[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(word, sizeof(word), fmt, args);
	va_end(args);
	size_t left = sizeof(words->text) - words->len;
	size_t n = snprintf(words->text + words->len, left, "%s%s", words->len ? " " : "", word);
	if (n < left)
		words->len += n;
	else
		words->text[words->len] = '\0';
}

static bool is_container(struct json_object *guest)
{
	return strcmp(get_string(guest, "type"), "container") == 0;
}

static void list_add_programs(struct table *table, struct json_object *clients)
{
	size_t n = array_length(clients);

	table_add(table, "%zu program%s", n, n == 1 ? "" : "s");
	table_add(table, "%s", "");
}

/* "1920x1080 1024x768" and "59.9 -" */
static void list_add_heads(struct table *table, struct json_object *heads)
{
	struct words modes = { .len = 0 }, rates = { .len = 0 };

	for (size_t i = 0; i < array_length(heads); i++) {
		struct json_object *head = json_object_array_get_idx(heads, i);
		if (!head_exists(head))
			continue;
		words_add(&modes, "%" PRId64 "x%" PRId64, get_int(head, "width"),
			get_int(head, "height"));
		if (head_enabled(head))
			words_add(&rates, "%.1f", get_int(head, "rate_mhz") / 1000.0);
		else
			words_add(&rates, "-");
	}
	table_add(table, "%s", modes.text);
	table_add(table, "%s", rates.text);
}

void guest_print_list(FILE *out, struct json_object *guests)
{
	struct table table;
	size_t n = json_object_is_type(guests, json_type_array) ? array_length(guests) : 0;

	char used[VALUE_TEXT];

	if (!n) {
		fputs("No guests: the configuration has no [guest NAME] section.\n", out);
		return;
	}
	table_init(&table, 7);
	table_add(&table, "GUEST");
	table_add(&table, "STATE");
	table_add(&table, "HEADS");
	table_add(&table, "FPS");
	table_add(&table, "GPU TIME");
	table_add(&table, "RENDERER");
	table_add(&table, "PRESENTER");
	for (size_t i = 0; i < n; i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);
		table_add(&table, "%s", get_string(guest, "name"));
		table_add(&table, "%s", get_string(guest, "state"));
		if (is_container(guest))
			list_add_programs(&table, get_array(guest, "clients"));
		else
			list_add_heads(&table, get_array(guest, "heads"));
		int64_t gpu_us = get_int(guest, "gpu_us");
		table_add(&table, "%s", gpu_us ? format_us(used, gpu_us) : "");
		table_add(&table, "%s", get_string(guest, "renderer"));
		table_add(&table, "%s", get_string(guest, "presenter"));
	}
	table_print(&table, out, "");
	table_finish(&table);

	for (size_t i = 0; i < n; i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);
		const char *trouble = get_string(guest, "trouble");
		if (*trouble)
			fprintf(out, "%s: %s\n", get_string(guest, "name"), trouble);
	}
}

static void add_pid(struct table *table, const char *name, int64_t pid, int64_t deaths)
{
	table_add(table, "%s", name);
	if (pid && deaths)
		table_add(table, "process %" PRId64 ", died %" PRId64 " times", pid, deaths);
	else if (pid)
		table_add(table, "process %" PRId64, pid);
	else
		table_add(table, "%s", "");
}

static void add_renderer(struct table *table, struct json_object *guest)
{
	const char *device = get_string(guest, "renderer_device");
	const char *name = get_string(guest, "renderer");

	table_add(table, "renderer");
	if (strcmp(name, "virgl") == 0)
		table_add(table, "%s%s%s, render node %s", name, *device ? " on " : "", device,
			get_string(guest, "render_node"));
	else
		table_add(table, "%s", name);
}

static void add_features(struct table *table, struct json_object *features)
{
	struct words names = { .len = 0 };

	for (size_t i = 0; i < array_length(features); i++)
		words_add(&names, "%s",
			json_object_get_string(json_object_array_get_idx(features, i)));
	table_add(table, "features");
	table_add(table, "%s", names.text);
}

static void add_quota(struct table *table, const char *what, int64_t used, int64_t limit)
{
	table_add(table, "%s", what);
	table_add(table, "%" PRId64 " of %" PRId64, used, limit);
}

static void add_bytes_quota(struct table *table, const char *what, int64_t used, int64_t limit)
{
	char used_text[32], limit_text[32];

	table_add(table, "%s", what);
	table_add(table, "%s of %s", format_bytes(used_text, used), format_bytes(limit_text, limit));
}

/* "weight 100, cap 50%, 4 ms reserved of each 16 ms, slice 4 ms" */
static void add_terms(struct table *table, struct json_object *guest)
{
	int64_t cap = get_int(guest, "cap_percent"), reserved = get_int(guest, "reservation_us");
	char runtime[32], period[32], slice[32], words[160];
	size_t n = snprintf(words, sizeof(words), "weight %" PRId64, get_int(guest, "weight"));

	if (cap)
		n += snprintf(words + n, sizeof(words) - n, ", cap %d%%", (int)(cap % 101));
	if (reserved)
		n += snprintf(words + n, sizeof(words) - n, ", %s ms reserved of each %s ms",
			format_milli(runtime, reserved),
			format_milli(period, get_int(guest, "period_us")));
	snprintf(words + n, sizeof(words) - n, ", slice %s ms",
		format_milli(slice, get_int(guest, "slice_us")));
	table_add(table, "GPU time");
	table_add(table, "%s", words);
	table_add(table, "GPU used");
	table_add(table, "%s by %s, due %s; waits of 99 in 100 up to %s",
		format_us(slice, get_int(guest, "gpu_us")), get_string(guest, "gpu_source"),
		format_us(runtime, get_int(guest, "due_us")),
		format_us(period, get_int(guest, "wait_p99_us")));
	table_add(table, "hangs");
	table_add(table, "%" PRId64 " (of more than %s s)", get_int(guest, "hangs"),
		format_milli(slice, get_int(guest, "hang_limit_ms")));
}

static void print_about(FILE *out, struct json_object *guest)
{
	struct table table;

	table_init(&table, 2);
	add_pid(&table, "VMM", get_int(guest, "vmm_pid"), 0);
	add_pid(&table, "mullion-guest", get_int(guest, "guest_pid"),
		get_int(guest, "guest_deaths"));
	add_renderer(&table, guest);
	add_pid(&table, "mullion-render", get_int(guest, "render_pid"),
		get_int(guest, "renderer_deaths"));
	add_terms(&table, guest);
	table_add(&table, "presenter");
	table_add(&table, "%s", get_string(guest, "presenter"));
	add_features(&table, get_array(guest, "features"));
	add_bytes_quota(&table, "memory", get_int(guest, "memory_used"),
		get_int(guest, "memory_limit"));
	add_quota(&table, "resources", get_int(guest, "resources"),
		get_int(guest, "resources_limit"));
	add_quota(&table, "contexts", get_int(guest, "contexts"), get_int(guest, "contexts_limit"));
	add_quota(&table, "backing", get_int(guest, "backing_entries"),
		get_int(guest, "backing_entries_limit"));
	add_quota(&table, "fences", get_int(guest, "fences"), get_int(guest, "fences_limit"));
	add_bytes_quota(&table, "trace", get_int(guest, "trace_used"), get_int(guest, "trace_limit"));
	add_bytes_quota(&table, "record", get_int(guest, "record_used"),
		get_int(guest, "record_limit"));
	table_add(&table, "commands");
	table_add(&table, "%" PRId64 ", %" PRId64 " refused", get_int(guest, "commands"),
		get_int(guest, "commands_refused"));
	table_add(&table, "socket");
	table_add(&table, "%s", get_string(guest, "socket"));
	table_print(&table, out, "  ");
	table_finish(&table);
}

static void print_heads(FILE *out, struct json_object *heads)
{
	char hz[32];
	struct table table;

	table_init(&table, 8);
	table_add(&table, "HEAD");
	table_add(&table, "MODE");
	table_add(&table, "DRAWN BY");
	table_add(&table, "FPS");
	table_add(&table, "FLUSHED");
	table_add(&table, "PRESENTED");
	table_add(&table, "DROPPED");
	table_add(&table, "VIEW");
	for (size_t i = 0; i < array_length(heads); i++) {
		struct json_object *head = json_object_array_get_idx(heads, i);
		if (!head_exists(head))
			continue;
		table_add(&table, "%zu", i);
		table_add(&table, "%" PRId64 "x%" PRId64 " @ %s Hz", get_int(head, "width"),
			get_int(head, "height"), format_milli(hz, get_int(head, "refresh_mhz")));
		table_add(&table, "%s", head_enabled(head) ? get_string(head, "source") : "");
		if (head_enabled(head))
			table_add(&table, "%.1f", get_int(head, "rate_mhz") / 1000.0);
		else
			table_add(&table, "off");
		table_add(&table, "%" PRId64, get_int(head, "frames_flushed"));
		table_add(&table, "%" PRId64, get_int(head, "frames_presented"));
		table_add(&table, "%" PRId64, get_int(head, "frames_dropped"));
		table_add(&table, "%s", head_view(head));
	}
	table_print(&table, out, "  ");
	table_finish(&table);
}

/* Heads that are not as they should be, and why. */
static void print_notes(FILE *out, struct json_object *heads)
{
	for (size_t i = 0; i < array_length(heads); i++) {
		struct json_object *head = json_object_array_get_idx(heads, i);
		const char *note = get_string(head, "note");
		if (!*note)
			continue;
		if (get_bool(head, "wanted"))
			fprintf(out, "  head %zu should be %" PRId64 "x%" PRId64 ": %s\n", i,
				get_int(head, "wanted_width"), get_int(head, "wanted_height"), note);
		else
			fprintf(out, "  head %zu should be off: %s\n", i, note);
	}
}

static void add_latency(struct table *table, int64_t p50_us, int64_t p99_us)
{
	if (p99_us)
		table_add(table, "%.2f ms, 99 %% %.2f ms", p50_us / 1000.0, p99_us / 1000.0);
	else
		table_add(table, "%s", "");
}

/* Where a frame's time goes. */
static void print_flow(FILE *out, struct json_object *heads)
{
	struct table table;

	table_init(&table, 5);
	table_add(&table, "HEAD");
	table_add(&table, "TO COMPOSITOR");
	table_add(&table, "TO SCREEN");
	table_add(&table, "DISCARDED");
	table_add(&table, "PACED BY");
	for (size_t i = 0; i < array_length(heads); i++) {
		struct json_object *head = json_object_array_get_idx(heads, i);
		if (!head_exists(head))
			continue;
		table_add(&table, "%zu", i);
		add_latency(&table, get_int(head, "latency_p50_us"),
			get_int(head, "latency_p99_us"));
		add_latency(&table, get_int(head, "seen_p50_us"), get_int(head, "seen_p99_us"));
		table_add(&table, "%" PRId64, get_int(head, "frames_discarded"));
		table_add(&table, "%s", get_string(head, "paced_by"));
	}
	table_print(&table, out, "  ");
	table_finish(&table);
}

static void print_inputs(FILE *out, struct json_object *inputs)
{
	struct table table;

	if (!array_length(inputs))
		return;
	putc('\n', out);
	table_init(&table, 5);
	table_add(&table, "DEVICE");
	table_add(&table, "VMM");
	table_add(&table, "FRAMES");
	table_add(&table, "COALESCED");
	table_add(&table, "DROPPED");
	for (size_t i = 0; i < array_length(inputs); i++) {
		struct json_object *input = json_object_array_get_idx(inputs, i);
		table_add(&table, "%s", get_string(input, "name"));
		table_add(&table, get_bool(input, "connected") ? "connected" : "");
		table_add(&table, "%" PRId64, get_int(input, "frames"));
		table_add(&table, "%" PRId64, get_int(input, "coalesced"));
		table_add(&table, "%" PRId64, get_int(input, "dropped"));
	}
	table_print(&table, out, "  ");
	table_finish(&table);
}

static void print_given(FILE *out, struct json_object *given)
{
	struct table table;

	if (!array_length(given))
		return;
	putc('\n', out);
	table_init(&table, 3);
	table_add(&table, "INPUT");
	table_add(&table, "STATE");
	table_add(&table, "DEVICE");
	for (size_t i = 0; i < array_length(given); i++) {
		struct json_object *device = json_object_array_get_idx(given, i);
		table_add(&table, "%s", get_string(device, "name"));
		if (get_bool(device, "here"))
			table_add(&table, "given");
		else
			table_add(&table, *get_string(device, "trouble") ? "refused" : "not there");
		table_add(&table, "%s", get_string(device, "device"));
	}
	table_print(&table, out, "  ");
	table_finish(&table);
	for (size_t i = 0; i < array_length(given); i++) {
		struct json_object *device = json_object_array_get_idx(given, i);
		if (*get_string(device, "trouble"))
			fprintf(out, "  input %s: %s\n", get_string(device, "name"),
				get_string(device, "trouble"));
	}
}

static void print_container(FILE *out, struct json_object *guest)
{
	struct json_object *clients = get_array(guest, "clients");
	char used[32];
	struct table table;

	table_init(&table, 2);
	add_renderer(&table, guest);
	add_bytes_quota(&table, "memory", get_int(guest, "memory_used"),
		get_int(guest, "memory_limit"));
	add_quota(&table, "programs", array_length(clients), get_int(guest, "clients_limit"));
	add_terms(&table, guest);
	table_add(&table, "renderers");
	table_add(&table, "%" PRId64 " so far, %" PRId64 " died", get_int(guest, "renderer_starts"),
		get_int(guest, "renderer_deaths"));
	table_add(&table, "socket");
	table_add(&table, "%s", get_string(guest, "socket"));
	table_print(&table, out, "  ");
	table_finish(&table);
	if (!array_length(clients))
		return;
	putc('\n', out);
	table_init(&table, 5);
	table_add(&table, "PID");
	table_add(&table, "PROGRAM");
	table_add(&table, "RENDERER");
	table_add(&table, "MEMORY");
	table_add(&table, "SUBMISSIONS");
	for (size_t i = 0; i < array_length(clients); i++) {
		struct json_object *client = json_object_array_get_idx(clients, i);
		table_add(&table, "%" PRId64, get_int(client, "pid"));
		table_add(&table, "%s", get_string(client, "program"));
		if (get_int(client, "render_pid"))
			table_add(&table, "process %" PRId64, get_int(client, "render_pid"));
		else
			table_add(&table, "waits for one");
		table_add(&table, "%s", format_bytes(used, get_int(client, "memory_used")));
		table_add(&table, "%" PRId64, get_int(client, "submissions"));
	}
	table_print(&table, out, "  ");
	table_finish(&table);
}

/* What a VM's states are called where there are programs. */
static const char *container_explain(struct json_object *guest)
{
	const char *state = get_string(guest, "state");

	if (strcmp(state, "waiting") == 0)
		return "waiting for programs ('mullion-run' runs one)";
	return strcmp(state, "running") == 0 ? "programs run" : state_explain(state);
}

void guest_print(FILE *out, struct json_object *guest)
{
	const char *trouble = get_string(guest, "trouble");

	fprintf(out, "%s: %s\n", get_string(guest, "name"),
		is_container(guest) ? container_explain(guest) :
				      state_explain(get_string(guest, "state")));
	if (*trouble)
		fprintf(out, "  trouble: %s\n", trouble);
	if (is_container(guest)) {
		print_container(out, guest);
		return;
	}
	print_about(out, guest);
	putc('\n', out);
	print_heads(out, get_array(guest, "heads"));
	print_notes(out, get_array(guest, "heads"));
	putc('\n', out);
	print_flow(out, get_array(guest, "heads"));
	print_inputs(out, get_array(guest, "inputs"));
	print_given(out, get_array(guest, "given"));
}

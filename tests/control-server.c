/* SPDX-License-Identifier: MIT */
/*
 * The control socket with guests made of cardboard, for tests of mullionctl and
 * of other Varlink clients: control-server SOCKET CONFIG. The first guest runs,
 * and its head 0 shows a picture of 5x3 px, bottom up, whose pixel (x, y) has
 * red 40 * x, green 60 * y, blue 200; the others wait. What it sends is the file that
 * MULLION_TEST_TAP names; what its devices get is printed. Ends with its standard input.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "backends/input.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/loop.h"
#include "daemon/config.h"
#include "daemon/control.h"
#include "daemon/copy.h"
#include "daemon/events.h"
#include "daemon/guest_info.h"
#include "daemon/guest_stats.h"
#include "daemon/timeline.h"

#define FOURCC_XR24 0x34325258

struct daemon {
	struct loop loop;
	struct loop_source input;
	struct config *config;
	struct picture picture;
	struct events events;
	struct timeline *timeline;
	int64_t looks, looked_ns; /* at what it measures */
	struct input_devices inputs; /* of all */
	bool open; /* the view of the first guest's head 1, closed at first */
};

static struct daemon server;

/* A guest is its configuration here. */
static struct guest *guest_of(const struct list *link)
{
	return link == &server.config->guests
		       ? NULL
		       : (struct guest *)container_of(link, struct config_guest, link);
}

struct guest *guest_next(struct daemon *daemon, const struct guest *previous)
{
	const struct config_guest *config = (const struct config_guest *)previous;

	return guest_of(config ? config->link.next : daemon->config->guests.next);
}

struct guest *guest_find(struct daemon *daemon, const char *name)
{
	return (struct guest *)config_guest_find(daemon->config, name);
}

void guest_describe(const struct guest *guest, struct guest_info *info)
{
	info->config = (const struct config_guest *)guest;
	info->n_heads = info->config->max_heads;
	for (uint32_t i = 0; i < info->n_heads; i++) {
		info->heads[i].width_px = info->config->heads[i].width_px;
		info->heads[i].height_px = info->config->heads[i].height_px;
		info->heads[i].refresh_mhz = info->config->heads[i].refresh_mhz;
		info->heads[i].wanted = i < info->config->n_heads;
		info->heads[i].wanted_width_px = info->config->heads[i].width_px;
		info->heads[i].wanted_height_px = info->config->heads[i].height_px;
	}
	strcpy(info->presenter, "headless");
	if (info->config->link.prev != &server.config->guests) {
		strcpy(info->trouble, "made of cardboard\x1b[31m");
		return;
	}
	info->state = GUEST_STATE_RUNNING;
	info->features = 1 << 0 | 1 << 1 | UINT64_C(1) << 32;
	info->render_node = "none";
	strcpy(info->renderer_device, "llvmpipe (LLVM 15.0.6, 256 bits)");
	info->vmm_pid = 4242;
	info->guest_pid = 4250;
	info->render_pid = 4251;
	info->renderer_starts = 2;
	info->hangs = 3;
	info->hang_limit_ms = 1500;
	info->commands = 120412;
	info->commands_refused = 2;
	info->memory_bytes = 108213453;
	info->resources = 214;
	info->contexts = 3;
	info->heads[1].closed = !server.open;
	info->heads[1].note = "made of cardboard";
	info->backing_entries = 1701;
	info->fences = 2;
	info->trace_bytes = 1536;
	info->record_bytes = 5 << 20;
	info->heads[0].enabled = true;
	info->heads[0].source = "virgl";
	info->heads[0].frames_flushed = 3600;
	info->heads[0].frames_presented = 3590;
	info->heads[0].frames_dropped = 10;
	info->heads[0].rate_mhz = 59940;
	info->heads[0].frames_discarded = 7;
	info->heads[0].paced_by = "fences";
	info->heads[0].latency_p50_us = 79;
	info->heads[0].latency_p99_us = 111;
	info->heads[0].seen_p50_us = 16000;
	info->heads[0].seen_p99_us = 20479;
}

bool guest_describe_client(
	const struct guest *guest, uint32_t index, struct guest_client_info *info)
{
	const struct config_guest *config = (const struct config_guest *)guest;

	if (config->type != CONFIG_TYPE_CONTAINER || index > 1)
		return false;
	*info = (struct guest_client_info){
		.pid = 5000 + index,
		.render_pid = index ? 0 : 5010,
		.memory_bytes = 3 << 20,
	};
	strcpy(info->program, index ? "es2gears\x1b[1m" : "\"quoted\"\\");
	return true;
}

bool guest_describe_input(
	const struct guest *guest, uint32_t index, struct guest_input_info *info)
{
	static const struct guest_input_info inputs[] = {
		{ "touch0", true, 1234, 56, 7 },
		{ "keyboard", false, 0, 0, 0 },
	};

	if (strcmp(((const struct config_guest *)guest)->name, "car") != 0 || index > 1)
		return false;
	*info = inputs[index];
	return true;
}

bool guest_describe_given(
	const struct guest *guest, uint32_t index, struct guest_given_info *info)
{
	static const struct guest_given_info given[] = {
		{ "panel", "/dev/input/by-path/panel", true, "" },
		{ "wheel", "/dev/input/by-path/wheel", false, "is glued to the desk" },
		{ "pedal", "/dev/input/by-path/pedal", false, "" },
	};

	if (strcmp(((const struct config_guest *)guest)->name, "car") != 0 || index > 2)
		return false;
	*info = given[index];
	return true;
}

/*
 * Each time that one looks, a second has passed, of which the first guest had 250 ms; on the
 * timeline it had a quarter of the time since one looked last.
 */
void daemon_measure(struct daemon *daemon, struct daemon_stats *stats)
{
	int64_t now_ns = clock_now_ns();
	struct timeline_span span = {
		.guest = "desktop",
		.start_ns = daemon->looked_ns,
		.end_ns = now_ns,
		.used_ns = (now_ns - daemon->looked_ns) / 4,
	};

	daemon->looked_ns = now_ns;
	timeline_add(daemon->timeline, &span);
	daemon->looks++;
	*stats = (struct daemon_stats){
		.elapsed_ns = daemon->looks * 1000000000,
		.used_ns = daemon->looks * 250000000,
		.in_flight = 1,
		.mediates = true,
	};
}

void guest_measure(const struct guest *guest, struct guest_stats *stats)
{
	const struct config_guest *config = (const struct config_guest *)guest;

	*stats = (struct guest_stats){ .terms = config->terms, .source = "clock" };
	if (config->type == CONFIG_TYPE_CONTAINER)
		stats->frames = 30 * server.looks;
	if (config->link.prev != &server.config->guests)
		return;
	stats->source = "fdinfo";
	stats->standing = POLICY_STANDING_WEIGHTED;
	stats->used_ns = server.looks * 250000000;
	stats->due_ns = server.looks * 500000000;
	stats->waited_ns = server.looks * 5000000;
	for (int64_t i = 0; i < server.looks; i++)
		histogram_add(&stats->waits, 5000000);
	stats->grants = server.looks;
	stats->chunks = 2 * server.looks;
	stats->submissions = 9 * server.looks;
}

bool guest_measure_client(const struct guest *guest, uint32_t index, struct client_stats *stats)
{
	*stats = (struct client_stats){
		.connection = index,
		.used_ns = 7000000,
		.grants = 3,
		.chunks = 4,
		.submissions = 77,
		.frames = 15 * server.looks,
	};
	return true;
}

void guest_measure_others(const struct guest *guest, struct client_stats *stats)
{
	const struct config_guest *config = (const struct config_guest *)guest;

	*stats = (struct client_stats){
		.grants = config->type == CONFIG_TYPE_CONTAINER ? server.looks : 0,
	};
}

const struct timeline *daemon_timeline(struct daemon *daemon)
{
	return daemon->timeline;
}

/* The configuration is all that there is of a guest. */
void guest_head_set(struct guest *guest, uint32_t head, const struct config_head *mode, bool on)
{
	struct config_guest *config = (struct config_guest *)guest;

	if (mode)
		config->heads[head] = *mode;
	config->n_heads = on ? head + 1 : head;
}

int guest_head_add(struct guest *guest, const struct config_head *mode)
{
	struct config_guest *config = (struct config_guest *)guest;

	if (config->n_heads == config->max_heads)
		return -ENOSPC;
	guest_head_set(guest, config->n_heads, mode, true);
	return config->n_heads - 1;
}

/* A VMM is connected to the first one only. */
bool guest_restart(struct guest *guest)
{
	const struct config_guest *config = (const struct config_guest *)guest;

	return config->link.prev == &server.config->guests;
}

struct events *daemon_events(struct daemon *daemon)
{
	return &daemon->events;
}

/* What others have is half of it. */
int guest_change(struct guest *guest, const struct config_guest *wanted)
{
	struct config_guest *config = (struct config_guest *)guest;

	if (!policy_terms_fit(&wanted->terms))
		return -EINVAL;
	if (reservation_ppm(wanted->terms.runtime_ns, wanted->terms.period_ns) > 400000)
		return -ENOSPC;
	config->terms = wanted->terms;
	return 0;
}

uint32_t guest_reservable_ppm(const struct guest *guest)
{
	return 400000;
}

void daemon_change(struct daemon *daemon, const struct config *wanted)
{
	daemon->config->in_flight = wanted->in_flight;
}

void daemon_remember(
	struct daemon *daemon, struct guest *guest, const char *key, const char *text)
{
}

bool guest_release(struct guest *guest)
{
	const struct config_guest *config = (const struct config_guest *)guest;

	return config->link.prev != &server.config->guests;
}

void guest_view(struct guest *guest, uint32_t head)
{
	server.open = true;
	events_raise(&server.events, EVENT_STALE, "desktop", head);
	events_raise(&server.events, EVENT_RENDERER_DIED, "desktop", -1);
}

const struct picture *guest_picture(const struct guest *guest, uint32_t head)
{
	const struct config_guest *config = (const struct config_guest *)guest;

	return head == 0 && config->link.prev == &server.config->guests ? &server.picture : NULL;
}

int guest_copy(struct guest *guest, uint32_t head, struct copy **copy,
	void (*done)(void *data, const struct screenshot_result *result), void *data)
{
	return -ENOTSUP;
}

int guest_tap(struct guest *guest, bool data, int *fd, bool *waits)
{
	const char *path = getenv("MULLION_TEST_TAP");

	*fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	*waits = false;
	return *fd < 0 ? -EBUSY : 0;
}

struct input_devices *guest_inputs(struct guest *guest)
{
	return &server.inputs;
}

bool guest_input_connected(const struct guest *guest, uint32_t device)
{
	const struct config_guest *config = (const struct config_guest *)guest;

	return config->link.prev == &server.config->guests;
}

/* "touch0 3/57=1 …", with types and codes as evdev numbers them. */
static void inputs_print(void *data, uint32_t device, const struct input_frame *frame)
{
	char name[INPUT_NAME_BYTES];

	input_device_name(device, name);
	fputs(name, stdout);
	for (uint32_t i = 0; i < frame->n; i++)
		printf(" %u/%u=%d", frame->events[i].type, frame->events[i].code,
			frame->events[i].value);
	putchar('\n');
	fflush(stdout);
}

static void picture_draw(struct picture *picture)
{
	*picture = (struct picture){ .kind = PICTURE_KIND_SHM,
		.width_px = 5,
		.height_px = 3,
		.stride_bytes = 32,
		.offset_bytes = 64,
		.fourcc = FOURCC_XR24,
		.bottom_up = true };
	picture->fd = memfd_create_sealed("picture", 4096);
	uint8_t *pixels = memfd_map(picture->fd, 4096, PROT_WRITE);
	if (!pixels)
		abort();
	for (uint32_t y = 0; y < 3; y++) {
		for (uint32_t x = 0; x < 5; x++) {
			uint32_t pixel = 0x12000000 | (40 * x) << 16 | (60 * y) << 8 | 200;
			memcpy(pixels + 64 + 32 * (2 - y) + 4 * x, &pixel, 4);
		}
	}
	munmap(pixels, 4096);
}

static int socket_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, 16) < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static void input_handle(struct loop_source *source, uint32_t events)
{
	char buf[16];

	if (read(source->fd, buf, sizeof(buf)) <= 0)
		loop_stop(&server.loop, 0);
}

int main(int argc, char **argv)
{
	struct settings_errors errors;
	struct control *control;

	if (argc != 3)
		return 2;
	if (config_load(argv[2], &server.config, &errors) < 0) {
		for (size_t i = 0; i < errors.n; i++)
			fprintf(stderr, "%s\n", errors.lines[i]);
		return 1;
	}
	picture_draw(&server.picture);
	events_init(&server.events);
	server.looked_ns = clock_now_ns();
	server.timeline = timeline_create();
	if (!server.timeline || input_devices_init(&server.inputs, inputs_print, NULL) < 0)
		return 1;
	if (loop_init(&server.loop) < 0 ||
		loop_add(&server.loop, &server.input, STDIN_FILENO, EPOLLIN, input_handle) < 0 ||
		control_create(
			&control, &server.loop, socket_listen(argv[1]), server.config, &server) < 0)
		return 1;
	puts("ready");
	fflush(stdout);
	int status = loop_run(&server.loop);
	control_destroy(control);
	input_devices_finish(&server.inputs);
	loop_remove(&server.input);
	loop_finish(&server.loop);
	fd_close(&server.picture.fd);
	timeline_destroy(server.timeline);
	config_destroy(server.config);
	return status;
}

/* SPDX-License-Identifier: MIT */
/* A back end to measure. */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define START_TIMEOUT_MS 10000
#define STOP_TIMEOUT_MS 5000
#define GUEST_BYTES (UINT64_C(64) << 20)
#define CONTROL_SIZE 256 /* so that a batch of 256 fits */

static const char DEFAULT_SOCKET[] = "{dir}/{n}.sock";

struct field {
	const char *name;
	const char *value;
};

static int expand(const char *template, const struct field *fields, char *out, size_t size_bytes)
{
	size_t used = 0;

	while (*template != '\0') {
		const struct field *field = fields;

		while (field->name != NULL &&
			strncmp(template, field->name, strlen(field->name)) != 0)
			field++;

		const char *piece = field->name != NULL ? field->value : template;
		size_t length = field->name != NULL ? strlen(piece) : 1;

		if (used + length >= size_bytes)
			return -ENAMETOOLONG;
		memcpy(out + used, piece, length);
		used += length;
		template += field->name != NULL ? strlen(field->name) : 1;
	}
	out[used] = '\0';
	return 0;
}

static int socket_path(const struct target *target, uint32_t n, char *out, size_t size_bytes)
{
	char number[16];
	struct field fields[] = { { "{dir}", target->dir }, { "{n}", number }, { NULL, NULL } };

	snprintf(number, sizeof(number), "%u", n);
	return expand(target->socket ? target->socket : DEFAULT_SOCKET, fields, out, size_bytes);
}

static bool is_per_guest(const char *command)
{
	return strstr(command, "{n}") != NULL || strstr(command, "{socket}") != NULL;
}

static int start_process(struct target *target, uint32_t n, uint32_t guest_count)
{
	char number[16], count[16], socket[PATH_MAX], log[PATH_MAX + 32];
	char command[2 * PATH_MAX], shell[2 * PATH_MAX + 16];
	struct field fields[] = {
		{ "{dir}", target->dir },
		{ "{n}", number },
		{ "{count}", count },
		{ "{socket}", socket },
		{ NULL, NULL },
	};
	char *argv[] = { "/bin/sh", "-c", shell, NULL };
	int err = socket_path(target, n, socket, sizeof(socket));

	snprintf(number, sizeof(number), "%u", n);
	snprintf(count, sizeof(count), "%u", guest_count);
	if (err == 0)
		err = expand(target->command, fields, command, sizeof(command));
	if (err < 0)
		return err;
	snprintf(shell, sizeof(shell), "exec %s", command);
	snprintf(log, sizeof(log), "%s/log", target->dir);
	err = process_spawn(&target->processes[target->process_count], argv, log);
	if (err == 0)
		target->process_count++;
	return err;
}

static int start_processes(struct target *target, uint32_t guest_count)
{
	uint32_t starts = 1;
	int err = 0;

	if (target->command == NULL)
		return 0;
	if (is_per_guest(target->command))
		starts = guest_count;
	for (uint32_t n = 1; err == 0 && n <= starts; n++)
		err = start_process(target, n, guest_count);
	return err;
}

static int boot_guest(struct target *target, uint32_t n)
{
	struct guest *guest = &target->guests[n - 1];
	struct guest_options options = {
		.memory_bytes = GUEST_BYTES,
		.control_size = CONTROL_SIZE,
		.head_width_px = 1920,
		.head_height_px = 1080,
		.display_thread = true,
		.count_only = true,
	};
	struct process *process = &target->processes[target->process_count > 1 ? n - 1 : 0];
	char path[PATH_MAX];
	int err = socket_path(target, n, path, sizeof(path));

	if (err == 0 && target->command != NULL)
		err = process_wait_socket(process, path, START_TIMEOUT_MS);
	if (err < 0)
		return err;
	guest_init(guest, &options);
	target->guest_count++;
	return guest_boot(guest, path);
}

/* The listener's pid, of a back end that somebody else started. */
static pid_t peer_pid(int fd)
{
	struct ucred peer = { 0 };
	socklen_t length = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.pid : 0;
}

static void print_log(const struct target *target)
{
	char path[PATH_MAX + 32], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/log", target->dir);
	file = fopen(path, "re");
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL)
		fprintf(stderr, "  %s", line);
	fclose(file);
}

int target_start(struct target *target, uint32_t guest_count)
{
	int err = 0;

	strcpy(target->dir, "/tmp/bench-gpu.XXXXXX");
	if (mkdtemp(target->dir) == NULL)
		return -errno;
	err = start_processes(target, guest_count);
	for (uint32_t n = 1; err == 0 && n <= guest_count; n++)
		err = boot_guest(target, n);
	if (err == 0 && target->command == NULL)
		target->running_pid = peer_pid(target->guests[0].vmm.fd);
	if (err < 0) {
		fprintf(stderr, "bench-gpu: %s does not start: %s\n", target->name, strerror(-err));
		print_log(target);
		target_stop(target);
	}
	return err;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	return remove(path);
}

void target_stop(struct target *target)
{
	for (uint32_t i = 0; i < target->guest_count; i++)
		guest_finish(&target->guests[i]);
	target->guest_count = 0;
	for (uint32_t i = 0; i < target->process_count; i++)
		process_stop(&target->processes[i], STOP_TIMEOUT_MS);
	target->process_count = 0;
	target->running_pid = 0;
	nftw(target->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

uint64_t target_cpu_ns(const struct target *target)
{
	uint64_t sum_ns = 0;

	if (target->running_pid != 0)
		return process_tree_cpu_ns(target->running_pid);
	for (uint32_t i = 0; i < target->process_count; i++)
		sum_ns += process_tree_cpu_ns(target->processes[i].pid);
	return sum_ns;
}

uint64_t target_pss_kib(const struct target *target)
{
	uint64_t sum_kib = 0;

	if (target->running_pid != 0)
		return process_tree_pss_kib(target->running_pid);
	for (uint32_t i = 0; i < target->process_count; i++)
		sum_kib += process_tree_pss_kib(target->processes[i].pid);
	return sum_kib;
}

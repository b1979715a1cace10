/* SPDX-License-Identifier: MIT */
/* sway and weston without a screen, as fixtures. */
#include "tests/compositor.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534
#define STEP_MS 10
#define STOP_LIMIT_MS 3000
#define ARGV_MAX 32
#define PATH "/usr/local/bin:/usr/bin:/bin"

static void wait_step(void)
{
	struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

	nanosleep(&step, NULL);
}

static void child_exec(const struct compositor *compositor, char *const argv[])
{
	char path[128];

	/* Not the test's sockets, and nothing is left if the test crashes. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/log", compositor->dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (chdir(compositor->dir) == 0)
		execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* `arguments` run with nothing but the environment given here. A pid or negative errno. */
static pid_t compositor_spawn(
	const struct compositor *compositor, char *const environment[], char *const arguments[])
{
	bool as_nobody = compositor->kind == COMPOSITOR_SWAY && getuid() == 0;
	char home[96], runtime[96];
	char *argv[ARGV_MAX] = { 0 };
	int n = 0;

	snprintf(home, sizeof(home), "HOME=%s", compositor->dir);
	snprintf(runtime, sizeof(runtime), "XDG_RUNTIME_DIR=%s", compositor->dir);
	if (as_nobody) {
		argv[n++] = "setpriv";
		argv[n++] = "--reuid=65534";
		argv[n++] = "--regid=65534";
		argv[n++] = "--clear-groups";
		argv[n++] = "--pdeathsig=KILL"; /* the other one goes with the uid */
	}
	argv[n++] = "env";
	argv[n++] = "-i";
	argv[n++] = home;
	argv[n++] = runtime;
	argv[n++] = "PATH=" PATH;
	for (; *environment && n < ARGV_MAX - 1; environment++)
		argv[n++] = *environment;
	for (; *arguments && n < ARGV_MAX - 1; arguments++)
		argv[n++] = *arguments;
	pid_t pid = fork();
	if (pid == 0)
		child_exec(compositor, argv);
	return pid < 0 ? -errno : pid;
}

/* 0 when it ended well, -EIO when not, -ETIMEDOUT after which it is gone too. */
static int compositor_run(
	const struct compositor *compositor, char *const environment[], char *const arguments[])
{
	pid_t pid = compositor_spawn(compositor, environment, arguments);
	int status;

	if (pid < 0)
		return pid;
	for (int ms = 0; ms < COMPOSITOR_LIMIT_MS; ms += STEP_MS) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
		wait_step();
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return -ETIMEDOUT;
}

static bool program_exists(const char *name)
{
	char path[128];
	const char *const dirs[] = { "/usr/local/bin", "/usr/bin", "/bin" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static int compositor_check(enum compositor_kind kind)
{
	static const char *const sway[] = { "sway", "swaymsg", "grim", "setpriv", NULL };
	static const char *const weston[] = { "weston", "weston-screenshooter", NULL };
	static const char *const none[] = { NULL };
	const char *const *needed = kind == COMPOSITOR_SWAY     ? sway
				    : kind == COMPOSITOR_WESTON ? weston
								: none;

	for (; *needed; needed++) {
		if (program_exists(*needed))
			continue;
		fprintf(stderr, "%s is not installed\n", *needed);
		return -ENOENT;
	}
	return 0;
}

int compositor_init(struct compositor *compositor, enum compositor_kind kind, uint32_t n_outputs,
	uint32_t width_px, uint32_t height_px)
{
	*compositor = (struct compositor){
		.kind = kind,
		.n_outputs = n_outputs,
		.width_px = width_px,
		.height_px = height_px,
		.dir = "/tmp/mullion-test-XXXXXX",
	};
	int ret = compositor_check(kind);
	if (ret < 0) {
		compositor->dir[0] = '\0';
		return ret;
	}
	if (!mkdtemp(compositor->dir))
		return -errno;
	if (kind == COMPOSITOR_SWAY && getuid() == 0 && chown(compositor->dir, NOBODY, NOBODY) < 0)
		return -errno;
	snprintf(compositor->socket, sizeof(compositor->socket), "%s/wayland-1", compositor->dir);
	snprintf(compositor->control, sizeof(compositor->control), "%s/control", compositor->dir);
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void compositor_finish(struct compositor *compositor)
{
	compositor_stop(compositor);
	if (compositor->dir[0])
		nftw(compositor->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	compositor->dir[0] = '\0';
}

static int compositor_write_config(const struct compositor *compositor, const char *extra)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/config", compositor->dir);
	FILE *file = fopen(path, "we");
	if (!file)
		return -errno;
	switch (compositor->kind) {
	case COMPOSITOR_SWAY:
		fprintf(file, "default_border none\ndefault_floating_border none\n"
			      "xwayland disable\nfocus_on_window_activation none\n");
		for (uint32_t i = 0; i < compositor->n_outputs; i++)
			fprintf(file, "output HEADLESS-%u resolution %ux%u position %u 0\n", i + 1,
				compositor->width_px, compositor->height_px,
				i * compositor->width_px);
		break;
	case COMPOSITOR_MULLION:
		break;
	case COMPOSITOR_WESTON:
		fprintf(file, "[core]\nidle-time=0\n"
			      "[shell]\nlocking=false\npanel-position=none\n"
			      "animation=none\nstartup-animation=none\nclose-animation=none\n");
		break;
	}
	if (compositor->kind != COMPOSITOR_MULLION)
		fprintf(file, "%s", extra ? extra : "");
	return fclose(file) == 0 ? 0 : -errno;
}

static pid_t compositor_spawn_sway(const struct compositor *compositor)
{
	char control[112], outputs[40], config[96];

	snprintf(control, sizeof(control), "SWAYSOCK=%s", compositor->control);
	snprintf(outputs, sizeof(outputs), "WLR_HEADLESS_OUTPUTS=%u", compositor->n_outputs);
	snprintf(config, sizeof(config), "%s/config", compositor->dir);
	char *environment[] = { control, outputs, "WLR_BACKENDS=headless", "WLR_RENDERER=pixman",
		"WLR_LIBINPUT_NO_DEVICES=1", NULL };
	char *arguments[] = { "sway", "-c", config, NULL };
	return compositor_spawn(compositor, environment, arguments);
}

static pid_t compositor_spawn_weston(const struct compositor *compositor)
{
	char width[32], height[32], config[112];

	snprintf(width, sizeof(width), "--width=%u", compositor->width_px);
	snprintf(height, sizeof(height), "--height=%u", compositor->height_px);
	snprintf(config, sizeof(config), "--config=%s/config", compositor->dir);
	char *environment[] = { NULL };
	char *arguments[] = { "weston", "--backend=headless-backend.so", "--use-pixman", "--debug",
		"--socket=wayland-1", config, width, height, NULL };
	return compositor_spawn(compositor, environment, arguments);
}

/* Its configuration is its command line, in words. */
static pid_t compositor_spawn_mullion(const struct compositor *compositor, const char *extra)
{
	const char *root = getenv("MULLION_BUILD_ROOT");
	char program[512], output[64], words[512];
	char *environment[] = { NULL };
	char *arguments[ARGV_MAX] = { program, "--backend", "headless", "--socket", "wayland-1",
		"--config", "/dev/null", "--verbose" };
	int n = 8;

	snprintf(program, sizeof(program), "%s/compositor/mullion-compositor", root ? root : ".");
	snprintf(output, sizeof(output), "--output=%ux%u%s", compositor->width_px,
		compositor->height_px, compositor->output_suffix ? compositor->output_suffix : "");
	snprintf(words, sizeof(words), "%s", extra ? extra : "");
	for (uint32_t i = 0; i < compositor->n_outputs; i++)
		arguments[n++] = output;
	for (char *word = strtok(words, " "); word && n < ARGV_MAX - 1; word = strtok(NULL, " "))
		arguments[n++] = word;
	return compositor_spawn(compositor, environment, arguments);
}

static bool socket_accepts(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	bool accepts = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return accepts;
}

static void compositor_print_log(const struct compositor *compositor)
{
	char path[96], line[512];

	snprintf(path, sizeof(path), "%s/log", compositor->dir);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		fprintf(stderr, "| %s", line);
	if (file)
		fclose(file);
}

/* sway takes clients before its outputs have their size: its own answer tells. */
static bool compositor_is_up(const struct compositor *compositor)
{
	struct image image;

	if (!socket_accepts(compositor->socket))
		return false;
	for (uint32_t i = 0; i < compositor->n_outputs; i++) {
		if (compositor_screenshot(compositor, i, &image) < 0)
			return false;
		bool has_size = image.width_px == compositor->width_px &&
				image.height_px == compositor->height_px;
		image_finish(&image);
		if (!has_size)
			return false;
	}
	return true;
}

int compositor_start(struct compositor *compositor, const char *extra)
{
	/* What a killed one left. */
	unlink(compositor->socket);
	unlink(compositor->control);
	int ret = compositor_write_config(compositor, extra);
	if (ret < 0)
		return ret;
	pid_t pid = compositor->kind == COMPOSITOR_SWAY ? compositor_spawn_sway(compositor)
		    : compositor->kind == COMPOSITOR_WESTON
			    ? compositor_spawn_weston(compositor)
			    : compositor_spawn_mullion(compositor, extra);
	if (pid < 0)
		return pid;
	compositor->pid = pid;
	for (int ms = 0; ms < COMPOSITOR_LIMIT_MS; ms += STEP_MS) {
		if (compositor_is_up(compositor))
			return 0;
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			compositor->pid = 0;
			break;
		}
		wait_step();
	}
	compositor_stop(compositor);
	compositor_print_log(compositor);
	return -EIO;
}

void compositor_stop(struct compositor *compositor)
{
	if (!compositor->pid)
		return;
	kill(compositor->pid, SIGTERM);
	for (int ms = 0; ms < STOP_LIMIT_MS; ms += STEP_MS) {
		if (waitpid(compositor->pid, NULL, WNOHANG) == compositor->pid) {
			compositor->pid = 0;
			return;
		}
		wait_step();
	}
	compositor_kill(compositor);
}

void compositor_kill(struct compositor *compositor)
{
	if (!compositor->pid)
		return;
	kill(compositor->pid, SIGKILL);
	waitpid(compositor->pid, NULL, 0);
	compositor->pid = 0;
}

/* The screenshooter chooses the file's name itself. */
static int compositor_read_shot(const struct compositor *compositor, struct image *image)
{
	char pattern[96];
	glob_t found;
	int ret = -ENOENT;

	snprintf(pattern, sizeof(pattern), "%s/*.png", compositor->dir);
	if (glob(pattern, 0, NULL, &found) != 0)
		return -ENOENT;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (ret < 0)
			ret = image_read_png(image, found.gl_pathv[i]);
		unlink(found.gl_pathv[i]);
	}
	globfree(&found);
	return ret;
}

int compositor_screenshot_of(
	const struct compositor *compositor, const char *output, struct image *image)
{
	const char *root = getenv("MULLION_BUILD_ROOT");
	char name[32], mullionctl[512];
	char *environment[] = { "WAYLAND_DISPLAY=wayland-1", NULL };
	char *without[] = { "grim", "-l", "0", "-o", name, "shot.png", NULL };
	char *with[] = { "grim", "-c", "-l", "0", "-o", name, "shot.png", NULL };
	char *weston[] = { "weston-screenshooter", NULL };
	char *mullion[] = { mullionctl, "screen", "screenshot", name, "shot.png", NULL };
	char **camera = compositor->kind == COMPOSITOR_WESTON	? weston
			: compositor->kind == COMPOSITOR_MULLION ? mullion
			: compositor->sees_pointer		? with
								: without;

	snprintf(name, sizeof(name), "%s", output);
	snprintf(mullionctl, sizeof(mullionctl), "%s/tools/mullionctl", root ? root : ".");
	int ret = compositor_run(compositor, environment, camera);
	return ret < 0 ? ret : compositor_read_shot(compositor, image);
}

int compositor_screenshot(const struct compositor *compositor, uint32_t output, struct image *image)
{
	char name[32];

	snprintf(name, sizeof(name), "HEADLESS-%u", output + 1);
	return compositor_screenshot_of(compositor, name, image);
}

int compositor_command(const struct compositor *compositor, const char *command)
{
	char control[112];
	char *environment[] = { control, NULL };
	char *arguments[] = { "swaymsg", "-q", (char *)command, NULL };

	snprintf(control, sizeof(control), "SWAYSOCK=%s", compositor->control);
	return compositor_run(compositor, environment, arguments);
}

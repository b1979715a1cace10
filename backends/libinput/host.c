/* SPDX-License-Identifier: MIT */
/* The host's input devices. */
#include "backends/libinput/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <libinput.h>
#include <libudev.h>
#include <linux/input.h>
#include <linux/major.h>

#include "backends/libinput/given_device.h"
#include "base/clock.h"
#include "base/io.h"

#define RETRY_NS (2 * NSEC_PER_SEC)

/* -- devices -- */

int input_host_find(const struct input_host *host, const char *path)
{
	struct stat stat_buf;

	if (stat(path, &stat_buf) < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (!S_ISCHR(stat_buf.st_mode) || major(stat_buf.st_rdev) != INPUT_MAJOR)
		return -ENODEV;
	struct udev_device *device = udev_device_new_from_devnum(host->udev, 'c', stat_buf.st_rdev);
	/* libinput would wait for udev, and sleep meanwhile. */
	bool known = device && udev_device_get_is_initialized(device);
	udev_device_unref(device);
	return known ? 0 : -EAGAIN;
}

int input_host_grab(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, EVIOCGRAB, 1) < 0) {
		int err = -errno;
		fd_close(&fd);
		return err;
	}
	return fd;
}

static int host_open_restricted(const char *path, int flags, void *data)
{
	struct input_host *host = data;
	int fd = input_host_grab(path, flags);

	host->open_error = fd < 0 ? fd : 0;
	return fd;
}

static void host_close_restricted(int fd, void *data)
{
	close(fd);
}

static const struct libinput_interface host_interface = {
	.open_restricted = host_open_restricted,
	.close_restricted = host_close_restricted,
};

/* -- what happens -- */

static void host_handle_libinput(struct loop_source *source, uint32_t events)
{
	struct input_host *host = container_of(source, struct input_host, libinput_source);
	struct libinput_event *event;

	int ret = libinput_dispatch(host->libinput);
	if (ret < 0)
		log_limited(&host->noise, LOG_LEVEL_WARN, "libinput: %s", strerror(-ret));
	while ((event = libinput_get_event(host->libinput))) {
		given_handle_event(event);
		libinput_event_destroy(event);
	}
}

/* Anything may have changed: a rule of udev's, the rights to a device. */
static void host_try_all(struct input_host *host)
{
	struct given *given;

	list_for_each (given, &host->given, link)
		given_try(given);
}

static void host_handle_monitor(struct loop_source *source, uint32_t events)
{
	struct input_host *host = container_of(source, struct input_host, monitor_source);
	struct udev_device *device;

	while ((device = udev_monitor_receive_device(host->monitor)))
		udev_device_unref(device);
	host_try_all(host);
}

static void host_handle_retry(struct loop_timer *timer)
{
	host_try_all(container_of(timer, struct input_host, retry));
}

void input_host_retry(struct input_host *host)
{
	loop_timer_set(&host->retry, RETRY_NS);
}

__attribute__((format(printf, 3, 0))) static void host_handle_log(struct libinput *libinput,
	enum libinput_log_priority priority, const char *format, va_list args)
{
	struct input_host *host = libinput_get_user_data(libinput);
	char text[256];

	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	log_limited(&host->noise, LOG_LEVEL_WARN, "libinput: %s", text);
}

/* -- life -- */

void input_host_init(struct input_host *host)
{
	*host = (struct input_host){ .retry.source.fd = -1 };
	list_init(&host->given);
}

static int host_watch(struct input_host *host)
{
	host->monitor = udev_monitor_new_from_netlink(host->udev, "udev");
	if (!host->monitor)
		return -errno;
	int ret = udev_monitor_filter_add_match_subsystem_devtype(host->monitor, "input", NULL);
	if (ret >= 0)
		ret = udev_monitor_enable_receiving(host->monitor);
	if (ret < 0)
		return ret;
	return loop_add(host->loop, &host->monitor_source, udev_monitor_get_fd(host->monitor),
		EPOLLIN, host_handle_monitor);
}

int input_host_open(struct input_host *host, struct loop *loop)
{
	host->loop = loop;
	host->udev = udev_new();
	if (!host->udev)
		return -ENOMEM;
	int ret = host_watch(host);
	if (ret < 0)
		return ret;
	host->libinput = libinput_path_create_context(&host_interface, host);
	if (!host->libinput)
		return -ENOMEM;
	libinput_log_set_handler(host->libinput, host_handle_log);
	libinput_log_set_priority(host->libinput, LIBINPUT_LOG_PRIORITY_ERROR);
	ret = loop_timer_init(&host->retry, loop, host_handle_retry);
	if (ret < 0)
		return ret;
	return loop_add(loop, &host->libinput_source, libinput_get_fd(host->libinput), EPOLLIN,
		host_handle_libinput);
}

void input_host_finish(struct input_host *host)
{
	if (!host->loop)
		return;
	loop_timer_finish(&host->retry);
	loop_remove(&host->libinput_source);
	loop_remove(&host->monitor_source);
	libinput_unref(host->libinput);
	udev_monitor_unref(host->monitor);
	udev_unref(host->udev);
	input_host_init(host);
}

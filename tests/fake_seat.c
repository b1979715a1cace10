/* SPDX-License-Identifier: MIT */
/* libseat, with a seat behind it that is none. */
#include "tests/fake_seat.h"

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <libseat.h>

#include "tests/fake_card.h"

static struct {
	const struct libseat_seat_listener *listener;
	void *data;
	bool is_told, is_ours;
	int fd;
} seat;

void fake_seat_init(void)
{
	seat.is_told = seat.is_ours = false;
}

bool fake_seat_is_ours(void)
{
	return seat.is_ours;
}

struct libseat *libseat_open_seat(const struct libseat_seat_listener *listener, void *data)
{
	seat.listener = listener;
	seat.data = data;
	seat.fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	return (struct libseat *)&seat;
}

int libseat_close_seat(struct libseat *libseat)
{
	return close(seat.fd);
}

int libseat_get_fd(struct libseat *libseat)
{
	return seat.fd;
}

int libseat_dispatch(struct libseat *libseat, int timeout)
{
	uint64_t n;

	if (read(seat.fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	if (!seat.is_told) {
		seat.is_told = seat.is_ours = true;
		seat.listener->enable_seat(libseat, seat.data);
	} else if (seat.is_ours) {
		seat.listener->disable_seat(libseat, seat.data);
		assert(!seat.is_ours);
	} else {
		seat.is_ours = true;
		seat.listener->enable_seat(libseat, seat.data);
	}
	return 1;
}

int libseat_disable_seat(struct libseat *libseat)
{
	seat.is_ours = false;
	return 0;
}

static void seat_change(void)
{
	uint64_t one = 1;

	assert(write(seat.fd, &one, sizeof(one)) == sizeof(one));
}

void fake_seat_take(void)
{
	assert(seat.is_ours);
	seat_change();
}

void fake_seat_give(void)
{
	assert(!seat.is_ours);
	seat_change();
}

int libseat_open_device(struct libseat *libseat, const char *path, int *fd)
{
	*fd = fake_card_open();
	return 1;
}

int libseat_close_device(struct libseat *libseat, int id)
{
	return 0;
}

void libseat_set_log_handler(libseat_log_func handler)
{
}

void libseat_set_log_level(enum libseat_log_level level)
{
}

/* SPDX-License-Identifier: MIT */
/* The pointer and the shortcuts for one window. */
#include "backends/wayland/lock.h"

#include <stddef.h>
#include <wayland-client.h>

#include "backends/input.h"
#include "backends/wayland/presenter.h"
#include "backends/wayland/seat.h"

#include "keyboard-shortcuts-inhibit-unstable-v1-client-protocol.h"
#include "pointer-constraints-unstable-v1-client-protocol.h"
#include "relative-pointer-unstable-v1-client-protocol.h"

#define FIXED_ONE 256 /* of wl_fixed_t */

void lock_init(struct lock *lock, struct seat *seat)
{
	*lock = (struct lock){ .seat = seat };
}

static void lock_release(struct lock *lock)
{
	if (lock->is_active)
		input_lift(&lock->seat->port, input_device(INPUT_MOUSE, 0));
	lock->is_active = false;
	lock->is_stale = true;
	lock->window = NULL;
	presenter_arm_commit(lock->seat->presenter);
}

/* Whose shortcuts are the guest's, if the compositor lets them; NULL: nobody's. */
static struct window *lock_find_inhibited(const struct lock *lock)
{
	struct window *window = lock->seat->keyboard.focus;
	bool is_guests = window &&
			 (lock->window == window || (window->fullscreen.is_active && !lock->frees));

	return is_guests && lock->seat->presenter->connection.globals.inhibit_manager ? window
										      : NULL;
}

void lock_toggle(struct lock *lock, struct window *window)
{
	bool held = lock->window || lock_find_inhibited(lock);

	if (held)
		lock_release(lock);
	else
		lock->window = window;
	lock->frees = held;
	presenter_arm_commit(lock->seat->presenter);
}

static void lock_inhibit(struct lock *lock, struct window *window)
{
	if (lock->inhibits == window)
		return;
	if (lock->inhibitor)
		zwp_keyboard_shortcuts_inhibitor_v1_destroy(lock->inhibitor);
	lock->inhibitor = NULL;
	lock->inhibits = window;
	if (window)
		lock->inhibitor = zwp_keyboard_shortcuts_inhibit_manager_v1_inhibit_shortcuts(
			lock->seat->presenter->connection.globals.inhibit_manager,
			window->root.surface, lock->seat->wl_seat);
}

void lock_leave(struct lock *lock, const struct window *window)
{
	if (lock->window == window)
		lock_release(lock);
}

void lock_drop_window(struct lock *lock, const struct window *window)
{
	lock_leave(lock, window);
	if (lock->titled == window)
		lock->titled = NULL;
	if (lock->inhibits == window)
		lock_inhibit(lock, NULL);
}

static void lock_handle_locked(void *data, struct zwp_locked_pointer_v1 *locked)
{
	struct lock *lock = data;

	if (lock->is_stale || lock->is_active)
		return;
	pointer_handle_locked(&lock->seat->pointer);
	lock->is_active = true;
	lock->rest[0] = lock->rest[1] = 0;
}

/* For good: the user may ask again. */
static void lock_handle_unlocked(void *data, struct zwp_locked_pointer_v1 *locked)
{
	struct lock *lock = data;

	if (!lock->is_stale)
		lock_release(lock);
}

static const struct zwp_locked_pointer_v1_listener locked_listener = {
	.locked = lock_handle_locked,
	.unlocked = lock_handle_unlocked,
};

static void lock_move(struct lock *lock, uint32_t code, int32_t *rest, wl_fixed_t by)
{
	int64_t sum = (int64_t)*rest + by;

	*rest = sum % FIXED_ONE;
	input_move(&lock->seat->port, input_device(INPUT_MOUSE, 0), code, sum / FIXED_ONE);
}

/* Unaccelerated: the guest has its own idea of that. */
static void lock_handle_motion(void *data, struct zwp_relative_pointer_v1 *relative,
	uint32_t time_hi, uint32_t time_lo, wl_fixed_t dx, wl_fixed_t dy, wl_fixed_t dx_unaccel,
	wl_fixed_t dy_unaccel)
{
	struct lock *lock = data;

	if (!lock->is_active)
		return;
	lock_move(lock, REL_X, &lock->rest[0], dx_unaccel);
	lock_move(lock, REL_Y, &lock->rest[1], dy_unaccel);
}

static const struct zwp_relative_pointer_v1_listener relative_listener = {
	.relative_motion = lock_handle_motion,
};

static void lock_destroy_objects(struct lock *lock)
{
	if (lock->relative)
		zwp_relative_pointer_v1_destroy(lock->relative);
	if (lock->locked)
		zwp_locked_pointer_v1_destroy(lock->locked);
	lock->relative = NULL;
	lock->locked = NULL;
}

static void lock_create_objects(struct lock *lock)
{
	struct globals *globals = &lock->seat->presenter->connection.globals;
	struct wl_pointer *wl_pointer = lock->seat->pointer.wl_pointer;

	if (!wl_pointer || !globals->constraints || !globals->relative_manager)
		return;
	lock->relative = zwp_relative_pointer_manager_v1_get_relative_pointer(
		globals->relative_manager, wl_pointer);
	if (lock->relative)
		zwp_relative_pointer_v1_add_listener(lock->relative, &relative_listener, lock);
	lock->locked = zwp_pointer_constraints_v1_lock_pointer(globals->constraints,
		lock->window->root.surface, wl_pointer, NULL,
		ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_ONESHOT);
	if (lock->locked)
		zwp_locked_pointer_v1_add_listener(lock->locked, &locked_listener, lock);
}

static void lock_set_title(struct lock *lock, struct window *window)
{
	if (lock->titled == window)
		return;
	if (lock->titled)
		window_set_title(lock->titled, "");
	if (window)
		window_set_title(window, " - Ctrl+Alt+G frees pointer and shortcuts");
	lock->titled = window;
}

void lock_drop(struct lock *lock)
{
	lock_release(lock);
	lock_destroy_objects(lock);
	lock_set_title(lock, NULL);
}

void lock_finish(struct lock *lock)
{
	lock_drop(lock);
	lock_inhibit(lock, NULL);
}

void lock_work(struct lock *lock)
{
	if (lock->is_stale)
		lock_destroy_objects(lock);
	lock->is_stale = false;
	if (lock->window && !lock->locked)
		lock_create_objects(lock);
	lock_set_title(lock, lock->window);
	lock_inhibit(lock, lock_find_inhibited(lock));
}

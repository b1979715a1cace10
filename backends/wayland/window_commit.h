/* SPDX-License-Identifier: MIT */
#ifndef WAYLAND_WINDOW_COMMIT_H
#define WAYLAND_WINDOW_COMMIT_H

/* An open window brought to what it should show: one commit of its root. */

#include <stdbool.h>

struct window;

bool window_wants_commit(const struct window *window);
void window_commit(struct window *window);
/* Its size in px, if that is another than the owner knows. */
void window_tell_size(struct window *window);

#endif

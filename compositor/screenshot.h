/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_SCREENSHOT_H
#define COMPOSITOR_SCREENSHOT_H

/* What outputs show, as DIRECTORY/NAME.png: a file is complete when it is there. */

struct server;

/* Of all outputs; what goes wrong is said. */
void screenshots_write(const struct server *server, const char *directory);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_BACKEND_H
#define COMPOSITOR_BACKEND_H

/* Where screens come from: a card, or memory. */

struct backend {
	/*
	 * Screens as the server's configuration has them now. 0 or negative errno, said:
	 * then they are as they were.
	 */
	int (*renew)(struct backend *backend);
};

#endif

/* SPDX-License-Identifier: MIT */
#ifndef RENDER_SANDBOX_H
#define RENDER_SANDBOX_H

/* What this process gives up, stage by stage (main.c says when). */

/* Only the variables that GL may need are left. */
void sandbox_clear_environment(void);
/* Only standard input, output, error and these are left. 0 or negative errno. */
int sandbox_close_descriptors(int first_fd, int last_fd);
/*
 * No other user's rights, no new ones, and of the system calls only those that
 * Mesa and we need. For all threads; there is no way back. 0 or negative errno.
 */
int sandbox_lock(void);

#endif

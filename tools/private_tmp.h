/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_PRIVATE_TMP_H
#define TOOLS_PRIVATE_TMP_H

/*
 * A view of /tmp of this process's own: all that is there now, and a socket under a name
 * of its own. Nobody else sees any of it.
 */

/*
 * 0 or negative errno, with what failed (a constant) in `*what`. -EPERM with "namespace":
 * the kernel does not let this user have one.
 */
int private_tmp_enter(const char *socket, const char *name, const char **what);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VHOST_USER_KEEP_H
#define BACKENDS_VHOST_USER_KEEP_H

/* What a connection has kept for a successor; within backends/vhost-user only. */

#include "backends/vhost-user/connection.h"

/* As the device's `keep`; what cannot be kept now is due, and follows with vhost_user_keep_due. */
void vhost_user_keep(
	struct vhost_user_connection *connection, enum vhost_user_keep kind, uint32_t index);
/* Nothing is due any more: the request that waited for it is answered. */
void vhost_user_connection_go_on(struct vhost_user_connection *connection);

#endif

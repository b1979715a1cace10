/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_VHOST_USER_RING_H
#define BACKENDS_VHOST_USER_RING_H

/* One ring of a vhost-user connection: from its descriptors and addresses to a running virtqueue. */

#include <stdbool.h>
#include <stdint.h>

struct vhost_user_connection;
struct vhost_user_message;

void vhost_user_ring_init(struct vhost_user_connection *connection, uint32_t index);
void vhost_user_ring_finish(struct vhost_user_connection *connection, uint32_t index);

/* Run it if all that it needs is there. */
void vhost_user_ring_try_start(struct vhost_user_connection *connection, uint32_t index);
/*
 * The ring of a process that died, as its state says; it runs if it did. The device hears
 * of it later (vhost_user_connection_run). Descriptors may be -1.
 */
void vhost_user_ring_adopt(struct vhost_user_connection *connection, uint32_t index,
	int take_kick_fd, int take_call_fd, int take_err_fd);
void vhost_user_ring_stop(struct vhost_user_connection *connection, uint32_t index);

/* Requests about vrings; the index is checked. NULL, or why the VMM is dropped. */
const char *vhost_user_ring_handle(struct vhost_user_connection *connection,
	const struct vhost_user_message *message);

#endif

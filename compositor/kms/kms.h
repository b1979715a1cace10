/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_KMS_H
#define COMPOSITOR_KMS_KMS_H

/*
 * Outputs on the screens of a card, by atomic modesetting alone: tested, then committed
 * whole; afterwards a flip for each output by itself, one under way.
 */

struct kms;
struct session;
struct server;

/*
 * NULL with errno, said. The configuration's card, or the first with a screen, else the first
 * that can have one; its outputs as there is a section for them.
 */
struct kms *kms_create(struct server *server);
/* The seat that has the card; the kms owns it. */
struct session *kms_session(struct kms *kms);
/* After the clients. The screens go dark. */
void kms_destroy(struct kms *kms);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_KMS_H
#define COMPOSITOR_KMS_KMS_H

/*
 * Outputs on the screens of a card, by atomic modesetting alone: tested, then committed
 * whole; afterwards a flip for each output by itself, one under way.
 */

#include <stdint.h>

#include "compositor/output_spec.h"

struct kms;
struct session;
struct server;

/*
 * NULL with errno, said. `path` NULL: the first card with a screen. Specs give outputs
 * their mode and scale by name, and are borrowed for the call. The screens are black then.
 */
struct kms *kms_create(
	struct server *server, const char *path, const struct output_spec *specs, uint32_t n_specs);
/* The seat that has the card; the kms owns it. */
struct session *kms_session(struct kms *kms);
/* After the clients. The screens go dark. */
void kms_destroy(struct kms *kms);

#endif

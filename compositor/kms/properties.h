/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_KMS_PROPERTIES_H
#define COMPOSITOR_KMS_PROPERTIES_H

/* Properties of the kernel's objects (drm-kms.rst, "KMS Properties"), by their names. */

#include <stdint.h>

/* Ids, 0 where there is no such property, and values. -ENOTSUP: of the first some are not there. */
int kms_find_properties(int fd, uint32_t object, uint32_t type, const char *const *names,
	uint32_t n, uint32_t n_required, uint32_t *ids, uint64_t *values);

#endif

/* SPDX-License-Identifier: MIT */
/* Properties of the kernel's objects. */
#include "compositor/kms/properties.h"

#include <errno.h>
#include <string.h>
#include <xf86drmMode.h>

int kms_find_properties(int fd, uint32_t object, uint32_t type, const char *const *names,
	uint32_t n, uint32_t n_required, uint32_t *ids, uint64_t *values)
{
	drmModeObjectProperties *found = drmModeObjectGetProperties(fd, object, type);

	if (!found)
		return -errno;
	memset(ids, 0, n * sizeof(*ids));
	memset(values, 0, n * sizeof(*values));
	for (uint32_t i = 0; i < found->count_props; i++) {
		drmModePropertyRes *property = drmModeGetProperty(fd, found->props[i]);
		for (uint32_t j = 0; property && j < n; j++) {
			if (strcmp(property->name, names[j]) != 0)
				continue;
			ids[j] = property->prop_id;
			values[j] = found->prop_values[i];
		}
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(found);
	for (uint32_t i = 0; i < n_required; i++) {
		if (!ids[i])
			return -ENOTSUP;
	}
	return 0;
}

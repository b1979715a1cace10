/* SPDX-License-Identifier: MIT */
/* libFuzzer: the text of DRM's fdinfo. */
#include <assert.h>

#include "protocol/drm_usage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct drm_usage usage;

	drm_usage_parse(&usage, (const char *)data, len);
	assert(usage.has_time || !usage.engine_ns);
	assert(usage.has_memory || !usage.memory_bytes);
	return 0;
}

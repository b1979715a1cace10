/* SPDX-License-Identifier: MIT */
/*
 * A guest's memory as the kernel accounts it to its renderers' files. Its resources are
 * charged where they are made, and refused there (mullion-guest, mullion-render). What they
 * come to on the GPU a driver makes more of: it rounds up, keeps copies, puts freed buffers
 * by. So a guest has twice its limit before its renderer is taken for one that does not
 * keep to it. A limit that is lowered takes nothing away: the one before counts until what
 * the guest has is under the new one.
 */
#include <inttypes.h>
#include <sys/param.h>

#include "base/log.h"
#include "daemon/guest.h"

bool guest_memory_is_over(struct guest *guest, uint64_t gpu_bytes, const char *who)
{
	uint64_t limit = guest->config->memory_bytes;

	if (gpu_bytes / 2 <= limit)
		guest->memory_was_bytes = 0;
	limit = MAX(limit, guest->memory_was_bytes);
	if (gpu_bytes / 2 <= limit)
		return false;
	log_limited(&guest->kills, LOG_LEVEL_WARN,
		"guest %s: %s is ended: by the kernel's account its renderers hold %" PRIu64
		" MiB of GPU memory, more than twice the %" PRIu64 " MiB that it may have (memory)",
		guest->config->name, who, gpu_bytes >> 20, limit >> 20);
	return true;
}

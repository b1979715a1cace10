/* SPDX-License-Identifier: MIT */
/* Libraries that stay. */
#include "tests/pinned.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>

static int pin(struct dl_phdr_info *info, size_t size, void *data)
{
	if (info->dlpi_name && *info->dlpi_name)
		dlopen(info->dlpi_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
	return 0;
}

void pin_libraries(void)
{
	dl_iterate_phdr(pin, NULL);
}

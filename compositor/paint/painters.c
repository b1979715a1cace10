/* SPDX-License-Identifier: MIT */
/* Who paints. */
#include "compositor/paint/painters.h"

#include <errno.h>

#include "compositor/paint/painter.h"
#include "compositor/paint/pixman_painter.h"

int painters_init(struct painters *painters)
{
	*painters = (struct painters){ .pixman = pixman_painter_create() };
	painters->current = painters->pixman;
	return painters->pixman ? 0 : -ENOMEM;
}

void painters_finish(struct painters *painters)
{
	painter_destroy(painters->pixman);
	*painters = (struct painters){ 0 };
}

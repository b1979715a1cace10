/* SPDX-License-Identifier: MIT */
/* All protocols. */
#include "compositor/offers.h"

#include <errno.h>

#include "compositor/seat/constraint.h"
#include "compositor/seat/data_device.h"
#include "compositor/seat/idle.h"
#include "compositor/seat/primary_selection.h"
#include "compositor/seat/relative_pointer.h"
#include "compositor/seat/shortcuts_inhibit.h"
#include "compositor/server.h"
#include "compositor/shell/decoration.h"
#include "compositor/shell/xdg_output.h"
#include "compositor/shell/xdg_shell.h"
#include "compositor/surface/buffer.h"
#include "compositor/surface/core.h"
#include "compositor/surface/explicit_sync.h"
#include "compositor/surface/fractional_scale.h"
#include "compositor/surface/presentation.h"
#include "compositor/surface/single_pixel.h"
#include "compositor/surface/subsurface.h"
#include "compositor/surface/viewporter.h"

int server_offer(struct server *server)
{
	struct wl_display *display = server->display;
	int ret = wl_display_init_shm(display) < 0 ? -ENOMEM : buffer_offer_formats(display);
	static int (*const offers[])(struct wl_display * display) = {
		subsurface_offer,
		xdg_output_offer,
		decoration_offer,
		data_device_offer,
		primary_selection_offer,
		idle_offer,
		constraint_offer,
		relative_pointer_offer,
		shortcuts_inhibit_offer,
		presentation_offer,
		viewporter_offer,
		single_pixel_offer,
		fractional_scale_offer,
		explicit_sync_offer,
	};

	if (ret == 0)
		ret = core_offer(server);
	if (ret == 0)
		ret = xdg_shell_offer(server);
	for (size_t i = 0; ret == 0 && i < sizeof(offers) / sizeof(offers[0]); i++)
		ret = offers[i](display);
	return ret;
}

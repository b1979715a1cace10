/* SPDX-License-Identifier: MIT */
/* All protocols. */
#include "compositor/offers.h"

#include <errno.h>

#include "compositor/global.h"
#include "compositor/resource.h"
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

static void global_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	const struct global *global = data;
	struct wl_resource *resource = resource_create(
		client, global->interface, version, id, global->requests, NULL, NULL);

	if (resource && global->bound)
		global->bound(resource);
}

int server_offer(struct server *server)
{
	struct wl_display *display = server->display;
	int ret = wl_display_init_shm(display) < 0 ? -ENOMEM : buffer_offer_formats(display);
	static const struct global *const globals[] = {
		&subsurface_global,
		&xdg_output_global,
		&decoration_global,
		&data_device_global,
		&primary_selection_global,
		&idle_global,
		&constraint_global,
		&relative_pointer_global,
		&shortcuts_inhibit_global,
		&presentation_global,
		&viewporter_global,
		&single_pixel_global,
		&fractional_scale_global,
		&explicit_sync_global,
	};

	if (ret == 0)
		ret = core_offer(server);
	if (ret == 0)
		ret = xdg_shell_offer(server);
	for (size_t i = 0; ret == 0 && i < sizeof(globals) / sizeof(globals[0]); i++) {
		const struct global *global = globals[i];
		if (!wl_global_create(display, global->interface, global->version, (void *)global,
			    global_bind))
			ret = -ENOMEM;
	}
	return ret;
}

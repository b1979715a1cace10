/* SPDX-License-Identifier: MIT */
/* Keymaps, by xkbcommon. */
#include "compositor/seat/keymap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xkbcommon/xkbcommon.h>

#include "base/io.h"
#include "base/log.h"
#include "compositor/config.h"

#define KEYMAP_OFFSET 8 /* from evdev's codes to XKB's */

/* Those that are NULL are xkbcommon's own. */
static const char *name_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static struct xkb_keymap *keymap_compile(
	struct keymap *keymap, const struct config_keyboard *config)
{
	const struct xkb_rule_names rules = {
		.model = name_or_null(config->model),
		.layout = name_or_null(config->layout),
		.variant = name_or_null(config->variant),
		.options = name_or_null(config->options),
	};
	struct xkb_keymap *compiled =
		xkb_keymap_new_from_names(keymap->context, &rules, XKB_KEYMAP_COMPILE_NO_FLAGS);

	if (compiled)
		return compiled;
	log_warn("there is no keyboard of layout \"%s\", variant \"%s\", options \"%s\", model "
		 "\"%s\": the default is used",
		config->layout, config->variant, config->options, config->model);
	return xkb_keymap_new_from_names(keymap->context, NULL, XKB_KEYMAP_COMPILE_NO_FLAGS);
}

static int keymap_write(int fd, const char *text, size_t size_bytes)
{
	for (size_t done = 0; done < size_bytes;) {
		ssize_t n = pwrite(fd, text + done, size_bytes - done, done);
		if (n < 0)
			return -errno;
		done += n;
	}
	return 0;
}

int keymap_copy(const struct keymap *keymap)
{
	char *text = xkb_keymap_get_as_string(keymap->keymap, XKB_KEYMAP_FORMAT_TEXT_V1);

	if (!text)
		return -ENOMEM;
	size_t size_bytes = strlen(text) + 1;
	int fd = memfd_create_sealed("keymap", size_bytes);
	int ret = fd < 0 ? fd : keymap_write(fd, text, size_bytes);
	free(text);
	if (ret == 0)
		return fd;
	fd_close(&fd);
	return ret;
}

static int keymap_share(struct keymap *keymap)
{
	struct stat status;

	keymap->fd = keymap_copy(keymap);
	if (keymap->fd < 0)
		return keymap->fd;
	if (fcntl(keymap->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) < 0 ||
		fstat(keymap->fd, &status) < 0)
		return -errno;
	keymap->size_bytes = status.st_size;
	return 0;
}

int keymap_init(struct keymap *keymap, const struct config_keyboard *config)
{
	*keymap = (struct keymap){ .fd = -1 };
	keymap->context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
	if (!keymap->context)
		return -ENOENT;
	xkb_context_set_log_level(keymap->context, XKB_LOG_LEVEL_CRITICAL);
	keymap->keymap = keymap_compile(keymap, config);
	if (!keymap->keymap)
		return -ENOENT;
	keymap->state = xkb_state_new(keymap->keymap);
	keymap->held = xkb_state_new(keymap->keymap);
	return keymap->state && keymap->held ? keymap_share(keymap) : -ENOMEM;
}

void keymap_finish(struct keymap *keymap)
{
	fd_close(&keymap->fd);
	xkb_state_unref(keymap->held);
	xkb_state_unref(keymap->state);
	xkb_keymap_unref(keymap->keymap);
	xkb_context_unref(keymap->context);
	*keymap = (struct keymap){ .fd = -1 };
}

/* -- keys -- */

static uint32_t keymap_lit(const struct keymap *keymap)
{
	static const struct {
		const char *name;
		uint32_t led;
	} known[] = {
		{ XKB_LED_NAME_NUM, LED_NUML },
		{ XKB_LED_NAME_CAPS, LED_CAPSL },
		{ XKB_LED_NAME_SCROLL, LED_SCROLLL },
	};
	uint32_t lit = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (xkb_state_led_name_is_active(keymap->state, known[i].name) > 0)
			lit |= 1u << known[i].led;
	}
	return lit;
}

bool keymap_update(struct keymap *keymap, uint32_t key, bool is_down)
{
	struct keymap_modifiers old = keymap->modifiers, *now = &keymap->modifiers;

	xkb_state_update_key(
		keymap->state, key + KEYMAP_OFFSET, is_down ? XKB_KEY_DOWN : XKB_KEY_UP);
	now->depressed = xkb_state_serialize_mods(keymap->state, XKB_STATE_MODS_DEPRESSED);
	now->latched = xkb_state_serialize_mods(keymap->state, XKB_STATE_MODS_LATCHED);
	now->locked = xkb_state_serialize_mods(keymap->state, XKB_STATE_MODS_LOCKED);
	now->group = xkb_state_serialize_layout(keymap->state, XKB_STATE_LAYOUT_EFFECTIVE);
	keymap->leds = keymap_lit(keymap);
	return memcmp(&old, now, sizeof(old)) != 0;
}

uint32_t keymap_terminal(struct keymap *keymap, uint32_t key, bool is_down)
{
	xkb_keysym_t symbol = xkb_state_key_get_one_sym(keymap->held, key + KEYMAP_OFFSET);

	xkb_state_update_key(
		keymap->held, key + KEYMAP_OFFSET, is_down ? XKB_KEY_DOWN : XKB_KEY_UP);
	if (!is_down || symbol < XKB_KEY_XF86Switch_VT_1 || symbol > XKB_KEY_XF86Switch_VT_12)
		return 0;
	return symbol - XKB_KEY_XF86Switch_VT_1 + 1;
}

/* SPDX-License-Identifier: MIT */
/* What keys do at mullion-compositor, and what its clients are told of them and of keymaps. */
#include "tests/two_clients.h"

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/log.h"
#include "compositor/layout.h"
#include "compositor/shell/toplevel.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

static struct keyboard *keyboard;
static uint32_t leds;

static void handle_leds(void *data, uint32_t lit)
{
	leds = lit;
}

static int setup(void **state)
{
	two_clients_begin();
	keyboard = &world.seat->keyboard;
	keyboard->leds_changed = handle_leds;
	leds = 0;
	assert_int_equal(keyboard_start(keyboard), 0);
	seat_add_device(world.seat, SEAT_KEYBOARD);
	two_clients_connect();
	two_clients_show();
	two_clients_forget();
	return 0;
}

static void test_keyboard(void **state)
{
	keyboard_handle_key(keyboard, 0, KEY_LEFTSHIFT, true);
	keyboard_handle_key(keyboard, 0, KEY_A, true);
	keyboard_handle_key(keyboard, 0, KEY_A, true);
	keyboard_handle_key(keyboard, 0, KEY_Z, false);
	world_expect(&other, "key 42 1\nmodifiers 1 0 0 0\nkey 30 1\n");
	world_expect(&client, "");
	/* What is down goes with it. */
	seat_activate(world.seat, layout_top(output_find(&world.server, "S-1"))->surface);
	world_expect(&client, "focus A 42 30\nmodifiers 1 0 0 0\n");
	keyboard_handle_key(keyboard, 0, KEY_LEFTSHIFT, false);
	world_expect(&client, "key 42 0\nmodifiers 0 0 0 0\n");
	world_expect(&other, "unfocus B\n");
	keyboard_handle_key(keyboard, 0, KEY_CAPSLOCK, true);
	keyboard_handle_key(keyboard, 0, KEY_CAPSLOCK, false);
	assert_int_equal(keyboard->keymap.leds, 1 << LED_CAPSL);
	/* More than anybody has fingers. */
	for (uint32_t key = 1; key < 2 * KEYBOARD_KEYS_MAX; key++)
		keyboard_handle_key(keyboard, 0, key, true);
	assert_int_equal(keyboard->n_keys, KEYBOARD_KEYS_MAX);
}

/* -- keymaps -- */

/* Nobody can write to what all have; who may, has it alone. */
static void test_keymap(void **state)
{
	struct world_client old;

	world_client_init(&old, &world, 6);
	size_t size_bytes = client.keymap_bytes;
	assert_ptr_equal(
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, client.keymap_fd, 0),
		MAP_FAILED);
	char *shared = mmap(NULL, size_bytes, PROT_READ, MAP_PRIVATE, client.keymap_fd, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	assert_int_equal(strncmp(shared, "xkb_keymap {", 12), 0);
	assert_int_equal(shared[size_bytes - 1], '\0');
	char *own = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, old.keymap_fd, 0);
	assert_ptr_not_equal(own, MAP_FAILED);
	assert_string_equal(own, shared);
	memset(own, 'x', size_bytes);
	assert_int_equal(strncmp(shared, "xkb_keymap {", 12), 0);
	munmap(own, size_bytes);
	munmap(shared, size_bytes);
	world_client_finish(&old);
}

/* The configuration is another one: so is the keymap, and how keys repeat. */
static void test_other_layout(void **state)
{
	struct config before = *world.config;
	uint32_t bytes = client.keymap_bytes;

	keyboard_handle_key(keyboard, 0, KEY_CAPSLOCK, true);
	keyboard_handle_key(keyboard, 0, KEY_CAPSLOCK, false);
	assert_int_equal(leds, 1 << LED_CAPSL);
	strcpy(world.config->keyboard.layout, "de,ru");
	world.config->keyboard.repeat_rate = 7;
	seat_renew(world.seat, &before);
	world_sync(&client);
	assert_non_null(strstr(client.said, "repeat 7 600\n"));
	assert_int_not_equal(client.keymap_bytes, bytes);
	/* Nothing is locked in it yet. */
	assert_int_equal(leds, 0);
	/* What is the same is not told again. */
	client.said[0] = '\0';
	before = *world.config;
	seat_renew(world.seat, &before);
	world_expect(&client, "");
}

/* A layout that is configured; one that is none gives way to the default. */
static void test_layouts(void **state)
{
	struct config_keyboard *config = &world.config->keyboard;

	snprintf(config->layout, sizeof(config->layout), "de");
	snprintf(config->options, sizeof(config->options), "ctrl:nocaps");
	keymap_finish(&keyboard->keymap);
	keyboard->has_keymap = false;
	assert_int_equal(keyboard_start(keyboard), 0);
	char *text = mmap(
		NULL, keyboard->keymap.size_bytes, PROT_READ, MAP_PRIVATE, keyboard->keymap.fd, 0);
	assert_ptr_not_equal(text, MAP_FAILED);
	assert_non_null(strstr(text, "udiaeresis"));
	munmap(text, keyboard->keymap.size_bytes);
	/* Caps Lock is a Control key then. */
	keyboard_handle_key(keyboard, 0, KEY_CAPSLOCK, true);
	assert_int_equal(keyboard->keymap.modifiers.depressed, 1 << 2);
	assert_int_equal(keyboard->keymap.leds, 0);
	keymap_finish(&keyboard->keymap);
	keyboard->has_keymap = false;
	snprintf(config->layout, sizeof(config->layout), "no-such-layout");
	assert_int_equal(keyboard_start(keyboard), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keyboard, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_keymap, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_other_layout, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_layouts, setup, two_clients_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* What is selected in one window and put into another with the middle button. */
#include "tests/compositor_world.h"

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

#include "primary-selection-unstable-v1-client-protocol.h"

static struct world world;
static struct world_client client, other;
static struct world_window a, b;
static struct zwp_primary_selection_device_v1 *device, *other_device;
static struct zwp_primary_selection_offer_v1 *offer; /* the last one that was told of */

static void handle_type(void *data, struct zwp_primary_selection_offer_v1 *of, const char *type)
{
	world_say(data, "type %s\n", type);
}

static const struct zwp_primary_selection_offer_v1_listener offer_listener = {
	.offer = handle_type,
};

static void handle_offer(void *data, struct zwp_primary_selection_device_v1 *of,
	struct zwp_primary_selection_offer_v1 *new)
{
	if (offer)
		zwp_primary_selection_offer_v1_destroy(offer);
	offer = new;
	zwp_primary_selection_offer_v1_add_listener(new, &offer_listener, data);
}

static void handle_selection(void *data, struct zwp_primary_selection_device_v1 *wl_device,
	struct zwp_primary_selection_offer_v1 *of)
{
	world_say(data, "selection%s\n", of ? "" : " none");
}

static const struct zwp_primary_selection_device_v1_listener device_listener = {
	.data_offer = handle_offer,
	.selection = handle_selection,
};

static void handle_send(
	void *data, struct zwp_primary_selection_source_v1 *source, const char *type, int32_t fd)
{
	world_say(data, "send %s\n", type);
	assert_int_equal(write(fd, "words", 5), 5);
	close(fd);
}

static void handle_cancelled(void *data, struct zwp_primary_selection_source_v1 *source)
{
	world_say(data, "cancelled\n");
	zwp_primary_selection_source_v1_destroy(source);
}

static const struct zwp_primary_selection_source_v1_listener source_listener = {
	.send = handle_send,
	.cancelled = handle_cancelled,
};

static struct zwp_primary_selection_device_v1 *add_device(struct world_client *of)
{
	struct zwp_primary_selection_device_v1 *added =
		zwp_primary_selection_device_manager_v1_get_device(
			of->primary_selections, of->seat);

	zwp_primary_selection_device_v1_add_listener(added, &device_listener, of);
	return added;
}

static struct zwp_primary_selection_source_v1 *add_source(struct world_client *of, const char *type)
{
	struct zwp_primary_selection_source_v1 *source =
		zwp_primary_selection_device_manager_v1_create_source(of->primary_selections);

	zwp_primary_selection_source_v1_add_listener(source, &source_listener, of);
	zwp_primary_selection_source_v1_offer(source, type);
	return source;
}

static void forget(void)
{
	world_sync(&client);
	world_sync(&other);
	client.said[0] = other.said[0] = '\0';
}

/* The second client's window is the newest, and has the keyboard. */
static int setup(void **state)
{
	offer = NULL;
	world_init(&world);
	world_add_whole(&world, "S-1", 100, 50);
	world_add_whole(&world, "S-2", 100, 50);
	assert_int_equal(keyboard_start(&world.seat->keyboard), 0);
	seat_add_device(world.seat, SEAT_KEYBOARD);
	seat_add_device(world.seat, SEAT_POINTER);
	world_client_init(&client, &world, 0);
	world_client_init(&other, &world, 0);
	device = add_device(&client);
	other_device = add_device(&other);
	world_window_init(&a, &client, "A", "S-1");
	world_window_init(&b, &other, "B", "S-2");
	keyboard_handle_key(&world.seat->keyboard, 0, KEY_A, true);
	keyboard_handle_key(&world.seat->keyboard, 0, KEY_A, false);
	forget();
	return 0;
}

static int teardown(void **state)
{
	if (offer)
		zwp_primary_selection_offer_v1_destroy(offer);
	zwp_primary_selection_device_v1_destroy(device);
	zwp_primary_selection_device_v1_destroy(other_device);
	world_client_finish(&client);
	world_client_finish(&other);
	world_finish(&world);
	return 0;
}

/* What comes of asking for it, to the end. */
static void expect_words(const char *expected)
{
	char words[16] = "";
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	zwp_primary_selection_offer_v1_receive(offer, "text/plain", fds[1]);
	close(fds[1]);
	world_sync(&client);
	world_sync(&other);
	assert_int_equal(read(fds[0], words, sizeof(words)), strlen(expected));
	assert_string_equal(words, expected);
	if (*expected)
		assert_int_equal(read(fds[0], words, sizeof(words)), 0);
	close(fds[0]);
}

static void test_paste(void **state)
{
	struct zwp_primary_selection_source_v1 *source = add_source(&other, "text/plain");

	zwp_primary_selection_device_v1_set_selection(other_device, source, other.serial);
	world_expect(&other, "type text/plain\nselection\n");
	world_expect(&client, "");
	pointer_handle_place(&world.seat->pointer, 0, 5, 5);
	pointer_handle_button(&world.seat->pointer, 0, BTN_MIDDLE, true);
	pointer_handle_button(&world.seat->pointer, 0, BTN_MIDDLE, false);
	world_sync(&client);
	assert_non_null(strstr(client.said, "type text/plain\nselection\nfocus A"));
	expect_words("words");
	/* It goes: there is nothing, and who still asks hears of an end. */
	client.said[0] = '\0';
	zwp_primary_selection_source_v1_destroy(source);
	world_sync(&other);
	world_expect(&client, "selection none\n");
	expect_words("");
	/* One that comes later is told what there is: nothing. */
	zwp_primary_selection_device_v1_destroy(device);
	device = add_device(&client);
	world_expect(&client, "selection none\n");
}

/* Who has not the keyboard, or was told nothing of the kind, does not select. */
static void test_not_asked(void **state)
{
	struct zwp_primary_selection_source_v1 *source;

	zwp_primary_selection_device_v1_set_selection(
		device, add_source(&client, "a"), client.serial);
	world_expect(&client, "cancelled\n");
	zwp_primary_selection_device_v1_set_selection(
		other_device, add_source(&other, "b"), other.serial + 1);
	world_expect(&other, "cancelled\n");
	source = add_source(&other, "c");
	zwp_primary_selection_device_v1_set_selection(other_device, source, other.serial);
	world_expect(&other, "type c\nselection\n");
	zwp_primary_selection_device_v1_set_selection(other_device, source, other.serial);
	zwp_primary_selection_device_v1_set_selection(other_device, source, other.serial + 1);
	world_expect(&other, "");
	source = add_source(&other, "d");
	zwp_primary_selection_device_v1_set_selection(other_device, source, other.serial);
	world_expect(&other, "cancelled\ntype d\nselection\n");
	zwp_primary_selection_device_v1_set_selection(other_device, NULL, other.serial);
	world_expect(&other, "cancelled\nselection none\n");
}

static void test_many_types(void **state)
{
	struct zwp_primary_selection_source_v1 *source = add_source(&other, "x");
	unsigned n = 0;

	for (int i = 0; i < 1000; i++)
		zwp_primary_selection_source_v1_offer(source, "x");
	zwp_primary_selection_device_v1_set_selection(other_device, source, other.serial);
	world_sync(&other);
	for (const char *at = other.said; (at = strstr(at, "type x\n")); at++)
		n++;
	assert_int_equal(n, 64);
	zwp_primary_selection_source_v1_destroy(source);
}

static bool is_told_of_none(void *data)
{
	return strcmp(client.said, "selection none\n") == 0;
}

/* A client that ends takes what it selected with it. */
static void test_gone(void **state)
{
	zwp_primary_selection_device_v1_set_selection(
		other_device, add_source(&other, "text/plain"), other.serial);
	forget();
	pointer_handle_place(&world.seat->pointer, 0, 5, 5);
	pointer_handle_button(&world.seat->pointer, 0, BTN_LEFT, true);
	pointer_handle_button(&world.seat->pointer, 0, BTN_LEFT, false);
	forget();
	zwp_primary_selection_device_v1_destroy(other_device);
	world_client_finish(&other);
	world_run_until(&world, is_told_of_none, NULL);
	world_client_init(&other, &world, 0);
	other_device = add_device(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_paste, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_types, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

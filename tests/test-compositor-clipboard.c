/* SPDX-License-Identifier: MIT */
/* What was copied in one window and is pasted in another. */
#include "tests/two_clients.h"

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/abandoned_objects.h"
#include "tests/unit.h"

static struct wl_data_device *device, *other_device;
static struct wl_data_offer *offer; /* the last one that was told of */

static void handle_type(void *data, struct wl_data_offer *wl_offer, const char *type)
{
	world_say(data, "type %s\n", type);
}

static void handle_action(void *data, struct wl_data_offer *wl_offer, uint32_t actions)
{
}

static const struct wl_data_offer_listener offer_listener = {
	.offer = handle_type,
	.source_actions = handle_action,
	.action = handle_action,
};

static void handle_offer(void *data, struct wl_data_device *wl_device, struct wl_data_offer *new)
{
	if (offer)
		wl_data_offer_destroy(offer);
	offer = new;
	wl_data_offer_add_listener(new, &offer_listener, data);
}

static void handle_selection(void *data, struct wl_data_device *wl_device, struct wl_data_offer *of)
{
	world_say(data, "selection%s\n", of ? "" : " none");
}

static const struct wl_data_device_listener device_listener = {
	.data_offer = handle_offer,
	.selection = handle_selection,
};

static void handle_target(void *data, struct wl_data_source *source, const char *type)
{
}

static void handle_send(void *data, struct wl_data_source *source, const char *type, int32_t fd)
{
	world_say(data, "send %s\n", type);
	assert_int_equal(write(fd, "words", 5), 5);
	close(fd);
}

static void handle_cancelled(void *data, struct wl_data_source *source)
{
	world_say(data, "cancelled\n");
}

static const struct wl_data_source_listener source_listener = {
	.target = handle_target,
	.send = handle_send,
	.cancelled = handle_cancelled,
};

static struct wl_data_device *add_device(struct world_client *of)
{
	struct wl_data_device *added =
		wl_data_device_manager_get_data_device(of->data_devices, of->seat);

	wl_data_device_add_listener(added, &device_listener, of);
	return added;
}

static struct wl_data_source *add_source(struct world_client *of, const char *type)
{
	struct wl_data_source *source = wl_data_device_manager_create_data_source(of->data_devices);

	wl_data_source_add_listener(source, &source_listener, of);
	if (type)
		wl_data_source_offer(source, type);
	return source;
}

static void press(void)
{
	keyboard_handle_key(&world.seat->keyboard, 0, KEY_A, true);
	keyboard_handle_key(&world.seat->keyboard, 0, KEY_A, false);
	world_sync(&client);
	world_sync(&other);
	client.said[0] = other.said[0] = '\0';
}

/* The second client's window is the newest, and has the keyboard. */
static int setup(void **state)
{
	offer = NULL;
	two_clients_begin();
	assert_int_equal(keyboard_start(&world.seat->keyboard), 0);
	seat_add_device(world.seat, SEAT_KEYBOARD);
	seat_add_device(world.seat, SEAT_POINTER);
	two_clients_connect();
	device = add_device(&client);
	other_device = add_device(&other);
	two_clients_show();
	press();
	return 0;
}

static void give_keyboard_to_client(void)
{
	pointer_handle_place(&world.seat->pointer, 0, 5, 5);
	pointer_handle_button(&world.seat->pointer, 0, BTN_LEFT, true);
	pointer_handle_button(&world.seat->pointer, 0, BTN_LEFT, false);
	world_sync(&client);
	world_sync(&other);
}

static void test_paste(void **state)
{
	struct wl_data_source *source = add_source(&other, "text/plain");
	char words[16] = "";
	int fds[2];

	wl_data_device_set_selection(other_device, source, other.serial);
	world_expect(&other, "type text/plain\nselection\n");
	world_expect(&client, "");
	client.said[0] = '\0';
	give_keyboard_to_client();
	assert_non_null(strstr(client.said, "type text/plain\nselection\nfocus A"));
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	wl_data_offer_receive(offer, "text/plain", fds[1]);
	close(fds[1]);
	world_sync(&client);
	world_sync(&other);
	assert_int_equal(read(fds[0], words, sizeof(words)), 5);
	assert_string_equal(words, "words");
	/* All copies of the other end are closed: nothing is left open. */
	assert_int_equal(read(fds[0], words, sizeof(words)), 0);
	close(fds[0]);
	/* It goes: there is nothing, and who still asks hears of an end. */
	client.said[0] = '\0';
	wl_data_source_destroy(source);
	world_sync(&other);
	world_expect(&client, "selection none\n");
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	wl_data_offer_receive(offer, "text/plain", fds[1]);
	close(fds[1]);
	world_sync(&client);
	assert_int_equal(read(fds[0], words, sizeof(words)), 0);
	close(fds[0]);
	wl_data_offer_destroy(offer);
}

/* Who has not the keyboard, or was told nothing of the kind, does not copy. */
static void test_not_asked(void **state)
{
	wl_data_device_set_selection(device, add_source(&client, "a"), client.serial);
	world_expect(&client, "cancelled\n");
	wl_data_device_set_selection(other_device, add_source(&other, "b"), other.serial + 1);
	world_expect(&other, "cancelled\n");
	wl_data_device_set_selection(other_device, add_source(&other, "c"), other.serial);
	world_expect(&other, "type c\nselection\n");
	wl_data_device_set_selection(other_device, add_source(&other, "d"), other.serial);
	world_expect(&other, "cancelled\ntype d\nselection\n");
	wl_data_device_set_selection(other_device, NULL, other.serial);
	world_expect(&other, "cancelled\nselection none\n");
	wl_data_offer_destroy(offer);
}

/* A drag ends where it begins. */
static void test_drag(void **state)
{
	wl_data_device_start_drag(
		other_device, add_source(&other, "a"), b.surface, NULL, other.serial);
	wl_data_device_start_drag(other_device, NULL, b.surface, NULL, other.serial);
	world_expect(&other, "cancelled\n");
}

static void test_many_types(void **state)
{
	struct wl_data_source *source = add_source(&other, NULL);
	unsigned n = 0;

	for (int i = 0; i < 1000; i++)
		wl_data_source_offer(source, "x");
	wl_data_device_set_selection(other_device, source, other.serial);
	world_sync(&other);
	for (const char *at = other.said; (at = strstr(at, "type x\n")); at++)
		n++;
	assert_int_equal(n, 64);
	wl_data_offer_destroy(offer);
}

/* -- what is against the protocol -- */

static void test_used_twice(void **state)
{
	struct wl_data_source *source = add_source(&other, "a");

	wl_data_device_start_drag(other_device, source, b.surface, NULL, other.serial);
	wl_data_device_set_selection(other_device, source, other.serial);
	world_expect_error(&other, &wl_data_source_interface, WL_DATA_SOURCE_ERROR_INVALID_SOURCE);
}

static void test_bad_actions(void **state)
{
	wl_data_source_set_actions(add_source(&other, "a"), 8);
	world_expect_error(
		&other, &wl_data_source_interface, WL_DATA_SOURCE_ERROR_INVALID_ACTION_MASK);
}

static void test_finish(void **state)
{
	wl_data_device_set_selection(other_device, add_source(&other, "a"), other.serial);
	world_sync(&other);
	wl_data_offer_finish(offer);
	world_expect_error(&other, &wl_data_offer_interface, WL_DATA_OFFER_ERROR_INVALID_FINISH);
}

static void test_offer_actions(void **state)
{
	wl_data_device_set_selection(other_device, add_source(&other, "a"), other.serial);
	world_sync(&other);
	wl_data_offer_set_actions(offer, 1, 1);
	world_expect_error(&other, &wl_data_offer_interface, WL_DATA_OFFER_ERROR_INVALID_OFFER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_paste, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_not_asked, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_drag, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_many_types, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_used_twice, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_bad_actions, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_finish, setup, two_clients_teardown),
		cmocka_unit_test_setup_teardown(test_offer_actions, setup, two_clients_teardown),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

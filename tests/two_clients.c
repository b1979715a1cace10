/* SPDX-License-Identifier: MIT */
/* Two clients with a screen each. */
#include "tests/two_clients.h"

struct world world;
struct world_client client, other;
struct world_window a, b;

void two_clients_begin(void)
{
	world_init(&world);
	world_add_whole(&world, "S-1", 100, 50);
	world_add_whole(&world, "S-2", 100, 50);
}

void two_clients_connect(void)
{
	world_client_init(&client, &world, 0);
	world_client_init(&other, &world, 0);
}

void two_clients_show(void)
{
	world_window_init(&a, &client, "A", "S-1");
	world_window_init(&b, &other, "B", "S-2");
}

void two_clients_forget(void)
{
	world_sync(&client);
	world_sync(&other);
	client.said[0] = other.said[0] = '\0';
}

int two_clients_teardown(void **state)
{
	world_client_finish(&client);
	world_client_finish(&other);
	world_finish(&world);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* The configuration, read again. */
#include "daemon/reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/config_keys.h"
#include "daemon/daemon.h"
#include "daemon/guest.h"
#include "daemon/sockets.h"

/* It was written again: another time, or another file. */
static uint64_t file_state(const char *path)
{
	struct stat stat_now;

	if (stat(path, &stat_now) < 0)
		return 0;
	return (uint64_t)stat_now.st_mtim.tv_sec * NSEC_PER_SEC + stat_now.st_mtim.tv_nsec +
	       stat_now.st_ino;
}

int daemon_load_config(struct daemon *daemon, struct config **config)
{
	struct settings_errors *errors = calloc(1, sizeof(*errors));
	uint64_t file = file_state(daemon->config_path); /* at the latest as it is read */
	int ret = errors ? config_load(daemon->config_path, config, errors) : -ENOMEM;

	for (size_t i = 0; errors && i < errors->n; i++)
		log_error("%s", errors->lines[i]);
	if (errors && errors->more)
		log_error("... and more of them");
	free(errors);
	if (ret == 0)
		daemon->file = file;
	return ret;
}

void daemon_change(struct daemon *daemon, const struct config *wanted)
{
	config_keys_copy_changeable(config_daemon_keys, CONFIG_KEYS_MAX, daemon->config, wanted);
	if (!daemon->verbose)
		log_init("mulliond", daemon->config->log_level);
	mediator_set_in_flight(&daemon->mediator, daemon->config->in_flight);
}

/* -- what stays as it is -- */

static void say_guest_kept(const struct config_guest *now, const struct config_guest *wanted)
{
	char section[LIMIT_NAME + 8], head[16];

	snprintf(section, sizeof(section), "guest %s", now->name);
	settings_say_kept(
		section, "", config_guest_keys, CONFIG_KEYS_MAX, CONFIG_AT_ONCE, now, wanted);
	for (uint32_t i = 0; i < LIMIT_HEADS; i++) {
		snprintf(head, sizeof(head), "head%u", i);
		settings_say_kept(section, head, config_head_keys, CONFIG_HEAD_KEYS, CONFIG_AT_ONCE,
			&now->heads[i], &wanted->heads[i]);
	}
}

/* -- guests -- */

static void guest_end(struct guest *guest)
{
	struct daemon *daemon = guest->daemon;
	struct config_guest *config = guest->config;

	log_info("guest %s: is gone from the configuration", config->name);
	guest_destroy(guest);
	config_guest_remove(daemon->config, config);
}

static void guest_unreserve(struct guest *guest)
{
	struct config_guest wanted = *guest->config;

	wanted.terms.runtime_ns = wanted.terms.period_ns = 0;
	guest_change(guest, &wanted);
}

static void end_gone(struct daemon *daemon, const struct config *wanted)
{
	struct guest *guest, *next;

	list_for_each_safe (guest, next, &daemon->guests, link) {
		if (config_guest_find(wanted, guest->config->name))
			continue;
		if (!guest->running && !guest->clients.n) {
			guest_end(guest);
			continue;
		}
		log_warn("guest %s: is gone from the configuration, and stays while somebody is "
			 "connected: without a reservation, until the configuration is read again",
			guest->config->name);
		guest_unreserve(guest);
	}
}

/* First those that have other reservations have none: then all of the new ones fit. */
static void change_guests(struct daemon *daemon, const struct config *wanted)
{
	const struct config_guest *config;
	struct guest *guest;

	list_for_each (guest, &daemon->guests, link) {
		config = config_guest_find(wanted, guest->config->name);
		if (config && (config->terms.runtime_ns != guest->config->terms.runtime_ns ||
				      config->terms.period_ns != guest->config->terms.period_ns))
			guest_unreserve(guest);
	}
	list_for_each (guest, &daemon->guests, link) {
		config = config_guest_find(wanted, guest->config->name);
		if (!config)
			continue;
		say_guest_kept(guest->config, config);
		int ret = guest_change(guest, config);
		if (ret < 0)
			log_error("guest %s: stays as it is: %s", config->name, strerror(-ret));
	}
}

static void add_guests(struct daemon *daemon, struct config *wanted)
{
	struct config_guest *config, *next;

	list_for_each_safe (config, next, &wanted->guests, link) {
		if (guest_find(daemon, config->name))
			continue;
		config_guest_move(daemon->config, wanted, config);
		struct guest *guest = NULL;
		if (sockets_prepare_guest(daemon->config, config) == 0)
			guest = guest_create(daemon, config);
		if (!guest) {
			config_guest_remove(daemon->config, config);
			continue;
		}
		list_append(&daemon->guests, &guest->link);
		guest_node_changed(guest);
	}
}

void daemon_reload(struct daemon *daemon)
{
	struct config *wanted;

	if (daemon_load_config(daemon, &wanted) < 0) {
		log_error("the configuration is wrong: nothing changes");
		return;
	}
	settings_say_kept("mulliond", "", config_daemon_keys, CONFIG_KEYS_MAX, CONFIG_AT_ONCE,
		daemon->config, wanted);
	daemon_change(daemon, wanted);
	given_devices_close(&daemon->given, wanted);
	daemon_forget(daemon);
	end_gone(daemon, wanted);
	change_guests(daemon, wanted);
	add_guests(daemon, wanted);
	config_take_inputs(daemon->config, wanted);
	given_devices_open(&daemon->given);
	config_destroy(wanted);
	log_info("has read %s again", daemon->config_path);
}

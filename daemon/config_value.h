/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_CONFIG_VALUE_H
#define DAEMON_CONFIG_VALUE_H

/*
 * Values of the configuration file: base/value.h, and what is mulliond's own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/value.h"
#include "daemon/config.h"

/* WIDTHxHEIGHT[@HZ], HZ with up to three decimals; without it 60. */
bool value_mode_fits(uint64_t width_px, uint64_t height_px, uint64_t refresh_mhz);
bool value_parse_mode(const char *text, struct config_head *head);

/* A user's or group's name, as useradd(8) takes them. */
bool value_is_account(const char *text);
/* A key's text to its field in struct config or config_guest, which `to` points to. */
bool value_to_presenter(const char *text, void *to);
bool value_to_renderer(const char *text, void *to);
bool value_to_log_level(const char *text, void *to);
bool value_to_path(const char *text, void *to);
bool value_to_wayland_display(const char *text, void *to);
bool value_to_render_node(const char *text, void *to);
bool value_to_account(const char *text, void *to);
bool value_to_metrics(const char *text, void *to);
bool value_to_heads(const char *text, void *to);
bool value_to_mode(const char *text, void *to); /* of a struct config_head */
bool value_to_output(const char *text, void *to);
bool value_to_type(const char *text, void *to);
bool value_to_clients(const char *text, void *to);
bool value_to_deaths(const char *text, void *to);
bool value_to_hang_limit(const char *text, void *to);
bool value_to_strikes(const char *text, void *to);
bool value_to_stale_after(const char *text, void *to);
bool value_to_inputs(const char *text, void *to);
bool value_to_resize(const char *text, void *to);
bool value_to_switch(const char *text, void *to);
bool value_to_memory(const char *text, void *to);
bool value_to_contexts(const char *text, void *to);
bool value_to_resources(const char *text, void *to);
bool value_to_backing_entries(const char *text, void *to);
bool value_to_fences(const char *text, void *to);
bool value_to_trace(const char *text, void *to);
bool value_to_record(const char *text, void *to);
bool value_to_head(const char *text, void *to);
bool value_to_area(const char *text, void *to);
bool value_to_calibration(const char *text, void *to);
bool value_to_input_kind(const char *text, void *to);

#endif

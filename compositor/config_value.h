/* SPDX-License-Identifier: MIT */
#ifndef COMPOSITOR_CONFIG_VALUE_H
#define COMPOSITOR_CONFIG_VALUE_H

/*
 * Values of the configuration: each takes a key's whole text or refuses it, and writes
 * its field, which `to` points to, only then.
 */

#include <stdbool.h>

bool value_to_background(const char *text, void *to);
bool value_to_backend(const char *text, void *to);
bool value_to_box(const char *text, void *to);
bool value_to_brightness(const char *text, void *to);
bool value_to_calibration(const char *text, void *to);
bool value_to_idle_timeout(const char *text, void *to);
bool value_to_layer(const char *text, void *to);
bool value_to_log_level(const char *text, void *to);
bool value_to_mode(const char *text, void *to);
bool value_to_output_name(const char *text, void *to);
bool value_to_path(const char *text, void *to);
bool value_to_place(const char *text, void *to);
bool value_to_realtime(const char *text, void *to);
bool value_to_region(const char *text, void *to); /* all of it but its name and line */
bool value_to_renderer(const char *text, void *to);
bool value_to_repeat_delay(const char *text, void *to);
bool value_to_repeat_rate(const char *text, void *to);
bool value_to_scale(const char *text, void *to);
bool value_to_socket(const char *text, void *to);
bool value_to_stale_after(const char *text, void *to);
bool value_to_transform(const char *text, void *to);
bool value_to_xkb(const char *text, void *to);
bool value_to_yes(const char *text, void *to);

#endif

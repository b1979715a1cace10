/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_GUEST_PRINT_H
#define TOOLS_GUEST_PRINT_H

/* Guests as org.mullion.Control describes them, for people. */

#include <stdio.h>

#include <json-c/json.h>

/* A line for each guest, then what troubles some of them. */
void guest_print_list(FILE *out, struct json_object *guests);
void guest_print(FILE *out, struct json_object *guest);

#endif

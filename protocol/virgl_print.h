/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_VIRGL_PRINT_H
#define PROTOCOL_VIRGL_PRINT_H

/* Commands of Virgl as text, for people: names, ids, counts, states. */

#include "protocol/text.h"
#include "protocol/virgl.h"

/*
 * "DRAW_VBO start=0 count=36 mode=TRIANGLES ..." of a command that need not be
 * right: fields that it has not are left out.
 */
void virgl_command_print(const struct virgl_command *command, struct text *text);

#endif

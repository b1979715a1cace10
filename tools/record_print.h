/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_RECORD_PRINT_H
#define TOOLS_RECORD_PRINT_H

/* A record as text: its time, then the command; a stream's commands in lines below it. */

#include <stdio.h>

#include "protocol/record.h"

void record_print(FILE *out, const struct record *record);

#endif

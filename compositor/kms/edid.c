/* SPDX-License-Identifier: MIT */
/* Who made a screen. */
#include "compositor/kms/edid.h"

#ifdef MULLION_DISPLAY_INFO
#include <libdisplay-info/info.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static void text_take(char *to, size_t size, char *take_text)
{
	snprintf(to, size, "%s", take_text ? take_text : "");
	free(take_text);
	bool is_utf8 = utf8_valid(to, strlen(to));
	for (char *at = to; *at; at++) {
		unsigned char byte = *at;
		if (byte < ' ' || byte == 0x7f || (byte > 0x7f && !is_utf8))
			*at = '?';
	}
	for (size_t len = strlen(to); len > 0 && to[len - 1] == ' '; len--)
		to[len - 1] = '\0';
}

void kms_edid_read(struct screen_identity *identity, const void *edid, size_t size_bytes)
{
	struct di_info *info = di_info_parse_edid(edid, size_bytes);

	*identity = (struct screen_identity){ 0 };
	if (!info)
		return;
	text_take(identity->make, sizeof(identity->make), di_info_get_make(info));
	text_take(identity->model, sizeof(identity->model), di_info_get_model(info));
	text_take(identity->serial, sizeof(identity->serial), di_info_get_serial(info));
	di_info_destroy(info);
}
#else
void kms_edid_read(struct screen_identity *identity, const void *edid, size_t size_bytes)
{
	*identity = (struct screen_identity){ 0 };
}
#endif

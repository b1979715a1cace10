/* SPDX-License-Identifier: MIT */
/* UTF-8. */
#include "base/utf8.h"

/* RFC 3629, 4: what the first byte says of the second, and of the length. */
static const struct {
	unsigned char first, last, second_min, second_max, len;
} forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* Bytes of the character at `text`, or 0. */
static size_t utf8_len(const unsigned char *text, size_t left)
{
	if (text[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t len = forms[i].len;
		if (text[0] < forms[i].first || text[0] > forms[i].last)
			continue;
		if (len > left)
			return 0;
		if (text[1] < forms[i].second_min || text[1] > forms[i].second_max)
			return 0;
		for (size_t k = 2; k < len; k++) {
			if ((text[k] & 0xc0) != 0x80)
				return 0;
		}
		return len;
	}
	return 0;
}

bool utf8_valid(const char *text, size_t len)
{
	while (len) {
		size_t n = utf8_len((const unsigned char *)text, len);
		if (!n)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

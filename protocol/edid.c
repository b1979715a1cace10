/* SPDX-License-Identifier: MIT */
#include "protocol/edid.h"

#include <stdbool.h>
#include <string.h>

/*
 * The preferred mode is timed as CVT with reduced blanking, but to the pixel:
 * CVT's cells of eight would give a head of 1366 pixels 1360. Modes that do not
 * fit a detailed timing go into a DisplayID extension; the base block then has
 * a smaller relative of it, and does not call that one native.
 */

#define DTD_MAX_PX 4095
#define DTD_MAX_CLOCK_10KHZ 65535
#define MIN_CLOCK_MILLIHZ UINT64_C(10000000000)
#define MAX_SIZE_MM 2554
#define DISPLAYID_VERSION 0x13
#define VENDOR "MUL"
#define MODEL_YEAR 2024
#define GAMMA 120 /* 2.2, in hundredths above 1 */

/* CVT 1.2, reduced blanking version 1 */
#define RB_H_FRONT 48
#define RB_H_SYNC 32
#define RB_H_BLANK 160
#define RB_V_FRONT 3
#define RB_MIN_V_BLANK_NS 460000
#define RB_MIN_V_BACK 6

struct timing {
	uint32_t width, height;
	uint32_t refresh_mhz;
	uint32_t v_sync, v_blank;
	uint32_t clock_10khz;
	uint32_t line_hz;
};

static uint32_t clamp(uint32_t value, uint32_t min, uint32_t max)
{
	if (value < min)
		return min;
	return value < max ? value : max;
}

/* The width of the vertical sync tells the aspect ratio. */
static uint32_t v_sync_lines(uint32_t width, uint32_t height)
{
	static const struct {
		uint8_t width, height, lines;
	} aspects[] = { { 4, 3, 4 }, { 16, 9, 5 }, { 16, 10, 6 }, { 5, 4, 7 }, { 15, 9, 7 } };
	for (size_t i = 0; i < sizeof(aspects) / sizeof(aspects[0]); i++)
		if ((uint64_t)width * aspects[i].height == (uint64_t)height * aspects[i].width)
			return aspects[i].lines;
	return 10;
}

static struct timing timing_compute(uint32_t width, uint32_t height, uint32_t refresh_mhz)
{
	struct timing t = { .width = width, .height = height, .refresh_mhz = refresh_mhz };
	t.v_sync = v_sync_lines(width, height);
	uint64_t frame_ns = UINT64_C(1000000000000) / refresh_mhz;
	uint64_t line_ns = (frame_ns - RB_MIN_V_BLANK_NS) / height;
	t.v_blank = RB_MIN_V_BLANK_NS / (line_ns ? line_ns : 1) + 1;
	if (t.v_blank < RB_V_FRONT + t.v_sync + RB_MIN_V_BACK)
		t.v_blank = RB_V_FRONT + t.v_sync + RB_MIN_V_BACK;
	/* Clocks below 10 MHz are taken for nonsense: small modes blank longer. */
	uint64_t column_mhz = (uint64_t)(width + RB_H_BLANK) * refresh_mhz;
	uint32_t min_lines = MIN_CLOCK_MILLIHZ / column_mhz + 1;
	if (height + t.v_blank < min_lines)
		t.v_blank = min_lines - height;
	uint64_t lines_mhz = (uint64_t)(height + t.v_blank) * refresh_mhz;
	t.line_hz = lines_mhz / 1000;
	t.clock_10khz = (lines_mhz * (width + RB_H_BLANK) + 5000000) / 10000000;
	return t;
}

static bool timing_fits_dtd(const struct timing *t)
{
	return t->width <= DTD_MAX_PX && t->height <= DTD_MAX_PX && t->v_blank <= DTD_MAX_PX &&
	       t->clock_10khz <= DTD_MAX_CLOCK_10KHZ;
}

/* The nearest that a detailed timing can say: 60 Hz first, then half of it. */
static struct timing timing_reduce(struct timing t)
{
	if (t.refresh_mhz > 60000)
		t = timing_compute(t.width, t.height, 60000);
	while (!timing_fits_dtd(&t))
		t = timing_compute(t.width / 2, t.height / 2, t.refresh_mhz);
	return t;
}

static void put_le16(uint8_t *to, uint32_t value)
{
	to[0] = value;
	to[1] = value >> 8;
}

static uint8_t checksum(const uint8_t *bytes, size_t len)
{
	uint8_t sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += bytes[i];
	return -sum;
}

/* FNV-1a of name and number. */
static uint64_t identity(const struct edid_head *head)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (const char *c = head->guest; *c; c++)
		hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	for (int shift = 0; shift < 32; shift += 8)
		hash = (hash ^ (uint8_t)(head->head >> shift)) * UINT64_C(0x100000001b3);
	return hash;
}

/* 0 would mean that there is none. */
static uint32_t serial_number(uint64_t id)
{
	return (uint32_t)id ? (uint32_t)id : 1;
}

/* 3.10.2: horizontal and vertical, active and blank, front porch and sync */
static void put_dtd(uint8_t *d, const struct timing *t, uint32_t width_mm, uint32_t height_mm)
{
	put_le16(d, t->clock_10khz);
	d[2] = t->width;
	d[3] = RB_H_BLANK;
	d[4] = t->width >> 8 << 4;
	d[5] = t->height;
	d[6] = t->v_blank;
	d[7] = t->height >> 8 << 4 | t->v_blank >> 8;
	d[8] = RB_H_FRONT;
	d[9] = RB_H_SYNC;
	d[10] = RB_V_FRONT << 4 | t->v_sync;
	d[11] = 0;
	d[12] = width_mm;
	d[13] = height_mm;
	d[14] = width_mm >> 8 << 4 | height_mm >> 8;
	d[15] = d[16] = 0;
	d[17] = 0x1a; /* separate syncs, horizontal positive */
}

/* 3.10.3: at most 13 letters, ended by a line feed, filled with blanks */
static void put_text(uint8_t *d, uint8_t tag, const char *text)
{
	memset(d, 0, 5);
	d[3] = tag;
	memset(d + 5, ' ', 13);
	size_t len = strlen(text);
	memcpy(d + 5, text, len < 13 ? len : 13);
	if (len < 13)
		d[5 + len] = '\n';
}

/* 3.10.3.3.1: wide enough for the preferred mode and the usual ones */
static void put_ranges(uint8_t *d, const struct timing *t)
{
	uint32_t min_hz = clamp(t->refresh_mhz / 1000, 1, 50);
	uint32_t max_hz = clamp((t->refresh_mhz + 999) / 1000, 75, UINT32_MAX);
	uint32_t min_khz = clamp(t->line_hz / 1000, 1, 30);
	uint32_t max_khz = clamp((t->line_hz + 999) / 1000, 80, UINT32_MAX);
	uint32_t max_clock_10mhz = clamp((t->clock_10khz + 999) / 1000, 20, UINT32_MAX);
	memset(d, 0, 18);
	/* Up to 255 a byte; greater limits, by a flag, from 256 to 510. */
	if (max_hz > 510 || max_khz > 510 || max_clock_10mhz > 255) {
		d[3] = 0x10; /* nothing said */
		return;
	}
	d[3] = 0xfd;
	d[4] = (max_hz > 255 ? 0x02 : 0) | (max_khz > 255 ? 0x08 : 0);
	d[5] = min_hz;
	d[6] = max_hz > 255 ? max_hz - 255 : max_hz;
	d[7] = min_khz;
	d[8] = max_khz > 255 ? max_khz - 255 : max_khz;
	d[9] = max_clock_10mhz;
	d[10] = 0x01; /* the limits are all there is to say */
	d[11] = '\n';
	memset(d + 12, ' ', 6);
}

/* "guest-2"; of a long name the beginning. */
static void head_name(const struct edid_head *head, char name[static 14])
{
	char number[12];
	size_t digits = 0, len = 0;
	uint32_t left = head->head;
	do {
		number[digits++] = '0' + left % 10;
		left /= 10;
	} while (left);
	for (const char *c = head->guest; *c && len + 1 + digits < 13; c++)
		name[len++] = *c > ' ' && *c <= '~' ? *c : '_';
	name[len++] = '-';
	while (digits)
		name[len++] = number[--digits];
	name[len] = '\0';
}

static void hex_name(uint32_t value, char name[static 9])
{
	for (int i = 0; i < 8; i++)
		name[i] = "0123456789ABCDEF"[value >> (28 - 4 * i) & 15];
	name[8] = '\0';
}

static bool not_larger(uint32_t width, uint32_t height, const struct timing *t)
{
	return width <= t->width && height <= t->height;
}

/* 3.8: bits of 640x480, 800x600 and 1024x768 at 60 Hz */
static void put_established(uint8_t *d, const struct timing *t)
{
	if (not_larger(640, 480, t))
		d[0] |= 0x20;
	if (not_larger(800, 600, t))
		d[0] |= 0x01;
	if (not_larger(1024, 768, t))
		d[1] |= 0x08;
}

/* 3.9: at 60 Hz, the largest first; eight places */
static void put_standard(uint8_t *d, const struct timing *t)
{
	static const struct {
		uint16_t width, height;
		uint8_t aspect; /* 16:10, 4:3, 5:4, 16:9 */
	} modes[] = {
		{ 1920, 1200, 0 },
		{ 1920, 1080, 3 },
		{ 1680, 1050, 0 },
		{ 1600, 1200, 1 },
		{ 1600, 900, 3 },
		{ 1440, 900, 0 },
		{ 1280, 1024, 2 },
		{ 1280, 960, 1 },
		{ 1280, 800, 0 },
		{ 1280, 720, 3 },
	};
	size_t used = 0;
	memset(d, 0x01, 16);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]) && used < 8; i++) {
		if (!not_larger(modes[i].width, modes[i].height, t))
			continue;
		d[2 * used] = modes[i].width / 8 - 31;
		d[2 * used + 1] = modes[i].aspect << 6;
		used++;
	}
}

static void put_base(uint8_t *d, const struct edid_head *head, const struct timing *preferred,
	const struct timing *base)
{
	static const uint8_t header[] = { 0, 255, 255, 255, 255, 255, 255, 0 };
	static const uint8_t srgb[] = { 0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50,
		0x54 };
	uint64_t id = identity(head);
	uint32_t serial = serial_number(id);
	bool native =
		base->width == preferred->width && base->refresh_mhz == preferred->refresh_mhz;
	char name[14], serial_name[9];

	memset(d, 0, EDID_BLOCK_BYTES);
	memcpy(d, header, sizeof(header));
	d[8] = (VENDOR[0] - '@') << 2 | (VENDOR[1] - '@') >> 3;
	d[9] = (uint8_t)((VENDOR[1] - '@') << 5) | (VENDOR[2] - '@');
	put_le16(d + 10, id >> 32);
	put_le16(d + 12, serial);
	put_le16(d + 14, serial >> 16);
	d[16] = 0; /* no week */
	d[17] = MODEL_YEAR - 1990;
	d[18] = 1, d[19] = 4;
	d[20] = 0xa0; /* digital, 8 bits a colour */
	d[21] = (head->width_mm + 5) / 10;
	d[22] = (head->height_mm + 5) / 10;
	d[23] = GAMMA;
	d[24] = 0x04 | (native ? 0x02 : 0); /* sRGB; the first timing is native */
	memcpy(d + 25, srgb, sizeof(srgb));
	put_established(d + 35, preferred);
	put_standard(d + 38, preferred);
	put_dtd(d + 54, base, head->width_mm, head->height_mm);
	put_ranges(d + 72, preferred);
	head_name(head, name);
	put_text(d + 90, 0xfc, name);
	hex_name(serial, serial_name);
	put_text(d + 108, 0xff, serial_name);
	d[126] = native ? 0 : 1;
	d[127] = checksum(d, 127);
}

/* DisplayID 1.3, 4.4.1: type I detailed timing; each field but the clock one less */
static void put_displayid_timing(uint8_t *d, const struct timing *t)
{
	uint32_t clock = t->clock_10khz - 1;
	d[0] = clock;
	d[1] = clock >> 8;
	d[2] = clock >> 16;
	d[3] = 0x80 | 8; /* preferred; aspect ratio not said */
	put_le16(d + 4, t->width - 1);
	put_le16(d + 6, RB_H_BLANK - 1);
	put_le16(d + 8, 0x8000 | (RB_H_FRONT - 1)); /* positive sync */
	put_le16(d + 10, RB_H_SYNC - 1);
	put_le16(d + 12, t->height - 1);
	put_le16(d + 14, t->v_blank - 1);
	put_le16(d + 16, RB_V_FRONT - 1);
	put_le16(d + 18, t->v_sync - 1);
}

/* 4.1 to 4.3: who it is, what it shows, how it is fed. A monitor must say these. */
static uint8_t *put_displayid_product(uint8_t *d, const struct edid_head *head)
{
	uint64_t id = identity(head);
	d[1] = 0, d[0] = 0x00, d[2] = 12;
	memcpy(d + 3, VENDOR, 3);
	put_le16(d + 6, id >> 32);
	put_le16(d + 8, serial_number(id));
	put_le16(d + 10, serial_number(id) >> 16);
	d[13] = MODEL_YEAR - 2000;
	return d + 3 + 12;
}

static uint8_t *put_displayid_parameters(uint8_t *d, const struct edid_head *head)
{
	d[0] = 0x01, d[2] = 12;
	put_le16(d + 3, clamp(head->width_mm * 10, 0, UINT16_MAX));
	put_le16(d + 5, clamp(head->height_mm * 10, 0, UINT16_MAX));
	put_le16(d + 7, head->width_px);
	put_le16(d + 9, head->height_px);
	d[12] = GAMMA;
	/* The longer side by the shorter, in hundredths, less one whole. */
	uint32_t longer = head->width_px, shorter = head->height_px;
	if (longer < shorter)
		longer = head->height_px, shorter = head->width_px;
	d[13] = clamp((longer * 100 + shorter / 2) / shorter - 100, 0, 255);
	d[14] = 0x77; /* 8 bits a colour */
	return d + 3 + 12;
}

static uint8_t *put_displayid_interface(uint8_t *d)
{
	d[0] = 0x0f, d[2] = 10;
	d[3] = 0xb1; /* a digital interface of its own kind, one link */
	d[4] = 0x10;
	d[5] = 0x02; /* RGB, 8 bits */
	return d + 3 + 10;
}

static void put_displayid(uint8_t *d, const struct edid_head *head, const struct timing *preferred)
{
	memset(d, 0, EDID_BLOCK_BYTES);
	d[0] = 0x70;
	uint8_t *section = d + 1;
	section[0] = DISPLAYID_VERSION;
	section[1] = 121; /* bytes of data blocks */
	section[2] = 3;   /* a monitor of its own */
	section[3] = 0;   /* no further section */
	uint8_t *block = put_displayid_product(section + 4, head);
	block = put_displayid_parameters(block, head);
	block = put_displayid_interface(block);
	block[0] = 0x03, block[2] = 20;
	put_displayid_timing(block + 3, preferred);
	section[125] = checksum(section, 125);
	d[127] = checksum(d, 127);
}

void edid_size_mm(uint32_t width_px, uint32_t height_px, uint32_t *width_mm, uint32_t *height_mm)
{
	*width_mm = width_px * 254 / 960;
	*height_mm = height_px * 254 / 960;
}

size_t edid_make(const struct edid_head *head, uint8_t edid[static EDID_MAX_BYTES])
{
	struct edid_head h = *head;
	h.width_px = clamp(h.width_px, EDID_MIN_SIZE_PX, EDID_MAX_SIZE_PX);
	h.height_px = clamp(h.height_px, EDID_MIN_SIZE_PX, EDID_MAX_SIZE_PX);
	h.refresh_mhz = clamp(h.refresh_mhz, EDID_MIN_REFRESH_MHZ, EDID_MAX_REFRESH_MHZ);
	if (!h.width_mm || !h.height_mm) {
		edid_size_mm(h.width_px, h.height_px, &h.width_mm, &h.height_mm);
	}
	/* What the base block cannot say, or would round to nothing, is not said at all. */
	if (h.width_mm > MAX_SIZE_MM || h.height_mm > MAX_SIZE_MM || h.width_mm < 5 ||
		h.height_mm < 5)
		h.width_mm = h.height_mm = 0;
	struct timing preferred = timing_compute(h.width_px, h.height_px, h.refresh_mhz);
	if (timing_fits_dtd(&preferred)) {
		put_base(edid, &h, &preferred, &preferred);
		return EDID_BLOCK_BYTES;
	}
	struct timing base = timing_reduce(preferred);
	put_base(edid, &h, &preferred, &base);
	put_displayid(edid + EDID_BLOCK_BYTES, &h, &preferred);
	return EDID_MAX_BYTES;
}

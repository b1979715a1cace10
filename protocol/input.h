/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_INPUT_H
#define PROTOCOL_INPUT_H

/*
 * A guest's input devices, and frames of what they do: evdev's types and codes
 * (linux/input-event-codes.h) all the way from a source to the guest's driver.
 */

#include <stdbool.h>
#include <stdint.h>

#include <linux/input-event-codes.h>

#include "protocol/limits.h"

enum input_kind {
	INPUT_TOUCH,    /* a multi-touch screen (type B) for each head */
	INPUT_POINTER,  /* an absolute pointer for each head */
	INPUT_KEYBOARD, /* one a guest, as the rest */
	INPUT_MOUSE,    /* relative */
	INPUT_KEYS,     /* hard keys and rotary encoders */
	INPUT_KIND_COUNT,
};

/* Devices are counted: all touch screens, all pointers, then the others. */
#define INPUT_DEVICES (2 * LIMIT_HEADS + 3)

static inline uint32_t input_device(enum input_kind kind, uint32_t head)
{
	return kind <= INPUT_POINTER ? kind * LIMIT_HEADS + head :
				       2 * LIMIT_HEADS + kind - INPUT_KEYBOARD;
}

static inline enum input_kind input_device_kind(uint32_t device)
{
	return device < 2 * LIMIT_HEADS ? device / LIMIT_HEADS :
					  INPUT_KEYBOARD + device - 2 * LIMIT_HEADS;
}

/* 0 for those that belong to no head. */
static inline uint32_t input_device_head(uint32_t device)
{
	return device < 2 * LIMIT_HEADS ? device % LIMIT_HEADS : 0;
}

/* "touch", "pointer", "keyboard", "mouse", "keys" */
extern const char *const input_kind_names[INPUT_KIND_COUNT];

#define INPUT_NAME_BYTES 12

/* "touch0", "pointer1", "keyboard", "mouse", "keys": of its socket and for people. */
void input_device_name(uint32_t device, char name[static INPUT_NAME_BYTES]);
/* False: there is no such device. */
bool input_device_find(const char *name, uint32_t *device);
/* Devices of the kind have this. */
bool input_kind_has(enum input_kind kind, uint16_t type, uint16_t code);

/* A head is so wide and so high, whatever its mode: a change of that is none of the device's. */
#define INPUT_ABS_MAX 32767
#define INPUT_SLOTS 16
/* Of a set of keys, a bit each. */
#define INPUT_KEY_WORDS (KEY_CNT / 64)
/* Half turns of ABS_MT_ORIENTATION are -90 to 90: degrees. */
#define INPUT_ORIENTATION_MAX 90
/* A detent of a wheel in the units of REL_WHEEL_HI_RES. */
#define INPUT_DETENT 120
/* All that one frame can say of a device, and room. */
#define INPUT_FRAME_EVENTS 128

struct input_frame_event {
	uint16_t type, code; /* never EV_SYN */
	int32_t value;
};

/* What happened at once: SYN_REPORT follows. What a contact does follows its ABS_MT_SLOT. */
struct input_frame {
	uint32_t n;
	struct input_frame_event events[INPUT_FRAME_EVENTS];
};

/* It has room. */
static inline void input_frame_add(
	struct input_frame *frame, uint16_t type, uint16_t code, int32_t value)
{
	frame->events[frame->n++] = (struct input_frame_event){ type, code, value };
}

/* `code` is below KEY_CNT. */
static inline bool input_keys_have(const uint64_t keys[static INPUT_KEY_WORDS], uint32_t code)
{
	return keys[code / 64] >> code % 64 & 1;
}

static inline void input_keys_set(uint64_t keys[static INPUT_KEY_WORDS], uint32_t code, bool down)
{
	uint64_t bit = UINT64_C(1) << code % 64;

	keys[code / 64] = down ? keys[code / 64] | bit : keys[code / 64] & ~bit;
}

#endif

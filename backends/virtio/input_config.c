/* SPDX-License-Identifier: MIT */
/* What an input device says of itself. */
#include "backends/virtio/input_config.h"

#include <endian.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>

#define INPUT_VERSION 1

static void config_add_bit(struct virtio_input_config *config, uint32_t bit)
{
	config->u.bitmap[bit / 8] |= 1u << bit % 8;
	if (config->size < bit / 8 + 1)
		config->size = bit / 8 + 1;
}

static void config_add_codes(
	struct virtio_input_config *config, enum input_kind kind, uint8_t type)
{
	for (uint32_t code = 0; code < KEY_CNT; code++) {
		if (input_kind_has(kind, type, code))
			config_add_bit(config, code);
	}
}

/* As the socket's name, but for people: "Mullion touch 0". */
static uint8_t print_name(uint32_t device, char *to, size_t bytes)
{
	char name[INPUT_NAME_BYTES];

	input_device_name(device, name);
	size_t letters = strcspn(name, "0123456789");
	return snprintf(to, bytes, "Mullion %.*s%s%s", (int)letters, name,
		name[letters] ? " " : "", name + letters);
}

/* -- axes -- */

static uint32_t per_mm(uint32_t mm)
{
	return mm ? (INPUT_ABS_MAX + 1 + mm / 2) / mm : 0;
}

static void config_add_axis(struct virtio_input_config *config,
	const struct input_identity *identity, uint8_t code)
{
	struct virtio_input_absinfo *abs = &config->u.abs;
	int32_t min = 0, max = INPUT_ABS_MAX;
	uint32_t resolution = 0;

	switch (code) {
	case ABS_X:
	case ABS_MT_POSITION_X:
	case ABS_MT_TOUCH_MAJOR:
	case ABS_MT_TOUCH_MINOR:
		resolution = per_mm(identity->width_mm);
		break;
	case ABS_Y:
	case ABS_MT_POSITION_Y:
		resolution = per_mm(identity->height_mm);
		break;
	case ABS_MT_SLOT:
		max = INPUT_SLOTS - 1;
		break;
	case ABS_MT_TOOL_TYPE:
		max = MT_TOOL_PALM;
		break;
	case ABS_MT_TRACKING_ID:
		max = UINT16_MAX;
		break;
	case ABS_MT_ORIENTATION:
		min = -INPUT_ORIENTATION_MAX;
		max = INPUT_ORIENTATION_MAX;
		break;
	}
	abs->min = htole32(min);
	abs->max = htole32(max);
	abs->res = htole32(resolution);
	config->size = sizeof(*abs);
}

void input_config_make(const struct input_identity *identity, uint8_t select, uint8_t subsel,
	struct virtio_input_config *config)
{
	enum input_kind kind = input_device_kind(identity->device);

	*config = (struct virtio_input_config){ .select = select, .subsel = subsel };
	switch (select) {
	case VIRTIO_INPUT_CFG_ID_NAME:
		config->size = print_name(
			identity->device, config->u.string, sizeof(config->u.string));
		break;
	case VIRTIO_INPUT_CFG_ID_SERIAL:
		input_device_name(identity->device, config->u.string);
		config->size = strlen(config->u.string);
		break;
	case VIRTIO_INPUT_CFG_ID_DEVIDS:
		config->u.ids = (struct virtio_input_devids){
			.bustype = htole16(BUS_VIRTUAL),
			.vendor = htole16(INPUT_VENDOR),
			.product = htole16(kind << 8 | input_device_head(identity->device)),
			.version = htole16(INPUT_VERSION),
		};
		config->size = sizeof(config->u.ids);
		break;
	case VIRTIO_INPUT_CFG_PROP_BITS:
		if (kind == INPUT_TOUCH)
			config_add_bit(config, INPUT_PROP_DIRECT);
		break;
	case VIRTIO_INPUT_CFG_EV_BITS:
		config_add_codes(config, kind, subsel);
		break;
	case VIRTIO_INPUT_CFG_ABS_INFO:
		if (input_kind_has(kind, EV_ABS, subsel))
			config_add_axis(config, identity, subsel);
		break;
	}
}

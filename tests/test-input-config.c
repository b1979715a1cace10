/* SPDX-License-Identifier: MIT */
/* What input devices say of themselves, whatever they are asked. */
#include "tests/unit.h"

#include <endian.h>
#include <linux/input.h>
#include <linux/virtio_input.h>

#include "backends/virtio/input.h"

static struct state_input state_of;
static struct virtio_input input;

static void begin(uint32_t device)
{
	struct input_identity identity = { .device = device, .width_mm = 271, .height_mm = 203 };

	virtio_input_init(&input, &identity, &state_of, NULL, NULL, NULL);
}

static struct virtio_input_config config_of(uint8_t select, uint8_t subsel)
{
	struct virtio_input_config config;

	/* As two writes, the way drivers do it. */
	virtio_input_config_write(&input, 0, &select, 1);
	virtio_input_config_write(&input, 1, &subsel, 1);
	virtio_input_config_read(&input, 0, &config, sizeof(config));
	assert_int_equal(config.select, select);
	assert_int_equal(config.subsel, subsel);
	return config;
}

static bool has_bit(const struct virtio_input_config *config, uint32_t bit)
{
	return bit / 8 < config->size && config->u.bitmap[bit / 8] >> bit % 8 & 1;
}

static void test_touch(void **state)
{
	begin(input_device(INPUT_TOUCH, 3));
	struct virtio_input_config config = config_of(VIRTIO_INPUT_CFG_ID_NAME, 0);
	assert_int_equal(config.size, strlen("Mullion touch 3"));
	assert_memory_equal(config.u.string, "Mullion touch 3", config.size);
	config = config_of(VIRTIO_INPUT_CFG_ID_SERIAL, 0);
	assert_memory_equal(config.u.string, "touch3", config.size);
	config = config_of(VIRTIO_INPUT_CFG_ID_DEVIDS, 0);
	assert_int_equal(config.size, 8);
	assert_int_equal(le16toh(config.u.ids.product), 3);
	config = config_of(VIRTIO_INPUT_CFG_PROP_BITS, 0);
	assert_true(has_bit(&config, INPUT_PROP_DIRECT));
	config = config_of(VIRTIO_INPUT_CFG_EV_BITS, EV_KEY);
	assert_true(has_bit(&config, BTN_TOUCH));
	assert_false(has_bit(&config, BTN_LEFT));
	config = config_of(VIRTIO_INPUT_CFG_EV_BITS, EV_ABS);
	assert_true(has_bit(&config, ABS_MT_SLOT) && has_bit(&config, ABS_MT_TOUCH_MINOR) &&
		has_bit(&config, ABS_MT_ORIENTATION) && has_bit(&config, ABS_MT_TRACKING_ID));
	assert_false(has_bit(&config, ABS_MT_PRESSURE) || has_bit(&config, ABS_Z));
	config = config_of(VIRTIO_INPUT_CFG_EV_BITS, EV_REL);
	assert_int_equal(config.size, 0);
	config = config_of(VIRTIO_INPUT_CFG_ABS_INFO, ABS_MT_POSITION_X);
	assert_int_equal(config.size, 20);
	assert_int_equal(le32toh(config.u.abs.max), INPUT_ABS_MAX);
	assert_int_equal(le32toh(config.u.abs.res), 121); /* 32768 / 271 */
	config = config_of(VIRTIO_INPUT_CFG_ABS_INFO, ABS_MT_SLOT);
	assert_int_equal(le32toh(config.u.abs.max), INPUT_SLOTS - 1);
	config = config_of(VIRTIO_INPUT_CFG_ABS_INFO, ABS_Z);
	assert_int_equal(config.size, 0);
}

static void test_others(void **state)
{
	begin(input_device(INPUT_KEYBOARD, 0));
	struct virtio_input_config config = config_of(VIRTIO_INPUT_CFG_ID_NAME, 0);
	assert_memory_equal(config.u.string, "Mullion keyboard", config.size);
	config = config_of(VIRTIO_INPUT_CFG_EV_BITS, EV_KEY);
	assert_true(has_bit(&config, KEY_A) && has_bit(&config, KEY_MICMUTE) &&
		has_bit(&config, KEY_FN));
	assert_false(has_bit(&config, BTN_LEFT) || has_bit(&config, BTN_TOUCH));
	config = config_of(VIRTIO_INPUT_CFG_EV_BITS, EV_LED);
	assert_true(has_bit(&config, LED_CAPSL));
	config = config_of(VIRTIO_INPUT_CFG_EV_BITS, EV_REP);
	assert_true(config.size > 0);
	begin(input_device(INPUT_MOUSE, 0));
	config = config_of(VIRTIO_INPUT_CFG_EV_BITS, EV_REL);
	assert_true(has_bit(&config, REL_X) && has_bit(&config, REL_WHEEL_HI_RES));
	config = config_of(VIRTIO_INPUT_CFG_EV_BITS, EV_ABS);
	assert_int_equal(config.size, 0);
}

/* Whatever is asked for, wherever it is written: an answer of no size, and nothing else. */
static void test_nonsense(void **state)
{
	uint8_t bytes[256];

	begin(input_device(INPUT_POINTER, 0));
	memset(bytes, 0xff, sizeof(bytes));
	for (uint32_t select = 0; select < 256; select++) {
		for (uint32_t subsel = 0; subsel < 256; subsel++)
			assert_true(config_of(select, subsel).size <= 128);
	}
	virtio_input_config_write(&input, 0, bytes, sizeof(struct virtio_input_config));
	assert_int_equal(config_of(0xff, 0xff).size, 0);
	virtio_input_config_write(&input, 2, bytes, 100);
	virtio_input_config_read(&input, 200, bytes, 1);
	virtio_input_config_read(&input, 100, bytes, 200);
	config_of(VIRTIO_INPUT_CFG_ID_SERIAL, 0);
	virtio_input_config_read(&input, 8, bytes, 8);
	assert_memory_equal(bytes, "pointer0", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_touch),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

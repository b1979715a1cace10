/* SPDX-License-Identifier: MIT */
/*
 * The row of blocks in which the guest's program shows a number and the host's
 * reads it: what both must agree on.
 *
 *   | red, 4 cells | 56 cells, one bit each, light is 1 | blue, 4 cells |
 *
 * The row spans the picture's whole width and the lowest 1/16 of its height.
 * Bits, highest first: the number (32), the head (8), CRC-16/CCITT of these
 * five bytes (16). Red left and blue right tell a mirrored picture or swapped
 * colour channels from a right one; only positions between the two markers
 * count, so the picture may be scaled or framed.
 */
#ifndef NUMBER_CODE_H
#define NUMBER_CODE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	NUMBER_CODE_BITS = 56,
	NUMBER_CODE_MARKER_CELLS = 4,
	NUMBER_CODE_CELLS = NUMBER_CODE_BITS + 2 * NUMBER_CODE_MARKER_CELLS,
	NUMBER_CODE_ROW_FRACTION = 16,
};

static inline uint16_t
number_code_crc(uint64_t payload)
{
	uint16_t crc = 0xffff;
	for (int shift = 32; shift >= 0; shift -= 8) {
		crc ^= (uint16_t)((payload >> shift & 0xff) << 8);
		for (int bit = 0; bit < 8; bit++) {
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
		}
	}
	return crc;
}

static inline uint64_t
number_code_encode(uint32_t number, uint8_t head)
{
	uint64_t payload = (uint64_t)number << 8 | head;
	return payload << 16 | number_code_crc(payload);
}

static inline bool
number_code_decode(uint64_t code, uint32_t *number, uint8_t *head)
{
	uint64_t payload = code >> 16;
	if (number_code_crc(payload) != (code & 0xffff)) {
		return false;
	}
	*number = (uint32_t)(payload >> 8);
	*head = (uint8_t)payload;
	return true;
}

#endif

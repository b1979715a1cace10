/* SPDX-License-Identifier: MIT */
/* libFuzzer: a virtio-gpu command; what is decoded and encoded again decodes to the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/virtio_gpu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_again(const struct virtio_gpu_command *command, size_t max)
{
	uint8_t *first = malloc(max), *second = malloc(max);
	struct virtio_gpu_command again;

	size_t len = encode_virtio_gpu_command(command, first, max);
	if (len) {
		assert(!decode_virtio_gpu_command(first, len, VIRTIO_GPU_QUEUE_CONTROL, &again));
		assert(encode_virtio_gpu_command(&again, second, max) == len);
		assert(!memcmp(first, second, len));
	}
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct virtio_gpu_command command;
	uint64_t sum = 0;

	if (!len)
		return 0;
	enum virtio_gpu_queue queue = data[0] & 1;
	uint8_t *copy = malloc(len - 1 ? len - 1 : 1);
	memcpy(copy, data + 1, len - 1);
	if (decode_virtio_gpu_command(copy, len - 1, queue, &command) == 0) {
		if (command.header.type == VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING) {
			for (uint32_t i = 0; i < command.attach_backing.n_entries; i++)
				sum += virtio_gpu_entry_at(&command, i).addr;
		}
		for (size_t i = 0; i < command.tail_len; i++)
			sum += command.tail[i];
		check_again(&command, len + 64);
	}
	free(copy);
	return sum == 1 ? -1 : 0;
}

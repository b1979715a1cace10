/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_VIRTIO_GPU_PRINT_H
#define PROTOCOL_VIRTIO_GPU_PRINT_H

/* Commands of virtio-gpu as text, for people. */

#include "protocol/text.h"
#include "protocol/virtio_gpu.h"

/* "RESOURCE_FLUSH resource=1 1024x768+0+0 fence=12", of a command that was decoded. */
void virtio_gpu_command_print(const struct virtio_gpu_command *command, struct text *text);

/* "ERR_INVALID_RESOURCE_ID"; "unknown" for what is no response. */
const char *virtio_gpu_response_name(uint32_t response);

#endif

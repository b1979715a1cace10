/* SPDX-License-Identifier: MIT */
/* libFuzzer: a vhost-user header, a count of descriptors, a payload. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/vhost_user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct vhost_user_header header;
	struct vhost_user_message message;

	if (len < sizeof(header) + 1)
		return 0;
	memcpy(&header, data, sizeof(header));
	size_t n_fds = data[sizeof(header)];
	data += sizeof(header) + 1;
	len -= sizeof(header) + 1;
	/* As received: the payload is as long as its header says. */
	if (vhost_user_check_header(&header) || header.size > len)
		return 0;
	uint8_t *payload = malloc(header.size ? header.size : 1);
	memcpy(payload, data, header.size);
	if (!decode_vhost_user(&header, payload, n_fds, &message)) {
		assert(strcmp(vhost_user_request_name(message.request), "unknown"));
		if (message.request == VHOST_USER_SET_MEM_TABLE)
			assert(message.table.n == n_fds && n_fds <= VHOST_USER_TABLE_REGIONS);
		if (message.request == VHOST_USER_SET_CONFIG)
			assert(message.config.data + message.config.size <= payload + header.size);
	}
	free(payload);
	return 0;
}

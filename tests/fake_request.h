/* SPDX-License-Identifier: MIT */
#ifndef FAKE_REQUEST_H
#define FAKE_REQUEST_H

/* Atomic requests, in the place of libdrm's at link time: what is in them can be looked at. */

#include <stdbool.h>
#include <stdint.h>
#include <xf86drmMode.h>

#define FAKE_REQUEST_MAX 256

struct _drmModeAtomicReq {
	int n;
	struct {
		uint32_t object, property;
		uint64_t value;
	} items[FAKE_REQUEST_MAX];
};

/* The last one counts. false: it is not in the request, and the value is as it was. */
bool fake_request_find(
	const drmModeAtomicReq *request, uint32_t object, uint32_t property, uint64_t *value);

#endif

/* SPDX-License-Identifier: MIT */
/* Atomic requests. */
#include "tests/fake_request.h"

#include <assert.h>
#include <stdlib.h>

drmModeAtomicReq *drmModeAtomicAlloc(void)
{
	return calloc(1, sizeof(drmModeAtomicReq));
}

void drmModeAtomicFree(drmModeAtomicReq *request)
{
	free(request);
}

int drmModeAtomicGetCursor(drmModeAtomicReqPtr request)
{
	return request->n;
}

void drmModeAtomicSetCursor(drmModeAtomicReq *request, int cursor)
{
	request->n = cursor;
}

int drmModeAtomicAddProperty(
	drmModeAtomicReq *request, uint32_t object, uint32_t property, uint64_t value)
{
	assert(request->n < FAKE_REQUEST_MAX);
	request->items[request->n].object = object;
	request->items[request->n].property = property;
	request->items[request->n].value = value;
	return ++request->n;
}

bool fake_request_find(
	const drmModeAtomicReq *request, uint32_t object, uint32_t property, uint64_t *value)
{
	for (int i = request->n; i-- > 0;) {
		if (request->items[i].object != object || request->items[i].property != property)
			continue;
		*value = request->items[i].value;
		return true;
	}
	return false;
}

/* SPDX-License-Identifier: MIT */
/* Clients' pictures on planes. */
#include "compositor/kms/pictures.h"

#include <assert.h>
#include <string.h>

#include "compositor/surface/buffer.h"
#include "compositor/surface/release.h"

static void pictures_drop(struct kms_picture *pictures)
{
	for (uint32_t i = 0; i < KMS_PICTURES_MAX; i++) {
		buffer_unuse(pictures[i].buffer);
		buffer_unref(pictures[i].buffer);
		release_unref(pictures[i].release);
		pictures[i] = (struct kms_picture){ 0 };
	}
}

void kms_pictures_finish(struct kms_pictures *pictures)
{
	pictures_drop(pictures->next);
	pictures_drop(pictures->shown);
	pictures->n_next = 0;
}

void kms_pictures_begin(struct kms_pictures *pictures)
{
	/* The last one was shown, and nobody told. */
	if (pictures->n_next > 0)
		kms_pictures_shown(pictures);
}

void kms_pictures_add(struct kms_pictures *pictures, struct buffer *buffer, struct release *release)
{
	assert(pictures->n_next < KMS_PICTURES_MAX);
	pictures->next[pictures->n_next++] = (struct kms_picture){
		.buffer = buffer_ref(buffer),
		.release = release_ref(release),
	};
	buffer_use(buffer);
}

bool kms_pictures_want_fence(const struct kms_pictures *pictures)
{
	for (uint32_t i = 0; i < KMS_PICTURES_MAX; i++) {
		/* What is next is shown, if nobody told. */
		if (pictures->shown[i].release || pictures->next[i].release)
			return true;
	}
	return false;
}

static bool pictures_stay(const struct kms_pictures *pictures, const struct release *release)
{
	for (uint32_t i = 0; i < pictures->n_next; i++) {
		if (pictures->next[i].release == release)
			return true;
	}
	return false;
}

void kms_pictures_fence(struct kms_pictures *pictures, int shown_fd)
{
	for (uint32_t i = 0; shown_fd >= 0 && i < KMS_PICTURES_MAX; i++) {
		struct kms_picture *picture = &pictures->shown[i];
		if (!pictures_stay(pictures, picture->release))
			release_wait(picture->release, shown_fd);
		release_unref(picture->release);
		picture->release = NULL;
	}
}

void kms_pictures_shown(struct kms_pictures *pictures)
{
	pictures_drop(pictures->shown);
	memcpy(pictures->shown, pictures->next, sizeof(pictures->shown));
	memset(pictures->next, 0, sizeof(pictures->next));
	pictures->n_next = 0;
}

/* SPDX-License-Identifier: MIT */
/* What a plane takes. */
#include "compositor/kms/plane.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <xf86drm.h>

#include "compositor/kms/device.h"
#include "compositor/kms/properties.h"
#include "protocol/bounds.h"

/* As struct drm_format_modifier_blob has them: bits of a modifier are places of formats. */
static int formats_add_blob(struct formats *formats, const drmModePropertyBlobRes *blob)
{
	const struct drm_format_modifier_blob *head = blob->data;
	int ret = 0;

	if (blob->length < sizeof(*head) ||
		!range_fits(
			head->formats_offset, (uint64_t)head->count_formats * 4, blob->length) ||
		!range_fits(head->modifiers_offset,
			(uint64_t)head->count_modifiers * sizeof(struct drm_format_modifier),
			blob->length))
		return -EINVAL;
	const uint32_t *fourccs = (const void *)((const char *)blob->data + head->formats_offset);
	const struct drm_format_modifier *modifiers =
		(const void *)((const char *)blob->data + head->modifiers_offset);
	for (uint32_t i = 0; i < head->count_modifiers; i++) {
		for (uint32_t bit = 0; ret == 0 && bit < 64; bit++) {
			uint64_t at = (uint64_t)modifiers[i].offset + bit;
			if ((modifiers[i].formats >> bit & 1) && at < head->count_formats)
				ret = formats_add(formats, fourccs[at], modifiers[i].modifier);
		}
	}
	return ret;
}

/* Where nobody says what the driver makes of them. */
static int formats_add_plain(struct formats *formats, const drmModePlane *found)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < found->count_formats; i++) {
		ret = formats_add(formats, found->formats[i], DRM_FORMAT_MOD_INVALID);
		if (ret == 0)
			ret = formats_add(formats, found->formats[i], DRM_FORMAT_MOD_LINEAR);
	}
	return ret;
}

int kms_plane_read_more(struct kms_plane *plane, int fd, const drmModePlane *found)
{
	enum {
		ZPOS,
		IN_FORMATS,
		N
	};
	static const char *const names[N] = { [ZPOS] = "zpos", [IN_FORMATS] = "IN_FORMATS" };
	uint32_t ids[N];
	uint64_t values[N];

	int ret =
		kms_find_properties(fd, plane->id, DRM_MODE_OBJECT_PLANE, names, N, 0, ids, values);
	if (ret < 0)
		return ret;
	plane->has_zpos = ids[ZPOS];
	plane->zpos = values[ZPOS];
	drmModePropertyBlobRes *blob =
		values[IN_FORMATS] ? drmModeGetPropertyBlob(fd, values[IN_FORMATS]) : NULL;
	ret = blob ? formats_add_blob(&plane->formats, blob)
		   : formats_add_plain(&plane->formats, found);
	drmModeFreePropertyBlob(blob);
	/* What there is no room for is not known to be taken. */
	return ret == -ENOSPC ? 0 : ret;
}

bool kms_plane_takes(const struct kms_plane *plane, const struct format *format)
{
	return format->modifier == DRM_FORMAT_MOD_INVALID
		       ? formats_have_fourcc(&plane->formats, format->fourcc)
		       : formats_have(&plane->formats, format->fourcc, format->modifier);
}

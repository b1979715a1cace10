/* SPDX-License-Identifier: MIT */
/* dma-bufs: what they say of themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "compositor/surface/dmabuf.h"

static void test_rows(void **state)
{
	static const struct {
		uint32_t fourcc, width_px, stride_bytes;
		uint64_t modifier;
		bool fits;
		uint32_t offset_bytes;
	} cases[] = {
		{ DRM_FORMAT_XRGB8888, 64, 256, DRM_FORMAT_MOD_LINEAR, true, 0 },
		{ DRM_FORMAT_XRGB8888, 64, 255, DRM_FORMAT_MOD_LINEAR, false, 0 },
		{ DRM_FORMAT_ARGB8888, 64, 4, DRM_FORMAT_MOD_INVALID, false, 0 },
		{ DRM_FORMAT_XRGB8888, 32767, 4, DRM_FORMAT_MOD_LINEAR, false, 0 },
		{ DRM_FORMAT_XRGB8888, UINT32_MAX, UINT32_MAX, DRM_FORMAT_MOD_LINEAR, false, 0 },
		{ DRM_FORMAT_RGB565, 64, 128, DRM_FORMAT_MOD_LINEAR, true, 0 },
		{ DRM_FORMAT_RGB565, 64, 127, DRM_FORMAT_MOD_LINEAR, false, 0 },
		{ DRM_FORMAT_ABGR16161616F, 64, 511, DRM_FORMAT_MOD_LINEAR, false, 0 },
		{ DRM_FORMAT_NV12, 64, 64, DRM_FORMAT_MOD_LINEAR, true, 0 },
		{ DRM_FORMAT_NV12, 64, 63, DRM_FORMAT_MOD_LINEAR, false, 0 },
		{ DRM_FORMAT_XRGB8888, 64, 4, I915_FORMAT_MOD_X_TILED, true, 0 },
		/* Within a px. */
		{ DRM_FORMAT_XRGB8888, 32, 254, DRM_FORMAT_MOD_LINEAR, false, 0 },
		{ DRM_FORMAT_XRGB8888, 32, 256, DRM_FORMAT_MOD_LINEAR, false, 2 },
		{ DRM_FORMAT_XRGB8888, 32, 256, DRM_FORMAT_MOD_LINEAR, true, 4 },
		{ DRM_FORMAT_RGB565, 32, 254, DRM_FORMAT_MOD_LINEAR, true, 2 },
		{ DRM_FORMAT_BGR888, 32, 100, DRM_FORMAT_MOD_LINEAR, true, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct dmabuf dmabuf = {
			.width_px = cases[i].width_px,
			.height_px = 64,
			.format = { cases[i].fourcc, cases[i].modifier },
			.n_planes = 1,
			.planes = { {
				.fd = -1,
				.offset_bytes = cases[i].offset_bytes,
				.stride_bytes = cases[i].stride_bytes,
			} },
		};
		assert_int_equal(dmabuf_rows_fit(&dmabuf), cases[i].fits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

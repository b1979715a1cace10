/* SPDX-License-Identifier: MIT */
/* EGL and a context. */
#include "compositor/paint/gl_context.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gbm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xf86drm.h>

#include "base/io.h"
#include "base/log.h"

/* What is asked for at most: two names and values each, and the end. */
#define ATTRIBUTES_MAX 9

/* libepoxy ends the program where a library is not there. */
static bool libraries_are_there(void)
{
	return epoxy_has_egl() && dlopen("libGLESv2.so.2", RTLD_LAZY);
}

char *gl_device_find(int card_fd)
{
	char *path = drmGetRenderDeviceNameFromFd(card_fd);

	return path ? path : drmGetDeviceNameFromFd2(card_fd);
}

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	/* Whoever opens a card first is its master, and while nobody else is. */
	if (fd >= 0 && drmIsMaster(fd))
		drmDropMaster(fd);
	return fd;
}

static const char *gl_context_open_display(struct gl_context *context, const char *device)
{
	EGLint major, minor;

	if (device) {
		context->fd = open_device(device);
		if (context->fd < 0)
			return "its device cannot be opened";
		context->gbm = gbm_create_device(context->fd);
		if (!context->gbm)
			return "gbm does not know it";
	}
	if (!epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_EXT_platform_base"))
		return "EGL has no platforms";
	context->display = eglGetPlatformDisplayEXT(
		context->gbm ? EGL_PLATFORM_GBM_KHR : EGL_PLATFORM_SURFACELESS_MESA,
		context->gbm ? (void *)context->gbm : EGL_DEFAULT_DISPLAY, NULL);
	if (context->display == EGL_NO_DISPLAY)
		return "EGL has no such platform";
	if (!eglInitialize(context->display, &major, &minor))
		return "EGL cannot start";
	return NULL;
}

/* With all that EGL offers, or as little as can be. */
static bool gl_context_try(struct gl_context *context, bool with_all)
{
	EGLDisplay display = context->display;
	EGLint attributes[ATTRIBUTES_MAX] = { EGL_CONTEXT_MAJOR_VERSION, 2 };
	int n = 2;

	context->tells_resets =
		with_all && epoxy_has_egl_extension(display, "EGL_EXT_create_context_robustness");
	if (context->tells_resets) {
		attributes[n++] = EGL_CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY_EXT;
		attributes[n++] = EGL_LOSE_CONTEXT_ON_RESET_EXT;
	}
	if (with_all && epoxy_has_egl_extension(display, "EGL_IMG_context_priority")) {
		attributes[n++] = EGL_CONTEXT_PRIORITY_LEVEL_IMG;
		attributes[n++] = EGL_CONTEXT_PRIORITY_HIGH_IMG;
	}
	attributes[n] = EGL_NONE;
	context->context = eglCreateContext(display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	return context->context != EGL_NO_CONTEXT;
}

static const char *gl_context_create(struct gl_context *context)
{
	EGLDisplay display = context->display;

	if (!epoxy_has_egl_extension(display, "EGL_KHR_surfaceless_context") ||
		!epoxy_has_egl_extension(display, "EGL_KHR_no_config_context"))
		return "EGL has no contexts without surfaces";
	if (!eglBindAPI(EGL_OPENGL_ES_API))
		return "EGL has no OpenGL ES";
	/* Some drivers refuse a high priority to whoever may not have it. */
	if (!gl_context_try(context, true) && !gl_context_try(context, false))
		return "EGL makes no context";
	if (gl_context_enter(context) < 0)
		return "EGL makes no context current";
	return NULL;
}

/* A guest's GPU says in brackets who renders for it. */
static bool name_is_software(const char *name)
{
	static const char *const known[] = { "llvmpipe", "softpipe", "swrast" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(name, known[i], strlen(known[i])) == 0)
			return true;
	}
	return false;
}

static const char *gl_context_ask(struct gl_context *context)
{
	EGLDisplay display = context->display;
	const char *name = (const char *)glGetString(GL_RENDERER);
	EGLint priority = EGL_CONTEXT_PRIORITY_MEDIUM_IMG;

	if (!epoxy_has_gl_extension("GL_EXT_texture_format_BGRA8888") ||
		!(epoxy_gl_version() >= 30 || epoxy_has_gl_extension("GL_EXT_unpack_subimage")))
		return "OpenGL ES takes no pictures of our format";
	context->name = name ? name : "GL";
	context->is_software = name_is_software(context->name);
	context->has_fences = epoxy_has_egl_extension(display, "EGL_ANDROID_native_fence_sync");
	context->has_dmabufs = epoxy_has_egl_extension(display, "EGL_EXT_image_dma_buf_import") &&
			       epoxy_has_gl_extension("GL_OES_EGL_image");
	context->has_modifiers =
		epoxy_has_egl_extension(display, "EGL_EXT_image_dma_buf_import_modifiers");
	context->has_external = epoxy_has_gl_extension("GL_OES_EGL_image_external");
	if (!epoxy_has_gl_extension("GL_EXT_robustness"))
		context->tells_resets = false;
	glGetIntegerv(GL_MAX_TEXTURE_SIZE, &context->side_max_px);
	if (epoxy_has_egl_extension(display, "EGL_IMG_context_priority"))
		eglQueryContext(
			display, context->context, EGL_CONTEXT_PRIORITY_LEVEL_IMG, &priority);
	context->is_urgent = priority == EGL_CONTEXT_PRIORITY_HIGH_IMG;
	return NULL;
}

int gl_context_init(struct gl_context *context, const char *device)
{
	*context = (struct gl_context){ .fd = -1 };
	const char *refusal = libraries_are_there() ? NULL : "there is no libEGL or no libGLESv2";
	if (!refusal)
		refusal = gl_context_open_display(context, device);
	if (!refusal)
		refusal = gl_context_create(context);
	if (!refusal)
		refusal = gl_context_ask(context);
	if (refusal)
		log_warn("no GL: %s", refusal);
	return refusal ? -ENODEV : 0;
}

void gl_context_finish(struct gl_context *context)
{
	if (context->display != EGL_NO_DISPLAY) {
		eglMakeCurrent(context->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
		if (context->context != EGL_NO_CONTEXT)
			eglDestroyContext(context->display, context->context);
		eglTerminate(context->display);
		eglReleaseThread();
	}
	if (context->gbm)
		gbm_device_destroy(context->gbm);
	fd_close(&context->fd);
	*context = (struct gl_context){ .fd = -1 };
}

/* Without a card Mesa chooses itself. */
static dev_t chosen_device(EGLDisplay display)
{
	EGLAttrib device = 0;
	const char *path = NULL;
	struct stat st;

	if (epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_EXT_device_query") &&
		eglQueryDisplayAttribEXT(display, EGL_DEVICE_EXT, &device) && device)
		path = eglQueryDeviceStringEXT((EGLDeviceEXT)device, EGL_DRM_DEVICE_FILE_EXT);
	return path && stat(path, &st) == 0 ? st.st_rdev : 0;
}

dev_t gl_context_device(const struct gl_context *context)
{
	struct stat st;

	if (context->fd < 0)
		return chosen_device(context->display);
	return fstat(context->fd, &st) == 0 ? st.st_rdev : 0;
}

int gl_context_enter(struct gl_context *context)
{
	if (!eglMakeCurrent(context->display, EGL_NO_SURFACE, EGL_NO_SURFACE, context->context))
		context->is_lost = true;
	return context->is_lost ? -ENODEV : 0;
}

int gl_context_check(struct gl_context *context)
{
	int ret = 0;

	/* Until there is none; a lost context may have errors without end. */
	for (int i = 0; i < 16; i++) {
		GLenum error = glGetError();
		if (error == GL_NO_ERROR)
			break;
		ret = error == GL_OUT_OF_MEMORY ? -ENOMEM : -EIO;
	}
	/* It is told once. */
	if (context->tells_resets && glGetGraphicsResetStatusEXT() != GL_NO_ERROR)
		context->is_lost = true;
	return context->is_lost ? -ENODEV : ret;
}

int gl_context_flush(struct gl_context *context, bool is_dmabuf)
{
	EGLSyncKHR sync = EGL_NO_SYNC_KHR;
	int fd = EGL_NO_NATIVE_FENCE_FD_ANDROID;

	if (context->has_fences)
		sync = eglCreateSyncKHR(context->display, EGL_SYNC_NATIVE_FENCE_ANDROID, NULL);
	/* Software writes to the memory itself, which nobody waits for. */
	if (context->is_software || (!context->has_fences && !is_dmabuf))
		glFinish();
	else
		glFlush();
	if (sync != EGL_NO_SYNC_KHR) {
		fd = eglDupNativeFenceFDANDROID(context->display, sync);
		eglDestroySyncKHR(context->display, sync);
	}
	return fd;
}

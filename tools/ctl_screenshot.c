/* SPDX-License-Identifier: MIT */
/* mullionctl screenshot. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "protocol/limits.h"
#include "tools/ctl.h"
#include "base/png_write.h"

/* The pixels of a reply to Screenshot, mapped; NULL where they are not as they should be. */
static void *reply_map_pixels(
	const struct varlink_reply *reply, struct image *picture, size_t *bytes)
{
	int64_t width = get_int(reply->parameters, "width");
	int64_t height = get_int(reply->parameters, "height");
	int64_t stride = get_int(reply->parameters, "stride");

	if (width < 1 || width > LIMIT_PICTURE_PX || height < 1 || height > LIMIT_PICTURE_PX)
		return NULL;
	if (stride < width * 4 || stride > LIMIT_PICTURE_PX * 8 || reply->fd < 0)
		return NULL;
	*bytes = stride * height;
	if (memfd_check_sealed(reply->fd, *bytes) < 0)
		return NULL;
	void *pixels = memfd_map(reply->fd, *bytes, PROT_READ);
	*picture = (struct image){
		.pixels = pixels,
		.width_px = width,
		.height_px = height,
		.stride_bytes = stride,
		.format = get_string(reply->parameters, "format"),
	};
	return pixels;
}

static int write_png_file(const char *path, const struct image *picture)
{
	bool is_stdout = strcmp(path, "-") == 0;
	FILE *out = is_stdout ? stdout : fopen(path, "wb");
	struct stat st;

	if (!out || fstat(fileno(out), &st) < 0)
		return fail("%s: %s", path, strerror(errno));
	int ret = image_write_png(out, picture);
	int error = errno;
	if (!is_stdout && fclose(out) != 0 && ret == 0) {
		error = errno;
		ret = -EIO;
	}
	if (ret == 0)
		return EXIT_OK;
	/* Half a picture is none; a device or a pipe is not ours to remove. */
	if (!is_stdout && S_ISREG(st.st_mode))
		unlink(path);
	if (ret == -ENOTSUP)
		return fail("pixels of the format %s are unknown to mullionctl", picture->format);
	return fail("%s: %s", path, strerror(ret == -EIO && error ? error : -ret));
}

int ctl_write_picture(const struct ctl *ctl, const char *method,
	struct json_object *take_parameters, const char *path)
{
	struct varlink_reply reply;
	struct image picture;
	size_t bytes;

	if (ctl->json && strcmp(path, "-") == 0) {
		json_object_put(take_parameters);
		return fail_usage("standard output takes the picture or --json, not both");
	}
	int status = ctl_call(ctl, method, take_parameters, &reply);
	if (status != EXIT_OK)
		return status;

	void *pixels = reply_map_pixels(&reply, &picture, &bytes);
	if (pixels) {
		status = write_png_file(path, &picture);
		munmap(pixels, bytes);
	} else {
		status = fail("%s sent no picture that can be read", ctl->service);
	}
	if (status == EXIT_OK && ctl->json)
		print_json(&reply);
	varlink_reply_finish(&reply);
	return status;
}

int ctl_screenshot(const struct ctl *ctl)
{
	struct json_object *parameters;
	uint64_t head;

	if (!parse_head(ctl->args[1], &head))
		return EXIT_USAGE;
	parameters = guest_parameters(ctl->args[0]);
	json_object_object_add(parameters, "head", json_object_new_int(head));
	return ctl_write_picture(ctl, CONTROL("Screenshot"), parameters, ctl->args[2]);
}

/* SPDX-License-Identifier: MIT */
/* mullionctl timeline: asks mulliond again and again, for a while. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "tools/ctl.h"
#include "tools/spans.h"

#define SECONDS_DEFAULT 5
#define SECONDS_MAX 600
/* So often that mulliond, which keeps some seconds, overwrites nothing in between. */
#define PERIOD_US 100000

typedef void (*spans_write)(const struct spans *spans, FILE *out);

static bool has_suffix(const char *path, const char *suffix)
{
	size_t len = strlen(path), suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(path + len - suffix_len, suffix) == 0;
}

static spans_write find_format(const char *path)
{
	if (has_suffix(path, ".json"))
		return spans_write_trace;
	return has_suffix(path, ".svg") ? spans_write_svg : NULL;
}

static enum exit_status ask(const struct ctl *ctl, struct spans *spans, int64_t *last)
{
	struct json_object *parameters = NULL;
	struct varlink_reply reply;

	if (*last >= 0) {
		parameters = json_object_new_object();
		json_object_object_add(parameters, "after", json_object_new_int64(*last));
	}
	enum exit_status status = ctl_call(ctl, CONTROL("Timeline"), parameters, &reply);
	if (status != EXIT_OK)
		return status;
	if (*last < 0)
		spans->start_us = get_int(reply.parameters, "now_us");
	else if (get_int(reply.parameters, "last") < *last)
		status = fail("mulliond was restarted in the meantime");
	*last = get_int(reply.parameters, "last");
	if (status == EXIT_OK && !spans_add(spans, reply.parameters))
		status = fail("that is more than can be drawn: look for fewer seconds");
	varlink_reply_finish(&reply);
	return status;
}

static enum exit_status gather(const struct ctl *ctl, struct spans *spans, int64_t length_us)
{
	struct varlink_reply before, after;
	int64_t last = -1;

	enum exit_status status = ctl_call(ctl, CONTROL("Stats"), NULL, &before);
	if (status != EXIT_OK)
		return status;
	spans_add_guests(spans, before.parameters);
	status = ask(ctl, spans, &last);
	while (status == EXIT_OK && spans->end_us - spans->start_us < length_us) {
		int64_t left_us = length_us - (spans->end_us - spans->start_us);
		usleep(left_us < PERIOD_US ? left_us : PERIOD_US);
		status = ask(ctl, spans, &last);
	}
	if (status == EXIT_OK)
		status = ctl_call(ctl, CONTROL("Stats"), NULL, &after);
	if (status == EXIT_OK) {
		spans_set_shares(spans, before.parameters, after.parameters);
		varlink_reply_finish(&after);
	}
	varlink_reply_finish(&before);
	return status;
}

int ctl_timeline(const struct ctl *ctl)
{
	uint64_t seconds = SECONDS_DEFAULT;
	spans_write write = ctl->out ? find_format(ctl->out) : NULL;
	struct spans spans = { 0 };
	struct stat st;

	if (!write)
		return fail_usage("expected --out FILE.json or --out FILE.svg");
	if (ctl->seconds && (!parse_number(ctl->seconds, SECONDS_MAX, &seconds) || !seconds))
		return fail_usage("expected --seconds from 1 to %d, got \"%s\"", SECONDS_MAX,
			ctl->seconds);
	/* What cannot be written is said at once; what is there stays until there is another. */
	int fd = open(ctl->out, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out || fstat(fd, &st) < 0)
		return fail("%s: %s", ctl->out, strerror(errno));

	enum exit_status status = gather(ctl, &spans, seconds * 1000000);
	bool begun = status == EXIT_OK;
	if (begun) {
		if (S_ISREG(st.st_mode) && ftruncate(fd, 0) < 0)
			status = fail("%s: %s", ctl->out, strerror(errno));
		else
			write(&spans, out);
	}
	if (fclose(out) != 0 && status == EXIT_OK)
		status = fail("%s: %s", ctl->out, strerror(errno));
	/* Half of one is none. */
	if (status != EXIT_OK && S_ISREG(st.st_mode) && (begun || st.st_size == 0))
		unlink(ctl->out);
	spans_finish(&spans);
	return status;
}

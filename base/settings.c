/* SPDX-License-Identifier: MIT */
/* What a configuration's reader stands on. */
#include "base/settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

void settings_errors_start(struct settings_errors *errors, const char *path, const char *manual)
{
	errors->path = path;
	errors->manual = manual;
	errors->n = 0;
	errors->more = false;
}

void settings_error(struct settings_errors *errors, unsigned line, const char *format, ...)
{
	if (errors->n == SETTINGS_ERRORS_MAX) {
		errors->more = true;
		return;
	}
	char *text = errors->lines[errors->n++];
	size_t size = sizeof(errors->lines[0]);
	int len = line ? snprintf(text, size, "%.256s:%u: ", errors->path, line)
		       : snprintf(text, size, "%.256s: ", errors->path);
	if (len < 0 || (size_t)len >= size)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(text + len, size - len, format, args);
	va_end(args);
}

const struct settings_key *settings_key_find(
	const struct settings_key *keys, size_t n_keys, const char *name)
{
	for (size_t i = 0; i < n_keys && keys[i].name; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

bool settings_key_differs(const struct settings_key *key, const void *one, const void *other)
{
	return memcmp((const char *)one + key->offset, (const char *)other + key->offset,
		       key->bytes) != 0;
}

void settings_say_kept(const char *section, const char *prefix, const struct settings_key *keys,
	size_t n_keys, uint32_t at_once, const void *now, const void *wanted)
{
	for (size_t i = 0; i < n_keys && keys[i].name; i++) {
		if (!(keys[i].traits & at_once) && settings_key_differs(&keys[i], now, wanted))
			log_warn("[%s]: %s%s is another in the file: that needs a restart", section,
				prefix, keys[i].name);
	}
}

bool settings_claim(struct settings_errors *errors, unsigned line, const char *key, unsigned *claim)
{
	if (*claim) {
		settings_error(errors, line, "%s: already set in line %u", key, *claim);
		return false;
	}
	*claim = line;
	return true;
}

void settings_refuse_key(struct settings_errors *errors, unsigned line, const char *key)
{
	settings_error(errors, line, "%.*s: no such key in this section, see %s", SETTINGS_SHOWN,
		key, errors->manual);
}

void settings_set(struct settings_errors *errors, unsigned line, const char *key,
	const struct settings_key *found, unsigned *claim, void *to, const char *value)
{
	if (settings_claim(errors, line, key, claim) &&
		!found->parse(value, (char *)to + found->offset))
		settings_error(errors, line, "%s: expected %s, got \"%.*s\"", key, found->expected,
			SETTINGS_SHOWN, value);
}

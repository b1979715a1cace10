/* SPDX-License-Identifier: MIT */
/* The text of DRM's fdinfo. */
#include "protocol/drm_usage.h"

#include <string.h>

#define ITEMS_MAX 16 /* engines, and regions: drivers have up to a dozen */
#define NAME_MAX_BYTES 32

/* What several lines say of one engine, or of one region. */
struct item {
	char name[NAME_MAX_BYTES];
	uint64_t amount; /* nanoseconds; bytes that are there */
	uint64_t detail; /* capacity; bytes of those that may be taken back */
	bool has_amount;
};

struct items {
	struct item items[ITEMS_MAX];
	size_t n;
};

struct line {
	const char *key, *value;
	size_t key_len, value_len;
};

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t mul_saturated(uint64_t a, uint64_t b)
{
	return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* NULL: there are too many, or the name is too long or empty. */
static struct item *items_get(struct items *items, const char *name, size_t len)
{
	if (!len || len >= NAME_MAX_BYTES || memchr(name, '\0', len))
		return NULL;
	for (size_t i = 0; i < items->n; i++) {
		if (!memcmp(items->items[i].name, name, len) && !items->items[i].name[len])
			return &items->items[i];
	}
	if (items->n == ITEMS_MAX)
		return NULL;
	struct item *item = &items->items[items->n++];
	memcpy(item->name, name, len);
	return item;
}

/* "key:<blanks>value<blanks>"; false: it is none. */
static bool line_split(struct line *line, const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len), *end = text + len;

	if (!colon)
		return false;
	line->key = text;
	line->key_len = colon - text;
	line->value = colon + 1;
	while (line->value < end && is_blank(*line->value))
		line->value++;
	while (end > line->value && is_blank(end[-1]))
		end--;
	line->value_len = end - line->value;
	return true;
}

/* A number and the blanks behind it; false: there is none. */
static bool line_take_number(struct line *line, uint64_t *number)
{
	size_t i = 0;

	for (*number = 0; i < line->value_len; i++) {
		char c = line->value[i];
		if (c < '0' || c > '9')
			break;
		*number = add_saturated(mul_saturated(*number, 10), c - '0');
	}
	if (!i)
		return false;
	while (i < line->value_len && is_blank(line->value[i]))
		i++;
	line->value += i;
	line->value_len -= i;
	return true;
}

static bool line_is(const struct line *line, const char *unit)
{
	return line->value_len == strlen(unit) && !memcmp(line->value, unit, line->value_len);
}

/* The item that a line "drm-engine-NAME" is of; NULL: it is another kind of line. */
static struct item *line_item(const struct line *line, const char *prefix, struct items *items)
{
	size_t len = strlen(prefix);

	if (line->key_len <= len || memcmp(line->key, prefix, len))
		return NULL;
	return items_get(items, line->key + len, line->key_len - len);
}

static bool line_take_ns(struct line *line, uint64_t *ns)
{
	return line_take_number(line, ns) && line_is(line, "ns");
}

static bool line_take_bytes(struct line *line, uint64_t *bytes)
{
	if (!line_take_number(line, bytes))
		return false;
	if (line_is(line, "KiB"))
		*bytes = mul_saturated(*bytes, 1024);
	else if (line_is(line, "MiB"))
		*bytes = mul_saturated(*bytes, 1024 * 1024);
	else
		return !line->value_len;
	return true;
}

static void item_set(struct item *item, uint64_t amount)
{
	item->amount = amount;
	item->has_amount = true;
}

static void engine_read(struct items *engines, struct line *line)
{
	static const char capacity[] = "drm-engine-capacity-";
	uint64_t number;
	bool is_capacity =
		line->key_len >= strlen(capacity) && !memcmp(line->key, capacity, strlen(capacity));
	struct item *engine = line_item(line, is_capacity ? capacity : "drm-engine-", engines);

	if (!engine)
		return;
	if (is_capacity && line_take_number(line, &number) && !line->value_len)
		engine->detail = number;
	else if (!is_capacity && line_take_ns(line, &number))
		item_set(engine, number);
}

static void region_read(struct items *regions, struct line *line)
{
	/* The second is the older name of the first; some drivers print both. */
	static const char *const amounts[] = { "drm-resident-", "drm-memory-" };
	struct item *region;
	uint64_t bytes;

	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
		region = line_item(line, amounts[i], regions);
		if (region && line_take_bytes(line, &bytes))
			item_set(region, bytes);
	}
	region = line_item(line, "drm-purgeable-", regions);
	if (region && line_take_bytes(line, &bytes))
		region->detail = bytes;
}

void drm_usage_parse(struct drm_usage *usage, const char *text, size_t len)
{
	struct items engines = { .n = 0 }, regions = { .n = 0 };
	const char *end;
	struct line line;

	*usage = (struct drm_usage){ 0 };
	for (; len && (end = memchr(text, '\n', len)); len -= end + 1 - text, text = end + 1) {
		if (!line_split(&line, text, end - text))
			continue;
		engine_read(&engines, &line);
		region_read(&regions, &line);
	}
	for (size_t i = 0; i < engines.n; i++) {
		const struct item *engine = &engines.items[i];
		usage->has_time |= engine->has_amount;
		usage->engine_ns = add_saturated(
			usage->engine_ns, engine->amount / (engine->detail ? engine->detail : 1));
	}
	for (size_t i = 0; i < regions.n; i++) {
		const struct item *region = &regions.items[i];
		usage->has_memory |= region->has_amount;
		if (region->amount > region->detail)
			usage->memory_bytes =
				add_saturated(usage->memory_bytes, region->amount - region->detail);
	}
}

void drm_usage_add(struct drm_usage *usage, const struct drm_usage *other)
{
	usage->has_time |= other->has_time;
	usage->engine_ns = add_saturated(usage->engine_ns, other->engine_ns);
	usage->has_memory |= other->has_memory;
	usage->memory_bytes = add_saturated(usage->memory_bytes, other->memory_bytes);
}

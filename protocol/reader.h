/* SPDX-License-Identifier: MIT */
#ifndef PROTOCOL_READER_H
#define PROTOCOL_READER_H

/*
 * The bounded reader and writer of little-endian bytes. Failure is sticky: a
 * short read sets `failed`, every later read gives zero, and the caller looks
 * once at the end. Both borrow their bytes.
 */

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const uint8_t *data;
	size_t len;
	size_t pos;
	bool failed;
};

static inline struct reader reader_over(const void *data, size_t len)
{
	return (struct reader){ .data = data, .len = len };
}

static inline size_t reader_left(const struct reader *r)
{
	return r->failed ? 0 : r->len - r->pos;
}

/* All consumed and nothing missing. */
static inline bool reader_done(const struct reader *r)
{
	return !r->failed && r->pos == r->len;
}

/* A view of the next `len` bytes, or NULL. */
static inline const void *read_view(struct reader *r, size_t len)
{
	if (r->failed || len > r->len - r->pos) {
		r->failed = true;
		return NULL;
	}
	const void *view = r->data + r->pos;
	r->pos += len;
	return view;
}

/* Zero-filled when short. */
static inline void read_bytes(struct reader *r, void *to, size_t len)
{
	const void *view = read_view(r, len);
	if (view)
		memcpy(to, view, len);
	else
		memset(to, 0, len);
}

static inline uint8_t read_u8(struct reader *r)
{
	uint8_t value;
	read_bytes(r, &value, sizeof(value));
	return value;
}

static inline uint16_t read_u16(struct reader *r)
{
	uint16_t value;
	read_bytes(r, &value, sizeof(value));
	return le16toh(value);
}

static inline uint32_t read_u32(struct reader *r)
{
	uint32_t value;
	read_bytes(r, &value, sizeof(value));
	return le32toh(value);
}

static inline uint64_t read_u64(struct reader *r)
{
	uint64_t value;
	read_bytes(r, &value, sizeof(value));
	return le64toh(value);
}

struct writer {
	uint8_t *data;
	size_t size;
	size_t pos;
	bool failed;
};

static inline struct writer writer_over(void *data, size_t size)
{
	return (struct writer){ .data = data, .size = size };
}

static inline void write_bytes(struct writer *w, const void *from, size_t len)
{
	if (w->failed || len > w->size - w->pos) {
		w->failed = true;
		return;
	}
	memcpy(w->data + w->pos, from, len);
	w->pos += len;
}

static inline void write_zero(struct writer *w, size_t len)
{
	if (w->failed || len > w->size - w->pos) {
		w->failed = true;
		return;
	}
	memset(w->data + w->pos, 0, len);
	w->pos += len;
}

static inline void write_u8(struct writer *w, uint8_t value)
{
	write_bytes(w, &value, sizeof(value));
}

static inline void write_u16(struct writer *w, uint16_t value)
{
	value = htole16(value);
	write_bytes(w, &value, sizeof(value));
}

static inline void write_u32(struct writer *w, uint32_t value)
{
	value = htole32(value);
	write_bytes(w, &value, sizeof(value));
}

static inline void write_u64(struct writer *w, uint64_t value)
{
	value = htole64(value);
	write_bytes(w, &value, sizeof(value));
}

#endif

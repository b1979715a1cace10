/* SPDX-License-Identifier: MIT */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

/*
 * Durations, counted in buckets that grow by a quarter of their power of two: a
 * quantile is right to 19 percent. From 1 us to more than an hour.
 */

#include <stdint.h>

#define HISTOGRAM_BUCKETS 128

struct histogram {
	uint64_t n;
	uint32_t counts[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t duration_ns);
/* The longest duration of a bucket. */
uint64_t histogram_bucket_end_us(uint32_t bucket);
/* The duration that `percent` of the added ones do not exceed, in us; 0: there are none. */
uint64_t histogram_quantile_us(const struct histogram *histogram, unsigned percent);

#endif

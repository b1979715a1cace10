/* SPDX-License-Identifier: MIT */
/* Durations in buckets: four to each power of two of microseconds. */
#include "base/histogram.h"

static uint32_t bucket_of(uint64_t us)
{
	if (us < 4)
		return us;
	uint32_t power = 63 - __builtin_clzll(us);
	uint32_t bucket = (power - 1) * 4 + ((us >> (power - 2)) & 3);
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

uint64_t histogram_bucket_end_us(uint32_t bucket)
{
	if (bucket < 4)
		return bucket;
	uint32_t power = bucket / 4 + 1;
	return ((UINT64_C(5) + bucket % 4) << (power - 2)) - 1;
}

void histogram_add(struct histogram *histogram, int64_t duration_ns)
{
	histogram->n++;
	histogram->counts[bucket_of(duration_ns > 0 ? duration_ns / 1000 : 0)]++;
}

uint64_t histogram_quantile_us(const struct histogram *histogram, unsigned percent)
{
	uint64_t wanted = (histogram->n * percent + 99) / 100, seen = 0;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS && wanted; i++) {
		seen += histogram->counts[i];
		if (seen >= wanted)
			return histogram_bucket_end_us(i);
	}
	return 0;
}

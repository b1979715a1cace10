/* SPDX-License-Identifier: MIT */
#ifndef DAEMON_TERMS_H
#define DAEMON_TERMS_H

/*
 * A guest's terms (struct policy_terms) as people write them, in the configuration and
 * to `mullionctl set`. Each takes the whole text or refuses it, and then changes nothing.
 * Whether terms fit each other and those of other guests says the policy.
 */

#include <stdbool.h>

#define TERMS_EXPECTED_WEIGHT "a number from 1 to 1000"
#define TERMS_EXPECTED_CAP "a percentage from 1% to 100%, or none"
#define TERMS_EXPECTED_RESERVATION                                                                 \
	"RUNTIME/PERIOD such as 4ms/16ms, of at most 90% and periods from 1ms to 1s, or none"
#define TERMS_EXPECTED_SLICE "a time such as 4ms or 500us, from 100us to 1s"

/* `to` is a struct policy_terms. */
bool terms_parse_weight(const char *text, void *to);
bool terms_parse_cap(const char *text, void *to);
bool terms_parse_reservation(const char *text, void *to);
bool terms_parse_slice(const char *text, void *to);

#endif

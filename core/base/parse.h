/* SPDX-License-Identifier: BSD-2-Clause */
/* Strict parsers for what a user writes: the whole text must be the value. */
#ifndef CORE_BASE_PARSE_H
#define CORE_BASE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits and at most one suffix k, M, G or T (powers of 1024, either
 * case).  False: not a number, or beyond 64 bits; *value is untouched. */
bool parse_size(const char *text, uint64_t *value);

/* Decimal digits only. */
bool parse_u64(const char *text, uint64_t *value);

/* Seconds with an optional fraction, or a number with ms, s, m, h or d. */
bool parse_duration_ns(const char *text, uint64_t *value);

/* yes/no, on/off, true/false, 1/0. */
bool parse_flag(const char *text, bool *value);

#endif

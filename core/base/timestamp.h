/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture time as text.  Time is nanoseconds since 1970-01-01 UTC. */
#ifndef CORE_BASE_TIMESTAMP_H
#define CORE_BASE_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_SECOND UINT64_C(1000000000)
#define TIMESTAMP_ROOM 64 /* enough for every form below, with its NUL */

/* 2026-11-23T09:38:20.123456Z (RFC 3339) */
void timestamp_utc(char text[TIMESTAMP_ROOM], uint64_t ns);
/* 2026-11-23T10:38:20.123456+01:00 */
void timestamp_local(char text[TIMESTAMP_ROOM], uint64_t ns);
/* 1763890700.123456789 */
void timestamp_epoch(char text[TIMESTAMP_ROOM], uint64_t ns);
/* 12.345678, seconds since start; -0.5 where it lies before */
void timestamp_relative(
    char text[TIMESTAMP_ROOM], uint64_t ns, uint64_t start_ns);

#endif

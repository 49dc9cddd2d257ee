/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture time as text. */
#include "core/base/timestamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* Date and time of the second; what cannot be a date stays a number. */
static void write_date(char text[TIMESTAMP_ROOM], const struct tm *parts,
    uint64_t ns, const char *zone)
{
	char date[32];

	if (parts == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", parts) == 0) {
		timestamp_epoch(text, ns);
		return;
	}
	snprintf(text, TIMESTAMP_ROOM, "%s.%06" PRIu64 "%s", date,
	    ns % NS_PER_SECOND / 1000, zone);
}

void timestamp_utc(char text[TIMESTAMP_ROOM], uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm parts;

	write_date(text, gmtime_r(&seconds, &parts), ns, "Z");
}

void timestamp_local(char text[TIMESTAMP_ROOM], uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm parts;
	char zone[8] = "";

	if (localtime_r(&seconds, &parts) == NULL) {
		timestamp_epoch(text, ns);
		return;
	}
	/* strftime writes +0100; RFC 3339 wants +01:00. */
	if (strftime(zone, sizeof(zone), "%z", &parts) == 5) {
		zone[6] = '\0';
		zone[5] = zone[4];
		zone[4] = zone[3];
		zone[3] = ':';
	}
	write_date(text, &parts, ns, zone);
}

void timestamp_epoch(char text[TIMESTAMP_ROOM], uint64_t ns)
{
	snprintf(text, TIMESTAMP_ROOM, "%" PRIu64 ".%09" PRIu64,
	    ns / NS_PER_SECOND, ns % NS_PER_SECOND);
}

void timestamp_relative(
    char text[TIMESTAMP_ROOM], uint64_t ns, uint64_t start_ns)
{
	uint64_t distance = ns >= start_ns ? ns - start_ns : start_ns - ns;

	snprintf(text, TIMESTAMP_ROOM, "%s%" PRIu64 ".%06" PRIu64,
	    ns >= start_ns ? "" : "-", distance / NS_PER_SECOND,
	    distance % NS_PER_SECOND / 1000);
}

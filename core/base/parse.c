/* SPDX-License-Identifier: BSD-2-Clause */
/* Strict parsers for what a user writes. */
#include "core/base/parse.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "core/base/timestamp.h"

/* Digits from *text on, which is moved behind them. */
static bool take_digits(const char **text, uint64_t *value)
{
	uint64_t sum = 0;
	const char *at = *text;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*at - '0'), &sum))
			return false;
	}
	*text = at;
	*value = sum;
	return true;
}

bool parse_u64(const char *text, uint64_t *value)
{
	uint64_t number;

	if (!take_digits(&text, &number) || *text != '\0')
		return false;
	*value = number;
	return true;
}

bool parse_size(const char *text, uint64_t *value)
{
	static const char suffixes[] = "kmgt";
	uint64_t number;
	const char *suffix;

	if (!take_digits(&text, &number))
		return false;
	if (*text != '\0') {
		suffix = strchr(suffixes, *text | 0x20);
		if (suffix == NULL || text[1] != '\0' ||
		    __builtin_mul_overflow(number,
			UINT64_C(1) << (10 * (suffix - suffixes + 1)), &number))
			return false;
	}
	*value = number;
	return true;
}

bool parse_duration_ns(const char *text, uint64_t *value)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
	    {"", NS_PER_SECOND},
	    {"s", NS_PER_SECOND},
	    {"ms", NS_PER_SECOND / 1000},
	    {"m", 60 * NS_PER_SECOND},
	    {"h", 3600 * NS_PER_SECOND},
	    {"d", 86400 * NS_PER_SECOND},
	};
	uint64_t number;
	uint64_t fraction = 0;
	uint64_t place = NS_PER_SECOND;

	if (!take_digits(&text, &number))
		return false;
	if (*text == '.') {
		if (text[1] < '0' || text[1] > '9')
			return false;
		while (*++text >= '0' && *text <= '9') {
			place /= 10;
			fraction += place * (uint64_t)(*text - '0');
		}
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].name) != 0)
			continue;
		/* Of the unit, not of a second.  10^9 times the microseconds of
		 * a day: no overflow. */
		fraction = fraction * (units[i].ns / 1000000) / 1000;
		if (__builtin_mul_overflow(number, units[i].ns, &number) ||
		    __builtin_add_overflow(number, fraction, &number))
			return false;
		*value = number;
		return true;
	}
	return false;
}

bool parse_flag(const char *text, bool *value)
{
	static const char *const names[2][4] = {
	    {"no", "off", "false", "0"}, {"yes", "on", "true", "1"}};

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned j = 0; j < 4; j++) {
			if (strcasecmp(text, names[i][j]) == 0) {
				*value = i == 1;
				return true;
			}
		}
	}
	return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces of Cookie and Set-Cookie.  It knows bytes only. */
#include "plugins/http/http.h"

#include <string.h>

void http_trim(const uint8_t **at, size_t *length)
{
	while (*length > 0 && (**at == ' ' || **at == '\t')) {
		++*at;
		--*length;
	}
	while (*length > 0 &&
	    ((*at)[*length - 1] == ' ' || (*at)[*length - 1] == '\t'))
		--*length;
}

static void split(const uint8_t *at, size_t length, struct http_cookie *cookie)
{
	const uint8_t *equals = memchr(at, '=', length);

	cookie->name = at;
	cookie->name_length = equals != NULL ? (size_t)(equals - at) : length;
	cookie->value = equals != NULL ? equals + 1 : NULL;
	cookie->value_length = equals != NULL ? length - cookie->name_length - 1
					      : 0;
}

bool http_cookie_next(
    const uint8_t **value, size_t *length, struct http_cookie *cookie)
{
	while (*length > 0) {
		const uint8_t *at = *value;
		const uint8_t *semicolon = memchr(at, ';', *length);
		size_t piece = semicolon != NULL ? (size_t)(semicolon - at)
						 : *length;
		size_t taken = piece + (semicolon != NULL);

		*value += taken;
		*length -= taken;
		http_trim(&at, &piece);
		if (piece > 0) {
			split(at, piece, cookie);
			return true;
		}
	}
	return false;
}

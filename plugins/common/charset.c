/* SPDX-License-Identifier: BSD-2-Clause */
/* Charsets, by iconv; the one file that knows it. */
#include "plugins/common/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

/* What is used on the web and keeps ASCII (WHATWG Encoding), less ISO-2022 forms:
 * they have state, and their converters had holes. */
static const char *const known[] = {"big5", "big5-hkscs", "cp1251", "cp1252",
    "euc-jp", "euc-kr", "gb18030", "gb2312", "gbk", "iso-8859-1", "iso-8859-2",
    "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7",
    "iso-8859-8", "iso-8859-9", "iso-8859-10", "iso-8859-13", "iso-8859-14",
    "iso-8859-15", "iso-8859-16", "koi8-r", "koi8-u", "latin1", "shift_jis",
    "tis-620", "windows-1250", "windows-1251", "windows-1252", "windows-1253",
    "windows-1254", "windows-1255", "windows-1256", "windows-1257",
    "windows-1258"};

static const char *find(const void *name, size_t length)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i]) == length &&
		    strncasecmp(known[i], name, length) == 0)
			return known[i];
	}
	return NULL;
}

bool charset_append(struct bytes *to, const void *name, size_t name_length,
    const void *data, size_t length)
{
	static const char replacement[] = "\xef\xbf\xbd";
	const char *charset = find(name, name_length);
	char *at = (char *)(uintptr_t)data; /* iconv only reads it */
	iconv_t converter;

	if (charset == NULL)
		return false;
	converter = iconv_open("UTF-8", charset);
	if (converter == (iconv_t)-1)
		return false;
	while (length > 0) {
		char out[512];
		char *out_at = out;
		size_t room = sizeof(out);
		size_t result = iconv(converter, &at, &length, &out_at, &room);

		bytes_append(to, out, sizeof(out) - room);
		if (result != (size_t)-1 || errno == E2BIG)
			continue;
		if (errno == EINVAL) /* cut within a character */
			break;
		bytes_append(to, replacement, 3);
		at++;
		length--;
	}
	iconv_close(converter);
	return true;
}

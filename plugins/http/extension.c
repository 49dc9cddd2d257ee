/* SPDX-License-Identifier: BSD-2-Clause */
/* What files of a media type are called: only these, whatever the network says,
 * and nothing that a system would run. */
#include "plugins/http/http.h"

#include <string.h>
#include <strings.h>

struct row {
	const char *type;
	const char *extension;
};

static const struct row types[] = {
    {"text/html", ".html"},
    {"application/xhtml+xml", ".html"},
    {"text/css", ".css"},
    {"text/csv", ".csv"},
    {"text/javascript", ".js"},
    {"application/javascript", ".js"},
    {"application/x-javascript", ".js"},
    {"application/json", ".json"},
    {"application/x-www-form-urlencoded", ".txt"},
    {"application/x-ndjson", ".ndjson"},
    {"text/markdown", ".md"},
    {"text/xml", ".xml"},
    {"application/xml", ".xml"},
    {"image/avif", ".avif"},
    {"image/bmp", ".bmp"},
    {"image/gif", ".gif"},
    {"image/jpeg", ".jpg"},
    {"image/jpg", ".jpg"},
    {"image/png", ".png"},
    {"image/svg+xml", ".svg"},
    {"image/tiff", ".tif"},
    {"image/vnd.microsoft.icon", ".ico"},
    {"image/webp", ".webp"},
    {"image/x-icon", ".ico"},
    {"audio/aac", ".aac"},
    {"audio/flac", ".flac"},
    {"audio/mp4", ".m4a"},
    {"audio/mpeg", ".mp3"},
    {"audio/ogg", ".ogg"},
    {"audio/wav", ".wav"},
    {"audio/x-wav", ".wav"},
    {"video/mp2t", ".ts"},
    {"video/mp4", ".mp4"},
    {"video/mpeg", ".mpg"},
    {"video/ogg", ".ogv"},
    {"video/webm", ".webm"},
    {"application/vnd.apple.mpegurl", ".m3u8"},
    {"application/x-mpegurl", ".m3u8"},
    {"application/dash+xml", ".mpd"},
    {"font/otf", ".otf"},
    {"font/ttf", ".ttf"},
    {"font/woff", ".woff"},
    {"font/woff2", ".woff2"},
    {"application/font-woff", ".woff"},
    {"application/gzip", ".gz"},
    {"application/x-gzip", ".gz"},
    {"application/x-7z-compressed", ".7z"},
    {"application/x-bzip2", ".bz2"},
    {"application/x-rar-compressed", ".rar"},
    {"application/x-tar", ".tar"},
    {"application/x-xz", ".xz"},
    {"application/zip", ".zip"},
    {"application/zstd", ".zst"},
    {"application/epub+zip", ".epub"},
    {"application/pdf", ".pdf"},
    {"application/rtf", ".rtf"},
    {"application/wasm", ".wasm"},
    {"application/ocsp-request", ".orq"},
    {"application/ocsp-response", ".ors"},
    {"application/pkix-crl", ".crl"},
    {"application/pkix-cert", ".cer"},
};

/* By what stands behind its last plus, and by what it begins with. */
static const struct row structures[] = {
    {"+json", ".json"},
    {"+xml", ".xml"},
    {"+zip", ".zip"},
};
static const struct row families[] = {
    {"text/", ".txt"},
    {"multipart/", ".mime"},
    {"message/", ".txt"},
};

static bool is(const uint8_t *at, size_t length, const char *text)
{
	return length == strlen(text) &&
	    strncasecmp((const char *)at, text, length) == 0;
}

const char *http_extension(const uint8_t *type, size_t length)
{
	const uint8_t *semicolon = length > 0 ? memchr(type, ';', length)
					      : NULL;

	if (semicolon != NULL)
		length = (size_t)(semicolon - type);
	http_trim(&type, &length);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (is(type, length, types[i].type))
			return types[i].extension;
	}
	for (size_t i = 0; i < sizeof(structures) / sizeof(structures[0]);
	     i++) {
		size_t tail = strlen(structures[i].type);

		if (length >= tail &&
		    is(type + length - tail, tail, structures[i].type))
			return structures[i].extension;
	}
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		size_t head = strlen(families[i].type);

		if (length >= head && is(type, head, families[i].type))
			return families[i].extension;
	}
	return ".bin";
}

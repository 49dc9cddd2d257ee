/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON text.  It knows the grammar, and nothing of what records say. */
#include "core/base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/base/timestamp.h"
#include "core/base/utf8.h"

static const char hex_digits[] = "0123456789abcdef";

void json_begin(struct json *json)
{
	buffer_reset(&json->out);
	json->arrays = 0;
	json->depth = 1;
	json->comma = false;
	json->misuse = false;
	json->key_count = 0;
	json->first_key[0] = 0;
	buffer_append_byte(&json->out, '{');
}

static bool in_array(const struct json *json)
{
	return json->depth > 0 && json->arrays >> (json->depth - 1) & 1;
}

/* An ASCII character that stands in a string as it is. */
static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* Whether eight bytes are: none has its top bit, as a byte beyond ASCII has, one
 * below 0x20 after 0x20 is taken off, and one that is the same after 1 is taken
 * off the difference.  Exact, as nothing is borrowed where all are plain. */
static bool are_plain(const uint8_t *bytes)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return ((word | (word - each * 0x20) | ((word ^ each * '"') - each) |
		    ((word ^ each * '\\') - each) |
		    ((word ^ each * 0x7f) - each)) &
		   each * 0x80) == 0;
}

static void append_escaped(struct buffer *out, uint32_t code)
{
	static const char letters[] = "btn?fr"; /* 8 to 13 */
	char text[6] = {'\\', 'u', hex_digits[code >> 12 & 15],
	    hex_digits[code >> 8 & 15], hex_digits[code >> 4 & 15],
	    hex_digits[code & 15]};

	if (code == '"' || code == '\\') {
		text[1] = (char)code;
		buffer_append(out, text, 2);
	} else if (code >= '\b' && code <= '\r' && code != '\v') {
		text[1] = letters[code - '\b'];
		buffer_append(out, text, 2);
	} else {
		buffer_append(out, text, sizeof(text));
	}
}

/* How many bytes of valid UTF-8 the character at `bytes` has, if it is beyond
 * ASCII and can stand in a string as it is; 0: it is better escaped, so that a
 * terminal that shows the text is not driven by it. */
static unsigned plain_length(const uint8_t *bytes)
{
	unsigned length = utf8_length(bytes[0]);

	if (length == 1)
		return 0;
	return utf8_is_control(utf8_code(bytes, length)) ? 0 : length;
}

/* A string of valid UTF-8. */
static void append_string(
    struct buffer *out, const uint8_t *bytes, size_t length)
{
	size_t from = 0;
	size_t at = 0;

	buffer_append_byte(out, '"');
	while (at < length) {
		unsigned plain;

		/* Nearly all are. */
		if (length - at >= 8 && are_plain(bytes + at)) {
			at += 8;
			continue;
		}
		if (is_plain(bytes[at])) {
			at++;
			continue;
		}
		plain = plain_length(bytes + at);
		at += plain;
		if (plain > 0)
			continue;
		buffer_append(out, bytes + from, at - from);
		append_escaped(
		    out, utf8_code(bytes + at, utf8_length(bytes[at])));
		at += utf8_length(bytes[at]);
		from = at;
	}
	if (length > from)
		buffer_append(out, bytes + from, length - from);
	buffer_append_byte(out, '"');
}

/* The Latin-1 reading: each byte is the character of its number. */
static void append_latin1(
    struct buffer *out, const uint8_t *bytes, size_t length)
{
	buffer_append_byte(out, '"');
	for (size_t at = 0; at < length; at++) {
		const uint8_t two[2] = {
		    (uint8_t)(0xc0 | bytes[at] >> 6),
		    (uint8_t)(0x80 | (bytes[at] & 0x3f)),
		};

		if (bytes[at] >= 0xa0)
			buffer_append(out, two, sizeof(two));
		else if (is_plain(bytes[at]))
			buffer_append_byte(out, bytes[at]);
		else
			append_escaped(out, bytes[at]);
	}
	buffer_append_byte(out, '"');
}

static void separate(struct json *json)
{
	if (json->comma)
		buffer_append_byte(&json->out, ',');
	json->comma = true;
}

/* FNV-1a (Fowler, Noll, Vo), of 64 bits: two keys of one record do not collide by
 * chance.  Who chooses keys could as well choose the same one twice. */
static inline uint64_t hash_byte(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

#define HASH_OF_NOTHING UINT64_C(0xcbf29ce484222325)

uint64_t json_key_hash(const char *key)
{
	uint64_t hash = HASH_OF_NOTHING;

	for (; *key != '\0'; key++)
		hash = hash_byte(hash, (uint8_t)*key);
	return hash;
}

static bool is_taken(const struct json *json, uint64_t hash)
{
	for (uint32_t i = json->first_key[json->depth - 1]; i < json->key_count;
	     i++) {
		if (json->keys[i] == hash)
			return true;
	}
	return false;
}

static void remember(struct json *json, uint64_t hash)
{
	if (json->key_count < JSON_KEYS_MOST)
		json->keys[json->key_count++] = hash;
}

/* In one pass, as this is done for each member; most keys are plain words.  False:
 * it cannot be one. */
static bool append_key(struct json *json, const char *key)
{
	const uint8_t *bytes = (const uint8_t *)key;
	uint64_t hash = HASH_OF_NOTHING;
	bool plain = true;
	size_t length;

	for (length = 0; bytes[length] != '\0'; length++) {
		hash = hash_byte(hash, bytes[length]);
		plain &= is_plain(bytes[length]);
	}
	if (length == 0 || (!plain && !utf8_is_valid(bytes, length)) ||
	    is_taken(json, hash))
		return false;
	remember(json, hash);
	if (!plain) {
		append_string(&json->out, bytes, length);
		buffer_append_byte(&json->out, ':');
		return true;
	}
	buffer_append_byte(&json->out, '"');
	buffer_append(&json->out, bytes, length);
	buffer_append(&json->out, "\":", 2);
	return true;
}

void json_reserve(struct json *json, const uint64_t *hashes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		remember(json, hashes[i]);
}

/* What stands in front of a value. */
static void lead(struct json *json, const char *key)
{
	if (json->depth == 0 || in_array(json) != (key == NULL)) {
		json->misuse = true;
		return;
	}
	separate(json);
	if (key != NULL && !append_key(json, key))
		json->misuse = true;
}

/* Behind what stands in front of it. */
static void open_inner(struct json *json, bool array)
{
	json->arrays &= ~(UINT32_C(1) << json->depth);
	json->arrays |= (uint32_t)array << json->depth;
	json->first_key[json->depth] = json->key_count;
	json->depth++;
	json->comma = false;
	buffer_append_byte(&json->out, array ? '[' : '{');
}

static void open(struct json *json, const char *key, bool array)
{
	lead(json, key);
	if (json->depth == JSON_DEPTH_MOST)
		json->misuse = true;
	if (!json->misuse)
		open_inner(json, array);
}

void json_object(struct json *json, const char *key)
{
	open(json, key, false);
}

void json_array(struct json *json, const char *key)
{
	open(json, key, true);
}

static void close(struct json *json)
{
	buffer_append_byte(&json->out, in_array(json) ? ']' : '}');
	json->depth--;
	json->key_count = json->first_key[json->depth];
	json->comma = true;
}

void json_end(struct json *json)
{
	if (json->depth <= 1)
		json->misuse = true;
	else
		close(json);
}

void json_members(struct json *json, const void *text, size_t length)
{
	if (json->depth == 0 || in_array(json)) {
		json->misuse = true;
		return;
	}
	if (length == 0)
		return;
	separate(json);
	buffer_append(&json->out, text, length);
}

bool json_end_all(struct json *json)
{
	while (json->depth > 0)
		close(json);
	return !json->misuse && !json->out.failed;
}

void json_text(struct json *json, const char *key, const char *text)
{
	json_bytes(json, key, text, strlen(text));
}

void json_bytes(
    struct json *json, const char *key, const void *bytes, size_t length)
{
	lead(json, key);
	if (utf8_is_valid(bytes, length)) {
		append_string(&json->out, bytes, length);
		return;
	}
	buffer_append_text(&json->out, "{\"text\":");
	append_latin1(&json->out, bytes, length);
	buffer_append_text(&json->out, ",\"base64\":");
	buffer_append_byte(&json->out, '"');
	base64_append(&json->out, bytes, length);
	buffer_append_text(&json->out, "\"}");
}

void json_hex(
    struct json *json, const char *key, const void *bytes, size_t length)
{
	const uint8_t *from = bytes;
	uint8_t *at;

	lead(json, key);
	at = buffer_reserve(&json->out, 2 * length + 2);
	if (at == NULL)
		return;
	*at++ = '"';
	for (size_t i = 0; i < length; i++) {
		*at++ = (uint8_t)hex_digits[from[i] >> 4];
		*at++ = (uint8_t)hex_digits[from[i] & 15];
	}
	*at = '"';
	json->out.length += 2 * length + 2;
}

static void append_u64(struct buffer *out, uint64_t value)
{
	char text[DECIMAL_MOST];

	buffer_append(out, text, (size_t)(decimal_write(text, value) - text));
}

void json_u64(struct json *json, const char *key, uint64_t value)
{
	lead(json, key);
	append_u64(&json->out, value);
}

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

void json_i64(struct json *json, const char *key, int64_t value)
{
	lead(json, key);
	if (value < 0)
		buffer_append_byte(&json->out, '-');
	append_u64(&json->out, magnitude(value));
}

void json_f64(struct json *json, const char *key, double value)
{
	char text[32];
	int precision = 15;

	if (!isfinite(value))
		return;
	lead(json, key);
	/* The shortest that reads back as the same number. */
	do
		snprintf(text, sizeof(text), "%.*g", precision, value);
	while (strtod(text, NULL) != value && ++precision <= 17);
	buffer_append_text(&json->out, text);
}

#define TIME_MOST (1 + DECIMAL_MOST + 10) /* -, seconds, fraction     */

static char *write_time(char *at, int64_t ns)
{
	uint64_t size = magnitude(ns);

	if (ns < 0)
		*at++ = '-';
	at = decimal_write(at, size / NS_PER_SECOND);
	*at++ = '.';
	return decimal_write_padded(at, size % NS_PER_SECOND, 9);
}

void json_time(struct json *json, const char *key, int64_t ns)
{
	char text[TIME_MOST];

	lead(json, key);
	buffer_append(&json->out, text, (size_t)(write_time(text, ns) - text));
}

void json_boolean(struct json *json, const char *key, bool value)
{
	lead(json, key);
	buffer_append_text(&json->out, value ? "true" : "false");
}

void json_known_time(struct json *json, struct json_key key, int64_t ns)
{
	char *at = json_known(json, key, TIME_MOST);

	if (at != NULL)
		json_known_end(json, write_time(at, ns));
}

void json_known_boolean(struct json *json, struct json_key key, bool value)
{
	char *at = json_known(json, key, sizeof("false"));

	if (at != NULL)
		json_known_end(json, stpcpy(at, value ? "true" : "false"));
}

void json_known_object(struct json *json, struct json_key key)
{
	char *at = json_known(json, key, 0);

	if (json->depth == JSON_DEPTH_MOST)
		json->misuse = true;
	if (at == NULL || json->misuse)
		return;
	json_known_end(json, at);
	open_inner(json, false);
}

void json_free(struct json *json)
{
	buffer_free(&json->out);
}

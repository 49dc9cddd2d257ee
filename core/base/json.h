/* SPDX-License-Identifier: BSD-2-Clause */
/* One JSON object (RFC 8259), built from left to right into a buffer.
 *
 *	{"type":"http","packets":[4,9],"request":{...
 *	 depth 1                 2                2
 *
 * Errors stick: no memory, a value without a key in an object, a key in an
 * array, a key that is no UTF-8 or stands in the object already, an end too
 * many; json_end_all() tells.  Of keys that are there the first JSON_KEYS_MOST of
 * all open objects are known.  Bytes of the network go in as
 * they are: what is not UTF-8 becomes an object with its Latin-1 reading and
 * its exact bytes, {"text":"...","base64":"..."}. */
#ifndef CORE_BASE_JSON_H
#define CORE_BASE_JSON_H

#include <string.h>

#include "core/base/buffer.h"
#include "core/base/decimal.h"

#define JSON_DEPTH_MOST 32u
#define JSON_KEYS_MOST 128u

struct json {
	struct buffer out;
	uint32_t arrays; /* bit n: what is open at depth n+1 */
			 /* is an array                      */
	uint32_t depth;
	bool comma;  /* one is due before what comes    */
	bool misuse; /* sticks, as out.failed does      */
	/* Hashes of keys, outer objects first; at each depth from where on. */
	uint32_t key_count;
	uint32_t first_key[JSON_DEPTH_MOST];
	uint64_t keys[JSON_KEYS_MOST];
};

/* Empties it and opens the outermost object; the memory is used again. */
void json_begin(struct json *json);

/* key: trusted UTF-8; NULL in an array, and only there. */
void json_text(struct json *json, const char *key, const char *text);
void json_bytes(
    struct json *json, const char *key, const void *bytes, size_t length);
void json_hex(
    struct json *json, const char *key, const void *bytes, size_t length);
void json_u64(struct json *json, const char *key, uint64_t value);
void json_i64(struct json *json, const char *key, int64_t value);
/* NaN and the infinities have no JSON: nothing is written. */
void json_f64(struct json *json, const char *key, double value);
/* Nanoseconds, written as seconds with nine decimals. */
void json_time(struct json *json, const char *key, int64_t ns);
void json_boolean(struct json *json, const char *key, bool value);
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
void json_end(struct json *json); /* object or array */

/* Members of our own records: the key is a word that the source names, which the
 * object has once, so that it is written as it stands, and neither looked at nor
 * known to what comes later.  Inline, as there are thirty of them in a record. */
struct json_key {
	const char *text; /* "key": */
	size_t length;
};
#define JSON_KEY(word) ((struct json_key){"\"" word "\":", sizeof(word) + 2})

/* What stands in front of a value that has so much room; NULL: no memory. */
static inline char *json_known(
    struct json *json, struct json_key key, size_t room)
{
	char *at = (char *)buffer_reserve(&json->out, 1 + key.length + room);

	if (at == NULL)
		return NULL;
	*at = ',';
	at += json->comma;
	json->comma = true;
	memcpy(at, key.text, key.length);
	return at + key.length;
}

/* What is in front of `end` was written. */
static inline void json_known_end(struct json *json, const char *end)
{
	json->out.length = (size_t)(end - (const char *)json->out.bytes);
}

static inline void json_known_u64(
    struct json *json, struct json_key key, uint64_t value)
{
	char *at = json_known(json, key, DECIMAL_MOST);

	if (at != NULL)
		json_known_end(json, decimal_write(at, value));
}

/* Printable ASCII without quotes and backslashes. */
static inline void json_known_text(
    struct json *json, struct json_key key, const char *text, size_t length)
{
	char *at = json_known(json, key, length + 2);

	if (at == NULL)
		return;
	*at++ = '"';
	memcpy(at, text, length);
	at += length;
	*at++ = '"';
	json_known_end(json, at);
}

void json_known_time(struct json *json, struct json_key key, int64_t ns);
void json_known_boolean(struct json *json, struct json_key key, bool value);
void json_known_object(struct json *json, struct json_key key);

/* Members that were built before, as `"a":1,"b":2`, into an open object.  Their
 * keys are not known; see json_reserve(). */
void json_members(struct json *json, const void *text, size_t length);

/* No key with one of these hashes may be added to the open object. */
void json_reserve(struct json *json, const uint64_t *hashes, size_t count);
uint64_t json_key_hash(const char *key);

/* Closes all that is open.  False: something went wrong; the text is not to be
 * used. */
bool json_end_all(struct json *json);

void json_free(struct json *json);

#endif

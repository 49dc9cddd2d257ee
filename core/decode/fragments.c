/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts datagrams together, in units of eight bytes: where fragments begin and
 * end (RFC 791, section 3.2; RFC 8200, section 4.5). */
#include "core/decode/fragments.h"

#include <stdlib.h>
#include <string.h>

#define DATAGRAM_MOST 65535u
#define UNIT 8u
#define UNITS (DATAGRAM_MOST / UNIT + 1)
#define LENGTH_UNKNOWN UINT32_MAX

struct datagram {
	struct list link; /* in its bucket                   */
	struct list age;  /* in fragments.oldest             */
	struct flow_key key;
	uint32_t identification;
	uint8_t protocol;
	bool begun;    /* the fragment at offset 0 was seen */
	bool poisoned; /* what comes of it is dropped     */
	uint8_t next;  /* protocol by the first fragment  */
	uint64_t first_ns;
	uint32_t packets;
	uint32_t length; /* of all, or LENGTH_UNKNOWN       */
	uint32_t seen;   /* bytes of the whole that are there */
	uint32_t highest;
	uint32_t room;
	uint8_t *bytes;
	uint64_t have[UNITS / 64]; /* a bit for each unit          */
};

void fragments_init(struct fragments *fragments, struct budget *budget,
    struct counters *counters)
{
	*fragments = (struct fragments){
	    .secret = hash_secret_make(),
	    .budget = budget,
	    .counters = counters,
	};
	list_init(&fragments->oldest);
	list_init(&fragments->given);
}

static size_t cost(const struct datagram *datagram)
{
	return sizeof(*datagram) + datagram->room;
}

static void release(struct fragments *fragments, struct datagram *datagram)
{
	list_remove(&datagram->link);
	list_remove(&datagram->age);
	budget_give(fragments->budget, cost(datagram));
	free(datagram->bytes);
	free(datagram);
}

/* It will never be whole. */
static void drop(struct fragments *fragments, struct datagram *datagram)
{
	if (!datagram->poisoned)
		fragments->counters->value[COUNTER_DATAGRAMS_DROPPED]++;
	release(fragments, datagram);
}

static struct datagram *oldest(const struct fragments *fragments)
{
	return list_empty(&fragments->oldest)
	    ? NULL
	    : list_entry(fragments->oldest.next, struct datagram, age);
}

void fragments_release(struct list *given)
{
	while (!list_empty(given)) {
		struct datagram *datagram = list_entry(
		    given->next, struct datagram, age);

		list_remove(&datagram->age);
		free(datagram->bytes);
		free(datagram);
	}
}

void fragments_free(struct fragments *fragments)
{
	struct datagram *datagram;

	fragments_release(&fragments->given);
	while ((datagram = oldest(fragments)) != NULL)
		drop(fragments, datagram);
	free(fragments->buckets);
	fragments->buckets = NULL;
}

static void expire(struct fragments *fragments, uint64_t now_ns)
{
	struct datagram *datagram;

	while ((datagram = oldest(fragments)) != NULL &&
	    datagram->first_ns + FRAGMENTS_NS <= now_ns)
		drop(fragments, datagram);
}

/* Room for so many bytes, at the cost of the oldest datagrams but one. */
static bool take(
    struct fragments *fragments, const struct datagram *spared, size_t bytes)
{
	while (!budget_take(fragments->budget, bytes)) {
		struct list *link = fragments->oldest.next;

		if (spared != NULL && link == &spared->age)
			link = link->next;
		if (link == &fragments->oldest)
			return false;
		drop(fragments, list_entry(link, struct datagram, age));
	}
	return true;
}

static bool make_buckets(struct fragments *fragments)
{
	fragments->buckets = malloc(
	    FRAGMENT_BUCKETS * sizeof(*fragments->buckets));
	for (unsigned i = 0; i < FRAGMENT_BUCKETS && fragments->buckets != NULL;
	     i++)
		list_init(&fragments->buckets[i]);
	return fragments->buckets != NULL;
}

static struct list *bucket_of(
    const struct fragments *fragments, const struct fragment *fragment)
{
	uint64_t words[6];

	memcpy(words, &fragment->key, sizeof(fragment->key));
	words[5] = (uint64_t)fragment->protocol << 32 |
	    fragment->identification;
	return &fragments->buckets[hash_words(&fragments->secret, words, 6) %
	    FRAGMENT_BUCKETS];
}

static struct datagram *find(
    struct list *bucket, const struct fragment *fragment)
{
	for (struct list *link = bucket->next; link != bucket;
	     link = link->next) {
		struct datagram *datagram = list_entry(
		    link, struct datagram, link);

		if (datagram->identification == fragment->identification &&
		    datagram->protocol == fragment->protocol &&
		    memcmp(&datagram->key, &fragment->key,
			sizeof(fragment->key)) == 0)
			return datagram;
	}
	return NULL;
}

static struct datagram *begin(struct fragments *fragments, struct list *bucket,
    const struct fragment *fragment)
{
	struct datagram *datagram;

	if (!take(fragments, NULL, sizeof(*datagram)))
		return NULL;
	datagram = calloc(1, sizeof(*datagram));
	if (datagram == NULL) {
		budget_give(fragments->budget, sizeof(*datagram));
		return NULL;
	}
	datagram->key = fragment->key;
	datagram->identification = fragment->identification;
	datagram->protocol = fragment->protocol;
	datagram->first_ns = fragment->ts_ns;
	datagram->length = LENGTH_UNKNOWN;
	list_append(bucket, &datagram->link);
	list_append(&fragments->oldest, &datagram->age);
	return datagram;
}

static bool make_room(
    struct fragments *fragments, struct datagram *datagram, uint32_t end)
{
	uint32_t room = datagram->room > 0 ? datagram->room : 2048;
	uint8_t *bytes;

	if (end <= datagram->room)
		return true;
	while (room < end)
		room *= 2;
	if (!take(fragments, datagram, room - datagram->room))
		return false;
	bytes = realloc(datagram->bytes, room);
	if (bytes == NULL) {
		budget_give(fragments->budget, room - datagram->room);
		return false;
	}
	datagram->bytes = bytes;
	datagram->room = room;
	return true;
}

static bool has_unit(const struct datagram *datagram, uint32_t unit)
{
	return datagram->have[unit / 64] >> (unit % 64) & 1;
}

/* Bytes of a unit, which may be the last one. */
static uint32_t unit_length(const struct fragment *fragment, uint32_t at)
{
	uint32_t left = fragment->length - at;

	return left < UNIT ? left : UNIT;
}

enum overlap { OVERLAP_NONE, OVERLAP_SAME, OVERLAP_OTHER };

/* What of the fragment was there before: a copy is harmless (RFC 8200, section
 * 4.5). */
static enum overlap overlap_of(
    const struct datagram *datagram, const struct fragment *fragment)
{
	uint32_t common = 0;
	bool differs = false;

	for (uint32_t at = 0; at < fragment->length; at += UNIT) {
		uint32_t offset = fragment->offset + at;

		if (!has_unit(datagram, offset / UNIT))
			continue;
		common += unit_length(fragment, at);
		differs |= memcmp(datagram->bytes + offset,
			       fragment->bytes + at,
			       unit_length(fragment, at)) != 0;
	}
	if (common == 0)
		return OVERLAP_NONE;
	return common == fragment->length && !differs ? OVERLAP_SAME
						      : OVERLAP_OTHER;
}

static void copy(struct datagram *datagram, const struct fragment *fragment)
{
	for (uint32_t at = 0; at < fragment->length; at += UNIT) {
		uint32_t offset = fragment->offset + at;
		uint32_t unit = offset / UNIT;

		if (has_unit(datagram, unit))
			continue;
		memcpy(datagram->bytes + offset, fragment->bytes + at,
		    unit_length(fragment, at));
		datagram->have[unit / 64] |= UINT64_C(1) << (unit % 64);
		datagram->seen += unit_length(fragment, at);
	}
}

/* Two that say where it ends must agree, and nothing lies behind that. */
static bool note_length(
    struct datagram *datagram, const struct fragment *fragment)
{
	uint32_t end = fragment->offset + fragment->length;

	if (datagram->length != LENGTH_UNKNOWN &&
	    (end > datagram->length ||
		(!fragment->more && end != datagram->length)))
		return false;
	if (!fragment->more && end < datagram->highest)
		return false;
	if (!fragment->more)
		datagram->length = end;
	if (end > datagram->highest)
		datagram->highest = end;
	return true;
}

/* Whether it can be a fragment at all. */
static bool is_possible(const struct fragment *fragment)
{
	return fragment->length > 0 && fragment->length <= DATAGRAM_MOST &&
	    fragment->offset <= DATAGRAM_MOST - fragment->length &&
	    (!fragment->more || fragment->length % UNIT == 0);
}

/* Memory goes; what still comes of it is known. */
static void poison(struct fragments *fragments, struct datagram *datagram)
{
	fragments->counters->value[COUNTER_DATAGRAMS_OVERLAP]++;
	datagram->poisoned = true;
	budget_give(fragments->budget, datagram->room);
	free(datagram->bytes);
	datagram->bytes = NULL;
	datagram->room = 0;
}

static enum fragments_result put(struct fragments *fragments,
    struct datagram *datagram, const struct fragment *fragment)
{
	enum overlap overlap = OVERLAP_NONE;

	if (datagram->poisoned || !note_length(datagram, fragment))
		return FRAGMENTS_BAD;
	if (!make_room(
		fragments, datagram, fragment->offset + fragment->length)) {
		drop(fragments, datagram);
		return FRAGMENTS_BAD;
	}
	overlap = overlap_of(datagram, fragment);
	if (overlap == OVERLAP_OTHER && fragment->key.family == 6) {
		poison(fragments, datagram);
		return FRAGMENTS_BAD;
	}
	copy(datagram, fragment);
	return FRAGMENTS_HELD;
}

/* As expire(), where the oldest one's clock was ahead and it stays. */
static bool is_stale(const struct datagram *datagram, uint64_t now_ns)
{
	uint64_t first_ns = datagram->first_ns;

	return first_ns < now_ns ? now_ns - first_ns >= FRAGMENTS_NS
				 : first_ns - now_ns >= FRAGMENTS_NS;
}

/* It is whole: from now on it is the caller's. */
static void give(struct fragments *fragments, struct datagram *datagram)
{
	fragments->counters->value[COUNTER_DATAGRAMS]++;
	budget_give(fragments->budget, cost(datagram));
	fragments->given_bytes += cost(datagram);
	list_remove(&datagram->link);
	list_remove(&datagram->age);
	list_append(&fragments->given, &datagram->age);
}

enum fragments_result fragments_add(struct fragments *fragments,
    const struct fragment *fragment, struct fragments_whole *whole)
{
	struct datagram *datagram;
	struct list *bucket;

	if (!is_possible(fragment) ||
	    (fragments->buckets == NULL && !make_buckets(fragments)))
		return FRAGMENTS_BAD;
	expire(fragments, fragment->ts_ns);
	bucket = bucket_of(fragments, fragment);
	datagram = find(bucket, fragment);
	if (datagram != NULL && is_stale(datagram, fragment->ts_ns)) {
		drop(fragments, datagram);
		datagram = NULL;
	}
	if (datagram == NULL)
		datagram = begin(fragments, bucket, fragment);
	if (datagram == NULL ||
	    put(fragments, datagram, fragment) == FRAGMENTS_BAD)
		return FRAGMENTS_BAD;
	if (fragment->offset == 0 && !datagram->begun) {
		datagram->begun = true;
		datagram->next = fragment->next;
	}
	if (datagram->seen != datagram->length)
		return FRAGMENTS_HELD;
	give(fragments, datagram);
	*whole = (struct fragments_whole){
	    .bytes = datagram->bytes,
	    .length = datagram->length,
	    .protocol = datagram->next,
	};
	return FRAGMENTS_WHOLE;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a capture makes of conversations: packets are lost, copied, cut by the
 * snap length and shuffled, and somebody else's stand between them. */
#include "tests/property/schedule.h"

#include <stdlib.h>
#include <string.h>

#define MILLISECOND UINT64_C(1000000)
#define FAR_LEAST (1u << 22) /* farther than any window */
#define FAR_MOST (1u << 29)
#define ORDER_STEP 64u
#define FORGED_MOST 12u
#define AFTER_ALL 1000000u /* an order behind all others'     */

/* Of a conversation, in packets. */
struct weather {
	uint32_t shuffle; /* may come so much later; 0: not  */
	uint32_t lose;    /* one in so many; 0: none         */
	uint32_t copy;
	uint32_t snap;   /* bytes kept of a payload; 0: all */
	int lost_side;   /* of which nothing is captured; -1 */
	uint32_t joined; /* so many were sent before the capture began */
	uint32_t fixed;  /* the first ones, which all this spares */
};

/* Vigna's splitmix64, a generator whose state may be any number. */
static uint64_t next_random(struct schedule *schedule)
{
	uint64_t mixed = schedule->random += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

uint32_t schedule_below(struct schedule *schedule, uint32_t most)
{
	return (uint32_t)((next_random(schedule) >> 32) * most >> 32);
}

bool schedule_once_in(struct schedule *schedule, uint32_t times)
{
	return schedule_below(schedule, times) == 0;
}

struct sent *schedule_add(struct schedule *schedule)
{
	struct sent *sent;

	if (schedule->count == SCHEDULE_PACKETS)
		abort(); /* conversations are shorter */
	sent = &schedule->packets[schedule->count];
	*sent = (struct sent){.order = (uint64_t)schedule->count * ORDER_STEP};
	schedule->count++;
	return sent;
}

uint32_t schedule_room(struct schedule *schedule, uint32_t length)
{
	uint32_t at = schedule->used;

	if (length > SCHEDULE_POOL - at)
		abort();
	schedule->used += length;
	return at;
}

/* Mostly 0, else one of three strengths. */
static uint32_t strength(
    struct schedule *schedule, uint32_t a, uint32_t b, uint32_t c)
{
	switch (schedule_below(schedule, 6)) {
	case 0:
		return a;
	case 1:
		return b;
	case 2:
		return c;
	default:
		return 0;
	}
}

static bool is_joined(const struct schedule *schedule)
{
	return schedule->kind == SCHEDULE_JOINED;
}

/* SYN and SYN-ACK, and what leads beyond 4 GiB, with the time in it. */
static uint32_t fixed_packets(
    const struct schedule *schedule, const struct conversation *about)
{
	uint32_t fixed = 0;

	for (uint32_t i = about->first; i < about->behind; i++) {
		const struct sent *sent = &schedule->packets[i];

		if (sent->kind == SENT_PAUSE ||
		    (sent->flags & SENT_SYN && sent->flags & SENT_ACK))
			fixed = i + 1;
	}
	return fixed;
}

static struct weather some_weather(
    struct schedule *schedule, const struct conversation *about)
{
	struct weather weather = {
	    .shuffle = strength(schedule, 3, 10, is_joined(schedule) ? 15 : 60),
	    .lose = strength(schedule, 40, 10, 3),
	    .copy = strength(schedule, 40, 10, 4),
	    .snap = is_joined(schedule) ? 0 : strength(schedule, 10, 20, 100),
	    .lost_side = schedule_once_in(schedule, 12)
		? (int)schedule_below(schedule, 2)
		: -1,
	    .fixed = about->first,
	};

	schedule->cuts |= weather.snap > 0;
	if (!is_joined(schedule))
		weather.fixed = fixed_packets(schedule, about);
	else if (schedule_once_in(schedule, 2))
		weather.joined = schedule_below(
		    schedule, (about->behind - about->first) / 2 + 1);
	return weather;
}

static void cut(struct sent *sent, uint32_t snap)
{
	if (snap == 0 || sent->length <= snap)
		return;
	sent->missing = sent->length - snap;
	sent->length = snap;
}

static bool is_lost(struct schedule *schedule, const struct sent *sent,
    const struct weather *weather)
{
	return (weather->lose > 0 &&
		   schedule_once_in(schedule, weather->lose)) ||
	    weather->lost_side == sent->side;
}

static void capture(struct schedule *schedule, struct conversation *about)
{
	const struct weather weather = some_weather(schedule, about);
	uint32_t sent_count = about->behind;

	for (uint32_t i = weather.fixed; i < sent_count; i++) {
		struct sent *sent = &schedule->packets[i];

		if (weather.copy > 0 &&
		    schedule_once_in(schedule, weather.copy)) {
			struct sent *again = schedule_add(schedule);

			*again = *sent;
			again->order += schedule_below(
			    schedule, 8 * ORDER_STEP);
			cut(again, weather.snap);
		}
		sent->lost = i < about->first + weather.joined ||
		    is_lost(schedule, sent, &weather);
		if (weather.shuffle > 0)
			sent->order += schedule_below(
			    schedule, weather.shuffle * ORDER_STEP);
		cut(sent, weather.snap);
		if (weather.lost_side == sent->side)
			sent->lost = true;
	}
	if (weather.lost_side >= 0) {
		for (uint32_t i = sent_count; i < schedule->count; i++)
			schedule->packets[i].lost |=
			    schedule->packets[i].side == weather.lost_side;
	}
	about->behind = schedule->count;
}

/* How far a side got, in offsets. */
static int64_t farthest(const struct schedule *schedule,
    const struct conversation *about, unsigned side)
{
	int64_t most = 0;

	for (uint32_t i = about->first; i < about->behind; i++) {
		const struct sent *sent = &schedule->packets[i];
		int64_t behind = sent->offset + sent->length + sent->missing;

		if (sent->side == side && sent->kind == SENT_HONEST &&
		    behind > most)
			most = behind;
	}
	return most;
}

static int64_t far_away(struct schedule *schedule, int64_t most)
{
	int64_t distance = FAR_LEAST + schedule_below(schedule, FAR_MOST);

	return schedule_once_in(schedule, 2) ? most + distance
					     : most - distance - (1 << 20);
}

/* A packet that neither end sent and that nobody may believe. */
static void forge(struct schedule *schedule, const struct conversation *about)
{
	unsigned side = schedule_below(schedule, 2);
	int64_t most = farthest(schedule, about, side);
	int64_t other = farthest(schedule, about, !side);
	struct sent *sent = schedule_add(schedule);

	sent->side = (uint8_t)side;
	sent->kind = SENT_FORGED;
	sent->window = 65535;
	switch (schedule_below(schedule, 4)) {
	case 0:
		sent->flags = SENT_RST;
		sent->offset = far_away(schedule, most);
		break;
	case 1:
		sent->flags = SENT_FIN | SENT_ACK;
		sent->offset = far_away(schedule, most);
		break;
	case 2: /* in the window; it acknowledges what nobody said */
		sent->flags = SENT_ACK;
		sent->offset = most;
		sent->ack = other + FAR_LEAST +
		    schedule_below(schedule, FAR_MOST);
		break;
	default: /* outside the window; it acknowledges what may be missing */
		sent->flags = SENT_ACK;
		sent->offset = far_away(schedule, most);
		sent->ack = other;
		break;
	}
}

/* Other bytes in the place of those that an end said: who comes first wins. */
static void inject(struct schedule *schedule, const struct conversation *about,
    const struct sent *like)
{
	struct sent *sent;

	(void)about;
	if (like->length == 0 || like->kind != SENT_HONEST || like->lost ||
	    like->flags & (SENT_SYN | SENT_RST))
		return;
	sent = schedule_add(schedule);
	sent->side = like->side;
	sent->flags = SENT_ACK;
	sent->window = like->window;
	sent->offset = like->offset + schedule_below(schedule, like->length);
	sent->length = like->length - (uint32_t)(sent->offset - like->offset);
	sent->at = schedule_room(schedule, sent->length);
	for (uint32_t i = 0; i < sent->length; i++)
		schedule->pool[sent->at + i] = (uint8_t)schedule_below(
		    schedule, 256);
}

/* Data behind a FIN that was captured, or from in front of it to behind it: that
 * counts as far as the FIN. */
static void behind_the_fin(
    struct schedule *schedule, const struct conversation *about)
{
	unsigned side = schedule_below(schedule, 2);
	struct sent *sent;

	if (about->fin[side] == UINT64_MAX)
		return;
	sent = schedule_add(schedule);
	sent->order += AFTER_ALL;
	sent->side = (uint8_t)side;
	sent->flags = SENT_ACK;
	sent->window = 65535;
	sent->offset = (int64_t)about->fin[side];
	if (schedule_once_in(schedule, 2)) {
		sent->offset -= schedule_below(schedule,
		    (uint32_t)(sent->offset < 20 ? sent->offset : 20) + 1);
	} else {
		sent->kind = SENT_FORGED;
		sent->offset += schedule_below(schedule, 9);
	}
	sent->length = 1 + schedule_below(schedule, 20);
	sent->at = schedule_room(schedule, sent->length);
}

/* Puts the packets behind `from`, which were added last, among those between
 * `fixed` and `from`. */
static void scatter(struct schedule *schedule, uint32_t fixed, uint32_t from)
{
	for (uint32_t i = from; i < schedule->count; i++) {
		struct sent *sent = &schedule->packets[i];
		uint32_t place = fixed +
		    schedule_below(schedule, from - fixed + 8);

		if (sent->order < (uint64_t)AFTER_ALL)
			sent->order = (uint64_t)place * ORDER_STEP;
	}
}

static void interfere(struct schedule *schedule, struct conversation *about)
{
	uint32_t fixed = fixed_packets(schedule, about);
	uint32_t from = about->behind;
	uint32_t count = schedule_below(schedule, FORGED_MOST);

	for (uint32_t i = 0; i < count; i++) {
		const struct sent *like = &schedule->packets[fixed +
		    schedule_below(schedule, from - fixed)];

		if (schedule_once_in(schedule, 2))
			inject(schedule, about, like);
		else if (schedule_once_in(schedule, 4))
			behind_the_fin(schedule, about);
		else
			forge(schedule, about);
	}
	scatter(schedule, fixed, from);
	about->behind = schedule->count;
}

static int by_order(const void *a, const void *b)
{
	const struct sent *x = a;
	const struct sent *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Takes out what was lost. */
static void close_up(struct schedule *schedule, struct conversation *about)
{
	uint32_t kept = about->first;

	for (uint32_t i = about->first; i < about->behind; i++) {
		if (!schedule->packets[i].lost)
			schedule->packets[kept++] = schedule->packets[i];
	}
	about->behind = kept;
	schedule->count = kept;
}

/* Nobody knows whether a RST is true before anything else of its side was seen.
 */
static void lose_wild_resets(
    struct schedule *schedule, const struct conversation *about)
{
	bool said[2] = {false, false};

	for (uint32_t i = about->first; i < about->behind; i++) {
		struct sent *sent = &schedule->packets[i];

		if (sent->flags & SENT_RST)
			sent->lost |= !said[sent->side];
		else
			said[sent->side] |= sent->length > 0 && !sent->lost;
	}
}

static uint64_t some_time(struct schedule *schedule)
{
	if (schedule->kind != SCHEDULE_SLOW)
		return schedule_below(schedule, (uint32_t)MILLISECOND);
	return schedule_once_in(schedule, 20)
	    ? 700 * MILLISECOND
	    : (uint64_t)schedule_below(schedule, 30) * MILLISECOND;
}

static void make_conversation(
    struct schedule *schedule, struct conversation *about, uint64_t *now)
{
	about->first = schedule->count;
	about->whole = !is_joined(schedule);
	schedule_converse(schedule, about);
	about->behind = schedule->count;
	capture(schedule, about);
	if (!is_joined(schedule) && schedule_once_in(schedule, 2))
		interfere(schedule, about);
	qsort(schedule->packets + about->first, about->behind - about->first,
	    sizeof(struct sent), by_order);
	if (is_joined(schedule))
		lose_wild_resets(schedule, about);
	close_up(schedule, about);
	for (uint32_t i = about->first; i < about->behind; i++) {
		struct sent *sent = &schedule->packets[i];

		*now += sent->kind == SENT_PAUSE ? 600 * MILLISECOND
						 : some_time(schedule);
		sent->ts_ns = *now;
	}
}

/* A number for a SYN: often one that wraps soon. */
static uint32_t some_isn(struct schedule *schedule)
{
	if (schedule_once_in(schedule, 2))
		return UINT32_MAX - schedule_below(schedule, 400);
	return (uint32_t)next_random(schedule);
}

void schedule_make(struct schedule *schedule, uint64_t seed)
{
	uint64_t now = UINT64_C(1000000) * MILLISECOND;
	uint32_t isn[2];

	schedule->random = seed;
	schedule->kind = (enum schedule_kind)schedule_below(
	    schedule, SCHEDULE_KINDS);
	schedule->count = 0;
	schedule->used = 0;
	schedule->cuts = false;
	schedule->conversations = !is_joined(schedule) &&
		schedule_once_in(schedule, 3)
	    ? 1 + schedule_below(schedule, SCHEDULE_CONVERSATIONS)
	    : 1;
	isn[0] = some_isn(schedule);
	isn[1] = some_isn(schedule);
	for (uint32_t i = 0; i < schedule->conversations; i++) {
		struct conversation *about = &schedule->conversation[i];

		about->isn[0] = isn[0];
		about->isn[1] = isn[1];
		make_conversation(schedule, about, &now);
		now += schedule_below(schedule, 20000) * MILLISECOND;
		isn[0] += (1u << 27) + schedule_below(schedule, 1u << 30);
		isn[1] += (1u << 27) + schedule_below(schedule, 1u << 30);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of flows, also under keys that a stranger chose to collide. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/flow/index.h"

#define KEYS 3000u
#define TRIES (1u << 20)
#define BUCKETS 1024u

static struct budget budget;
static struct flow_index flow_index;

static int begin(void **state)
{
	(void)state;
	budget = (struct budget){.limit = 64u << 20};
	return flow_index_init(&flow_index, &budget, NULL) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	flow_index_destroy(&flow_index);
	return 0;
}

/* What a sender can choose: an address and both ports. */
static struct flow_key key_of(uint32_t number)
{
	struct flow_key key = {
	    .ip = {{10, 0, 0, (uint8_t)(number >> 16)}, {192, 0, 2, 1}},
	    .port = {(uint16_t)number, 80},
	    .family = 4,
	};

	return key;
}

static struct flow *find(const struct flow_key *key)
{
	return flow_index_find(
	    &flow_index, key, flow_index_tag(&flow_index, key));
}

static struct flow *add(const struct flow_key *key)
{
	return flow_index_add(
	    &flow_index, key, flow_index_tag(&flow_index, key));
}

/* Adds, finds and removes: each key by itself, whatever the others do. */
static void exercise(const struct flow_key *keys, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct flow *flow = add(&keys[i]);

		assert_non_null(flow);
		flow->state = FLOW_OPEN;
		flow->id = i;
	}
	for (unsigned i = 0; i < count; i += 3)
		flow_index_remove(&flow_index, find(&keys[i]));
	for (unsigned i = 0; i < count; i++) {
		const struct flow *flow = find(&keys[i]);

		if (i % 3 == 0) {
			assert_null(flow);
			continue;
		}
		struct flow_key key;

		assert_non_null(flow);
		assert_int_equal(flow->id, i);
		key = flow_key_of(flow);
		assert_memory_equal(&key, &keys[i], sizeof(key));
	}
	for (unsigned i = 0; i < count; i++) {
		struct flow *flow = find(&keys[i]);

		if (flow != NULL)
			flow_index_remove(&flow_index, flow);
	}
	assert_int_equal(flow_index.used, 0);
}

/* Of both families: the addresses of IPv6 begin as those of IPv4 do. */
static void each_key_is_found(void **state)
{
	static struct flow_key keys[KEYS];

	(void)state;
	for (unsigned i = 0; i < KEYS; i++) {
		keys[i] = key_of(i / 2);
		if (i % 2 != 0)
			keys[i].family = 6;
	}
	exercise(keys, KEYS);
}

/* Keys that share their first slot under this secret; how many were found. */
static unsigned collide(
    const struct hash_multipliers *secret, struct flow_key *keys)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < TRIES && count < KEYS; i++) {
		const struct flow_key key = key_of(i);

		if (flow_key_hash(secret, &key) % BUCKETS == 0)
			keys[count++] = key;
	}
	return count;
}

static void colliding_keys_are_found_too(void **state)
{
	static struct flow_key keys[KEYS];
	unsigned count = collide(&flow_index.secret, keys);

	(void)state;
	assert_true(count > 500);
	exercise(keys, count);
}

/* Who knows one table's secret has nothing against another's. */
static void crafted_keys_do_not_collide(void **state)
{
	static struct flow_key keys[KEYS];
	const struct hash_multipliers known = {.of = {1, 2, 3, 4}};
	unsigned count = collide(&known, keys);
	unsigned bucket[BUCKETS] = {0};
	unsigned most = 0;

	(void)state;
	assert_true(count > 500);
	for (unsigned i = 0; i < count; i++) {
		uint64_t hash = flow_key_hash(&flow_index.secret, &keys[i]);
		unsigned here = ++bucket[hash % BUCKETS];

		if (here > most)
			most = here;
	}
	assert_in_range(most, 1, 20);
}

static void each_table_has_a_secret_of_its_own(void **state)
{
	struct flow_index other;

	(void)state;
	assert_true(flow_index_init(&other, &budget, NULL));
	assert_memory_not_equal(
	    &other.secret, &flow_index.secret, sizeof(other.secret));
	flow_index_destroy(&other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(each_key_is_found),
	    TEST(colliding_keys_are_found_too),
	    TEST(crafted_keys_do_not_collide),
	    TEST(each_table_has_a_secret_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

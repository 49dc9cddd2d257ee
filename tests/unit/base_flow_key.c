/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow keys: both directions have the same one, and nobody else does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/base/flow_key.h"

static const struct hash_multipliers secret = {.addend = 1,
    .of = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xbf58476d1ce4e5b9),
	UINT64_C(0x94d049bb133111eb), UINT64_C(0xd6e8feb86659fd93),
	UINT64_C(0xc2b2ae3d27d4eb4f), UINT64_C(0x165667b19e3779f9),
	UINT64_C(0xff51afd7ed558ccd), UINT64_C(0xc4ceb9fe1a85ec53),
	UINT64_C(0x2545f4914f6cdd1d), UINT64_C(0xda942042e4dd58b5)}};

static struct flow_key key_v4(
    uint8_t last_a, uint16_t port_a, uint8_t last_b, uint16_t port_b)
{
	return (struct flow_key){
	    .ip = {{192, 0, 2, last_a}, {192, 0, 2, last_b}},
	    .port = {port_a, port_b},
	    .family = 4,
	};
}

static struct flow_key key_v6(
    uint8_t last_a, uint16_t port_a, uint8_t last_b, uint16_t port_b)
{
	return (struct flow_key){
	    .ip = {{0x20, 1, 0xd, 0xb8, [15] = last_a},
		{0x20, 1, 0xd, 0xb8, [15] = last_b}},
	    .port = {port_a, port_b},
	    .family = 6,
	};
}

/* The end that was first is where flow_key_sort() says. */
static void expect_sorted(struct flow_key one, struct flow_key other)
{
	struct flow_key given = one;
	unsigned from_one = flow_key_sort(&one);
	unsigned from_other = flow_key_sort(&other);

	assert_true(flow_key_equal(&one, &other));
	assert_memory_equal(&one, &other, sizeof(one));
	assert_int_equal(
	    flow_key_hash(&secret, &one), flow_key_hash(&secret, &other));
	assert_memory_equal(one.ip[from_one], given.ip[0], 16);
	assert_int_equal(one.port[from_one], given.port[0]);
	assert_memory_equal(one.ip[!from_one], given.ip[1], 16);
	assert_int_equal(one.port[!from_one], given.port[1]);
	if (memcmp(&given.ip[0], &given.ip[1], 16) != 0 ||
	    given.port[0] != given.port[1])
		assert_int_not_equal(from_one, from_other);
}

static void both_directions_have_one_key(void **state)
{
	(void)state;
	expect_sorted(key_v4(1, 1000, 2, 80), key_v4(2, 80, 1, 1000));
	expect_sorted(key_v4(1, 80, 2, 1000), key_v4(2, 1000, 1, 80));
	expect_sorted(key_v4(255, 80, 1, 1000), key_v4(1, 1000, 255, 80));
	expect_sorted(key_v6(1, 1000, 2, 80), key_v6(2, 80, 1, 1000));
	expect_sorted(key_v6(200, 1, 100, 1), key_v6(100, 1, 200, 1));
}

/* A host that talks to itself: only the ports differ, or nothing does. */
static void one_host_has_two_ends(void **state)
{
	(void)state;
	expect_sorted(key_v4(1, 1000, 1, 80), key_v4(1, 80, 1, 1000));
	expect_sorted(key_v6(1, 1000, 1, 80), key_v6(1, 80, 1, 1000));
	expect_sorted(key_v4(1, 80, 1, 80), key_v4(1, 80, 1, 80));
}

static void every_member_tells_keys_apart(void **state)
{
	const struct flow_key bases[2] = {
	    key_v4(1, 1000, 2, 80), key_v6(1, 1000, 2, 80)};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct flow_key *key = &bases[i];
		struct flow_key others[5] = {*key, *key, *key, *key, *key};

		others[0].ip[0][3] ^= 0x80;
		others[1].ip[1][3] ^= 1;
		others[2].port[0] ^= 1;
		others[3].port[1] ^= 0x8000;
		others[4].vlan = 1;
		for (size_t j = 0; j < 5; j++) {
			assert_false(flow_key_equal(key, &others[j]));
			assert_int_not_equal(flow_key_hash(&secret, key),
			    flow_key_hash(&secret, &others[j]));
		}
	}
}

static void last_byte_of_ipv6_counts(void **state)
{
	struct flow_key key = key_v6(1, 1000, 2, 80);
	struct flow_key other = key_v6(1, 1000, 3, 80);

	(void)state;
	assert_false(flow_key_equal(&key, &other));
	assert_int_not_equal(
	    flow_key_hash(&secret, &key), flow_key_hash(&secret, &other));
}

static void the_secret_counts(void **state)
{
	const struct hash_multipliers other = {1, {3, 5, 7, 11}};
	struct flow_key key = key_v4(1, 1000, 2, 80);

	(void)state;
	assert_int_not_equal(
	    flow_key_hash(&secret, &key), flow_key_hash(&other, &key));
}

static void end_is_an_address(void **state)
{
	struct flow_key key = key_v4(1, 1000, 2, 80);
	struct tcpflow_addr end = flow_key_end(&key, 1);

	(void)state;
	assert_memory_equal(end.ip, key.ip[1], 16);
	assert_int_equal(end.port, 80);
	assert_int_equal(end.family, 4);
	assert_int_equal(end.scope_id, 0);
	assert_int_equal(end.zero, 0);
}

static void expect_address(
    const struct tcpflow_addr *address, const char *text, const char *padded)
{
	char room[ADDRESS_ROOM];
	char *end;

	address_text(room, address);
	assert_string_equal(room, text);
	end = address_write(room, address);
	assert_int_equal(end - room, strlen(text));
	assert_memory_equal(room, text, strlen(text));
	end = address_write_padded(room, address);
	assert_int_equal(end - room, strlen(padded));
	assert_memory_equal(room, padded, strlen(padded));
}

static void addresses_as_text(void **state)
{
	struct tcpflow_addr v6 = {
	    .ip = {0x20, 1, 0xd, 0xb8, [15] = 1}, .family = 6};
	struct tcpflow_addr longest = {.family = 6};
	const char *text = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

	(void)state;
	expect_address(&v6, "2001:db8::1", "2001:db8::1");
	memset(longest.ip, 0xff, 16);
	expect_address(&longest, text, text);
}

/* Every byte, at each place. */
static void ipv4_as_printf_has_it(void **state)
{
	(void)state;
	for (unsigned place = 0; place < 4; place++) {
		for (unsigned byte = 0; byte <= 255; byte++) {
			struct tcpflow_addr v4 = {
			    .ip = {192, 0, 2, 10}, .family = 4};
			char text[32];
			char padded[32];

			v4.ip[place] = (uint8_t)byte;
			snprintf(text, sizeof(text), "%u.%u.%u.%u", v4.ip[0],
			    v4.ip[1], v4.ip[2], v4.ip[3]);
			snprintf(padded, sizeof(padded), "%03u.%03u.%03u.%03u",
			    v4.ip[0], v4.ip[1], v4.ip[2], v4.ip[3]);
			expect_address(&v4, text, padded);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_directions_have_one_key),
	    cmocka_unit_test(one_host_has_two_ends),
	    cmocka_unit_test(every_member_tells_keys_apart),
	    cmocka_unit_test(last_byte_of_ipv6_counts),
	    cmocka_unit_test(the_secret_counts),
	    cmocka_unit_test(end_is_an_address),
	    cmocka_unit_test(addresses_as_text),
	    cmocka_unit_test(ipv4_as_printf_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The keyed hash against SipHash-1-3: of the bytes 0, 1, 2... under the key 00
 * 01 .. 0f, as two other implementations give it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/hash.h"

static const struct hash_secret reference = {
    {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};

static void agrees_with_the_reference(void **state)
{
	static const uint64_t expected[] = {
	    UINT64_C(0xabac0158050fc4dc),
	    UINT64_C(0x369095118d299a8e),
	    UINT64_C(0xcc4fdd1a7d908b66),
	    UINT64_C(0xf464aeb267349c8c),
	    UINT64_C(0x81157b6c16a7b60d),
	    UINT64_C(0xc1d2363299e41531),
	};
	uint64_t words[5];

	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		words[i] = UINT64_C(0x0706050403020100) +
		    i * UINT64_C(0x0808080808080808);
	for (size_t count = 0; count <= 5; count++)
		assert_int_equal(
		    hash_words(&reference, words, count), expected[count]);
}

static void every_bit_of_the_key_counts(void **state)
{
	const uint64_t words[2] = {1, 2};
	uint64_t plain = hash_words(&reference, words, 2);

	(void)state;
	for (unsigned bit = 0; bit < 128; bit++) {
		struct hash_secret other = reference;

		other.key[bit / 64] ^= UINT64_C(1) << (bit % 64);
		assert_int_not_equal(hash_words(&other, words, 2), plain);
	}
}

/* Tables take the low bits: keys that differ in one bit, as a stranger would
 * choose them, must not share them. */
static void low_bits_spread(void **state)
{
	unsigned used[1024] = {0};

	(void)state;
	for (uint64_t i = 0; i < 1024 * 64; i++) {
		const uint64_t words[2] = {i << 48, 0};

		used[hash_words(&reference, words, 2) % 1024]++;
	}
	for (size_t i = 0; i < 1024; i++)
		assert_in_range(used[i], 16, 128);
}

/* Scans count addresses or ports up: whatever the secret, places must be used as if
 * by chance, of which no two of these many secrets can be unlucky. */
static void what_follows_one_another_spreads(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		const struct hash_multipliers secret = hash_multipliers_make();

		for (unsigned word = 0; word < 4; word++) {
			unsigned used[1024] = {0};
			uint32_t words[4] = {1, 2, 3, 4};
			unsigned most = 0;

			for (uint32_t i = 0; i < 1024 * 16; i++) {
				unsigned *place;

				words[word] = i << (round % 17);
				place = &used[hash_halves(&secret, words, 4) %
				    1024];
				if (++*place > most)
					most = *place;
			}
			assert_in_range(most, 17, 60);
		}
	}
}

static void every_multiplier_counts(void **state)
{
	const struct hash_multipliers secret = hash_multipliers_make();
	const uint32_t words[HASH_HALVES_MOST] = {
	    1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	uint32_t plain = hash_halves(&secret, words, HASH_HALVES_MOST);

	(void)state;
	for (unsigned i = 0; i < HASH_HALVES_MOST; i++) {
		struct hash_multipliers other = secret;

		other.of[i] ^= UINT64_C(1) << 40;
		assert_int_not_equal(
		    hash_halves(&other, words, HASH_HALVES_MOST), plain);
	}
}

static void secrets_differ(void **state)
{
	struct hash_secret a = hash_secret_make();
	struct hash_secret b = hash_secret_make();

	(void)state;
	assert_memory_not_equal(&a, &b, sizeof(a));
	assert_int_not_equal(a.key[0], a.key[1]);
	assert_int_not_equal(
	    hash_multipliers_make().of[0], hash_multipliers_make().of[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_with_the_reference),
	    cmocka_unit_test(every_bit_of_the_key_counts),
	    cmocka_unit_test(low_bits_spread),
	    cmocka_unit_test(what_follows_one_another_spreads),
	    cmocka_unit_test(every_multiplier_counts),
	    cmocka_unit_test(secrets_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

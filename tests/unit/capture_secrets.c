/* SPDX-License-Identifier: BSD-2-Clause */
/* Decryption secrets of pcapng files: wherever they stand each is kept once, and
 * all of them within their memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "core/capture/secrets.h"
#include "tests/unit/capture_bench.h"

#define FILES 40u /* more than stay open */
#define KEY_LOG 0x544c534bu

/* Before the first interface, behind it, and behind a packet. */
static const uint32_t with_secrets[] = {
    0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28, /* section */
    10, 24, KEY_LOG, 4, 0x31313131, 24,                        /* secret  */
    1, 20, 1, 0, 20,                                           /* interface */
    10, 24, KEY_LOG, 4, 0x32323232, 24,                        /* secret  */
    6, 36, 0, 0, 1000000, 4, 4, 0x61616161, 36,                /* packet  */
    10, 24, KEY_LOG, 4, 0x33333333, 24                         /* secret  */
};

static void each_is_kept_once(void **state)
{
	struct bench *bench = *state;
	char names[FILES][16];
	const char *pointers[FILES];
	struct source_config config = {.names = pointers};
	struct source_counts counts;

	for (unsigned i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "file%u", i);
		pointers[i] = names[i];
		file_write(names[i], with_secrets, sizeof(with_secrets));
	}
	for (config.count = 1; config.count <= FILES; config.count += 13) {
		assert_int_equal(bench_open_config(bench, &config), SOURCE_OK);
		while (source_poll(bench->source) == SOURCE_MORE)
			continue;
		source_counts_read(bench->source, &counts);
		assert_int_equal(counts.packets, config.count);
		assert_int_equal(counts.secrets, 3 * config.count);
		assert_int_equal(counts.secrets_dropped, 0);
		assert_int_equal(bench_drain(bench), SOURCE_END);
	}
	bench_expect_silence(bench);
}

/* Small ones too: what they are kept in counts. */
static void memory_is_bounded(void **state)
{
	struct secrets secrets;

	(void)state;
	secrets_init(&secrets);
	for (unsigned i = 0; i < SECRETS_MOST / sizeof(struct secret); i++)
		secrets_add(&secrets, KEY_LOG, "", 0);
	assert_int_equal(secrets.dropped, 0);
	secrets_add(&secrets, KEY_LOG, "", 0);
	assert_int_equal(secrets.dropped, 1);
	secrets_clear(&secrets);
	secrets_add(&secrets, KEY_LOG, with_secrets, sizeof(with_secrets));
	assert_int_equal(secrets.count, 1);
	assert_memory_equal(
	    secrets.first->bytes, with_secrets, sizeof(with_secrets));
	secrets_clear(&secrets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		each_is_kept_once, bench_set_up, bench_tear_down),
	    cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
